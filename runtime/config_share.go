package runtime

import (
	"fmt"
	"strings"
	"time"

	"github.com/hartwood-vm/hartwood/runtime/device/virtio/fs"
)

// Share is a directory of the host that the guest can mount. Its text form is the path followed by options:
//
//	src                    the guest reads and writes what the host's user can
//	src,readonly           the guest cannot change anything
//	src,cache=1m           what the guest knows of a file is good for a minute; by default a second
//	src,tag=NAME           the name by which the guest mounts it: mount -t virtiofs NAME /mnt
//
// A comma that belongs to a path is doubled.
type Share struct {
	// Dir is the directory.
	Dir string
	// Tag is the name by which the guest mounts it, 36 bytes at most. Empty: share0 for the first directory, share1 for
	// the second, and so on.
	Tag string
	// ReadOnly refuses every change.
	ReadOnly bool
	// Cache is how long the guest believes what it knows of names and files, so that it sees later what the host changes
	// meanwhile. Zero: a second. Less than zero: it asks each time.
	Cache time.Duration
}

// UnmarshalText reads a share's text form.
func (s *Share) UnmarshalText(text []byte) error {
	var share Share
	for i, part := range splitCommas(string(text)) {
		name, value, hasValue := strings.Cut(part, "=")
		switch {
		case i == 0:
			share.Dir = part
		case part == "readonly":
			share.ReadOnly = true
		case name == "tag" && hasValue:
			share.Tag = value
			if err := checkTag(value); err != nil {
				return err
			}
		case name == "cache" && hasValue:
			d, err := time.ParseDuration(value)
			if err != nil || d < 0 || d > maxShareCache {
				return fmt.Errorf("cache=%s is impossible; write a time from 0s to %v, such as 10s or 1m", value, maxShareCache)
			}
			if share.Cache = d; d == 0 {
				share.Cache = -1
			}
		default:
			return fmt.Errorf("%q is no option of a shared directory; choose tag=NAME, readonly or cache=TIME (a comma in a path is doubled)", part)
		}
	}
	if share.Dir == "" {
		return fmt.Errorf("%q names no directory; write DIRECTORY[,tag=NAME][,readonly][,cache=TIME]", text)
	}
	*s = share
	return nil
}

func checkTag(tag string) error {
	if tag == "" || len(tag) > fs.MaxTag || strings.ContainsFunc(tag, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return fmt.Errorf("tag=%s is no name for a shared directory; choose 1 to %d letters, digits and signs", tag, fs.MaxTag)
	}
	return nil
}

// String is the inverse of UnmarshalText.
func (s Share) String() string {
	double := func(s string) string { return strings.ReplaceAll(s, ",", ",,") }
	text := double(s.Dir)
	if s.Tag != "" {
		text += ",tag=" + double(s.Tag)
	}
	if s.ReadOnly {
		text += ",readonly"
	}
	if s.Cache != 0 {
		text += ",cache=" + max(s.Cache, 0).String()
	}
	return text
}

// MarshalText is the inverse of UnmarshalText.
func (s Share) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// maxShareCache bounds Share.Cache: nothing of a run lives longer.
const maxShareCache = 10000 * time.Hour

// validity is Cache as a time.
func (s Share) validity() time.Duration {
	if s.Cache == 0 {
		return time.Second
	}
	return max(s.Cache, 0)
}

// shareTag is the name by which the guest mounts directory i.
func (c *Config) shareTag(i int) string {
	if tag := c.Shares[i].Tag; tag != "" {
		return tag
	}
	return fmt.Sprintf("share%d", i)
}

func (c *Config) checkShares() error {
	if room := c.driveSlots() + len(c.Shares); len(c.Shares) > room {
		return wrong("share", "%d directories are too many; the machine has room for %d beside its other virtio devices", len(c.Shares), room)
	}
	tags := map[string]bool{}
	for i, s := range c.Shares {
		if s.Dir == "" {
			return wrong("share", "no directory is named; write DIRECTORY[,tag=NAME][,readonly][,cache=TIME]")
		}
		tag := c.shareTag(i)
		if err := checkTag(tag); err != nil {
			return wrong("share", "%s: %v", s.Dir, err)
		}
		if s.Cache > maxShareCache {
			return wrong("share", "%s: cache=%v is impossible; choose 0s to %v", s.Dir, s.Cache, maxShareCache)
		}
		if tags[tag] {
			return wrong("share", "%s: another directory has the tag %s; give this one its own by tag=NAME", s.Dir, tag)
		}
		tags[tag] = true
	}
	return nil
}
