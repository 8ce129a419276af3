package profile

import (
	"bufio"
	"cmp"
	"context"
	"encoding/xml"
	"fmt"
	"hash/fnv"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/shardedtlb/measure"
)

// The picture, in pixels: its width and margin, the height of a frame and of the title, how wide a frame is at least that is
// drawn, and what a letter takes. Where more than flameMost frames are that wide, only wider ones are drawn.
const (
	flameWidth  = 1200.0
	flameMargin = 10.0
	flameRow    = 17.0
	flameTitle  = 40.0
	flameLeast  = 0.5
	flameLetter = 6.7
	flameMost   = 10_000
	flameName   = 200 // letters of a name
)

// flame is a function that is called by the one below it, with all the time that is spent in it and in what it calls.
type flame struct {
	name  string
	priv  shardedtlb.Priv
	time  int64 // nanoseconds
	calls map[flameKey]*flame
}

type flameKey struct {
	name string
	priv shardedtlb.Priv
}

// everyMode is the mode of what is no function.
const everyMode shardedtlb.Priv = 0xff

// call is the flame of a function that f calls.
func (f *flame) call(name string, priv shardedtlb.Priv) *flame {
	key := flameKey{name, priv}
	if f.calls[key] == nil {
		if f.calls == nil {
			f.calls = map[flameKey]*flame{}
		}
		f.calls[key] = &flame{name: name, priv: priv}
	}
	return f.calls[key]
}

// above is how many frames have at least a time of f and those above it, and how high they stand.
func (f *flame) above(least float64) (frames, height int) {
	frames = 1
	for _, c := range f.calls {
		if float64(c.time) >= least {
			n, h := c.above(least)
			frames, height = frames+n, max(height, h)
		}
	}
	return frames, height + 1
}

// WriteFlames writes a flame graph as an SVG picture, which needs nothing else and has no script: callers below what they
// call, each as wide as the time in it. When ctx ends, the stacks that are left count for one.
func (p *Profile) WriteFlames(ctx context.Context, w io.Writer) error {
	all, samples := &flame{name: "all", priv: everyMode}, int64(0)
	p.each(ctx, func(s *stack) {
		samples += s.samples
		at, ns := all, s.time.Nanoseconds()
		at.time += ns
		for _, f := range slices.Backward(s.frames) {
			at = at.call(f.label(), s.priv)
			at.time += ns
		}
	})
	scale := (flameWidth - 2*flameMargin) / float64(max(all.time, 1))
	least := flameLeast / scale
	frames, rows := all.above(least)
	for frames > flameMost {
		least *= 1.5
		frames, rows = all.above(least)
	}
	height := flameTitle + float64(rows)*flameRow + flameMargin
	out := &flames{bufio.NewWriter(w), scale, least, float64(all.time), height - flameMargin - flameRow}
	fmt.Fprintf(out, `<svg xmlns="http://www.w3.org/2000/svg" width="%g" height="%g" viewBox="0 0 %[1]g %[2]g" font-family="sans-serif" font-size="11">`+"\n", flameWidth, height)
	fmt.Fprintf(out, `<rect width="100%%" height="100%%" fill="#fff"/><text x="%g" y="24" font-size="15">%v in %d samples</text>`+"\n", flameMargin, measure.Digits(time.Duration(all.time)), samples)
	fmt.Fprintf(out, `<text x="%g" y="24" text-anchor="end"><tspan fill="#c96a12">kernel</tspan> · <tspan fill="#3f7f3a">process</tspan> · <tspan fill="#b23a2e">machine mode</tspan></text>`+"\n", flameWidth-flameMargin)
	out.draw(all, flameMargin, 0)
	fmt.Fprintln(out, "</svg>")
	return out.Flush()
}

// flames draws.
type flames struct {
	*bufio.Writer
	scale, least, all, bottom float64
}

// draw draws f with its left edge at x, and what it calls above it.
func (d *flames) draw(f *flame, x float64, row int) {
	width, y := float64(f.time)*d.scale, d.bottom-float64(row)*flameRow
	fmt.Fprintf(d, `<g><title>%s: %.2f %%</title><rect x="%.1f" y="%.1f" width="%.1f" height="%g" rx="1" fill="%s"/>`,
		escaped(shortened(f.name, flameName)), 100*float64(f.time)/max(d.all, 1), x, y, max(width-0.3, 0.3), flameRow-1, f.colour())
	if letters := int((width - 6) / flameLetter); letters >= 3 {
		fmt.Fprintf(d, `<text x="%.1f" y="%.1f">%s</text>`, x+3, y+12, escaped(shortened(f.name, letters)))
	}
	fmt.Fprintln(d, "</g>")
	calls := make([]*flame, 0, len(f.calls))
	for _, c := range f.calls {
		if float64(c.time) >= d.least {
			calls = append(calls, c)
		}
	}
	slices.SortFunc(calls, func(a, b *flame) int { return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.priv, b.priv)) })
	for _, c := range calls {
		d.draw(c, x, row+1)
		x += float64(c.time) * d.scale
	}
}

// colour says in which mode a function runs; its shade is the name's, so that one function looks the same everywhere.
func (f *flame) colour() string {
	h := fnv.New32a()
	_, _ = io.WriteString(h, f.name)
	shade := h.Sum32() % 20
	hue, known := map[shardedtlb.Priv]uint32{shardedtlb.U: 95, shardedtlb.S: 28, shardedtlb.M: 4}[f.priv]
	if !known {
		return "#ddd"
	}
	return fmt.Sprintf("hsl(%d,%d%%,%d%%)", hue+shade/4, 55+shade, 62+shade/2)
}

// shortened is a name of so many letters at most.
func shortened(name string, letters int) string {
	runes := []rune(name)
	if len(runes) <= letters {
		return name
	}
	return string(runes[:letters-1]) + "…"
}

func escaped(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text))
	return b.String()
}
