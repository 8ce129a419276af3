package runtime

import (
	"fmt"
	"sort"
	"strings"
	"sync"

	"github.com/hartwood-vm/hartwood/runtime/boot"
	"github.com/hartwood-vm/hartwood/runtime/boot/elfimage"
	"github.com/hartwood-vm/hartwood/runtime/plain"
)

// names finds the functions of the guest's ELF by address.
type names struct {
	plan      *boot.Plan
	once      sync.Once
	functions []elfimage.Symbol // by rising address; set by once
}

func newNames(p *boot.Plan) *names { return &names{plan: p} }

// maxReach bounds the distance to a symbol without a size, bytes.
const maxReach = 64 << 10

// function returns the name of the function at pc with the distance from its start,
// or "". Guests choose names, so all that is not printable is written out.
func (n *names) function(pc uint64) string {
	n.once.Do(func() {
		if n.plan.Symbols != nil {
			n.functions = n.plan.Symbols.Functions()
		}
	})
	at := pc - n.plan.SymbolBias
	i := sort.Search(len(n.functions), func(i int) bool { return n.functions[i].Value > at })
	if i == 0 {
		return ""
	}
	f := n.functions[i-1]
	off := at - f.Value
	if f.Size != 0 && off >= f.Size || off >= maxReach {
		return ""
	}
	if off == 0 {
		return plain.Text(f.Name)
	}
	return fmt.Sprintf("%s+%#x", plain.Text(f.Name), off)
}

// symbol names the code at the virtual address pc and the physical address pa in
// one word.
func (n *names) symbol(pc, pa uint64) string {
	if name := n.function(pc); name != "" {
		return strings.ReplaceAll(name, " ", "_")
	}
	return fmt.Sprintf("g_%x", pa)
}
