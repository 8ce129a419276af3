package amd64

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"unsafe"

	"github.com/hartwood-vm/hartwood/vcpu/hart"
	"github.com/hartwood-vm/hartwood/vcpu/mutator"
)

// offset finds a field of State by its path, through reflection, which knows nothing
// of the constants.
func offset(t *testing.T, path string) (at int64, typ reflect.Type) {
	t.Helper()
	typ = reflect.TypeFor[hart.State]()
	for name := range strings.SplitSeq(path, ".") {
		if typ.Kind() == reflect.Array {
			typ = typ.Elem()
		}
		f, ok := typ.FieldByName(name)
		if !ok {
			t.Fatalf("no field %s of %s", name, path)
		}
		at += int64(f.Offset)
		typ = f.Type
	}
	return at, typ
}

// fields names the field that each displacement stands for.
var fields = map[string]int32{
	"Limit": offLimit, "Count": offCount, "PC": offPC, "Page": offPage, "ExitCode": offExitCode, "Leave": offLeave, "LeaveFrom": offLeaveFrom,
	"ResHost": offResHost, "ResVal": offResVal, "MStatus": offStatus, "Warm": offWarm, "Priv": offPriv, "Masked": offMasked,
	"SScratch": offSScratch, "SEPC": offSEPC, "SCause": offSCause, "STVal": offSTVal,
	"FFlags": offFFlags, "FRM": offFRM, "ZeroTraps": offZeroTraps,
	"Calls": offCalls, "CallTop": offCallTop, "GoStack": offGoStack, "TLB.FarLoad": offFarLoad, "TLB.FarStore": offFarStore,
	"Stored": offStored, "RefID": offRefID, "Heap": offHeap, "Heap.Marking": offMarking,
	"Heap.Base": offHeapBase, "Heap.Size": offHeapSize, "Heap.Addend": offHeapAddend, "Heap.Types": offTypes,
	"Heap.NumTypes": offNumTypes, "Heap.Class": offClass, "Heap.Buffers.Cur": offCur, "Heap.Buffers.End": offEnd,
	"Heap.Buffers.Size": offSize, "Heap.LogLen": offLogLen, "Heap.Log": offLog,
	"Float.Mode": offMode, "SM4Box": offSM4Box,
	"Float.Control": offMXCSR, "Addend": offScratch, "Pages": offPages, "Lanes": offLanes, "LaneBase": offLaneBase, "LaneCount": offLaneCount,
	"Memos": offMemos, "TLB": offTLB, "TLB.DataID": offDataID, "TLB.SUM": offSUM, "TLB.FetchID": offFetchID,
	"TLB.Load": offLoad, "TLB.Store": offStore, "TLB.Fetch": offFetch,
	"Codes.Places": offPlaces, "Codes.Base": offBase, "Sought": offSought, "Jump": offJump, "Jump.View": offJumpView, "Jump.Entry": offJumpEntry,
}

// TRAPS 32: every displacement is its field's, and layout.go makes none out of a number.
func TestTrap32OffsetsAreTheFields(t *testing.T) {
	for path, off := range fields {
		if at, _ := offset(t, path); at-bias != int64(off) {
			t.Errorf("%s is at %d, its displacement says %d", path, at, off+bias)
		}
	}
	if at, _ := offset(t, "TLB.Load.Addend"); at-bias != int64(offLoad+offAddend) {
		t.Errorf("the addend of an entry: %d", offAddend)
	}
	// What has no displacement of its own comes first where it is.
	for path, want := range map[string]int32{"R": -bias, "Jump.PC": offJump, "TLB.Load.Tag": offLoad, "TLB.Store.Tag": offStore} {
		if at, _ := offset(t, path); at-bias != int64(want) {
			t.Errorf("%s does not come first", path)
		}
	}

	named := 0
	eachNode(t, "layout.go", func(n ast.Node) {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || !strings.HasPrefix(spec.Names[0].Name, "off") {
			return
		}
		named++
		for _, v := range spec.Values {
			if lit := addedNumber(v); lit != nil {
				t.Errorf("%s is made from the number %s", spec.Names[0], lit.Value)
			}
		}
	})
	if unsafe.Offsetof(hart.Memo{}.Page) != uintptr(offMemoPage) || unsafe.Offsetof(hart.Memo{}.Span) != uintptr(offMemoSpan) ||
		unsafe.Offsetof(hart.Memo{}.Addend) != uintptr(offMemoAddend) {
		t.Errorf("the parts of a Memo: %d, %d, %d", offMemoPage, offMemoSpan, offMemoAddend)
	}
	if unsafe.Offsetof(mutator.Shape{}.Fixed) != uintptr(offFixed) || unsafe.Offsetof(mutator.Shape{}.Elem) != uintptr(offElem) {
		t.Errorf("the parts of a Shape: %d, %d", offFixed, offElem)
	}
	if want := len(fields) + 6; named != want { // offAddend, offFixed, offElem, and those of a Memo
		t.Errorf("%d displacements, the test knows %d", named, want)
	}
}

// TRAPS 32: nor does the compiler where it uses them. A register's upper half, which
// has no name, is four bytes behind it.
func TestTrap32OperandsHaveNames(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	operands := 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		eachNode(t, name, func(n ast.Node) {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) == 0 {
				return
			}
			if base, ok := call.Args[0].(*ast.Ident); !ok || base.Name != "rState" {
				return
			}
			operands++
			disp := call.Args[len(call.Args)-1]
			if text := types.ExprString(disp); text == "cell(s).Disp + 4" {
				return
			}
			if lit := addedNumber(disp); lit != nil {
				t.Errorf("%s: %s has the number %s", name, types.ExprString(call), lit.Value)
			}
		})
	}
	if operands < 30 {
		t.Errorf("the test has found only %d operands", operands)
	}
}

// eachNode calls f for every node of a source file.
func eachNode(t *testing.T, name string, f func(ast.Node)) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		f(n)
		return true
	})
}

// addedNumber finds a number in e that is no factor, such as an element's size.
func addedNumber(e ast.Expr) (found *ast.BasicLit) {
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BinaryExpr:
			return n.Op != token.MUL
		case *ast.BasicLit:
			found = n
		}
		return found == nil
	})
	return found
}
