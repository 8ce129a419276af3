package plain

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode"
)

func TestText(t *testing.T) {
	for text, want := range map[string]string{
		"main.go:12 größer 漢字 🙂": "main.go:12 größer 漢字 🙂",
		"":                       "",
		"\x1b]0;owned\a":         `\x1b]0;owned\x07`,
		"\x1b[2J":                `\x1b[2J`,
		"a\nhartwood: b":         `a\nhartwood: b`,
		"a\tb\rc":                `a\tb\x0dc`,
		"\u009b31m":              `\u009b31m`, // CSI in one character
		"\x9b31m":                `\x9b31m`,   // the same in one byte
		"abc\u202edcba":          `abc\u202edcba`,
		"zero\u200bwidth\ufeff":  `zero\u200bwidth\ufeff`,
		"\u2028line":             `\u2028line`,
		"\x7f":                   `\x7f`,
		"\U000e0041tag":          `\U000e0041tag`,
		"\xff\xfe":               `\xff\xfe`,
		"\ufffd":                 "\ufffd", // a replacement character that the text has
	} {
		if got := Text(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
	if got := Lines("a\x1b\nb\n"); got != "a\\x1b\nb\n" {
		t.Errorf("%q", got)
	}
}

// FuzzText looks for texts with anything left that is not printable, and for JSON that means something else.
func FuzzText(f *testing.F) {
	f.Add("\x1b[31m\u009b\u202e\n\xff🙂\U000e0041")
	f.Fuzz(func(t *testing.T, s string) {
		for _, r := range Text(s) {
			if !unicode.IsPrint(r) {
				t.Fatalf("%q leaves %q", s, r)
			}
		}
		if strings.Trim(Lines(s), "\n") == "" && strings.Trim(s, "\n") != "" {
			t.Fatalf("%q vanishes", s)
		}
		doc, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var before, after string
		if err := json.Unmarshal(doc, &before); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(JSON(string(doc))), &after); err != nil || before != after {
			t.Fatalf("%q becomes %q (%v)", before, after, err)
		}
	})
}
