package questions_test

import (
	"errors"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"

	aulav1 "aula/proto/aula/v1"
	"aula/questions"
)

// FuzzGradeAnswers throws whole answers, as JSON, at every kind of question, without what
// the server checks beforehand: each earns between nothing and everything or is refused.
func FuzzGradeAnswers(f *testing.F) {
	set := school(f)
	for _, q := range set.Questions {
		text, err := protojson.Marshal(fromKey(f, set, q, "en", shuffledBy(1)))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	for _, text := range []string{
		`{}`, `{"choice": {}}`, `{"choice": {"options": ["true", "true"]}}`, `{"choice": {"options": ["", "` + strings.Repeat("x", 1000) + `"]}}`,
		`{"choice": {"options": ["amazon", "amazon", "napo", "none", "all"]}}`,
		`{"cloze": {}}`, `{"cloze": {"blanks": {"": {}}}}`, `{"cloze": {"blanks": {"sea": {}}}}`,
		`{"cloze": {"blanks": {"length": {"numeric": {"text": "1e999"}}}}}`, `{"cloze": {"blanks": {"river": {"text": {}}}}}`,
		`{"cloze": {"blanks": {"river": {"text": {"text": "\u0000"}}, "sea": {"choice": {}}}}}`,
		`{"order": {}}`, `{"order": {"items": ["a", "a", "a", "a"]}}`, `{"order": {"items": ["c", "b", "a", ""]}}`,
		`{"match": {}}`, `{"match": {"pairs": {"": ""}}}`, `{"match": {"pairs": {"cat": "z", "z": "cat"}}}`,
		`{"card": {}}`, `{"card": {"rating": -1}}`, `{"card": {"rating": 99}}`, `{"text": {"text": "x"}}`, `{"numeric": {}}`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		answer := &aulav1.Answer{}
		if err := protojson.Unmarshal([]byte(text), answer); err != nil {
			t.Skip("no answer")
		}
		for _, q := range set.Questions {
			g, err := set.Grade(q, answer, in("es-EC"), in("en"), shuffledBy(1))
			var refusal *questions.Refusal
			var mismatch *questions.KindMismatch
			switch {
			case errors.As(err, &mismatch):
			case errors.As(err, &refusal):
				if refusal.Field == "" || refusal.ID == "" {
					t.Errorf("refused with %+v", refusal)
				}
			case err != nil:
				t.Error(err)
			case !(g.Fraction >= 0 && g.Fraction <= 1) || (g.Fraction == 1) != (g.Verdict == aulav1.Outcome_CORRECT):
				t.Errorf("%s earns %+v", q.Source.GetId(), g)
			}
		}
	})
}
