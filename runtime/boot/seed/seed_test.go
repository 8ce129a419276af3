package seed

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/diskfs/go-diskfs/backend/file"
	"github.com/diskfs/go-diskfs/filesystem/iso9660"
	"github.com/goccy/go-yaml"
)

// key is a public key with a comment that YAML would take for something else.
const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f a: b # c"

// written makes the disk and returns its label and files.
func written(t *testing.T, s Seed) (label, user, meta string) {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "seed"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := s.WriteTo(f); err != nil {
		t.Fatal(err)
	}
	info, err := f.Stat()
	if err != nil || info.Size()%sectorSize != 0 || info.Size() > 1<<20 {
		t.Fatalf("%d bytes (%v)", info.Size(), err)
	}
	iso, err := iso9660.Read(file.New(f, true), info.Size(), 0, sectorSize)
	if err != nil {
		t.Fatal(err)
	}
	read := func(name string) string {
		in, err := iso.OpenFile(name, os.O_RDONLY)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	return strings.TrimSpace(iso.Label()), read("/user-data"), read("/meta-data")
}

// TestSeed reads the disk back: its label, names that cloud-init looks for, and YAML of the user and the host.
func TestSeed(t *testing.T) {
	s := Seed{Host: "guest-1", User: "me", Keys: []string{key}}
	label, text, meta := written(t, s)
	if label != Label || !strings.HasPrefix(text, "#cloud-config\n") {
		t.Errorf("label %q, user-data %q", label, text)
	}
	var c config
	if err := yaml.Unmarshal([]byte(text), &c); err != nil {
		t.Fatal(err)
	}
	if len(c.Users) != 1 || c.Users[0].Name != "me" || len(c.Users[0].Keys) != 1 || c.Users[0].Keys[0] != key || !c.Users[0].Locked ||
		!strings.Contains(c.Users[0].Sudo, "NOPASSWD") || c.DisableRoot != nil {
		t.Errorf("%+v", c)
	}
	if !strings.Contains(meta, "local-hostname: guest-1\n") {
		t.Errorf("meta-data %q", meta)
	}
	if _, _, again := written(t, s); again != meta {
		t.Errorf("the same seed is another instance: %q, %q", meta, again)
	}
	s.Keys = append(s.Keys, key)
	if _, _, other := written(t, s); other == meta {
		t.Error("another seed is the same instance")
	}
}

// TestRoot may log in as root.
func TestRoot(t *testing.T) {
	_, text, _ := written(t, Seed{Host: "h", User: "root", Keys: []string{key}})
	var c config
	if err := yaml.Unmarshal([]byte(text), &c); err != nil {
		t.Fatal(err)
	}
	if c.DisableRoot == nil || *c.DisableRoot || c.Users[0].Sudo != "" {
		t.Errorf("%s", text)
	}
}

// TestUserData is passed on as it is.
func TestUserData(t *testing.T) {
	want := "#!/bin/sh\n" + strings.Repeat("echo a long script\n", 5000)
	if _, text, _ := written(t, Seed{Host: "h", UserData: []byte(want)}); text != want {
		t.Errorf("%d bytes became %d", len(want), len(text))
	}
}

// TestPublicKeys tells public keys from what lies beside them.
func TestPublicKeys(t *testing.T) {
	got, err := PublicKeys([]byte("# mine\n\n" + key + "\r\n" + key))
	if err != nil || len(got) != 2 || got[0] != key {
		t.Errorf("%q, %v", got, err)
	}
	for _, bad := range []string{
		"", "\n# none\n", "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk=\n", "ssh-ed25519", "ssh-ed25519 AAAA", "ssh-ed25519 !",
		"ssh-rsa " + strings.Fields(key)[1], "ssh-ed25519 /////w==", key + "\nx", `command="x" ` + key,
	} {
		if got, err := PublicKeys([]byte(bad)); !errors.Is(err, ErrNoKey) {
			t.Errorf("%q: %q, %v", bad, got, err)
		}
	}
}

func TestNames(t *testing.T) {
	for name, want := range map[string]bool{"me": true, "_a-1": true, "": false, "Me": false, "a b": false, "a:b": false, "-a": false, strings.Repeat("a", 33): false, "ü": false} {
		if IsUser(name) != want {
			t.Errorf("user %q: %t", name, !want)
		}
	}
	for name, want := range map[string]bool{"h": true, "Host-1": true, "": false, "-h": false, "h-": false, "a.b": false, "a\nb": false, strings.Repeat("a", 63): true, strings.Repeat("a", 64): false} {
		if IsHost(name) != want {
			t.Errorf("host %q: %t", name, !want)
		}
	}
}
