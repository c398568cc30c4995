package store_test

import (
	"cmp"
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
	given, err := store.EncodeAnswer(&aulav1.Answer{Kind: &aulav1.Answer_Text{
		Text: &aulav1.TextAnswer{Text: "answer worth " + fmt.Sprint(points)},
	}})
	if err != nil {
		panic(err)
	}
	return store.Answer{
		Attempt: attempt, Question: question, Try: 1, RequestID: request, Language: "es", Certainty: aulav1.Certainty_SURE, Verdict: aulav1.Outcome_PARTIAL,
		Fraction: 0.5, Points: points, At: now, Given: given,
	}
}

// everything counts for the standing.
func everything(maxPoints int32) store.Ranked {
	return store.Ranked{Counts: func(string) bool { return true }, MaxPoints: maxPoints}
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
	added := addGraded(ctx, s, a, oneTry)
	if added.Err != nil {
		return store.Answer{}, store.Tally{}, added.Err
	}
	return added.Tries[len(added.Tries)-1], added.Log.Tally, nil
}

func addGraded(ctx context.Context, s *store.Store, a store.Answer, grade func([]store.Answer, *store.Answer) error) store.Added {
	added, err := s.AddAnswers(ctx, store.Submission{Answer: a, Grade: grade})
	if err != nil {
		return store.Added{Err: err}
	}
	return added[0]
}

// answersOf reads what an attempt has answered: as it is kept in memory, and again as
// another process finds it in the database, which must be the same.
func answersOf(t *testing.T, s *store.Store, name, attempt string) []store.Answer {
	t.Helper()
	log, err := s.Log(t.Context(), attempt)
	if err != nil {
		t.Fatal(err)
	}
	stored, err := open(t, name).Log(t.Context(), attempt)
	if err != nil {
		t.Fatal(err)
	}
	order := func(a, b store.Answer) int {
		return cmp.Or(cmp.Compare(a.Question, b.Question), cmp.Compare(a.Try, b.Try))
	}
	kept := slices.SortedFunc(slices.Values(log.Answers), order)
	if !slices.EqualFunc(kept, slices.SortedFunc(slices.Values(stored.Answers), order), sameAnswer) || log.Attempt != stored.Attempt {
		t.Errorf("memory has %+v, the database %+v", log, stored)
	}
	return log.Answers
}

func wantErr(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("got error %v, want %v", err, want)
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
			log, err := s.Log(ctx, "first")
			if err != nil || len(log.Answers) != 1 {
				t.Errorf("inside its transaction the answer reads %v, %v", log, err)
			}
			return stop
		})
		wantErr(t, err, stop)
		if answers := answersOf(t, s, name, "first"); len(answers) != 0 {
			t.Errorf("after a rollback there is %v", answers)
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
		if answers := answersOf(t, s, name, "first"); len(answers) != 0 {
			t.Errorf("a cancelled call left %v", answers)
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
