package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hartwood-vm/hartwood/runtime"
	"github.com/hartwood-vm/hartwood/runtime/boot/seed"
	"github.com/hartwood-vm/hartwood/runtime/hostfile"
	"github.com/hartwood-vm/hartwood/shardedtlb/setting"
	"github.com/spf13/pflag"
)

const (
	defaultUser = "hartwood" // of hosts whose user is root, or has a name that guests do not take
	maxKeyFiles = 16
	maxKeyFile  = 64 << 10
	maxUserData = 1 << 20

	sshPort = 22
	// Ports of the host's that lead to it: one for each image, or one of those behind it that is free.
	firstPort, manyPorts, portTries = 20000, 10000, 100
)

// guestUser is who the guest is told of.
type guestUser struct {
	tell     bool
	name     string
	host     string
	keyFiles []runtime.FilePath
	userData string

	keys int // that the guest has got
}

func (g *guestUser) bind(own *pflag.FlagSet) {
	addOwn(own, setting.Switch(&g.tell, true, "cloud-init", "tell the guest of a user and a host name"))
	addOwn(own, setting.Text(&g.name, "user", "`NAME` of the guest's user", "yours, or "+defaultUser))
	addOwn(own, setting.Text(&g.host, "hostname", "`NAME` of the guest", "the image's"))
	addOwn(own, setting.List(&g.keyFiles, "path", "ssh-key", "`FILE` of a public key for that user, such as id_ed25519.pub; may be repeated (default: those in ~/.ssh)"))
	addOwn(own, setting.File(&g.userData, "user-data", "`FILE` for cloud-init in place of the user and the keys", ""))
}

// seed makes the disk that tells the guest of its user, or returns nil. The caller closes it when the machine has ended.
func (g *guestUser) seed(image string) (*os.File, error) {
	named := g.name != ""
	if !named {
		g.name = hostUser()
	}
	if g.host == "" {
		g.host = hostOf(image)
	}
	s := seed.Seed{Host: g.host, User: g.name}
	var err error
	switch {
	case !g.tell && (len(g.keyFiles) > 0 || g.userData != ""):
		return nil, errors.New("--cloud-init: without it the guest is told of no keys and no user data; leave those out")
	case !g.tell:
		return nil, nil
	case !seed.IsHost(g.host):
		return nil, fmt.Errorf("--hostname: %q is no name of a host; choose up to 63 letters, digits and hyphens", g.host)
	case g.userData != "" && len(g.keyFiles) > 0:
		return nil, errors.New("--ssh-key: the keys are those of --user-data; name them there, or leave that out")
	case g.userData != "":
		if s.UserData, err = hostfile.ReadAll(context.Background(), g.userData, maxUserData); err != nil {
			return nil, fmt.Errorf("--user-data: %w", err)
		}
		g.keys = -1
	case !seed.IsUser(g.name):
		return nil, fmt.Errorf("--user: %q is no name of a user; choose up to 32 small letters, digits, hyphens and underscores", g.name)
	default:
		if s.Keys, err = g.publicKeys(); err != nil {
			return nil, err
		}
		g.keys = len(s.Keys)
	}
	f, err := hostfile.Memory("seed", strings.NewReader(""))
	if err != nil {
		return nil, err
	}
	if err := s.WriteTo(f); err != nil {
		return nil, errors.Join(fmt.Errorf("boot: the disk for cloud-init: %w", err), f.Close())
	}
	return f, nil
}

// publicKeys are those that were named, or those that the user has.
func (g *guestUser) publicKeys() (keys []string, err error) {
	for _, f := range g.keyFiles {
		of, err := readKeys(string(f))
		if errors.Is(err, seed.ErrNoKey) {
			err = fmt.Errorf("%s: %w; name a file such as ~/.ssh/id_ed25519.pub", f, err)
		}
		if err != nil {
			return nil, fmt.Errorf("--ssh-key: %w", err)
		}
		keys = append(keys, of...)
	}
	if len(g.keyFiles) > 0 {
		return keys, nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return nil, nil // who has no home has no keys
	}
	files, _ := filepath.Glob(filepath.Join(home, ".ssh", "*.pub"))
	for _, file := range files[:min(len(files), maxKeyFiles)] {
		of, err := readKeys(file)
		if err == nil { // a file of another kind is none of ours
			keys = append(keys, of...)
		}
	}
	return keys, nil
}

func readKeys(path string) ([]string, error) {
	text, err := hostfile.ReadAll(context.Background(), path, maxKeyFile)
	if err != nil {
		return nil, err
	}
	return seed.PublicKeys(text)
}

// hostUser is this user's name, if the guest may have such a user.
func hostUser() string {
	if u, err := user.Current(); err == nil && u.Uid != "0" && seed.IsUser(u.Username) {
		return u.Username
	}
	return defaultUser
}

// hostOf makes a host's name of an image's.
func hostOf(image string) string {
	name, _, _ := strings.Cut(filepath.Base(image), ".")
	name = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			return r
		}
		return '-'
	}, name)
	if name = strings.Trim(name[:min(len(name), 63)], "-"); name == "" {
		return defaultUser
	}
	return strings.ToLower(name)
}

// forward has a port of the host's lead to the guest's ssh, unless the user has given one or there is no network for it, and says
// how to log in.
func (b *boot) forward(key uint64) {
	c := &b.config
	if kind := c.Net.Kind; kind != runtime.NetDefault && kind != runtime.NetUser {
		b.chose("log in at the console; without a user network no port leads to the guest")
		return
	}
	at := slices.IndexFunc(c.Forwards, func(f runtime.Forward) bool { return f.Protocol == "tcp" && f.Guest == sshPort })
	if at < 0 {
		at = len(c.Forwards)
		c.Forwards = append(c.Forwards, runtime.Forward{Protocol: "tcp", Host: freePort(key), Guest: sshPort})
	}
	host := c.Forwards[at].Host
	line := fmt.Sprintf("ssh -p %d %s@%s", host.Port(), b.guest.name, host.Addr())
	if b.guest.tell && b.guest.keys == 0 {
		b.chose("there is no public key in ~/.ssh, so ssh may let nobody in: make one with ssh-keygen, or name one with --ssh-key")
	}
	b.chose("when the guest is up, log in with: %s", line)
}

// freePort is a port of the loopback that nobody listens on: the image's own, so that it is the same each time, or one behind it.
func freePort(key uint64) netip.AddrPort {
	loopback := netip.AddrFrom4([4]byte{127, 0, 0, 1})
	for i := range uint64(portTries) {
		at := netip.AddrPortFrom(loopback, uint16(firstPort+(key+i)%manyPorts))
		if l, err := net.Listen("tcp", at.String()); err == nil {
			l.Close()
			return at
		}
	}
	return netip.AddrPortFrom(loopback, firstPort) // the machine says that it is in use
}
