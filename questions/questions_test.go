package questions_test

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/language"
	"google.golang.org/protobuf/proto"

	aulav1 "aula/proto/aula/v1"
	"aula/questions"
	"aula/questions/sets"
)

// moonSet reads testdata/moon.yaml, a good set with every kind of question.
func moonSet(t testing.TB) *aulav1.QuestionSet {
	t.Helper()
	const file = "testdata/moon.yaml"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	source, err := sets.Parse(file, text)
	if err != nil {
		t.Fatal(err)
	}
	return source
}

func compile(t testing.TB, source *aulav1.QuestionSet) *questions.Set {
	t.Helper()
	set, err := questions.Compile(source, words)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// words are the few the tests need: the real ones are in the locale files.
func words(lang, id string) []string {
	return map[string][]string{
		"en percent": {"percent"}, "en articles": {"the", "a"},
		"es percent": {"por ciento"}, "es articles": {"el", "la", "los", "las"},
		"en true": {"True"}, "en false": {"False"}, "es true": {"Verdadero"}, "es false": {"Falso"},
		"en month_day": {"{month} {day}"}, "es month_day": {"{day} de {month}"},
		"en months":   months("January February March April May June July August September October November December"),
		"es months":   months("enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"),
		"en complete": {"Complete: {statement}"}, "es complete": {"Completa: {statement}"},
		"en fill": {"Fill in: {statement}"}, "es fill": {"Llena: {statement}"},
	}[lang+" "+id]
}

func months(names string) []string { return strings.Fields(names) }

// reader asks for languages, best first: "pt es".
func reader(tags string) (r questions.Reader) {
	for tag := range strings.FieldsSeq(tags) {
		r = append(r, language.MustParse(tag))
	}
	return r
}

func choose(options ...string) *aulav1.Answer {
	return &aulav1.Answer{Kind: &aulav1.Answer_Choice{Choice: &aulav1.ChoiceAnswer{Options: options}}}
}

func number(text string) *aulav1.Answer {
	return &aulav1.Answer{Kind: &aulav1.Answer_Numeric{Numeric: &aulav1.NumericAnswer{Text: text}}}
}

func write(text string) *aulav1.Answer {
	return &aulav1.Answer{Kind: &aulav1.Answer_Text{Text: &aulav1.TextAnswer{Text: text}}}
}

// grade grades an answer given and looked back on in the same language.
func grade(set *questions.Set, question string, a *aulav1.Answer, asked string) (questions.Grade, error) {
	const seed = 1
	return set.Grade(set.Question(question), a, reader(asked), reader(asked), questions.Play{Seed: seed})
}

// A learner gets the best language of theirs that the set has, and is told when it has none.
func TestMatchLanguage(t *testing.T) {
	set := compile(t, moonSet(t))
	for _, c := range []struct {
		asked, want string
		fallback    bool
	}{
		{"en", "en", false},
		{"en-GB", "en", false},
		{"es", "es", false},
		{"es-EC", "es", false},
		{"es-MX", "es", false},
		{"es-419", "es", false},
		{"es-EC en", "es", false},
		{"en es-EC", "en", false},
		{"pt es", "es", false},
		{"pt-BR fr es-EC en", "es", false},
		{"pt", "en", true},
		{"ja zh", "en", true},
		{"", "en", true},
	} {
		lang, fallback := set.Match(reader(c.asked))
		if lang != c.want || fallback != c.fallback {
			t.Errorf("%q is served in %s, fallback %v; want %s, %v", c.asked, lang, fallback, c.want, c.fallback)
		}
	}
}

// The language to fall back to is the set's own, whatever the alphabet says.
func TestMatchFallsBackToTheSetsLanguage(t *testing.T) {
	source := moonSet(t)
	source.Language = "es"
	source.Questions = slices.DeleteFunc(source.GetQuestions(), func(q *aulav1.Question) bool { return q.GetId() == "phases" })
	if lang, fallback := compile(t, source).Match(reader("ja")); lang != "es" || !fallback {
		t.Errorf("a Spanish set shows Japanese readers %s, fallback %v", lang, fallback)
	}
}

// A question that is not written in the set's best language for a reader is asked in the
// set's own, and says so.
func TestPromptFallsBack(t *testing.T) {
	set := compile(t, moonSet(t))
	for _, c := range []struct {
		question, asked, want string
		fallback              bool
	}{
		{"size", "es-EC", "es", false},
		{"phases", "es-EC", "en", true},
		{"phases", "es en", "en", false},
		{"phases", "en", "en", false},
		{"size", "pt", "en", true},
	} {
		p := set.Prompt(set.Question(c.question), reader(c.asked), questions.Play{Seed: 1})
		if p.GetLanguage() != c.want || p.GetFallback() != c.fallback || p.Fallback == nil {
			t.Errorf("%s for %q: %s, fallback %v; want %s, %v", c.question, c.asked, p.GetLanguage(), p.GetFallback(), c.want, c.fallback)
		}
	}
	phases := set.Question("phases")
	if !phases.Covers("en") || phases.Covers("es") {
		t.Error("phases is written in English only")
	}
	const stem = "Which of these is a phase of the Moon?"
	if got := set.Prompt(phases, reader("es"), questions.Play{Seed: 1}).GetText(); got != stem {
		t.Errorf("the text is %q, want %q", got, stem)
	}
}

// A question counts as written in a language only when all of it is.
func TestCovers(t *testing.T) {
	for _, c := range []struct {
		question, lacks string
		edit            func(*aulav1.Question)
	}{
		{"size", "text", func(q *aulav1.Question) { delete(q.GetText(), "es") }},
		{"size", "explanation", func(q *aulav1.Question) { q.Explanation = map[string]string{"en": "By area."} }},
		{"size", "text of an option", func(q *aulav1.Question) { delete(q.GetChoice().GetOptions()[1].GetText(), "es") }},
		{"size", "feedback", func(q *aulav1.Question) { delete(q.GetChoice().GetOptions()[0].GetFeedback(), "es") }},
		{"holes", "accepted answers", func(q *aulav1.Question) {
			q.GetTextEntry().Accepted = []*aulav1.AcceptedText{{Text: map[string]string{"en": "craters"}}}
		}},
	} {
		source := moonSet(t)
		if !compile(t, source).Question(c.question).Covers("es") {
			t.Fatalf("%s is not Spanish to begin with", c.question)
		}
		c.edit(find(source, c.question))
		q := compile(t, source).Question(c.question)
		if q.Covers("es") || !q.Covers("en") {
			t.Errorf("%s without its Spanish %s: Spanish %v, English %v", c.question, c.lacks, q.Covers("es"), q.Covers("en"))
		}
	}
}

func find(s *aulav1.QuestionSet, id string) *aulav1.Question {
	i := slices.IndexFunc(s.GetQuestions(), func(q *aulav1.Question) bool { return q.GetId() == id })
	return s.GetQuestions()[i]
}

// What a learner sees, whole, in one language and in the other.
func TestPrompt(t *testing.T) {
	set := compile(t, moonSet(t))
	for _, c := range []struct {
		question, asked string
		want            *aulav1.Prompt
	}{
		{"distance", "es-EC", &aulav1.Prompt{
			Question: "distance", Language: "es", Text: "¿A cuántos kilómetros está?", Points: 25,
			TimeLimit: find(set.Source, "distance").GetTimeLimit(),
			Kind:      &aulav1.Prompt_Numeric{Numeric: &aulav1.NumericPrompt{}},
		}},
		{"gravity", "en", &aulav1.Prompt{
			Question: "gravity", Language: "en", Text: "How much of the Earth's gravity has it?", Points: questions.DefaultPoints,
			Kind: &aulav1.Prompt_Numeric{Numeric: &aulav1.NumericPrompt{Unit: "%"}},
		}},
		{"holes", "es", &aulav1.Prompt{
			Question: "holes", Language: "es", Text: "¿Cómo se llaman sus agujeros redondos?", Points: questions.DefaultPoints,
			Kind: &aulav1.Prompt_TextEntry{TextEntry: &aulav1.TextPrompt{}},
		}},
	} {
		c.want.Fallback, c.want.Tries = new(bool), 1
		if got := set.Prompt(set.Question(c.question), reader(c.asked), questions.Play{Seed: 1}); !proto.Equal(got, c.want) {
			t.Errorf("got %v\nwant %v", got, c.want)
		}
	}
}

// Once a question is behind them, learners see the key as their language writes it.
func TestReveal(t *testing.T) {
	set := compile(t, moonSet(t))
	for _, c := range []struct {
		question, asked string
		want            *aulav1.Outcome
	}{
		{"landing", "es-EC", &aulav1.Outcome{
			Language: "es", Explanation: "En julio de 1969.",
			Key: &aulav1.Key{Kind: &aulav1.Key_Numeric{Numeric: &aulav1.NumericKey{Value: 1969, Text: "1969"}}, Display: "1969"},
		}},
		{"distance", "es-EC", &aulav1.Outcome{
			Language: "es",
			Key:      &aulav1.Key{Kind: &aulav1.Key_Numeric{Numeric: &aulav1.NumericKey{Value: 384400, Text: "384.400"}}, Display: "384.400"},
		}},
		{"gravity", "es-MX", &aulav1.Outcome{
			Language: "es",
			Key:      &aulav1.Key{Kind: &aulav1.Key_Numeric{Numeric: &aulav1.NumericKey{Value: 16.6, Text: "16.6\u00a0%"}}, Display: "16.6\u00a0%"},
		}},
		{"size", "es", &aulav1.Outcome{
			Language: "es",
			Key: &aulav1.Key{Kind: &aulav1.Key_Choice{Choice: &aulav1.ChoiceKey{
				Options: []*aulav1.ChoicePromptOption{{Id: "africa", Text: "África"}},
			}}, Display: "África"},
		}},
		{"holes", "en", &aulav1.Outcome{
			Language: "en",
			Key: &aulav1.Key{Kind: &aulav1.Key_Text{Text: &aulav1.TextKey{
				Accepted: []string{"craters", "impact craters", "pits"},
			}}, Display: "craters"},
		}},
		{"holes", "es", &aulav1.Outcome{
			Language: "es",
			Key: &aulav1.Key{Kind: &aulav1.Key_Text{Text: &aulav1.TextKey{
				Accepted: []string{"cráteres", "cráteres de impacto"},
			}}, Display: "cráteres"},
		}},
	} {
		got := &aulav1.Outcome{}
		set.Reveal(set.Question(c.question), got, reader(c.asked), questions.Play{Seed: 1})
		if !proto.Equal(got, c.want) {
			t.Errorf("got %v\nwant %v", got, c.want)
		}
	}
}

// An answer of another kind than the question is no wrong answer but a mistake of the app.
func TestKindMismatch(t *testing.T) {
	set := compile(t, moonSet(t))
	answers := map[string]*aulav1.Answer{"choice": choose("africa"), "numeric": number("1969"), "text": write("craters")}
	for question, want := range map[string]string{"size": "choice", "landing": "numeric", "holes": "text"} {
		for kind, answer := range answers {
			_, err := grade(set, question, answer, "en")
			var mismatch *questions.KindMismatch
			if errors.As(err, &mismatch) == (kind == want) || mismatch != nil && mismatch.Want != want {
				t.Errorf("%s answered with %s: %v", question, kind, err)
			}
		}
		for _, empty := range []*aulav1.Answer{nil, {}} {
			var mismatch *questions.KindMismatch
			if _, err := grade(set, question, empty, "en"); !errors.As(err, &mismatch) || mismatch.Want != want {
				t.Errorf("%s answered with nothing: %v", question, err)
			}
		}
	}
}

// A refusal names the field at fault.
func TestRefusalNamesItsField(t *testing.T) {
	set := compile(t, moonSet(t))
	for _, c := range []struct {
		question  string
		answer    *aulav1.Answer
		field, id string
	}{
		{"size", choose("africa", "mars"), "choice.options", "choice.one_only"},
		{"visited", choose("moon", "pluto"), "choice.options[1]", "choice.no_such_option"},
		{"landing", number("long ago"), "numeric.text", "number.unreadable"},
		{"landing", number("1969%"), "numeric.text", "number.no_percent"},
		{"holes", write(" \u200b"), "text.text", "text.empty"},
	} {
		_, err := grade(set, c.question, c.answer, "en")
		var refusal *questions.Refusal
		if !errors.As(err, &refusal) || refusal.Field != c.field || refusal.ID != c.id {
			t.Errorf("%v: %v, want %s at %s", c.answer, err, c.id, c.field)
		}
	}
}

// Points are rounded; those the author does not give are DefaultPoints.
func TestPoints(t *testing.T) {
	source := moonSet(t)
	find(source, "visited").Points = 7
	set := compile(t, source)
	for _, c := range []struct {
		question string
		answer   *aulav1.Answer
		want     int32
	}{
		{"distance", number("384,400"), 25},
		{"distance", number("1"), 0},
		{"size", choose("africa"), questions.DefaultPoints},
		{"visited", choose("moon", "mars", "venus"), 7},
		{"visited", choose("moon", "mars"), 5}, // of 4.67
		{"visited", choose("moon"), 2},         // of 2.33
	} {
		g, err := grade(set, c.question, c.answer, "en")
		if got := earns(set.Question(c.question), g); err != nil || got != c.want {
			t.Errorf("%v: %d points (%v), want %d", c.answer, got, err, c.want)
		}
	}
	if set.Question("no-such") != nil {
		t.Error("a question that is not there was found")
	}
}
