package store_test

import (
	"fmt"
	"testing"

	aulav1 "aula/proto/aula/v1"
	"aula/server/store"
)

// Days, what was recalled on them, and the ledger are told from the log, whatever is taken back.
func TestProgress(t *testing.T) {
	onBothEngines(t, func(t *testing.T, name string) {
		s, ctx := open(t, name), t.Context()
		aStudent(t, s, "luz")
		addReviews(t, s, "luz",
			rating("a", 0, aulav1.CardAnswer_GOOD),
			rating("b", 60, aulav1.CardAnswer_AGAIN), rating("c", 61, aulav1.CardAnswer_GOOD), // the first of a day counts
			rating("d", 2400, aulav1.CardAnswer_HARD), rating("e", 2460, aulav1.CardAnswer_AGAIN), undo("f", "e"))
		for since, want := range map[int32]string{20000: "3 2", 20001: "2 1", 20041: "0 0"} {
			asked, recalled, err := s.Recalled(ctx, "luz", since)
			if got := fmt.Sprint(asked, " ", recalled); err != nil || got != want {
				t.Errorf("since %d: %s, %v; want %s", since, got, err, want)
			}
		}
		days, err := s.StudyDays(ctx, "luz")
		if got := fmt.Sprint(days); err != nil || got != "[{20000 1 0 1.5s} {20001 2 0 3s} {20040 1 0 1.5s}]" {
			t.Errorf("the days are %s, %v", got, err)
		}

		earned := []*aulav1.FreezeEntry{{Date: "2024-10-04", Kind: aulav1.FreezeEntry_EARNED, Change: 1}}
		for _, step := range []struct {
			follows []*aulav1.FreezeEntry
			want    string
		}{
			{nil, "[]"},
			{earned, "[EARNED 1]"},
			{earned, "[EARNED 1]"},
			{nil, "[EARNED 1 REVERSED -1]"},
			{earned, "[EARNED 1 REVERSED -1 EARNED 1]"},
		} {
			ledger, err := s.Freezes(ctx, "luz", step.follows)
			said := []string{}
			for _, e := range ledger {
				said = append(said, fmt.Sprint(e.GetKind(), " ", e.GetChange()))
			}
			if got := fmt.Sprint(said); err != nil || got != step.want {
				t.Errorf("the ledger is %s, %v; want %s", got, err, step.want)
			}
		}
		_, err = s.Freezes(ctx, "nobody", earned)
		wantErr(t, err, store.ErrNotFound)
	})
}
