package x86

import "encoding/binary"

// maxTemplate is the longest template, in bytes.
const maxTemplate = 64

// Template is code that is made once and copied often, which takes a fraction of the time
// that its instructions take to encode. Its jumps go to one or two labels, others in each
// copy.
type Template struct {
	code  [maxTemplate]byte
	n     uint8 // bytes of code
	jumps []templateJump
}

type templateJump struct {
	at uint8 // offset of the rel32 field
	to uint8 // number of the label
}

// NewTemplate makes a template of what emit emits. Jumps to the labels that it is given are
// the template's jumps; it has no others.
func NewTemplate(emit func(a *Asm, l, m Label)) (t Template) {
	var a Asm
	l, m := a.NewLabel(), a.NewLabel()
	emit(&a, l, m)
	if a.n > maxTemplate {
		panic("BUG: x86: a template is too long")
	}
	t.n = uint8(copy(t.code[:], a.buf[:a.n]))
	for _, f := range a.fixes {
		if f.label > m {
			panic("BUG: x86: a template jumps to a label of its own")
		}
		t.jumps = append(t.jumps, templateJump{uint8(f.at), uint8(f.label)})
	}
	return t
}

// Copy emits a template of which all jumps go to l.
func (a *Asm) Copy(t *Template, l Label) { a.Copy2(t, l, l) }

// Copy2 emits a template whose jumps go to l and m.
func (a *Asm) Copy2(t *Template, l, m Label) {
	if len(a.buf)-a.n < maxTemplate {
		a.grow(maxTemplate)
	}
	*(*[maxTemplate]byte)(a.buf[a.n:]) = t.code // all of it: that has no length to look at
	for _, j := range t.jumps {
		to := l
		if j.to != 0 {
			to = m
		}
		at := a.n + int(j.at)
		if place := a.labels[to]; place >= 0 {
			binary.LittleEndian.PutUint32(a.buf[at:], uint32(int(place)-(at+4)))
		} else {
			a.fixes = append(a.fixes, fixup{int32(at), to})
		}
	}
	a.n += int(t.n)
}
