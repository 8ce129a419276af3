// Package aplic is the advanced platform-level interrupt controller of the Advanced Interrupt Architecture 1.0 (chapter
// "Advanced PLIC"): 96 wired sources and two interrupt domains, the root domain for M level and below it one for S level, to
// which software in M-mode delegates sources.
//
// A Controller has one way of delivery, for both domains:
//
//	direct    a signal for each hart and level, by IDC structures (harts without an IMSIC)
//	messages  an MSI for each interrupt; the addresses of harts' interrupt files are fixed, so that mmsiaddrcfgh is locked
//	          and the registers for addresses have nothing to show
//
// The control region of a domain, little-endian only, in accesses of four bytes:
//
//	0x0000 domaincfg    0x0004 sourcecfg    0x1bc0 mmsiaddrcfg..smsiaddrcfgh
//	0x1c00 setip        0x1cdc setipnum     0x1d00 in_clrip    0x1ddc clripnum
//	0x1e00 setie        0x1edc setienum     0x1f00 clrie       0x1fdc clrienum
//	0x2000 setipnum_le  0x3000 genmsi       0x3004 target      0x4000 IDC structures, 32 bytes a hart
//
// What the specification leaves open: source modes are all there; priorities have eight bits; a level-sensitive source that is
// asserted when it is made active becomes pending; setipnum_be is none.
//
// The package knows no hart and no address: what it delivers goes through Config.
//
// # Locks
//
// Controller.mu guards both domains, and is held over Output and Send, so that levels and messages leave in the order in which
// they came about.
//
//	a device's lock → Controller.mu → InterruptFile.mu (imsic) → scheduler's lock
//
// Life cycle: New; Line for each source; Domain is the device of each level. No goroutine.
package aplic
