package gift_test

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/text/language"
	"google.golang.org/protobuf/encoding/protojson"

	aulav1 "aula/proto/aula/v1"
	"aula/questions"
	"aula/questions/formats"
)

// compile makes a set of what was read as library does: with ids, a title and a language.
func compile(t testing.TB, doc *formats.Document) *questions.Set {
	t.Helper()
	text, err := protojson.Marshal(doc.Set)
	if err != nil {
		t.Fatal(err)
	}
	set := &aulav1.QuestionSet{}
	said := strings.NewReplacer(`"`+formats.Unknown+`":`, `"en":`)
	if err := protojson.Unmarshal([]byte(said.Replace(string(text))), set); err != nil {
		t.Fatal(err)
	}
	set.Id, set.Language, set.Title = "set", "en", map[string]string{"en": "Title"}
	for i, q := range set.GetQuestions() {
		q.Id = fmt.Sprint("q", i)
		for i, option := range q.GetChoice().GetOptions() {
			option.Id = fmt.Sprint(i)
		}
		for i, pair := range q.GetMatch().GetPairs() {
			if pair.Left.Id = fmt.Sprint("l", i); pair.GetRight().GetId() == "" {
				pair.Right.Id = fmt.Sprint("r", i)
			}
		}
		for i, item := range q.GetMatch().GetDistractors() {
			if item.GetId() == "" {
				item.Id = fmt.Sprint("d", i)
			}
		}
	}
	compiled, err := questions.Compile(set, func(_, id string) []string { return []string{id} })
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

// Answers earn what Moodle would give for them.
func TestGrading(t *testing.T) {
	type fractions map[string]float64
	for file, answers := range map[string]fractions{
		"Q{=Quito =%50%Guayaquil =%0%Lima#No.}":        {"Quito": 1, "quito": 1, "Quitó": 0, "Quto": 0, "guayaquil": 0.5, "Lima": 0, "Quito!": 0},
		"Q{=sol* =*luna*}":                             {"solar": 1, "sol": 1, "la luna llena": 1, "insolar": 0},
		`Q{=5 \* 2}`:                                   {"5 * 2": 1, "5 x 2": 0},
		"Q{#3.14:0.01}":                                {"3.14": 1, "3.15": 1, "3.2": 0},
		"Q{#1..2}":                                     {"1": 1, "1.5": 1, "2": 1, "2.1": 0},
		"Q{#=1822:0 =%50%1822:2}":                      {"1822": 1, "1823": 0.5, "1830": 0},
		"Q{~a =b ~%50%c}":                              {"0": 0, "1": 1, "2": 0.5},
		"Q{~%50%a ~%50%b ~%-100%c ~d}":                 {"0 1": 1, "0": 0.5, "0 2": 0, "0 3": 0.5},
		"Q{~%33.33333%a ~%33.33333%b ~%33.33333%c ~d}": {"0 1 2": 1},
		"Q{T}":                      {"true": 1, "false": 0},
		"Q{=a->x =b->x =c->y =->z}": {"l0:r0 l1:r1 l2:r2": 1},
	} {
		set := compile(t, read(t, file))
		q := set.Questions[0]
		for typed, want := range answers {
			reader := questions.Reader{language.English}
			g, err := set.Grade(q, answerOf(q.Source, typed), reader, reader, questions.Play{})
			if err != nil || g.Fraction < want-1e-9 || g.Fraction > want+1e-9 {
				t.Errorf("%s: %q earns %v (%v), want %v", file, typed, g.Fraction, err, want)
			}
		}
	}
}

// answerOf makes an answer of a text; of pairs whatever is right.
func answerOf(q *aulav1.Question, text string) *aulav1.Answer {
	switch kind := q.GetKind().(type) {
	case *aulav1.Question_TextEntry_:
		return &aulav1.Answer{Kind: &aulav1.Answer_Text{Text: &aulav1.TextAnswer{Text: text}}}
	case *aulav1.Question_Numeric:
		return &aulav1.Answer{Kind: &aulav1.Answer_Numeric{Numeric: &aulav1.NumericAnswer{Text: text}}}
	case *aulav1.Question_Match:
		pairs := map[string]string{}
		for _, pair := range kind.Match.GetPairs() {
			pairs[pair.GetLeft().GetId()] = pair.GetRight().GetId()
		}
		return &aulav1.Answer{Kind: &aulav1.Answer_Match{Match: &aulav1.MatchAnswer{Pairs: pairs}}}
	}
	return &aulav1.Answer{Kind: &aulav1.Answer_Choice{Choice: &aulav1.ChoiceAnswer{Options: strings.Fields(text)}}}
}
