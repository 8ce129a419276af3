package linux

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// sshKey is a key pair of the test's: the file of its public part, and who has the secret one.
func sshKey(t *testing.T) (file string, signer ssh.Signer) {
	t.Helper()
	_, secret, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	if signer, err = ssh.NewSignerFromKey(secret); err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), "key.pub")
	if err := os.WriteFile(file, ssh.MarshalAuthorizedKey(signer.PublicKey()), 0o600); err != nil {
		t.Fatal(err)
	}
	return file, signer
}

// guest is somebody who may log in to a guest by ssh.
type guest struct {
	port   int
	user   string
	signer ssh.Signer
}

// An attempt to log in that takes longer than patience is made anew, retry after the one before.
const (
	retry    = 200 * time.Millisecond
	patience = 30 * time.Second
)

// login waits until the guest lets its user in, and its boot is another one than that before. It returns the boot's name.
func (g guest) login(t *testing.T, s *session, before string) (client *ssh.Client, boot string) {
	t.Helper()
	for {
		client, boot, err := g.attempt()
		if err == nil && boot != before {
			t.Cleanup(func() { client.Close() })
			return client, boot
		}
		if err == nil {
			client.Close()
		}
		s.mu.Lock()
		ended, tail := s.ended, s.tail()
		s.mu.Unlock()
		if ended || s.ctx.Err() != nil {
			t.Fatalf("nobody is let in (%v; %v); the end of the console:\n%s", err, context.Cause(s.ctx), tail)
		}
		time.Sleep(retry)
	}
}

// attempt logs in and asks for the boot's name.
func (g guest) attempt() (client *ssh.Client, boot string, err error) {
	wire, err := net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", g.port), patience)
	if err != nil {
		return nil, "", err
	}
	if err := wire.SetDeadline(time.Now().Add(patience)); err != nil {
		return nil, "", errors.Join(err, wire.Close())
	}
	conn, channels, requests, err := ssh.NewClientConn(wire, "guest", &ssh.ClientConfig{
		User: g.user, Auth: []ssh.AuthMethod{ssh.PublicKeys(g.signer)}, HostKeyCallback: ssh.InsecureIgnoreHostKey(),
	})
	if err != nil {
		return nil, "", errors.Join(err, wire.Close())
	}
	client = ssh.NewClient(conn, channels, requests)
	boot, err = output(client, "cat /proc/sys/kernel/random/boot_id")
	if err == nil {
		err = wire.SetDeadline(time.Time{})
	}
	if err != nil {
		return nil, "", errors.Join(err, client.Close())
	}
	return client, boot, nil
}

// output runs a command in the guest, and returns what it prints.
func output(client *ssh.Client, command string) (string, error) {
	session, err := client.NewSession()
	if err != nil {
		return "", err
	}
	defer session.Close()
	var stderr bytes.Buffer
	session.Stderr = &stderr
	text, err := session.Output(command)
	if err != nil {
		return "", fmt.Errorf("%s: %w: %s%s", command, err, text, stderr.String())
	}
	return strings.TrimSpace(string(text)), nil
}

// must runs a command that has to succeed.
func must(t *testing.T, client *ssh.Client, command string) string {
	t.Helper()
	text, err := output(client, command)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
