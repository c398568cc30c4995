package library

import (
	"fmt"
	"testing"

	aulav1 "aula/proto/aula/v1"
)

// manyQuestions is a set of n questions of three kinds in two languages.
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
				options[j] = &aulav1.ChoiceOption{Id: letter(j), Text: both("province %d", i+j), Correct: j == i%4}
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

// BenchmarkLoad loads what was read: as new, over the same, and over a set of which every
// question is to be recognised by what it says.
func BenchmarkLoad(b *testing.B) {
	const n = 20_000
	words := localeWords(b)
	set := manyQuestions(n)
	english, edited := inOne(set, "en"), inOne(set, "en")
	for _, q := range edited.Questions {
		q.Text["und"] += " Say."
	}
	current, native := pack(set), fileOf(inNative, set, Options{})
	one, other := fileOf(bare, english, Options{Set: "many"}), fileOf(bare, edited, Options{Set: "many"})
	for name, run := range map[string]func() *Result{
		"new":        func() *Result { return native.load(b.Context(), nil, words) },
		"same":       func() *Result { return native.load(b.Context(), current, words) },
		"one":        func() *Result { return one.load(b.Context(), current, words) },
		"recognised": func() *Result { return other.load(b.Context(), current, words) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if r := run(); r.Set == nil {
					b.Fatal(r.Problems)
				}
			}
			b.ReportMetric(float64(b.N*n)/b.Elapsed().Seconds(), "q/s")
		})
	}
}
