package difftest

import (
	"context"
	"testing"
)

func TestSmoke(t *testing.T) {
	q, err := FindQEMU()
	if err != nil {
		t.Skip(err)
	}
	for _, batch := range []uint64{47,113} {
		var ps []*Program
		for i := range Slots {
			ps = append(ps, Generate(1, batch<<16|uint64(i), i))
		}
		o := Oracle{QEMU:q, Options: Options{Paged: batch%2==1}, Dir: t.TempDir()}
		f, err := o.Check(context.Background(), ps)
		if err != nil {
			t.Fatal(err)
		}
		if f != nil {
			t.Log(o.Shrink(context.Background(), f))
		}
	}
}
