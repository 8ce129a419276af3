package codestore

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"
)

// On a full disk nothing is left of the file, one warning says so, and code is found all the same.
func TestFullDisk(t *testing.T) {
	for name, fits := range map[string]int{"nothing fits": 0, "half of it fits": 500} {
		path := newDir(t)
		write(t, path, pieces())
		s := open(t, path, func(s *Store) {
			s.write = func(f *os.File, b []byte) error {
				if _, err := f.Write(b[:min(fits, len(b))]); err != nil {
					return err
				}
				return syscall.ENOSPC
			}
		})
		s.failsOnce("no space left")
		if left := names(t, path); len(left) != 1 {
			t.Errorf("%s: %v are left", name, left)
		}
	}
}

// A disk that does not take what is written does not hold the end of a machine up.
func TestSlowDisk(t *testing.T) {
	s := open(t, newDir(t))
	begun, goOn := make(chan bool), make(chan bool)
	s.write = func(*os.File, []byte) error {
		begun <- true
		<-goOn
		return nil
	}
	for i := range 4 { // one is being written, one waits
		s.Add(fmt.Appendf(nil, "%d", i), 1, sample(1, 100))
		s.flush()
		if i == 0 {
			<-begun
		}
	}
	if n := s.Stats().Dropped; n != 2 {
		t.Errorf("%d dropped", n)
	}
	s.closed = true
	if err := s.Close(time.Millisecond); err != nil { // returns although nothing was written
		t.Error(err)
	}
	close(goOn)
	<-begun // of the one that waited
	<-s.ended
}

// killedDir is the environment variable by which TestKilled tells itself, in another process, where to write.
const killedDir = "CODESTORE_TEST_DIR"

// A writer that is killed at any time leaves only whole files, and what it was writing is removed one day.
func TestKilled(t *testing.T) {
	if path := os.Getenv(killedDir); path != "" {
		writeForever(path)
		return
	}
	if testing.Short() {
		t.Skip("starts processes")
	}
	path := newDir(t)
	open(t, path).close()
	for range 5 {
		cmd := exec.Command(os.Args[0], "-test.run=^TestKilled$")
		cmd.Env = append(os.Environ(), killedDir+"="+path)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		line, err := bufio.NewReader(out).ReadString('\n')
		if err := cmd.Process.Kill(); err != nil {
			t.Error(err)
		}
		_, _ = io.Copy(io.Discard, out)
		_ = cmd.Wait() // it was killed
		if err != nil || !strings.HasPrefix(line, "written") {
			t.Fatalf("%q, %v", line, err)
		}
	}
	s := open(t, path)
	found := 0
	for i := range forever {
		if c := s.find(fmt.Sprint(i)); c != nil {
			found++
			if !reflect.DeepEqual(c, sample(uint64(i), 4000)) {
				t.Fatal("wrong code")
			}
		}
	}
	if x := s.Stats(); found == 0 || x.Refused != 0 || x.Damaged != 0 {
		t.Errorf("%d found, %+v", found, x)
	}
	s.close()
	// What is unfinished is another's business for a while, and nobody's then.
	d, err := openDir(path, os.Geteuid())
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := d.trim(1<<40, time.Now().Add(2*remains)); err != nil {
		t.Error(err)
	}
	for name := range names(t, path) {
		if filepath.Ext(name) == unfinished {
			t.Errorf("%s is left", name)
		}
	}
}

// forever is how many records writeForever makes over and over.
const forever = 40

// writeForever writes files until it is killed, and says when it has written some.
func writeForever(path string) {
	cfg := DefaultConfig()
	cfg.Dir = path
	s, err := Open(cfg, maker, func(line string) { panic(line) })
	if err != nil {
		panic(err)
	}
	s.worth = 8 << 10
	clear(s.index) // else nothing would be new
	parent := os.Getppid()
	for n := 0; os.Getppid() == parent; n++ { // it is to be killed, unless who does that is killed first
		s.Add(fmt.Append(nil, n%forever), 1, sample(uint64(n%forever), 4000))
		if s.Stats().Written > 100<<10 {
			fmt.Println("written")
		}
	}
}
