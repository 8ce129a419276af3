package programs

import (
	"fmt"
	"slices"
	"strings"
)

// Program is something that guest/run.sh can run.
type Program struct{ Name, Does string }

// All are the programs, in the order in which they run.
var All = []Program{
	{"gcc", "gcc -O2 -c of the C files of bench/kernels, one after the other"},
	{"make", "make -j2 of the same, and a static program of them"},
	{"lua", "make -j2 of Lua 5.4, from Debian's source"},
	{"go", "go build of a small program with fmt and encoding/json, with an empty build cache"},
	{"python", "python3 -m test test_float test_math test_struct test_json"},
	{"sqlite", "100,000 rows: insert, index, join, update, check"},
	{"dpkg", "dpkg-deb -x of three packages, and sha256 of all their files"},
	{"apt", "apt-get install of eight packages from a folder"},
	{"bootstrap", "a Debian of the essential packages, apt and passwd: unpacked into a folder, and configured there"},
}

// choose returns the programs that a list behind commas names, or all.
func choose(only string) ([]string, error) {
	var names []string
	for _, p := range All {
		names = append(names, p.Name)
	}
	if only == "all" {
		return names, nil
	}
	chosen := strings.Split(only, ",")
	for _, name := range chosen {
		if !slices.Contains(names, name) {
			return nil, fmt.Errorf("there is no program %q; there are %s", name, strings.Join(names, ", "))
		}
	}
	return chosen, nil
}
