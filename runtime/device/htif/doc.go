// Package htif is the host-target interface of bare-metal test programs: two
// 64-bit words in guest RAM, tohost and fromhost, whose addresses come from the
// symbols of those names in the guest's ELF file.
//
// It is no memory-mapped device: the words are ordinary RAM. The machine learns
// of a store to tohost by watching its page the way it watches pages with
// translated code, and then calls Port.Stored, which takes the command out when it is
// whole and says what it means. Port.mu is a leaf.
package htif
