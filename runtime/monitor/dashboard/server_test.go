package dashboard

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hartwood-vm/hartwood/runtime"
	"github.com/hartwood-vm/hartwood/runtime/monitor"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// evil is what a guest may write.
const evil = "<img src=x onerror=\"document.title='hurt'\">\x1b[2Jtail"

// served is the dashboard of a machine whose guest wrote a text, of which hart 0 counts for ever and the others wait.
func served(t *testing.T, harts int, wrote string) (*Server, *runtime.Machine) {
	t.Helper()
	p := asm.New(runtime.RAMBase).Branch(isa.BNE, asm.A0, asm.Zero, "wait")
	p.Label("loop").I(isa.ADDI, asm.A1, asm.A1, 1).Jump(asm.Zero, "loop")
	p.Label("wait").Op(isa.WFI).Jump(asm.Zero, "wait")
	c := runtime.Default()
	console := NewTail(io.Discard)
	c.ProgramData, c.Harts, c.Stdout = p.Bytes(), harts, console
	machine, err := runtime.New(c)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := console.Write([]byte(wrote)); err != nil {
		t.Fatal(err)
	}
	m := monitor.New(machine)
	if err := m.Start(); err != nil {
		t.Fatal(err)
	}
	s, err := Serve("127.0.0.1:0", Config{Machine: machine, Monitor: m, Console: console, Guest: "<script>guest"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = machine.Run(ctx)
	}()
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if err := m.Stop(); err != nil {
			t.Error(err)
		}
		cancel()
		<-ended
	})
	return s, machine
}

// ask sends a request with headers and returns the answer's status and text.
func (s *Server) ask(t *testing.T, method, path string, headers ...string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, strings.TrimSuffix(s.URL(), "/")+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
		} else {
			r.Header.Set(headers[i], headers[i+1])
		}
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	if answer.StatusCode == http.StatusOK && !strings.Contains(answer.Header.Get("Content-Security-Policy"), "default-src 'none'") {
		t.Errorf("%s has no policy", path)
	}
	return answer.StatusCode, string(text)
}

// A page of somebody else's reaches nothing, by whatever name, and a person everything.
func TestOnlyOwnRequests(t *testing.T) {
	s, machine := served(t, 1, evil)
	_, port, err := net.SplitHostPort(s.listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	own := "http://127.0.0.1:" + port
	for _, x := range []struct {
		method, path string
		headers      []string
		want         int
	}{
		{"GET", "/", nil, 200},
		{"GET", "/page.js", nil, 200},
		{"GET", "/page.css", nil, 200},
		{"GET", "/state", []string{"Host", "localhost:" + port}, 200},
		{"GET", "/state", []string{"Host", "[::1]:" + port}, 200},
		{"GET", "/state", []string{"Origin", own, "Sec-Fetch-Site", "same-origin"}, 200},
		{"GET", "/metrics", nil, 200},
		{"GET", "/state", []string{"Host", "evil.example:" + port}, 421},
		{"GET", "/", []string{"Host", "127.0.0.1.evil.example"}, 421},
		{"POST", "/pause", []string{"Host", "evil.example"}, 421},
		{"GET", "/state", []string{"Origin", "http://evil.example"}, 403},
		{"GET", "/state", []string{"Origin", "https://127.0.0.1:" + port}, 403},
		{"GET", "/state", []string{"Origin", "null"}, 403},
		{"POST", "/pause", []string{"Origin", "http://evil.example"}, 403},
		{"POST", "/pause", []string{"Origin", "http://127.0.0.1:1"}, 403},
		{"POST", "/pause", []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"POST", "/pause", []string{"Sec-Fetch-Site", "same-site"}, 403},
		{"GET", "/pause", nil, 405},
		{"GET", "/page.go", nil, 404},
		{"GET", "/../server.go", nil, 404},
	} {
		if got, text := s.ask(t, x.method, x.path, x.headers...); got != x.want {
			t.Errorf("%s %s %q: status %d, want %d: %.100s", x.method, x.path, x.headers, got, x.want, text)
		}
	}
	if machine.Paused() {
		t.Error("somebody else has paused the machine")
	}
	if got, text := s.ask(t, "POST", "/pause", "Origin", own); got != 204 || !machine.Paused() {
		t.Errorf("the page itself could not: %d %s", got, text)
	}
	if got, text := s.ask(t, "POST", "/resume"); got != 204 || machine.Paused() {
		t.Errorf("a program could not: %d %s", got, text)
	}
}

func (s *Server) now(t *testing.T) (got state) {
	t.Helper()
	_, text := s.ask(t, "GET", "/state")
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return got
}

func TestState(t *testing.T) {
	s, _ := served(t, 3, evil)
	var got state
	for got = s.now(t); len(got.Harts) == 0 || got.Harts[0].Instructions == 0 || got.Harts[1].State != runtime.HartWaits; got = s.now(t) {
		time.Sleep(time.Millisecond)
	}
	if len(got.Harts) != 3 || got.Harts[2].Instructions > 10 || len(got.Figures) < 10 || got.Paused {
		t.Errorf("%+v", got)
	}
	if !strings.HasSuffix(got.Console, "tail") || strings.Contains(got.Console, "\x1b") {
		t.Errorf("the console's tail is %q", got.Console)
	}
	if got, text := s.ask(t, "POST", "/pause"); got != 204 {
		t.Fatal(got, text)
	}
	if before, after := s.now(t), s.now(t); !before.Paused || before.Harts[0].Instructions != after.Harts[0].Instructions {
		t.Errorf("paused: %v; %d instructions, then %d", before.Paused, before.Harts[0].Instructions, after.Harts[0].Instructions)
	}
}

// More clients than there are connections for wait; none is turned away, and the machine is read no more often.
func TestManyClients(t *testing.T) {
	s, _ := served(t, 1, evil)
	var open []net.Conn
	for range 3 * maxConnections {
		c, err := net.Dial("tcp", s.listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, c)
	}
	waits := open[len(open)-1]
	if _, err := fmt.Fprintf(waits, "GET /state HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	for _, c := range open[:len(open)-1] {
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
	line := make([]byte, 15)
	if _, err := io.ReadFull(waits, line); err != nil || string(line) != "HTTP/1.1 200 OK" {
		t.Errorf("%q, %v", line, err)
	}
	if err := waits.Close(); err != nil {
		t.Error(err)
	}
	c, err := net.Dial("tcp", s.listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_, _ = fmt.Fprintf(c, "GET /state HTTP/1.1\r\nHost: localhost\r\nX-Much: %s\r\n\r\n", strings.Repeat("x", 4*maxHeader))
	if _, err := io.ReadFull(c, line); err != nil || !strings.HasPrefix(string(line), "HTTP/1.1 431") {
		t.Errorf("a header of %d bytes: %q, %v", 4*maxHeader, line, err)
	}
}

func TestTailIsBounded(t *testing.T) {
	tail := NewTail(io.Discard)
	for i := range 10_000 {
		if _, err := fmt.Fprintf(tail, "line %d\r\n", i); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := tail.Write([]byte(strings.Repeat("x", 10*tailBytes) + "end\n")); err != nil {
		t.Fatal(err)
	}
	if text := tail.Text(); len(text) > tailBytes || !strings.HasSuffix(text, "xend\n") {
		t.Errorf("%d bytes: ...%q", len(text), text[max(0, len(text)-10):])
	}
}

func TestAddress(t *testing.T) {
	for text, want := range map[string]string{
		"8080": "127.0.0.1:8080", ":8080": "127.0.0.1:8080", "127.0.0.1:0": "127.0.0.1:0", "0.0.0.0:80": "0.0.0.0:80", "[::1]:80": "[::1]:80", "box:80": "box:80",
	} {
		if got, err := Address(text); got != want || err != nil {
			t.Errorf("%s becomes %s (%v), want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"", "x", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "1:2:3", "127.0.0.1:99999"} {
		if got, err := Address(text); err == nil {
			t.Errorf("%q becomes %s", text, got)
		}
	}
	s, _ := served(t, 1, evil)
	if _, err := Serve(s.listener.Addr().String(), Config{}); err == nil || !strings.Contains(err.Error(), "choose another") {
		t.Errorf("a port in use: %v", err)
	}
}
