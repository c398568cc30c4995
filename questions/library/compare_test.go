package library

import (
	"fmt"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	aulav1 "aula/proto/aula/v1"
)

func TestCompare(t *testing.T) {
	from, to := parse(t, rivers), parse(t, rivers)
	to.Title["es"] = "Los ríos"
	to.Certainty = true
	q := to.Questions[0]
	q.TimeLimit = durationpb.New(45e9)
	q.Tags = []string{"geography", "rivers"}
	options := q.GetChoice().Options
	options[1].Text["es"] = strings.Repeat("ñ", 250)
	q.GetChoice().Options = append([]*aulav1.ChoiceOption{options[1], options[0]}, &aulav1.ChoiceOption{Id: "d", Text: map[string]string{"en": "The Plate"}})
	to.Questions[1].Kind = &aulav1.Question_Numeric{Numeric: &aulav1.NumericQuestion{Value: 2.5, Unit: aulav1.NumericQuestion_PERCENT}}
	to.Questions[2], to.Questions[3] = to.Questions[3], to.Questions[2]
	to.Questions = append(to.Questions[:4], to.Questions[5:]...)
	to.Questions = append(to.Questions, &aulav1.Question{Id: "new", Text: map[string]string{"en": "New?"}})
	want := `+1 ~2 -1 =5
set title.es: "Ríos" -> "Los ríos"
set certainty: "" -> "true"
set questions: "napo-length, boat, order, match, card" -> "boat, napo-length, order, match, card"
CHANGED longest MATCH_UNSPECIFIED
  time_limit: "30s" -> "45s"
  choice.options[0].text.es: "El Orinoco" -> "` + strings.Repeat("ñ", 199) + `…"
  choice.options: "b, c" -> "c, b"
  choice.options[2].id: "" -> "d"
  choice.options[2].text.en: "" -> "The Plate"
  choice.options[2].id: "a" -> ""
  choice.options[2].text.en: "The Napo" -> ""
  choice.options[2].text.es: "El Napo" -> ""
  tags: "geography" -> "geography, rivers"
CHANGED napo-flows MATCH_UNSPECIFIED
  numeric.value: "" -> "2.5"
  numeric.unit: "" -> "PERCENT"
  true_false.correct: "true" -> ""
ADDED new MATCH_UNSPECIFIED
REMOVED cloze MATCH_UNSPECIFIED
`
	if got := tellChanges(changesOf(from, to)); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := changesOf(from, proto.CloneOf(from)); !got.none() || got.Unchanged != 8 {
		t.Errorf("a set and itself: %s", tellChanges(got))
	}
	if got := changesOf(nil, from); got.Added != 8 || len(got.Set) == 0 {
		t.Errorf("nothing and a set: %s", tellChanges(got))
	}
	if told := changesOf(from, to).Tell("es-EC"); told[0].GetText() != "¿Qué río es el más largo del continente?" || told[2].GetText() != "New?" {
		t.Errorf("told %v", told)
	}
}

// However much changes the counts are right, and what is listed is bounded.
func TestCompareMany(t *testing.T) {
	from, to := manyQuestions(3000), manyQuestions(3000)
	for i, q := range to.Questions {
		q.Name = fmt.Sprint(i)
	}
	for i := range 60 {
		to.Questions[0].Tags = append(to.Questions[0].Tags, fmt.Sprint("tag ", i))
		to.Questions[0].Hints = append(to.Questions[0].Hints, &aulav1.Hint{Text: map[string]string{"en": "Hint"}})
	}
	c := changesOf(from, to)
	if c.Changed != 3000 || len(c.Questions) != maxChanges || len(c.Questions[0].Fields) != maxFields {
		t.Errorf("%d changed, %d listed, %d fields", c.Changed, len(c.Questions), len(c.Questions[0].Fields))
	}
}
