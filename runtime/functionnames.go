package runtime

import (
	"fmt"
	"sort"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/hartwood-vm/hartwood/runtime/boot"
	"github.com/hartwood-vm/hartwood/runtime/boot/elfimage"
	"github.com/hartwood-vm/hartwood/runtime/plain"
)

// names finds the functions of the guest's files by address.
type names struct {
	plan  *boot.Plan
	given []elfimage.Symbol // of --symbols, by rising address; constant
	// kernel is what a Linux kernel keeps of its own functions; written by who writes a profile, read by find.
	kernel atomic.Pointer[symbolTable]
	once   sync.Once
	tables []symbolTable // set by once
}

// symbolTable is the functions of one file.
type symbolTable struct {
	functions []elfimage.Symbol // by rising address
	bias      uint64            // is added to get the addresses that harts execute
}

func newNames(p *boot.Plan, given []elfimage.Symbol) *names { return &names{plan: p, given: given} }

// maxReach bounds the distance to a symbol without a size, bytes.
const maxReach = 64 << 10

// find returns the name of the function at pc and the distance from its start; "" if there is none. Guests choose names,
// so all that is not printable is written out.
func (n *names) find(pc uint64) (name string, off uint64) {
	n.once.Do(func() {
		n.tables = append(n.tables, symbolTable{n.given, 0})
		if s := n.plan.Symbols; s != nil {
			n.tables = append(n.tables, symbolTable{s.Functions(), n.plan.SymbolBias})
		}
		if s := n.plan.BIOSSymbols; s != nil {
			n.tables = append(n.tables, symbolTable{s.Functions(), n.plan.BIOSBias})
		}
	})
	for _, t := range n.tables {
		if name, off := t.find(pc - t.bias); name != "" {
			return plain.Text(name), off
		}
	}
	if t := n.kernel.Load(); t != nil {
		if name, off := t.find(pc); name != "" {
			return plain.Text(name), off
		}
	}
	return "", 0
}

func (t *symbolTable) find(at uint64) (name string, off uint64) {
	i := sort.Search(len(t.functions), func(i int) bool { return t.functions[i].Value > at })
	if i == 0 {
		return "", 0
	}
	f := t.functions[i-1]
	off = at - f.Value
	if f.Size != 0 && off >= f.Size || off >= maxReach {
		return "", 0
	}
	return f.Name, off
}

// function returns the name of the function at pc with the distance from its start,
// or "".
func (n *names) function(pc uint64) string {
	name, off := n.find(pc)
	if off == 0 {
		return name
	}
	return fmt.Sprintf("%s+%#x", name, off)
}

// symbol names the code at the virtual address pc and the physical address pa in
// one word.
func (n *names) symbol(pc, pa uint64) string {
	if name := n.function(pc); name != "" {
		return strings.ReplaceAll(name, " ", "_")
	}
	return fmt.Sprintf("g_%x", pa)
}
