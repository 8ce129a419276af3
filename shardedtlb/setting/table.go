package setting

import (
	"regexp"
	"strings"
)

var quoted = regexp.MustCompile("`[^`]*`")

// Plain is the help without the marks around the name of the value, which is written as a word.
func (i *Info) Plain() string {
	return quoted.ReplaceAllStringFunc(i.Help, func(name string) string { return strings.ToLower(strings.Trim(name, "`")) })
}

// Table writes settings as a table in Markdown. The settings have their defaults.
func Table(settings []Setting) string {
	var b strings.Builder
	b.WriteString("| setting | default | allowed | meaning |\n|---|---|---|---|\n")
	for _, s := range settings {
		about := s.About()
		name := "`--" + about.Name + "`"
		if about.Argument {
			name = "`" + about.Name + "`"
		}
		value := about.Default
		if value == "" {
			value = s.String()
		}
		allowed := s.Allowed()
		if s.Type() == "bool" {
			value, allowed = map[string]string{"true": "on", "false": "off"}[value], "on or off"
		}
		b.WriteString("| " + strings.Join([]string{name, value, allowed, about.Plain()}, " | ") + " |\n")
	}
	return b.String()
}
