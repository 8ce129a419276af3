package job

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/hartwood-vm/hartwood/runtime/boot/cpio"
)

//go:embed init.elf
var firstProcess []byte

// Ports of the host's that the first process opens, in this order.
const (
	Input   = iota // the command's standard input
	Output         // and its output
	Errors         // and its errors
	Control        // signals from the host, a byte each; the end from the guest
	Ports
)

// Limits of the first process.
const (
	maxWords = 4096
	maxSize  = 4<<20 - 1
)

// Mount is a shared directory and where the guest has it.
type Mount struct{ Tag, Path string }

// Job is a command and what it finds.
type Job struct {
	Root   string // the tag of the shared directory that is the root
	Mounts []Mount
	Dir    string   // the working directory
	Env    []string // such as PATH=/bin
	Args   []string // the first is a path, or a name that is looked for in PATH
}

// ErrJob reports a job that the guest cannot be told.
var ErrJob = errors.New("impossible job")

// Initramfs is the archive for the kernel.
func (j *Job) Initramfs() ([]byte, error) {
	text, err := j.text()
	if err != nil {
		return nil, err
	}
	var archive bytes.Buffer
	w := cpio.NewWriter(&archive)
	for _, dir := range []string{"dev", "proc", "root"} {
		w.Dir(dir, 0o755)
	}
	w.CharDevice("dev/console", 0o600, 5, 1) // the first process's own descriptors
	w.File("init", 0o755, firstProcess)
	w.File("job", 0o600, text)
	return archive.Bytes(), w.Close()
}

// text is the job as src/init.c reads it.
func (j *Job) text() ([]byte, error) {
	switch {
	case len(j.Args) == 0 || j.Args[0] == "":
		return nil, fmt.Errorf("%w: there is no command", ErrJob)
	case len(j.Args) > maxWords || len(j.Env) > maxWords:
		return nil, fmt.Errorf("%w: %d words and %d variables, of %d each", ErrJob, len(j.Args), len(j.Env), maxWords)
	}
	var b bytes.Buffer
	put := func(kind byte, s string) {
		b.WriteByte(kind)
		b.WriteString(s)
		b.WriteByte(0)
	}
	put('R', j.Root)
	put('W', j.Dir)
	for _, m := range j.Mounts {
		put('T', m.Tag)
		put('M', m.Path)
	}
	for _, e := range j.Env {
		put('E', e)
	}
	for _, a := range j.Args {
		put('A', a)
	}
	if want := 2 + 2*len(j.Mounts) + len(j.Env) + len(j.Args); bytes.Count(b.Bytes(), []byte{0}) != want {
		return nil, fmt.Errorf("%w: there is a zero byte in a word", ErrJob)
	}
	if b.Len() > maxSize {
		return nil, fmt.Errorf("%w: %d bytes of words, of %d", ErrJob, b.Len(), maxSize)
	}
	return b.Bytes(), nil
}

// End is how a command ended.
type End struct {
	Code   int    // its exit code
	Signal int    // what ended it, 0 if nothing did
	Error  string // why it did not run
}

// ParseEnd reads what comes from port Control.
func ParseEnd(text string) (e End, err error) {
	kind, rest, _ := strings.Cut(text, " ")
	switch kind {
	case "exit":
		e.Code, err = strconv.Atoi(rest)
	case "signal":
		e.Signal, err = strconv.Atoi(rest)
	case "error":
		e.Error = rest
	default:
		err = errors.New("no end")
	}
	if err != nil || e.Code < 0 || e.Code > 255 || e.Signal < 0 || e.Signal > 127 {
		return End{}, fmt.Errorf("the guest has told no end of the command: %.100q", text)
	}
	return e, nil
}
