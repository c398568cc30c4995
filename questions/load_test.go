package questions_test

import (
	"errors"
	"testing"

	"google.golang.org/protobuf/proto"

	aulav1 "aula/proto/aula/v1"
	"aula/questions"
)

// expandedMoon is a good set with every kind of question, as it is published.
func expandedMoon(t testing.TB) *aulav1.QuestionSet {
	t.Helper()
	expanded, problems := questions.Expand(moonSet(t), words)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return expanded
}

// A published set asks and tells, once loaded, what it does where it is compiled.
func TestLoad(t *testing.T) {
	published := expandedMoon(t)
	loaded, err := questions.Load(published, words)
	if err != nil {
		t.Fatal(err)
	}
	compiled := compile(t, moonSet(t))
	if len(loaded.Questions) != len(compiled.Questions) {
		t.Fatalf("%d questions are loaded and %d compiled", len(loaded.Questions), len(compiled.Questions))
	}
	for i, want := range compiled.Questions {
		got := loaded.Questions[i]
		if loaded.Question(got.Source.GetId()) != got || got.Kind != want.Kind || got.Points != want.Points {
			t.Errorf("question %d is loaded as %+v, compiled as %+v", i, got, want)
		}
		for _, asked := range readers {
			for _, play := range []questions.Play{{Seed: 1}, {Seed: 2, Exam: true}, {Seed: 3, Cards: true}} {
				if a, b := loaded.Prompt(got, reader(asked), play), compiled.Prompt(want, reader(asked), play); !proto.Equal(a, b) {
					t.Errorf("asked in %s, loaded: %v\ncompiled: %v", asked, a, b)
				}
				var a, b aulav1.Outcome
				loaded.Reveal(got, &a, reader(asked), play)
				compiled.Reveal(want, &b, reader(asked), play)
				if !proto.Equal(&a, &b) {
					t.Errorf("revealed in %s, loaded: %v\ncompiled: %v", asked, &a, &b)
				}
			}
		}
	}
}

// A question that this Aula cannot ask is told, and one that it would not pass any more is
// asked as before.
func TestLoadOfAnotherAula(t *testing.T) {
	published := expandedMoon(t)
	published.Questions[0].Explanation["en"] = "<b>bold</b>"
	if _, err := questions.Compile(published, words); err == nil {
		t.Fatal("markup passes")
	}
	if _, err := questions.Load(published, words); err != nil {
		t.Errorf("what was published does not load: %v", err)
	}
	published.Questions[0].Kind = nil
	_, err := questions.Load(published, words)
	if problems, ok := errors.AsType[questions.Problems](err); !ok || len(problems) != 1 || problems[0].ID != "check.no_kind" {
		t.Errorf("a question of no kind: %v", err)
	}
}

// Loading is what the first call to a server waits for.
func BenchmarkLoad(b *testing.B) {
	published, problems := questions.Expand(shippedSets(b)[0].Source, words)
	if len(problems) > 0 {
		b.Fatal(problems)
	}
	for name, f := range map[string]func(*aulav1.QuestionSet, questions.Words) (*questions.Set, error){
		"load": questions.Load, "compile": questions.Compile,
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := f(published, words); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
