package isa

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"
)

func TestCSRName(t *testing.T) {
	tests := map[CSR]string{
		CSR_MSTATUS: "mstatus", CSR_SATP: "satp", CSR_FCSR: "fcsr",
		CSR_PMPADDR0: "pmpaddr0", CSR_PMPADDR63: "pmpaddr63", CSR_PMPCFG0 + 2: "pmpcfg2",
		CSR_HPMCOUNTER3: "hpmcounter3", CSR_HPMCOUNTER31: "hpmcounter31",
		CSR_MHPMEVENT31: "mhpmevent31", CSR_MHPMCOUNTER3: "mhpmcounter3",
		0x257: "vsireg6", 0xb01: "0xb01", 0xc01: "time", 0xffff: "0xffff",
	}
	for c, want := range tests {
		if c.String() != want {
			t.Errorf("%#x is %q, want %q", uint16(c), c, want)
		}
	}
}

// Every constant of csr.go has a row in csr_names.go, with its own name: a number that is written wrong in one of them,
// or a register without a row, shows.
func TestCSRConstantsHaveTheirNames(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "csr.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	ast.Inspect(file, func(n ast.Node) bool {
		v, ok := n.(*ast.ValueSpec)
		if !ok || !strings.HasPrefix(v.Names[0].Name, "CSR_") {
			return true
		}
		number, err := strconv.ParseUint(v.Values[0].(*ast.BasicLit).Value, 0, 12)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := CSRName(uint16(number)), strings.ToLower(strings.TrimPrefix(v.Names[0].Name, "CSR_")); got != want {
			t.Errorf("CSR %#x is %q in csr_names.go, and %s in csr.go", number, got, v.Names[0].Name)
		}
		seen++
		return true
	})
	if seen == 0 {
		t.Error("no constant looked at")
	}
}

// No two registers have one name.
func TestCSRNamesAreDistinct(t *testing.T) {
	numbers := map[string]int{}
	for n, name := range nameOfCSR {
		if first, ok := numbers[name]; ok && name != "" {
			t.Errorf("CSRs %#x and %#x are both %s", first, n, name)
		}
		numbers[name] = n
	}
}

// What the bits of a number say, by registers that the manuals describe in words.
func TestCSRNumberBits(t *testing.T) {
	for _, r := range []struct {
		c        CSR
		level    uint8
		readOnly bool
	}{
		{CSR_FCSR, 0, false}, {CSR_CYCLE, 0, true}, {CSR_SATP, 1, false}, {CSR_STIMECMP, 1, false}, {CSR_SCOUNTOVF, 1, true},
		{0x200, 2, false}, {0x680, 2, false}, {0xe12, 2, true}, {CSR_MSTATUS, 3, false}, {CSR_MHARTID, 3, true}, {CSR_MCYCLE, 3, false},
	} {
		if r.c.Level() != r.level || r.c.ReadOnly() != r.readOnly {
			t.Errorf("%s: level %d, read-only %v", r.c, r.c.Level(), r.c.ReadOnly())
		}
	}
}
