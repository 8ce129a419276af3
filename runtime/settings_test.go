package runtime

import (
	"flag"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/hartwood-vm/hartwood/shardedtlb/setting"
)

// update has the tests of docs/TUNING.md write its tables: go test ./runtime -run TestTuning -update
var update = flag.Bool("update", false, "write the tables of settings and measurements into docs/TUNING.md")

// notSettings are fields that have no text form.
var notSettings = []string{"Guest.ProgramData", "JIT.Profile", "Host.Stdin", "Host.Stdout", "Host.Warn", "Host.Link", "Host.Ports", "Host.Entropy"}

// TestEveryFieldIsASetting finds a field of Config that no setting describes, and a setting for no field.
func TestEveryFieldIsASetting(t *testing.T) {
	c := Default()
	described := map[any]string{} // by the variable's address
	names := map[string]bool{}
	for _, group := range c.Settings() {
		for _, s := range group.Settings {
			about := s.About()
			if names[about.Name] {
				t.Errorf("two settings are called %s", about.Name)
			}
			if names[about.Name] = true; about.Help == "" {
				t.Errorf("%s has no help", about.Name)
			}
			described[s.Var()] = about.Name
		}
	}
	var look func(v reflect.Value, path string)
	look = func(v reflect.Value, path string) {
		for i := range v.NumField() {
			field, name := v.Type().Field(i), strings.TrimPrefix(path+"."+v.Type().Field(i).Name, ".")
			if !field.IsExported() {
				continue
			}
			at := v.Field(i).Addr().Interface()
			exempt := false
			for _, n := range notSettings {
				exempt = exempt || n == name
			}
			switch {
			case described[at] != "" && exempt:
				t.Errorf("%s is among those without a text form, and is the setting %s", name, described[at])
			case described[at] != "":
				delete(described, at)
			case exempt:
			case field.Type.Kind() == reflect.Struct:
				look(v.Field(i), name)
			default:
				t.Errorf("no setting describes Config.%s; add one to the Settings of its package", name)
			}
		}
	}
	look(reflect.ValueOf(&c).Elem(), "")
	for _, name := range described {
		t.Errorf("%s is a setting of no field of Config", name)
	}
}

// TestDefaults has the defaults that users rely on, as they are written.
func TestDefaults(t *testing.T) {
	want := map[string]string{
		"harts": "1", "memory": "512M", "mmu": "sv48", "mmu-strategy": "concurrent", "prefetch": "true", "prefetch-history": "100",
		"prefetch-distance": "4", "strict-align": "false", "huge-pages": "auto", "pmp-granularity": "4096", "pool-size": "0",
		"jit": "quick", "jit-region-samples": "8", "jit-threshold-min": "50", "jit-threshold-max": "500", "jit-window": "1000", "jit-weight-compile": "0.3",
		"jit-weight-benefit": "0.7", "jit-budget": "10ms", "jit-workers": "0", "code-cache-entries": "10000", "code-cache-bytes": "128M",
		"code-cache-policy": "lru_lfu", "code-cache-cleanup": "1m0s", "code-cache-decay": "0.95", "code-cache-warmup": "100",
		"managed-heap": "256M", "managed-heap-reserve": "0", "gc-mark-quota": "1ms", "gc-sweep-quota": "500us", "gc-adaptive": "true",
		"gc-concurrent": "true", "gc-shards": "8", "gc-trigger": "0.8", "gc-target": "0.7", "gc-step": "100", "gc-workers": "0",
		"console": "uart", "disk-full": "pause", "rng": "true", "semihosting": "true", "no-reboot": "false", "perf-map": "off",
	}
	c := Default()
	for _, group := range c.Settings() {
		for _, s := range group.Settings {
			if value, ok := want[s.About().Name]; ok && s.String() != value {
				t.Errorf("--%s is %s by default, want %s", s.About().Name, s, value)
			}
			delete(want, s.About().Name)
		}
	}
	for name := range want {
		t.Errorf("there is no setting %s", name)
	}
}

// TestTuningHasEverySetting compares the tables in docs/TUNING.md with the settings.
func TestTuningHasEverySetting(t *testing.T) {
	c := Default()
	for _, group := range c.Settings() {
		tuningHas(t, "settings: "+group.Title, setting.Table(group.Settings))
	}
}

// tuningHas checks that a table stands in docs/TUNING.md, between two marks of which the first has its name, or writes it
// there.
func tuningHas(t *testing.T, name, want string) {
	t.Helper()
	const path = "../docs/TUNING.md"
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	begin, end := "<!-- "+name+" -->\n", "<!-- end of table -->\n"
	before, rest, ok := strings.Cut(string(page), begin)
	table, after, closed := strings.Cut(rest, end)
	switch {
	case !ok || !closed:
		t.Errorf("%s has no %q followed by %q", path, begin, end)
	case table == want:
	case !*update:
		t.Errorf("%s: the table %q is not what the code describes; run: go test ./runtime -run TestTuning -update", path, name)
	default:
		if err := os.WriteFile(path, []byte(before+begin+want+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
