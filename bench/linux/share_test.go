package linux

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// shareScript is what the guest does in a shared directory; the test looks at what has become of it on the host.
const shareScript = `cd /mnt
fail() { echo "HARTWOOD-FAIL $*"; }
echo data >a && mkdir -p d/e && mv a d/e/b && ln d/e/b hard && ln -s ../../outside d/link || fail making files
[ "$(cat d/e/b)" = data ] || fail "d/e/b holds $(cat d/e/b)"
echo more >>hard
[ "$(cat d/e/b)" = "data
more" ] || fail "the other name holds $(cat d/e/b)"
cat d/link/secret 2>/dev/null && fail "the link leads to the host's file"
touch -d '2001-02-03 04:05:06' hard
chmod 750 d/e
chmod 4751 hard
mknod null c 1 3 2>/dev/null && fail a device node was made
mkfifo pipe && { echo through >pipe & } && [ "$(cat pipe)" = through ] || fail pipe
exec 3>gone && rm gone && echo text >&3 && [ "$(stat -L -c %s:%h /proc/self/fd/3)" = 5:0 ] || fail a file without a name
exec 3>&-
dd if=/dev/zero bs=1000 count=3000 2>/dev/null | tee big | sha256sum >sum
echo 3 >/proc/sys/vm/drop_caches
[ "$(sha256sum <big)" = "$(cat sum)" ] || fail the large file differs
mkdir many && for i in $(seq 500); do >many/file$i; done
[ $(ls many | wc -l) = 500 ] && rm -r many || fail many files
mkdir /ro && mount -t virtiofs second /ro || fail the second directory
[ "$(cat /ro/file)" = host ] || fail reading the second directory
(echo x >/ro/file || rm /ro/file || touch /ro/new || mkdir /ro/dir || chmod 777 /ro/file) 2>/dev/null && fail writing to it
umount /ro
cd /
`

// TestShare has Debian's kernel mount two directories.
func TestShare(t *testing.T) {
	if os.Getenv("HARTWOOD_LINUX_QEMU") != "" {
		t.Skip("QEMU has a process of its own for this")
	}
	f := need(t)
	top := t.TempDir()
	dir, second := filepath.Join(top, "shared"), filepath.Join(top, "second")
	for name, text := range map[string]string{"shared/run": shareScript, "second/file": "host", "outside/secret": "HARTWOOD-FAIL secret"} {
		path := filepath.Join(top, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s := boot{files: f, harts: 2, mode: "share", options: []string{"--share", dir, "--share", second + ",tag=second,readonly"}}.start(t)
	s.expect(t, "HARTWOOD-SHARE-END")
	s.finish(t)

	for name, mode := range map[string]os.FileMode{"hard": 0o751, "d/e": os.ModeDir | 0o750, "d/e/b": 0o751, "pipe": os.ModeNamedPipe | 0o644} {
		info, err := os.Lstat(filepath.Join(dir, name))
		if err != nil || info.Mode() != mode {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	if info, err := os.Stat(filepath.Join(dir, "hard")); err != nil || info.Size() != 10 || !info.ModTime().Equal(time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)) {
		t.Errorf("%v, %v", info, err)
	}
	if target, err := os.Readlink(filepath.Join(dir, "d/link")); target != "../../outside" {
		t.Errorf("the link leads to %q, %v", target, err)
	}
	if text, err := os.ReadFile(filepath.Join(second, "file")); string(text) != "host" {
		t.Errorf("the second directory's file: %q, %v", text, err)
	}
	if info, err := os.Stat(filepath.Join(dir, "big")); err != nil || info.Size() != 3_000_000 {
		t.Errorf("%v, %v", info, err)
	}
}

// BenchmarkShare measures a shared directory on one hart: reading a large file that the host has in memory, and looking at each of
// 70,000 files, the first time and again.
func BenchmarkShare(b *testing.B) {
	const size, files = 512 << 20, 70_000
	f := need(b)
	dir := b.TempDir()
	script := "cd /mnt\necho HARTWOOD-READ\ndd if=big of=/dev/null bs=1M 2>/dev/null\necho HARTWOOD-FIRST\nfind many -newer big | wc -l\n" +
		"echo HARTWOOD-AGAIN\nfind many -newer big | wc -l\necho HARTWOOD-DONE\ncd /\n"
	if err := os.WriteFile(filepath.Join(dir, "run"), []byte(script), 0o644); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "big"), make([]byte, size), 0o644); err != nil {
		b.Fatal(err)
	}
	for i := range files {
		sub := filepath.Join(dir, fmt.Sprintf("many/%d/%d", i/100%30, i/100))
		if i%100 == 0 {
			if err := os.MkdirAll(sub, 0o755); err != nil {
				b.Fatal(err)
			}
		}
		if err := os.WriteFile(filepath.Join(sub, fmt.Sprint(i)), nil, 0o644); err != nil {
			b.Fatal(err)
		}
	}
	var took [3]float64
	for b.Loop() {
		s := boot{files: f, harts: 1, mode: "share", options: []string{"--share", dir + ",cache=1h"}}.start(b)
		last := s.expect(b, "HARTWOOD-READ")
		for i, mark := range strings.Fields("HARTWOOD-FIRST HARTWOOD-AGAIN HARTWOOD-DONE") {
			now := s.expect(b, mark)
			took[i] += (now - last).Seconds()
			last = now
		}
		s.finish(b)
	}
	n := float64(b.N)
	b.ReportMetric(size/1e6*n/took[0], "MB/s-read")
	b.ReportMetric(took[1]/n, "s-first-find")
	b.ReportMetric(took[2]/n, "s-again")
}
