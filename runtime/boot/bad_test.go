package boot

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/hartwood-vm/hartwood/runtime/boot/devicetree"
	"github.com/hartwood-vm/hartwood/runtime/boot/elfimage"
	"github.com/hartwood-vm/hartwood/runtime/boot/fdt"
	"github.com/hartwood-vm/hartwood/runtime/boot/image"
)

// TestRefused checks error, wording, and that memory was left alone.
func TestRefused(t *testing.T) {
	good := func() *File { return file("Image", linux(mib, 0x200000, 0)) }
	x86 := elf(exec, base, base, "code")
	x86[18], x86[19] = 62, 0
	noHarts, manyHarts := machine(), machine()
	noHarts.Harts, manyHarts.Harts = -1, 5000
	for _, tc := range []struct {
		name string
		mem  uint64 // MiB; 0: 16
		cfg  Config
		want error
		says []string
	}{
		{"nothing", 0, Config{}, ErrConfig, []string{"no guest"}},
		{"initrd alone", 0, Config{BIOS: file("fw", []byte("fw")), Initrd: file("initrd", []byte("x"))}, ErrConfig, []string{"--kernel"}},
		{"empty kernel", 0, Config{Kernel: file("k", nil)}, ErrFile, []string{"k: ", "empty"}},
		{"empty initrd", 0, Config{Kernel: good(), Initrd: file("i", nil)}, ErrFile, []string{"i: ", "empty"}},
		{"empty bios", 0, Config{BIOS: file("b", nil)}, ErrFile, []string{"b: ", "empty"}},
		{"empty dtb", 0, Config{Kernel: good(), DTB: file("d", nil)}, ErrFile, []string{"d: ", "empty"}},
		{"x86 ELF", 0, Config{Kernel: file("hello", x86)}, elfimage.ErrMachine, []string{"hello: ", "x86-64", "riscv64-"}},
		{"truncated ELF", 0, Config{Kernel: file("p", elf(exec, base, base, "code")[:100])}, elfimage.ErrTruncated, []string{"p: "}},
		{"ELF below memory", 0, Config{Kernel: file("p", elf(exec, 0x10000, 0x10000, "code"))}, elfimage.ErrRange, []string{"p: ", "0x10000", "link it"}},
		{"ELF beyond memory", 0, Config{Kernel: file("p", elf(exec, base+16*mib, base+16*mib, "code"))}, elfimage.ErrRange, []string{"--memory"}},
		{"misaligned tohost", 0, Config{Kernel: file("p", elf(exec, base+4, base+4, "code"))}, ErrConfig, []string{"tohost"}},
		{"odd entry", 0, Config{Kernel: file("p", elf(exec, base+1, base+1, "code"))}, ErrConfig, []string{"odd"}},
		{"AArch64 Image", 0, Config{Kernel: file("k", append(make([]byte, 56), "ARM\x64            "...))}, image.ErrMachine, []string{"AArch64"}},
		{"Image too big", 1, Config{Kernel: good()}, ErrMemory, []string{"--memory", "Image: "}},
		{"Image with .bss too big", 0, Config{Kernel: file("k", linux(mib, 0x200000, 30*mib))}, ErrMemory, []string{"30 MiB", "memory is 16 MiB", "--memory to 32 MiB"}},
		{"Image of absurd size", 0, Config{Kernel: file("k", linux(mib, 0x200000, 1<<63))}, ErrMemory, []string{"k: "}},
		{"Image at absurd offset", 0, Config{Kernel: file("k", linux(mib, 1<<62, 0))}, ErrMemory, []string{"k: "}},
		{"Image at odd offset", 0, Config{Kernel: file("k", linux(mib, 0x200001, 0))}, ErrMemory, []string{"k: "}},
		{"Image with load address", 0, Config{Kernel: good(), LoadAddress: base}, ErrConfig, []string{"--load-address"}},
		{"ELF with load address", 0, Config{Kernel: file("p", elf(exec, base, base, "code")), LoadAddress: base}, ErrConfig, []string{"--load-address"}},
		{"load address outside", 0, Config{Kernel: file("r", []byte("raw!")), LoadAddress: 0x1000}, ErrMemory, []string{"0x1000"}},
		{"load address at the end", 0, Config{Kernel: file("r", []byte("raw!")), LoadAddress: base + 16*mib - 2}, ErrMemory, []string{"--memory to 17"}},
		{"odd load address", 0, Config{Kernel: file("r", []byte("raw!")), LoadAddress: base + 1}, ErrConfig, []string{"odd"}},
		{"text as a kernel", 0, Config{Kernel: file("README.md", []byte("# Hartwood\n\nHartwood is a machine – größer\n"))}, image.ErrNoCode, []string{"README.md: ", "text", "ELF"}},
		{"text as a program", 0, Config{Kernel: file("README.md", []byte(strings.Repeat("words\r\n", 100))), Program: true}, image.ErrNoCode, []string{"text"}},
		{"text as firmware", 0, Config{BIOS: file("README.md", []byte("firmware for everyone"))}, image.ErrNoCode, []string{"text"}},
		{"zeros as a kernel", 0, Config{Kernel: file("k", make([]byte, 100))}, image.ErrNoCode, []string{"k: ", "00 00 00 00"}},
		{"a boot sector", 0, Config{Kernel: file("k", []byte("\xeb\x63\x90GRUB\x00"))}, image.ErrNoCode, []string{"--drive"}},
		{"half an instruction", 0, Config{Kernel: file("k", []byte("\x13\x00"))}, image.ErrNoCode, []string{"13 00,"}},
		{"initial RAM disk as a kernel", 0, Config{Kernel: file("k", []byte("07070100000000"))}, image.ErrMalformed, []string{"--initrd"}},
		{"disk image as a kernel", 0, Config{Kernel: file("k", []byte("QFI\xfb\x00\x00\x00\x03"))}, image.ErrMalformed, []string{"--drive"}},
		{"firmware and none", 0, Config{BIOS: file("fw", []byte("fw")), Kernel: good(), NoFirmware: true}, ErrConfig, []string{"firmware"}},
		{"initrd too big", 0, Config{Kernel: good(), Initrd: &File{"big", zeros{}, 20 * mib}}, ErrMemory, []string{"big: ", "20 MiB", "--memory to"}},
		{"initrd of absurd size", 0, Config{Kernel: good(), Initrd: &File{"big", zeros{}, 1<<63 - 1}}, ErrMemory, []string{"big: "}},
		{"kernel as firmware", 0, Config{BIOS: good()}, ErrConfig, []string{"--kernel"}},
		{"firmware too big", 0, Config{BIOS: &File{"fw", zeros{}, 17 * mib}}, ErrMemory, []string{"fw: ", "--memory to 17 MiB"}},
		{"kernel in the firmware", 0, Config{BIOS: file("fw", []byte("fw")), Kernel: file("p", elf(exec, base, base, "code"))}, ErrMemory, []string{"p: ", "firmware"}},
		{"dtb is text", 0, Config{Kernel: good(), DTB: file("d.dts", []byte("/dts-v1/;"))}, fdt.ErrNotFDT, []string{"d.dts: "}},
		{"dtb too big", 0, Config{Kernel: good(), DTB: &File{"d", zeros{}, 1 << 40}}, fdt.ErrTooBig, []string{"d: "}},
		{"dtb for more memory", 0, Config{Kernel: good(), DTB: file("d", dtb(t, 1<<30))}, ErrDeviceTree, []string{"d: ", "1024 MiB", "--memory"}},
		{"no harts", 0, Config{Kernel: good(), Tree: noHarts}, devicetree.ErrConfig, []string{"-1 harts"}},
		{"5,000 harts", 0, Config{Kernel: good(), Tree: manyHarts}, devicetree.ErrConfig, []string{"5000", "4095"}},
		{"no room for the tree", 3, Config{Kernel: file("k", linux(mib, 0x200000, 0)), BIOS: file("fw", append([]byte{0x13}, make([]byte, 2*mib-1)...))}, ErrMemory, []string{"device tree", "--memory"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m := newRAM(t, max(tc.mem*mib, (16*mib)*b2u(tc.mem == 0)))
			if tc.cfg.Tree.Harts == 0 {
				tc.cfg.Tree = machine()
			}
			p, err := Load(m, tc.cfg)
			if !errors.Is(err, tc.want) {
				t.Fatalf("%+v, %v, want %v", p, err, tc.want)
			}
			for _, s := range tc.says {
				if !strings.Contains(err.Error(), s) {
					t.Errorf("%q does not say %q", err, s)
				}
			}
			if all, err := m.Slice(base, m.Size()); err != nil || bytes.Count(all, []byte{0}) != len(all) {
				t.Errorf("memory was written (%v)", err)
			}
		})
	}
}

func b2u(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

// dtb makes a device tree with so much memory.
func dtb(t *testing.T, memory uint64) []byte {
	t.Helper()
	c := machine()
	c.RAMBase, c.RAMSize = base, memory
	tree, err := devicetree.Build(c)
	if err != nil {
		t.Fatal(err)
	}
	tree.SetChosen(fdt.Chosen{Bootargs: "from the file", InitrdEnd: 77})
	tree.Root.SetStrings("model", "my own board")
	b, err := tree.Write()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestUsersTree(t *testing.T) {
	m := newRAM(t, 16*mib)
	for _, tc := range []struct {
		memory uint64
		append string
		want   string
		ram    uint64
	}{
		{8 * mib, "", "from the file", 8 * mib},
		{16 * mib, "mine", "mine", 16 * mib},
	} {
		p := load(t, m, Config{Kernel: file("Image", linux(mib, 0x200000, 0)), DTB: file("d", dtb(t, tc.memory)), Append: tc.append})
		tree := readTree(t, m, p)
		if s, _ := tree.Root.String("model"); s != "my own board" {
			t.Errorf("model %q", s)
		}
		if s, _ := tree.Find("/chosen").String("bootargs"); s != tc.want {
			t.Errorf("bootargs %q", s)
		}
		if _, ok := tree.Find("/chosen").Prop("linux,initrd-end"); ok {
			t.Error("the file's initrd is still there")
		}
		if got, err := tree.MemoryRanges(); err != nil || len(got) != 1 || got[0].Size != tc.ram {
			t.Errorf("%+v %v", got, err)
		}
	}
}

func TestTreeWithoutMemoryGetsIt(t *testing.T) {
	tree := fdt.New()
	b, err := tree.Write()
	if err != nil {
		t.Fatal(err)
	}
	m := newRAM(t, 16*mib)
	p := load(t, m, Config{Kernel: file("Image", linux(mib, 0x200000, 0)), DTB: file("d", b)})
	if got, err := readTree(t, m, p).MemoryRanges(); err != nil || fmt.Sprint(got) != fmt.Sprint([]fdt.Reservation{{Start: base, Size: 16 * mib}}) {
		t.Errorf("%+v %v", got, err)
	}
}

// TestFileEndsEarly has files that are shorter than they said when opened.
func TestFileEndsEarly(t *testing.T) {
	short := func(name string) *File {
		return &File{name, strings.NewReader("\x13\x00\x00\x00 short"), 10000}
	}
	image := file("Image", linux(mib, 0x200000, 0))
	raw := &File{"raw", strings.NewReader(strings.Repeat("\x13\x00\x00\x00", 1000)), 10000}
	cut := &File{"cut", strings.NewReader(string(linux(mib, 0x200000, 0)[:4096])), mib}
	for _, cfg := range []Config{
		{Kernel: image, Initrd: short("initrd")}, {Kernel: image, DTB: short("dtb")}, {Kernel: cut}, {Kernel: raw},
	} {
		cfg.Tree = machine()
		if _, err := Load(newRAM(t, 16*mib), cfg); !errors.Is(err, ErrFile) {
			t.Error(err)
		}
	}
}

func TestUnreadableFile(t *testing.T) {
	broken := errors.New("is a directory")
	f := func() *File { return &File{"file", failing{broken}, 10000} }
	image := file("Image", linux(mib, 0x200000, 0))
	for _, cfg := range []Config{
		{Kernel: f()}, {BIOS: f()}, {Kernel: image, Initrd: f()}, {Kernel: image, DTB: f()},
	} {
		cfg.Tree = machine()
		if _, err := Load(newRAM(t, 16*mib), cfg); !errors.Is(err, broken) || !strings.Contains(err.Error(), "file: ") {
			t.Error(err)
		}
	}
}

// A large file is read in parts. The error of one that cannot be read says how much there is before it, whatever comes behind.
func TestLargeFile(t *testing.T) {
	text := make([]byte, 3*readPart-5)
	for i := range text {
		text[i] = byte(i ^ i>>8 ^ i>>16)
	}
	image, m := file("Image", linux(mib, 0x200000, 0)), newRAM(t, 64*mib)
	cfg := Config{Kernel: image, Initrd: file("initrd", text)}
	start, _ := initrd(t, readTree(t, m, load(t, m, cfg)))
	if read(t, m, start, len(text)) != string(text) {
		t.Error("other bytes than the file's")
	}
	broken := errors.New("no such sector")
	cfg = Config{Kernel: image, Initrd: &File{"initrd", gap{text, readPart + 100, broken}, int64(len(text))}, Tree: machine()}
	if _, err := Load(newRAM(t, 64*mib), cfg); !errors.Is(err, broken) || !strings.Contains(err.Error(), fmt.Sprintf("%d of %d bytes", readPart+100, len(text))) {
		t.Error(err)
	}
}

// gap is a file with a byte that cannot be read.
type gap struct {
	text []byte
	bad  int64
	err  error
}

func (g gap) ReadAt(p []byte, off int64) (int, error) {
	n := copy(p, g.text[off:])
	if g.bad >= off && g.bad < off+int64(n) {
		return int(g.bad - off), g.err
	}
	return n, nil
}

// zeros is an endless file.
type zeros struct{}

func (zeros) ReadAt(p []byte, _ int64) (int, error) { clear(p); return len(p), nil }

// failing is a file that cannot be read.
type failing struct{ err error }

func (f failing) ReadAt([]byte, int64) (int, error) { return 0, f.err }

var _ io.ReaderAt = failing{}
