package linux

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hartwood-vm/hartwood/bench/linux/initramfs"
	"golang.org/x/crypto/ssh"
)

// TestImage boots a distribution's image, with an EFI system partition, GRUB, systemd, apt, cloud-init and ssh, by EDK2 and then by
// U-Boot. cloud-init makes a user, who may become root and logs in from the host, and has the root grow into a larger disk. A package is installed from the test's repository, a
// share read and written; both, and a variable of UEFI's, are there after a reboot. Image and guests go to no network but the loopback.
func TestImage(t *testing.T) {
	d := newDistribution(t, 3*hang)
	s, client, boot := d.boot(t, "", "--disk-size", "3G")
	if got := must(t, client, "id -un; hostname; sudo -n id -u; nproc; ls -d /sys/firmware/efi"); got != "somebody\nguest-1\n0\n2\n/sys/firmware/efi" {
		t.Errorf("user, name, who sudo makes of him, harts and firmware: %q", got)
	}
	if got := must(t, client, "until [ -e /run/cloud-init/result.json ]; do sleep 0.2; done; cat /run/cloud-init/result.json"); !cloudInitDone(got) {
		t.Errorf("cloud-init has ended with %s", got)
	}
	if got, err := strconv.Atoi(must(t, client, "df --output=size -B1M / | tail -n 1")); err != nil || got < 2500 {
		t.Errorf("in a disk of 3 GiB the root has %d MiB (%v)", got, err)
	}
	asRoot(t, client, "touch /etc/cloud/cloud-init.disabled") // it has done its work, and later boots would take twice as long
	asRoot(t, client, "mkdir -p /mnt && mount -t virtiofs share0 /mnt && cp /mnt/from-host /mnt/from-guest && umount /mnt")
	if got, err := os.ReadFile(filepath.Join(d.share, "from-guest")); err != nil || string(got) != "from the host\n" {
		t.Errorf("the guest has written %q to the share (%v)", got, err)
	}
	asRoot(t, client, fmt.Sprintf("echo deb '[trusted=yes allow-insecure=yes]' http://10.0.2.2:%d ./ >/etc/apt/sources.list", d.repository))
	asRoot(t, client, "export DEBIAN_FRONTEND=noninteractive; apt-get update && apt-get install -y hartwood-hello")
	const variable = "/sys/firmware/efi/efivars/HartwoodKept-8be4df62-93ca-11d2-aa0d-00e098032b8c"
	asRoot(t, client, "grep -q efivarfs /proc/mounts || mount -t efivarfs efivarfs /sys/firmware/efi/efivars")
	asRoot(t, client, `printf "\007\000\000\000kept" >`+variable)

	output(client, "sudo systemctl reboot")
	client, _ = d.login(t, s, boot)
	if got := must(t, client, "hartwood-hello"); got != "Hello from a package." {
		t.Errorf("after a reboot the package says %q", got)
	}
	asRoot(t, client, "grep -q efivarfs /proc/mounts || mount -t efivarfs efivarfs /sys/firmware/efi/efivars")
	if got := asRoot(t, client, "tail -c 4 "+variable); got != "kept" {
		t.Errorf("after a reboot the variable is %q", got)
	}
	output(client, "sudo systemctl poweroff")
	s.finish(t)
	d.variablesHave(t, "HartwoodKept")

	s, client, _ = d.boot(t, "", "--firmware", "u-boot")
	if got := must(t, client, "hartwood-hello && hostname"); got != "Hello from a package.\nguest-1" {
		t.Errorf("started by U-Boot it says %q", got)
	}
	output(client, "sudo systemctl poweroff")
	s.finish(t)
}

// asRoot runs a command that has to succeed as root, which the user may become.
func asRoot(t *testing.T, client *ssh.Client, command string) string {
	t.Helper()
	return must(t, client, "sudo -n sh -c '"+strings.ReplaceAll(command, "'", `'\''`)+"'")
}

// cloudInitDone says whether cloud-init has read our disk, and nothing has failed.
func cloudInitDone(result string) bool {
	var r struct {
		V1 struct {
			Source string   `json:"datasource"`
			Errors []string `json:"errors"`
		} `json:"v1"`
	}
	return json.Unmarshal([]byte(result), &r) == nil && r.V1.Source == "DataSourceNoCloud [seed=/dev/vdb]" && len(r.V1.Errors) == 0
}

// distribution is an image, and what its guests find on the host.
type distribution struct {
	guest
	files        *files
	limit        time.Duration // of a process
	image, cache string
	share        string
	repository   int // a port
	key          string
}

func newDistribution(t *testing.T, limit time.Duration) *distribution {
	t.Helper()
	if os.Getenv("HARTWOOD_LINUX_QEMU") != "" {
		t.Skip("QEMU has no such command")
	}
	f := need(t)
	if packages, err := os.ReadFile(filepath.Join(f.cache, "image.READY")); !bytes.Contains(packages, []byte("cloud-init_")) {
		t.Skipf("there are no packages for an image with cloud-init (%v); 'make linux-files' brings them", err)
	}
	d := &distribution{files: f, limit: limit, image: filepath.Join(t.TempDir(), "boot.img"), cache: t.TempDir(), share: t.TempDir()}
	initrd := filepath.Join(t.TempDir(), "initrd.gz")
	if err := initramfs.WriteFile(initrd, initramfs.ImageFromCache(f.cache)); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "./boot-image.sh", f.cache, initrd, d.image).CombinedOutput(); err != nil {
		t.Fatalf("boot-image.sh: %v: %s", err, out)
	}
	if err := os.WriteFile(filepath.Join(d.share, "from-host"), []byte("from the host\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	d.key, d.signer = sshKey(t)
	d.user, d.port, d.repository = "somebody", freePort(t), repository(t)
	return d
}

// boot starts the image and logs in.
func (d *distribution) boot(t *testing.T, before string, options ...string) (s *session, client *ssh.Client, boot string) {
	t.Helper()
	s = start(t, d.limit, func(ctx context.Context) *exec.Cmd {
		args := []string{"boot", d.image, "--harts", "2", "--memory", "1G", "--image-cache", d.cache, "--code-store", filepath.Join(d.cache, "code"), "--user", d.user, "--hostname", "guest-1",
			"--ssh-key", d.key, "--forward", fmt.Sprintf("tcp:127.0.0.1:%d:22", d.port), "--share", d.share}
		cmd := exec.CommandContext(ctx, d.files.hartwood, append(args, options...)...)
		cmd.Env = append(os.Environ(), "HARTWOOD_LINUX="+d.files.cache)
		return cmd
	})
	s.expect(t, fmt.Sprintf("ssh -p %d %s@127.0.0.1", d.port, d.user))
	client, boot = d.login(t, s, before)
	return s, client, boot
}

// variablesHave looks for a name in what is kept of firmware's variables.
func (d *distribution) variablesHave(t *testing.T, name string) {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(d.cache, "overlays", "*.fd"))
	if err != nil || len(found) != 1 {
		t.Fatalf("variables are in %q (%v)", found, err)
	}
	wide := make([]byte, 0, 2*len(name))
	for i := range len(name) {
		wide = append(wide, name[i], 0)
	}
	if text, err := os.ReadFile(found[0]); err != nil || !bytes.Contains(text, wide) {
		t.Errorf("%s has no variable %s (%v)", found[0], name, err)
	}
}

// repository serves one package on the loopback, as apt wants it, and returns the port.
func repository(t *testing.T) int {
	t.Helper()
	dir := t.TempDir()
	tree := filepath.Join(dir, "tree")
	control := "Package: hartwood-hello\nVersion: 1\nArchitecture: all\nMaintainer: Nobody <nobody@example.org>\nDescription: says hello\n"
	for name, text := range map[string]string{"DEBIAN/control": control, "usr/bin/hartwood-hello": "#!/bin/sh\necho Hello from a package.\n"} {
		if err := os.MkdirAll(filepath.Join(tree, filepath.Dir(name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(tree, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	served := filepath.Join(dir, "served")
	if err := os.Mkdir(served, 0o755); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(served, "hartwood-hello.deb")
	if out, err := exec.Command("dpkg-deb", "--root-owner-group", "-b", tree, file).CombinedOutput(); err != nil {
		t.Fatalf("dpkg-deb: %v: %s", err, out)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	index := fmt.Sprintf("%sFilename: ./hartwood-hello.deb\nSize: %d\nSHA256: %x\n\n", control, len(data), sha256.Sum256(data))
	if err := os.WriteFile(filepath.Join(served, "Packages"), []byte(index), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.FileServer(http.Dir(served))}
	go server.Serve(l)
	t.Cleanup(func() { server.Close() })
	return l.Addr().(*net.TCPAddr).Port
}
