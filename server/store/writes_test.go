package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"testing"
	"time"

	aulav1 "aula/proto/aula/v1"
	"aula/proto/packed"
	"aula/server/store"
	"aula/server/store/pgtest"
)

// aServer starts a PostgreSQL server for one test.
func aServer(t *testing.T, settings ...string) *pgtest.Server {
	t.Helper()
	if postgresURL == "" {
		t.Skip("set AULA_TEST_POSTGRES=1 to run on PostgreSQL as well")
	}
	server, err := pgtest.New(settings...)
	if err != nil {
		t.Fatal(err)
	}
	removed(t, server)
	return server
}

func removed(t *testing.T, server *pgtest.Server) {
	t.Cleanup(func() {
		if err := server.Remove(); err != nil {
			t.Error(err)
		}
	})
}

func connect(t *testing.T, url string) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func run(t *testing.T, db *sql.DB, statements ...string) {
	t.Helper()
	for _, statement := range statements {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(statement, err)
		}
	}
}

// write is something the store does for a caller. It tells what the caller is told.
type write struct {
	name string
	once bool // asked for again by the caller, it is refused
	ask  func(context.Context) (told string, err error)
}

// aSchool has what writes need.
func aSchool(t *testing.T, s *store.Store) {
	t.Helper()
	ctx := t.Context()
	for _, id := range []string{"first", "second", "third"} {
		anAttempt(t, s, id)
	}
	aStudent(t, s, "luz")
	aStudent(t, s, "sol")
	addReviews(t, s, "luz", rating("known", 0, aulav1.CardAnswer_GOOD))
	_, err := s.CreateKey(ctx, store.Key{ID: "teacher", Role: aulav1.AccessKey_TEACHER, Hash: []byte("t"), CreatedAt: now})
	if err == nil {
		err = s.CreateJoinCode(ctx, "luz", []byte("code"), now, now.Add(time.Hour))
	}
	if err == nil {
		_, err = s.Revise(ctx, edition("drafts", "Draft", 0, true), now)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func edition(id, title string, after int32, draft bool) store.Edition {
	set, err := packed.Of(aSet(id, title))
	if err != nil {
		panic(err)
	}
	return store.Edition{Set: set, Source: set, After: after, Draft: draft, Author: "Ana", File: title}
}

func phone(id string) store.Key {
	return store.Key{ID: id, Name: "phone", Hash: []byte(id), CreatedAt: now}
}

// writes are all that the store does for callers.
func writes(s *store.Store) []write {
	all := append(writesOfQuizzes(s), writesOfLearners(s)...)
	return append(all, writesOfTeachers(s)...)
}

func writesOfQuizzes(s *store.Store) []write {
	start := func(id, request string) func(context.Context) (string, error) {
		return func(ctx context.Context) (string, error) {
			a, err := s.CreateAttempt(ctx, store.Attempt{ID: id, Set: "birds", Revision: 1, Participant: id, RequestID: request, StartedAt: now})
			return fmt.Sprintf("%+v", a), err
		}
	}
	hint := func(number int) func(context.Context) (string, error) {
		return func(ctx context.Context) (string, error) {
			revealed, seen, err := s.RevealHint(ctx, "first", "wren", number, 9, now)
			return fmt.Sprint(revealed, seen), err
		}
	}
	return []write{
		{name: "start", ask: start("fourth", "")},
		{name: "start with a request id", ask: start("fifth", "r-start")},
		{name: "answer", ask: func(ctx context.Context) (string, error) {
			a, tally, err := addAnswer(ctx, s, anAnswer("first", "wren", "r-answer", 5))
			return fmt.Sprintf("%+v %+v", a, tally), err
		}},
		{name: "answers to two attempts", ask: func(ctx context.Context) (string, error) {
			added, err := s.AddAnswers(ctx, store.Submission{Answer: anAnswer("first", "owl", "r-two", 5), Grade: oneTry},
				store.Submission{Answer: anAnswer("second", "owl", "r-two", 5), Grade: oneTry})
			return fmt.Sprint(len(added)), err
		}},
		{name: "reveal the next hint", once: true, ask: hint(0)},
		{name: "reveal a hint", ask: hint(1)},
		{name: "finish", ask: func(ctx context.Context) (string, error) {
			log, rank, err := s.FinishAttempt(ctx, "second", everything(5), nil, now)
			return fmt.Sprintf("%v %d", log != nil && log.FinishedAt.Equal(now), rank), err
		}},
	}
}

func writesOfLearners(s *store.Store) []write {
	signUp := func(id, request string) func(context.Context) (string, error) {
		return func(ctx context.Context) (string, error) {
			l, err := s.CreateLearner(ctx, &aulav1.Learner{Id: id}, request, phone("phone-of-"+id))
			return l.GetId(), err
		}
	}
	reviews := func(reviews ...store.Review) func(context.Context) (string, error) {
		return func(ctx context.Context) (string, error) {
			added, err := s.AddReviews(ctx, "luz", counting(1), reviews...)
			if err != nil {
				return "", err
			}
			return fmt.Sprint(added[0].State.GetReviews(), added[0].Err), nil
		}
	}
	return []write{
		{name: "sign up", once: true, ask: signUp("eva", "")},
		{name: "sign up with a request id", once: true, ask: signUp("ana", "r-ana")},
		{name: "review", ask: reviews(rating("e1", 1, aulav1.CardAnswer_GOOD), rating("e2", 2, aulav1.CardAnswer_GOOD))},
		{name: "undo", ask: reviews(undo("u1", "known"))},
		{name: "claim", ask: func(ctx context.Context) (string, error) {
			log, err := s.ClaimAttempt(ctx, "third", "luz", func(store.Attempt) string { return "Luz" })
			if err != nil {
				return "", err
			}
			return log.Participant, nil
		}},
		{name: "join", once: true, ask: func(ctx context.Context) (string, error) {
			l, err := s.JoinLearner(ctx, []byte("code"), phone("tablet"), now)
			return l.GetId(), err
		}},
		{name: "remove a device", ask: func(ctx context.Context) (string, error) {
			return "", s.RemoveDevice(ctx, "luz", "key-luz", now)
		}},
		{name: "make a join code", ask: func(ctx context.Context) (string, error) {
			return "", s.CreateJoinCode(ctx, "luz", []byte("code 2"), now, now.Add(time.Hour))
		}},
		{name: "freezes", once: true, ask: func(ctx context.Context) (string, error) {
			ledger, err := s.Freezes(ctx, "luz", []*aulav1.FreezeEntry{{Date: "2026-11-25", Kind: aulav1.FreezeEntry_EARNED, Change: 1}})
			return fmt.Sprint(len(ledger)), err
		}},
		{name: "weights", once: true, ask: func(ctx context.Context) (string, error) {
			l, err := s.SetWeights(ctx, "luz", 1, []float64{1, 2}, 100, now)
			return fmt.Sprint(l.GetScheduling().GetVersion()), err
		}},
		{name: "erase", once: true, ask: func(ctx context.Context) (string, error) { return "", s.EraseLearner(ctx, "sol", now) }},
	}
}

func writesOfTeachers(s *store.Store) []write {
	return []write{
		{name: "publish", once: true, ask: func(ctx context.Context) (string, error) {
			revision, created, err := s.Publish(ctx, aSet("trees", "Trees"), now)
			return fmt.Sprint(revision, created), err
		}},
		{name: "revise", once: true, ask: func(ctx context.Context) (string, error) {
			revision, err := s.Revise(ctx, edition("birds", "More birds", 1, false), now)
			return fmt.Sprint(revision), err
		}},
		{name: "restore a revision", ask: func(ctx context.Context) (string, error) {
			revision, created, err := s.RestoreRevision(ctx, "birds", 1, "Ana", now)
			return fmt.Sprint(revision, created), err
		}},
		{name: "publish a draft", once: true, ask: func(ctx context.Context) (string, error) {
			revision, err := s.PublishDraft(ctx, "drafts", 1, now)
			return fmt.Sprint(revision), err
		}},
		{name: "archive", ask: func(ctx context.Context) (string, error) { return "", s.Archive(ctx, "birds", true, now) }},
		{name: "make a key", ask: func(ctx context.Context) (string, error) {
			k, err := s.CreateKey(ctx, store.Key{ID: "another", Role: aulav1.AccessKey_ADMIN, Hash: []byte("a"), CreatedAt: now})
			return k.ID, err
		}},
		{name: "revoke a key", ask: func(ctx context.Context) (string, error) {
			k, err := s.RevokeKey(ctx, "teacher", now)
			return k.RevokedAt.String(), err
		}},
		{name: "keep media", ask: func(ctx context.Context) (string, error) {
			m, err := s.KeepMedia(ctx, "image/png", []byte("png"), now)
			return m.Digest, err
		}},
		{name: "audit", once: true, ask: func(ctx context.Context) (string, error) {
			return "", s.Audit(ctx, now, store.ExportedLearner, "luz")
		}},
		{name: "confirm", ask: func(ctx context.Context) (string, error) { return "", s.Confirm(ctx) }},
	}
}
