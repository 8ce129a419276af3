package runtime

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hartwood-vm/hartwood/runtime/network"
)

func TestNetText(t *testing.T) {
	for _, c := range []struct {
		text, prints string // the same if empty
		want         Net
		says         string // the error
	}{
		{text: "none", want: Net{Kind: NetNone}},
		{text: "listen=/tmp/a,,b,pcap=x=y,queues=3", want: Net{Kind: NetListen, Path: "/tmp/a,b", Capture: "x=y", Queues: 3}},
		{text: "connect=sock,mac=52-54-00-12-34-99", prints: "connect=sock,mac=52:54:00:12:34:99",
			want: Net{Kind: NetConnect, Path: "sock", MAC: MAC{0x52, 0x54, 0, 0x12, 0x34, 0x99}}},
		{text: "user,restrict,dns=127.0.0.1:5353", want: Net{Kind: NetUser, Restrict: true, DNS: netip.MustParseAddrPort("127.0.0.1:5353")}},
		{text: "user,dns=127.0.0.1", says: "such as 127.0.0.1:53"}, {text: "user,restrict=1", says: "is no network"},
		{text: "pcap=a", want: Net{Capture: "a"}},
		{text: "", says: "is no network"}, {text: "tap", says: "choose none, user, listen=PATH"},
		{text: "listen", says: "write listen=PATH"}, {text: "none=1", says: "takes no value"},
		{text: "pcap=a,none", says: "comes first"}, {text: "none,listen=a", says: "comes first"},
		{text: "pcap=", says: "is no network"}, {text: "none,queues=0", says: "choose 1 to 16"},
		{text: "none,queues=x", says: "choose 1 to 16"}, {text: "none,mac=1", says: "such as 52:54"},
		{text: "none,mac=01:00:00:00:00:00", says: "such as 52:54"}, {text: "none,mac=00:00:00:00:00:00", says: "such as 52:54"},
		{text: "none,mac=02:00:00:00:00:00:00:01", says: "such as 52:54"},
	} {
		got := Net{Queues: 5}
		err := got.UnmarshalText([]byte(c.text))
		if c.says != "" {
			if err == nil || !strings.Contains(err.Error(), c.says) || got != (Net{Queues: 5}) {
				t.Errorf("%q: %+v, %v", c.text, got, err)
			}
			continue
		}
		prints := c.prints
		if prints == "" {
			prints = c.text
		}
		if err != nil || got != c.want || got.String() != prints {
			t.Errorf("%q: %+v, printed %q, %v", c.text, got, got, err)
		}
	}
}

// TestNetErrors makes machines whose network cannot be, and looks whether it was given back.
func TestNetErrors(t *testing.T) {
	dir := t.TempDir()
	sock, nowhere := filepath.Join(dir, "sock"), filepath.Join(dir, "none", "file")
	l, err := network.Listen(sock)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, c := range []struct {
		net  Net
		says string
	}{
		{Net{Kind: NetListen, Path: sock}, "--net: network: listen at " + sock},
		{Net{Kind: NetConnect, Path: nowhere}, "--net: network: connect to " + nowhere},
		{Net{Kind: NetListen, Path: sock + "2", Capture: nowhere}, "--net: network: capture: open " + nowhere},
	} {
		cfg := Default()
		cfg.ProgramData, cfg.Net = spinForever, c.net
		m, err := New(cfg)
		if err == nil {
			m.Close()
		}
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%+v: %v", c.net, err)
		}
	}
	if _, err := os.Stat(sock + "2"); err == nil {
		t.Error("a socket was left behind")
	}
}

// The machine closes its link, also one that it did not come to use.
func TestLinkIsClosed(t *testing.T) {
	for _, drives := range [][]Drive{nil, {{Path: filepath.Join(t.TempDir(), "none")}}} {
		a, b := network.Pair()
		link := &closed{Link: a}
		cfg := Default()
		cfg.ProgramData, cfg.Link, cfg.Drives = spinForever, link, drives
		m, err := New(cfg)
		if (err == nil) != (drives == nil) {
			t.Fatal(err)
		}
		if err == nil {
			b.Send(network.Frame{Data: make([]byte, 60)})
			if err := m.Close(); err != nil {
				t.Error(err)
			}
		}
		if !link.closed {
			t.Error("the link is open")
		}
	}
}

type closed struct {
	network.Link
	closed bool
}

func (c *closed) Close() error {
	c.closed = true
	return c.Link.Close()
}
