package amd64

// maxTemplate is the longest template, in bytes.
const maxTemplate = 64

// Template is code that is made once and copied often, which takes a fraction of the time
// that its instructions take to encode. All its jumps go to one label, another one in each
// copy.
type Template struct {
	code  [maxTemplate]byte
	n     uint8   // bytes of code
	jumps []uint8 // offsets of rel32 fields
}

// NewTemplate makes a template of what emit emits. Jumps to the label that it is given are
// the template's jumps; it has no others.
func NewTemplate(emit func(a *Asm, l Label)) (t Template) {
	var a Asm
	emit(&a, a.NewLabel())
	if a.n > maxTemplate {
		panic("BUG: amd64: a template is too long")
	}
	t.n = uint8(copy(t.code[:], a.buf[:a.n]))
	for _, f := range a.fixes {
		if f.label != 0 {
			panic("BUG: amd64: a template jumps to a label of its own")
		}
		t.jumps = append(t.jumps, uint8(f.at))
	}
	return t
}

// Copy emits a template, whose jumps go to l.
func (a *Asm) Copy(t *Template, l Label) {
	if len(a.buf)-a.n < maxTemplate {
		a.grow(maxTemplate)
	}
	*(*[maxTemplate]byte)(a.buf[a.n:]) = t.code // all of it: that has no length to look at
	for _, at := range t.jumps {
		a.fixes = append(a.fixes, fixup{int32(a.n) + int32(at), l})
	}
	a.n += int(t.n)
}
