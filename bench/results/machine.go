package results

import (
	"bytes"
	"fmt"
	"os"
	goruntime "runtime"
	"strings"

	"golang.org/x/sys/unix"
)

// Machine describes where figures come from.
type Machine struct {
	OS     string `json:"os"`
	Arch   string `json:"arch"`
	CPU    string `json:"cpu"`
	Cores  int    `json:"cores"`
	Memory uint64 `json:"memory_gib"`
	// These two are told where they differ, and are no other machine.
	Kernel string `json:"kernel"`
	Go     string `json:"go"`
}

// ThisMachine describes the one that this program runs on.
func ThisMachine() Machine {
	m := Machine{OS: goruntime.GOOS, Arch: goruntime.GOARCH, CPU: cpuModel(), Cores: goruntime.NumCPU(), Go: goruntime.Version()}
	var info unix.Sysinfo_t
	if unix.Sysinfo(&info) == nil {
		m.Memory = (uint64(info.Totalram)*uint64(info.Unit) + 1<<29) >> 30
	}
	var name unix.Utsname
	if unix.Uname(&name) == nil {
		m.Kernel = string(bytes.TrimRight(name.Release[:], "\x00"))
	}
	return m
}

// cpuModel is the processor's name as the kernel has it.
func cpuModel() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err == nil {
		for line := range strings.Lines(string(text)) {
			key, value, _ := strings.Cut(line, ":")
			if key = strings.TrimSpace(key); key == "model name" || key == "CPU part" {
				return strings.TrimSpace(value)
			}
		}
	}
	return "unknown " + goruntime.GOARCH
}

func (m Machine) String() string {
	return fmt.Sprintf("%s/%s, %d × %s, %d GiB, kernel %s, %s", m.OS, m.Arch, m.Cores, m.CPU, m.Memory, m.Kernel, m.Go)
}

// Differences lists what makes other another machine than m.
func (m Machine) Differences(other Machine) (list []string) {
	differ := func(what string, a, b any) {
		if a != b {
			list = append(list, fmt.Sprintf("%s: %v against %v", what, a, b))
		}
	}
	differ("system", m.OS+"/"+m.Arch, other.OS+"/"+other.Arch)
	differ("processor", m.CPU, other.CPU)
	differ("processors", m.Cores, other.Cores)
	differ("memory in GiB", m.Memory, other.Memory)
	return list
}
