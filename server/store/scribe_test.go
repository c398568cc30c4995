package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"
)

// onPostgres opens a new database with the attempts "0", "1" and so on.
func onPostgres(t *testing.T, attempts int) (s *Store, name string) {
	t.Helper()
	if name = NewPostgres(t); name == "" {
		t.Skip("set AULA_TEST_POSTGRES=1 to run on PostgreSQL as well")
	}
	s = openAny(t, name)
	if err := publish(t.Context(), s, "Birds"); err != nil {
		t.Fatal(err)
	}
	for i := range attempts {
		id := fmt.Sprint(i)
		if _, err := s.CreateAttempt(t.Context(), Attempt{ID: id, Set: "birds", Revision: 1, Participant: id, StartedAt: keptTime}); err != nil {
			t.Fatal(err)
		}
	}
	return s, name
}

func anEntry(attempt, question string) Submission {
	return Submission{
		Answer: Answer{Attempt: attempt, Question: question, RequestID: attempt + "/" + question, Given: []byte{}, Points: 1, At: keptTime},
		Grade:  func([]Answer, *Answer) error { return nil },
	}
}

// In a batch everybody is told of their own: what one fails with is no matter of the others.
func TestScribeKeepsNeighboursApart(t *testing.T) {
	const learners = 32
	s, _ := onPostgres(t, learners)
	errs := make([]error, learners)
	panics := make([]any, learners)
	var all sync.WaitGroup
	var commits sync.Map
	s.Observe.Commit = func(writes int, _ time.Duration) { commits.Store(writes, true) }
	for i := range learners {
		all.Go(func() {
			defer func() { panics[i] = recover() }()
			for n := range 10 {
				entry := anEntry(fmt.Sprint(i), fmt.Sprint("q", n))
				switch {
				case i == 3:
					entry.Language = "\x00" // PostgreSQL takes no such text
				case i == 4:
					entry.Attempt = "nowhere"
				case i == 5 && n == 9:
					entry.Grade = func([]Answer, *Answer) error { panic("at the disco") }
				}
				added, err := s.AddAnswers(t.Context(), entry)
				errs[i] = err
				if err == nil {
					errs[i] = added[0].Err
				}
			}
		})
	}
	all.Wait()
	for i := range learners {
		log, err := s.Log(t.Context(), fmt.Sprint(i))
		if err != nil {
			t.Fatal(err)
		}
		want := 10
		switch i {
		case 3:
			want = 0
			if errs[i] == nil {
				t.Error("an answer was kept that PostgreSQL does not take")
			}
		case 4:
			want = 0
			if !errors.Is(errs[i], ErrNotFound) {
				t.Errorf("an answer to no attempt: %v", errs[i])
			}
		case 5:
			want = 9
			if panics[i] == nil {
				t.Error("the panic was lost")
			}
		default:
			if errs[i] != nil {
				t.Errorf("learner %d: %v", i, errs[i])
			}
		}
		if len(log.Answers) != want {
			t.Errorf("learner %d has %d answers, want %d", i, len(log.Answers), want)
		}
	}
	most := 0
	commits.Range(func(writes, _ any) bool {
		most = max(most, writes.(int)) //nolint:forcetypeassert // nothing else is stored
		return true
	})
	if most < 2 {
		t.Error("no two answers shared a commit")
	}
}

// Who holds an attempt keeps those waiting who answer in it, and nobody else.
func TestScribeWaitsForNobody(t *testing.T) {
	s, name := onPostgres(t, 2)
	other := openAny(t, name)
	held, release, freed := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		freed <- other.Tx(t.Context(), func(s *Store) error {
			_, err := s.Log(t.Context(), "0")
			close(held)
			<-release
			return err
		})
	}()
	<-held
	told := make(chan error, 1)
	go func() {
		_, err := s.AddAnswers(t.Context(), anEntry("0", "q"))
		told <- err
	}()
	for i := range 10 {
		if _, err := s.AddAnswers(t.Context(), anEntry("1", fmt.Sprint("q", i))); err != nil {
			t.Error(err)
		}
	}
	select {
	case err := <-told:
		t.Errorf("told %v while somebody else holds the attempt", err)
	default:
	}
	close(release)
	if err := errors.Join(<-freed, <-told); err != nil {
		t.Error(err)
	}
}

// A queue that is full refuses; what is given up while it waits is not written.
func TestScribeQueue(t *testing.T) {
	s, _ := onPostgres(t, 1)
	s.scribe.close()
	s.scribe = &scribe{
		store: s, queue: make(chan *entry, 1), quit: make(chan struct{}), ended: make(chan struct{}), patience: time.NewTimer(0),
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := s.AddAnswers(ctx, anEntry("0", "given up")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("given up: %v", err)
	}
	if _, err := s.AddAnswers(t.Context(), anEntry("0", "refused")); !errors.Is(err, ErrBusy) || s.Queued() != 1 {
		t.Errorf("with a full queue: %v, %d waiting", err, s.Queued())
	}
	go s.scribe.loop()
	for {
		_, err := s.AddAnswers(t.Context(), anEntry("0", "kept"))
		if err == nil {
			break
		}
		if !errors.Is(err, ErrBusy) {
			t.Fatal(err)
		}
	}
	log, err := s.Log(t.Context(), "0")
	if err != nil || len(log.Answers) != 1 || log.Answers[0].Question != "kept" {
		t.Errorf("there is %+v, %v", log, err)
	}
}

// What one process has seen of an attempt, it believes only as long as no other has changed it.
func TestSeenByOthers(t *testing.T) {
	here, name := onPostgres(t, 1)
	there := openAny(t, name)
	ctx := t.Context()
	for i := range 6 {
		s, other := here, there
		if i%2 == 1 {
			s, other = there, here
		}
		added, err := s.AddAnswers(ctx, anEntry("0", fmt.Sprint("q", i)))
		if err != nil || len(added[0].Log.Answers) != i+1 {
			t.Fatalf("answer %d: %+v, %v", i, added, err)
		}
		if again, err := other.AddAnswers(ctx, anEntry("0", fmt.Sprint("q", i))); err != nil || len(again[0].Tries) != 1 || len(again[0].Log.Answers) != i+1 {
			t.Errorf("answer %d, repeated elsewhere: %+v, %v", i, again, err)
		}
		if _, seen, err := s.RevealHint(ctx, "0", "q0", i+1, 9, keptTime); err != nil || seen != i+1 {
			t.Errorf("hint %d: %d, %v", i, seen, err)
		}
		if log, err := other.Log(ctx, "0"); err != nil || len(log.Answers) != i+1 || len(log.Hints) != i+1 {
			t.Errorf("after answer %d another process reads %+v, %v", i, log, err)
		}
	}
	// Here nothing has read what was answered there.
	for i, s := range []*Store{there, here} {
		another := anEntry("0", "twice")
		another.RequestID = fmt.Sprint("try ", i+1)
		if added, err := s.AddAnswers(ctx, another); err != nil || len(added[0].Tries) != i+1 || added[0].Tries[i].Try != i+1 {
			t.Errorf("try %d: %+v, %v", i+1, added, err)
		}
	}
	ranked := Ranked{Counts: func(string) bool { return true }, MaxPoints: 9}
	if _, _, err := there.FinishAttempt(ctx, "0", ranked, nil, keptTime); err != nil {
		t.Fatal(err)
	}
	if added, err := here.AddAnswers(ctx, anEntry("0", "late")); err != nil || !errors.Is(added[0].Err, ErrFinished) {
		t.Errorf("an answer after another process has finished it: %+v, %v", added, err)
	}
	if log, err := here.Log(ctx, "0"); err != nil || log.FinishedAt.IsZero() {
		t.Errorf("finished by another process it reads %+v, %v", log, err)
	}
}

// Eight processes that start at once on a database of an earlier schema upgrade it once.
func TestUpgradeAtOnce(t *testing.T) {
	enginesOf(t, func(t *testing.T, another func() string) {
		for _, schema := range append([]int{0}, oldSchemas...) { // 0 is an empty database
			name := another()
			if schema > 0 {
				if err := asOf(t, schema, name).Close(); err != nil {
					t.Fatal(err)
				}
			}
			var all sync.WaitGroup
			var begin sync.WaitGroup
			begin.Add(1)
			for range 8 {
				all.Go(func() {
					begin.Wait()
					s, err := Open(t.Context(), name)
					if err == nil {
						err = s.Close()
					}
					if err != nil {
						t.Errorf("schema %d: %v", schema, err)
					}
				})
			}
			begin.Done()
			all.Wait()
			s := openAny(t, name)
			sound(t, s)
			var applied, versions int
			err := s.row(t.Context(), `SELECT count(*), count(DISTINCT version_id) FROM goose_db_version`, nil, &applied, &versions)
			if err != nil || applied != versions || versions != len(oldSchemas)+2 { // and a version 0
				t.Errorf("schema %d: %d migrations of %d versions were applied, %v", schema, applied, versions, err)
			}
			if schema > 0 {
				upgraded(t, s, schema)
			}
		}
	})
}
