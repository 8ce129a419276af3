package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/hartwood-vm/hartwood/bench/linux/initramfs"
)

func main() {
	cache := flag.String("cache", ".cache/linux", "folder that fetch.sh filled")
	program := flag.String("program", "", "threaded test program, an ELF for linux/riscv64")
	output := flag.String("output", "initrd.gz", "archive to write")
	plain := flag.Bool("plain", false, "do not compress")
	flag.Parse()

	contents := initramfs.FromCache(*cache, *program)
	contents.Gzip = !*plain
	if err := initramfs.WriteFile(*output, contents); err != nil {
		fmt.Fprintf(os.Stderr, "mkinitramfs: %v\n", err)
		os.Exit(1)
	}
}
