package questions_test

import (
	"testing"

	aulav1 "aula/proto/aula/v1"
	"aula/questions"
)

// BenchmarkPrompt makes what a learner is shown of each kind of question, and takes it from
// memory as it goes over the wire.
func BenchmarkPrompt(b *testing.B) {
	school := school(b)
	sets := map[string]*questions.Set{
		"choice": compileOne(b, &aulav1.Question{Id: "q", Text: both("What?", "¿Qué?"), Kind: choiceQuestion().GetKind()}),
		"text":   compileOne(b, &aulav1.Question{Id: "q", Text: both("What?", "¿Qué?"), Kind: textQuestion("a word").GetKind()}),
	}
	for name, set := range sets {
		benchmarkPrompt(b, name, set, set.Questions[0])
	}
	for _, q := range school.Questions {
		benchmarkPrompt(b, q.Source.GetId(), school, q)
	}
}

func benchmarkPrompt(b *testing.B, name string, set *questions.Set, q *questions.Question) {
	b.Helper()
	r, play := in("es-EC"), shuffledBy(1)
	b.Run(name+"/made", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			set.Prompt(q, r, play)
		}
	})
	b.Run(name+"/kept", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			set.EncodedPrompt(q, r, play)
		}
	})
}
