package questions_test

import (
	"testing"

	aulav1 "aula/proto/aula/v1"
	"aula/questions"
)

// Grading is on the way of every answer, so it must cost nothing to notice: below a
// microsecond for a choice, below 20 for a text with five accepted answers.

func benchmarkGrade(b *testing.B, q *aulav1.Question, answer *aulav1.Answer, asked string) {
	q.Id, q.Text = "q", both("What?", "¿Qué?")
	set, r := compileOne(b, q), reader(asked)
	asking := set.Question("q")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := set.Grade(asking, answer, r, r, questions.Play{Seed: 1}); err != nil {
			b.Fatal(err)
		}
	}
}

func compileOne(t testing.TB, q *aulav1.Question) *questions.Set {
	t.Helper()
	return compile(t, &aulav1.QuestionSet{
		Id: "set", Title: both("Set", "Conjunto"), Language: "en", Questions: []*aulav1.Question{q},
	})
}

func choiceQuestion() *aulav1.Question {
	choice := &aulav1.ChoiceQuestion{}
	for i, id := range []string{"a", "b", "c", "d"} {
		choice.Options = append(choice.Options, &aulav1.ChoiceOption{
			Id: id, Text: both("Option "+id, "Opción "+id), Correct: i == 2, Feedback: both("So it is "+id, "Así que es "+id),
		})
	}
	return &aulav1.Question{Kind: &aulav1.Question_Choice{Choice: choice}}
}

func BenchmarkGradeChoice(b *testing.B) {
	benchmarkGrade(b, choiceQuestion(), choose("c"), "es-EC")
}

func BenchmarkGradeChoiceAcceptLanguage(b *testing.B) {
	benchmarkGrade(b, choiceQuestion(), choose("c"), "de-CH es-EC es en")
}

func textQuestion(accepted ...string) *aulav1.Question {
	q := &aulav1.TextQuestion{}
	for _, text := range accepted {
		q.Accepted = append(q.Accepted, &aulav1.AcceptedText{Text: both(text, text)})
	}
	return &aulav1.Question{Kind: &aulav1.Question_TextEntry_{TextEntry: q}}
}

func benchmarkGradeText(b *testing.B, typed string) {
	benchmarkGrade(b, textQuestion("la construcción social del problema", "construcción del problema social", "el pánico moral",
		"la criminalización", "las islas Galápagos"), write(typed), "es-EC")
}

func BenchmarkGradeTextExact(b *testing.B)  { benchmarkGradeText(b, "el pánico moral") }
func BenchmarkGradeTextAccent(b *testing.B) { benchmarkGradeText(b, "las islas galapagos") }
func BenchmarkGradeTextTypo(b *testing.B) {
	benchmarkGradeText(b, "la construccion socail del problema")
}

func BenchmarkGradeTextNone(b *testing.B) {
	benchmarkGradeText(b, "la construcción de otra cosa distinta")
}

func BenchmarkGradeNumber(b *testing.B) {
	q := &aulav1.Question{Kind: &aulav1.Question_Numeric{Numeric: &aulav1.NumericQuestion{Value: 1234.5}}}
	benchmarkGrade(b, q, number("1.234,5"), "es-EC")
}
