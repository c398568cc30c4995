package api_test

import (
	"testing"

	"github.com/google/uuid"

	aulav1 "aula/proto/aula/v1"
)

// Calls over a real connection, one after the other, with a client in the same process:
// what changes between two commits is the server's part.

func BenchmarkGetPrompt(b *testing.B) {
	w := newWorld(b)
	a := w.start(&aulav1.StartAttemptRequest{Language: "es-EC"})
	for _, c := range []struct{ name, question string }{{"named", "american"}, {"next", ""}} {
		b.Run(c.name, func(b *testing.B) {
			request := &aulav1.GetPromptRequest{Attempt: a.GetId(), Question: c.question, Language: "es-EC"}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := w.quiz.GetPrompt(b.Context(), request); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkStartAttempt(b *testing.B) {
	w := newWorld(b)
	b.ReportAllocs()
	for b.Loop() {
		request := &aulav1.StartAttemptRequest{Set: "rivers", Language: "es-EC", Nickname: "Ana", RequestId: uuid.NewString()}
		if _, err := w.quiz.StartAttempt(b.Context(), request); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkGetAttempt(b *testing.B) {
	w := newWorld(b)
	a := w.start(&aulav1.StartAttemptRequest{Language: "es-EC"})
	w.submit(a.GetId(), "longest", choose("danube"), "")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := w.quiz.GetAttempt(b.Context(), &aulav1.GetAttemptRequest{Attempt: a.GetId(), Language: "en"}); err != nil {
			b.Fatal(err)
		}
	}
}

// The answers are to attempts that were started before.
func BenchmarkSubmitAnswer(b *testing.B) {
	w := newWorld(b)
	answers := map[string]*aulav1.Answer{
		"longest": choose("danube"), "american": choose("amazon", "orinoco"), "width": number("1.234,5"),
		"share": number("20 %"), "capital": words("paris"), "deltas": choose("yes"),
	}
	var requests []*aulav1.SubmitAnswerRequest
	for len(requests) < b.N {
		a := w.start(&aulav1.StartAttemptRequest{Language: "es-EC"})
		for question, answer := range answers {
			requests = append(requests, &aulav1.SubmitAnswerRequest{
				Attempt: a.GetId(), Question: question, Answer: answer, RequestId: uuid.NewString(), Language: "es-EC",
			})
		}
	}
	b.ReportAllocs()
	b.ResetTimer()
	for _, request := range requests[:b.N] {
		if _, err := w.quiz.SubmitAnswer(b.Context(), request); err != nil {
			b.Fatal(err)
		}
	}
}
