package runtime

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestShareText(t *testing.T) {
	for _, c := range []struct {
		text, prints string // the same if empty
		want         Share
		says         string // the error
	}{
		{text: "src", want: Share{Dir: "src"}},
		{text: "a,,b=c,tag=x,,y,readonly", want: Share{Dir: "a,b=c", Tag: "x,y", ReadOnly: true}},
		{text: "readonly,readonly", want: Share{Dir: "readonly", ReadOnly: true}},
		{text: "/,cache=60s", prints: "/,cache=1m0s", want: Share{Dir: "/", Cache: time.Minute}},
		{text: "/,cache=0", prints: "/,cache=0s", want: Share{Dir: "/", Cache: -1}},
		{text: "", says: "names no directory"}, {text: ",readonly", says: "names no directory"},
		{text: "a,tag=", says: "tag="}, {text: "a,tag", says: "no option"}, {text: "a,tag=" + strings.Repeat("x", 37), says: "1 to 36"},
		{text: "a,tag=a b", says: "1 to 36"}, {text: "a,readonly=on", says: "no option"}, {text: "a,b", says: "choose tag=NAME"},
		{text: "a,cache=-1s", says: "from 0s"}, {text: "a,cache=x", says: "such as 10s"}, {text: "a,cache=20000h", says: "10000h"},
	} {
		got := Share{Dir: "before"}
		err := got.UnmarshalText([]byte(c.text))
		if c.says != "" {
			if err == nil || !strings.Contains(err.Error(), c.says) || got != (Share{Dir: "before"}) {
				t.Errorf("%q: %+v, %v", c.text, got, err)
			}
			continue
		}
		prints := c.prints
		if prints == "" {
			prints = c.text
		}
		if err != nil || got != c.want || got.String() != prints {
			t.Errorf("%q: %+v, printed %q, %v", c.text, got, got, err)
		}
	}
}

// A directory that cannot be shared is an error that names it; one that can is given back with the machine.
func TestShareErrors(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, says := range map[string]string{dir: "", file: "--share: " + file + " cannot be shared", file + "2": "check the path"} {
		before := openDescriptors(t)
		cfg := Default()
		cfg.ProgramData, cfg.Shares = spinForever, []Share{{Dir: dir}, {Dir: path}}
		m, err := New(cfg)
		if err == nil {
			if err := m.Close(); err != nil {
				t.Error(err)
			}
		}
		if (err == nil) != (says == "") || err != nil && !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", path, err)
		}
		if after := openDescriptors(t); after != before {
			t.Errorf("%s: %d descriptors, %d before", path, after, before)
		}
	}
}

// openDescriptors counts those that lead to directories.
func openDescriptors(t *testing.T) (n int) {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if info, err := os.Stat("/proc/self/fd/" + e.Name()); err == nil && info.IsDir() {
			n++
		}
	}
	return n
}
