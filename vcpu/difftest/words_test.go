package difftest

import (
	"testing"

	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// judge compares verdicts on encodings and reports the differences that have no
// explanation.
func judge(t *testing.T, s *Session, name string, words []uint32) {
	o := &Oracle{s.QEMU, s.Engines[0], s.Dir}
	reported := 0
	var count [3]int
	for len(words) > 0 {
		n := min(len(words), MaxWords)
		theirs, ours, err := o.Verdicts(t.Context(), words[:n])
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for i, w := range words[:n] {
			count[theirs[i]]++
			if theirs[i] != ours[i] && explained(w) == "" && reported < 40 {
				reported++
				t.Errorf("%s: %08x (%s): QEMU's verdict is %d, ours %d", name, w, isa.Disassemble(0, isa.Decode(w)), theirs[i], ours[i])
			}
		}
		words = words[n:]
	}
	t.Logf("%s: %d legal, %d illegal, %d strayed", name, count[Legal], count[Illegal], count[Strayed])
	if count[Legal] == 0 || count[Illegal] == 0 {
		t.Errorf("%s: all verdicts are the same", name)
	}
}

func TestVerdictsAgreeWithQEMU(t *testing.T) {
	s := session(t)
	d := seededDice(s.Seed, 1<<40)
	var compressed, near, far []uint32
	for raw := range uint32(1 << 16) {
		if raw&3 != 3 && testable(raw) {
			compressed = append(compressed, raw)
		}
	}
	judge(t, s, "compressed", compressed)
	// Near: encodings of a row with some of its fixed bits turned over.
	for len(near) < 8*MaxWords {
		r := pick(d, isa.Rows())
		raw := r.Match | d.u32()&^r.Mask
		for range d.n(4) {
			if bit := uint32(1) << d.n(32); bit&r.Mask != 0 {
				raw ^= bit
			}
		}
		if raw |= 3; testable(raw) {
			near = append(near, raw)
		}
	}
	judge(t, s, "near", near)
	for len(far) < 4*MaxWords {
		if raw := d.u32() | 3; testable(raw) {
			far = append(far, raw)
		}
	}
	judge(t, s, "far", far)
	t.Logf("%d encodings judged", len(compressed)+len(near)+len(far))
}
