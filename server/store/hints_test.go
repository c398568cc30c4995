package store_test

import (
	"errors"
	"testing"

	"aula/server/store"
)

func TestHints(t *testing.T) {
	onBothEngines(t, func(t *testing.T, name string) {
		s, ctx := open(t, name), t.Context()
		anAttempt(t, s, "first")
		for _, step := range []struct {
			question     string
			number, most int
			revealed     int
			seen         int
			err          error
		}{
			{"wren", 2, 3, 0, 0, store.ErrNoHint}, // out of order
			{"wren", 0, 3, 1, 1, nil},
			{"wren", 0, 3, 2, 2, nil},
			{"wren", 1, 3, 1, 2, nil}, // again
			{"wren", 3, 3, 3, 3, nil},
			{"wren", 0, 3, 0, 0, store.ErrNoHint}, // no more
			{"robin", 0, 0, 0, 0, store.ErrNoHint},
			{"robin", 1, 1, 1, 1, nil},
		} {
			revealed, seen, err := s.RevealHint(ctx, "first", step.question, step.number, step.most, now)
			if !errors.Is(err, step.err) || err == nil && (revealed != step.revealed || seen != step.seen) {
				t.Errorf("%+v: revealed %d of %d seen, %v", step, revealed, seen, err)
			}
		}
		for _, s := range []*store.Store{s, open(t, name)} { // from memory and from the database
			log, err := s.Log(ctx, "first")
			if err != nil || log.HintsOf("wren") != 3 || log.HintsOf("robin") != 1 {
				t.Errorf("Log = %+v, %v", log, err)
			}
		}
		_, _, err := s.RevealHint(ctx, "none", "wren", 0, 3, now)
		wantErr(t, err, store.ErrNotFound)
		if _, _, err := s.FinishAttempt(ctx, "first", everything(30), nil, now); err != nil {
			t.Fatal(err)
		}
		_, _, err = s.RevealHint(ctx, "first", "robin", 2, 2, now)
		wantErr(t, err, store.ErrFinished)
		if revealed, _, err := s.RevealHint(ctx, "first", "wren", 2, 3, now); err != nil || revealed != 2 {
			t.Errorf("a hint seen before, after the finish: %d, %v", revealed, err)
		}
	})
}

// The next hint asked for many times at once, by its number, is revealed once.
func TestHintAtOnce(t *testing.T) {
	onBothEngines(t, func(t *testing.T, name string) {
		s, other := open(t, name), open(t, name)
		anAttempt(t, s, "first")
		atOnce(16, func(i int) {
			revealed, seen, err := []*store.Store{s, other}[i%2].RevealHint(t.Context(), "first", "wren", 1, 3, now)
			if err != nil || revealed != 1 || seen != 1 {
				t.Errorf("revealed %d of %d seen, %v", revealed, seen, err)
			}
		})
	})
}
