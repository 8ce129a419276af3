// Package image tells by their contents what kind of file a kernel is, and
// unpacks those that come wrapped.
//
// It knows the RISC-V Linux Image with and without an EFI stub, gzip-compressed
// files and EFI zboot images with a gzip payload, and it recognises what people
// give by mistake (other architectures, other compressions) well enough to say
// what to do about it. Where a kernel goes in memory is the caller's decision:
// this package must not know the machine.
//
// Everything read from a file is checked against the file's length; what comes
// out of a decompressor is bounded by the caller's limit.
//
// Specifications: Linux kernel documentation, "Boot image header in RISC-V
// Linux"; EFI zboot header (Linux, EFI stub); RFC 1952 (gzip).
package image
