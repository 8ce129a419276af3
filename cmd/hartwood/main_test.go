package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hartwood-vm/hartwood/runtime"
)

// asCommand makes the test program behave as the hartwood command.
const asCommand = "HARTWOOD_TEST_AS_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asShell) != "" {
		os.Exit(shellMain())
	}
	if os.Getenv(asCommand) != "" {
		go crashOnDemand()
		main()
		return
	}
	os.Exit(m.Run())
}

// crashSignal has a command under test panic on a goroutine that nobody recovers.
const crashSignal = syscall.SIGUSR2

func crashOnDemand() {
	demand := make(chan os.Signal, 1)
	signal.Notify(demand, crashSignal)
	<-demand
	panic("on demand")
}

// hang bounds a test that hangs; nothing is measured against it.
const hang = time.Minute

// hartwood returns the command with the arguments args, to be run in dir.
func hartwood(t *testing.T, dir string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), hang)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, self, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), asCommand+"=1")
	return cmd
}

// outcome is how a command ended.
type outcome struct {
	code           int
	stdout, stderr string
}

func runCommand(t *testing.T, dir string, args ...string) outcome {
	t.Helper()
	cmd := hartwood(t, dir, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if cmd.ProcessState.ExitCode() < 0 {
		t.Fatalf("hartwood %q ended with %v\n%s", args, cmd.ProcessState, stderr.String())
	}
	return outcome{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// oneClearLine checks that stderr is one line of ours, without any trace of a crash.
func oneClearLine(t *testing.T, stderr string) {
	t.Helper()
	if first, rest, _ := strings.Cut(stderr, "\n"); strings.HasPrefix(first, "hartwood: loading ") {
		stderr = rest // said when a busy machine takes seconds to load
	}
	if !strings.HasPrefix(stderr, "hartwood: ") || strings.Count(stderr, "\n") != 1 || !strings.HasSuffix(stderr, "\n") {
		t.Errorf("standard error is not one line that begins with 'hartwood: ':\n%s", stderr)
	}
	for _, word := range []string{"panic", "goroutine", "runtime error", "BUG"} {
		if strings.Contains(stderr, word) {
			t.Errorf("standard error speaks of %q:\n%s", word, stderr)
		}
	}
}

// Guests small enough to be written as words (Unprivileged ISA, chapter 37, and QEMU's virt test device).
var (
	// spin: j .
	spin = words(0x0000006f)
	// exit7: lui t0, 0x100; li t1, 0x73333 (code 7, the test device's failure); sw t1, 0(t0); j .
	exit7 = words(0x001002b7, 0x00073337, 0x33330313, 0x0062a023, 0x0000006f)
	// shutdown calls SBI's SRST from S-mode: lui a7, 0x53525; addi a7, a7, 0x354; li a6, 0; li a0, 0; li a1, 0; ecall; j .
	shutdown = words(0x535258b7, 0x35488893, 0x00000813, 0x00000513, 0x00000593, 0x00000073, 0x0000006f)
	// reset: lui t0, 0x100; lui t1, 7; addi t1, t1, 0x777; sw t1, 0(t0), the test device; j .
	reset = words(0x001002b7, 0x00007337, 0x77730313, 0x0062a023, 0x0000006f)
	// sayReady: lui t0, 0x10000; li t1, 'R'; sb t1, 0(t0), the serial port
	sayReady = words(0x100002b7, 0x05200313, 0x00628023)
	// spinning never ends by itself.
	spinning = slices.Concat(sayReady, spin)
	// lost jumps to where nothing is, and its trap vector points there, too: jalr zero, 0(zero).
	lost = slices.Concat(sayReady, words(0x00000067))
	// scribbler stores to nowhere, and its trap vector points to nowhere: csrw mtvec, zero; sw t1, 0(zero).
	scribbler = slices.Concat(sayReady, words(0x30501073, 0x00602023))
)

func words(list ...uint32) []byte {
	var out []byte
	for _, w := range list {
		out = binary.LittleEndian.AppendUint32(out, w)
	}
	return out
}

// elfHeader returns a valid 64-bit ELF header for RISC-V with one program header, which the caller may spoil.
func elfHeader() []byte {
	h := make([]byte, 64+56, 4096)
	copy(h, "\x7fELF\x02\x01\x01")
	le := binary.LittleEndian
	le.PutUint16(h[16:], 2)           // ET_EXEC
	le.PutUint16(h[18:], 243)         // EM_RISCV
	le.PutUint32(h[20:], 1)           // version
	le.PutUint64(h[24:], 0x8000_0000) // entry
	le.PutUint64(h[32:], 64)          // program headers
	le.PutUint16(h[52:], 64)
	le.PutUint16(h[54:], 56)
	le.PutUint16(h[56:], 1)
	p := h[64:]
	le.PutUint32(p[0:], 1) // PT_LOAD
	le.PutUint32(p[4:], 5)
	le.PutUint64(p[8:], 120)          // offset
	le.PutUint64(p[16:], 0x8000_0000) // virtual
	le.PutUint64(p[24:], 0x8000_0000) // physical
	le.PutUint64(p[32:], 4)           // file size
	le.PutUint64(p[40:], 4)           // memory size
	return append(h, spin...)
}

// spoiled returns the header with a little-endian value of size bytes at an offset.
func spoiled(at, size int, value uint64) []byte {
	h := elfHeader()
	for i := range size {
		h[at+i] = byte(value >> (8 * i))
	}
	return h
}

func gzipped(t *testing.T, data []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := z.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func writeFiles(t *testing.T, files map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestBadInput(t *testing.T) {
	image := make([]byte, 4096) // a Linux Image header (Documentation/arch/riscv/boot-image-header.rst)
	binary.LittleEndian.PutUint32(image[0:], 0x0000006f)
	binary.LittleEndian.PutUint64(image[16:], 3<<30) // image_size
	copy(image[48:], "RISCV\x00\x00\x00")
	copy(image[56:], "RSC\x05")

	dir := writeFiles(t, map[string][]byte{
		"spin.bin":     spin,
		"empty":        nil,
		"truncated":    elfHeader()[:40],
		"short.elf":    elfHeader()[:100],
		"class32.elf":  spoiled(4, 1, 1),
		"big.elf":      spoiled(5, 1, 2),
		"x86.elf":      spoiled(18, 2, 62),
		"shared.elf":   spoiled(16, 2, 3),
		"phoff.elf":    spoiled(32, 8, 1<<62),
		"offset.elf":   spoiled(64+8, 8, 1<<63),
		"filesize.elf": spoiled(64+32, 8, 1<<40),
		"memsize.elf":  spoiled(64+40, 8, 1<<60),
		"low.elf":      spoiled(64+24, 8, 0x1000),
		"Image":        image,
		"zero.img":     nil,
		"hart.yaml":    []byte("hart: 3\n"),
		"README.md":    []byte("# A guest\n\nThis is how it is built.\n"),
		"zeros.bin":    make([]byte, 4096),
		"initrd.gz":    gzipped(t, []byte("070701 and so on")),
		"disk.qcow2":   append([]byte("QFI\xfb\x00\x00\x00\x03"), make([]byte, 4096)...),
		"disk.vmdk":    append([]byte("KDMV\x00\x00\x00\x03"), make([]byte, 4096)...),
		"broken.yaml":  []byte("harts: [1\n"),
		"bad.dtb":      []byte("\xd0\x0d\xfe\xed\x7f\xff\xff\xff"),
	})
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		args string
		says string
	}{
		{"pipe as a program", "pipe", "a pipe"},
		{"pipe as a kernel", "--kernel pipe", "a pipe"},
		{"pipe as a device tree", "--dtb pipe spin.bin", "a pipe"},
		{"pipe as a drive", "--drive pipe spin.bin", "pipe"},
		{"pipe as a configuration", "--config pipe", "a pipe"},
		{"directory as a configuration", "--config .", "a directory"},
		{"device as a configuration", "--config /dev/zero", "a device"},
		{"missing program", "nowhere.elf", "nowhere.elf"},
		{"a folder", ".", "."},
		{"empty program", "empty", "empty"},
		{"truncated ELF", "truncated", "truncated"},
		{"ELF without its program headers", "short.elf", "short.elf"},
		{"32-bit ELF", "class32.elf", "class32.elf"},
		{"big-endian ELF", "big.elf", "big.elf"},
		{"ELF for another machine", "x86.elf", "x86.elf"},
		{"program headers far away", "phoff.elf", "phoff.elf"},
		{"segment far away", "offset.elf", "offset.elf"},
		{"segment longer than the file", "filesize.elf", "filesize.elf"},
		{"segment larger than memory", "memsize.elf", "memsize.elf"},
		{"segment below RAM", "low.elf", "low.elf"},
		{"no harts", "--harts 0 spin.bin", "--harts"},
		{"5000 harts", "--harts 5000 spin.bin", "1 to 4095"},
		{"words for harts", "--harts many spin.bin", "--harts"},
		{"tiny memory", "--memory 100 spin.bin", "--memory"},
		{"no such unit", "--memory 3X spin.bin", "512M"},
		{"huge memory", "--memory 4096T spin.bin", "--memory"},
		{"unknown strategy", "--mmu-strategy fastest spin.bin", "multilevel, concurrent or hybrid"},
		{"unknown option", "--hart 3 spin.bin", "--harts"},
		{"words for a weight", "--jit-weight-benefit much spin.bin", "such as 0.7"},
		{"budget without a unit", "--jit-budget 10 spin.bin", "10ms"},
		{"unknown policy", "--code-cache-policy fifo spin.bin", "lru_lfu, lru or lfu"},
		{"tiny code cache", "--code-cache-bytes 1K spin.bin", "256K"},
		{"two programs", "spin.bin spin.bin", "one"},
		{"program and kernel", "--kernel Image spin.bin", "--kernel"},
		{"missing kernel", "--kernel nowhere", "nowhere"},
		{"text as a kernel", "--kernel README.md", "README.md: no program: it is text"},
		{"text as a program", "README.md", "README.md: no program: it is text"},
		{"zeros as a kernel", "--kernel zeros.bin", "00 00 00 00"},
		{"initial RAM disk as a kernel", "--kernel initrd.gz", "--initrd"},
		{"disk image as a kernel", "--kernel disk.qcow2", "--drive"},
		{"a disk image's beginning", "--drive disk.qcow2 spin.bin", "disk.qcow2"},
		{"disk image of another program", "--drive disk.vmdk spin.bin", "qemu-img convert -O raw"},
		{"empty kernel", "--kernel empty", "empty"},
		{"kernel larger than memory", "--kernel Image --memory 64M", "memory"},
		{"missing initrd", "--kernel Image --initrd nowhere --memory 8G", "nowhere"},
		{"initrd alone", "--initrd spin.bin", "--kernel"},
		{"missing firmware", "--bios nowhere", "nowhere"},
		{"missing device tree", "--dtb nowhere spin.bin", "nowhere"},
		{"hostile device tree", "--dtb bad.dtb spin.bin", "bad.dtb"},
		{"missing drive", "--drive nowhere.img spin.bin", "nowhere.img"},
		{"folder as a drive", "--drive . spin.bin", "--drive"},
		{"unknown drive option", "--drive zero.img,fast spin.bin", "readonly"},
		{"load address outside RAM", "--load-address 0x1000 spin.bin", "--load-address"},
		{"load address at the end of RAM", "--load-address 0x9ffffffe spin.bin", "spin.bin"},
		{"missing config", "--config nowhere.yaml", "nowhere.yaml"},
		{"unknown key", "--config hart.yaml spin.bin", "harts"},
		{"broken config", "--config broken.yaml spin.bin", "broken.yaml"},
		{"program without a name", "--harts 1 ''", "empty"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			args := []string{"run"}
			for _, word := range strings.Fields(test.args) {
				args = append(args, strings.Trim(word, "'"))
			}
			got := runCommand(t, dir, args...)
			if got.code != exitUsage {
				t.Errorf("exit code %d, want %d", got.code, exitUsage)
			}
			oneClearLine(t, got.stderr)
			if !strings.Contains(got.stderr, test.says) {
				t.Errorf("standard error lacks %q: %s", test.says, got.stderr)
			}
			if got.stdout != "" {
				t.Errorf("standard output is not empty: %q", got.stdout)
			}
		})
	}
}

func TestUnreadableDrive(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("nothing is unreadable for root")
	}
	dir := writeFiles(t, map[string][]byte{"disk.img": make([]byte, 4096), "spin.bin": spin})
	if err := os.Chmod(filepath.Join(dir, "disk.img"), 0o444); err != nil {
		t.Fatal(err)
	}
	got := runCommand(t, dir, "run", "--drive", "disk.img", "spin.bin")
	if got.code != exitUsage || !strings.Contains(got.stderr, "readonly") {
		t.Errorf("exit code %d, standard error %q; want %d and a word on readonly", got.code, got.stderr, exitUsage)
	}
	oneClearLine(t, got.stderr)
}

func TestFailedRunLeavesNothingBehind(t *testing.T) {
	dir := writeFiles(t, map[string][]byte{"disk.img": make([]byte, 1<<20), "x86.elf": spoiled(18, 2, 62)})
	got := runCommand(t, dir, "run", "--drive", "disk.img,overlay=.", "x86.elf")
	if got.code != exitUsage {
		t.Errorf("exit code %d, want %d: %s", got.code, exitUsage, got.stderr)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 2 {
		t.Errorf("a run that never began left %v behind (%v)", left, err)
	}
}

func TestGuestExitCodeIsOurs(t *testing.T) {
	dir := writeFiles(t, map[string][]byte{"exit7.bin": exit7})
	got := runCommand(t, dir, "run", "exit7.bin")
	if got.code != 7 || got.stderr != "" || got.stdout != "" {
		t.Errorf("exit code %d, want 7; standard error %q, standard output %q", got.code, got.stderr, got.stdout)
	}
}

// TestReset ends runs when the guest asks for a reset, which a kernel does that has panicked as well.
func TestReset(t *testing.T) {
	dir := writeFiles(t, map[string][]byte{"reset.bin": reset})
	for _, test := range []struct {
		args string
		code int
		says string
	}{
		{"--no-reboot", 0, "hartwood: ended when the guest asked for a reset (--no-reboot)\n"},
		{"--no-reboot --reset-code 9", 9, "hartwood: ended when the guest asked for a reset (--no-reboot)\n"},
		{"-no-reboot --reset-code 9 --stats", 9, "asked for a reset (--no-reboot) after"},
		{"--no-reboot --reset-code 9 --stats", 9, "with exit code 9\n"},
		{"--no-reboot --reset-code 9 --json", 9, `"exit_code": 9`},
		{"--reset-code 9", exitUsage, "--no-reboot"},
		{"--no-reboot --reset-code -1", exitUsage, "0 to 255"},
	} {
		got := runCommand(t, dir, append(strings.Fields("run "+test.args), "reset.bin")...)
		if got.code != test.code || !strings.Contains(got.stderr, test.says) {
			t.Errorf("%s: exit code %d, want %d; standard error %q, want %q", test.args, got.code, test.code, got.stderr, test.says)
		}
	}
}

// TestSummaryAfterSignal: the summary's exit code is the process's.
func TestSummaryAfterSignal(t *testing.T) {
	dir := writeFiles(t, map[string][]byte{"spinning": spinning})
	for option, says := range map[string]string{
		"--stats": "stopped by a signal (terminated) after", "--json": `"exit_code": 143`,
	} {
		cmd := hartwood(t, dir, "run", option, "spinning")
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		stdout, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(stdout, make([]byte, 1)); err != nil {
			t.Fatalf("the guest said nothing: %v", err)
		}
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		cmd.Wait()
		if code := cmd.ProcessState.ExitCode(); code != 143 || !strings.Contains(stderr.String(), says) {
			t.Errorf("%s: exit code %d; standard error lacks %q:\n%s", option, code, says, stderr.String())
		}
		if option == "--stats" && !strings.Contains(stderr.String(), "with exit code 143") {
			t.Errorf("the summary has another exit code:\n%s", stderr.String())
		}
	}
}

// TestRawKernel starts raw binaries as kernels: in S-mode on the built-in firmware, which this one asks to end the
// machine, or in M-mode without.
func TestRawKernel(t *testing.T) {
	dir := writeFiles(t, map[string][]byte{"kernel.bin": shutdown, "exit7.bin": exit7})
	for args, code := range map[string]int{
		"--kernel kernel.bin":                           0,
		"--kernel kernel.bin --load-address 0x80400000": 0,
		"--kernel exit7.bin --bios none":                7,
		"--kernel exit7.bin":                            7,
	} {
		got := runCommand(t, dir, append([]string{"run", "--harts", "2"}, strings.Fields(args)...)...)
		if got.code != code || got.stderr != "" {
			t.Errorf("%s: exit code %d, want %d; standard error %q", args, got.code, code, got.stderr)
		}
	}
}

// TestHeadersBelowRAM runs an ELF file as ld -Ttext=0x80000000 makes it, with its own headers on the page before the code.
func TestHeadersBelowRAM(t *testing.T) {
	elf := append(elfHeader()[:120:120], make([]byte, 4096-120)...)
	elf = append(elf, exit7...)
	le, p := binary.LittleEndian, elf[64:]
	le.PutUint64(p[8:], 0)
	le.PutUint64(p[16:], 0x7fff_f000)
	le.PutUint64(p[24:], 0x7fff_f000)
	le.PutUint64(p[32:], uint64(len(elf)))
	le.PutUint64(p[40:], uint64(len(elf)))
	dir := writeFiles(t, map[string][]byte{"exit7.elf": elf})
	for _, args := range [][]string{{"exit7.elf"}, {"--kernel", "exit7.elf"}, {"--bios", "exit7.elf"}} {
		if got := runCommand(t, dir, append([]string{"run"}, args...)...); got.code != 7 || got.stderr != "" {
			t.Errorf("%q: exit code %d, want 7; standard error %q", args, got.code, got.stderr)
		}
	}
}

// A program that fills memory leaves no room for the device tree, which is a note and no error.
func TestNotes(t *testing.T) {
	large := make([]byte, 1<<20-1024)
	copy(large, exit7)
	dir := writeFiles(t, map[string][]byte{"large.bin": large})
	got := runCommand(t, dir, "run", "--memory", "1M", "large.bin")
	oneClearLine(t, got.stderr)
	if got.code != 7 || !strings.HasPrefix(got.stderr, "hartwood: note: no room for the device tree") {
		t.Errorf("exit code %d, want 7 and a note; standard error %q", got.code, got.stderr)
	}

	got = runCommand(t, dir, "run", "--json", "--memory", "1M", "large.bin")
	var summary struct {
		Notes []string `json:"notes"`
	}
	if err := json.Unmarshal([]byte(got.stderr), &summary); err != nil || len(summary.Notes) != 1 {
		t.Errorf("notes %q (%v) in %s", summary.Notes, err, got.stderr)
	}
}

func TestEmbeddedGuest(t *testing.T) {
	if testing.Short() {
		t.Skip("computes for seconds")
	}
	got := runCommand(t, t.TempDir(), "run")
	for _, word := range []string{"a RISC-V virtual machine", "4 processors", "All results are right"} {
		if !strings.Contains(got.stdout, word) {
			t.Errorf("the guest does not say %q:\n%s", word, got.stdout)
		}
	}
	for _, word := range []string{"with exit code 0", "4 harts executed", "hartwood run program.elf", "hartwood run --help"} {
		if !strings.Contains(got.stderr, word) {
			t.Errorf("the summary lacks %q:\n%s", word, got.stderr)
		}
	}
	if strings.Contains(got.stderr, "TLB") {
		t.Errorf("nobody has asked for all figures:\n%s", got.stderr)
	}

	got = runCommand(t, t.TempDir(), "run", "--harts", "1", "--stats")
	if got.code != 0 || !strings.Contains(got.stdout, "1 processor,") || !strings.Contains(got.stdout, "All results are right") {
		t.Errorf("exit code %d, standard output:\n%s", got.code, got.stdout)
	}
	words := []string{"instructions", "TLB", "exit code 0"}
	if runtime.HasCompiler {
		words = append(words, "native code", "compiled", "compile queue", "code cache")
	}
	for _, word := range words {
		if !strings.Contains(got.stderr, word) {
			t.Errorf("the summary lacks %q:\n%s", word, got.stderr)
		}
	}
}

func TestSummaryAsJSON(t *testing.T) {
	dir := writeFiles(t, map[string][]byte{"exit7.bin": exit7})
	got := runCommand(t, dir, "run", "--json", "--harts", "2", "exit7.bin")
	var summary struct {
		ExitCode int `json:"exit_code"`
		Stats    struct {
			Instructions uint64 `json:"instructions"`
			Harts        []any  `json:"harts"`
		} `json:"stats"`
	}
	if err := json.Unmarshal([]byte(got.stderr), &summary); err != nil {
		t.Fatalf("%v in %s", err, got.stderr)
	}
	if summary.ExitCode != 7 || summary.Stats.Instructions == 0 || len(summary.Stats.Harts) != 2 {
		t.Errorf("summary %+v", summary)
	}
}

// TestHarmsOnlyItself runs guests that never end by themselves, and ends them.
func TestHarmsOnlyItself(t *testing.T) {
	dir := writeFiles(t, map[string][]byte{"spinning": spinning, "lost": lost, "scribbler": scribbler})
	for _, guest := range []string{"spinning", "lost", "scribbler"} {
		for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
			t.Run(guest+" "+signal.String(), func(t *testing.T) {
				t.Parallel()
				cmd := hartwood(t, dir, "run", "--harts", "3", guest)
				var stderr bytes.Buffer
				cmd.Stderr = &stderr
				stdout, err := cmd.StdoutPipe()
				if err != nil {
					t.Fatal(err)
				}
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				if _, err := io.ReadFull(stdout, make([]byte, 1)); err != nil {
					t.Fatalf("the guest said nothing: %v", err)
				}
				if err := cmd.Process.Signal(signal); err != nil {
					t.Fatal(err)
				}
				cmd.Wait()
				if code := cmd.ProcessState.ExitCode(); code != 128+int(signal) {
					t.Errorf("exit code %d, want %d: %s", code, 128+int(signal), stderr.String())
				}
				oneClearLine(t, stderr.String())
			})
		}
	}
}

func TestHelpAndVersion(t *testing.T) {
	for args, says := range map[string]string{
		"":                "hartwood run",
		"--help":          "hartwood run",
		"run --help":      "Ctrl-A x",
		"run --help-all":  "--mmu-strategy",
		"blocks -h":       "--top",
		"help run":        "--kernel",
		"version":         "hartwood ",
		"--version":       "hartwood ",
		"completion bash": "bash completion",
	} {
		got := runCommand(t, t.TempDir(), strings.Fields(args)...)
		if got.code != 0 || got.stderr != "" || !strings.Contains(got.stdout, says) {
			t.Errorf("hartwood %s: exit code %d, standard error %q, standard output lacks %q", args, got.code, got.stderr, says)
		}
	}
	if short := runCommand(t, t.TempDir(), "help", "run").stdout; strings.Contains(short, "--gc-step") || !strings.Contains(short, "--help-all") {
		t.Errorf("--help shows what is for --help-all, or does not name it:\n%s", short)
	}
	got := runCommand(t, t.TempDir(), "rnu")
	if got.code != exitUsage || !strings.Contains(got.stderr, "did you mean run?") {
		t.Errorf("hartwood rnu: exit code %d, standard error %q", got.code, got.stderr)
	}
	oneClearLine(t, got.stderr)
}
