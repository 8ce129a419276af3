package runtime

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sort"
	"strconv"
	"strings"

	"github.com/hartwood-vm/hartwood/runtime/boot/elfimage"
	"github.com/hartwood-vm/hartwood/runtime/hostfile"
)

// maxSymbolFile bounds a table of symbols as text, in bytes. That of a Linux kernel with everything built in takes a
// tenth of it.
const maxSymbolFile = 64 << 20

// readSymbols reads the functions that the file of --symbols names, by rising address.
func readSymbols(ctx context.Context, path string) (_ []elfimage.Symbol, err error) {
	if path == "" {
		return nil, nil
	}
	f, err := hostfile.Open(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("--symbols: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	var magic [4]byte
	if _, err := f.ReadAt(magic[:], 0); err == nil && bytes.Equal(magic[:], []byte("\x7fELF")) {
		im, err := elfimage.Open(path, f, f.Size)
		if err != nil {
			return nil, fmt.Errorf("--symbols: %w", err)
		}
		s, err := im.Symbols()
		if err != nil {
			return nil, fmt.Errorf("--symbols: %w", err)
		}
		return s.Functions(), nil
	}
	if f.Size > maxSymbolFile {
		return nil, fmt.Errorf("--symbols: %s: a table of %d bytes is too long; give at most %d", path, f.Size, maxSymbolFile)
	}
	list, err := symbolTableText(io.NewSectionReader(f, 0, f.Size))
	if err != nil {
		return nil, fmt.Errorf("--symbols: %s: %w; give an ELF file, or a table as nm prints it", path, err)
	}
	return list, nil
}

// symbolTableText reads a table as nm prints it: an address, a letter and a name a line. Functions have the letters t
// and w, small or large.
func symbolTableText(r io.Reader) (list []elfimage.Symbol, err error) {
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		fields := strings.Fields(lines.Text())
		if len(fields) == 2 && len(fields[0]) == 1 || len(fields) == 0 {
			continue // undefined
		}
		if len(fields) < 3 || len(fields[1]) != 1 {
			return nil, fmt.Errorf("line %d is not an address, a letter and a name", n)
		}
		at, err := strconv.ParseUint(fields[0], 16, 64)
		if err != nil {
			return nil, fmt.Errorf("line %d does not begin with an address", n)
		}
		if strings.Contains("tTwW", fields[1]) {
			list = append(list, elfimage.Symbol{Name: fields[2], Value: at})
		}
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	sort.SliceStable(list, func(i, j int) bool { return list[i].Value < list[j].Value })
	return list, nil
}
