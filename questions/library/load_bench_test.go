package library_test

import (
	"fmt"
	"testing"

	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/proto"

	aulav1 "aula/proto/aula/v1"
	"aula/questions"
)

// manyQuestions is a set of n questions of four kinds in two languages.
func manyQuestions(n int) *aulav1.QuestionSet {
	both := func(format string, args ...any) map[string]string {
		text := fmt.Sprintf(format, args...)
		return map[string]string{"en": "The " + text, "es": "El " + text}
	}
	set := &aulav1.QuestionSet{
		Id: "many", Language: "en", Title: map[string]string{"en": "Many", "es": "Muchas"},
		Questions: make([]*aulav1.Question, 0, n),
	}
	for i := range n {
		q := &aulav1.Question{
			Id: fmt.Sprintf("q-%d", i), Name: fmt.Sprintf("Question %d", i),
			Text:        both("river number %d of the map flows through which of these %d provinces?", i, i%7+2),
			Explanation: both("atlas says so on page %d, where the rivers are drawn in blue", i),
		}
		switch i % 4 {
		case 0, 1:
			options := make([]*aulav1.ChoiceOption, 4)
			for j := range options {
				options[j] = &aulav1.ChoiceOption{Id: string(rune('a' + j)), Text: both("province %d", i+j), Correct: j == i%4}
			}
			q.Kind = &aulav1.Question_Choice{Choice: &aulav1.ChoiceQuestion{Options: options}}
		case 2:
			q.Kind = &aulav1.Question_Numeric{Numeric: &aulav1.NumericQuestion{Value: float64(i), Tolerance: 0.5}}
		case 3:
			q.Kind = &aulav1.Question_TextEntry_{TextEntry: &aulav1.TextQuestion{Accepted: []*aulav1.AcceptedText{{Text: both("river %d", i)}}}}
		}
		set.Questions = append(set.Questions, q)
	}
	return set
}

func BenchmarkParts(b *testing.B) {
	set := manyQuestions(20000)
	words := func(lang, id string) []string { return nil }
	rate := func(b *testing.B) { b.ReportMetric(float64(b.N*20000)/b.Elapsed().Seconds(), "q/s") }
	b.Run("compile", func(b *testing.B) {
		for b.Loop() {
			if _, err := questions.Compile(set, words); err != nil {
				b.Fatal(err)
			}
		}
		rate(b)
	})
	b.Run("expand", func(b *testing.B) {
		for b.Loop() {
			questions.Expand(set, words)
		}
		rate(b)
	})
	b.Run("validate", func(b *testing.B) {
		for b.Loop() {
			for _, q := range set.Questions {
				if err := protovalidate.Validate(q); err != nil {
					b.Fatal(err)
				}
			}
		}
		rate(b)
	})
	b.Run("clone", func(b *testing.B) {
		for b.Loop() {
			proto.CloneOf(set)
		}
		rate(b)
	})
	b.Run("equal", func(b *testing.B) {
		other := proto.CloneOf(set)
		for b.Loop() {
			proto.Equal(set, other)
		}
		rate(b)
	})
}
