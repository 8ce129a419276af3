package plain

import (
	"fmt"
	"strings"
	"testing"
)

func TestTail(t *testing.T) {
	w := &Tail{Limit: 5}
	for text, want := range map[string]string{"abc": "abc", "": ""} {
		w := &Tail{Limit: 5}
		if n, err := w.Write([]byte(text)); n != len(text) || err != nil || w.String() != want {
			t.Errorf("%q: %d, %v, %q", text, n, err, w.String())
		}
	}
	for _, s := range []string{"abc", "", "defgh", "ij", strings.Repeat("x", 10) + "12345"} {
		if n, err := w.Write([]byte(s)); n != len(s) || err != nil {
			t.Error(n, err)
		}
	}
	if w.String() != "12345" {
		t.Errorf("%q", w.String())
	}
}

func TestTailIsBounded(t *testing.T) {
	w := &Tail{Limit: 1000}
	for i := range 10_000 {
		fmt.Fprintf(w, "line %d\n", i)
	}
	w.Write([]byte(strings.Repeat("x", 10*w.Limit)))
	w.Write([]byte("end"))
	if text := w.String(); len(text) != w.Limit || !strings.HasSuffix(text, "xend") || cap(w.kept) > 6*w.Limit {
		t.Errorf("%d bytes, room for %d: ...%q", len(text), cap(w.kept), text[max(0, len(text)-10):])
	}
}
