package kallsyms

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hartwood-vm/hartwood/runtime/boot/elfimage"
)

const base = 0xffff_ffff_8000_0000

// kernel is what a kernel keeps in memory of its names.
type kernel struct {
	early bool // as before Linux 6.4
	names []string
}

// text returns n names of symbols, every third of which is a function's, with the functions among them.
func text(n int) (k kernel, want []elfimage.Symbol) {
	for i := range n {
		name := fmt.Sprintf("%cthe_symbol_%d", "Tdb"[i%3], i)
		if i%1000 == 999 {
			name += strings.Repeat("x", 300) // longer than one byte tells
		}
		k.names = append(k.names, name)
		if i%3 == 0 {
			s := elfimage.Symbol{Name: name[1:], Value: base + uint64(i)*16, Size: 16}
			if i == n-1 {
				s.Size = 0
			}
			want = append(want, s)
		}
	}
	return k, want
}

// memory writes the tables between other things.
func (k *kernel) memory() []byte {
	out := slices.Repeat([]byte("anything at all "), 100)
	pad := func() {
		for len(out)%align != 0 {
			out = append(out, 0)
		}
	}
	addresses := func() {
		for i := range k.names {
			out = le.AppendUint32(out, uint32(i)*16)
		}
		pad()
		out = le.AppendUint64(out, base)
	}
	if pad(); k.early {
		addresses()
	}
	out = le.AppendUint32(out, uint32(len(k.names)))
	pad()
	var marks []int
	begin := len(out)
	for i, name := range k.names {
		if i%perMarker == 0 {
			marks = append(marks, len(out)-begin)
		}
		coded := strings.ReplaceAll(name, "the_", "\x01")
		if len(coded) > 127 {
			out = append(out, byte(len(coded))|0x80, byte(len(coded)>>7))
		} else {
			out = append(out, byte(len(coded)))
		}
		out = append(out, coded...)
	}
	pad()
	for _, m := range marks {
		out = le.AppendUint32(out, uint32(m))
	}
	pad()
	begin = len(out)
	var index []byte
	for c := range tokens {
		index = le.AppendUint16(index, uint16(len(out)-begin))
		switch {
		case c == 1:
			out = append(out, "the_"...)
		case c >= '0' && c < 127:
			out = append(out, byte(c))
		default:
			out = append(out, fmt.Sprintf("token<%x>", c)...)
		}
		out = append(out, 0)
	}
	pad()
	out = append(out, index...)
	if pad(); !k.early {
		addresses()
	}
	return append(out, "and so on"...)
}

func TestFind(t *testing.T) {
	for _, n := range []int{1, 2, 255, 256, 257, 511, 512, 513, 5000} {
		for _, early := range []bool{false, true} {
			k, want := text(n)
			k.early = early
			m := k.memory()
			if got := Find(t.Context(), m); !slices.Equal(got, want) {
				t.Errorf("%d symbols (early %v): %d functions, want %d", n, early, len(got), len(want))
			}
			for cut := range 64 { // wherever the memory ends
				Find(t.Context(), m[:len(m)*cut/64])
			}
		}
	}
}

// What contradicts itself is no kernel.
func TestContradictions(t *testing.T) {
	k, _ := text(1000)
	good := k.memory()
	for what, spoil := range map[string]func(m []byte){
		"no tables":                 func(m []byte) { clear(m) },
		"a token elsewhere":         func(m []byte) { m[strings.Index(string(m), "token<7f>")+5] = 0 },
		"another number of symbols": func(m []byte) { le.PutUint32(m[aligned(1600):], 1001) },
		"a name of another length":  func(m []byte) { m[aligned(1600)+8]++ },
		"a name near the markers":   func(m []byte) { m[strings.Index(string(m), "\x01symbol_998")-2]++ },
		"addresses that fall":       func(m []byte) { le.PutUint32(m[len(m)-9-16-400:], 0) },
		"a base of no kernel":       func(m []byte) { le.PutUint64(m[len(m)-9-8:], 0x8000_0000) },
	} {
		m := slices.Clone(good)
		if spoil(m); Find(t.Context(), m) != nil {
			t.Errorf("%s: it has symbols", what)
		}
	}
	if Find(t.Context(), good) == nil {
		t.Error("the sound one has none")
	}
}

// Nobody waits for names longer than the context says, not even in the midst of a kernel.
func TestFindEnds(t *testing.T) {
	k, want := text(5 * lookSymbols)
	m := k.memory()
	for looks := 0; ; looks++ {
		got := Find(&fewLooks{t.Context(), looks}, m)
		if slices.Equal(got, want) {
			if looks < 5 {
				t.Errorf("the context was looked at %d times", looks)
			}
			return
		}
		if got != nil {
			t.Fatalf("%d functions after %d looks, want none or %d", len(got), looks, len(want))
		}
	}
}

// fewLooks is a context that ends when it has been looked at so often.
type fewLooks struct {
	context.Context
	left int
}

func (f *fewLooks) Err() error {
	if f.left--; f.left < 0 {
		return context.Canceled
	}
	return nil
}

// A kernel is found wherever it lies in what is searched piece by piece.
func TestFindAcrossPieces(t *testing.T) {
	k, want := text(300)
	kernel := k.memory()
	at := strings.Index(string(kernel), string(digits))
	for shift := -len(digits) - 8; shift <= 8; shift += 8 {
		m := append(make([]byte, aligned(lookBytes-at+shift)), kernel...)
		if got := Find(t.Context(), m); !slices.Equal(got, want) {
			t.Errorf("digits at %d: %d functions, want %d", lookBytes+shift, len(got), len(want))
		}
	}
}

// A guest that has nothing but tables which are nearly right costs bounded work.
func TestWorkIsBounded(t *testing.T) {
	table := []byte(strings.Repeat("y\x00", '0') + string(digits))
	x := tables{memory: slices.Repeat(table, 100_000), left: maxSteps, ctx: t.Context()}
	rounds := 0
	for at := 0; at < len(x.memory) && x.left > 0; at += len(table) {
		x.tokenTable(at + 2*'0')
		rounds++
	}
	if rounds > maxSteps/tokens {
		t.Errorf("%d tables were tried", rounds)
	}
	if Find(t.Context(), x.memory) != nil {
		t.Error("it has symbols")
	}
}

func FuzzFind(f *testing.F) {
	for _, n := range []int{1, 300} {
		k, _ := text(n)
		f.Add(k.memory())
	}
	f.Fuzz(func(t *testing.T, m []byte) {
		for _, s := range Find(t.Context(), m) {
			if int64(s.Value) >= 0 && s.Value > 1<<32 || len(s.Name) > maxName {
				t.Errorf("%+v", s)
			}
		}
	})
}
