// Package opensbi holds what a boot loader must know about OpenSBI firmware: the
// structure that fw_dynamic is handed, and the addresses that fw_jump was built
// with.
//
// It must not know the machine or its memory; package boot places what this
// package describes.
//
// Source: OpenSBI documentation, "Firmware with Dynamic Information (FW_DYNAMIC)"
// and "Firmware with Jump Address (FW_JUMP)", generic platform.
package opensbi
