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

// What the reader of a format cannot read of a question that the set has already leaves the
// set as little as what is wrong with it otherwise: by whatever the file knows it by.
func TestPartialKeepsTheUnread(t *testing.T) {
	w := newWorld(t)
	ana := w.teacher("Ana")
	moodle := func(broken string) string {
		return `<?xml version="1.0" encoding="UTF-8"?><quiz>
<question type="truefalse"><name><text>Salt</text></name><questiontext format="html"><text>The sea is salty.</text></questiontext>
<answer fraction="100"><text>true</text></answer><answer fraction="0"><text>false</text></answer></question>
<question type="numerical"><name><text>Tides</text></name><questiontext format="html"><text>How many high tides a day?</text></questiontext>
<idnumber>T-1</idnumber><answer fraction="100"><text>` + broken + `</text></answer></question></quiz>`
	}
	named := "id: NAME\nlanguage: en\ntitle: {en: Seas}\nquestions:\n" +
		"  - {id: salt, text: {en: The sea is salty.}, true_false: {correct: true}}\n" +
		"  - {id: tides, text: {en: \"How many?\"}, numeric: {value: 2}}\n" +
		"  - {id: last, text: {en: It is deep.}, true_false: {correct: true}}\n"
	for _, c := range []struct {
		name, good, bad string
		left            int32 // what the bad file has no longer, and says nothing of
	}{
		{"csv by key", "key,kind,text,correct\nsalt,true/false,The sea is salty.,TRUE\ntides,number,How many high tides a day?,2\nlast,true/false,It is blue.,TRUE\n", "key,kind,text,correct\nsalt,true/false,The sea is salty.,TRUE\ntides,number,How many high tides a day now?,two\n", 1},
		{"csv by stem", "kind,text,correct\ntrue/false,The sea is salty.,TRUE\nnumber,How many high tides a day?,2\n", "kind,text,correct\ntrue/false,The sea is salty.,TRUE\nnumber,How many high tides a day?,two\n", 0},
		{"csv by the beginning", "kind,text,correct\ntrue/false,The sea is salty.,TRUE\nnumber,How many high tides are there on a day on which the Moon is new or full?,2\n", "kind,text,correct\ntrue/false,The sea is salty.,TRUE\nnumber,How many high tides are there on a day on which the Moon is new or full?,two\n", 0},
		{"gift by id", "// [id:a]\n::Salt::The sea is salty.{T}\n\n// [id:b]\n::Tides::How many high tides?{#2}\n", "// [id:a]\n::Salt::The sea is salty.{T}\n\n// [id:b]\n::High tides::How many of them?{#two}\n", 0},
		{"gift by name", "::Salt::The sea is salty.{T}\n\n::Tides::How many high tides?{#2}\n", "::Salt::The sea is salty.{T}\n\n::Tides::How many of them?{#two}\n", 0},
		{"aiken", "Is the sea salty?\nA. Yes\nB. No\nANSWER: A\n\nHow many high tides a day?\nA. One\nB. Two\nANSWER: B\n", "Is the sea salty?\nA. Yes\nB. No\nANSWER: A\n\nHow many high tides a day?\nA. One\nB. Two\nANSWER: C\n", 0},
		{"moodle", moodle("2"), moodle("two"), 0},
		{"moodle no xml", moodle("2"), moodle("<2"), 0},
		{"native", named, strings.Replace(strings.Replace(named, "value: 2", "value: two", 1), "  - {id: last", "  - {id: new", 1), 1},
		{"native no yaml", named, strings.Replace(named, "{value: 2}", "{value: 2", 1), 0},
		{"native invalid", named, strings.Replace(named, "id: tides, ", "id: tides, points: 5000, ", 1), 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			id := strings.ReplaceAll(c.name, " ", "-")
			header := func() *aulav1.LoadSetHeader {
				return &aulav1.LoadSetHeader{Set: id, File: "seas", ContentLanguage: "en", Partial: true}
			}
			wantReport(t, ana.load(header(), strings.ReplaceAll(c.good, "NAME", id)), aulav1.LoadReport_PUBLISHED, 1)
			before := w.start(&aulav1.StartAttemptRequest{Set: id})
			report := ana.load(header(), strings.ReplaceAll(c.bad, "NAME", id))
			kept := slices.DeleteFunc(slices.Clone(report.GetProblems()), func(p *aulav1.LoadProblem) bool { return p.GetReason() != "library.kept_before" })
			if len(kept) != 1 || kept[0].GetSeverity() != aulav1.LoadProblem_NOTE || report.GetRemoved() != c.left || report.GetLeftOut() != 1 || report.GetChanged() > 0 {
				t.Errorf("kept %v, and tells %v", kept, report)
			}
			after := w.start(&aulav1.StartAttemptRequest{Set: id})
			for _, p := range before.GetPrompts() {
				there := slices.ContainsFunc(after.GetPrompts(), func(q *aulav1.Prompt) bool { return q.GetQuestion() == p.GetQuestion() })
				if removed := p.GetQuestion() == "last" || p.GetText() == "It is blue."; there == removed && c.left > 0 || !there && c.left == 0 {
					t.Errorf("%s is there: %v", p.GetQuestion(), there)
				}
			}
			header2 := header()
			header2.Partial = false
			wantReport(t, ana.load(header2, strings.ReplaceAll(c.bad, "NAME", id)), aulav1.LoadReport_REFUSED, report.GetRevision())
		})
	}
}

// A question that is kept keeps what it shows.
func TestPartialKeepsMedia(t *testing.T) {
	w := newWorld(t)
	ana := w.teacher("Ana")
	shown := "  - {id: deep, text: {en: It is deep.}, media: [chart], true_false: {correct: %s}}"
	file := tides(tidesTitle, tidesMedia) + strings.Replace(shown, "%s", "true", 1)
	ana.load(&aulav1.LoadSetHeader{}, file)
	report := ana.load(&aulav1.LoadSetHeader{Partial: true}, tides(tidesTitle)+strings.Replace(shown, "%s", "perhaps", 1))
	wantReport(t, report, aulav1.LoadReport_UNCHANGED, 1)
	if report.GetLeftOut() != 1 || report.GetUnchanged() != 2 {
		t.Errorf("it tells %v", report)
	}
}
