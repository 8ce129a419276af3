package job

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

func TestInitramfs(t *testing.T) {
	j := Job{Root: "root", Mounts: []Mount{{"share0", "/src"}}, Screen: &Size{Rows: 24, Columns: 300}, Dir: "/src", Env: []string{"A=b c"}, Args: []string{"cc", "", "-c"}}
	archive, err := j.Initramfs()
	if err != nil {
		t.Fatal(err)
	}
	want := "Rroot\x00K24 300\x00W/src\x00Tshare0\x00M/src\x00EA=b c\x00Acc\x00A\x00A-c\x00"
	if !bytes.Contains(archive, []byte(want)) || !bytes.Contains(archive, firstProcess) {
		t.Errorf("the archive lacks the job or the first process")
	}
}

// What the host says is what src/init.c reads.
func TestControl(t *testing.T) {
	if got := append(Signal(15), Resize(Size{Rows: 24, Columns: 300})...); !bytes.Equal(got, []byte{15, 0, 24, 0, 44, 1}) {
		t.Errorf("%v", got)
	}
}

func TestJobErrors(t *testing.T) {
	for says, j := range map[string]Job{
		"no command":         {},
		"no command ":        {Args: []string{"", "x"}},
		"zero byte":          {Args: []string{"a\x00Ab"}},
		"zero byte in":       {Args: []string{"a"}, Env: []string{"X=\x00"}},
		"4097 words":         {Args: append([]string{"a"}, make([]string, maxWords)...)},
		"4097 variables":     {Args: []string{"a"}, Env: make([]string, maxWords+1)},
		"bytes of words, of": {Args: []string{strings.Repeat("x", maxSize)}},
	} {
		if _, err := j.Initramfs(); !errors.Is(err, ErrJob) || !strings.Contains(err.Error(), strings.TrimSpace(says)) {
			t.Errorf("%q: %v", says, err)
		}
	}
}

// A hostile guest says what it likes.
func TestParseEnd(t *testing.T) {
	for text, want := range map[string]End{
		"exit 0": {}, "exit 255": {Code: 255}, "signal 9": {Signal: 9}, "error run x: error 2": {Error: "run x: error 2"},
	} {
		if got, err := ParseEnd(text); err != nil || got != want {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "exit", "exit 256", "exit -1", "exit 1 2", "signal 128", "signal x", "exit 0exit 0", "EXIT 0"} {
		if got, err := ParseEnd(text); err == nil || got != (End{}) {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
}
