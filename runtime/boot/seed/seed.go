package seed

import (
	"errors"
	"fmt"
	"os"
	"regexp"

	"github.com/cespare/xxhash/v2"
	"github.com/diskfs/go-diskfs/backend/file"
	"github.com/diskfs/go-diskfs/filesystem/iso9660"
	"github.com/goccy/go-yaml"
)

// Label is what cloud-init looks for.
const Label = "cidata"

const sectorSize = 2048

// Seed is what a guest is told.
type Seed struct {
	Host string // the guest's name
	// User is made, may become root without a password, and is logged in to by who has the secret part of one of Keys.
	User string
	Keys []string // as in ~/.ssh/authorized_keys
	// UserData is given to the guest in place of what User and Keys would become.
	UserData []byte
}

var (
	userName = regexp.MustCompile(`^[a-z_][a-z0-9_-]{0,31}$`)
	hostName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]{0,62}[A-Za-z0-9])?$`)
)

// IsUser reports whether a name is one that guests take for a user's.
func IsUser(name string) bool { return userName.MatchString(name) }

// IsHost reports whether a name is one that guests take for a host's, without a domain.
func IsHost(name string) bool { return len(name) <= 63 && hostName.MatchString(name) }

type user struct {
	Name   string   `yaml:"name"`
	Shell  string   `yaml:"shell"`
	Sudo   string   `yaml:"sudo,omitempty"`
	Locked bool     `yaml:"lock_passwd"`
	Keys   []string `yaml:"ssh_authorized_keys,omitempty"`
}

type config struct {
	Users       []user `yaml:"users"`
	DisableRoot *bool  `yaml:"disable_root,omitempty"`
}

// userData is the seed's user-data.
func (s *Seed) userData() ([]byte, error) {
	if s.UserData != nil {
		return s.UserData, nil
	}
	u := user{Name: s.User, Shell: "/bin/bash", Locked: true, Keys: s.Keys}
	c := config{}
	if s.User == "root" {
		c.DisableRoot = new(bool)
	} else {
		u.Sudo = "ALL=(ALL) NOPASSWD:ALL"
	}
	c.Users = []user{u}
	text, err := yaml.Marshal(c)
	return append([]byte("#cloud-config\n"), text...), err
}

// metaData is the seed's meta-data. cloud-init does its work once for each instance, so another seed is another instance.
func (s *Seed) metaData(userData []byte) ([]byte, error) {
	return yaml.Marshal(struct {
		Instance string `yaml:"instance-id"`
		Host     string `yaml:"local-hostname"`
	}{fmt.Sprintf("hartwood-%016x", xxhash.Sum64(append([]byte(s.Host+"\x00"), userData...))), s.Host})
}

// WriteTo writes the disk to an empty file.
func (s *Seed) WriteTo(f *os.File) error {
	user, err := s.userData()
	if err != nil {
		return err
	}
	meta, err := s.metaData(user)
	if err != nil {
		return err
	}
	return writeISO(f, map[string][]byte{"user-data": user, "meta-data": meta})
}

// writeISO writes a file system of these files. The library gathers them in a directory first.
func writeISO(f *os.File, files map[string][]byte) (err error) {
	gathered, err := os.MkdirTemp("", "hartwood-seed-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(gathered)) }()
	iso, err := iso9660.Create(file.New(f, false), 0, 0, sectorSize, gathered)
	if err != nil {
		return err
	}
	for name, data := range files {
		to, err := iso.OpenFile(name, os.O_CREATE|os.O_RDWR)
		if err != nil {
			return err
		}
		_, err = to.Write(data)
		if err := errors.Join(err, to.Close()); err != nil {
			return err
		}
	}
	if err := iso.Finalize(iso9660.FinalizeOptions{RockRidge: true, Joliet: true, VolumeIdentifier: fmt.Sprintf("%-32s", Label)}); err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	return f.Truncate((info.Size() + sectorSize - 1) / sectorSize * sectorSize) // a disk ends with a whole sector
}
