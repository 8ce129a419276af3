package linux

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/pprof/profile"
)

// profileOptions has a boot profiled.
func profileOptions(f *files, path string) []string {
	return []string{"--cpuprofile", path, "--profile-rate", "1000", "--user-symbols", filepath.Join(f.cache, "busybox")}
}

// checkProfile looks into the profile of a boot to a shell: the kernel's functions have the names that it keeps itself, by
// frames from its start on, and the shell is recognised by its code.
func checkProfile(t *testing.T, path string) {
	t.Helper()
	in, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	p, err := profile.Parse(in)
	if err != nil {
		t.Fatal(err)
	}
	var all, kernel, named, begun, program int64
	for _, x := range p.Sample {
		var names []string
		for _, l := range x.Location {
			if len(l.Line) > 0 {
				names = append(names, l.Line[0].Function.Name)
			}
		}
		n := x.Value[0]
		stack := strings.Join(names, " ") + " "
		if all += n; x.Label["mode"][0] == "S" {
			kernel += n
			if len(names) == len(x.Location) {
				named += n
			}
			if strings.Contains(stack, "start_kernel ") || strings.Contains(stack, "kernel_init ") {
				begun += n
			}
		} else if x.Location[0].Mapping.File == "busybox" {
			program += n
		}
	}
	if kernel < all/10 || named < kernel*9/10 || begun == 0 || program == 0 {
		t.Errorf("of %d samples %d are the kernel's, %d of them with names and %d while it starts; %d are the program's", all, kernel, named, begun, program)
	}
}
