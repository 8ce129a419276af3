// Command mkinitramfs writes the root file system of the Linux boot tests from the folder that fetch.sh filled, for
// starting that guest by hand: `make linux` does so. The contents are package initramfs's affair.
package main
