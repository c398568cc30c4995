package sets_test

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protopath"
	"google.golang.org/protobuf/reflect/protorange"

	aulav1 "aula/proto/aula/v1"
	"aula/questions"
	"aula/questions/sets"
)

// paragraphs names the facts of the shipped set and where the article states each.
var paragraphs = map[string][]int32{
	"dhs-offices":         {1},
	"noem-role":           {1},
	"arrival-day":         {1, 3}, // in either
	"bases-ban":           {2},
	"referendum-date":     {2},
	"referendum-question": {2},
	"offensive":           {2},
	"arrival-place":       {3},
	"gangs":               {3},
	"violence":            {3},
	"homicide-rise":       {3},
	"loffredo":            {4},
	"cooperation":         {4},
	"salinas-visit":       {5},
	"manta-flights":       {5},
	"world-war":           {5},
	"armed-forces":        {5},
	"july-meeting":        {6},
	"referendum-call":     {6},
	"jaramillo":           {6},
	"dhs-functions":       {7},
	"joint-operation":     {7},
	"galapagos":           {8},
	"noboa-ally":          {8},
	"amazon-police":       {8},
}

// properNames are the texts that are the same in English and Spanish.
var properNames = []string{
	"Alfaro", "Atacames", "Baltra", "Bolivia", "Canoa", "Carolina Jaramillo", "Claudia Sheinbaum", "Colombia", "Donald Trump",
	"Eloy Alfaro", "Galápagos", "Gian Carlo Loffredo", "Giancarlo Loffredo", "Guayaquil", "Gustavo Petro", "Jaramillo", "Kristi Noem",
	"Loffredo", "Luiz Inácio Lula da Silva", "Manta", "Montañita", "Noboa", "Noem", "Quito", "Salinas", "Trump",
}

func shipped(t *testing.T) *aulav1.QuestionSet {
	t.Helper()
	all, err := sets.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(all, func(s *aulav1.QuestionSet) bool { return s.GetId() == "ecuador-foreign-bases" })
	if i < 0 {
		t.Fatal("ecuador-foreign-bases is not shipped")
	}
	return all[i]
}

// texts calls visit with every localised text of a message.
func texts(t *testing.T, m proto.Message, visit func(path string, text map[string]string)) {
	t.Helper()
	err := protorange.Range(m.ProtoReflect(), func(values protopath.Values) error {
		last := values.Index(-1)
		field := values.Path.Index(-1).FieldDescriptor()
		if last.Step.Kind() != protopath.FieldAccessStep || !field.IsMap() {
			return nil
		}
		text := map[string]string{}
		for lang, value := range last.Value.Map().Range {
			text[lang.String()] = value.String()
		}
		visit(values.Path.String(), text)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Every set that ships compiles, and is whole in each of its languages.
func TestShippedSetsAreComplete(t *testing.T) {
	all, err := sets.Shipped()
	if err != nil || len(all) == 0 {
		t.Fatalf("%d sets, %v", len(all), err)
	}
	for _, source := range all {
		set, err := questions.Compile(source, localeWords(t))
		if err != nil {
			t.Errorf("%s: %v", source.GetId(), err)
			continue
		}
		for _, q := range set.Questions {
			for _, lang := range set.Languages {
				if !q.Covers(lang) || q.Source.GetExplanation()[lang] == "" {
					t.Errorf("%s: %s is not whole in %s", source.GetId(), q.Source.GetId(), lang)
				}
			}
		}
		texts(t, source, func(path string, text map[string]string) {
			for _, lang := range set.Languages {
				// An answer that exists in one language only may be accepted in that one.
				if text[lang] == "" && !strings.Contains(path, "accepted") {
					t.Errorf("%s: not in %s: %s", source.GetId(), lang, path)
				}
			}
		})
	}
}

// Every fact is there, in English and Spanish, with its place in the article, and is asked.
func TestFacts(t *testing.T) {
	set := shipped(t)
	if n := len(set.GetQuestions()); n < 30 {
		t.Errorf("%d questions, want 30 or more", n)
	}
	asked := map[string]bool{}
	for _, q := range set.GetQuestions() {
		if q.GetFact() == "" {
			t.Errorf("question %s names no fact", q.GetId())
		}
		asked[q.GetFact()] = true
	}
	found := map[string]bool{}
	for _, fact := range set.GetFacts() {
		id := fact.GetId()
		found[id] = true
		if !slices.Contains(paragraphs[id], fact.GetSource().GetParagraph()) {
			t.Errorf("fact %s is in paragraph %v, not %d", id, paragraphs[id], fact.GetSource().GetParagraph())
		}
		if fact.GetSource().GetId() != "article" || fact.GetStatement()["en"] == "" || fact.GetStatement()["es"] == "" {
			t.Errorf("fact %s lacks its source or a language", id)
		}
		if !asked[id] {
			t.Errorf("no question asks for the fact %s", id)
		}
	}
	for id := range paragraphs {
		if !found[id] {
			t.Errorf("the fact %s is missing", id)
		}
	}
}

// The numbers that are most easily got wrong.
func TestNumbers(t *testing.T) {
	set := shipped(t)
	for id, want := range map[string]*aulav1.NumericQuestion{
		"homicide-rise": {Value: 600, Unit: aulav1.NumericQuestion_PERCENT},
		"bases-ban":     {Value: 2008, Unit: aulav1.NumericQuestion_YEAR},
	} {
		i := slices.IndexFunc(set.GetQuestions(), func(q *aulav1.Question) bool { return q.GetId() == id })
		if i < 0 || !proto.Equal(set.GetQuestions()[i].GetNumeric(), want) {
			t.Errorf("question %s does not ask for %v", id, want)
		}
	}
}

// Nobody who does not know the answer can tell it by its length.
func TestKeyIsNotTheLongest(t *testing.T) {
	eachSingleChoice(t, func(q *aulav1.Question, options []*aulav1.ChoiceOption, key int) {
		for _, lang := range []string{"en", "es"} {
			longest := true
			for i, option := range options {
				if i != key && utf8.RuneCountInString(option.GetText()[lang]) >= utf8.RuneCountInString(options[key].GetText()[lang]) {
					longest = false
				}
			}
			if longest {
				t.Errorf("%s: in %s the key is longer than all else: %q", q.GetId(), lang, options[key].GetText()[lang])
			}
		}
	})
}

// Authors tend to write the key in the same place, and whoever reads the file to edit it
// should not learn to expect it there.
func TestPlaceOfTheKeyVaries(t *testing.T) {
	places, n := make([]int, 4), 0
	eachSingleChoice(t, func(q *aulav1.Question, options []*aulav1.ChoiceOption, key int) {
		n++
		if key < len(places) {
			places[key]++
		}
	})
	for place, times := range places {
		if share := float64(times) / float64(n); share < 0.10 || share > 0.45 {
			t.Errorf("of %d keys %d are in place %d", n, times, place+1)
		}
	}
}

func eachSingleChoice(t *testing.T, visit func(q *aulav1.Question, options []*aulav1.ChoiceOption, key int)) {
	t.Helper()
	visited := false
	for _, q := range shipped(t).GetQuestions() {
		options := q.GetChoice().GetOptions()
		if len(options) == 0 || q.GetChoice().GetMultiple() {
			continue
		}
		visited = true
		visit(q, options, slices.IndexFunc(options, func(o *aulav1.ChoiceOption) bool { return o.GetCorrect() }))
	}
	if !visited {
		t.Error("the set has no single choice")
	}
}

// No two options of a question read the same, but for capitals, in any language.
func TestOptionsDiffer(t *testing.T) {
	for _, q := range shipped(t).GetQuestions() {
		for _, lang := range []string{"en", "es"} {
			seen := map[string]bool{}
			for _, option := range q.GetChoice().GetOptions() {
				text := strings.ToLower(strings.Join(strings.Fields(option.GetText()[lang]), " "))
				if seen[text] {
					t.Errorf("%s: two options read %q", q.GetId(), text)
				}
				seen[text] = true
			}
		}
	}
}

// A text that is the same in both languages is a proper name, or one of them was forgotten.
func TestTextsAreTranslated(t *testing.T) {
	same := map[string]bool{}
	texts(t, shipped(t), func(path string, text map[string]string) {
		if text["en"] != text["es"] {
			return
		}
		same[text["en"]] = true
		if !slices.Contains(properNames, text["en"]) {
			t.Errorf("the same in English and Spanish: %q at %s", text["en"], path)
		}
	})
	if got := slices.Sorted(maps.Keys(same)); !slices.Equal(got, properNames) {
		t.Errorf("the proper names are now %q", got)
	}
}

// Spanish is written as Spanish: with its spaces, its quotes, and both marks of a question.
func TestSpanishTypography(t *testing.T) {
	plainPercent := regexp.MustCompile("[^\u00a0]%")
	texts(t, shipped(t), func(path string, text map[string]string) {
		spanish := text["es"]
		switch {
		case plainPercent.MatchString(spanish):
			t.Errorf("no no-break space before %%: %q at %s", spanish, path)
		case strings.Count(spanish, "¿") != strings.Count(spanish, "?"), strings.Count(spanish, "¡") != strings.Count(spanish, "!"):
			t.Errorf("marks do not pair: %q at %s", spanish, path)
		case strings.ContainsAny(spanish, `"“”`), strings.Count(spanish, "«") != strings.Count(spanish, "»"):
			t.Errorf("quotes are not «»: %q at %s", spanish, path)
		case strings.TrimSpace(spanish) != spanish, strings.Contains(spanish, "  "):
			t.Errorf("spaces too many: %q at %s", spanish, path)
		}
	})
}

// Every mistake in a set file is reported at once, each with its file, line and column.
func TestParseNamesTheLine(t *testing.T) {
	const text = `id: moon
title: {en: The Moon}
language: en
quetsions: []
questions:
  - id: Far Side
    text: {en: Who saw it first}
    numeric: {value: many}
`
	set, err := sets.Parse("moon.yaml", []byte(text))
	if set != nil || err == nil {
		t.Fatal("a file full of mistakes is read")
	}
	for _, want := range []string{"moon.yaml:4:1 ", "moon.yaml:6:9 ", "moon.yaml:8:22 "} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no error at %s:\n%v", want, err)
		}
	}
}
