package bench

import (
	"slices"
	"strings"
	"testing"
)

// walls say which packages of folder jitworker may know which others of it. A package below jitworker that is not here
// has no place in the house.
var walls = map[string][]string{
	"jitworker":                         {},
	"jitworker/codecache":               {"jitworker/codecache/internal/call"},
	"jitworker/codecache/internal/call": {},
	"jitworker/listing":                 {},
	"jitworker/plan":                    {},
	"jitworker/tier":                    {},
	"jitworker/quick":                   {"jitworker/plan", "jitworker/tier"},
	"jitworker/host":                    {"jitworker/quick", "jitworker/tier"},
	"jitworker/host/amd64/x86":          {},
	"jitworker/host/amd64": {
		"jitworker/host", "jitworker/host/amd64/x86", "jitworker/plan", "jitworker/quick", "jitworker/tier",
	},
	"jitworker/engine": {
		"jitworker", "jitworker/codecache", "jitworker/host", "jitworker/host/amd64", "jitworker/listing", "jitworker/quick",
		"jitworker/tier",
	},
	"jitworker/engine/internal/host": {},
}

// wallFault says what is wrong with a package of jitworker importing another one, or "".
func wallFault(from, to string) string {
	allowed, known := walls[from]
	switch {
	case !known:
		return "it has no place in the house"
	case first(to) == "jitworker" && !slices.Contains(allowed, to):
		return "there is a wall between them"
	case from != "jitworker/engine" && (to == "vcpu" || strings.HasPrefix(to, "vcpu/blocks") || strings.HasPrefix(to, "vcpu/interp")):
		return "only the engine knows blocks and who executes them"
	}
	return ""
}

// Plans know no host, compilers no engine, the pipeline and the code cache no compilers, and all of them but the engine
// guest code only (package code), not blocks and interpreters.
func TestWalls(t *testing.T) {
	for _, p := range allPackages(t) {
		if first(p.folder()) != "jitworker" {
			continue
		}
		for _, path := range p.Imports {
			if fault := wallFault(p.folder(), relative(path)); fault != "" {
				t.Errorf("%s imports %s: %s", p.folder(), path, fault)
			}
		}
	}
}

func TestWallFault(t *testing.T) {
	for _, good := range [][2]string{
		{"jitworker/quick", "jitworker/plan"}, {"jitworker/host/amd64", "vcpu/code"}, {"jitworker/engine", "vcpu/blocks"},
	} {
		if fault := wallFault(good[0], good[1]); fault != "" {
			t.Errorf("%s may import %s: %s", good[0], good[1], fault)
		}
	}
	for _, bad := range [][2]string{
		{"jitworker/plan", "jitworker/host"}, {"jitworker/plan", "jitworker/host/amd64/x86"}, {"jitworker", "jitworker/engine"},
		{"jitworker/quick", "jitworker/host/amd64"}, {"jitworker/host/amd64", "vcpu/interp"}, {"jitworker/tier", "vcpu/blocks"},
		{"jitworker/codecache", "jitworker/tier"}, {"jitworker/somewhere", "jitworker/plan"},
	} {
		if wallFault(bad[0], bad[1]) == "" {
			t.Errorf("%s may not import %s", bad[0], bad[1])
		}
	}
}
