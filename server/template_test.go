package main

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"aula/questions/library"
)

// A template in any language is a file that loads as it is, in every format that it is
// written in.
func TestTemplatesLoad(t *testing.T) {
	tags := []string{
		"en", "es", "es-419", "pt", "pt_BR", "zh-Hant", "ar", "sr-Latn-RS", "iw", "fil", "x-klingon", "de-CH-1996", "en-US-u-hc-h12",
		"pt,en", "pt,fr", "es,pt", "qu,es-EC,qu",
	}
	for _, format := range library.Formats() {
		for i, languages := range tags {
			if i > 3 && !slices.Contains([]string{"csv", "yaml", "gift"}, format) {
				continue // as they are told apart by these
			}
			name := filepath.Join(t.TempDir(), "template"+library.Extension(format))
			terminal, out := testTerminal(t, "es")
			c := templateCommand{Format: format, Languages: strings.Split(languages, ",")}
			c.Output = name
			if err := c.Run(terminal); err != nil {
				t.Errorf("%s in %s: %v", format, languages, err)
				continue
			}
			check := checkCommand{Files: []string{name}}
			if format == "anki-text" || format == "quizlet" { // cards in two columns are either's
				check.Format = format
			}
			if err := check.Run(terminal); err != nil {
				t.Errorf("%s in %s: %v\n%s", format, languages, err, out)
			}
		}
	}
}
