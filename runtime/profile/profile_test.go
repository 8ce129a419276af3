package profile

import (
	"bytes"
	"context"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/pprof/profile"

	"github.com/hartwood-vm/hartwood/shardedtlb"
)

// A row is what its key says.
func TestRowsHaveKeys(t *testing.T) {
	for _, r := range []row{
		{hart: 4094, priv: shardedtlb.M, native: true, places: []place{{ofGuest, 0x8000_0000}}},
		{priv: shardedtlb.U, ra: true, leaf: true, space: 8<<60 | 5, places: []place{{ofProcess, ^uint64(0)}, {7, 0}, {0, 1}}},
	} {
		if got := rowOf(string(r.key(nil))); !reflect.DeepEqual(got, r) {
			t.Errorf("%+v, want %+v", got, r)
		}
	}
}

// A guest that is never twice in one place is told of within bounds, and nothing of its time is lost.
func TestStacksAreBounded(t *testing.T) {
	c := NewTally(1, nil)
	const n = maxRows + 1000
	for i := range n {
		c.add(&row{priv: shardedtlb.M, places: []place{{ofGuest, uint64(i)}}}, weight{1, 10, time.Second})
	}
	if len(c.rows) > maxRows {
		t.Errorf("%d rows", len(c.rows))
	}
	p := c.Profile(t.Context(), func(uint64) (string, uint64) { return "", 0 })
	sum := weight{}
	for _, s := range p.stacks {
		sum.add(s.weight)
	}
	if want := (weight{n, 10 * n, n * time.Second}); sum != want || c.Samples() != n {
		t.Errorf("%+v, want %+v", sum, want)
	}
	if last := p.stacks[len(p.stacks)-1]; !strings.Contains(last.frames[0].name, "beyond the limit") {
		t.Errorf("the last is %+v", last)
	}
}

// functions has one every 0x100 bytes, up to e.
func functions(pc uint64) (string, uint64) {
	if pc >= 0x500 {
		return "", 0
	}
	return string(rune('a' + pc/0x100)), pc % 0x100
}

// The return address register has a frame of its own if it is the caller's.
func TestReturnAddressRegister(t *testing.T) {
	for _, test := range []struct {
		what   string
		places []uint64
		leaf   bool
		want   string
	}{
		{"at the beginning of a", []uint64{0x000, 0x110, 0x210}, false, "a b c"},
		{"before a has called anybody", []uint64{0x010, 0x110, 0x110, 0x210}, false, "a b c"},
		{"left by what a has called", []uint64{0x020, 0x010, 0x110, 0x210}, false, "a b c"},
		{"in the beginning of an a that a has called", []uint64{0x000, 0x010, 0x110}, false, "a a b"},
		{"in a leaf that calls nobody", []uint64{0x020, 0x110, 0x210}, false, "a b c"},
		{"for certain", []uint64{0x020, 0x010, 0x110}, true, "a a b"},
		{"without names, nor frames", []uint64{0x600, 0x110}, false, "0x600 b"},
		{"without names", []uint64{0x600, 0x110, 0x210}, false, "0x600 c"},
	} {
		r := row{ra: true, leaf: test.leaf}
		for _, pc := range test.places {
			r.places = append(r.places, place{ofGuest, pc})
		}
		n := namer{names: functions, known: map[place]named{}}
		var got []string
		for _, f := range n.frames(&r) {
			got = append(got, f.label())
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%s: %v, want %s", test.what, got, test.want)
		}
	}
}

// collected is samples of two harts in three modes.
func collected(t *testing.T) *Profile {
	files := &Files{list: []*file{{path: "/usr/bin/program", buildID: "abcd", symbols: []symbol{{"work;hard", 0x1000, 0x100}}}}}
	c := NewTally(2, files)
	kernel := []place{{ofGuest, 0x10}, {ofGuest, 0x110}}
	c.add(&row{hart: 0, priv: shardedtlb.S, native: true, places: kernel}, weight{1, 100, 20 * time.Millisecond})
	c.add(&row{hart: 1, priv: shardedtlb.S, native: true, places: kernel}, weight{2, 200, 40 * time.Millisecond})
	c.add(&row{hart: 1, priv: shardedtlb.U, space: 8<<60 | 1, places: []place{{0, 0x1010}, {ofProcess, 0x7000}}}, weight{1, 7, time.Millisecond})
	c.add(&row{priv: shardedtlb.M, places: []place{{ofGuest, 0x300}}}, weight{1, 1, 100})
	p := c.Profile(t.Context(), functions)
	p.Rate, p.Began, p.Took = 50, time.Unix(100, 0), time.Second
	return p
}

// pprof reads what is written, and finds values, names, files and labels in it.
func TestWrite(t *testing.T) {
	var file bytes.Buffer
	if err := collected(t).Write(t.Context(), &file); err != nil {
		t.Fatal(err)
	}
	p, err := profile.Parse(&file)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range p.Sample {
		var at []string
		for _, l := range s.Location {
			name := fmt.Sprintf("%#x", l.Address)
			if len(l.Line) > 0 {
				name = l.Line[0].Function.Name
			}
			at = append(at, name+" of "+l.Mapping.File+l.Mapping.BuildID)
		}
		got = append(got, fmt.Sprint(s.Value, at, s.Label))
	}
	want := []string{
		"[2 40000000 200] [a of [guest] b of [guest]] map[hart:[1] mode:[S] tier:[native]]",
		"[1 20000000 100] [a of [guest] b of [guest]] map[hart:[0] mode:[S] tier:[native]]",
		"[1 1000000 7] [work;hard of programabcd 0x7000 of [process]] map[address_space:[0x8000000000000001] hart:[1] mode:[U] tier:[interpreted]]",
		"[1 100 1] [d of [guest]] map[hart:[0] mode:[M] tier:[interpreted]]",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if p.Period != 20_000_000 || p.DurationNanos != 1e9 || p.TimeNanos != 100e9 || p.DefaultSampleType != "cpu" {
		t.Errorf("period %d, %d ns from %d, %s", p.Period, p.DurationNanos, p.TimeNanos, p.DefaultSampleType)
	}
}

func TestWriteFolded(t *testing.T) {
	var text strings.Builder
	if err := collected(t).WriteFolded(t.Context(), &text); err != nil {
		t.Fatal(err)
	}
	if want := "0x7000;work:hard 1000\nb_[k];a_[k] 60000\n"; text.String() != want {
		t.Errorf("%q, want %q", text.String(), want)
	}
}

// A guest whose stacks have all the frames there may be cannot have a tally hold them all.
func TestPlacesAreBounded(t *testing.T) {
	c := NewTally(1, nil)
	const n = maxPlaces/maxFrames + 100
	for i := range n {
		r := row{priv: shardedtlb.M}
		for j := range maxFrames {
			r.places = append(r.places, place{ofGuest, uint64(i*maxFrames + j)})
		}
		c.add(&r, weight{1, 1, time.Second})
	}
	places := 0
	for key := range c.rows {
		places += len(rowOf(key).places)
	}
	if places > maxPlaces || places < maxPlaces-maxFrames || c.more.samples == 0 {
		t.Errorf("%d places, %d samples beyond", places, c.more.samples)
	}
}

// Nobody waits for a profile whose time is over: what has not been named or written counts for one stack, and nothing is lost.
func TestCutShort(t *testing.T) {
	ended, end := context.WithCancel(t.Context())
	end()
	c := NewTally(1, nil)
	for i := range 1000 {
		c.add(&row{priv: shardedtlb.M, places: []place{{ofGuest, uint64(i)}}}, weight{1, 10, time.Duration(i+1) * time.Millisecond})
	}
	sum := func(p *Profile) (all weight) {
		for _, s := range p.stacks {
			all.add(s.weight)
		}
		return all
	}
	whole := c.Profile(t.Context(), functions)
	if cut := c.Profile(ended, functions); len(cut.stacks) != 1 || sum(cut) != sum(whole) {
		t.Errorf("%d stacks of %+v, want one of %+v", len(cut.stacks), sum(cut), sum(whole))
	}
	var file bytes.Buffer
	if err := whole.Write(ended, &file); err != nil {
		t.Fatal(err)
	}
	p, err := profile.Parse(&file)
	if err != nil {
		t.Fatal(err)
	}
	all := sum(whole)
	if want := []int64{all.samples, all.time.Nanoseconds(), all.instructions}; len(p.Sample) != 1 || !reflect.DeepEqual(p.Sample[0].Value, want) {
		t.Errorf("%v, want one sample of %v", p.Sample, want)
	}
	var text strings.Builder
	if err := whole.WriteFolded(ended, &text); err != nil || strings.Count(text.String(), "\n") != 1 {
		t.Errorf("%q (%v)", text.String(), err)
	}
	// One that ends on the way has the heaviest stacks.
	late, calls := &latest{Context: t.Context(), left: 10}, 0
	whole.each(late, func(*stack) { calls++ })
	if calls != 11 {
		t.Errorf("%d stacks, want ten and one for the others", calls)
	}
}

// latest is a context that ends when it has been asked so often.
type latest struct {
	context.Context
	left int
}

func (l *latest) Err() error {
	if l.left--; l.left < 0 {
		return context.Canceled
	}
	return nil
}
