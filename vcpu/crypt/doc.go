// Package crypt is what the RISC-V scalar cryptography extensions compute (Zbkb, Zbkx, Zknd, Zkne, Zknh, Zksed, Zksh), as
// pure functions on the values of registers.
//
// It must not know harts, registers or instructions. Its tables are made when the process initialises and only read
// afterwards: there is nothing to lock, and nothing to start or stop.
//
// The S-boxes are made from their definitions, inversion in a field of 256 elements between affine maps, so that no table
// of constants has to be trusted; tests compare whole encryptions and digests with the examples of the standards.
//
// Look-ups in tables take a time that depends on the data. No extension that the machine names promises otherwise (Zkt
// does, and is not named).
package crypt
