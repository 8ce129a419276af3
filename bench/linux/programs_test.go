package linux

import (
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// TestJIT runs a program in the guest that writes machine code, changes it under way, and checks every result.
func TestJIT(t *testing.T) {
	s := boot{files: need(t), harts: 2, mode: "jit"}.start(t)
	s.expect(t, "HARTWOOD-CHECK jit ok")
	s.expect(t, "reboot: Power down")
	console := s.finish(t)
	for _, check := range []string{"functions", "protect", "patch", "compressed", "itself", "beside", "remap", "alias", "slots", "shared"} {
		if !strings.Contains(console, "HARTWOOD-JIT "+check+" ok") {
			t.Errorf("the console lacks the check %q", check)
		}
	}
}

// TestCounters counts events in the guest as perf does, on both firmwares.
func TestCounters(t *testing.T) {
	for _, bios := range []string{"", "fw_dynamic.bin"} {
		t.Run("bios="+bios, func(t *testing.T) {
			s := boot{files: need(t), harts: 2, bios: bios, mode: "counters"}.start(t)
			s.expect(t, "HARTWOOD-USER")
			s.expect(t, "reboot: Power down")
			console := s.finish(t)
			for _, check := range []string{"instructions", "modes", "tlb", "faults", "unknown", "firmware", "sampling"} {
				if !strings.Contains(console, "HARTWOOD-COUNTERS "+check+" ok") {
					t.Errorf("the console lacks the check %q", check)
				}
			}
		})
	}
}

// checkScript is what Python runs, in the guest and here.
const checkScript = "guest/check.py"

// pythonDigests are the SHA-256 sums of what the script's sections give, in the order of the sections.
var pythonDigests = []struct{ section, digest string }{
	{"integers", "884ed7cd8991c34cb99c72fcc3f47f4db1bcb75a30696694658d670371e5fe6e"},
	{"floats", "d134aeee237ab8ad77fc2d770cb2528b1163774c34e8ebd7189a581b929a03f5"},
	{"containers", "421ec34ff6b0717bddd5cbe63c1861abac5e81e3489ed87648820aaea6cf7637"},
	{"texts", "180e46ac5d4a93c8bf2f65908b93eb8bf60507a0f8a9d952e0be923b41367720"},
	{"objects", "fe177fdc1b554665a02735c0af6493e72faf632ec48160e2d2716330b30b6507"},
	{"threads", "19df4893d317353e559302dd3f1e13f5b942337849727636115663b438e3c0a3"},
	{"kernels", "9863be18420b8623b2b2d36642360c109757e80b178b97e624ae247ed54d4523"},
}

var pythonLine = regexp.MustCompile(`(?m)^HARTWOOD-PYTHON (\w+) ([0-9a-f]{64})\r?$`)

// checkPython compares the script's output with the recorded sums.
func checkPython(t *testing.T, output string) {
	t.Helper()
	found := pythonLine.FindAllStringSubmatch(output, -1)
	if len(found) != len(pythonDigests) {
		t.Errorf("%d sections gave a result, want %d", len(found), len(pythonDigests))
	}
	for i, line := range found[:min(len(found), len(pythonDigests))] {
		if want := pythonDigests[i]; line[1] != want.section || line[2] != want.digest {
			t.Errorf("section %s gave %s, want %s of %s", line[1], line[2], want.digest, want.section)
		}
	}
}

// TestPython runs a script in Debian's Python.
func TestPython(t *testing.T) {
	f := need(t)
	s := boot{files: f, harts: 2, mode: "python", initrd: f.python}.start(t)
	s.expect(t, "HARTWOOD-PYTHON-END")
	s.expect(t, "reboot: Power down")
	checkPython(t, s.finish(t))
}

// TestPythonHere runs the script on this machine: do the recorded sums depend on the guest?
func TestPythonHere(t *testing.T) {
	need(t)
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("there is no python3 here")
	}
	output, err := exec.CommandContext(t.Context(), python, "-I", "-S", "-B", checkScript).Output()
	if err != nil {
		t.Fatal(err)
	}
	checkPython(t, string(output))
}
