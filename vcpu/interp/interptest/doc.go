// Package interptest is the machine of tests of packages interp, blocks and code: memory, a cache of blocks and
// cores, without a scheduler.
package interptest
