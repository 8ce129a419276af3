package setting

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"
)

// all is a configuration with a setting of each kind.
type all struct {
	on       bool
	distance int
	least    uint32
	weight   float64
	decay    float64
	pause    time.Duration
	budget   time.Duration
	room     Size
	level    level
	bytes    int
	line     string
	place    uint64
	many     []entry
	single   entry
}

type level uint8

func (l level) String() string {
	return map[level]string{0: "None", 1: "Some", 2: "All"}[l]
}

type entry struct{ text string }

func (e *entry) String() string { return e.text }

func (e *entry) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		return errors.New("nothing")
	}
	e.text = string(text)
	return nil
}

func (a *all) settings() []Setting {
	return []Setting{
		Switch(&a.on, true, "on", "turn it on"),
		Int(&a.distance, 4, "distance", "`NUMBER` of pages").Between(1, 64).Of("pages").If(&a.on, "on"),
		Int(&a.least, 2, "least", "`NUMBER`").Between(1, 1<<20).PowerOfTwo().Of("sets"),
		Float(&a.weight, 0.3, "weight", "`WEIGHT`").Between(0, 1e6),
		Float(&a.decay, 0.95, "decay", "`FACTOR`").Above(0).AtMost(1),
		Duration(&a.pause, 500*time.Microsecond, "pause", "`TIME`").Above(0),
		Duration(&a.budget, 0, "budget", "`TIME`").Above(0).Zero("any"),
		Bytes(&a.room, 512*MiB, "room", "`SIZE`").Between(MiB, TiB).MultipleOf(4 * KiB).Of("bytes"),
		OneOf(&a.level, 1, "level", "`LEVEL` of it", 0, 1, 2).Alias("true", 2).Alone(2),
		OneOf(&a.bytes, 4096, "bytes", "`BYTES`", 4096, 4),
		Text(&a.line, "line", "`LINE` of text", "a good one"),
		Address(&a.place, "place", "`ADDRESS`", "the usual"),
		List(&a.many, "entry", "many", "`ENTRY`"),
		One(&a.single, "entry", "single", "`ENTRY`", "none"),
	}
}

func (a *all) find(t *testing.T, name string) Setting {
	t.Helper()
	for _, s := range a.settings() {
		if s.About().Name == name {
			return s
		}
	}
	t.Fatalf("no setting %q", name)
	return nil
}

func defaults() *all {
	a := new(all)
	Reset(a.settings())
	return a
}

func TestReset(t *testing.T) {
	a := defaults()
	if err := Check(a.settings()); err != nil {
		t.Errorf("a default is impossible: %v", err)
	}
	if !a.on || a.distance != 4 || a.least != 2 || a.weight != 0.3 || a.pause != 500*time.Microsecond || a.room != 512*MiB || a.level != 1 || a.bytes != 4096 {
		t.Errorf("defaults %+v", a)
	}
}

// TestSet reads values, and what String makes of them.
func TestSet(t *testing.T) {
	for _, test := range []struct{ name, text, prints, says string }{
		{"single", "a", "a", ""}, {"single", "", "", "nothing"},
		{"on", "false", "false", ""}, {"on", "perhaps", "", `"perhaps" is neither true nor false`},
		{"distance", "0x10", "16", ""}, {"distance", "many", "", `"many" is not a number that fits here; write a whole number, such as 4`},
		{"distance", "2.5", "", `"2.5" is not a number`}, {"least", "4294967296", "", "fits here"}, {"least", "-1", "", "fits here"},
		{"weight", "1e3", "1000", ""}, {"weight", "heavy", "", `"heavy" is no number; write one such as 0.3`},
		{"pause", "2ms", "2ms", ""}, {"pause", "7us", "7us", ""}, {"pause", "5", "", `"5" is no time; write a number with a unit, such as 500`},
		{"room", "2G", "2G", ""}, {"room", "4096", "4K", ""}, {"room", "2X", "", "such as 512M"},
		{"level", "ALL", "all", ""}, {"level", "true", "all", ""}, {"level", "most", "", `"most" is not known; choose none, some or all`},
		{"bytes", "4", "4", ""}, {"bytes", "8", "", "choose 4096 or 4"},
		{"line", "a b", "a b", ""},
		{"place", "0x8000_0000", "0x80000000", ""}, {"place", "here", "", `"here" is not an address; write one such as 0x80200000`},
		{"many", "x", "x", ""}, {"many", "", "", "nothing"},
	} {
		a := defaults()
		s := a.find(t, test.name)
		before := s.String()
		err := s.Set(test.text)
		if test.says != "" {
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("%s %q: error %v, want one that says %s", test.name, test.text, err, test.says)
			}
			if s.String() != before {
				t.Errorf("%s %q is refused and changes the value to %q", test.name, test.text, s)
			}
			continue
		}
		if err != nil || s.String() != test.prints {
			t.Errorf("%s %q prints as %q (%v), want %q", test.name, test.text, s, err, test.prints)
		}
		again := defaults().find(t, test.name)
		if err := again.Set(s.String()); err != nil || again.String() != s.String() {
			t.Errorf("%s prints %q, which reads as %q (%v)", test.name, s, again, err)
		}
	}
}

// TestCheck wants errors that name the setting, the value and what to write instead.
func TestCheck(t *testing.T) {
	for _, test := range []struct {
		change func(*all)
		says   string // empty: possible
	}{
		{func(a *all) { a.distance = 65 }, "--distance: 65 pages are impossible; choose 1 to 64, or --on=false"},
		{func(a *all) { a.distance = 0 }, "--distance: 0 pages are impossible; choose 1 to 64, or --on=false"},
		{func(a *all) { a.distance, a.on = 0, false }, ""},
		{func(a *all) { a.least = 0 }, "--least: 0 sets are impossible; choose a power of two, 1 to 2^20"},
		{func(a *all) { a.least = 3 }, "--least: 3 sets are impossible; choose a power of two, 1 to 2^20"},
		{func(a *all) { a.least = 1 << 21 }, "--least: 2097152 sets are impossible"},
		{func(a *all) { a.weight = math.NaN() }, "--weight: NaN is impossible; choose 0 to 1000000"},
		{func(a *all) { a.weight = math.Inf(1) }, "--weight: +Inf is impossible"},
		{func(a *all) { a.decay = 0 }, "--decay: 0 is impossible; choose more than 0 and at most 1"},
		{func(a *all) { a.decay = 1.5 }, "--decay: 1.5 is impossible"},
		{func(a *all) { a.pause = 0 }, "--pause: 0s is impossible; choose more than 0, such as 500us"},
		{func(a *all) { a.budget = 0 }, ""},
		{func(a *all) { a.budget = -1 }, "--budget: -1ns is impossible; choose more than 0, or 0 for any"},
		{func(a *all) { a.room = 0 }, "--room: 0 bytes are impossible; choose a multiple of 4K, 1M to 1T, such as 512M"},
		{func(a *all) { a.room = 2*MiB + 100 }, "--room: 2097252 bytes are no multiple of 4K; choose 2M"},
		{func(a *all) { a.level = 9 }, `--level: "" is not known; choose none, some or all`},
		{func(a *all) { a.bytes = 8 }, `--bytes: "8" is not known; choose 4096 or 4`},
	} {
		a := defaults()
		test.change(a)
		err := Check(a.settings())
		var named *Error
		switch {
		case test.says == "" && err != nil:
			t.Errorf("%+v: %v", a, err)
		case test.says != "" && (!errors.As(err, &named) || !strings.HasPrefix(err.Error(), test.says)):
			t.Errorf("error %v, want %s", err, test.says)
		}
	}
}

func TestUsageAndTable(t *testing.T) {
	a := defaults()
	for name, want := range map[string]string{
		"distance": "`NUMBER` of pages: 1 to 64",
		"budget":   "`TIME`: more than 0 (default: any)",
		"line":     "`LINE` of text (default: a good one)",
		"on":       "turn it on",
	} {
		if got := Usage(a.find(t, name)); got != want {
			t.Errorf("%s is explained as %q, want %q", name, got, want)
		}
	}
	program := Text(&a.line, "line", "`LINE` of text", "")
	program.Argument = true
	want := `| setting | default | allowed | meaning |
|---|---|---|---|
| ` + "`--on`" + ` | on | on or off | turn it on |
| ` + "`--level`" + ` | some | none, some or all | level of it |
| ` + "`line`" + ` |  |  | line of text |
`
	if got := Table([]Setting{a.find(t, "on"), a.find(t, "level"), program}); got != want {
		t.Errorf("table\n%swant\n%s", got, want)
	}
}
