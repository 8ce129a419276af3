// Package bounded keeps caches on the disk within one limit that they share: what was not used for longest goes first, whichever
// cache it is in.
//
// It knows sizes and times, and nothing of what is kept. How something is removed, and whether it can be while others use it, is
// its cache's affair.
package bounded
