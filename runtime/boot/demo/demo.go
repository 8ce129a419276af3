package demo

import _ "embed" // for ELF

// ELF is the program, an executable for RV64GC that is entered by all harts in M-mode. Nobody may change it.
//
//go:embed demo.elf
var ELF []byte
