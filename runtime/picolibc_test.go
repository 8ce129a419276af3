package runtime

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// picolibcProgram is what a bare-metal developer writes.
const picolibcProgram = `
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
int main(void) {
	char line[64];
	printf("%d %.2f\n", 42, 1.5);
	if (!fgets(line, sizeof line, stdin) || strcmp(line, "typed\n")) return 2;
	FILE *f = fopen("out.txt", "w");
	if (!f || fprintf(f, "line %d\n", 7) < 0 || fclose(f)) return 3;
	if (!(f = fopen("out.txt", "r")) || !fgets(line, sizeof line, f) || strcmp(line, "line 7\n")) return 4;
	if (fopen("../out.txt", "w") || remove("out.txt") || fopen("out.txt", "r")) return 5;
	if (time(0) < 1600000000 || clock() < 0) return 6;
	exit(23);
}
`

// Programs of picolibc run as it makes them for semihosting.
func TestPicolibc(t *testing.T) {
	gcc, err := exec.LookPath("riscv64-unknown-elf-gcc")
	if err != nil {
		t.Skip("no compiler for bare-metal programs here")
	}
	dir := t.TempDir()
	source, program := filepath.Join(dir, "main.c"), filepath.Join(dir, "main.elf")
	if err := os.WriteFile(source, []byte(picolibcProgram), 0o644); err != nil {
		t.Fatal(err)
	}
	build := exec.CommandContext(t.Context(), gcc, "--specs=picolibc.specs", "--oslib=semihost", "--crt0=hosted",
		"-march=rv64gc", "-mabi=lp64d", "-mcmodel=medany", "-Wl,--defsym=__flash=0x80000000,--defsym=__flash_size=0x400000",
		"-Wl,--defsym=__ram=0x80400000,--defsym=__ram_size=0x400000", "-o", program, source)
	if out, err := build.CombinedOutput(); err != nil {
		t.Skipf("no picolibc here: %v: %s", err, out)
	}
	for name, engine := range engines {
		t.Run(name, func(t *testing.T) {
			cfg := Default()
			engine(&cfg)
			cfg.Program, cfg.HostFiles, cfg.Stdin = program, t.TempDir(), strings.NewReader("typed\n")
			if res, out := runGuest(t, cfg); res.Reason != Exited || res.ExitCode != 23 || out != "42 1.50\n" {
				t.Errorf("%v with code %d, printed %q", res.Reason, res.ExitCode, out)
			}
			cfg.HostFiles, cfg.Stdin = "", strings.NewReader("typed\n")
			if res, _ := runGuest(t, cfg); res.ExitCode != 3 {
				t.Errorf("without files: code %d, want 3", res.ExitCode)
			}
		})
	}
}
