package profile

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"time"

	"github.com/google/pprof/profile"
)

// Write writes the profile as go tool pprof reads it. When ctx ends, the stacks that are left count for one.
func (p *Profile) Write(ctx context.Context, w io.Writer) error {
	b := builder{out: p.empty(), locations: map[frame]*profile.Location{}, functions: map[string]*profile.Function{}}
	p.each(ctx, b.add)
	if err := b.out.CheckValid(); err != nil {
		panic("BUG: a profile is not valid: " + err.Error())
	}
	return b.out.Write(w)
}

// empty is the profile without samples. Its mappings are two for what is in no file, and those of the files.
func (p *Profile) empty() *profile.Profile {
	out := &profile.Profile{
		SampleType: []*profile.ValueType{
			{Type: "samples", Unit: "count"}, {Type: "cpu", Unit: "nanoseconds"}, {Type: "instructions", Unit: "count"},
		},
		DefaultSampleType: "cpu",
		PeriodType:        &profile.ValueType{Type: "cpu", Unit: "nanoseconds"},
		Period:            int64(time.Second) / int64(max(1, p.Rate)),
		TimeNanos:         p.Began.UnixNano(),
		DurationNanos:     p.Took.Nanoseconds(),
	}
	name := func(path, id string) {
		out.Mapping = append(out.Mapping, &profile.Mapping{
			ID: uint64(len(out.Mapping) + 1), File: path, BuildID: id, Limit: ^uint64(0), HasFunctions: true,
		})
	}
	name("[guest]", "") // the first one is shown in titles
	name("[process]", "")
	for _, f := range p.files {
		name(filepath.Base(f.path), f.buildID)
	}
	return out
}

// builder makes a profile of stacks.
type builder struct {
	out       *profile.Profile
	locations map[frame]*profile.Location
	functions map[string]*profile.Function
}

func (b *builder) add(s *stack) {
	x := &profile.Sample{Value: []int64{s.samples, s.time.Nanoseconds(), s.instructions}, Label: map[string][]string{}}
	if len(s.places) > 0 {
		x.Label = map[string][]string{"hart": {strconv.Itoa(int(s.hart))}, "mode": {s.mode()}, "tier": {s.tier()}}
	}
	if s.space != 0 {
		x.Label["address_space"] = []string{fmt.Sprintf("%#x", uint64(s.space))}
	}
	for _, f := range s.frames {
		x.Location = append(x.Location, b.location(f))
	}
	b.out.Sample = append(b.out.Sample, x)
}

func (b *builder) location(f frame) *profile.Location {
	if l := b.locations[f]; l != nil {
		return l
	}
	mapping := int(f.file) + 2
	if f.file < 0 {
		mapping = ofGuest - int(f.file)
	}
	l := &profile.Location{ID: uint64(len(b.out.Location) + 1), Mapping: b.out.Mapping[mapping], Address: f.addr}
	if f.name != "" {
		l.Line = []profile.Line{{Function: b.function(f.name)}}
	}
	b.locations[f] = l
	b.out.Location = append(b.out.Location, l)
	return l
}

func (b *builder) function(name string) *profile.Function {
	fn := b.functions[name]
	if fn == nil {
		fn = &profile.Function{ID: uint64(len(b.out.Function) + 1), Name: name, SystemName: name}
		b.functions[name] = fn
		b.out.Function = append(b.out.Function, fn)
	}
	return fn
}
