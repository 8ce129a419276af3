// Package devicetree describes the machine to its guest: it builds the device
// tree from a Config of plain numbers and strings, and from what the devices say of
// themselves (device.Description).
//
// The names and "compatible" strings of what is not a device are those of QEMU's machine "virt", so that firmware and
// kernels that know that machine run here unchanged. The package must not know what a hart is, which devices there are
// or how one works: ISA strings, block sizes, descriptions and addresses come in through Config.
//
// Specifications: Devicetree Specification v0.4; the Linux kernel's bindings
// riscv/cpus, riscv/extensions, interrupt-controller/sifive,plic-1.0.0, riscv,aplic and riscv,imsics,
// timer/sifive,clint, serial/8250, virtio/mmio, power/reset/syscon-*.
package devicetree
