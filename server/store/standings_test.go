package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"aula/server/store"
)

// finish plays an attempt that earns so many points, for a participant.
func finish(t *testing.T, s *store.Store, id, participant string, points int32, at time.Time) (rank int) {
	t.Helper()
	if participant != id {
		signedUp(t, s, participant)
	}
	a := anAttempt(t, s, id+"-seed")
	a.ID, a.Participant, a.Nickname = id, participant, "Ana "+id
	if _, err := s.CreateAttempt(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	if _, _, err := addAnswer(t.Context(), s, anAnswer(id, "wren", "r", points)); err != nil {
		t.Fatal(err)
	}
	_, rank, err := s.FinishAttempt(t.Context(), id, everything(100), nil, at)
	if err != nil {
		t.Fatal(err)
	}
	return rank
}

func TestLeaderboard(t *testing.T) {
	onBothEngines(t, func(t *testing.T, name string) {
		s := open(t, name)
		later := now.Add(time.Second)
		for _, step := range []struct {
			id, participant string
			points          int32
			at              time.Time
			rank            int
		}{
			{"a", "a", 50, later, 1},
			{"b", "b", 50, now, 1},   // as many points, finished first
			{"c", "c", 80, later, 1}, // more
			{"d", "learner", 10, now, 4},
			{"e", "learner", 60, later, 2}, // the learner's best so far
			{"f", "learner", 20, later, 2}, // not the best: the standing stays
			{"g", "g", 0, now, 5},
		} {
			if rank := finish(t, s, step.id, step.participant, step.points, step.at); rank != step.rank {
				t.Errorf("%s finished at rank %d, want %d", step.id, rank, step.rank)
			}
		}
		if got, want := names(t, s, 100), "Ana c, Ana e, Ana b, Ana a, Ana g"; got != want {
			t.Errorf("leaderboard %s, want %s", got, want)
		}
	})
}

// names lists a leaderboard, reading it in pages of n.
func names(t *testing.T, s *store.Store, n int) string {
	t.Helper()
	var listed []string
	var from store.Cursor
	for {
		rows, err := s.Leaderboard(t.Context(), "birds", from, n)
		if err != nil {
			t.Fatal(err)
		}
		if len(rows) == 0 {
			return strings.Join(listed, ", ")
		}
		for _, row := range rows {
			listed = append(listed, row.Name)
		}
		if from, err = store.ParseCursor(rows[len(rows)-1].Cursor().String()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestLeaderboardPages(t *testing.T) {
	onBothEngines(t, func(t *testing.T, name string) {
		s := open(t, name)
		for i := range 23 {
			id := fmt.Sprint("x", i)
			finish(t, s, id, id, int32(i%3), now.Add(time.Duration(i%2)*time.Second))
		}
		whole := names(t, s, 100)
		for _, size := range []int{1, 2, 5, 23} {
			if got := names(t, s, size); got != whole {
				t.Errorf("in pages of %d: %s\nwant %s", size, got, whole)
			}
		}
	})
}

func TestParseCursorRefuses(t *testing.T) {
	for _, text := range []string{"x", "1", "1.2", "1.2.3x", "1.2.99999999999999999999", "01.2.3"} {
		if _, err := store.ParseCursor(text); err == nil {
			t.Errorf("%q was taken for a cursor", text)
		}
	}
}

// A standing's place is its index in the leaderboard, whether memory is asked or, inside a
// transaction, the table.
func TestStandingHasItsPlace(t *testing.T) {
	onBothEngines(t, func(t *testing.T, name string) {
		s := open(t, name)
		for i := range 40 {
			id := fmt.Sprint("x", i)
			rank := finish(t, s, id, fmt.Sprint("p", i%17), int32(i*7%11), now.Add(time.Duration(i%3)*time.Second))
			want := []string{}
			rows, err := s.Leaderboard(t.Context(), "birds", store.Cursor{}, 100)
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range rows {
				want = append(want, row.Cursor().String())
			}
			wantPlace := func(s *store.Store) {
				t.Helper()
				st, got, err := s.Standing(t.Context(), "birds", fmt.Sprint("p", i%17))
				if err != nil || got != rank || want[got-1] != st.Cursor().String() {
					t.Errorf("after %s: place %d of %+v, %v; FinishAttempt said %d", id, got, st, err, rank)
				}
				top, total, err := s.Top(t.Context(), "birds")
				if err != nil || total != len(want) || !slices.Equal(top.Rows, rows) {
					t.Errorf("after %s: %d standings, %d at the top, %v; want %d", id, total, len(top.Rows), err, len(want))
				}
			}
			wantPlace(s)
			if err := s.Tx(t.Context(), func(s *store.Store) error { wantPlace(s); return nil }); err != nil {
				t.Error(err)
			}
		}
		_, _, err := s.Standing(t.Context(), "birds", "nobody")
		wantErr(t, err, store.ErrNotFound)
	})
}

// Those who watch are told of what is finished, by this process and, on PostgreSQL, by
// another.
func TestWatch(t *testing.T) {
	onBothEngines(t, func(t *testing.T, name string) {
		s, writer := open(t, name), open(t, name)
		if !strings.HasPrefix(name, "postgres:") {
			writer = s
		}
		finish(t, s, "a", "a", 5, now)
		watches := []*store.Watch{s.Watch("birds"), s.Watch("birds")}
		for _, w := range watches {
			defer w.Close()
		}
		for i := range 2 {
			total := 0
			finish(t, writer, fmt.Sprint("b", i), fmt.Sprint("b", i), int32(10+i), now)
			for _, w := range watches {
				for total < 2+i {
					next := w.Next()
					top, n, err := w.Top(t.Context())
					if err != nil || n < len(top.Rows) {
						t.Fatalf("Top = %+v, %d, %v", top, n, err)
					}
					if total = n; total == 2+i {
						if got := top.Rows[0].Points; got != int32(10+i) {
							t.Errorf("%d standings, the first with %d points", total, got)
						}
						break
					}
					<-next.Done()
				}
			}
		}
	})
}
