package main

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"

	"github.com/hartwood-vm/hartwood/runtime"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// manCommand prints the manual page. It is made from the commands, their texts and their options as they are, so that
// it says what --help-all says; `make install` calls it.
func (a *app) manCommand() *cobra.Command {
	return &cobra.Command{
		Use:    "man",
		Short:  "Print the manual page, in man's own format",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := a.stdout.Write(manPage(cmd.Root()))
			return err
		},
	}
}

// page is a manual page under way, in the man macros of roff.
type page struct{ bytes.Buffer }

func manPage(root *cobra.Command) []byte {
	p := new(page)
	fmt.Fprintf(p, ".TH HARTWOOD 1 \"\" \"%s\"\n.SH NAME\nhartwood \\- %s\n.SH SYNOPSIS\n", roff(versionLine()), roff(root.Short))
	var commands []*cobra.Command
	for _, cmd := range root.Commands() {
		if cmd.IsAvailableCommand() {
			commands = append(commands, cmd)
			fmt.Fprintf(p, ".B %s\n.br\n", roff(cmd.UseLine()))
		}
	}
	p.line(".SH DESCRIPTION")
	p.prose(root.Long)
	p.line(".SH COMMANDS")
	for _, cmd := range commands {
		p.item(cmd.Name(), cmd.Short)
	}

	groups, shared := manGroups()
	for _, cmd := range commands {
		if !cmd.HasExample() {
			continue // completion, version: the line above says it all
		}
		p.line(".SH " + strings.ToUpper(roff(cmd.CommandPath())))
		p.prose(cmd.Long)
		own := newFlagSet("own")
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if shared.Lookup(f.Name) == nil {
				own.AddFlag(f)
			}
		})
		p.options("Options of "+cmd.CommandPath(), own)
		p.line(".SS Examples\n.nf")
		p.lines(cmd.Example)
		p.line(".fi")
	}
	p.line(".SH OPTIONS THAT DESCRIBE A MACHINE")
	for _, g := range groups {
		p.options(g.title, g.flags)
	}
	return p.Bytes()
}

// manGroups are the options that all commands that run a guest have, in groups and as one set.
func manGroups() ([]shownGroup, *pflag.FlagSet) {
	config := runtime.Default()
	shared := newFlagSet("shared")
	return bindConfig(shared, &config), shared
}

// roff writes text so that nothing in it is taken for a command.
func roff(text string) string {
	var b strings.Builder
	for i, r := range text {
		switch {
		case r == '\\':
			b.WriteString(`\e`)
		case r == '-':
			b.WriteString(`\-`)
		case r == '\'':
			b.WriteString(`\(aq`)
		case r == '.' && i == 0:
			b.WriteString(`\&.`)
		case r > '~':
			fmt.Fprintf(&b, `\[u%04X]`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func (p *page) line(line string) { p.WriteString(line + "\n") }

func (p *page) lines(text string) {
	for line := range strings.Lines(text) {
		p.line(roff(strings.TrimSuffix(line, "\n")))
	}
}

func (p *page) item(term, text string) {
	fmt.Fprintf(p, ".TP\n.B %s\n%s\n", roff(term), roff(text))
}

func (p *page) options(title string, flags *pflag.FlagSet) {
	p.line(".SS " + roff(title))
	flags.VisitAll(func(f *pflag.Flag) {
		value, usage := pflag.UnquoteUsage(f)
		name := "--" + f.Name
		if f.Shorthand != "" {
			name = "-" + f.Shorthand + ", " + name
		}
		if value != "" {
			name += " " + value
		}
		if f.DefValue != "" && f.DefValue != "false" && f.DefValue != "0" && !strings.Contains(usage, "(default") {
			usage += " (default " + f.DefValue + ")"
		}
		p.item(name, usage)
	})
}

var (
	manHeading = regexp.MustCompile(`^[A-Z][A-Z ]+$`)
	manTerm    = regexp.MustCompile(`^(\S.*?) {2,}(\S.*)$`)
)

// prose writes a command's long text: headings in capitals, and below them, indented by two, sentences, terms with what
// they mean, which go on further to the right, and examples, indented by two more.
func (p *page) prose(text string) {
	example, inItem := false, false
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		body := strings.TrimPrefix(line, "  ")
		term := manTerm.FindStringSubmatch(strings.TrimPrefix(body, "  "))
		wants := strings.HasPrefix(body, "  ") && !strings.HasPrefix(body, "        ") && term == nil
		if wants != example {
			p.line(map[bool]string{true: ".RS\n.nf", false: ".fi\n.RE"}[wants])
			example = wants
		}
		switch {
		case manHeading.MatchString(line):
			p.line(".SS " + roff(line))
		case line == "":
			p.line(".PP")
		case wants:
			p.line(roff(strings.TrimPrefix(body, "  ")))
		case term != nil:
			p.item(term[1], term[2])
		case inItem && !strings.HasPrefix(body, "        "):
			p.line(".PP\n" + roff(strings.TrimSpace(body)))
		default:
			p.line(roff(strings.TrimSpace(body)))
		}
		inItem = term != nil || inItem && strings.HasPrefix(body, "        ")
	}
	if example {
		p.line(".fi\n.RE")
	}
}
