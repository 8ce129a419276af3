package rootfs

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hartwood-vm/hartwood/runtime/boot/job"
	"github.com/hartwood-vm/hartwood/runtime/plain"
	"github.com/hartwood-vm/hartwood/runtime/storage/packed"
)

const (
	maxModule  = 64 << 20  // bytes of a module
	maxModules = 256 << 20 // of all
	maxDepend  = 16 << 20  // of modules.dep
)

// Modules are where the modules of a kernel are.
type Modules interface {
	// Load returns those that a kernel is to load for what has these names, and what they need before them. What is not there
	// is left out: the kernel has it built in, or lacks it.
	Load(names []string) ([]job.Module, error)
	Close() error
}

// Beside are the modules in a directory beside a kernel, as 'make linux-files' leaves them there.
func Beside(kernel string) Modules {
	return flatModules{filepath.Join(filepath.Dir(kernel), "modules")}
}

// flatModules is a directory of modules with no word on what they need.
type flatModules struct{ dir string }

// needs are the modules of Debian's kernel that others need before them.
var needs = map[string][]string{
	"ext4":       {"crc32c_generic", "crc16", "mbcache", "jbd2"},
	"virtio_net": {"failover", "net_failover"},
}

func (m flatModules) Load(names []string) (modules []job.Module, err error) {
	for _, name := range names {
		for _, n := range append(slices.Clone(needs[name]), name) {
			f, err := os.Open(filepath.Join(m.dir, n+".ko"))
			if errors.Is(err, os.ErrNotExist) {
				continue
			}
			if err != nil {
				return nil, err
			}
			if modules, err = add(modules, n+".ko", f); err != nil {
				return nil, err
			}
		}
	}
	return modules, nil
}

func (flatModules) Close() error { return nil }

// add adds a module that is read from f, which is closed.
func add(modules []job.Module, name string, f *os.File) ([]job.Module, error) {
	defer f.Close()
	if slices.ContainsFunc(modules, func(m job.Module) bool { return m.Name == name }) {
		return modules, nil
	}
	r, err := packed.Reader(f)
	if err != nil {
		return nil, fmt.Errorf("module %s: %w", name, err)
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, maxModule+1))
	total := len(data)
	for _, m := range modules {
		total += len(m.Data)
	}
	if err == nil && (len(data) > maxModule || total > maxModules) {
		err = fmt.Errorf("has more than %d bytes, or all together more than %d", maxModule, maxModules)
	}
	if err != nil {
		return nil, fmt.Errorf("module %s: %w", name, err)
	}
	return append(modules, job.Module{Name: name, Data: data}), nil
}

// treeModules are the modules of a root's kernel, below /lib/modules.
type treeModules struct {
	root    tree
	version string
}

func (m *treeModules) Close() error {
	m.root.close()
	return nil
}

func (m *treeModules) Load(names []string) (modules []job.Module, err error) {
	dir := "lib/modules/" + m.version
	if m.version == "" { // the kernel's name says none: the only one then
		versions, err := m.root.list("lib/modules", maxBoot)
		if err != nil || len(versions) != 1 {
			return nil, nil
		}
		dir = "lib/modules/" + versions[0]
	}
	f, err := m.root.file(path.Join(dir, "modules.dep"))
	if err != nil {
		return nil, nil // everything is built in
	}
	defer f.Close()
	depend, err := readDepend(f)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		list := slices.Clone(depend[name])
		slices.Reverse(list) // the file itself is first, and what is needed first is last
		for _, file := range list {
			f, err := m.root.file(path.Join(dir, file))
			if err != nil {
				return nil, fmt.Errorf("module %s: %w", plain.Text(file), err)
			}
			if modules, err = add(modules, moduleName(file)+".ko", f); err != nil {
				return nil, err
			}
		}
	}
	return modules, nil
}

// readDepend reads a modules.dep: for each module its file, and those that it needs.
func readDepend(r io.Reader) (map[string][]string, error) {
	lines := bufio.NewScanner(io.LimitReader(r, maxDepend))
	lines.Buffer(nil, 1<<20)
	depend := map[string][]string{}
	for lines.Scan() {
		file, rest, ok := strings.Cut(lines.Text(), ":")
		if ok {
			depend[moduleName(file)] = append([]string{file}, strings.Fields(rest)...)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("modules.dep: %w", err)
	}
	return depend, nil
}

// moduleName is what a module is called whose file has this path.
func moduleName(file string) string {
	name, _, _ := strings.Cut(path.Base(file), ".ko")
	return strings.ReplaceAll(name, "-", "_")
}
