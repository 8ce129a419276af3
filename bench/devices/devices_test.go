package devices

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hartwood-vm/hartwood/bench/contest"
)

func TestChoose(t *testing.T) {
	if got, err := choose("all"); err != nil || len(got) != len(All) {
		t.Errorf("all tasks are %v, %v", got, err)
	}
	if got, err := choose("ping,http"); err != nil || len(got) != 2 || got[0].Name != "ping" || got[1].Name != "http" {
		t.Errorf("two tasks are %v, %v", got, err)
	}
	if _, err := choose("ping,telepathy"); err == nil || !strings.Contains(err.Error(), `"telepathy"`) {
		t.Errorf("a task that is none: %v", err)
	}
}

// Every task of the table is one of the guest's program or of its script, which the shell can read.
func TestGuestHasTasks(t *testing.T) {
	var text []byte
	for _, name := range []string{"guest/main.c", "guest/init.sh"} {
		part, err := guest.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		text = append(text, part...)
	}
	for _, task := range All {
		if s := string(text); !strings.Contains(s, `{"`+task.Name+`", `) && !strings.Contains(s, "\t"+task.Name+") ") {
			t.Errorf("the guest does not know %s", task.Name)
		}
	}
	cmd := exec.Command("sh", "-n", "guest/init.sh")
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, said)
	}
}

func TestGuestCompiles(t *testing.T) {
	if _, err := exec.LookPath("riscv64-linux-gnu-gcc"); err != nil {
		t.Skip("there is no riscv64-linux-gnu-gcc")
	}
	dir := t.TempDir()
	if err := compile(t.Context(), dir, filepath.Join(dir, "measure")); err != nil {
		t.Error(err)
	}
}

func TestRates(t *testing.T) {
	for _, c := range []struct {
		task    Task
		seconds float64
		want    float64
	}{
		{Task{Work: 2e9, Per: 1e9, Unit: "GB/s"}, 4, 0.5},
		{Task{Work: 5000, Unit: "µs"}, 0.5, 100},
		{Task{Work: 70000, Unit: "s"}, 1.5, 1.5},
	} {
		if got := c.task.rate(c.seconds); got < c.want*0.999 || got > c.want*1.001 {
			t.Errorf("%g s of %+v are %g, want %g", c.seconds, c.task, got, c.want)
		}
	}
}

// The table has medians, and how many times faster than QEMU.
func TestFigures(t *testing.T) {
	tasks := []Task{{Name: "a", Work: 8, Per: 1, Unit: "x/s"}, {Name: "b", Unit: "s"}}
	var times []contest.Time
	for _, s := range []float64{4, 1, 2} {
		times = append(times, contest.Time{Program: "a", On: contest.Hartwood, Seconds: s}, contest.Time{Program: "a", On: contest.QEMU, Seconds: 3 * s})
	}
	times = append(times, contest.Time{Program: "b", On: contest.Hartwood, Seconds: 5})
	got := figures(tasks, times)
	if want := (figure{"a", "x/s", 4, 8.0 / 6, 3}); got[0] != want {
		t.Errorf("%+v, want %+v", got[0], want)
	}
	if want := (figure{Task: "b", Unit: "s", Hartwood: 5}); got[1] != want {
		t.Errorf("%+v, want %+v", got[1], want)
	}
	var out bytes.Buffer
	if err := writeTable(&out, got); err != nil || !strings.Contains(out.String(), "3.00") {
		t.Errorf("%v: %s", err, out.String())
	}
}

func TestBlocks(t *testing.T) {
	path := filepath.Join(t.TempDir(), "disk")
	if err := blocks(path, 3*block); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil || len(data) != 3*block || data[2*block] != 2 || data[3*block-8] != 0xfd || data[3*block-1] != 0xff {
		t.Errorf("%v: %d bytes", err, len(data))
	}
}

// ask asks the server as a guest does, which ends its side, and returns what it answers.
func ask(t *testing.T, s *server, line string) string {
	t.Helper()
	c, err := net.Dial("tcp", s.listen.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, line); err != nil {
		t.Fatal(err)
	}
	if err := c.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(c)
	if err != nil {
		t.Fatal(err)
	}
	return string(answer)
}

// The server counts and sends to the byte, by both ways, and gets as many pages as it is to.
func TestServer(t *testing.T) {
	guest, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer guest.Close()
	s, err := serve(guest.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer s.listen.Close()
	if got := ask(t, s, "drain\n"+strings.Repeat("x", 100_000)); got != "100000\n" {
		t.Errorf("100,000 bytes are %q", got)
	}
	if got := ask(t, s, "send 600000\n"); len(got) != 600_000 {
		t.Errorf("%d bytes came of 600,000", len(got))
	}
	if got := ask(t, s, "dance\n"); !strings.Contains(got, "no command") {
		t.Errorf("what is no command is answered by %q", got)
	}
	came := make(chan int64, 1)
	go func() {
		c, err := guest.Accept()
		if err != nil {
			return
		}
		n, _ := io.Copy(io.Discard, c)
		c.Close()
		came <- n
	}()
	ask(t, s, "forward send 70000\n")
	if n := <-came; n != 70_000 {
		t.Errorf("%d bytes came by the forwarded port", n)
	}
	go func() {
		for {
			c, err := guest.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				request := make([]byte, len(pageRequest))
				for {
					if _, err := io.ReadFull(c, request); err != nil || string(request) != pageRequest {
						return
					}
					fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello\n")
				}
			}()
		}
	}()
	if got := ask(t, s, "forward http 100\n"); got != "600\n" {
		t.Errorf("100 pages have %q bytes", got)
	}
}

// Both have what the tasks need and no more; Hartwood comes first.
func TestContestants(t *testing.T) {
	o := Default()
	o.QEMU, o.Arguments = "sh", "--jit on"
	f := files{hartwood: "hw", disk: "the-disk", share: "the-share", socket: "the-socket", forward: "127.0.0.1:77"}
	for _, only := range []string{"disk-random", "share-stat", "ping"} {
		tasks, err := choose(only)
		if err != nil {
			t.Fatal(err)
		}
		all := f.contestants(o, tasks, 1234)
		if len(all) != 2 || all[0].Name != contest.Hartwood || all[1].Name != contest.QEMU {
			t.Fatalf("the contestants are %v", all)
		}
		for _, c := range all {
			line := strings.Join(c.Command, " ")
			if strings.Contains(line, "the-disk") != (only == "disk-random") || strings.Contains(line, "the-share") != (only == "share-stat") ||
				!strings.Contains(line, "devices.port=1234") || !strings.Contains(line, "devices="+only) || !strings.Contains(line, "127.0.0.1:77") ||
				(c.Name == contest.Hartwood) != strings.Contains(line, "--jit on") {
				t.Errorf("%s does %s by %s", c.Name, only, line)
			}
		}
	}
}
