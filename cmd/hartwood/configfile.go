package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/spf13/pflag"
)

// programKey is the one name in a configuration file that is a word, not a flag, on the command line.
const programKey = "program"

// notInFile are flags that make no sense there.
var notInFile = []string{"config", "help", "help-all"}

// configFile is a configuration file that is being applied to a set of flags. A value of the file goes through the
// flag of the same name, so that both are read and checked alike.
type configFile struct {
	path    string
	flags   *pflag.FlagSet
	program *string // takes programKey, unless it was set on the command line
	seen    map[string]bool
}

// apply sets every flag that the file names and the command line does not. Errors name file, line and key.
func (f *configFile) apply(ctx context.Context) error {
	file, err := parseConfig(ctx, f.path)
	if err != nil {
		return err
	}
	for _, doc := range file.Docs {
		if err := f.applyBody(doc.Body); err != nil {
			return err
		}
	}
	return nil
}

func (f *configFile) applyBody(body ast.Node) error {
	switch node := body.(type) {
	case nil, *ast.CommentGroupNode, *ast.NullNode:
		return nil
	case *ast.MappingValueNode:
		return f.applyPair(node)
	case *ast.MappingNode:
		for _, pair := range node.Values {
			if err := f.applyPair(pair); err != nil {
				return err
			}
		}
		return nil
	default:
		return f.at(node, "expected lines of the form 'name: value', such as 'harts: 4'")
	}
}

func (f *configFile) applyPair(pair *ast.MappingValueNode) error {
	key := pair.Key.GetToken().Value
	if f.seen[key] {
		return f.at(pair, "%s is there twice; give it once, as a list if it takes several values", key)
	}
	f.seen[key] = true
	values, err := f.scalars(key, pair.Value)
	if err != nil {
		return err
	}
	if key == programKey {
		if len(values) != 1 {
			return f.at(pair, "program: expected one path")
		}
		if *f.program == "" {
			*f.program = values[0]
		}
		return nil
	}
	flag := f.flags.Lookup(key)
	if flag == nil || slices.Contains(notInFile, key) {
		return f.at(pair, "unknown key %q%s", key, didYouMean(key, f.known()))
	}
	if flag.Changed {
		return nil
	}
	return f.set(pair, flag, values)
}

// set passes the values to the flag without marking it as given on the command line.
func (f *configFile) set(pair *ast.MappingValueNode, flag *pflag.Flag, values []string) error {
	if _, many := flag.Value.(interface{ Many() }); !many && len(values) != 1 {
		return f.at(pair, "%s: expected one value, not a list", flag.Name)
	}
	for _, value := range values {
		if err := flag.Value.Set(value); err != nil {
			return f.at(pair, "%s: %v", flag.Name, err)
		}
	}
	return nil
}

// scalars returns a plain value, or the plain values of a list, as the file spells them.
func (f *configFile) scalars(key string, node ast.Node) ([]string, error) {
	switch n := node.(type) {
	case *ast.StringNode:
		return []string{n.Value}, nil
	case *ast.LiteralNode:
		return []string{strings.TrimSpace(n.Value.Value)}, nil
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return []string{n.GetToken().Value}, nil
	case *ast.NullNode:
		return nil, f.at(node, "%s: there is no value", key)
	case *ast.SequenceNode:
		var all []string
		for _, item := range n.Values {
			if _, nested := item.(*ast.SequenceNode); nested {
				return nil, f.at(item, "%s: a list within a list", key)
			}
			values, err := f.scalars(key, item)
			if err != nil {
				return nil, err
			}
			all = append(all, values...)
		}
		return all, nil
	}
	return nil, f.at(node, "%s: expected a plain value or a list of them", key)
}

func (f *configFile) known() []string {
	names := slices.DeleteFunc(flagNames(f.flags, ""), func(name string) bool { return slices.Contains(notInFile, name) })
	return append(names, programKey)
}

// at is an error about a place in the file.
func (f *configFile) at(node ast.Node, format string, args ...any) error {
	line := node.GetToken().Position.Line
	return fmt.Errorf("%s:%d: %s", f.path, line, fmt.Sprintf(format, args...))
}

// firstLine is what a parser's error says before it shows the place.
func firstLine(err error) string {
	message, _, _ := strings.Cut(yaml.FormatError(err, false, false), "\n")
	return message
}
