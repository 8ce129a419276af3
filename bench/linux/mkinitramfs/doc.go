// Command mkinitramfs writes the root file system of the Linux boot tests from the folder that fetch.sh filled, for
// starting that guest by hand, as `make linux` does, or with -root the one that hands over to a root on a drive. The
// contents are package initramfs's affair.
package main
