package engine

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/hartwood-vm/hartwood/jitworker/codecache"
	"github.com/hartwood-vm/hartwood/jitworker/codestore"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/blocks"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/interp"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// keeping are settings with a store.
func keeping(path string, forms Forms) *Config {
	cfg := &Config{Workers: oneWorker(), Cache: codecache.DefaultConfig(), Store: codestore.DefaultConfig(), Forms: forms}
	cfg.Store.Dir = path
	return cfg
}

// sums is a program that leaves what its branches and loads have led to in a0. Its variants differ in one constant.
func sums(variant int) func(*asm.Program) {
	return func(p *asm.Program) {
		p.LI(asm.A0, 1).LI(asm.A1, data).I(isa.ADDI, asm.A0, asm.A0, int32(variant)).S(isa.SD, asm.A0, asm.A1, 0).I(isa.LD, asm.A2, asm.A1, 0)
		p.R(isa.ADD, asm.A0, asm.A0, asm.A2).Branch(isa.BEQ, asm.A0, asm.Zero, "never").I(isa.ADDI, asm.A0, asm.A0, 1)
		p.Label("never").Op(isa.EBREAK)
	}
}

// filler is code enough for a run to be worth a file.
func (r *rig) filler() {
	for i := range 64 {
		r.load(sums(100 + i))
	}
}

// visit looks up the block at pa as a hart does, and returns it.
func (r *rig) visit(pa uint64) *blocks.Block {
	b := r.block(pa)
	r.cache.Visit(b, pa)
	return b
}

// place writes a program that is not compiled by this rig, and returns where it is.
func (r *rig) place(build func(p *asm.Program)) uint64 {
	e := r.engine
	r.engine = nil
	defer func() { r.engine = e }()
	p := asm.New(r.next)
	build(p)
	r.must(r.mem.WriteAt(p.Bytes(), r.next))
	at := r.next
	r.next += uint64(len(p.Bytes())+63) &^ 63
	return at
}

// filled makes a store that has the code of sums(1), of a level.
func filled(t *testing.T, forms Forms) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "store")
	t.Run("fill", func(t *testing.T) { // its end closes the engine
		r := newRigWith(t, keeping(path, forms))
		r.load(sums(1))
		r.filler()
		if s := r.engine.Stats().Store; s.Hits != 0 || s.Added == 0 {
			t.Fatalf("%+v", s)
		}
	})
	return path
}

// A block has the code of an earlier run when a hart has come to it, before it is executed, and that does what the
// interpreter does; one of other bytes, of another place in its page or for another mode has none.
func TestRecall(t *testing.T) {
	path := filled(t, FastOnly)
	r := newRigWith(t, keeping(path, FastOnly))
	at := r.place(sums(1))
	b := r.visit(at)
	n := b.Native()
	if n == nil || n.Level != levelFast || b.Executions() != 0 {
		t.Fatalf("%+v", n)
	}
	r.core.S.PC = at
	r.core.S.Arm(1000)
	if x := r.core.Run(); x != interp.ExitSystem || r.core.S.R[asm.A0] != 5 {
		t.Errorf("exit %d, a0 is %d", x, r.core.S.R[asm.A0])
	}
	if r.core.Native.Insns == 0 || b.Executions() != 0 {
		t.Errorf("%d instructions were native, the block was interpreted %d times", r.core.Native.Insns, b.Executions())
	}
	if r.visit(r.place(sums(1))).Native() != nil {
		t.Error("a block at another place of the page has code")
	}
	r.core.SetMode(code.Strict)
	if r.visit(at).Native() != nil {
		t.Error("a block for another mode has code")
	}
	other := newRigWith(t, keeping(path, FastOnly))
	if other.visit(other.place(sums(2))).Native() != nil {
		t.Error("a block of other bytes has code")
	}
	if s := other.engine.Stats(); s.Store.Hits != 0 || s.Store.Misses != 1 || s.Workers.Compiled != 0 {
		t.Errorf("%+v", s.Store)
	}
}

// Code of a level that blocks do not get is not loaded, and from dense code there is a way to better code.
func TestRecallLevels(t *testing.T) {
	for _, test := range []struct {
		kept, wanted Forms
		level, next  uint8
	}{
		{FastOnly, FastOnly, levelFast, 0},
		{FastOnly, DenseAhead, levelFast, 0},
		{FastOnly, DenseOnly, 0, 0},
		{DenseOnly, FastOnly, 0, 0},
		{DenseOnly, DenseAhead, levelDense, levelFast},
		{DenseOnly, DenseOnly, levelDense, 0},
	} {
		path := filled(t, test.kept)
		r := newRigWith(t, keeping(path, test.wanted))
		var level, next uint8
		if n := r.visit(r.place(sums(1))).Native(); n != nil {
			level, next = n.Level, n.Next
		}
		if level != test.level || next != test.next {
			t.Errorf("kept %d, wanted %d: level %d and %d", test.kept, test.wanted, level, next)
		}
	}
}

// Code that refers to what this engine does not have is not used, whatever the store says.
func TestRecallRefuses(t *testing.T) {
	path := filled(t, FastOnly)
	r := newRigWith(t, keeping(path, FastOnly))
	r.engine.routines = r.engine.routines[:1] // as if the code called routines of another engine's
	if r.visit(r.place(sums(1))).Native() != nil {
		t.Error("code calls a routine that there is not")
	}
}

// Code that counts is not kept, nor is any where that is not wanted; a store that cannot be used is told of, and the engine works.
func TestWithoutStore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store")
	for name, change := range map[string]func(*Config){
		"profile": func(c *Config) { c.Profile = true },
		"off":     func(c *Config) { c.Store.Dir = codestore.Off },
		"nothing": func(c *Config) { c.Store.Dir = "" },
	} {
		cfg := keeping(path, FastOnly)
		change(cfg)
		if r := newRigWith(t, cfg); r.engine.Stats().Store != nil {
			t.Errorf("%s: there is a store", name)
		}
	}
	cfg := keeping("/dev/null/x", FastOnly)
	var told []string
	cfg.Warn = func(line string) { told = append(told, line) }
	r := newRigWith(t, cfg)
	if len(told) != 1 || !strings.Contains(told[0], "/dev/null/x") {
		t.Errorf("%q", told)
	}
	if r.block(r.load(sums(1))).Native() == nil {
		t.Error("nothing is compiled")
	}
}
