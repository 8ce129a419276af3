package devices

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"

	"github.com/hartwood-vm/hartwood/bench/contest"
)

const block = 4096

// blocks makes a file whose blocks say which ones they are: each begins with its number and ends with its complement.
func blocks(path string, size int64) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<20)
	var b [block]byte
	for i := range b {
		b[i] = byte(i * 7)
	}
	for n := range uint64(size / block) {
		binary.LittleEndian.PutUint64(b[:], n)
		binary.LittleEndian.PutUint64(b[block-8:], ^n)
		if _, err := w.Write(b[:]); err != nil {
			return err
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Close()
}

// tree makes a folder under git with so many files, 16 in each of its folders. Some of them have changed since they were committed,
// and there is one that git does not know.
func tree(ctx context.Context, dir string, files int) error {
	const each = 16
	name := func(i int) string {
		return filepath.Join(dir, fmt.Sprintf("part%02d", i/each%64), fmt.Sprintf("folder%04d", i/each), fmt.Sprintf("file%05d.txt", i))
	}
	text := func(i int) []byte {
		return fmt.Appendf(nil, "This is file %d.\nIts second line is %x.\n", i, uint32(i)*0x9e3779b1)
	}
	for i := range files {
		path := name(i)
		if i%each == 0 {
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				return err
			}
		}
		if err := os.WriteFile(path, text(i), 0o644); err != nil {
			return err
		}
	}
	for _, arguments := range [][]string{
		{"init", "-q", "-b", "main"}, {"add", "-A"},
		{"-c", "user.name=bench", "-c", "user.email=bench@example.com", "-c", "gc.auto=0", "commit", "-q", "-m", "All files."},
		{"repack", "-a", "-d", "-q"},
	} {
		if err := contest.Tool(ctx, "git", append([]string{"-C", dir}, arguments...)...); err != nil {
			return err
		}
	}
	for i := 0; i < files; i += files / 20 {
		if err := os.WriteFile(name(i), append(text(i), "Another line.\n"...), 0o644); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(dir, ".unknown"), []byte("unknown\n"), 0o644)
}
