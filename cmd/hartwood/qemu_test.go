package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hartwood-vm/hartwood/runtime/boot/fdt"
)

func TestOptionsOfQEMU(t *testing.T) {
	root := (&app{stdin: strings.NewReader(""), stdout: io.Discard, stderr: io.Discard}).rootCommand()
	for _, test := range []struct{ args, want string }{
		{"run -M virt -kernel Image -append x -nographic -smp 4 -m 2G -bios none", "run --kernel Image --append x --harts 4 --memory 2G --bios none"},
		{"run -machine virt,accel=tcg -cpu rv64 -m 512 -initrd i -dtb d", "run --memory 512M --initrd i --dtb d"},
		{"run -smp cpus=2,sockets=1 -m size=1G -serial mon:stdio -monitor none -display none", "run --harts 2 --memory 1G"},
		{"run -smp 8,cores=4 -no-reboot -accel tcg,thread=multi -nodefaults -name x", "run --harts 8 --no-reboot"},
		{"run -drive file=a.img,format=raw,if=none,id=x -device virtio-blk-device,drive=x", "run --drive file=a.img,format=raw,if=none,id=x"},
		{"run -hda a.img -cdrom b.iso -global virtio-mmio.force-legacy=false", "run --drive a.img --drive b.iso,readonly"},
		{"run -global virtio-mmio.force-legacy=true", "run --virtio-legacy"},
		{"run --nographic --smp 2 --machine virt,dumpdtb=x.dtb", "run --harts 2 --dump-dtb x.dtb"},
		{"blocks -kernel k --top 3", "blocks --kernel k --top 3"},
		// Ours stay what they are, and what looks like an option may be a value or a program.
		{"run -n 8 -m 2G -k Image -c x.yaml -h", "run -n 8 --memory 2G -k Image -c x.yaml -h"},
		{"run -n8 -m2G -kImage", "run -n8 -m2G -kImage"},
		{"run --append -smp --harts=3 --stats -smp 2", "run --append -smp --harts=3 --stats --harts 2"},
		{"run -k -nographic", "run -k -nographic"},
		{"run --memory 2048 -- -nographic", "run --memory 2048 -- -nographic"},
		{"version -nographic", "version -nographic"},
		{"-version", "--version"},
		{"run -M virt,aia=aplic-imsic,acpi=off", "run --aia aplic-imsic"},
		{"run -M virt -version", "--version"},
		{"run --version", "--version"},
		{"-help", "--help"},
		{"", ""},
	} {
		got, err := fromQEMU(root, strings.Fields(test.args))
		if err != nil || !slices.Equal(got, strings.Fields(test.want)) {
			t.Errorf("%s becomes %q (%v), want %s", test.args, got, err, test.want)
		}
	}
	for _, test := range []struct{ args, says string }{
		{"run -M sifive_u", `-M: "sifive_u"`},
		{"run -M virt,aia=plic", `"aia=plic" is not there`},
		{"run -cpu rv64,v=true", "-cpu"},
		{"run -serial file:out.txt", "redirect"},
		{"run -netdev tap,id=n", "--net"},
		{"run -netdev user,id=n,hostfwd=x", "--forward tcp:127.0.0.1:2222:22"},
		{"run -nic user,smb=/tmp", "--net"},
		{"run -device virtio-gpu-pci", "docs/GUESTS.md"},
		{"run -device loader,file=x,addr=1", "--load-address"},
		{"run -s", "blocks"},
		{"run -S", "debugger"},
		{"run -gdb tcp::1234", "debugger"},
		{"run -d in_asm", "--stats"},
		{"run -snapshot", "overlay"},
		{"run -accel kvm", "--jit"},
		{"run -smp cores=2", "--harts"},
		{"run -kernel", "a value is missing"},
		{"run -hart 3", "did you mean --harts?"},
		{"run -nographics", "unknown option -nographics"},
		{"run -memory 2G", "did you mean --memory?"},
		{"run -stats", "did you mean --stats?"},
		{"-kernel Image", "hartwood run -kernel"},
		{"--harts 3", "hartwood run --harts"},
	} {
		got, err := fromQEMU(root, strings.Fields(test.args))
		if err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s becomes %q (%v), want an error that says %q", test.args, got, err, test.says)
		}
	}
}

// TestCommandLinesOfQEMU runs whole ones.
func TestCommandLinesOfQEMU(t *testing.T) {
	dir := writeFiles(t, map[string][]byte{"kernel.bin": shutdown, "exit7.bin": exit7, "disk.img": make([]byte, 4096)})
	for args, code := range map[string]int{
		"-M virt -nographic -smp 2 -m 512 -kernel kernel.bin":                                0,
		"-machine virt -nographic -bios none -kernel exit7.bin -serial mon:stdio -no-reboot": 7,
		"-nographic -bios none -kernel exit7.bin -m 1G -cpu rv64 -drive file=disk.img,format=raw,if=none,id=x0 " +
			"-device virtio-blk-device,drive=x0,bus=virtio-mmio-bus.0": 7,
		"-bios default -kernel kernel.bin -append quiet": 0,
	} {
		got := runCommand(t, dir, append([]string{"run"}, strings.Fields(args)...)...)
		if got.code != code || got.stderr != "" {
			t.Errorf("%s: exit code %d, want %d; standard error %q", args, got.code, code, got.stderr)
		}
	}
}

// FuzzQEMU looks for command lines that the translation panics on or makes something of that it would translate again.
func FuzzQEMU(f *testing.F) {
	f.Add("-M virt -nographic -smp 4 -m 2G -kernel Image")
	f.Add("-smp cpus=2, -m size= -drive -- -s")
	f.Add("--harts -smp -n8 -m512 -global x")
	root := (&app{stdin: strings.NewReader(""), stdout: io.Discard, stderr: io.Discard}).rootCommand()
	f.Fuzz(func(t *testing.T, line string) {
		args := append([]string{"run"}, strings.Split(line, " ")...)
		once, err := fromQEMU(root, args)
		if err != nil || slices.Equal(once, []string{"--version"}) {
			return
		}
		if twice, err := fromQEMU(root, once); err != nil || !slices.Equal(once, twice) {
			t.Errorf("%q becomes %q and then %q (%v)", args, once, twice, err)
		}
	})
}

func TestDumpDTB(t *testing.T) {
	dir := writeFiles(t, map[string][]byte{"exit7.bin": exit7})
	for args, harts := range map[string]int{
		"--dump-dtb a.dtb":                       1,
		"--dump-dtb a.dtb --harts 3 exit7.bin":   3,
		"-M virt,dumpdtb=a.dtb -smp 2 -m 1G":     2,
		"--kernel exit7.bin --dump-dtb a.dtb":    1,
		"--memory 1M exit7.bin --dump-dtb a.dtb": 1,
	} {
		got := runCommand(t, dir, append([]string{"run"}, strings.Fields(args)...)...)
		if got.code != 0 || got.stderr != "" || got.stdout != "" {
			t.Errorf("%s: exit code %d, standard error %q", args, got.code, got.stderr)
		}
		blob, err := os.ReadFile(filepath.Join(dir, "a.dtb"))
		if err != nil {
			t.Fatal(err)
		}
		tree, err := fdt.Read(blob)
		if err != nil {
			t.Fatalf("%s: %v", args, err)
		}
		if n := bytes.Count(blob, []byte("cpu@")); n != harts || tree.Find("/soc") == nil {
			t.Errorf("%s: a tree of %d harts, want %d", args, n, harts)
		}
	}
	// What was written can be read.
	if got := runCommand(t, dir, "run", "--dtb", "a.dtb", "--memory", "1G", "exit7.bin"); got.code != 7 {
		t.Errorf("exit code %d: %s", got.code, got.stderr)
	}
	got := runCommand(t, dir, "run", "--dump-dtb", "none/a.dtb")
	if got.code != exitUsage {
		t.Errorf("exit code %d", got.code)
	}
	oneClearLine(t, got.stderr)
}
