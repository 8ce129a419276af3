package statetest

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/hartwood-vm/hartwood/runtime/device"
)

// Save returns the state of s as JSON text.
func Save(t testing.TB, s device.Saver) []byte {
	t.Helper()
	text, err := s.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// Move takes the state out of one device and puts it into another, which then has the same.
func Move(t testing.TB, from, to device.Saver) {
	t.Helper()
	text := Save(t, from)
	if err := to.UnmarshalJSON(text); err != nil {
		t.Fatal(err)
	}
	if again := Save(t, to); !bytes.Equal(text, again) {
		t.Errorf("the state came back as\n%s\nand was\n%s", again, text)
	}
}

// Spoil gives to, which is a device of from's kind, the state of from with one thing changed: without a field, with a
// value of another type, with numbers that no field has room for, of another version, and cut short. Each is refused
// with a device.ErrState, most of them with one that names the field, and to stays as it was.
func Spoil(t testing.TB, from, to device.Saver) {
	t.Helper()
	text := Save(t, from)
	before := Save(t, to)
	refused := func(field string, spoilt []byte) {
		t.Helper()
		err := to.UnmarshalJSON(spoilt)
		if !errors.Is(err, device.ErrState) || !strings.Contains(err.Error(), field) {
			t.Errorf("%s spoilt, in %s: %v", field, spoilt, err)
		}
		if after := Save(t, to); !bytes.Equal(before, after) {
			t.Fatalf("%s spoilt: the device has changed from\n%s\nto\n%s", field, before, after)
		}
	}
	for _, cut := range []int{0, 1, len(text) / 2, len(text) - 1} {
		refused("", text[:cut])
	}
	for _, junk := range []string{"null", "[]", "7", `{"version":1}`, `{"state":{}}`, `{"version":1,"state":null,"more":1}`} {
		refused("", []byte(junk))
	}
	refused("version", bytes.Replace(text, []byte(`"version":1`), []byte(`"version":99`), 1))
	var tree any
	if err := json.Unmarshal(text, &tree); err != nil {
		t.Fatal(err)
	}
	spoil(tree, func(field string) {
		spoilt, err := json.Marshal(tree)
		if err != nil {
			t.Fatal(err)
		}
		refused(field, spoilt)
	})
}

// spoil calls f with each thing changed, by the name of the field, and undoes the change.
func spoil(node any, f func(field string)) {
	switch n := node.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(n)) {
			v := n[name]
			delete(n, name)
			f(name)
			for _, wrong := range []any{"text", -1.0, 1e30, 0.5} {
				n[name] = wrong
				f(name)
			}
			n[name] = v
			n[name+"x"] = v
			f(name)
			delete(n, name+"x")
			spoil(v, f)
		}
	case []any:
		for _, v := range n {
			spoil(v, f)
		}
	}
}

// Scramble gives dev, which has the state of from's kind, states of arbitrary values, and accesses the first size bytes of
// its registers after each: whether it takes the state or not, it must not panic, and still be one that can be reset.
func Scramble(t testing.TB, from device.Saver, dev device.Device, size uint64) {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, size))
	text := Save(t, from)
	taken := 0
	for range 2000 {
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.UseNumber()
		var tree any
		if err := decoder.Decode(&tree); err != nil {
			t.Fatal(err)
		}
		changed, err := json.Marshal(map[string]any{
			"version": 1, "state": scramble(rng, 4<<rng.IntN(8), tree.(map[string]any)["state"]),
		})
		if err != nil {
			t.Fatal(err)
		}
		switch err := dev.State().UnmarshalJSON(changed); {
		case err == nil:
			taken++
		case !errors.Is(err, device.ErrState):
			t.Fatalf("%s: %v", changed, err)
		}
		for range 20 {
			off, n := rng.Uint64N(size), 1<<rng.IntN(4)
			dev.Load(off&^uint64(n-1), n)
			dev.Store(off&^uint64(n-1), n, rng.Uint64()>>rng.IntN(64))
		}
	}
	if taken < 20 {
		t.Errorf("only %d of 2000 states were taken", taken)
	}
	dev.Reset()
}

// scramble returns node with one of so many values replaced.
func scramble(rng *rand.Rand, of int, node any) any {
	switch n := node.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(n)) {
			n[name] = scramble(rng, of, n[name])
		}
	case []any:
		for i := range n {
			n[i] = scramble(rng, of, n[i])
		}
	case bool:
		return rng.IntN(of) == 0 != n
	case json.Number:
		if rng.IntN(of) == 0 {
			return rng.Uint64() >> rng.IntN(64)
		}
	}
	return node
}
