package native_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"pgregory.net/rapid"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats/native"
	"aula/questions/sets"
)

// pieces of texts that a format may trip over.
var pieces = []string{
	"a", "Which river is this", "¿Qué río?", "no", "yes", "null", "~", "1", "-1.5", "2008", "10:30", "2025-11-16", "true",
	": ", ":", " #", "#", "- ", "-", "'", "\"", "\\", "\\n", "{", "}", "[", "]", ",", ", ", "?", "!", "&", "*", "|", ">", "%", "@", "`",
	" ", "  ", "\n", "\n\n", "\t", "\u00a0", "\u2028", "\u200b", "\ufeff", "\x7f", "\x00", "\u0085", "\r", "\r\n", "😀", "e\u0301", "---", "...", "<b>",
	"\n  indented", "\n- item", "long text that goes on and on, as explanations do, for more than one line of the file, whatever the width may be",
}

// text is any text that is not empty.
func text(t *rapid.T) string {
	if rapid.IntRange(0, 9).Draw(t, "any") == 0 {
		return rapid.StringN(1, 30, -1).Draw(t, "text")
	}
	return strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 1, 6).Draw(t, "pieces"), "")
}

// texts are in one to three languages; atLeast 0: there may be none.
func texts(t *rapid.T, atLeast int) map[string]string {
	texts := map[string]string{}
	for _, lang := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"en", "es", "es-EC", "no"}), atLeast, 3, rapid.ID).Draw(t, "languages") {
		texts[lang] = text(t)
	}
	if len(texts) == 0 {
		return nil
	}
	return texts
}

func several[T any](t *rapid.T, low, high int, one func(i int) T) []T {
	var all []T
	for i := range rapid.IntRange(low, high).Draw(t, "several") {
		all = append(all, one(i))
	}
	return all
}

func number(t *rapid.T) float64 {
	return rapid.OneOf(rapid.SampledFrom([]float64{0, 1, -1, 0.5, 1e-7, 1e21, 123456789.125}), rapid.Float64()).Draw(t, "number")
}

// maybe is a fraction, or not.
func maybe(t *rapid.T) *float64 {
	if !rapid.Bool().Draw(t, "some") {
		return nil
	}
	return new(rapid.Float64Range(0.01, 1).Draw(t, "fraction"))
}

func choice(t *rapid.T) *aulav1.ChoiceQuestion {
	return &aulav1.ChoiceQuestion{
		Multiple: rapid.Bool().Draw(t, "multiple"), FixedOrder: rapid.Bool().Draw(t, "fixed"),
		Options: several(t, 2, 4, func(i int) *aulav1.ChoiceOption {
			return &aulav1.ChoiceOption{
				Id: fmt.Sprint("option-", i), Text: texts(t, 1), Correct: rapid.Bool().Draw(t, "correct"), Weight: maybe(t), Feedback: texts(t, 0),
				Last: rapid.Bool().Draw(t, "last"),
			}
		}),
	}
}

func numeric(t *rapid.T) *aulav1.NumericQuestion {
	n := &aulav1.NumericQuestion{
		Value: number(t), Tolerance: rapid.Float64Range(0, 10).Draw(t, "tolerance"),
		SignificantFigures: rapid.Int32Range(0, 15).Draw(t, "figures"), Unit: aulav1.NumericQuestion_Unit(rapid.Int32Range(0, 2).Draw(t, "unit")),
		Also: several(t, 0, 2, func(int) *aulav1.AcceptedNumber {
			return &aulav1.AcceptedNumber{Value: number(t), Fraction: 0.5, Feedback: texts(t, 0)}
		}),
		Units: several(t, 0, 2, func(i int) *aulav1.MeasureUnit {
			return &aulav1.MeasureUnit{Text: map[string]string{"en": "km"}, Factor: float64(i + 1)}
		}),
	}
	if rapid.Bool().Draw(t, "range") {
		n.Range = &aulav1.NumericRange{Low: number(t), High: number(t)}
	}
	return n
}

func textEntry(t *rapid.T) *aulav1.TextQuestion {
	return &aulav1.TextQuestion{
		Accepted: several(t, 1, 2, func(int) *aulav1.AcceptedText {
			return &aulav1.AcceptedText{Text: map[string]string{"en": rapid.SampledFrom(pieces).Draw(t, "word")}, Fraction: maybe(t), Feedback: texts(t, 0)}
		}),
		Wrong: several(t, 0, 1, func(int) *aulav1.WrongText {
			return &aulav1.WrongText{Text: map[string]string{"en": "x"}, Feedback: texts(t, 0)}
		}),
		Accents: aulav1.TextQuestion_Accents(rapid.Int32Range(0, 3).Draw(t, "accents")), Wildcards: rapid.Bool().Draw(t, "wildcards"),
	}
}

func matchItem(t *rapid.T, id string) *aulav1.MatchItem {
	return &aulav1.MatchItem{Id: id, Text: texts(t, 1)}
}

// fill gives a question one of the kinds.
func fill(t *rapid.T, q *aulav1.Question) {
	switch rapid.IntRange(0, 7).Draw(t, "kind") {
	case 0:
		q.Kind = &aulav1.Question_Choice{Choice: choice(t)}
	case 1:
		q.Kind = &aulav1.Question_Numeric{Numeric: numeric(t)}
	case 2:
		q.Kind = &aulav1.Question_TextEntry_{TextEntry: textEntry(t)}
	case 3:
		q.Kind = &aulav1.Question_TrueFalse{TrueFalse: &aulav1.TrueFalseQuestion{Correct: rapid.Bool().Draw(t, "true"), Feedback: texts(t, 0)}}
	case 4:
		q.Kind = &aulav1.Question_Cloze{Cloze: &aulav1.ClozeQuestion{Blanks: several(t, 1, 3, func(i int) *aulav1.Blank {
			b := &aulav1.Blank{Id: fmt.Sprint("blank-", i), Weight: maybe(t)}
			switch rapid.IntRange(0, 2).Draw(t, "blank") {
			case 0:
				b.Kind = &aulav1.Blank_Choice{Choice: choice(t)}
			case 1:
				b.Kind = &aulav1.Blank_Numeric{Numeric: numeric(t)}
			default:
				b.Kind = &aulav1.Blank_TextEntry{TextEntry: textEntry(t)}
			}
			return b
		})}}
	case 5:
		q.Kind = &aulav1.Question_Order{Order: &aulav1.OrderQuestion{
			Rule: aulav1.OrderQuestion_Rule(rapid.Int32Range(0, 3).Draw(t, "rule")),
			Items: several(t, 2, 4, func(i int) *aulav1.OrderItem {
				return &aulav1.OrderItem{Id: fmt.Sprint("item-", i), Text: texts(t, 1), Tied: rapid.Bool().Draw(t, "tied")}
			}),
		}}
	case 6:
		q.Kind = &aulav1.Question_Match{Match: &aulav1.MatchQuestion{
			Pairs: several(t, 2, 3, func(i int) *aulav1.MatchPair {
				return &aulav1.MatchPair{Left: matchItem(t, fmt.Sprint("l", i)), Right: matchItem(t, fmt.Sprint("r", i))}
			}),
			Distractors: several(t, 0, 2, func(i int) *aulav1.MatchItem { return matchItem(t, fmt.Sprint("d", i)) }),
		}}
	default:
		q.Kind = &aulav1.Question_Card{Card: &aulav1.CardQuestion{Back: texts(t, 1)}}
	}
}

func question(t *rapid.T, i int) *aulav1.Question {
	q := &aulav1.Question{
		Id: fmt.Sprint("question-", i), Text: texts(t, 1), Explanation: texts(t, 0), Points: rapid.Int32Range(0, 1000).Draw(t, "points"),
		Difficulty: aulav1.Question_Difficulty(rapid.Int32Range(0, 3).Draw(t, "difficulty")), Penalty: maybe(t),
		Tags: rapid.SliceOfNDistinct(rapid.SampledFrom(pieces[:20]), 0, 3, rapid.ID).Draw(t, "tags"),
		Hints: several(t, 0, 2, func(int) *aulav1.Hint {
			return &aulav1.Hint{Text: texts(t, 1), Cost: rapid.Float64Range(0, 1).Draw(t, "cost")}
		}),
	}
	if rapid.Bool().Draw(t, "more") {
		q.ExamOnly = true
		q.Name, q.Key, q.Fact, q.Stale, q.Media = rapid.SampledFrom(pieces).Draw(t, "name"), rapid.SampledFrom(pieces).Draw(t, "key"), "f", []string{"es"}, []string{"m"}
		q.TimeLimit = &durationpb.Duration{Seconds: rapid.Int64Range(0, 3599).Draw(t, "seconds"), Nanos: rapid.Int32Range(1, 999_999_999).Draw(t, "nanos")}
	}
	fill(t, q)
	return q
}

func fact(t *rapid.T, i int) *aulav1.Fact {
	name := &aulav1.FactName{Text: texts(t, 1), Also: []*aulav1.AcceptedText{{Text: texts(t, 1)}}}
	value := rapid.SampledFrom([]*aulav1.FactValue{
		{Kind: &aulav1.FactValue_Number{Number: &aulav1.FactNumber{Value: 1.5, Unit: map[string]string{"en": "km"}}}},
		{Kind: &aulav1.FactValue_Percent{}},
		{Kind: &aulav1.FactValue_Year{Year: 2008}},
		{Kind: &aulav1.FactValue_Date{Date: "2025-11-16"}},
		{Kind: &aulav1.FactValue_MonthDay{MonthDay: &aulav1.MonthDay{Month: 11, Day: 16}}},
		{Kind: &aulav1.FactValue_Text{Text: name}},
		{Kind: &aulav1.FactValue_Person{Person: name}},
	}).Draw(t, "value")
	return &aulav1.Fact{
		Id: fmt.Sprint("fact-", i), Statement: texts(t, 1), Value: value, Others: []*aulav1.FactValue{value}, Date: "2025-11-16",
		Ask: []aulav1.Fact_Ask{aulav1.Fact_CHOICE, aulav1.Fact_CARD}, Question: texts(t, 0), Source: &aulav1.Citation{Id: "s", Paragraph: 3},
	}
}

// A set that was written and is read again is the same, whatever it says; packages protoyaml
// and protojson read it as the same too, and it is written the same each time.
func TestWriteRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := &aulav1.QuestionSet{
			Id: "s", Title: texts(t, 1), Description: texts(t, 0), Language: "es", Certainty: rapid.Bool().Draw(t, "certainty"),
			Questions: several(t, 0, 3, func(i int) *aulav1.Question { return question(t, i) }),
			Facts:     several(t, 0, 2, func(i int) *aulav1.Fact { return fact(t, i) }),
			Sources:   several(t, 0, 2, func(i int) *aulav1.Source { return &aulav1.Source{Id: fmt.Sprint("s", i), Title: texts(t, 1)} }),
			Media: several(t, 0, 2, func(i int) *aulav1.Media {
				return &aulav1.Media{Id: fmt.Sprint("m", i), Data: rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(t, "data"), Alt: texts(t, 0), ContentType: "image/png"}
			}),
		}
		if protovalidate.Validate(set) != nil {
			t.Skip("texts that are too long")
		}
		write := map[string]func() []byte{
			"yaml": func() []byte { var b bytes.Buffer; _, _ = native.WriteYAML(&b, set, nil); return b.Bytes() },
			"json": func() []byte { var b bytes.Buffer; _, _ = native.WriteJSON(&b, set, nil); return b.Bytes() },
		}
		for format, write := range write {
			data := write()
			d, err := native.Read(t.Context(), data)
			if err != nil || len(d.Problems) > 0 || !proto.Equal(whole(d), set) {
				t.Fatalf("%s: %v, %v\n%s\nis read as %v\n not %v", format, err, d.Problems, data, whole(d), set)
			}
			again := &aulav1.QuestionSet{}
			if format == "json" {
				err = protojson.Unmarshal(data, again)
			} else {
				again, err = sets.Parse(format, data)
			}
			if err != nil || !proto.Equal(again, set) {
				t.Fatalf("%s: others read it otherwise: %v\n%s", format, err, data)
			}
			if !bytes.Equal(data, write()) {
				t.Fatalf("%s: written otherwise the second time", format)
			}
		}
	})
}
