// Package qcow2test makes empty qcow2 images, as qemu-img create does, for tests of packages that open such.
//
// It knows the format and not the package that reads it.
package qcow2test
