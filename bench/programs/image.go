package programs

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hartwood-vm/hartwood/bench/contest"
	"github.com/hartwood-vm/hartwood/bench/kernels"
	"github.com/hartwood-vm/hartwood/runtime/plain"
)

//go:embed guest
var guest embed.FS

// packages are those in the image, with all that they need.
var packages = []string{"gcc", "libc6-dev", "make", "python3", "libpython3.13-testsuite", "sqlite3", "golang-go"}

// brought is what is downloaded for the second drive: folders there, and what apt-download.sh brings into each.
var brought = []struct {
	folder string
	how    []string
	names  []string
}{
	{"unpack", nil, []string{"linux-libc-dev", "libc6-dev", "libsqlite3-dev"}},
	{"install", nil, []string{"hello", "tree", "ed", "time", "less", "dc", "cpio", "pv"}},
	{"system", []string{"--whole"}, []string{"?essential", "apt", "passwd"}},
	{"source", []string{"--source"}, []string{"lua5.4"}},
}

// image returns the path of the image in the folder of Debian's kernel, which it makes where it is not there yet or is
// one of other packages. It is called in the repository's first folder.
func image(ctx context.Context, o Options, hartwood string, progress io.Writer) (string, error) {
	path := filepath.Join(o.Linux, "programs.img")
	start, err := guest.ReadFile("guest/start.sh")
	if err != nil {
		return "", err
	}
	recipe := strings.Join(packages, " ") + "\n" + string(start)
	if made, err := os.ReadFile(path + ".recipe"); err == nil && string(made) == recipe {
		return path, nil
	}
	include, err := os.MkdirTemp("", "hartwood-programs-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(include)
	if err := os.WriteFile(filepath.Join(include, "programs"), start, 0o755); err != nil {
		return "", err
	}
	fmt.Fprintln(progress, "making the image, which takes some ten minutes")
	err = script(ctx, progress, []string{"IMAGE_SIZE=4G", "IMAGE_INCLUDE=" + include}, filepath.Join(contest.Scripts, "debian-image.sh"),
		append([]string{hartwood, o.Linux, path}, packages...)...)
	if err != nil {
		return "", err
	}
	return path, os.WriteFile(path+".recipe", []byte(recipe), 0o644)
}

// download has what is brought in a folder beside the image.
func download(ctx context.Context, o Options, progress io.Writer) (string, error) {
	debs := filepath.Join(o.Linux, "programs.debs")
	ready, want := filepath.Join(debs, "READY"), fmt.Sprintln(brought)
	if got, err := os.ReadFile(ready); err == nil && string(got) == want {
		return debs, nil
	}
	if err := os.RemoveAll(debs); err != nil {
		return "", err
	}
	fmt.Fprintln(progress, "downloading packages")
	for _, b := range brought {
		to := filepath.Join(debs, b.folder)
		err := script(ctx, progress, nil, filepath.Join(contest.Scripts, "apt-download.sh"), slices.Concat(b.how, []string{"riscv64", "trixie", to}, b.names)...)
		if err = errors.Join(err, os.RemoveAll(filepath.Join(to, "apt"))); err != nil {
			return "", err
		}
	}
	return debs, os.WriteFile(ready, []byte(want), 0o644)
}

// work makes the second drive: the sources, the packages, and the scripts that make a system of them.
func work(ctx context.Context, o Options, dir string, progress io.Writer) (string, error) {
	debs, err := download(ctx, o, progress)
	if err != nil {
		return "", err
	}
	tree := filepath.Join(dir, "work")
	err = errors.Join(
		os.CopyFS(tree, os.DirFS(debs)),
		lay(tree, guest, "guest"),
		lay(filepath.Join(tree, "kernels"), kernels.Sources, "src"),
	)
	for _, name := range []string{"unpack-debs.sh", "second-stage.sh"} {
		text, readErr := os.ReadFile(filepath.Join(contest.Scripts, name))
		err = errors.Join(err, readErr, os.WriteFile(filepath.Join(tree, name), text, 0o755))
	}
	if err != nil {
		return "", err
	}
	return tree + ".img", script(ctx, io.Discard, nil, "mke2fs", "-q", "-F", "-t", "ext4", "-d", tree, tree+".img", "256M")
}

// lay writes the files below root into dir; scripts may be executed, and .txt is taken off what the go command must not
// see.
func lay(dir string, files fs.FS, root string) error {
	return fs.WalkDir(files, root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(files, path)
		if err != nil {
			return err
		}
		to := filepath.Join(dir, strings.TrimSuffix(strings.TrimPrefix(path, root+"/"), ".txt"))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		return os.WriteFile(to, text, 0o755)
	})
}

// script runs a command whose output is for who waits; the error has its end.
func script(ctx context.Context, progress io.Writer, env []string, name string, args ...string) error {
	said := &plain.Tail{Limit: 1000}
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), append(env, "PATH="+os.Getenv("PATH")+":/usr/sbin:/sbin")...)
	cmd.Stdout, cmd.Stderr = io.MultiWriter(progress, said), said
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w: %s", filepath.Base(name), err, said)
	}
	return nil
}
