package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/hartwood-vm/hartwood/bench/linux/initramfs"
)

func main() {
	cache := flag.String("cache", ".cache/linux", "folder that fetch.sh filled")
	tree := flag.String("tree", "", "folder whose contents go to the root")
	output := flag.String("output", "initrd.gz", "archive to write")
	root := flag.Bool("root", false, "hand over to the root file system on a drive (root=/dev/vda), without programs")
	plain := flag.Bool("plain", false, "do not compress")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "Usage: mkinitramfs [flags] [PROGRAM...]\nPrograms, for linux/riscv64, go to /bin.")
		flag.PrintDefaults()
	}
	flag.Parse()

	contents := initramfs.FromCache(*cache, flag.Args()...)
	if *root {
		contents = initramfs.RootFromCache(*cache)
	}
	if *tree != "" {
		contents.Trees = []string{*tree}
	}
	contents.Gzip = !*plain
	if err := initramfs.WriteFile(*output, contents); err != nil {
		fmt.Fprintf(os.Stderr, "mkinitramfs: %v\n", err)
		os.Exit(1)
	}
}
