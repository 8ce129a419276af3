package main

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestEscapeReader(t *testing.T) {
	for _, test := range []struct {
		name, typed, guest string
		leave, help        int
	}{
		{"plain keys", "ls\r\x03\x04", "ls\r\x03\x04", 0, 0},
		{"one Ctrl-A", "a\x01\x01b", "a\x01b", 0, 0},
		{"leave", "a\x01xb", "ab", 1, 0},
		{"help twice", "\x01h\x01?", "", 0, 2},
		{"unknown key is dropped", "a\x01qb", "ab", 0, 0},
		{"prefix at the end", "a\x01", "a", 0, 0},
		{"four Ctrl-A", "\x01\x01\x01\x01", "\x01\x01", 0, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, in := range []io.Reader{strings.NewReader(test.typed), iotest.OneByteReader(strings.NewReader(test.typed))} {
				leave, help := 0, 0
				r := &escapeReader{in: in, leave: func() { leave++ }, help: func() { help++ }}
				got, err := io.ReadAll(r)
				if err != nil || string(got) != test.guest || leave != test.leave || help != test.help {
					t.Errorf("guest gets %q, left %d times, helped %d times (%v)", got, leave, help, err)
				}
			}
		})
	}
}

func TestEscapeReaderPassesErrors(t *testing.T) {
	r := &escapeReader{in: iotest.ErrReader(io.ErrClosedPipe)}
	if n, err := r.Read(make([]byte, 8)); n != 0 || err != io.ErrClosedPipe {
		t.Errorf("read %d bytes, error %v", n, err)
	}
}

func TestConsoleWriter(t *testing.T) {
	for _, test := range []struct {
		raw    bool
		writes []string
		want   string
	}{
		{false, []string{"a\nb"}, "a\nb"},
		{true, []string{"a\nb\r\nc"}, "a\r\nb\r\nc"},
		{true, []string{"a\r", "\nb", "\n"}, "a\r\nb\r\n"},
		{true, []string{"", "\n\n"}, "\r\n\r\n"},
	} {
		var out bytes.Buffer
		w := &consoleWriter{out: &out, raw: test.raw}
		for _, s := range test.writes {
			if n, err := w.Write([]byte(s)); n != len(s) || err != nil {
				t.Errorf("writing %q: %d bytes, %v", s, n, err)
			}
		}
		if out.String() != test.want {
			t.Errorf("raw %v: %q became %q, want %q", test.raw, test.writes, out.String(), test.want)
		}
	}
}

func TestCount(t *testing.T) {
	for n, want := range map[uint64]string{
		0: "0", 999: "999", 1000: "1.00 k", 12345: "12.3 k", 999_600: "1.00 M", 456_000_000: "456 M", 7_200_000_000: "7.20 G",
	} {
		if got := count(n); got != want {
			t.Errorf("count(%d) is %q, want %q", n, got, want)
		}
	}
}

func TestGuestExit(t *testing.T) {
	for code, want := range map[int]int{0: 0, 7: 7, 255: 255, 256: 255, 1 << 20: 255, -1: 255} {
		if got := guestExit(code); got != want {
			t.Errorf("exit code %d becomes %d, want %d", code, got, want)
		}
	}
}
