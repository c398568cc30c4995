package store_test

import (
	"testing"

	aulav1 "aula/proto/aula/v1"
	"aula/server/store"
)

// A learner's exams are known as they are, however often they were asked for before.
func TestExamsUnderWay(t *testing.T) {
	onBothEngines(t, func(t *testing.T, name string) {
		s := openWithLearner(t, name)
		want := func(ids ...string) {
			t.Helper()
			for range 2 { // the second time from memory, where it is kept there
				exams, err := s.ExamsUnderWay(t.Context(), "luz")
				if err != nil || len(exams) != len(ids) {
					t.Fatalf("under way are %v, %v, want %v", exams, err, ids)
				}
				for i, exam := range exams {
					if exam.ID != ids[i] || exam.Participant != "luz" || exam.Set != "rivers" || exam.Mode != aulav1.Attempt_EXAM {
						t.Errorf("exam %d is %+v, want %s", i, exam, ids[i])
					}
				}
			}
		}
		start := func(id, participant string, mode aulav1.Attempt_Mode) {
			t.Helper()
			_, err := s.CreateAttempt(t.Context(), store.Attempt{
				ID: id, Participant: participant, Set: "rivers", Revision: 1, Mode: mode, QuestionCount: 3, StartedAt: now,
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if _, _, err := s.Publish(t.Context(), aSet("rivers", "Rivers"), now); err != nil {
			t.Fatal(err)
		}
		want()
		start("practice", "luz", aulav1.Attempt_PRACTICE)
		start("guest", "guest", aulav1.Attempt_EXAM)
		want()
		start("exam", "luz", aulav1.Attempt_EXAM)
		want("exam")
		if _, err := s.ClaimAttempt(t.Context(), "guest", "luz", asChosen); err != nil {
			t.Fatal(err)
		}
		want("exam", "guest")
		if _, _, err := s.FinishAttempt(t.Context(), "exam", store.Ranked{}, nil, now); err != nil {
			t.Fatal(err)
		}
		want("guest")
	})
}
