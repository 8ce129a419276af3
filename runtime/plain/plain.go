package plain

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text returns s in one line, with everything written out that is not printable: control characters in either form that
// terminals know, line feeds, marks that turn the direction of writing, and bytes that are no UTF-8.
func Text(s string) string { return replace(s, "", writeOut) }

// Lines is Text for a text of several lines: it leaves line feeds as they are.
func Lines(s string) string { return replace(s, "\n", writeOut) }

// JSON is Text for a JSON document, which stays one that means the same: what is not printable stands within strings.
// The document's encoder has written bytes that are no UTF-8 in another way already.
func JSON(s string) string { return replace(s, "\n", writeJSON) }

// replace writes out what is neither printable nor one of keep.
func replace(s, keep string, write func(b *strings.Builder, r rune, bytes string)) string {
	harmless := func(r rune, n int) bool {
		return unicode.IsPrint(r) && !(r == utf8.RuneError && n == 1) || strings.ContainsRune(keep, r)
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if harmless(r, n) {
			b.WriteString(s[i : i+n])
		} else {
			write(&b, r, s[i:i+n])
		}
		i += n
	}
	return b.String()
}

// writeOut writes a rune as Go's string literals do.
func writeOut(b *strings.Builder, r rune, bytes string) {
	switch {
	case r == '\n':
		b.WriteString(`\n`)
	case r == '\t':
		b.WriteString(`\t`)
	case len(bytes) == 1:
		fmt.Fprintf(b, `\x%02x`, bytes[0])
	case r < 1<<16:
		fmt.Fprintf(b, `\u%04x`, r)
	default:
		fmt.Fprintf(b, `\U%08x`, r)
	}
}

// writeJSON writes a rune as one or two UTF-16 code units.
func writeJSON(b *strings.Builder, r rune, _ string) {
	if r >= 1<<16 {
		r -= 1 << 16
		fmt.Fprintf(b, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		return
	}
	fmt.Fprintf(b, `\u%04x`, r)
}
