package store_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"aula/server/store"
)

func TestAttempt(t *testing.T) {
	onBothEngines(t, func(t *testing.T, name string) {
		s, ctx := open(t, name), t.Context()
		a := anAttempt(t, s, "first")
		log, err := s.Log(ctx, "first")
		if err != nil || log.Attempt != a {
			t.Errorf("Log = %+v, %v; want %+v", log, err, a)
		}
		_, err = s.Log(ctx, "none")
		wantErr(t, err, store.ErrNotFound)

		b := a
		b.ID, b.Participant, b.RequestID, b.Seed = "second", "second", "request", 99
		if got, err := s.CreateAttempt(ctx, b); err != nil || got != b {
			t.Errorf("CreateAttempt = %+v, %v; want %+v", got, err, b)
		}
		again := b
		again.ID, again.Participant, again.Seed = "third", "third", 100
		if got, err := s.CreateAttempt(ctx, again); err != nil || got != b {
			t.Errorf("the same request again = %+v, %v; want the first %+v", got, err, b)
		}
		again.Nickname = "Eva"
		_, err = s.CreateAttempt(ctx, again)
		wantErr(t, err, store.ErrRequestReused)
		_, err = s.Log(ctx, "third")
		wantErr(t, err, store.ErrNotFound)

		again.RequestID, again.Set = "", "no-such-set"
		if _, err := s.CreateAttempt(ctx, again); err == nil {
			t.Error("an attempt at a set that does not exist was kept: foreign keys are off")
		}
	})
}

func TestAttemptAtOnce(t *testing.T) {
	onBothEngines(t, func(t *testing.T, name string) {
		s, other := open(t, name), open(t, name)
		a := anAttempt(t, s, "first")
		a.RequestID = "request"
		var ids [16]string
		atOnce(len(ids), func(i int) {
			b := a
			b.ID = fmt.Sprint("attempt", i)
			b.Participant = b.ID
			kept, err := []*store.Store{s, other}[i%2].CreateAttempt(t.Context(), b)
			if err != nil {
				t.Error(err)
			}
			ids[i] = kept.ID
		})
		if n := count(ids[:], ids[0]); n != len(ids) {
			t.Errorf("the same request started several attempts: %v", ids)
		}
	})
}

func TestFinish(t *testing.T) {
	onBothEngines(t, func(t *testing.T, name string) {
		s, ctx := open(t, name), t.Context()
		anAttempt(t, s, "first")
		if _, _, err := addAnswer(ctx, s, anAnswer("first", "wren", "r1", 5)); err != nil {
			t.Fatal(err)
		}
		for i := range 2 { // the second time changes nothing
			a, rank, err := s.FinishAttempt(ctx, "first", everything(30), nil, now.Add(time.Duration(i)*time.Hour))
			if err != nil || !a.FinishedAt.Equal(now) || rank != 1 {
				t.Errorf("FinishAttempt = %+v, %d, %v", a, rank, err)
			}
		}
		rows, err := s.Leaderboard(ctx, "birds", store.Cursor{}, 10)
		if err != nil || len(rows) != 1 || rows[0].Points != 5 || rows[0].MaxPoints != 30 || rows[0].Name != "Ana" || !rows[0].FinishedAt.Equal(now) {
			t.Errorf("Leaderboard = %+v, %v", rows, err)
		}
		_, _, err = s.FinishAttempt(ctx, "none", everything(30), nil, now)
		wantErr(t, err, store.ErrNotFound)
	})
}

// Whatever was answered before the finish is in the standing, and nothing else is.
func TestFinishWhileAnswering(t *testing.T) {
	onBothEngines(t, func(t *testing.T, name string) {
		s, ctx := open(t, name), t.Context()
		anAttempt(t, s, "first")
		atOnce(17, func(i int) {
			if i == 8 {
				if _, _, err := s.FinishAttempt(ctx, "first", everything(999), nil, now); err != nil {
					t.Error(err)
				}
				return
			}
			_, _, err := addAnswer(ctx, s, anAnswer("first", fmt.Sprint("q", i), fmt.Sprint("r", i), int32(1+i)))
			if err != nil && !errors.Is(err, store.ErrFinished) {
				t.Error(err)
			}
		})
		var sum int32
		for _, a := range answersOf(t, s, name, "first") {
			sum += a.Points
		}
		rows, err := s.Leaderboard(ctx, "birds", store.Cursor{}, 10)
		if err != nil || len(rows) != 1 || rows[0].Points != sum {
			t.Errorf("the answers earn %d, the standing says %+v, %v", sum, rows, err)
		}
	})
}
