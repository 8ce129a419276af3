package rootfs

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/hartwood-vm/hartwood/runtime/boot/job"
	"github.com/hartwood-vm/hartwood/runtime/plain"
)

// maxAccounts bounds the bytes of /etc/passwd and /etc/group that are looked at.
const maxAccounts = 1 << 20

// User is the user that a container image names: NAME, ID, or either with :GROUP. The names are looked for in the root. nil: root.
// home is the user's directory.
func (r *Root) User(text string) (u *job.User, home string, err error) {
	name, group, hasGroup := strings.Cut(text, ":")
	if name == "" {
		name = "0"
	}
	root, err := unix.Open(r.Path, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, "", err
	}
	w := within{root}
	defer w.close()
	u = &job.User{}
	line := w.account("etc/passwd", name)
	if len(line) > 5 {
		home = line[5]
	}
	if u.ID, err = number(line, 2, name); err != nil {
		return nil, "", fmt.Errorf("the image's user %s: %w", plain.Text(text), err)
	}
	if hasGroup {
		u.Group, err = number(w.account("etc/group", group), 2, group)
	} else if len(line) > 3 {
		u.Group, err = number(line, 3, "")
	}
	if err != nil {
		return nil, "", fmt.Errorf("the image's group %s: %w", plain.Text(text), err)
	}
	if *u == (job.User{}) {
		u = nil
	}
	return u, home, nil
}

// number is a field of an account, or the name if that is a number and there is no account.
func number(line []string, field int, name string) (uint32, error) {
	if len(line) > field {
		name = line[field]
	}
	n, err := strconv.ParseUint(name, 10, 32)
	if err != nil || n == 1<<32-1 {
		return 0, fmt.Errorf("%s is no number, and has no account", plain.Text(name))
	}
	return uint32(n), nil
}

// account is the line of a name, or of a number, in a file of accounts.
func (w within) account(file, name string) []string {
	f, err := w.file(file)
	if err != nil {
		return nil
	}
	defer f.Close()
	lines := bufio.NewScanner(io.LimitReader(f, maxAccounts))
	var byNumber []string
	for lines.Scan() {
		fields := strings.Split(lines.Text(), ":")
		if fields[0] == name {
			return fields
		}
		if byNumber == nil && len(fields) > 2 && fields[2] == name {
			byNumber = fields
		}
	}
	return byNumber
}
