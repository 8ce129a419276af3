package bench

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// translated are pages that there are in Chinese too, by their place here and below docs/zh.
var translated = map[string]string{"../README.md": "README.md", "../docs/TUNING.md": "TUNING.md", "../docs/BENCHMARKS.md": "BENCHMARKS.md"}

var (
	// instructions are what a reader may type: options, and commands with the word that says what they do.
	instructions = regexp.MustCompile(`--[a-z][a-z0-9-]*[a-z0-9]|\bhartwood [a-z]+\b|\bmake [a-z][a-z-]*\b|\bperf [a-z]+\b`)
	// toType are the parts of a page that are to be typed: between back quotes, and indented lines.
	toType = regexp.MustCompile("(?m)`[^`]+`|^    .*$")
	// untranslated is the table of measurements, and what is printed.
	untranslated = regexp.MustCompile("(?s)<!-- measurements -->.*?<!-- end of table -->|```.*?```")
	// remark is what a command line says for people, and a Chinese comment is not compared with an English one.
	remark = regexp.MustCompile(`(?m)\s# .*$|// .*$`)
)

// typedIn returns what a page has its readers type.
func typedIn(page string) []string {
	var all []string
	page = untranslated.ReplaceAllString(page, "")
	for _, part := range toType.FindAllString(page, -1) {
		line := strings.Join(strings.Fields(remark.ReplaceAllString(part, "")), " ")
		all = append(all, instructions.FindAllString(line, -1)...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// TestBothLanguagesNameTheSame: an option or a command that one language tells of and the other does not is out of date.
func TestBothLanguagesNameTheSame(t *testing.T) {
	for english, name := range translated {
		chinese := filepath.Join("../docs/zh", name)
		pages := map[string][]string{}
		for _, path := range []string{english, chinese} {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			pages[path] = typedIn(string(text))
		}
		for _, side := range [][2]string{{english, chinese}, {chinese, english}} {
			for _, word := range pages[side[0]] {
				if !slices.Contains(pages[side[1]], word) {
					t.Errorf("%s tells of %s, and %s does not; add a word on it there", side[0], word, side[1])
				}
			}
		}
		if len(pages[english]) < 10 {
			t.Errorf("%s has only %v", english, pages[english])
		}
	}
}

func TestTypedIn(t *testing.T) {
	page := "```\nprinted `--gone`\n```\nUse `--jit off`, or --not-this.\n\n    hartwood bench --quick   # make coffee\n\n<!-- measurements -->\n`--gone`\n<!-- end of table -->\n`make\ntest`"
	if got := strings.Join(typedIn(page), ","); got != "--jit,--quick,hartwood bench,make test" {
		t.Error(got)
	}
}
