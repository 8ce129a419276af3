package codestore

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/hartwood-vm/hartwood/jitworker/tier"
	"github.com/hartwood-vm/hartwood/vcpu/code"
)

const maker = "the tests\n"

// rig is a store and what it has warned of.
type rig struct {
	*Store
	t        testing.TB
	warnings []string
	read     Reader
	closed   bool
}

// open opens the store in path, for who may change how it works first.
func open(t testing.TB, path string, change ...func(*Store)) *rig {
	t.Helper()
	r := &rig{t: t}
	cfg := DefaultConfig()
	cfg.Dir = path
	s, err := Open(cfg, maker, func(line string) { r.warnings = append(r.warnings, line) })
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range change {
		f(s)
	}
	r.Store = s
	t.Cleanup(r.close)
	return r
}

func (r *rig) close() {
	r.t.Helper()
	if r.closed {
		return
	}
	r.closed = true
	if err := r.Close(time.Minute); err != nil {
		r.t.Error(err)
	}
}

// find returns a copy of what is kept for an origin, or nil.
func (r *rig) find(origin string) *tier.Code {
	c, _ := r.Find(&r.read, []byte(origin), levelMask)
	if c == nil {
		return nil
	}
	return clone(c)
}

func clone(c *tier.Code) *tier.Code {
	out := *c
	out.Bytes = bytes.Clone(c.Bytes)
	out.Links = append([]tier.Link(nil), c.Links...)
	out.Relocs = append([]tier.Reloc(nil), c.Relocs...)
	out.Exits = append([]code.NativeExit(nil), c.Exits...)
	return &out
}

// sample returns code of which every field that is kept has a value.
func sample(seed uint64, n int) *tier.Code {
	rng := rand.New(rand.NewPCG(seed, 1))
	c := new(tier.Code)
	fill(reflect.ValueOf(c).Elem(), rng)
	var links [code.MaxLinks]tier.Link
	fill(reflect.ValueOf(&links).Elem(), rng)
	c.Links = links[:]
	c.Marks = nil
	c.Bytes = make([]byte, n)
	for i := range c.Bytes {
		c.Bytes[i] = byte(rng.Uint32())
	}
	// What is within the code, and what there is.
	for i := range c.Links {
		c.Links[i].Stub %= uint32(n)
	}
	for i := range c.Relocs {
		r := &c.Relocs[i]
		r.Offset, r.N = r.Offset%uint32(n-4)&^3, r.N%code.MaxLinks
	}
	for i := range c.Exits {
		c.Exits[i].Resume %= uint32(n)
		c.Exits[i].Part = 0
	}
	c.Insns &= 0xff
	return c
}

// fill gives every field a value that is not its zero value, mostly.
func fill(v reflect.Value, rng *rand.Rand) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), rng)
		}
	case reflect.Array:
		for i := range v.Len() {
			fill(v.Index(i), rng)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 3, 3))
		for i := range v.Len() {
			fill(v.Index(i), rng)
		}
	case reflect.Bool:
		v.SetBool(rng.IntN(2) == 1)
	case reflect.Int, reflect.Int32, reflect.Int64:
		v.SetInt(int64(int32(rng.Uint32())))
	default:
		v.SetUint(rng.Uint64() & (1<<v.Type().Bits() - 1))
	}
}

// write makes a store of path have code for origins, in one file, whose path it returns.
func write(t testing.TB, path string, codes map[string]*tier.Code) string {
	t.Helper()
	before := names(t, path)
	s := open(t, path)
	for origin, c := range codes {
		s.Add([]byte(origin), 1, c)
	}
	s.flush()
	s.close()
	for name := range names(t, path) {
		if !before[name] {
			return filepath.Join(path, name)
		}
	}
	t.Fatal("no file was written")
	return ""
}

// flush has what waits become a file, however little it is.
func (r *rig) flush() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.send()
}

func names(t testing.TB, path string) map[string]bool {
	t.Helper()
	list, err := os.ReadDir(path)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	out := map[string]bool{}
	for _, e := range list {
		out[e.Name()] = true
	}
	return out
}

// newDir returns a directory for a store.
func newDir(t testing.TB) string { return filepath.Join(t.TempDir(), "store") }
