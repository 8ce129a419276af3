package main

import (
	"context"
	"fmt"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
	"github.com/hartwood-vm/hartwood/runtime/hostfile"
)

// Bounds of a configuration file, which may be anything. One that names every option has a tenth of these. The parser's
// time and memory grow with the square and the cube of how deeply values are nested.
const (
	maxConfigFile   = 64 << 10 // bytes
	maxConfigTokens = 4096
	maxConfigDepth  = 4 // of lists and mappings within each other; a list of drives is 1
)

// parseConfig reads and parses a configuration file that keeps within the bounds.
func parseConfig(ctx context.Context, path string) (*ast.File, error) {
	data, err := hostfile.ReadAll(ctx, path, maxConfigFile)
	if err != nil {
		return nil, fmt.Errorf("--config: %w", err)
	}
	tokens := lexer.Tokenize(string(data))
	if line, problem := checkShape(tokens); problem != "" {
		return nil, fmt.Errorf("%s:%d: %s; expected lines of the form 'name: value'", path, line, problem)
	}
	file, err := parser.Parse(tokens, 0)
	if err != nil {
		return nil, fmt.Errorf("%s: not YAML: %s", path, firstLine(err))
	}
	return file, nil
}

// checkShape returns the first line that makes the file larger or deeper than a configuration can be, and what is wrong
// with it; "" if nothing is.
func checkShape(tokens token.Tokens) (line int, problem string) {
	depth, onLine := 0, 0 // of brackets, and of list and key markers that share a line
	for i, t := range tokens {
		at := t.Position.Line
		if at != line {
			line, onLine = at, 0
		}
		switch t.Type {
		case token.SequenceStartType, token.MappingStartType:
			depth++
		case token.SequenceEndType, token.MappingEndType:
			depth--
		case token.SequenceEntryType, token.MappingKeyType:
			onLine++
		}
		switch {
		case depth > maxConfigDepth || onLine > maxConfigDepth:
			return line, "values are nested too deeply"
		case depth < 0:
			return line, "a bracket is closed that was not opened"
		case i >= maxConfigTokens:
			return line, fmt.Sprintf("there are more than %d words", maxConfigTokens)
		}
	}
	return 0, ""
}
