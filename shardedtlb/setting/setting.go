package setting

import (
	"fmt"
	"strings"
)

// Setting is one setting of one configuration.
type Setting interface {
	// About is what is known of the setting.
	About() *Info
	// Var is the pointer to the variable that holds its value.
	Var() any
	// Reset gives the variable the default.
	Reset()
	// Set reads the value from text, as flags and files have it. An error says what was given and what to write instead.
	Set(text string) error
	// String writes the value so that Set reads it.
	String() string
	// Type is the kind of value, in a word.
	Type() string
	// Check returns an *Error if the value is not allowed.
	Check() error
	// Allowed says in words which values are allowed; "" if all that can be read are.
	Allowed() string
}

// Info is what all settings have.
type Info struct {
	// Name is the setting's in a configuration file and, behind two dashes, on the command line.
	Name string
	// Short is the flag of one letter, or "".
	Short string
	// Help is one line. What stands between back quotes is the name of the value.
	Help string
	// Default is the default in words where the value itself says too little: "" is "the built-in firmware".
	Default string
	// Bare is the value of a flag that is given without one; "" if it takes one.
	Bare string
	// Words are values that a shell offers: all of them, or some that are common.
	Words []string
	// Files says that the value names a file.
	Files bool
	// Argument says that the value is no flag on the command line but a word behind all flags.
	Argument bool
}

// About returns the info itself.
func (i *Info) About() *Info { return i }

// Error is a setting that cannot be.
type Error struct {
	// Option is the setting's name.
	Option string
	// Problem says what is wrong and what to write instead.
	Problem string
}

func (e *Error) Error() string { return "--" + e.Option + ": " + e.Problem }

// Wrong returns an *Error.
func Wrong(option, format string, args ...any) error {
	return &Error{Option: option, Problem: fmt.Sprintf(format, args...)}
}

// Check returns the first error of the settings.
func Check(settings []Setting) error {
	for _, s := range settings {
		if err := s.Check(); err != nil {
			return err
		}
	}
	return nil
}

// Reset gives all settings their defaults.
func Reset(settings []Setting) {
	for _, s := range settings {
		s.Reset()
	}
}

// Short gives a setting a flag of one letter.
func Short(letter string, s Setting) Setting {
	s.About().Short = letter
	return s
}

// Suggest names values that a shell offers.
func Suggest(s Setting, words ...string) Setting {
	s.About().Words = words
	return s
}

// Group is settings that belong together, as help and documentation show them.
type Group struct {
	Title string
	// Everyday groups are those that most people need.
	Everyday bool
	Settings []Setting
}

// Usage is the setting's help with what is allowed, as flags have it.
func Usage(s Setting) string {
	help := s.About().Help
	if a := strings.TrimSuffix(s.Allowed(), ", or 0 for "+s.About().Default); a != "" {
		help += separator(help) + a
	}
	if d := s.About().Default; d != "" {
		help += " (default: " + d + ")"
	}
	return help
}

// separator stands before what is allowed: a colon, if the help has none so far.
func separator(help string) string {
	if strings.Contains(help, ":") {
		return "; "
	}
	return ": "
}

// list writes a, b or c.
func list(words []string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}
