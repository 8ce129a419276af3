package kallsyms

import (
	"bytes"
	"context"
	"encoding/binary"

	"github.com/hartwood-vm/hartwood/runtime/boot/elfimage"
)

const (
	tokens     = 256
	perMarker  = 256     // symbols from one marker to the next
	maxSymbols = 1 << 20 // some five times those of a kernel with everything built in
	maxName    = 512     // characters of a name
	align      = 8       // of every table
	// maxSteps bounds the work of Find, beside a look through the memory. A kernel of today takes half a million.
	maxSteps = 16 << 20
	// maxNames bounds the bytes of the names behind the last marker.
	maxNames = perMarker * 2 * maxName
)

var le = binary.LittleEndian

// digits is what every token table has in it, at token '0'.
var digits = []byte("0\x001\x002\x003\x004\x005\x006\x007\x008\x009\x00")

// Between two looks at the context: bytes of memory that are searched, and symbols that are read.
const (
	lookBytes   = 1 << 20
	lookSymbols = 1 << 10
)

// Find returns the functions of the kernel in memory by rising address; nil if there is none that can be read, or if ctx ends
// before it has been.
func Find(ctx context.Context, memory []byte) []elfimage.Symbol {
	t := tables{ctx: ctx, memory: memory, left: maxSteps}
	for at := 0; t.left > 0 && ctx.Err() == nil && at < len(memory); at++ {
		end := min(len(memory), at+lookBytes)
		i := bytes.Index(memory[at:min(len(memory), end+len(digits)-1)], digits)
		if i < 0 {
			at = end - 1
			continue
		}
		at += i
		if t.tokenTable(at) {
			if list := t.symbols(); list != nil {
				return list
			}
		}
	}
	return nil
}

// tables are the tables of one kernel.
type tables struct {
	ctx    context.Context
	memory []byte
	left   int // steps that may be made
	tokens [tokens]string
	start  int // of token_table
	end    int // of token_index
}

// tokenTable reads the token table that has the digits at that place, with the index behind it.
func (t *tables) tokenTable(digits int) bool {
	t.left -= tokens
	// Back over the 48 tokens before '0', each of which ends with 0. The table begins aligned.
	first := digits
	for range '0' {
		if first--; first < 0 || t.memory[first] != 0 {
			return false
		}
		for first > 0 && t.memory[first-1] != 0 {
			if first--; digits-first > '0'*maxName {
				return false
			}
			t.left--
		}
	}
	// What lies in front may be a 0 of padding or the byte of a marker: the index decides where the first token begins.
	for start := first - first%align; start <= first; start += align {
		if t.read(start) {
			return true
		}
	}
	return false
}

// read reads the token table at start and compares it with the index behind it.
func (t *tables) read(start int) bool {
	t.start = start
	at := start
	var begins [tokens]int
	for i := range t.tokens {
		n := bytes.IndexByte(t.memory[at:min(len(t.memory), at+maxName)], 0)
		if t.left--; n < 0 {
			return false
		}
		begins[i] = at - start
		t.tokens[i] = string(t.memory[at : at+n])
		at += n + 1
	}
	index := aligned(at)
	if t.end = index + 2*tokens; t.end > len(t.memory) {
		return false
	}
	for i, begin := range begins {
		if int(le.Uint16(t.memory[index+2*i:])) != begin {
			return false
		}
	}
	return true
}

func aligned(at int) int { return (at + align - 1) &^ (align - 1) }

// symbols reads the symbols that belong to the tokens.
func (t *tables) symbols() []elfimage.Symbol {
	markers, last := t.markers()
	if markers == nil {
		return nil
	}
	// The number of symbols stands in front of the names. Behind the last marker there are perMarker names at most.
	least := max(0, last.at-last.offset-align-maxNames)
	for at := (last.at - last.offset - align) &^ (align - 1); at >= least && t.left > 0; at -= align {
		t.left--
		n := int(le.Uint32(t.memory[at:]))
		if le.Uint32(t.memory[at+4:]) != 0 || n > maxSymbols || (n+perMarker-1)/perMarker != len(markers) {
			continue
		}
		if list := t.list(at, n, markers, last.at); list != nil {
			return list
		}
	}
	return nil
}

// marker is the last of the markers: where the names end, and where the last ones begin among them.
type marker struct{ at, offset int }

// markers returns the markers that end in front of the token table; nil if there are none.
func (t *tables) markers() ([]int, marker) {
	end := t.start
	if end >= 4 && le.Uint32(t.memory[end-4:]) == 0 {
		end -= 4 // padding
	}
	var list []int
	for at := end - 4; at >= 0 && len(list) < maxSymbols/perMarker; at -= 4 {
		v := int(le.Uint32(t.memory[at:]))
		if t.left--; len(list) > 0 && v >= list[len(list)-1] || v > len(t.memory) {
			break
		}
		if list = append(list, v); v == 0 {
			offset := list[0]
			for i, j := 0, len(list)-1; i < j; i, j = i+1, j-1 {
				list[i], list[j] = list[j], list[i]
			}
			return list, marker{at, offset}
		}
	}
	return nil, marker{}
}

// list reads n symbols whose number stands at an address, and whose names end at markersAt; nil if the tables do not agree.
func (t *tables) list(at, n int, markers []int, markersAt int) []elfimage.Symbol {
	first := at + align
	end := first + markers[len(markers)-1]
	for range n - (len(markers)-1)*perMarker {
		next, ok := t.skip(end, markersAt)
		if !ok {
			return nil
		}
		end = next
	}
	if aligned(end) != markersAt {
		return nil
	}
	offsets, base, ok := t.addresses(at, n)
	if !ok {
		return nil
	}
	list := make([]elfimage.Symbol, 0, n/2)
	for i, from := 0, first; i < n; i++ {
		if i%lookSymbols == 0 && t.ctx.Err() != nil {
			return nil
		}
		if i%perMarker == 0 && first+markers[i/perMarker] != from {
			return nil
		}
		to, ok := t.skip(from, markersAt)
		if !ok {
			return nil
		}
		value := base + uint64(le.Uint32(t.memory[offsets+4*i:]))
		if name := t.name(from, to); len(name) > 1 && bytes.IndexByte([]byte("tTwW"), name[0]) >= 0 {
			s := elfimage.Symbol{Name: name[1:], Value: value}
			if i+1 < n {
				s.Size = base + uint64(le.Uint32(t.memory[offsets+4*i+4:])) - value
			}
			list = append(list, s)
		}
		from = to
	}
	return list
}

// length reads how many tokens the name at an address has, and where they begin.
func (t *tables) length(at int) (n, tokens int) {
	n = int(t.memory[at])
	if n&0x80 == 0 || at+1 >= len(t.memory) {
		return n, at + 1
	}
	return n&0x7f | int(t.memory[at+1])<<7, at + 2
}

// skip returns where the name behind the one at an address begins, at most at end.
func (t *tables) skip(at, end int) (next int, ok bool) {
	if t.left--; at >= end || t.left < 0 {
		return 0, false
	}
	n, from := t.length(at)
	return from + n, n > 0 && n <= maxName && from+n <= end
}

// name writes the tokens of the name between two addresses out.
func (t *tables) name(from, to int) string {
	_, at := t.length(from)
	var b []byte
	for _, token := range t.memory[at:to] {
		if b = append(b, t.tokens[token]...); len(b) > maxName {
			return string(b[:maxName])
		}
	}
	return string(b)
}

// addresses finds the offsets of n symbols, whose number stands at an address, and what they are added to.
func (t *tables) addresses(at, n int) (offsets int, base uint64, ok bool) {
	after := aligned(t.end)
	before := (at - align - 4*n) &^ (align - 1)
	for _, try := range []struct{ offsets, base int }{{after, aligned(after + 4*n)}, {before, at - align}} {
		if try.offsets < 0 || try.base+8 > len(t.memory) {
			continue
		}
		base = le.Uint64(t.memory[try.base:])
		rising := int64(base) < 0
		t.left -= n / 4
		for i := 1; i < n && rising; i++ {
			rising = le.Uint32(t.memory[try.offsets+4*i:]) >= le.Uint32(t.memory[try.offsets+4*i-4:])
		}
		if rising {
			return try.offsets, base, true
		}
	}
	return 0, 0, false
}
