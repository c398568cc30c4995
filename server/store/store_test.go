package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	aulav1 "aula/proto/aula/v1"
	"aula/server/store"
)

// onBothEngines runs a test on SQLite, and on PostgreSQL where the run has one. It is
// handed the name of an empty database.
func onBothEngines(t *testing.T, test func(t *testing.T, name string)) {
	t.Run("sqlite", func(t *testing.T) { test(t, filepath.Join(t.TempDir(), "aula test?%.db")) })
	t.Run("postgres", func(t *testing.T) {
		if postgresURL == "" {
			t.Skip("set AULA_TEST_POSTGRES=1 to run on PostgreSQL as well")
		}
		test(t, newPostgres(t))
	})
}

func open(t *testing.T, name string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// now is when everything happens, in whole milliseconds as they are stored.
var now = time.UnixMilli(1_800_000_000_123).UTC()

func aSet(id, title string) *aulav1.QuestionSet {
	return &aulav1.QuestionSet{Id: id, Language: "en", Title: map[string]string{"en": title, "es": "Título"}}
}

// anAttempt publishes a set and starts an attempt at it.
func anAttempt(t *testing.T, s *store.Store, id string) store.Attempt {
	t.Helper()
	if _, _, err := s.Publish(t.Context(), aSet("birds", "Birds"), now); err != nil {
		t.Fatal(err)
	}
	a, err := s.CreateAttempt(t.Context(), store.Attempt{
		ID: id, Set: "birds", Revision: 1, Participant: id, Nickname: "Ana", Language: "es-EC",
		Mode: aulav1.Attempt_EXAM, Seed: -7, QuestionCount: 3, StartedAt: now,
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func anAnswer(attempt, question, request string, points int32) store.Answer {
	return store.Answer{
		Attempt: attempt, Question: question, Try: 1, RequestID: request, Language: "es", Certainty: aulav1.Certainty_SURE, Verdict: aulav1.Outcome_PARTIAL,
		Fraction: 0.5, Points: points, At: now,
		Answer: &aulav1.Answer{Kind: &aulav1.Answer_Text{Text: &aulav1.TextAnswer{Text: "answer worth " + fmt.Sprint(points)}}},
	}
}

var errAnswered = errors.New("answered")

// oneTry grades as a question does that takes one answer.
func oneTry(before []store.Answer, _ *store.Answer) error {
	if len(before) > 0 {
		return errAnswered
	}
	return nil
}

// addAnswer adds the one answer to a question.
func addAnswer(ctx context.Context, s *store.Store, a store.Answer) (store.Answer, store.Tally, error) {
	answers, tally, err := s.AddAnswer(ctx, a, oneTry)
	if err != nil {
		return store.Answer{}, tally, err
	}
	return answers[len(answers)-1], tally, nil
}

func wantErr(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("got error %v, want %v", err, want)
	}
}

func TestPublish(t *testing.T) {
	onBothEngines(t, func(t *testing.T, name string) {
		s, ctx := open(t, name), t.Context()
		publish := func(set *aulav1.QuestionSet, revision int32, created bool) {
			t.Helper()
			gotRevision, gotCreated, err := s.Publish(ctx, set, now)
			if err != nil || gotRevision != revision || gotCreated != created {
				t.Errorf("Publish = %d, %v, %v; want %d, %v", gotRevision, gotCreated, err, revision, created)
			}
		}
		publish(aSet("birds", "Birds"), 1, true)
		publish(aSet("birds", "Birds"), 1, false)
		publish(aSet("birds", "More birds"), 2, true)
		publish(aSet("birds", "Birds"), 3, true) // going back is a revision too
		publish(aSet("b-irds", "Others"), 1, true)

		for revision, title := range map[int32]string{1: "Birds", 2: "More birds", 3: "Birds"} {
			got, err := s.Revision(ctx, "birds", revision)
			if err != nil || !proto.Equal(got, aSet("birds", title)) {
				t.Errorf("revision %d = %v, %v", revision, got, err)
			}
		}
		_, err := s.Revision(ctx, "birds", 4)
		wantErr(t, err, store.ErrNotFound)
		_, err = s.CurrentRevision(ctx, "fish")
		wantErr(t, err, store.ErrNotFound)
	})
}

func TestPublishAtOnce(t *testing.T) {
	onBothEngines(t, func(t *testing.T, name string) {
		s, other := open(t, name), open(t, name)
		var made [16]bool
		atOnce(len(made), func(i int) {
			var err error
			if _, made[i], err = []*store.Store{s, other}[i%2].Publish(t.Context(), aSet("birds", "Birds"), now); err != nil {
				t.Error(err)
			}
		})
		if n := count(made[:], true); n != 1 {
			t.Errorf("%d of them made a revision, want 1", n)
		}
	})
}

// Sets are listed by the bytes of their ids, whatever the server's locale says.
func TestSetsInOrder(t *testing.T) {
	onBothEngines(t, func(t *testing.T, name string) {
		s, ctx := open(t, name), t.Context()
		ids := []string{"a-z", "a0", "aa", "ab-c", "abb", "z"}
		for _, i := range []int{3, 0, 5, 1, 4, 2} {
			if _, _, err := s.Publish(ctx, aSet(ids[i], "Set"), now); err != nil {
				t.Fatal(err)
			}
		}
		var listed []string
		for after := ""; ; {
			page, err := s.Sets(ctx, after, 2)
			if err != nil {
				t.Fatal(err)
			}
			if len(page) == 0 {
				break
			}
			listed = append(listed, page...)
			after = page[len(page)-1]
		}
		if !slices.Equal(listed, ids) {
			t.Errorf("listed %v, want %v", listed, ids)
		}
	})
}

func TestAttempt(t *testing.T) {
	onBothEngines(t, func(t *testing.T, name string) {
		s, ctx := open(t, name), t.Context()
		a := anAttempt(t, s, "first")
		got, err := s.Attempt(ctx, "first")
		if err != nil || got != a {
			t.Errorf("Attempt = %+v, %v; want %+v", got, err, a)
		}
		_, err = s.Attempt(ctx, "none")
		wantErr(t, err, store.ErrNotFound)

		b := a
		b.ID, b.RequestID, b.Seed = "second", "request", 99
		if got, err = s.CreateAttempt(ctx, b); err != nil || got != b {
			t.Errorf("CreateAttempt = %+v, %v; want %+v", got, err, b)
		}
		again := b
		again.ID, again.Seed = "third", 100
		if got, err = s.CreateAttempt(ctx, again); err != nil || got != b {
			t.Errorf("the same request again = %+v, %v; want the first %+v", got, err, b)
		}
		again.Nickname = "Eva"
		_, err = s.CreateAttempt(ctx, again)
		wantErr(t, err, store.ErrRequestReused)
		_, err = s.Attempt(ctx, "third")
		wantErr(t, err, store.ErrNotFound)

		again.RequestID, again.Set = "", "no-such-set"
		if _, err = s.CreateAttempt(ctx, again); err == nil {
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
		answers, err := s.Answers(ctx, "first")
		if err != nil || len(answers) != 2 {
			t.Errorf("Answers = %v, %v; want 2", answers, err)
		}

		if _, _, err := s.FinishAttempt(ctx, "first", 30, now); err != nil {
			t.Fatal(err)
		}
		_, _, err = add(anAnswer("first", "owl", "r4", 5))
		wantErr(t, err, store.ErrFinished)
		if got, _, err = add(one); err != nil || !sameAnswer(got, one) {
			t.Errorf("a repeat after the finish = %+v, %v; want the first outcome", got, err)
		}
	})
}

func sameAnswer(a, b store.Answer) bool {
	x, y := a, b
	x.Answer, y.Answer = nil, nil
	return x == y && proto.Equal(a.Answer, b.Answer)
}

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
			answers, tally, err := s.AddAnswer(ctx, a, func(before []store.Answer, a *store.Answer) error {
				if len(before) != i || a.Try != i+1 || a.Hints != min(i, 1) {
					t.Errorf("try %d is graded as try %d after %d, with %d hints", i+1, a.Try, len(before), a.Hints)
				}
				return nil
			})
			if err != nil || len(answers) != i+1 || tally.Answered != 1 || tally.Points != int32(i*(i+1)/2) {
				t.Errorf("try %d: %v, %v, %v", i+1, answers, tally, err)
			}
		}
		// A repeat of the second try is told what was known then.
		answers, _, err := s.AddAnswer(ctx, anAnswer("first", "wren", "r1", 1), func([]store.Answer, *store.Answer) error {
			t.Error("a repeat was graded again")
			return nil
		})
		if err != nil || len(answers) != 2 {
			t.Errorf("a repeat: %v, %v", answers, err)
		}
		refusal := errors.New("refused")
		_, _, err = s.AddAnswer(ctx, anAnswer("first", "robin", "r9", 1), func([]store.Answer, *store.Answer) error { return refusal })
		wantErr(t, err, refusal)
		if answers, err := s.Answers(ctx, "first"); err != nil || len(answers) != 3 {
			t.Errorf("after a refusal there are %v, %v", answers, err)
		}
	})
}

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
		hints, err := s.Hints(ctx, "first")
		if err != nil || len(hints) != 2 || hints["wren"] != 3 || hints["robin"] != 1 {
			t.Errorf("Hints = %v, %v", hints, err)
		}
		_, _, err = s.RevealHint(ctx, "none", "wren", 0, 3, now)
		wantErr(t, err, store.ErrNotFound)
		if _, _, err := s.FinishAttempt(ctx, "first", 30, now); err != nil {
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

func TestFinish(t *testing.T) {
	onBothEngines(t, func(t *testing.T, name string) {
		s, ctx := open(t, name), t.Context()
		anAttempt(t, s, "first")
		if _, _, err := addAnswer(ctx, s, anAnswer("first", "wren", "r1", 5)); err != nil {
			t.Fatal(err)
		}
		for i := range 2 { // the second time changes nothing
			a, rank, err := s.FinishAttempt(ctx, "first", 30, now.Add(time.Duration(i)*time.Hour))
			if err != nil || !a.FinishedAt.Equal(now) || rank != 1 {
				t.Errorf("FinishAttempt = %+v, %d, %v", a, rank, err)
			}
		}
		rows, err := s.Leaderboard(ctx, "birds", store.Cursor{}, 10)
		if err != nil || len(rows) != 1 || rows[0].Points != 5 || rows[0].MaxPoints != 30 || rows[0].Name != "Ana" || !rows[0].FinishedAt.Equal(now) {
			t.Errorf("Leaderboard = %+v, %v", rows, err)
		}
		_, _, err = s.FinishAttempt(ctx, "none", 30, now)
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
				if _, _, err := s.FinishAttempt(ctx, "first", 999, now); err != nil {
					t.Error(err)
				}
				return
			}
			_, _, err := addAnswer(ctx, s, anAnswer("first", fmt.Sprint("q", i), fmt.Sprint("r", i), int32(1+i)))
			if err != nil && !errors.Is(err, store.ErrFinished) {
				t.Error(err)
			}
		})
		answers, err := s.Answers(ctx, "first")
		if err != nil {
			t.Fatal(err)
		}
		var sum int32
		for _, a := range answers {
			sum += a.Points
		}
		rows, err := s.Leaderboard(ctx, "birds", store.Cursor{}, 10)
		if err != nil || len(rows) != 1 || rows[0].Points != sum {
			t.Errorf("the answers earn %d, the standing says %+v, %v", sum, rows, err)
		}
	})
}

// finish plays an attempt that earns so many points, for a participant.
func finish(t *testing.T, s *store.Store, id, participant string, points int32, at time.Time) (rank int) {
	t.Helper()
	a := anAttempt(t, s, id+"-seed")
	a.ID, a.Participant, a.Nickname = id, participant, "Ana "+id
	if _, err := s.CreateAttempt(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	if _, _, err := addAnswer(t.Context(), s, anAnswer(id, "wren", "r", points)); err != nil {
		t.Fatal(err)
	}
	_, rank, err := s.FinishAttempt(t.Context(), id, 100, at)
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

func TestOpenAtOnce(t *testing.T) {
	onBothEngines(t, func(t *testing.T, name string) {
		atOnce(8, func(int) {
			s, err := store.Open(t.Context(), name)
			if err != nil {
				t.Error(err)
				return
			}
			if _, _, err := s.Publish(t.Context(), aSet("birds", "Birds"), now); err != nil {
				t.Error(err)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	})
}

func TestOpenRefusesNewer(t *testing.T) {
	onBothEngines(t, func(t *testing.T, name string) {
		open(t, name)
		raw, err := sql.Open(driverOf(name))
		if err != nil {
			t.Fatal(err)
		}
		defer raw.Close()
		if _, err := raw.ExecContext(t.Context(), `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, true)`); err != nil {
			t.Fatal(err)
		}
		_, err = store.Open(t.Context(), name)
		if newer, ok := errors.AsType[*store.NewerError](err); !ok || newer.Schema != 99999 || newer.Known < 1 {
			t.Errorf("a database of a newer Aula: %v", err)
		}
	})
}

// driverOf is what database/sql calls the engine and the database.
func driverOf(name string) (driver, dsn string) {
	if strings.HasPrefix(name, "postgres:") {
		return "pgx", name
	}
	return "sqlite", "file:" + strings.NewReplacer("%", "%25", "?", "%3f").Replace(name)
}

func TestTxRollsBack(t *testing.T) {
	onBothEngines(t, func(t *testing.T, name string) {
		s, ctx := open(t, name), t.Context()
		anAttempt(t, s, "first")
		stop := errors.New("stop")
		err := s.Tx(ctx, func(s *store.Store) error {
			if _, _, err := addAnswer(ctx, s, anAnswer("first", "wren", "r1", 5)); err != nil {
				return err
			}
			answers, err := s.Answers(ctx, "first")
			if err != nil || len(answers) != 1 {
				t.Errorf("inside its transaction the answer reads %v, %v", answers, err)
			}
			return stop
		})
		wantErr(t, err, stop)
		if answers, err := s.Answers(ctx, "first"); err != nil || len(answers) != 0 {
			t.Errorf("after a rollback there is %v, %v", answers, err)
		}
	})
}

func TestCancelled(t *testing.T) {
	onBothEngines(t, func(t *testing.T, name string) {
		s := open(t, name)
		anAttempt(t, s, "first")
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, _, err := addAnswer(ctx, s, anAnswer("first", "wren", "r1", 5))
		wantErr(t, err, context.Canceled)
		if answers, err := s.Answers(t.Context(), "first"); err != nil || len(answers) != 0 {
			t.Errorf("a cancelled call left %v, %v", answers, err)
		}
	})
}

// atOnce runs n calls at the same time and waits for all.
func atOnce(n int, f func(i int)) {
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { f(i) })
	}
	all.Wait()
}

func count[T comparable](values []T, value T) (n int) {
	for _, v := range values {
		if v == value {
			n++
		}
	}
	return n
}
