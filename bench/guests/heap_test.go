package guests

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// hostCompiler returns the C compiler of this machine.
func hostCompiler(t *testing.T) Compiler {
	t.Helper()
	if testing.Short() {
		t.Skip("compiles for seconds")
	}
	for _, name := range []string{"gcc", "cc"} {
		if path, err := exec.LookPath(name); err == nil {
			return Compiler{Command: []string{path}}
		}
	}
	t.Skip("there is no C compiler, and the programs are tried on this machine")
	return Compiler{}
}

// run runs a program to its end and returns what it wrote, and its exit code.
func run(t *testing.T, env, program string, arguments ...string) (string, int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, arguments...)
	cmd.Env = append(os.Environ(), env)
	out, err := cmd.CombinedOutput()
	if _, ended := err.(*exec.ExitError); err != nil && !ended {
		t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// schemeDigest is what two rounds of src/scheme/program.scm give.
const schemeDigest = "1190841979066"

var sumOf = regexp.MustCompile(`sum [0-9a-f]{16}|digest [0-9]+`)

// TestHeapPrograms runs the programs on this machine, small: with the shim, which collects all the time, and, for the
// same sum, with malloc and free.
func TestHeapPrograms(t *testing.T) {
	for _, p := range []struct {
		name  string
		heaps []Heap
		// arguments, and how many bytes the shim lets pass between two collections
		arguments []string
		every     []string
	}{
		{"gcbench", []Heap{Shim, Malloc}, []string{"depth=6 floats=1000 heap_mib=1", "depth=10 floats=1000 heap_mib=16"}, []string{"20000", "1000000"}},
		{"bintrees", []Heap{Shim, Malloc}, []string{"depth=6 heap_mib=1", "depth=10 heap_mib=16"}, []string{"20000", "500000"}},
		{"mutate", []Heap{Shim, Malloc}, []string{"live_mib=4 steps=40000 heap_mib=16"}, []string{"400000"}},
		{"live", []Heap{Shim}, []string{"live_mib=4 cycles=2 heap_mib=16"}, []string{"1000000"}},
		{"listtest", []Heap{Shim}, []string{"items=20000 heap_mib=1"}, []string{"20000"}},
		{"scheme", []Heap{Shim}, []string{"rounds=2 heap_mib=8"}, []string{"1000000"}},
	} {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			cc, dir := hostCompiler(t), t.TempDir()
			sums := make(map[string]string) // by arguments
			for _, heap := range p.heaps {
				program := filepath.Join(dir, heap.String())
				if err := cc.Compile(t.Context(), program, p.name, heap); err != nil {
					t.Fatal(err)
				}
				for i, arguments := range p.arguments {
					for _, workers := range []string{" workers=1", " workers=4"} {
						key := arguments + workers
						out, code := run(t, "SHIM_EVERY="+p.every[i], program, strings.Fields(key)...)
						sum := sumOf.FindString(out)
						if code != 0 || sum == "" || sums[key] != "" && sums[key] != sum {
							t.Errorf("%v, %s: exit code %d: %s; another heap gave %s", heap, key, code, out, sums[key])
						}
						if p.name == "scheme" && sum != "digest "+schemeDigest {
							t.Errorf("%s: %s, want %s", key, sum, schemeDigest)
						}
						sums[key] = sum
					}
				}
			}
		})
	}
}

// TestShimFindsMistakes compiles programs that the shim must not put up with.
func TestShimFindsMistakes(t *testing.T) {
	cc := hostCompiler(t)
	const head = `
		#include "mem.h"
		const char program_name[] = "mistake";
		enum { T_cell = 1 };
		struct cell { HEADER struct cell *next; uint64_t value; };
		static struct cell *volatile hidden; /* no root */
		static struct cell *make(struct cell *next) { struct cell *c = NEW(cell); SET(c->next, next); c->value = 5; return c; }
		static __attribute__((noinline, unused)) void wipe(void) { /* old frames */
			volatile uint64_t old[512];
			for (int i = 0; i < 512; i++)
				old[i] = 0;
			(void)old[0];
		}
		static __attribute__((noinline, unused)) void hide(void) { hidden = make(NULL); }
		static __attribute__((noinline, unused)) void plant(void **root) { SET(*root, make(make(NULL))); }
		void program(void) {
			void **root = mem_roots(1);
			mem_type(T_cell, sizeof(struct cell), REFS);
	`
	for _, m := range []struct{ name, refs, body, says string }{
		{"none", "REF(struct cell, next)", `plant(root); wipe(); mem_collect();
			if (((struct cell *)*root)->next->value != 5) fail("lost");`, ""},
		{"no barrier", "REF(struct cell, next)", `SET(*root, make(NULL)); ((struct cell *)*root)->next = make(NULL); mem_collect();`,
			"was stored without a barrier"},
		{"no barrier for a root", "REF(struct cell, next)", `*root = make(NULL); mem_collect();`, "was stored without a barrier"},
		{"no root", "REF(struct cell, next)", `(void)root; hide(); wipe(); mem_collect();
			if (hidden->value != 5) fail("lost");`, "lost"},
		{"no bitmap", "0", `plant(root); wipe(); mem_collect();
			if (((struct cell *)*root)->next->value != 5) fail("lost");`, "lost"},
	} {
		t.Run(m.name, func(t *testing.T) {
			dir := t.TempDir()
			source, program := filepath.Join(dir, "mistake.c"), filepath.Join(dir, "mistake")
			text := strings.Replace(head, "REFS", m.refs, 1) + m.body + "}\n"
			if err := os.WriteFile(source, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			if err := cc.compile(t.Context(), program, Shim, source); err != nil {
				t.Fatal(err)
			}
			out, code := run(t, "SHIM_EVERY=1000000", program, "heap_mib=1")
			if m.says == "" && code != 0 || m.says != "" && (code != 1 || !strings.Contains(out, m.says)) {
				t.Errorf("exit code %d: %s", code, out)
			}
		})
	}
}

func TestParametersOfHeapPrograms(t *testing.T) {
	cc, program := hostCompiler(t), filepath.Join(t.TempDir(), "program")
	if err := cc.Compile(t.Context(), program, "bintrees", Malloc); err != nil {
		t.Fatal(err)
	}
	for _, wrong := range []string{"depths=4", "depth", "depth=", "depth=x", "=4"} {
		if out, code := run(t, "", program, wrong); code != 2 || !strings.Contains(out, "what is "+wrong+"?") {
			t.Errorf("%q: exit code %d: %s", wrong, code, out)
		}
	}
	if out, code := run(t, "", program, "depth=3"); code != 1 || !strings.Contains(out, "depth is from 4 to 30") {
		t.Errorf("exit code %d: %s", code, out)
	}
}
