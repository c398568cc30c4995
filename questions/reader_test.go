package questions_test

import (
	"strings"
	"testing"

	"golang.org/x/text/language"
	"pgregory.net/rapid"

	"aula/questions"
)

// Whoever asked before does not change what a reader is served.
func TestReadersDoNotMeet(t *testing.T) {
	used := compile(t, moonSet(t))
	tags := rapid.SampledFrom(strings.Fields("en en-GB en-ZA es es-EC es-MX es-419 ca pt ja und zh-TW en-u-nu-deva es-x-a es-x-b"))
	rapid.Check(t, func(t *rapid.T) {
		var r questions.Reader
		for _, tag := range rapid.SliceOfN(tags, 0, 7).Draw(t, "asked") {
			r = append(r, language.MustParse(tag))
		}
		fresh, err := questions.Compile(used.Source, words)
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{"gravity", "phases"} {
			got, want := used.Prompt(used.Question(id), r, questions.Play{}), fresh.Prompt(fresh.Question(id), r, questions.Play{})
			if got.GetLanguage() != want.GetLanguage() || got.GetFallback() != want.GetFallback() ||
				got.GetNumeric().GetUnit() != want.GetNumeric().GetUnit() {
				t.Fatalf("%v is served %v, want %v", r, got, want)
			}
		}
	})
}
