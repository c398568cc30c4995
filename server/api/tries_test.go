package api_test

import (
	"math"
	"strings"
	"testing"

	aulav1 "aula/proto/aula/v1"
)

// newLakes serves the set "lakes" as well.
func newLakes(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.publish("lakes", func(*aulav1.QuestionSet) {})
	return w
}

func wantOutcome(t *testing.T, got, want *aulav1.Outcome) {
	t.Helper()
	same := func(a, b float64) bool { return math.Abs(a-b) < 1e-6 }
	if got.GetVerdict() != want.GetVerdict() || !same(got.GetFraction(), want.GetFraction()) || got.GetPoints() != want.GetPoints() ||
		!same(got.GetTryPenalty(), want.GetTryPenalty()) || !same(got.GetHintCost(), want.GetHintCost()) ||
		got.GetTriesLeft() != want.GetTriesLeft() {
		t.Errorf("outcome %v\nwant %v", got, want)
	}
	if told := got.GetKey() != nil; told == (want.GetTriesLeft() > 0) {
		t.Errorf("%d tries are left, and the key is told: %v", want.GetTriesLeft(), told)
	}
}

// Each try before and each hint takes something off; the key waits for the last try.
func TestTriesAndHints(t *testing.T) {
	w := newLakes(t)
	a := w.start(&aulav1.StartAttemptRequest{Set: "lakes"})
	for _, p := range a.GetPrompts() {
		if p.GetQuestion() == "highest" && (p.GetTries() != 3 || len(p.GetHintCosts()) != 2) {
			t.Errorf("the prompt offers %d tries and hints at %v", p.GetTries(), p.GetHintCosts())
		}
	}
	fraction := func(f float64) *float64 { return &f }
	points := func(p int32) *int32 { return &p }

	got := w.submit(a.GetId(), "highest", choose("como"), "").GetOutcome()
	wantOutcome(t, got, &aulav1.Outcome{Verdict: aulav1.Outcome_INCORRECT, TriesLeft: 2})
	if got.GetExplanation() != "" {
		t.Errorf("the explanation is told early: %v", got)
	}
	hint, err := w.quiz.RevealHint(t.Context(), &aulav1.RevealHintRequest{Attempt: a.GetId(), Question: "highest", Language: "es"})
	if err != nil || hint.GetText() != "Está en los Andes." || hint.GetNumber() != 1 || hint.GetHintsLeft() != 1 || hint.GetHintCost() != 0.1 {
		t.Errorf("hint %v, %v", hint, err)
	}
	right := w.submit(a.GetId(), "highest", choose("titicaca"), "")
	wantOutcome(t, right.GetOutcome(), &aulav1.Outcome{
		Verdict: aulav1.Outcome_CORRECT, Fraction: fraction(0.65), Points: points(7), TryPenalty: 0.25, HintCost: 0.1,
	})
	if right.GetScore().GetPoints() != 7 || right.GetScore().GetAnswered() != 1 || right.GetProgress() != "2 questions left." {
		t.Errorf("score %v, %s", right.GetScore(), right.GetProgress())
	}
	_, err = w.quiz.SubmitAnswer(t.Context(), &aulav1.SubmitAnswerRequest{Attempt: a.GetId(), Question: "highest", Answer: choose("como")})
	if f := failureOf(t, err); f.reason != "ALREADY_ANSWERED" {
		t.Errorf("a try after the right one: %+v", f)
	}
	_, err = w.quiz.RevealHint(t.Context(), &aulav1.RevealHintRequest{Attempt: a.GetId(), Question: "highest"})
	if f := failureOf(t, err); f.reason != "ALREADY_ANSWERED" {
		t.Errorf("a hint after the right answer: %+v", f)
	}

	// Half right first, worse later: the best counts.
	wantOutcome(t, w.submit(a.GetId(), "deep", choose("baikal"), "").GetOutcome(), &aulav1.Outcome{
		Verdict: aulav1.Outcome_PARTIAL, Fraction: fraction(0.5), Points: points(5), TriesLeft: 1,
	})
	wantOutcome(t, w.submit(a.GetId(), "deep", choose("chad"), "").GetOutcome(), &aulav1.Outcome{
		Verdict: aulav1.Outcome_INCORRECT, Fraction: fraction(0.5), Points: points(5), TryPenalty: 1.0 / 3,
	})
	if got := w.get(a.GetId(), ""); got.GetScore().GetPoints() != 12 || len(got.GetAnswers()) != 2 {
		t.Errorf("score %v, answers %v", got.GetScore(), got.GetAnswers())
	}
	if result := w.finish(a.GetId()); result.GetAttempt().GetScore().GetPoints() != 12 {
		t.Errorf("after the finish: %v", result.GetAttempt().GetScore())
	}
}

// GetPrompt offers what has no answer first, then what may be tried again.
func TestNextPromptAfterTries(t *testing.T) {
	w := newLakes(t)
	a := w.start(&aulav1.StartAttemptRequest{Set: "lakes"})
	next := func() string {
		t.Helper()
		p, err := w.quiz.GetPrompt(t.Context(), &aulav1.GetPromptRequest{Attempt: a.GetId()})
		if err != nil {
			return failureOf(t, err).reason
		}
		return p.GetQuestion()
	}
	w.submit(a.GetId(), "highest", choose("como"), "")
	w.submit(a.GetId(), "deep", choose("baikal", "tanganyika"), "")
	if got := next(); got != "depth" {
		t.Errorf("next is %s, want what has no answer", got)
	}
	w.submit(a.GetId(), "depth", number("1"), "")
	if got := next(); got != "highest" {
		t.Errorf("next is %s, want what may be tried again", got)
	}
	w.submit(a.GetId(), "highest", choose("titicaca"), "")
	if got := next(); got != "NO_QUESTION_LEFT" {
		t.Errorf("next is %s", got)
	}
}

// An exam takes one try, and tells what hints cost after the finish.
func TestTriesInAnExam(t *testing.T) {
	w := newLakes(t)
	a := w.start(&aulav1.StartAttemptRequest{Set: "lakes", Mode: aulav1.Attempt_EXAM})
	for range 2 {
		if _, err := w.quiz.RevealHint(t.Context(), &aulav1.RevealHintRequest{Attempt: a.GetId(), Question: "highest"}); err != nil {
			t.Fatal(err)
		}
	}
	_, err := w.quiz.RevealHint(t.Context(), &aulav1.RevealHintRequest{Attempt: a.GetId(), Question: "highest"})
	if f := failureOf(t, err); f.reason != "NO_MORE_HINTS" {
		t.Errorf("a third hint of two: %+v", f)
	}
	w.submit(a.GetId(), "highest", choose("titicaca"), "")
	w.submit(a.GetId(), "deep", choose("chad"), "")
	_, err = w.quiz.SubmitAnswer(t.Context(), &aulav1.SubmitAnswerRequest{Attempt: a.GetId(), Question: "deep", Answer: choose("baikal")})
	if f := failureOf(t, err); f.reason != "ALREADY_ANSWERED" {
		t.Errorf("a second try in an exam: %+v", f)
	}
	for _, row := range w.finish(a.GetId()).GetAttempt().GetAnswers() {
		if row.GetQuestion() == "highest" && (row.GetHints() != 2 || row.GetOutcome().GetPoints() != 7 || row.GetOutcome().GetHintCost() != 0.3) {
			t.Errorf("with two hints: %v", row)
		}
	}
}

// A right answer earns by how sure the learner was, and so does a wrong one cost.
func TestCertainty(t *testing.T) {
	w := newWorld(t)
	w.publish("lakes", func(set *aulav1.QuestionSet) {
		set.Certainty = true
		for _, q := range set.GetQuestions() {
			q.Tries, q.Penalty, q.Hints = 0, nil, nil
		}
	})
	for _, c := range []struct {
		certainty aulav1.Certainty
		answer    []string
		points    int32
	}{
		{0, []string{"baikal", "tanganyika"}, 3}, // as unsure
		{aulav1.Certainty_UNSURE, []string{"baikal", "tanganyika"}, 3},
		{aulav1.Certainty_FAIRLY_SURE, []string{"baikal", "tanganyika"}, 7},
		{aulav1.Certainty_SURE, []string{"baikal", "tanganyika"}, 10},
		{aulav1.Certainty_SURE, []string{"baikal"}, 5},
		{aulav1.Certainty_UNSURE, []string{"chad"}, 0},
		{aulav1.Certainty_FAIRLY_SURE, []string{"chad"}, -7},
		{aulav1.Certainty_SURE, []string{"chad"}, -20},
	} {
		a := w.start(&aulav1.StartAttemptRequest{Set: "lakes"})
		if !a.GetPrompts()[0].GetCertainty() {
			t.Error("the prompt does not ask for certainty")
		}
		got, err := w.quiz.SubmitAnswer(t.Context(), &aulav1.SubmitAnswerRequest{
			Attempt: a.GetId(), Question: "deep", Answer: choose(c.answer...), Certainty: c.certainty,
		})
		if err != nil || got.GetOutcome().GetPoints() != c.points || got.GetScore().GetPoints() != c.points {
			t.Errorf("%v, %v: %v, %v, want %d points", c.certainty, c.answer, got, err, c.points)
		}
		if result := w.finish(a.GetId()); result.GetAttempt().GetScore().GetPoints() != c.points {
			t.Errorf("%v, %v: %v after the finish", c.certainty, c.answer, result.GetAttempt().GetScore())
		}
	}
	a := w.start(&aulav1.StartAttemptRequest{})
	_, err := w.quiz.SubmitAnswer(t.Context(), &aulav1.SubmitAnswerRequest{
		Attempt: a.GetId(), Question: "longest", Answer: choose("amazon"), Certainty: aulav1.Certainty_SURE,
	})
	if f := failureOf(t, err); f.reason != "INVALID_REQUEST" || f.fields["certainty"] == "" {
		t.Errorf("certainty where none is asked: %+v", f)
	}
}

// Any question can be shown as a card: its key on the back, rated by the learner.
func TestCards(t *testing.T) {
	w := newLakes(t)
	a := w.start(&aulav1.StartAttemptRequest{Set: "lakes", Cards: true, Language: "es"})
	for _, p := range a.GetPrompts() {
		if p.GetCard() == nil {
			t.Errorf("%s is shown as %v", p.GetQuestion(), p)
		}
	}
	turn := func(attempt, question string) (*aulav1.TurnCardResponse, error) {
		return w.quiz.TurnCard(t.Context(), &aulav1.TurnCardRequest{Attempt: attempt, Question: question})
	}
	back, err := turn(a.GetId(), "depth")
	if err != nil || back.GetBack() != "1642" || back.GetExplanation() != "Es el más profundo de todos." || back.GetLanguage() != "es" {
		t.Errorf("the back of depth: %v, %v", back, err)
	}
	for rating, points := range map[aulav1.CardAnswer_Rating]int32{aulav1.CardAnswer_AGAIN: 0, aulav1.CardAnswer_GOOD: 10} {
		question := map[aulav1.CardAnswer_Rating]string{aulav1.CardAnswer_AGAIN: "deep", aulav1.CardAnswer_GOOD: "depth"}[rating]
		rated := &aulav1.Answer{Kind: &aulav1.Answer_Card{Card: &aulav1.CardAnswer{Rating: rating}}}
		if got := w.submit(a.GetId(), question, rated, "").GetOutcome(); got.GetPoints() != points || got.GetKey().GetCard().GetBack() == "" {
			t.Errorf("%v: %v", rating, got)
		}
	}
	_, err = w.quiz.SubmitAnswer(t.Context(), &aulav1.SubmitAnswerRequest{Attempt: a.GetId(), Question: "highest", Answer: choose("como")})
	if f := failureOf(t, err); f.reason != "ANSWER_KIND_MISMATCH" {
		t.Errorf("a choice where a card is shown: %+v", f)
	}

	unrated := &aulav1.Answer{Kind: &aulav1.Answer_Card{Card: &aulav1.CardAnswer{}}}
	_, err = w.quiz.SubmitAnswer(t.Context(), &aulav1.SubmitAnswerRequest{Attempt: a.GetId(), Question: "highest", Answer: unrated})
	if f := failureOf(t, err); !strings.Contains(f.message, "AGAIN, HARD, GOOD o EASY") {
		t.Errorf("a card without a rating: %+v", f)
	}

	result, err := w.quiz.FinishAttempt(t.Context(), &aulav1.FinishAttemptRequest{Attempt: a.GetId(), Language: "en"})
	if err != nil || result.GetRank() != 0 || result.GetSummary() !=
		"You earned 10 of 30 points on 3 questions. What you rate yourself is not on the leaderboard." {
		t.Errorf("finished cards: %v, %v", result.GetSummary(), err)
	}
	if board, err := w.score.GetLeaderboard(t.Context(), &aulav1.GetLeaderboardRequest{Set: "lakes"}); err != nil || len(board.GetRows()) != 0 {
		t.Errorf("the leaderboard after cards: %v, %v", board, err)
	}

	graded := w.start(&aulav1.StartAttemptRequest{Set: "lakes"})
	_, err = turn(graded.GetId(), "depth")
	if f := failureOf(t, err); f.reason != "NOT_A_CARD" {
		t.Errorf("the back of what is no card: %+v", f)
	}
	_, err = w.quiz.StartAttempt(t.Context(), &aulav1.StartAttemptRequest{Set: "lakes", Cards: true, Mode: aulav1.Attempt_EXAM})
	if f := failureOf(t, err); f.fields["cards"] == "" {
		t.Errorf("cards in an exam: %+v", f)
	}
}
