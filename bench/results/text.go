package results

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/hartwood-vm/hartwood/bench/suite"
	"golang.org/x/perf/benchfmt"
)

// yardUnit is the unit of the yardstick in Go's benchmark format.
const yardUnit = "yardstick-ns"

// WriteText writes the results in Go's benchmark format: a line for each sample, with all figures of one name. Its keys
// say which machine it was, and nothing that differs from run to run, by which benchstat would keep runs apart.
func (r *Results) WriteText(w io.Writer) error {
	out := benchfmt.NewWriter(w)
	for _, u := range r.units() {
		if better, known := map[int]string{1: "higher", -1: "lower"}[u.Better]; known {
			if err := out.Write(&benchfmt.UnitMetadata{UnitMetadataKey: benchfmt.UnitMetadataKey{Unit: u.Name, Key: "better"},
				OrigUnit: u.Name, Value: better}); err != nil {
				return err
			}
		}
	}
	for _, name := range r.names() {
		for i := 0; ; i++ {
			line := &benchfmt.Result{Config: r.keys(), Name: benchfmt.Name(name), Iters: 1}
			for _, s := range r.Series {
				if s.Name != name || i >= len(s.Values) {
					continue
				}
				if len(line.Values) == 0 && len(s.Yard) > 0 {
					line.Values = append(line.Values, benchfmt.Value{Value: s.Yard[i], Unit: yardUnit})
				}
				line.Values = append(line.Values, benchfmt.Value{Value: s.Values[i], Unit: s.Unit})
			}
			if len(line.Values) == 0 {
				break
			}
			if err := out.Write(line); err != nil {
				return err
			}
		}
	}
	return nil
}

// units are the known units of the results.
func (r *Results) units() (list []suite.Unit) {
	for _, u := range suite.Units() {
		if slices.ContainsFunc(r.Series, func(s *Series) bool { return s.Unit == u.Name }) {
			list = append(list, u)
		}
	}
	return list
}

// names are the names of the series, each once.
func (r *Results) names() (list []string) {
	seen := map[string]bool{}
	for _, s := range r.Series {
		if !seen[s.Name] {
			seen[s.Name] = true
			list = append(list, s.Name)
		}
	}
	return list
}

func (r *Results) keys() (list []benchfmt.Config) {
	for _, k := range [][2]string{
		{"goos", r.Machine.OS}, {"goarch", r.Machine.Arch}, {"cpu", r.Machine.CPU}, {"cores", strconv.Itoa(r.Machine.Cores)},
		{"memory-gib", strconv.FormatUint(r.Machine.Memory, 10)}, {"quick", strconv.FormatBool(r.Quick)},
	} {
		list = append(list, benchfmt.Config{Key: k[0], Value: []byte(k[1]), File: true})
	}
	return list
}

// parseText reads Go's benchmark format, of this program or of `go test`.
func (r *Results) parseText(text []byte) error {
	*r = Results{Version: Version, When: time.Unix(0, 0).UTC().Format(time.RFC3339)}
	in := benchfmt.NewReader(bytes.NewReader(text), "results")
	for in.Scan() {
		switch rec := in.Result().(type) {
		case *benchfmt.SyntaxError:
			return fmt.Errorf("%w: %v", ErrDamaged, rec)
		case *benchfmt.Result:
			r.takeLine(rec)
		}
	}
	if err := in.Err(); err != nil {
		return fmt.Errorf("%w: %v", ErrDamaged, err)
	}
	return nil
}

func (r *Results) takeLine(line *benchfmt.Result) {
	cores, _ := strconv.Atoi(line.GetConfig("cores"))
	memory, _ := strconv.ParseUint(line.GetConfig("memory-gib"), 10, 64)
	r.Machine = Machine{OS: line.GetConfig("goos"), Arch: line.GetConfig("goarch"), CPU: line.GetConfig("cpu"), Cores: cores, Memory: memory}
	r.Quick = line.GetConfig("quick") == "true"
	original := func(v benchfmt.Value) (float64, string) {
		if v.OrigUnit != "" {
			return v.OrigValue, v.OrigUnit
		}
		return v.Value, v.Unit
	}
	yard := 0.0
	for _, v := range line.Values {
		if value, unit := original(v); unit == yardUnit {
			yard = value
		}
	}
	for _, v := range line.Values {
		if value, unit := original(v); unit != yardUnit {
			r.Add(string(line.Name.Full()), suite.Figure{Unit: unit, Value: value}, yard)
		}
	}
}
