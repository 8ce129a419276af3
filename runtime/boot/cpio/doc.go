// Package cpio writes the archives that Linux takes as an initial RAM disk: of the format newc, entry by entry. It knows
// nothing of what is in them. bench/linux/initramfs reads back what it has written.
package cpio
