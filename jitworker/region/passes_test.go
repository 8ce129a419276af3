package region

import "testing"

// Passes stand in an order in which each finds what it needs.
func TestOrderOfPasses(t *testing.T) {
	if fault := disorder(passes); fault != "" {
		t.Error(fault)
	}
	for i, p := range passes {
		if len(p.needs) == 0 {
			continue
		}
		moved := append([]pass{p}, passes[:i]...)
		if disorder(append(moved, passes[i+1:]...)) == "" {
			t.Errorf("%s may stand before what it needs", p.name)
		}
	}
}
