package hostfile

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestMemory(t *testing.T) {
	f, err := Memory("text", strings.NewReader("some text"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if text, err := io.ReadAll(f); string(text) != "some text" {
		t.Errorf("%q, %v", text, err)
	}
	bad := errors.New("bad")
	if _, err := Memory("text", iotest.ErrReader(bad)); !errors.Is(err, bad) {
		t.Error(err)
	}
}
