package main

import (
	"bytes"
	"io"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// testKeyboard is a keyboard without a terminal that notes what the keys after Ctrl-A do.
func testKeyboard() (k *keyboard, acts map[byte]int) {
	k, acts = newKeyboard(nil), map[byte]int{}
	for _, key := range []byte("xh") {
		k.keys.list = append(k.keys.list, escapeKey{key, "what it does", func() { acts[key]++ }})
	}
	return k, acts
}

func TestEscapeKeys(t *testing.T) {
	for _, test := range []struct {
		name, typed, guest string
		leave, help        int
	}{
		{"plain keys", "ls\r\x03\x04", "ls\r\x03\x04", 0, 0},
		{"one Ctrl-A", "a\x01\x01b", "a\x01b", 0, 0},
		{"leave", "a\x01xb", "ab", 1, 0},
		{"capital", "a\x01Xb", "ab", 1, 0},
		{"help twice", "\x01h\x01?", "", 0, 2},
		{"unknown key is dropped", "a\x01qb", "ab", 0, 0},
		{"prefix at the end", "a\x01", "a", 0, 0},
		{"four Ctrl-A", "\x01\x01\x01\x01", "\x01\x01", 0, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, size := range []int{1, len(test.typed)} {
				k, acts := testKeyboard()
				for piece := range slices.Chunk([]byte(test.typed), size) {
					k.typed(piece)
				}
				k.fail(io.EOF)
				got, err := io.ReadAll(k)
				if err != nil || string(got) != test.guest || acts['x'] != test.leave || acts['h'] != test.help {
					t.Errorf("guest gets %q, left %d times, helped %d times (%v)", got, acts['x'], acts['h'], err)
				}
			}
		})
	}
}

// Keys that a guest does not read wait, up to a bound; the keys after Ctrl-A act behind any number of them.
func TestKeysThatNobodyReads(t *testing.T) {
	k, acts := testKeyboard()
	bells := 0
	k.bell = func() { bells++ }
	burst := bytes.Repeat([]byte("k"), 4096)
	for range keysAhead / len(burst) {
		k.typed(burst)
	}
	if bells != 0 {
		t.Errorf("the bell rang while there was room")
	}
	k.typed(burst)
	k.typed([]byte("\x01x"))
	if bells != 1 || acts['x'] != 1 || len(k.waiting) != keysAhead {
		t.Errorf("the bell rang %d times, left %d times, %d keys wait", bells, acts['x'], len(k.waiting))
	}
	k.fail(io.EOF)
	if got, err := io.ReadAll(k); err != nil || len(got) != keysAhead {
		t.Errorf("the guest gets %d keys (%v)", len(got), err)
	}
}

func TestKeyboardPassesErrors(t *testing.T) {
	k, _ := testKeyboard()
	k.fail(io.ErrClosedPipe)
	if n, err := k.Read(make([]byte, 8)); n != 0 || err != io.ErrClosedPipe {
		t.Errorf("read %d bytes, error %v", n, err)
	}
}

// What comes before the terminal's answer to us is thrown away, in whatever pieces it comes.
func TestDiscard(t *testing.T) {
	for _, size := range []int{1, 3, 100} {
		k, acts := testKeyboard()
		synced := k.discard()
		for piece := range slices.Chunk([]byte("ab\x1b[12;40R\x01x\x1b[0"), size) {
			k.typed(piece)
		}
		select {
		case <-synced:
			t.Error("synchronised too early")
		default:
		}
		k.typed([]byte("n"))
		<-synced
		k.typed([]byte("\x1b[0n"))
		k.attend()
		k.typed([]byte("c"))
		k.fail(io.EOF)
		if got, _ := io.ReadAll(k); string(got) != "c" || acts['x'] != 0 {
			t.Errorf("the guest gets %q, left %d times", got, acts['x'])
		}
	}
}

// What is undone of what a guest has written to the screen.
func TestLeavingTheScreen(t *testing.T) {
	for wrote, want := range map[string]string{
		"":                               "",
		"done\r\n":                       "",
		"/ # ":                           "\n",
		"\r\n   ":                        "",
		"a\r\n\x1b[0m":                   "",
		"\x1b[1;31mred":                  "\x1b[m\n",
		"\x1b[31mred\x1b[0;0m\n":         "",
		"\x1b[?1049h\x1b[?25l\x1b[?1;7h": "\x1b[?1l\x1b[?25h\x1b[?1049l",
		"\x1b[?1049h\x1b[?1049l":         "",
		"\x1b[?2004hx\x1bcy\n":           "",
		"\x1b[?9999h\x1b[4h":             "",
		"\x1b]0;title of the window":     "\x1b\\",
		"\x1b]0;title\x07":               "",
		"\x1b[?1000h\x1b[":               "\x1b[?1000l",
		"\x1b(0\x1b#8":                   "",
		"x\x1b[H":                        "",
		"x\n\x1b[5;3H":                   "\n",
	} {
		for _, size := range []int{1, 1000} {
			s := &screen{}
			for piece := range slices.Chunk([]byte(wrote), size) {
				s.wrote(piece)
			}
			if undo, asked := s.leave(); undo != want || asked {
				t.Errorf("after %q: %q, asked %v; want %q", wrote, undo, asked, want)
			}
		}
	}
}

func TestQuestionsToTheTerminal(t *testing.T) {
	for _, wrote := range []string{
		"\x1b[6n", "\x1b[c", "\x1b[>c", "\x1bZ", "\x05", "\x1b[18t", "\x1b[?25$p", "\x1b]11;?\x07", "\x1b]11;?\x1b\\", "\x1bP$qm\x1b\\", "\x1b[?u",
	} {
		s := &screen{}
		s.wrote([]byte(wrote))
		if _, asked := s.leave(); !asked {
			t.Errorf("%q is not taken for a question", wrote)
		}
		s.asked = s.asked.Add(-answerTime)
		if _, asked := s.leave(); asked {
			t.Errorf("%q is waited for without end", wrote)
		}
	}
}

// A hostile guest cannot have us keep much of what it writes.
func TestEndlessSequences(t *testing.T) {
	for _, wrote := range []string{"\x1b[" + strings.Repeat("1;", 1<<16), "\x1b]" + strings.Repeat("x", 1<<17), strings.Repeat("\x1b[?25;25;1;7l", 1<<12)} {
		s := &screen{}
		s.wrote([]byte(wrote))
		if undo, _ := s.leave(); cap(s.params) > 2*maxParams || len(s.modes) > len(screenModes) || len(undo) > 100 {
			t.Errorf("%d bytes of parameters, %d modes, %d bytes to undo them", cap(s.params), len(s.modes), len(undo))
		}
	}
}

func TestOutputThatNobodyReads(t *testing.T) {
	unread := 0
	w := &consoleWriter{out: brokenPipe{}, unread: func() { unread++ }}
	if n, err := w.Write([]byte("x")); n != 0 || err == nil || unread != 1 {
		t.Errorf("wrote %d bytes, %v, told %d times", n, err, unread)
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) {
	return 0, &os.PathError{Op: "write", Err: syscall.EPIPE}
}

func TestGuestExit(t *testing.T) {
	for code, want := range map[int]int{0: 0, 7: 7, 255: 255, 256: 255, 1 << 20: 255, -1: 255} {
		if got := guestExit(code); got != want {
			t.Errorf("exit code %d becomes %d, want %d", code, got, want)
		}
	}
}
