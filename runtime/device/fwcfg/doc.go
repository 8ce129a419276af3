// Package fwcfg is QEMU's firmware configuration device as its virt machine has it: items under a 16-bit key, some of which are
// files with a name, that firmware reads byte by byte or has copied into memory (QEMU's docs/specs/fw_cfg.rst).
//
//	0x00  data      8 bytes; the item's next bytes, in the order of memory
//	0x08  selector  16 bits, big-endian: which item, from its beginning
//	0x10  DMA       64 bits, big-endian: where the request is; its low half starts it
//
// A request in guest memory says, big-endian, what to do (select, skip, read) with how many bytes and where; when it is done its
// first word is 0, or has the error bit. Items are read-only. Behind an item's end, and of items that are not there, zeros are read.
// A request of more than MaxRequest bytes is an error: a hart waits while it is carried out.
//
// It knows guest RAM as physmem.Memory, and no hart. One mutex guards the registers, and is held while a request is carried
// out, which takes the locks that a write to RAM takes. No goroutine.
package fwcfg
