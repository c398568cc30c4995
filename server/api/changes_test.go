package api_test

import (
	"slices"
	"strings"
	"testing"

	aulav1 "aula/proto/aula/v1"
)

// tides is a set of which parts are put in: what stands outside its one question.
func tides(parts ...string) string {
	return "id: tides\nlanguage: en\n" + strings.Join(parts, "\n") + `
questions:
  - {id: cause, text: {en: "What makes the tides?", es: "¿Qué causa las mareas?"}, text_entry: {accepted: [{text: {en: The Moon, es: La Luna}}]}}
`
}

// The parts of tides.
const (
	tidesTitle = "title: {en: Tides, es: Mareas}"
	tidesAbout = "description: {en: Of the sea, es: Del mar}"
	tidesBooks = `sources:
  - {id: atlas, title: {en: An atlas, es: Un atlas}}`
	tidesFacts = `facts:
  - id: daily
    statement: {en: "There are {value} high tides a day.", es: "Hay {value} pleamares al día."}
    value: {number: {value: 2}}
    source: {id: atlas}
    ask: [NUMERIC, CLOZE]`
	tidesMedia = `media:
  - {id: chart, uri: "https://aula.example.org/chart.png", content_type: image/png, alt: {en: A chart, es: Un gráfico}}`
)

// What changes outside the questions is told by the name of the part, by the report as by
// the comparison of the revisions.
func TestSetChanges(t *testing.T) {
	w := newWorld(t)
	ana := w.teacher("Ana")
	first := tides(tidesTitle, tidesAbout, tidesBooks, tidesFacts, tidesMedia)
	if report := ana.load(&aulav1.LoadSetHeader{}, first); len(report.GetSetChanges()) > 0 {
		t.Errorf("of a new set it tells %v", report.GetSetChanges())
	}
	for i, c := range []struct {
		before, after string
		want          []string
	}{
		{"en: Tides", "en: The tides", []string{"title.en: Tides → The tides", "stale:  → es"}},
		{"es: Del mar", "es: Del océano", []string{"description.es: Del mar → Del océano", "stale: es → "}},
		{"es: Un atlas", "es: Un atlas del mar", []string{"sources[atlas].title.es: Un atlas → Un atlas del mar"}},
		{"{value: 2}", "{value: 3}", []string{"facts[daily].value.number.value: 2 → 3"}},
		{"es: Un gráfico", "es: Un mapa", []string{"media[chart].alt.es: Un gráfico → Un mapa"}},
	} {
		first = strings.Replace(first, c.before, c.after, 1)
		report := ana.load(&aulav1.LoadSetHeader{Language: "es"}, first)
		wantReport(t, report, aulav1.LoadReport_PUBLISHED, int32(i+2))
		if got := toldChanges(report.GetSetChanges()); !slices.Equal(got, c.want) {
			t.Errorf("%s: the report tells %q, want %q", c.after, got, c.want)
		}
		if !strings.Contains(report.GetSummary(), "en el conjunto mismo") || len(report.GetChanges()) > 0 {
			t.Errorf("%s: the summary is %q, the questions %v", c.after, report.GetSummary(), report.GetChanges())
		}
		compared, err := w.library.CompareRevisions(ana.ctx(), &aulav1.CompareRevisionsRequest{Set: "tides"})
		if got := toldChanges(compared.GetSetChanges()); err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: the comparison tells %q, %v", c.after, got, err)
		}
	}
}

func toldChanges(changes []*aulav1.FieldChange) (told []string) {
	for _, c := range changes {
		told = append(told, c.GetPath()+": "+c.GetBefore()+" → "+c.GetAfter())
	}
	return told
}

// What was translated from an earlier wording is served, counted and named until it is
// touched: questions, facts (whatever they ask), and the title.
func TestStaleIsTold(t *testing.T) {
	w := newWorld(t)
	ana := w.teacher("Ana")
	file := tides(tidesTitle, tidesFacts, "sources: [{id: atlas, title: {en: An atlas, es: Un atlas}}]")
	ana.load(&aulav1.LoadSetHeader{}, file)
	for _, c := range []struct {
		before, after string
		want          []string
	}{
		{"en: Tides", "en: The tides", []string{"title"}},
		{"There are {value}", "There are about {value}", []string{"title", "facts[daily]"}},
		{"What makes", "What causes", []string{"title", "facts[daily]", "questions[cause]"}},
		{"es: Mareas", "es: Las mareas", []string{"facts[daily]", "questions[cause]"}},
		{"Hay {value}", "Hay unas {value}", []string{"questions[cause]"}},
		{"¿Qué causa", "¿Qué es lo que causa", nil},
	} {
		file = strings.Replace(file, c.before, c.after, 1)
		report := ana.load(&aulav1.LoadSetHeader{}, file)
		set, err := w.catalog.GetSet(t.Context(), &aulav1.GetSetRequest{Set: "tides", Language: "es"})
		if err != nil {
			t.Fatal(err)
		}
		for _, coverage := range [][]*aulav1.LanguageCoverage{report.GetCoverage(), set.GetCoverage()} {
			for _, l := range coverage {
				want := c.want
				if l.GetLanguage() == "en" {
					want = nil
				}
				if int(l.GetStale()) != len(want) || !slices.Equal(l.GetStaleParts(), want) || l.GetQuestions() != 3 || !l.GetComplete() {
					t.Errorf("%s: %v, want %q stale", c.after, l, want)
				}
			}
		}
	}
}

// With replace a translation that is as it was is taken to be up to date, but only what the
// file brings of it.
func TestReplaceClearsWhatItBrings(t *testing.T) {
	w := newWorld(t)
	ana := w.teacher("Ana")
	for _, c := range []struct {
		name, file string
		left       []string
	}{
		{"another question", "text (es),correct\nEl mar es salado.,VERDADERO\n", []string{"title", "facts[daily]", "questions[cause]"}},
		{"the title and an English question", "#title (es),Mareas\n#description (es),Del mar\nid,text (en),answer (en)\ncause,What causes the tides?,The Moon\n", []string{"facts[daily]", "questions[cause]"}},
		{"the question", "id,text (es),answer (es)\ncause,¿Qué causa las mareas?,La Luna\n", []string{"title", "facts[daily]"}},
		{"the title alone", "#title (es),Mareas\nid,text (es),answer (es)\ncause,¿Qué causa las mareas?,La Luna\n", []string{"title", "facts[daily]"}},
		{"title and description", "#title (es),Mareas\n#description (es),Del mar\nid,text (es),answer (es)\ncause,¿Qué causa las mareas?,La Luna\n", []string{"facts[daily]"}},
		{"a native file", strings.ReplaceAll(tides(tidesTitle, tidesAbout, tidesBooks, tidesFacts), "What makes", "What causes"), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			set := strings.ReplaceAll(strings.ToLower(c.name), " ", "-")
			file := tides(tidesTitle, tidesAbout, tidesBooks, tidesFacts)
			ana.load(&aulav1.LoadSetHeader{Set: set}, file)
			for _, edit := range [][2]string{{"en: Tides", "en: The tides"}, {"There are", "There are some"}, {"What makes", "What causes"}} {
				file = strings.Replace(file, edit[0], edit[1], 1)
			}
			ana.load(&aulav1.LoadSetHeader{Set: set}, file)
			report := ana.load(&aulav1.LoadSetHeader{Set: set, File: "mareas", Translate: true, Replace: true, Partial: true, ContentLanguage: "es"}, c.file)
			if got := staleIn(report, "es"); !slices.Equal(got, c.left) {
				t.Errorf("stale are %q, want %q:\n%v", got, c.left, report)
			}
		})
	}
}

func staleIn(report *aulav1.LoadReport, lang string) []string {
	for _, c := range report.GetCoverage() {
		if c.GetLanguage() == lang {
			return c.GetStaleParts()
		}
	}
	return nil
}

// Titles of sources and descriptions of media fall behind as other texts do, whatever the
// format, and a mark comes back with what is exported.
func TestStaleSourcesAndMedia(t *testing.T) {
	w := newWorld(t)
	ana := w.teacher("Ana")
	file := tides(tidesTitle, tidesBooks, tidesMedia)
	load := func(header *aulav1.LoadSetHeader, before, after string, want ...string) {
		t.Helper()
		if !strings.Contains(file, before) {
			t.Fatalf("no %s in\n%s", before, file)
		}
		file = strings.Replace(file, before, after, 1)
		if got := staleIn(ana.load(header, file), "es"); !slices.Equal(got, want) {
			t.Errorf("%s: stale are %q, want %q", after, got, want)
		}
		if set, err := w.catalog.GetSet(t.Context(), &aulav1.GetSetRequest{Set: "tides"}); err != nil || !slices.Equal(set.GetCoverage()[1].GetStaleParts(), want) {
			t.Errorf("%s: described as %v, %v", after, set, err)
		}
	}
	load(&aulav1.LoadSetHeader{}, "", "")
	load(&aulav1.LoadSetHeader{}, "en: An atlas", "en: An atlas of the sea", "sources[atlas]")
	load(&aulav1.LoadSetHeader{}, "en: A chart", "en: A chart of the tides", "sources[atlas]", "media[chart]")
	load(&aulav1.LoadSetHeader{}, "/chart.png", "/other.png", "sources[atlas]", "media[chart]")
	exported, err := all(w.library.ExportSet(ana.ctx(), &aulav1.ExportSetRequest{Set: "tides"}))
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, part := range exported {
		text.Write(part.GetChunk())
	}
	wantReport(t, ana.load(&aulav1.LoadSetHeader{}, text.String()), aulav1.LoadReport_UNCHANGED, 4)
	if copied := ana.load(&aulav1.LoadSetHeader{Set: "copy"}, text.String()); !slices.Equal(staleIn(copied, "es"), []string{"sources[atlas]", "media[chart]"}) {
		t.Errorf("of a copy %v is stale", staleIn(copied, "es"))
	}

	translate := &aulav1.LoadSetHeader{Set: "tides", Translate: true, ContentLanguage: "es"}
	load(translate, "", "", "sources[atlas]", "media[chart]")
	translate.Replace = true
	load(translate, "es: Un atlas", "es: Un atlas del mar")
	load(&aulav1.LoadSetHeader{}, "en: A chart of", "en: A map of", "media[chart]")
	load(&aulav1.LoadSetHeader{}, "es: Un gráfico", "es: Un mapa")
}
