package quick

import (
	"strings"
	"testing"

	"golang.org/x/arch/x86/x86asm"
)

// The barrier in front of a store is a comparison and a jump that is not taken.
func TestBarrierIsTwoInstructions(t *testing.T) {
	for name, b := range everyBlock(t) {
		if !strings.HasPrefix(name, "gc.sd") && !strings.HasPrefix(name, "gc.swap") && !strings.HasPrefix(name, "gc.cas") {
			continue
		}
		code, err := New(Host{}).Compile(b)
		if err != nil {
			t.Fatal(err)
		}
		var text []string
		barriers := 0
		sweep(t, code.Bytes, func(in x86asm.Inst) {
			m, ok := in.Args[0].(x86asm.Mem)
			if n := len(text); n > 0 && text[n-1] == "barrier" {
				if in.Op != x86asm.JNE {
					t.Errorf("%s: %v follows the comparison", name, in)
				}
			}
			if ok && in.Op == x86asm.TEST && m.Base == x86asm.RBX && m.Disp == int64(offMarking) {
				barriers++
				text = append(text, "barrier")
				return
			}
			text = append(text, in.String())
			for _, arg := range in.Args {
				heap := int64(offHeap)
				if m, ok := arg.(x86asm.Mem); ok && m.Base == x86asm.RBX && m.Index == 0 && m.Disp >= heap && m.Disp <= int64(offLogLen) {
					t.Errorf("%s: %v", name, in)
				}
			}
		})
		if barriers != 2 { // two instructions a block
			t.Errorf("%s: %d barriers", name, barriers)
		}
	}
}
