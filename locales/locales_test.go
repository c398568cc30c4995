package locales_test

import (
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"

	"aula/locales"
)

// sentence is one entry of a locale file: its plural forms by name.
type sentence map[string]string

// readLocales reads the files as data, by tag.
func readLocales(t *testing.T) map[string]map[string]sentence {
	t.Helper()
	files, err := filepath.Glob("active.*.json")
	if err != nil || len(files) < 2 {
		t.Fatalf("locale files: %v, %v", files, err)
	}
	all := map[string]map[string]sentence{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var raw map[string]json.RawMessage
		if err := json.Unmarshal(text, &raw); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		sentences := map[string]sentence{}
		for id, value := range raw {
			forms := sentence{}
			var other string
			if json.Unmarshal(value, &other) == nil {
				forms["other"] = other
			} else if err := json.Unmarshal(value, &forms); err != nil {
				t.Fatalf("%s: %s: %v", file, id, err)
			}
			delete(forms, "description")
			sentences[id] = forms
		}
		all[strings.TrimSuffix(strings.TrimPrefix(file, "active."), ".json")] = sentences
	}
	return all
}

var argument = regexp.MustCompile(`\{\{\.(\w+)\}\}`)

func arguments(text string) []string {
	var names []string
	for _, m := range argument.FindAllStringSubmatch(text, -1) {
		names = append(names, m[1])
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Every language says everything, with the same arguments, in all its plural forms.
func TestLocalesAgree(t *testing.T) {
	all := readLocales(t)
	english := all["en"]
	for tag, sentences := range all {
		for id := range english {
			if sentences[id] == nil {
				t.Errorf("%s lacks %s", tag, id)
			}
		}
		forms := pluralForms(language.MustParse(tag))
		for id, s := range sentences {
			if english[id] == nil {
				t.Errorf("%s has %s, which English lacks", tag, id)
				continue
			}
			if len(english[id]) > 1 {
				for _, form := range forms {
					if s[form] == "" {
						t.Errorf("%s: %s lacks the plural form %q", tag, id, form)
					}
				}
			}
			want := arguments(english[id]["other"])
			for form, text := range s {
				if got := arguments(text); !slices.Equal(got, want) {
					t.Errorf("%s: %s (%s) takes %v, in English %v", tag, id, form, got, want)
				}
			}
		}
	}
}

// pluralForms lists the forms a language uses for whole numbers up to 1000.
func pluralForms(tag language.Tag) []string {
	names := map[plural.Form]string{
		plural.Zero: "zero", plural.One: "one", plural.Two: "two", plural.Few: "few", plural.Many: "many", plural.Other: "other",
	}
	forms := map[string]bool{"other": true}
	for n := range 1000 {
		forms[names[plural.Cardinal.MatchPlural(tag, n, 0, 0, 0, 0)]] = true
	}
	return slices.Sorted(maps.Keys(forms))
}

var (
	goString = regexp.MustCompile(`"((?:card|check|choice|cli|cloze|error|field|forecast|format|guest|interval|learner|library|match|number|order|progress|streak|study|summary|text)(?:\.[A-Za-z0-9_.]+)?)"`)
	built    = regexp.MustCompile(`^(rule|error|words|kind|format\.sheet\.help)\.|^library\.translation_`) // ids that code puts together
)

// Every sentence the code names exists, and every one that exists is named.
func TestSentencesAreUsed(t *testing.T) {
	english := readLocales(t)["en"]
	used := map[string]bool{}
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, ".pb.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range goString.FindAllStringSubmatch(string(text), -1) {
			used[m[1]] = true
			if strings.Contains(m[1], ".") && !strings.HasSuffix(m[1], ".") && !strings.HasSuffix(m[1], "_") && english[m[1]] == nil && !isField[m[1]] {
				t.Errorf("%s names %s, which no locale file has", path, m[1])
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for id := range english {
		if !used[id] && !built.MatchString(id) {
			t.Errorf("no code names %s", id)
		}
	}
}

// isField holds the names of fields that look like ids of sentences.
var isField = map[string]bool{
	"card.back": true, "card.rating": true, "match.pairs": true, "order.items": true,
	"choice.options": true, "numeric.text": true, "numeric.value": true, "text.text": true,
}

func TestMatch(t *testing.T) {
	bundle, err := locales.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	for asked, want := range map[string]string{
		"en": "en", "en-GB": "en", "es": "es", "es-EC": "es", "es-419": "es", "es-MX": "es", "pt": "en", "ja": "en",
	} {
		if got := bundle.Match(language.MustParse(asked)).Tag().String(); got != want {
			t.Errorf("%s is served in %s, want %s", asked, got, want)
		}
	}
	if got := bundle.Match().Tag(); got != language.English {
		t.Errorf("nothing asked for is served in %v", got)
	}
}

func TestText(t *testing.T) {
	bundle, err := locales.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		lang  string
		count int
		want  string
	}{
		{"en", 1, "1 question left."},
		{"en", 3, "3 questions left."},
		{"es", 1, "Queda 1 pregunta."},
		{"es", 3, "Quedan 3 preguntas."},
		{"es", 1_000_000, "Quedan 1000000 de preguntas."},
	} {
		got := bundle.Match(language.MustParse(c.lang)).Text("progress.left", map[string]any{"Count": c.count})
		if got != c.want {
			t.Errorf("%s %d: %q, want %q", c.lang, c.count, got, c.want)
		}
	}
	english := bundle.Match(language.English)
	if got := english.Text("no.such.sentence", nil); got != "no.such.sentence" {
		t.Errorf("an unknown id gave %q", got)
	}
	if got := bundle.Words("es-EC", "percent"); !slices.Contains(got, "por ciento") {
		t.Errorf("words for percent: %q", got)
	}
	if got := bundle.Words("ja", "percent"); got != nil {
		t.Errorf("words for percent in a language Aula does not speak: %q", got)
	}
}

// A file that lacks a sentence borrows the English one, but no words; a broken file is
// named.
func TestLoad(t *testing.T) {
	english := &fstest.MapFile{Data: []byte(`{"a": "apple", "b": "bread", "words.months": "January|February"}`)}
	bundle, err := locales.Load(fstest.MapFS{
		"active.en.json": english, "active.fr.json": {Data: []byte(`{"a": "pomme", "words.articles": "le|la"}`)},
	})
	if err != nil {
		t.Fatal(err)
	}
	french := bundle.Match(language.MustParse("fr-CA"))
	if a, b := french.Text("a", nil), french.Text("b", nil); a != "pomme" || b != "bread" {
		t.Errorf("got %q and %q", a, b)
	}
	if months, articles := bundle.Words("fr", "months"), bundle.Words("fr-CA", "articles"); months != nil || !slices.Equal(articles, []string{"le", "la"}) {
		t.Errorf("got the months %q and the articles %q", months, articles)
	}
	_, err = locales.Load(fstest.MapFS{"active.en.json": english, "active.fr.json": {Data: []byte(`{"a": `)}})
	if err == nil || !strings.Contains(err.Error(), "active.fr.json") {
		t.Errorf("a broken file: %v", err)
	}
}
