package guests

import _ "embed" // for the programs

// The programs as ELF files. Nobody may change them.
var (
	//go:embed hello.elf
	Hello []byte
	//go:embed harts.elf
	Harts []byte
	//go:embed sbi.elf
	SBI []byte
)
