package linux

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestNetwork has the guest get its address, ask for a name, and move a file both ways; then a port of the host's leads to a
// server in the guest. All servers are the test's, on the host's loopback.
func TestNetwork(t *testing.T) {
	if os.Getenv("HARTWOOD_LINUX_QEMU") != "" {
		t.Skip("QEMU has other options for its network")
	}
	f := need(t)
	for _, bus := range []string{"mmio", "pci"} {
		t.Run("bus="+bus, func(t *testing.T) { useNetwork(t, f, bus) })
	}
}

func useNetwork(t *testing.T, f *files, bus string) {
	file := bytes.Repeat([]byte("Hartwood\n"), 1<<20)
	back := make(chan []byte, 1)
	fetched := make(chan struct{})
	mux := http.NewServeMux()
	mux.HandleFunc("GET /file", func(w http.ResponseWriter, _ *http.Request) { w.Write(file) })
	mux.HandleFunc("POST /back", func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		back <- body
	})
	mux.HandleFunc("GET /wait", func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-fetched:
		case <-r.Context().Done():
		}
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: mux}
	go server.Serve(l)
	defer server.Close()
	names := nameServer(t)
	port := freePort(t)
	capture := filepath.Join(t.TempDir(), "net.pcap")

	s := boot{files: f, harts: 2, mode: fmt.Sprintf("net hartwood.port=%d", l.Addr().(*net.TCPAddr).Port), options: []string{
		"--net", "user,pcap=" + capture + ",dns=" + names, "--forward", fmt.Sprintf("tcp:127.0.0.1:%d:80", port), "--bus", bus,
	}}.start(t)
	for _, line := range []string{
		"HARTWOOD-NET address 10.0.2.15/24 router 10.0.2.2 dns 10.0.2.3", "HARTWOOD-NET has an IPv6 address",
		"HARTWOOD-NET ping", "HARTWOOD-NET ping6", fmt.Sprintf("HARTWOOD-NET fetched %x", sha256.Sum256(file)), "HARTWOOD-NET sent",
	} {
		s.expect(t, line)
	}
	if !bytes.Equal(<-back, file) {
		t.Error("the guest has sent another file")
	}
	s.expect(t, "HARTWOOD-NET serves")
	answer, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/file", port))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if got, err := io.ReadAll(answer.Body); err != nil || !bytes.Equal(got, file) {
		t.Errorf("%d bytes of %d by the forwarded port, %v", len(got), len(file), err)
	}
	close(fetched)
	s.expect(t, "HARTWOOD-NET-END")
	console := s.finish(t)
	if !regexp.MustCompile(`HARTWOOD-NAME Address.*192\.0\.2\.7`).MatchString(console) {
		t.Error("the name has not the address that the test's server gave it")
	}
	for _, round := range regexp.MustCompile(`round-trip.*`).FindAllString(console, -1) {
		t.Log(strings.TrimSpace(round))
	}
	if info, err := os.Stat(capture); err != nil || info.Size() < 3*int64(len(file)) {
		t.Errorf("the capture: %v, %v", info, err)
	}
}

// freePort is a port that nobody listens to.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// nameServer answers every question for an IPv4 address with 192.0.2.7, and all others with nothing.
func nameServer(t *testing.T) string {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	go func() {
		buf := make([]byte, 512)
		for {
			n, from, err := c.ReadFrom(buf)
			if err != nil {
				return
			}
			if n < 17 {
				continue
			}
			reply := append([]byte(nil), buf[:n]...)
			end := 12 + bytes.IndexByte(reply[12:], 0) + 5 // of the question
			kind := binary.BigEndian.Uint16(reply[end-4:])
			reply = append(reply[:end:end], 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 7)
			copy(reply[2:], []byte{0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0})
			if kind != 1 {
				reply[7], reply = 0, reply[:end]
			}
			c.WriteTo(reply, from)
		}
	}()
	return c.LocalAddr().String()
}
