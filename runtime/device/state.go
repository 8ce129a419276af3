package device

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// ErrState reports a state that is none of the device's.
var ErrState = errors.New("not a state of this device")

// BadField is an ErrState that names a field of the state and what is wrong with it.
func BadField(field, problem string, args ...any) error {
	return fmt.Errorf("%w: %s: %s", ErrState, field, fmt.Sprintf(problem, args...))
}

// Saver is a device's state as the machine sees it: encoding takes the state out of the device, decoding puts one into
// it. The latter is refused with an ErrState that names the field, and leaves the device as it was, when the state is
// of another kind of device, of another version, incomplete, or one that the device cannot have.
type Saver interface {
	json.Marshaler
	json.Unmarshaler
}

// Stateful is a device whose state is a plain value of type S: exported fields of numbers, booleans, and lists and
// structures of them. S has what a guest can notice, and nothing that follows from it, as interrupt levels do.
type Stateful[S any] interface {
	// Save returns the state. It is an error that work is under way, see Quiescer.
	Save() (S, error)
	// Restore checks a state and takes it over: registers read, lines stand and timers run as in the device that was
	// saved.
	Restore(S) error
}

// StateOf is the Saver of d; version is that of S.
func StateOf[S any](version int, d Stateful[S]) Saver { return &saver[S]{version, d} }

type saver[S any] struct {
	version int
	d       Stateful[S]
}

type envelope struct {
	Version int             `json:"version"`
	State   json.RawMessage `json:"state"`
}

func (s *saver[S]) MarshalJSON() ([]byte, error) {
	state, err := s.d.Save()
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(state)
	if err != nil {
		return nil, err
	}
	return json.Marshal(envelope{s.version, text})
}

func (s *saver[S]) UnmarshalJSON(text []byte) error {
	var e envelope
	if err := strict(text, &e); err != nil {
		return err
	}
	if e.Version != s.version {
		return BadField("version", "%d, want %d", e.Version, s.version)
	}
	var state S
	if err := strict(e.State, &state); err != nil {
		return err
	}
	return s.d.Restore(state)
}

// strict decodes text into v, which has exactly the fields that text has.
func strict(text []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return fmt.Errorf("%w: %w", ErrState, err)
	}
	again, err := json.Marshal(v)
	if err != nil {
		return err
	}
	var want, got any
	if err := errors.Join(json.Unmarshal(again, &want), json.Unmarshal(text, &got)); err != nil {
		return fmt.Errorf("%w: %w", ErrState, err)
	}
	if field := missing("state", want, got); field != "" {
		return BadField(field, "missing")
	}
	return nil
}

// missing returns the path of the first field that want has and got has not, or "".
func missing(path string, want, got any) string {
	switch w := want.(type) {
	case map[string]any:
		g, _ := got.(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(w)) {
			value, ok := g[name]
			if !ok {
				return path + "." + name
			}
			if field := missing(path+"."+name, w[name], value); field != "" {
				return field
			}
		}
	case []any:
		g, _ := got.([]any)
		if len(g) != len(w) {
			return path
		}
		for i := range w {
			if field := missing(fmt.Sprintf("%s[%d]", path, i), w[i], g[i]); field != "" {
				return field
			}
		}
	}
	return ""
}

// Stateless is embedded by devices that have nothing to save, reset or close.
type Stateless struct{}

// Reset does nothing.
func (Stateless) Reset() {}

// Close does nothing.
func (Stateless) Close() error { return nil }

// State is empty.
func (Stateless) State() Saver { return StateOf(1, Stateful[struct{}](noState{})) }

type noState struct{}

func (noState) Save() (struct{}, error) { return struct{}{}, nil }
func (noState) Restore(struct{}) error  { return nil }
