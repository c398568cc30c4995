package store_test

import (
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	aulav1 "aula/proto/aula/v1"
	"aula/server/store"
)

func TestAnswer(t *testing.T) {
	onBothEngines(t, func(t *testing.T, name string) {
		s, ctx := open(t, name), t.Context()
		anAttempt(t, s, "first")
		anAttempt(t, s, "other")
		add := func(a store.Answer) (store.Answer, store.Tally, error) { return addAnswer(ctx, s, a) }

		one := anAnswer("first", "wren", "r1", 5)
		got, tally, err := add(one)
		if err != nil || !sameAnswer(got, one) || tally != (store.Tally{Answered: 1, Points: 5}) {
			t.Errorf("AddAnswer = %+v, %v, %v", got, tally, err)
		}
		regraded := anAnswer("first", "wren", "r1", 5)
		regraded.Verdict, regraded.Points, regraded.Language, regraded.At = aulav1.Outcome_CORRECT, 10, "en", now.Add(time.Hour)
		if got, tally, err = add(regraded); err != nil || !sameAnswer(got, one) || tally != (store.Tally{Answered: 1, Points: 5}) {
			t.Errorf("the same request again = %+v, %v, %v; want the first outcome", got, tally, err)
		}
		_, _, err = add(anAnswer("first", "wren", "r1", 6))
		wantErr(t, err, store.ErrRequestReused)
		_, _, err = add(anAnswer("first", "robin", "r1", 5))
		wantErr(t, err, store.ErrRequestReused)
		_, _, err = add(anAnswer("first", "wren", "r2", 5))
		wantErr(t, err, errAnswered)
		_, _, err = add(anAnswer("none", "wren", "r2", 5))
		wantErr(t, err, store.ErrNotFound)
		if _, tally, err = add(anAnswer("other", "wren", "r1", 7)); err != nil || tally.Points != 7 {
			t.Errorf("another attempt's request of the same id = %v, %v", tally, err)
		}
		if _, tally, err = add(anAnswer("first", "robin", "r3", 3)); err != nil || tally != (store.Tally{Answered: 2, Points: 8}) {
			t.Errorf("a second answer = %v, %v", tally, err)
		}
		if answers := answersOf(t, s, name, "first"); len(answers) != 2 {
			t.Errorf("the log has %v; want 2", answers)
		}

		if _, _, err := s.FinishAttempt(ctx, "first", everything(30), nil, now); err != nil {
			t.Fatal(err)
		}
		_, _, err = add(anAnswer("first", "owl", "r4", 5))
		wantErr(t, err, store.ErrFinished)
		if got, _, err = add(one); err != nil || !sameAnswer(got, one) {
			t.Errorf("a repeat after the finish = %+v, %v; want the first outcome", got, err)
		}
	})
}

func sameAnswer(a, b store.Answer) bool { return reflect.DeepEqual(a, b) }

func TestAnswerAtOnce(t *testing.T) {
	onBothEngines(t, func(t *testing.T, name string) {
		s, other := open(t, name), open(t, name)
		anAttempt(t, s, "first")
		var errs [32]error
		atOnce(len(errs), func(i int) {
			// Each request is sent twice, to each of two processes.
			request := fmt.Sprint("r", i/2)
			_, _, errs[i] = addAnswer(t.Context(), []*store.Store{s, other}[i%2], anAnswer("first", "wren", request, int32(i/2)))
		})
		for i := 0; i < len(errs); i += 2 {
			if !errors.Is(errs[i], errs[i+1]) {
				t.Errorf("a request and its repeat ended differently: %v, %v", errs[i], errs[i+1])
			}
		}
		if n := count(errs[:], nil); n != 2 {
			t.Errorf("%d calls went through, want one request's two: %v", n, errs)
		}
	})
}

// Of several answers to a question each is graded knowing those before it, and the hints.
func TestTries(t *testing.T) {
	onBothEngines(t, func(t *testing.T, name string) {
		s, ctx := open(t, name), t.Context()
		anAttempt(t, s, "first")
		for i := range 3 {
			if i == 1 {
				if _, _, err := s.RevealHint(ctx, "first", "wren", 0, 5, now); err != nil {
					t.Fatal(err)
				}
			}
			a := anAnswer("first", "wren", fmt.Sprint("r", i), int32(i))
			added := addGraded(ctx, s, a, func(before []store.Answer, a *store.Answer) error {
				if len(before) != i || a.Try != i+1 || a.Hints != min(i, 1) {
					t.Errorf("try %d is graded as try %d after %d, with %d hints", i+1, a.Try, len(before), a.Hints)
				}
				return nil
			})
			if added.Err != nil || len(added.Tries) != i+1 || added.Log.Tally != (store.Tally{Answered: 1, Points: int32(i * (i + 1) / 2)}) {
				t.Errorf("try %d: %+v", i+1, added)
			}
		}
		// A repeat of the second try is told what was known then.
		added := addGraded(ctx, s, anAnswer("first", "wren", "r1", 1), func([]store.Answer, *store.Answer) error {
			t.Error("a repeat was graded again")
			return nil
		})
		if added.Err != nil || len(added.Tries) != 2 {
			t.Errorf("a repeat: %+v", added)
		}
		refusal := errors.New("refused")
		added = addGraded(ctx, s, anAnswer("first", "robin", "r9", 1), func([]store.Answer, *store.Answer) error { return refusal })
		wantErr(t, added.Err, refusal)
		if answers := answersOf(t, s, name, "first"); len(answers) != 3 {
			t.Errorf("after a refusal there are %v", answers)
		}
	})
}

// Of several answers in one call each is added or refused by itself.
func TestAnswersTogether(t *testing.T) {
	onBothEngines(t, func(t *testing.T, name string) {
		s, ctx := open(t, name), t.Context()
		anAttempt(t, s, "first")
		anAttempt(t, s, "other")
		answers := []store.Answer{
			anAnswer("first", "wren", "r1", 1),
			anAnswer("first", "wren", "r1", 1), // sent twice
			anAnswer("first", "wren", "r2", 2), // answered a moment ago
			anAnswer("none", "wren", "r1", 3),
			anAnswer("other", "wren", "r1", 4),
			anAnswer("first", "robin", "r3", 5),
		}
		want := []error{nil, nil, errAnswered, store.ErrNotFound, nil, nil}
		var submissions []store.Submission
		for _, a := range answers {
			submissions = append(submissions, store.Submission{Answer: a, Grade: oneTry})
		}
		for range 2 { // as often as one likes
			added, err := s.AddAnswers(ctx, submissions...)
			if err != nil || len(added) != len(answers) {
				t.Fatalf("AddAnswers = %v, %v", added, err)
			}
			for i := range added {
				wantErr(t, added[i].Err, want[i])
			}
			if tally := added[5].Log.Tally; tally != (store.Tally{Answered: 2, Points: 6}) {
				t.Errorf("the attempt has earned %v", tally)
			}
		}
		if n := len(answersOf(t, s, name, "first")) + len(answersOf(t, s, name, "other")); n != 3 {
			t.Errorf("%d answers were kept, want 3", n)
		}
	})
}
