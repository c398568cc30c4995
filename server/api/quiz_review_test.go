package api_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	aulav1 "aula/proto/aula/v1"
)

// heard is what a phone hears of quizzes, by question.
func (p *phone) heard() map[string]*aulav1.ReviewEvent {
	p.sync(0)
	heard := map[string]*aulav1.ReviewEvent{}
	for _, e := range p.events {
		if e.GetAttempt() != "" {
			heard[e.GetQuestion()] = e
		}
	}
	return heard
}

// What a learner answers in practice is a review at once, the first answer to each question, and
// once however often it is sent.
func TestPracticeIsReviewed(t *testing.T) {
	w := newWorld(t)
	w.publish("rivers", func(set *aulav1.QuestionSet) {
		for _, q := range set.GetQuestions() {
			q.Tries = 3
			q.Hints = []*aulav1.Hint{{Text: map[string]string{"en": "Think.", "es": "Piensa.", "fr": "Pense."}, Cost: 0.5}}
		}
	})
	luz := newPhone(w.learner("Luz"))
	a := luz.start(&aulav1.StartAttemptRequest{}).GetId()
	submit := func(question string, answer *aulav1.Answer, took time.Duration) *aulav1.SubmitAnswerRequest {
		return &aulav1.SubmitAnswerRequest{
			Attempt: a, Question: question, Answer: answer, RequestId: uuid.NewString(), Duration: durationpb.New(took), Language: "es-EC",
		}
	}
	if _, err := w.quiz.RevealHint(luz.ctx(), &aulav1.RevealHintRequest{Attempt: a, Question: "share"}); err != nil {
		t.Fatal(err)
	}
	wrong := submit("longest", choose("thames"), 9*time.Second)
	for _, req := range []*aulav1.SubmitAnswerRequest{
		wrong, wrong, submit("longest", choose("amazon"), time.Second),
		submit("capital", words("París"), 2*time.Second),
		submit("share", number("20"), 2*time.Second),
	} {
		if _, err := w.quiz.SubmitAnswer(luz.ctx(), req); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.quiz.SubmitAnswers(luz.ctx(), &aulav1.SubmitAnswersRequest{Answers: []*aulav1.SubmitAnswerRequest{
		submit("width", number("1.234,5"), 2*time.Minute), submit("american", choose("amazon"), 0), submit("deltas", choose("yes"), 0), wrong,
	}}); err != nil {
		t.Fatal(err)
	}
	heard := luz.heard()
	for question, want := range map[string]aulav1.CardAnswer_Rating{
		"longest": aulav1.CardAnswer_AGAIN, // the second try was right
		"capital": aulav1.CardAnswer_EASY, "share": aulav1.CardAnswer_HARD, "width": aulav1.CardAnswer_HARD,
		"american": aulav1.CardAnswer_HARD, "deltas": aulav1.CardAnswer_GOOD,
	} {
		e := heard[question]
		if e.GetRated() != want || e.GetAttempt() != a || e.GetAnswer() == nil || e.GetTimeZone() != "America/Guayaquil" {
			t.Errorf("%s was reviewed as %v, want %v", question, e, want)
		}
		if state := luz.states[question]; state.GetReviews() != 1 {
			t.Errorf("%s is %v", question, state)
		}
	}
	if e := heard["share"]; e.GetHints() != 1 || e.GetDuration().AsDuration() != 2*time.Second || e.GetAnswerLanguage() != "es-EC" {
		t.Errorf("a hint and a while come to %v", e)
	}
	// What a quiz's answer did to the card can be taken back, which is nothing to the quiz.
	undone, err := w.study.UndoReview(luz.ctx(), &aulav1.UndoReviewRequest{Review: heard["capital"].GetId()})
	if err != nil || undone.GetState().GetPhase() != 0 {
		t.Errorf("taken back: %v, %v", undone, err)
	}
	if result := luz.finish(a); result.GetAttempt().GetScore().GetPoints() == 0 {
		t.Errorf("the attempt came to %v", result)
	}
	if again := luz.heard(); len(again) != 6 || luz.states["capital"].GetReviews() != 0 {
		t.Errorf("after the finish: %v", again)
	}
}

// Cards say of themselves how well they were known.
func TestCardsInPracticeAreReviewed(t *testing.T) {
	w := newWorld(t)
	luz := newPhone(w.learner("Luz"))
	a := luz.start(&aulav1.StartAttemptRequest{Cards: true}).GetId()
	luz.submit(a, "longest", &aulav1.Answer{Kind: &aulav1.Answer_Card{Card: &aulav1.CardAnswer{Rating: aulav1.CardAnswer_HARD}}})
	if e := luz.heard()["longest"]; e.GetRated() != aulav1.CardAnswer_HARD {
		t.Errorf("reviewed as %v", e)
	}
}

// An exam tells nothing before it is finished, and is reviewed then, as of when it was answered.
func TestExamIsReviewed(t *testing.T) {
	w := newWorld(t)
	luz := newPhone(w.learner("Luz"))
	a := luz.start(&aulav1.StartAttemptRequest{Mode: aulav1.Attempt_EXAM}).GetId()
	if _, err := w.quiz.SubmitAnswer(luz.ctx(), &aulav1.SubmitAnswerRequest{
		Attempt: a, Question: "capital", Answer: words("París"), Duration: durationpb.New(2 * time.Second),
	}); err != nil {
		t.Fatal(err)
	}
	luz.submit(a, "longest", choose("thames"))
	if heard := luz.heard(); len(heard)+len(luz.states) != 0 {
		t.Errorf("before the finish: %v, %v", heard, luz.states)
	}
	time.Sleep(2 * time.Millisecond)
	luz.finish(a)
	luz.finish(a)
	heard := luz.heard()
	if len(heard) != 2 || heard["capital"].GetRated() != aulav1.CardAnswer_EASY || heard["longest"].GetRated() != aulav1.CardAnswer_AGAIN {
		t.Errorf("reviewed as %v", heard)
	}
	if e := heard["capital"]; !e.GetAnsweredAt().AsTime().Before(e.GetReceivedAt().AsTime()) ||
		!luz.states["capital"].GetReviewedAt().AsTime().Equal(e.GetAnsweredAt().AsTime()) {
		t.Errorf("it counts as of %v: %v", luz.states["capital"].GetReviewedAt().AsTime(), e)
	}
}

// A guest's answers are nobody's reviews before they are claimed, and then they are, once.
func TestClaimedAnswersAreReviewed(t *testing.T) {
	w := newWorld(t)
	luz := newPhone(w.learner("Luz"))
	a := w.start(&aulav1.StartAttemptRequest{}).GetId()
	exam := w.start(&aulav1.StartAttemptRequest{Mode: aulav1.Attempt_EXAM}).GetId()
	if _, err := w.quiz.SubmitAnswer(t.Context(), &aulav1.SubmitAnswerRequest{
		Attempt: a, Question: "capital", Answer: words("Paris"), Duration: durationpb.New(2 * time.Second),
	}); err != nil {
		t.Fatal(err)
	}
	w.submit(exam, "width", number("1234.5"), "en")
	if heard := luz.heard(); len(heard) != 0 {
		t.Errorf("of a guest: %v", heard)
	}
	for range 2 {
		claimed := luz.claim(a, exam)
		if claimed[0].GetReviews() != 1 || claimed[1].GetReviews() != 0 {
			t.Errorf("claimed %v", claimed)
		}
	}
	luz.submit(a, "longest", choose("amazon"))
	luz.finish(exam)
	heard := luz.heard()
	if len(heard) != 3 || heard["capital"].GetRated() != aulav1.CardAnswer_EASY || heard["width"].GetRated() != aulav1.CardAnswer_GOOD {
		t.Errorf("reviewed as %v", heard)
	}
	before := proto.CloneOf(luz.states["capital"])
	luz.claim(a)
	if luz.sync(0); !proto.Equal(before, luz.states["capital"]) {
		t.Errorf("claimed once more: %v, before %v", luz.states["capital"], before)
	}
}

// Another server may have changed how a learner's cards are scheduled, which this one knows only
// a second later: a review is kept all the same, and scheduled as they are now.
func TestReviewWhileRescheduled(t *testing.T) {
	w := newWorld(t)
	luz := w.learner("Luz")
	exam := luz.start(&aulav1.StartAttemptRequest{Mode: aulav1.Attempt_EXAM}).GetId()
	luz.submit(exam, "deltas", choose("yes"))
	practice := luz.start(&aulav1.StartAttemptRequest{}).GetId()
	for i, study := range []struct {
		question string
		review   func()
	}{
		{"capital", func() { luz.submit(practice, "capital", words("París")) }},
		{"deltas", func() { luz.finish(exam) }},
		{"longest", func() { luz.review(rate("longest", aulav1.CardAnswer_GOOD)) }},
	} {
		id := luz.profile().GetId() // now it is known
		if _, err := w.store.ChangeLearner(t.Context(), id, func(l *aulav1.Learner) error {
			l.Scheduling.Version++
			l.Scheduling.DesiredRetention = 0.8 + float64(i)/100
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		study.review()
		state, err := w.store.Card(t.Context(), id, "rivers", study.question)
		now, failed := w.store.Learner(t.Context(), id)
		if err != nil || failed != nil || state.GetReviews() != 1 || state.GetSchedulingVersion() != now.GetScheduling().GetVersion() {
			t.Errorf("%s is %v, %v; the learner %v", study.question, state, err, now.GetScheduling())
		}
	}
}
