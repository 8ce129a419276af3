// Package devicetree describes the machine to its guest: it builds the device
// tree from a Config of plain numbers and strings.
//
// The set of nodes, their names, their "compatible" strings and their addresses
// are those of QEMU's machine "virt", so that firmware and kernels that know that
// machine run here unchanged; devices that this machine lacks (PCI, flash,
// fw-cfg) are left out. The package must not know what a hart is or how a device
// works: ISA strings, block sizes and addresses come in through Config.
//
// Specifications: Devicetree Specification v0.4; the Linux kernel's bindings
// riscv/cpus, riscv/extensions, interrupt-controller/sifive,plic-1.0.0,
// timer/sifive,clint, serial/8250, virtio/mmio, power/reset/syscon-*.
package devicetree
