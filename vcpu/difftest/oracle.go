package difftest

import (
	"bytes"
	"context"
	"fmt"
	"strings"
)

// Oracle compares our side with QEMU.
type Oracle struct {
	QEMU    *QEMU
	Options Options
	Dir     string // for temporary files
}

// Failure is a program with different outcomes.
type Failure struct {
	Program *Program
	Options Options
	Want    *Result // QEMU's
	Got     *Result // ours, if it came to the end
	Err     error   // why ours did not
}

func (f *Failure) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: slot %d differs from QEMU:\n", f.Options.Name, f.Program.Slot)
	if f.Err != nil {
		fmt.Fprintf(&b, "  %v\n", f.Err)
	} else {
		lines := Differences(f.Got, f.Want)
		for _, l := range lines[:min(len(lines), 10)] {
			fmt.Fprintf(&b, "  %s\n", l)
		}
	}
	b.WriteString(f.Program.Listing())
	return b.String()
}

// Check runs programs in both worlds and returns one whose outcomes differ, or
// nil. An error means that no comparison was possible.
func (o *Oracle) Check(ctx context.Context, programs []*Program) (*Failure, error) {
	img := NewImage(programs)
	wantRecords, wantData, err := o.QEMU.Run(ctx, img, o.Dir)
	if err != nil {
		return nil, err
	}
	m, err := NewMachine(img, o.Options)
	if err != nil {
		return nil, err
	}
	defer m.Close()
	failed := m.Run()
	gotRecords, gotData, err := m.output(img)
	if err != nil {
		return nil, err
	}
	if failed == nil && bytes.Equal(gotRecords, wantRecords) && bytes.Equal(gotData, wantData) {
		return nil, nil
	}
	for _, p := range programs {
		gotRecord, gotWindow := img.raw(p, gotRecords, gotData)
		wantRecord, wantWindow := img.raw(p, wantRecords, wantData)
		if !bytes.Equal(gotRecord, wantRecord) || !bytes.Equal(gotWindow, wantWindow) {
			// Where a run has failed, the first program that differs is where it did.
			return &Failure{p, o.Options, result(wantRecord, wantWindow), result(gotRecord, gotWindow), failed}, nil
		}
	}
	return nil, fmt.Errorf("records of no program differ, but the images' do: %w", failed)
}
