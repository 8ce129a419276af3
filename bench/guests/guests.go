package guests

import (
	"bytes"
	"debug/elf"
	"embed"
	"encoding/binary"
	"fmt"
)

//go:embed *.elf
var files embed.FS

// Params are values for a program's parameters, by name.
type Params map[string]uint64

// ELF returns the program name with its parameters set; those that are not in p keep the values that stand in the
// source. An unknown program or parameter is an error.
func ELF(name string, p Params) ([]byte, error) {
	data, err := files.ReadFile(name + ".elf")
	if err != nil {
		return nil, fmt.Errorf("guest %s: %w", name, err)
	}
	if len(p) == 0 {
		return data, nil
	}
	f, err := elf.NewFile(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("guest %s: %w", name, err)
	}
	for param, value := range p {
		at, err := fileOffset(f, "param_"+param)
		if err != nil {
			return nil, fmt.Errorf("guest %s: %w", name, err)
		}
		binary.LittleEndian.PutUint64(data[at:], value)
	}
	return data, nil
}

// fileOffset returns where in the file the word with the given symbol lies.
func fileOffset(f *elf.File, symbol string) (uint64, error) {
	symbols, err := f.Symbols()
	if err != nil {
		return 0, err
	}
	for _, s := range symbols {
		if s.Name != symbol || int(s.Section) >= len(f.Sections) {
			continue
		}
		section := f.Sections[s.Section]
		return section.Offset + s.Value - section.Addr, nil
	}
	return 0, fmt.Errorf("there is no symbol %s", symbol)
}
