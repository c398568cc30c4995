package api_test

import (
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	aulav1 "aula/proto/aula/v1"
)

// secretFields are names under which a message could tell what is right.
var secretFields = []string{
	"accepted", "correct", "explanation", "fact", "feedback", "fraction", "key", "outcome", "tolerance", "value", "verdict", "weight",
}

// No message that a prompt can hold has a place for a secret.
func TestPromptHasNoPlaceForSecrets(t *testing.T) {
	seen := map[protoreflect.FullName]bool{}
	eachField((&aulav1.Prompt{}).ProtoReflect().Descriptor(), seen, func(field protoreflect.FieldDescriptor) {
		if slices.Contains(secretFields, string(field.Name())) {
			t.Errorf("%s is reachable from Prompt", field.FullName())
		}
	})
	for _, question := range []string{"Question", "ChoiceQuestion", "NumericQuestion", "TextQuestion", "Key", "Outcome", "Fact"} {
		if seen[protoreflect.FullName("aula.v1."+question)] {
			t.Errorf("%s is reachable from Prompt", question)
		}
	}
	if !seen["aula.v1.ChoicePromptOption"] {
		t.Errorf("the walk missed messages: %v", seen)
	}
}

// eachSet visits every field that is set in a message and in all it holds.
func eachSet(m protoreflect.Message, path string, visit func(path string, field protoreflect.FieldDescriptor)) {
	m.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		here := path + "." + string(field.Name())
		visit(here, field)
		switch {
		case field.IsMap():
		case field.IsList() && field.Message() != nil:
			for i := range value.List().Len() {
				eachSet(value.List().Get(i).Message(), here, visit)
			}
		case field.Message() != nil && !field.IsList():
			eachSet(value.Message(), here, visit)
		}
		return true
	})
}

func wantNoSecrets(t *testing.T, call string, m proto.Message) {
	t.Helper()
	eachSet(m.ProtoReflect(), call, func(path string, field protoreflect.FieldDescriptor) {
		if slices.Contains(secretFields, string(field.Name())) || strings.HasSuffix(path, "score.points") {
			t.Errorf("%s is told", path)
		}
	})
}

// An exam tells nothing before its finish, and everything after.
func TestExam(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	a := w.start(&aulav1.StartAttemptRequest{Mode: aulav1.Attempt_EXAM, Language: "es"})
	wantNoSecrets(t, "StartAttempt", a)
	for _, answer := range []struct {
		question string
		answer   *aulav1.Answer
	}{
		{"longest", choose("danube")},
		{"width", number("1.234,5")},
		{"capital", words("paris")},
	} {
		wantNoSecrets(t, "SubmitAnswer", w.submit(a.GetId(), answer.question, answer.answer, "es-EC"))
	}
	prompt, err := w.quiz.GetPrompt(ctx, &aulav1.GetPromptRequest{Attempt: a.GetId()})
	if err != nil {
		t.Fatal(err)
	}
	wantNoSecrets(t, "GetPrompt", prompt)
	during := w.get(a.GetId(), "en")
	wantNoSecrets(t, "GetAttempt", during)
	if len(during.GetAnswers()) != 3 || during.GetAnswers()[0].GetAnswer() == nil {
		t.Errorf("the learner's own answers are %v", during.GetAnswers())
	}
	set, err := w.catalog.GetSet(ctx, &aulav1.GetSetRequest{Set: "rivers"})
	if err != nil {
		t.Fatal(err)
	}
	wantNoSecrets(t, "GetSet", set)

	result := w.finish(a.GetId()).GetAttempt()
	if len(result.GetAnswers()) != 6 || result.GetScore().GetPoints() != 20 {
		t.Errorf("%d outcomes, %d points after the finish", len(result.GetAnswers()), result.GetScore().GetPoints())
	}
	for _, row := range result.GetAnswers() {
		if row.GetOutcome().GetKey().GetKind() == nil {
			t.Errorf("%s has no key after the finish", row.GetQuestion())
		}
		if row.GetAnswer() == nil && row.GetOutcome().GetVerdict() != aulav1.Outcome_UNANSWERED {
			t.Errorf("%s was not answered and is %v", row.GetQuestion(), row.GetOutcome().GetVerdict())
		}
	}
}

// What practice tells, it tells of the questions answered and of no others.
func TestPracticeTellsOnlyWhatWasAnswered(t *testing.T) {
	w := newWorld(t)
	a := w.start(&aulav1.StartAttemptRequest{})
	w.submit(a.GetId(), "longest", choose("danube"), "")
	got := w.get(a.GetId(), "")
	if len(got.GetAnswers()) != 1 || got.GetAnswers()[0].GetQuestion() != "longest" {
		t.Errorf("outcomes of %v", got.GetAnswers())
	}
	got.Answers, got.Score = nil, nil
	wantNoSecrets(t, "GetAttempt", got)
}

// The place of an option tells nothing: over many attempts each is first about as often.
func TestOrderTellsNothing(t *testing.T) {
	w := newWorld(t)
	const attempts = 300
	first := map[string]int{}
	for range attempts {
		a := w.start(&aulav1.StartAttemptRequest{QuestionCount: 6})
		for _, p := range a.GetPrompts() {
			if p.GetQuestion() == "longest" {
				first[p.GetChoice().GetOptions()[0].GetId()]++
			}
		}
	}
	for _, option := range []string{"amazon", "danube", "thames"} {
		// A third of 300 is 100; five standard deviations are 41.
		if n := first[option]; n < 59 || n > 141 {
			t.Errorf("%s came first in %d of %d attempts", option, n, attempts)
		}
	}
}
