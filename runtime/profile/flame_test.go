package profile

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hartwood-vm/hartwood/shardedtlb"
)

// drawn is a frame as a picture shows it.
type drawn struct{ x, y, width float64 }

// readFlames reads the frames of a picture by their titles, and fails if it is no XML or asks for anything.
func readFlames(t *testing.T, text []byte) map[string]drawn {
	t.Helper()
	frames, title := map[string]drawn{}, ""
	for d, inTitle := xml.NewDecoder(bytes.NewReader(text)), false; ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return frames
		}
		if err != nil {
			t.Fatalf("%v in:\n%s", err, text)
		}
		switch x := token.(type) {
		case xml.StartElement:
			inTitle = x.Name.Local == "title"
			numbers := map[string]float64{}
			for _, a := range x.Attr {
				numbers[a.Name.Local], _ = strconv.ParseFloat(a.Value, 64)
				if strings.Contains(a.Value, "url(") || strings.HasSuffix(a.Name.Local, "href") || strings.HasPrefix(a.Name.Local, "on") {
					t.Errorf("attribute %v", a)
				}
			}
			switch x.Name.Local {
			case "svg", "g", "text", "tspan", "title":
			case "rect":
				if title != "" {
					frames[title] = drawn{numbers["x"], numbers["y"], numbers["width"]}
				}
			default:
				t.Errorf("element %s", x.Name.Local)
			}
		case xml.CharData:
			if inTitle {
				title, inTitle = string(x), false
			}
		}
	}
}

// A frame lies above its caller and within it, as wide as its share of the time.
func TestWriteFlames(t *testing.T) {
	c := NewTally(1, nil)
	add := func(ms time.Duration, pcs ...uint64) {
		r := row{priv: shardedtlb.S}
		for _, pc := range pcs {
			r.places = append(r.places, place{ofGuest, pc})
		}
		c.add(&r, weight{1, 1, ms * time.Millisecond})
	}
	add(600, 0x010, 0x210) // c calls a
	add(300, 0x110, 0x210) // c calls b
	add(100, 0x210)
	names := func(pc uint64) (string, uint64) { return []string{"a", `<script>&"`, "c"}[pc/0x100], pc % 0x100 }
	var out bytes.Buffer
	if err := c.Profile(t.Context(), names).WriteFlames(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	got := readFlames(t, out.Bytes())
	all, a, b, caller := got["all: 100.00 %"], got["a: 60.00 %"], got[`<script>&": 30.00 %`], got["c: 100.00 %"]
	if len(got) != 4 || a.y != b.y || a.y >= caller.y || caller.y >= all.y || b.x < caller.x || a.x+a.width > caller.x+caller.width+0.2 {
		t.Errorf("frames %v in\n%s", got, out.String())
	}
	if math.Abs(a.width/b.width-2) > 0.01 || math.Abs(a.width/caller.width-0.6) > 0.01 {
		t.Errorf("widths %v", got)
	}
}

// Stacks of every depth and number make a picture of bounded size, also none and those of a run that was cut short.
func TestFlamesAreBounded(t *testing.T) {
	c := NewTally(1, nil)
	for i := range 300 {
		r := row{priv: shardedtlb.U}
		for j := range maxFrames {
			r.places = append(r.places, place{ofGuest, uint64(i*maxFrames + j)})
		}
		c.add(&r, weight{1, 1, time.Millisecond})
	}
	names := func(pc uint64) (string, uint64) { return strconv.FormatUint(pc, 16) + strings.Repeat("n", 300), 0 }
	for name, p := range map[string]*Profile{"many": c.Profile(t.Context(), names), "none": {}} {
		var out bytes.Buffer
		if err := p.WriteFlames(t.Context(), &out); err != nil {
			t.Fatal(err)
		}
		if readFlames(t, out.Bytes()); out.Len() > flameMost*(flameName+250) {
			t.Errorf("%s: %d bytes", name, out.Len())
		}
	}
}
