package job

import (
	"bytes"
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
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
	Control        // what the host says (Signal, Resize); the end from the guest
	Ports
)

// Limits of the first process.
const (
	maxWords = 4096
	maxSize  = 4<<20 - 1
	maxName  = 200 // of a module
)

// Mount is a shared directory and where the guest has it.
type Mount struct{ Tag, Path string }

// Module is a module of the kernel.
type Module struct {
	Name string // of its file
	Data []byte
}

// Network is what the guest's network device has. Its kernel finds out about IPv6 by itself.
type Network struct{ Address, Gateway, Names netip.Addr }

// User is who runs a command.
type User struct{ ID, Group uint32 }

// Size is a terminal's.
type Size struct{ Rows, Columns uint16 }

// Signal is what port Control says for a signal.
func Signal(number int) []byte { return []byte{byte(number)} }

// Resize is what it says for another size of the terminal.
func Resize(s Size) []byte {
	return binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16([]byte{0}, s.Rows), s.Columns)
}

// Job is a command and what it finds.
type Job struct {
	Modules []Module // in the order in which they are loaded
	Root    string   // the tag of the shared directory that is the root; empty: the first drive, or a partition of it
	Overlay bool     // what is written to the root stays in memory
	Mounts  []Mount
	Network *Network // nil: only the loopback interface
	User    *User    // nil: root
	Screen  *Size    // of the command's terminal, of which ports Input and Output are the other side; nil: it has streams
	Dir     string   // the working directory, which is made if there is an overlay
	Env     []string // such as PATH=/bin
	Args    []string // the first is a path, or a name that is looked for in PATH
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
	if len(j.Modules) > 0 {
		w.Dir("modules", 0o755)
	}
	for _, m := range j.Modules {
		w.File("modules/"+m.Name, 0o644, m.Data)
	}
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
	puts := 0
	put := func(kind byte, s string) {
		puts++
		b.WriteByte(kind)
		b.WriteString(s)
		b.WriteByte(0)
	}
	for _, m := range j.Modules {
		if m.Name == "" || len(m.Name) > maxName || strings.ContainsAny(m.Name, "/ ") {
			return nil, fmt.Errorf("%w: %q is no name of a module's file", ErrJob, m.Name)
		}
		put('L', m.Name)
	}
	put('R', j.Root)
	if j.Overlay {
		put('O', "")
	}
	if n := j.Network; n != nil {
		put('N', fmt.Sprintf("%s %s %s", n.Address, n.Gateway, n.Names))
	}
	if u := j.User; u != nil {
		put('U', fmt.Sprintf("%d %d", u.ID, u.Group))
	}
	if s := j.Screen; s != nil {
		put('K', fmt.Sprintf("%d %d", s.Rows, s.Columns))
	}
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
	if bytes.Count(b.Bytes(), []byte{0}) != puts {
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
