package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/hartwood-vm/hartwood/runtime/storage/overlay"
)

// firmwareKind is the firmware that starts an image.
type firmwareKind string

const (
	firmwareByImage firmwareKind = "auto"
	firmwareEDK2    firmwareKind = "edk2"
	firmwareUBoot   firmwareKind = "u-boot"
)

// Files of firmware, and the folders in which Debian's packages have them.
const (
	edk2Code, edk2Variables = "RISCV_VIRT_CODE.fd", "RISCV_VIRT_VARS.fd"
	uBoot                   = "u-boot.bin"

	edk2Folder  = "usr/share/qemu-efi-riscv64"
	uBootFolder = "usr/lib/u-boot/qemu-riscv64_smode"

	maxVariables = 64 << 20 // bytes; the machine says how many they are to be
)

// firmwareFolders are where a kind of firmware may be, below a root directory and in the cache of 'make linux-files'.
func (k firmwareKind) folders(root string) []string {
	installed := edk2Folder
	if k == firmwareUBoot {
		installed = uBootFolder
	}
	return []string{filepath.Join(root, installed), filepath.Join(linuxFiles(), "firmware")}
}

// find returns the first folder with all files of the firmware, or "".
func (k firmwareKind) find(root string) string {
	files := []string{edk2Code, edk2Variables}
	if k == firmwareUBoot {
		files = []string{uBoot}
	}
next:
	for _, folder := range k.folders(root) {
		for _, file := range files {
			if info, err := os.Stat(filepath.Join(folder, file)); err != nil || !info.Mode().IsRegular() {
				continue next
			}
		}
		return folder
	}
	return ""
}

// missing is the error of firmware that is nowhere.
func (k firmwareKind) missing(image, root string) error {
	name, pkg, option := "EDK2", "qemu-efi-riscv64", "--pflash0 and --pflash1 name its files"
	if k == firmwareUBoot {
		name, pkg, option = "U-Boot", "u-boot-qemu", "--kernel names its file"
	}
	at := k.folders(root)
	return fmt.Errorf("%s is started by %s, which is neither in %s nor in %s; install Debian's %s, bring it with 'make linux-files', or %s",
		image, name, at[0], at[1], pkg, option)
}

// chooseFirmware adds firmware to the machine, unless the user has named something to start.
func (b *boot) chooseFirmware(esp bool, place overlay.Place) error {
	c := &b.config
	kind := b.firmware
	if c.Kernel != "" || c.Pflash0 != "" {
		if kind != firmwareByImage {
			return fmt.Errorf("--firmware: %s and what --kernel or --pflash0 names cannot both start the image; leave one out", kind)
		}
		return nil
	}
	if kind == firmwareByImage {
		kind = firmwareUBoot
		if esp {
			kind = firmwareEDK2
		}
	}
	folder := kind.find(firmwareRoot)
	if other := firmwareUBoot.find(firmwareRoot); folder == "" && b.firmware == firmwareByImage && other != "" {
		kind, folder = firmwareUBoot, other // which starts EFI's programs, too
	}
	switch {
	case folder == "":
		return kind.missing(b.image, firmwareRoot)
	case kind == firmwareUBoot:
		c.Kernel = filepath.Join(folder, uBoot)
		b.chose("U-Boot starts it (%s)", c.Kernel)
		return nil
	}
	c.Pflash0 = filepath.Join(folder, edk2Code)
	if c.Pflash1 == "" {
		c.Pflash1, b.variables = place.Variables, filepath.Join(folder, edk2Variables)
	}
	b.chose("EDK2 starts it (%s) and keeps its variables in %s", c.Pflash0, c.Pflash1)
	return nil
}

// firmwareRoot is where the host's files begin; tests have another one.
var firmwareRoot = "/"
