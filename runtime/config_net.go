package runtime

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"github.com/hartwood-vm/hartwood/runtime/network/usernet"

	vnet "github.com/hartwood-vm/hartwood/runtime/device/virtio/net"
)

// NetKind is what the network device is connected to.
type NetKind string

// The kinds.
const (
	// NetDefault is NetUser for kernels and firmware, and NetNone for bare-metal programs.
	NetDefault NetKind = ""
	// NetNone leaves the device out.
	NetNone NetKind = "none"
	// NetUser is a network in this process, from which the guest reaches what the host's user does.
	NetUser NetKind = "user"
	// NetListen is another machine that connects to a Unix socket, one at a time.
	NetListen NetKind = "listen"
	// NetConnect is another machine that listens at a Unix socket.
	NetConnect NetKind = "connect"
)

// Net is the network device. Its text form is a kind, options, or both, separated by commas:
//
//	none                           there is no device
//	user                           the host's network, as the host's user sees it
//	listen=PATH                    a cable to the machine that connects to this Unix socket
//	connect=PATH                   the other end of such a cable
//	pcap=FILE                      frames are written to a new file, which libpcap's programs read
//	mac=52:54:00:12:34:56          the device's address
//	queues=NUMBER                  of pairs of queues
//	restrict                       of a user network: the guest reaches nothing but the gateway
//	dns=ADDRESS:PORT               of a user network: the name server, in place of the host's
//
// A comma that belongs to a path is doubled.
type Net struct {
	Kind NetKind
	// Path is the Unix socket of NetListen and NetConnect.
	Path string
	// Capture is the file that frames are written to. Empty: none.
	Capture string
	// MAC is the device's address. Zero: 52:54:00:12:34:56, and with NetConnect 52:54:00:12:34:57.
	MAC MAC
	// Queues is the number of pairs of queues; 0 is one for each hart, up to 4.
	Queues int
	// Restrict keeps the guest of a NetUser from reaching anything but the gateway, which answers DHCP and pings. Forwards
	// lead to it all the same.
	Restrict bool
	// DNS is the name server of a NetUser. Zero: the host's.
	DNS netip.AddrPort
}

// Forward is a port of the host's that leads to one of the guest's, such as tcp:127.0.0.1:2222:22.
type Forward = usernet.Forward

// MAC is an Ethernet address.
type MAC [6]byte

// String writes the address as it is read.
func (m MAC) String() string { return net.HardwareAddr(m[:]).String() }

// maxDefaultQueues bounds the pairs of queues that nobody asked for: each costs the guest memory for its buffers.
const maxDefaultQueues = 4

// UnmarshalText reads the text form.
func (n *Net) UnmarshalText(text []byte) error {
	var to Net
	for i, part := range splitCommas(string(text)) {
		name, value, hasValue := strings.Cut(part, "=")
		known, err := to.kind(name, value, hasValue && value != "")
		if known && i > 0 {
			return fmt.Errorf("%q follows another option; what the network is comes first", part)
		}
		if !known && err == nil {
			known, err = to.option(name, value)
		}
		if err != nil {
			return err
		}
		if !known {
			return fmt.Errorf("%q is no network and no option of one; choose none, user, listen=PATH or connect=PATH, and pcap=FILE, mac=ADDRESS, queues=NUMBER, restrict or dns=ADDRESS:PORT", part)
		}
	}
	*n = to
	return nil
}

// kind reads what the network is.
func (n *Net) kind(name, value string, hasValue bool) (known bool, err error) {
	switch k := NetKind(name); k {
	case NetNone, NetUser:
		if n.Kind = k; hasValue {
			return true, fmt.Errorf("%s takes no value", name)
		}
	case NetListen, NetConnect:
		if n.Kind, n.Path = k, value; !hasValue {
			return true, fmt.Errorf("%s names no socket; write %s=PATH", name, name)
		}
	default:
		return false, nil
	}
	return true, nil
}

// option reads one of the options.
func (n *Net) option(name, value string) (known bool, err error) {
	if name == "restrict" && value == "" {
		n.Restrict = true
		return true, nil
	}
	if value == "" {
		return false, nil
	}
	switch name {
	case "dns":
		if n.DNS, err = netip.ParseAddrPort(value); err != nil {
			return true, fmt.Errorf("dns=%s is no address and port; write them such as 127.0.0.1:53", value)
		}
	case "pcap":
		n.Capture = value
	case "mac":
		address, err := net.ParseMAC(value)
		if err != nil || len(address) != len(n.MAC) || address[0]&1 != 0 || MAC(address) == (MAC{}) {
			return true, fmt.Errorf("mac=%s is no address of a device; write one such as 52:54:00:12:34:56", value)
		}
		n.MAC = MAC(address)
	case "queues":
		if n.Queues, err = strconv.Atoi(value); err != nil || n.Queues < 1 || n.Queues > vnet.MaxPairs {
			return true, fmt.Errorf("queues=%s is impossible; choose 1 to %d", value, vnet.MaxPairs)
		}
	default:
		return false, nil
	}
	return true, nil
}

// String is the inverse of UnmarshalText.
func (n Net) String() string {
	double := func(s string) string { return strings.ReplaceAll(s, ",", ",,") }
	var parts []string
	add := func(is bool, part string) {
		if is {
			parts = append(parts, part)
		}
	}
	add(n.Kind != NetDefault && n.Path == "", string(n.Kind))
	add(n.Path != "", string(n.Kind)+"="+double(n.Path))
	add(n.Capture != "", "pcap="+double(n.Capture))
	add(n.MAC != MAC{}, "mac="+n.MAC.String())
	add(n.Queues != 0, fmt.Sprintf("queues=%d", n.Queues))
	add(n.Restrict, "restrict")
	add(n.DNS.IsValid(), "dns="+n.DNS.String())
	return strings.Join(parts, ",")
}

// MarshalText is the inverse of UnmarshalText.
func (n Net) MarshalText() ([]byte, error) { return []byte(n.String()), nil }

// mac is the device's address.
func (n Net) mac() MAC {
	switch {
	case n.MAC != MAC{}:
		return n.MAC
	case n.Kind == NetConnect:
		return MAC{0x52, 0x54, 0, 0x12, 0x34, 0x57}
	}
	return MAC{0x52, 0x54, 0, 0x12, 0x34, 0x56}
}

// net is what the network device is connected to: never NetDefault.
func (c *Config) net() NetKind {
	switch {
	case c.Net.Kind != NetDefault:
		return c.Net.Kind
	case c.isSystem() || len(c.Forwards) > 0:
		return NetUser
	}
	return NetNone
}

// hasNet says whether there is a network device.
func (c *Config) hasNet() bool { return c.Link != nil || c.net() != NetNone }

func (c *Config) checkNet() error {
	n := c.Net
	switch {
	case c.Link != nil && n.Kind != NetDefault:
		return wrong("net", "the network is given both as a Link and as %s; give one", n.Kind)
	case (n.Kind == NetListen || n.Kind == NetConnect) != (n.Path != ""):
		return wrong("net", "%s and the path %q do not fit each other", n.Kind, n.Path)
	case n.Queues < 0 || n.Queues > vnet.MaxPairs:
		return wrong("net", "queues=%d is impossible; choose 1 to %d", n.Queues, vnet.MaxPairs)
	case n.MAC[0]&1 != 0:
		return wrong("net", "mac=%s is a group's address; choose one such as 52:54:00:12:34:56", n.MAC)
	case (n.Restrict || n.DNS.IsValid()) && (c.Link != nil || c.net() != NetUser):
		return wrong("net", "restrict and dns are a user network's; write user first")
	case len(c.Forwards) > 0 && (c.Link != nil || c.net() != NetUser):
		return wrong("forward", "ports are forwarded by a user network; write --net user, or leave it out")
	case !c.hasNet() && n.Capture != "":
		return wrong("net", "pcap=%s: there is no network to write down", n.Capture)
	}
	return nil
}
