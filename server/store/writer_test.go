package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	aulav1 "aula/proto/aula/v1"
)

// hold keeps the writer busy until the function it returns is called.
func hold(t *testing.T, s *Store) (release func()) {
	t.Helper()
	begun, end := make(chan struct{}), make(chan struct{})
	var done sync.WaitGroup
	done.Go(func() {
		err := s.Tx(t.Context(), func(*Store) error {
			close(begun)
			<-end
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
	<-begun
	return func() {
		close(end)
		done.Wait()
	}
}

// queued waits until so many writes are in the queue.
func queued(t *testing.T, s *Store, n int) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); len(s.writer.queue) < n; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d writes are queued, want %d", len(s.writer.queue), n)
		}
	}
}

// birds opens a store with a set to attempt.
func birds(t *testing.T) *Store {
	t.Helper()
	s := openFile(t, filepath.Join(t.TempDir(), "aula.db"))
	if err := publish(t.Context(), s, "Birds"); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *Store) start(ctx context.Context, id string) error {
	_, err := s.CreateAttempt(ctx, Attempt{ID: id, Set: "birds", Revision: 1, Participant: id})
	return err
}

func exists(t *testing.T, s *Store, id string) bool {
	t.Helper()
	n := 0
	if err := s.row(t.Context(), `SELECT COUNT(*) FROM attempts WHERE id = $1`, []any{id}, &n); err != nil {
		t.Fatal(err)
	}
	_, err := s.Log(t.Context(), id)
	if (n == 1) != (err == nil) {
		t.Errorf("attempt %s: the database has %d, memory says %v", id, n, err)
	}
	return n == 1
}

// Of writes that share a commit one that fails, however it fails, undoes what it did and
// leaves the others alone.
func TestNeighbours(t *testing.T) {
	s, ctx := birds(t), t.Context()
	stop := errors.New("stop")
	var panicked any
	writes := []func() error{
		func() error { return s.start(ctx, "before") },
		func() error { // fails after a change
			return s.Tx(ctx, func(s *Store) error { return errors.Join(s.start(ctx, "undone"), stop) })
		},
		func() error { // fails in SQL
			return s.Tx(ctx, func(s *Store) error {
				_, err := s.exec(ctx, `INSERT INTO attempts (id) VALUES ('no set')`)
				return err
			})
		},
		func() error { // fails by its one statement, which needs no savepoint
			return s.transact(ctx, 1, func(s *Store) error {
				_, err := s.exec(ctx, `INSERT INTO attempts (id) VALUES ('no set')`)
				return err
			})
		},
		func() (err error) {
			defer func() { panicked = recover() }()
			return s.Tx(ctx, func(s *Store) error {
				_ = s.start(ctx, "panicked")
				panic("a bug")
			})
		},
		func() error { return s.start(ctx, "after") },
	}
	release := hold(t, s)
	errs := make([]error, len(writes))
	var all sync.WaitGroup
	for i, write := range writes {
		all.Go(func() { errs[i] = write() })
		queued(t, s, i+1) // in this order
	}
	release()
	all.Wait()
	if errs[0] != nil || !errors.Is(errs[1], stop) || errs[2] == nil || errs[3] == nil || errs[5] != nil {
		t.Errorf("the writes ended with %v", errs)
	}
	if !strings.Contains(fmt.Sprint(panicked), "a bug") {
		t.Errorf("the caller met %v, want the panic", panicked)
	}
	for id, want := range map[string]bool{"before": true, "undone": false, "no set": false, "panicked": false, "after": true} {
		if exists(t, s, id) != want {
			t.Errorf("attempt %s is kept: %v", id, !want)
		}
	}
}

// Writes that wait for a commit share the next: each by itself would leave several pages in
// the database's log.
func TestSharedCommit(t *testing.T) {
	s := birds(t)
	logged := func() (pages int) {
		var busy, copied int
		if err := s.row(t.Context(), `PRAGMA wal_checkpoint(PASSIVE)`, nil, &busy, &pages, &copied); err != nil {
			t.Fatal(err)
		}
		return pages
	}
	logged() // all copied: the next write begins the log anew
	release := hold(t, s)
	var all sync.WaitGroup
	const writes = 100
	for i := range writes {
		all.Go(func() {
			if err := s.start(t.Context(), fmt.Sprint("attempt", i)); err != nil {
				t.Error(err)
			}
		})
	}
	queued(t, s, writes)
	release()
	all.Wait()
	if pages := logged(); pages == 0 || pages > writes/2 {
		t.Errorf("%d writes took %d pages of log: they did not share a commit", writes, pages)
	}
}

// When too much waits the next write is refused at once, and nothing that waited is lost.
func TestQueueIsFull(t *testing.T) {
	s := birds(t)
	release := hold(t, s)
	for range maxQueue {
		s.writer.queue <- &write{run: func(*Store) error { return nil }, done: make(chan struct{})}
	}
	if err := s.start(t.Context(), "refused"); !errors.Is(err, ErrBusy) {
		t.Errorf("with a full queue: %v", err)
	}
	if added, err := s.AddAnswers(t.Context()); err != nil || len(added) > 0 {
		t.Errorf("no answers, which need not wait: %v, %v", added, err)
	}
	release()
	if err := s.start(t.Context(), "accepted"); err != nil {
		t.Errorf("with room again: %v", err)
	}
	if exists(t, s, "refused") {
		t.Error("what was refused is kept")
	}
}

// So it is where every transaction has a connection of its own.
func TestTooManyWaitToBegin(t *testing.T) {
	s := birds(t)
	s.queued.Store(maxQueue)
	if _, _, err := s.begin(t.Context()); !errors.Is(err, ErrBusy) {
		t.Errorf("with as many waiting as may: %v", err)
	}
	if n := s.queued.Load(); n != maxQueue {
		t.Errorf("%d wait, want %d", n, maxQueue)
	}
}

// When the engine gives up a transaction that many share, those that were in it are told
// so, and those that were not yet are done in the next.
func TestBrokenTransaction(t *testing.T) {
	s, ctx := birds(t), t.Context()
	err := s.Tx(ctx, func(s *Store) error { // the file may grow a little, as on a disk that is almost full
		var pages int
		if err := s.row(ctx, `PRAGMA page_count`, nil, &pages); err != nil {
			return err
		}
		return s.row(ctx, fmt.Sprintf(`PRAGMA max_page_count = %d`, pages+4), nil, &pages)
	})
	if err != nil {
		t.Fatal(err)
	}
	const writes, large = 20, 3
	errs := make([]error, writes)
	begun, end := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		_ = s.Tx(ctx, func(*Store) error { // fails if the large one shares its commit
			close(begun)
			<-end
			return nil
		})
	})
	<-begun
	for i := range writes {
		id := fmt.Sprint("attempt", i)
		a := Attempt{ID: id, Participant: id, Set: "birds", Revision: 1}
		if i == large {
			a.Nickname = strings.Repeat("x", 1<<20)
		}
		all.Go(func() { _, errs[i] = s.CreateAttempt(ctx, a) })
		queued(t, s, i+1) // in this order
	}
	close(end)
	all.Wait()
	for i, err := range errs {
		// Those before the large one may have been in a commit before its.
		if i > large && err != nil || i == large && err == nil || err != nil && !errors.Is(err, ErrUnavailable) {
			t.Errorf("write %d: %v", i, err)
		}
		if id := fmt.Sprint("attempt", i); exists(t, s, id) != (err == nil) {
			t.Errorf("%s, of which the caller was told %v, exists: %v", id, err, err != nil)
		}
	}
}

// A disk that cannot be read is told as damage. What was written before in the same transaction
// may be half of a row and its indices, so nothing of it is committed, and all are told.
func TestUnreadable(t *testing.T) {
	garbage := filepath.Join(t.TempDir(), "garbage")
	if err := os.WriteFile(garbage, []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", "file:"+garbage)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	_, unreadable := db.ExecContext(t.Context(), "PRAGMA user_version")
	if !sqliteDamaged(unreadable) {
		t.Fatal(unreadable)
	}

	s, ctx := birds(t), t.Context()
	begun, end := make(chan struct{}), make(chan struct{})
	var first, second error
	var all sync.WaitGroup
	all.Go(func() {
		_ = s.Tx(ctx, func(*Store) error { // fails with those who share its commit
			close(begun)
			<-end
			return nil
		})
	})
	<-begun
	all.Go(func() { first = s.start(ctx, "first") })
	queued(t, s, 1)
	all.Go(func() {
		second = s.transact(ctx, 1, func(s *Store) error { // as one that stands behind no savepoint
			return errors.Join(s.start(ctx, "second"), unreadable)
		})
	})
	queued(t, s, 2)
	close(end)
	all.Wait()
	for id, err := range map[string]error{"first": first, "second": second} {
		// The first may have been in the commit before.
		if !errors.Is(err, ErrUnavailable) && (id == "second" || err != nil) || exists(t, s, id) != (err == nil) {
			t.Errorf("%s, of which the caller was told %v, exists: %v", id, err, exists(t, s, id))
		}
	}
	if err := s.start(ctx, "third"); err != nil {
		t.Error(err)
	}
}

// What is being written while the store closes is either acknowledged and kept, or neither.
func TestCloseWhileWriting(t *testing.T) {
	name := filepath.Join(t.TempDir(), "aula.db")
	s := openFile(t, name)
	if err := publish(t.Context(), s, "Birds"); err != nil {
		t.Fatal(err)
	}
	const writes = 100
	errs := make([]error, writes)
	release := hold(t, s)
	var all sync.WaitGroup
	for i := range writes {
		all.Go(func() { errs[i] = s.start(t.Context(), fmt.Sprint("attempt", i)) })
	}
	queued(t, s, writes)
	all.Go(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	<-s.writer.quit
	release()
	all.Wait()
	if err := s.start(t.Context(), "late"); !errors.Is(err, ErrUnavailable) {
		t.Errorf("writing to a closed store: %v", err)
	}
	again := openFile(t, name)
	for i, err := range errs {
		if id := fmt.Sprint("attempt", i); exists(t, again, id) != (err == nil) {
			t.Errorf("%s, of which the caller was told %v, exists: %v", id, err, err != nil)
		}
	}
}

// A caller who gives up while their write waits leaves nothing behind.
func TestGivingUp(t *testing.T) {
	s := birds(t)
	release := hold(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	all.Go(func() {
		if err := s.start(ctx, "given up"); !errors.Is(err, context.Canceled) {
			t.Errorf("a call that was given up: %v", err)
		}
	})
	queued(t, s, 1)
	cancel()
	all.Wait()
	release()
	if exists(t, s, "given up") {
		t.Error("what was given up is kept")
	}
}

// While a large set is being published small writes go on in between.
func TestLargeSetKeepsNobodyWaiting(t *testing.T) {
	s := birds(t)
	large := &aulav1.QuestionSet{Id: "large", Title: map[string]string{"en": strings.Repeat("x", 40*partSize)}}
	published := make(chan error, 1)
	go func() {
		_, _, err := s.Publish(t.Context(), large, time.UnixMilli(0))
		published <- err
	}()
	between := 0
	for running := true; running; between++ {
		if err := s.start(t.Context(), fmt.Sprint("attempt", between)); err != nil {
			t.Fatal(err)
		}
		select {
		case err := <-published:
			if err != nil {
				t.Error(err)
			}
			running = false
		default:
		}
	}
	if between < 3 {
		t.Errorf("%d attempts were started meanwhile", between)
	}
	set, err := s.Revision(t.Context(), "large", 1)
	if err != nil || len(set.GetTitle()["en"]) != 40*partSize {
		t.Errorf("the set reads %d bytes, %v", len(set.GetTitle()["en"]), err)
	}
}

// What another process writes is seen: by those who write at once, by those who read soon.
func TestAnotherProcess(t *testing.T) {
	s := birds(t)
	name := ""
	var seq int
	if err := s.row(t.Context(), `PRAGMA database_list`, nil, &seq, &name, &name); err != nil {
		t.Fatal(err)
	}
	if err := s.start(t.Context(), "shared"); err != nil {
		t.Fatal(err)
	}
	other := openFile(t, name)
	if _, _, err := other.FinishAttempt(t.Context(), "shared", Ranked{}, nil, time.UnixMilli(5)); err != nil {
		t.Fatal(err)
	}
	added, err := s.AddAnswers(t.Context(), Submission{Answer: Answer{Attempt: "shared", RequestID: "r"}})
	if err != nil || !errors.Is(added[0].Err, ErrFinished) {
		t.Errorf("an answer to what another process has finished: %+v, %v", added, err)
	}
	if err := publish(t.Context(), other, "More birds"); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(20 * othersEvery); ; time.Sleep(othersEvery / 10) {
		revision, err := s.CurrentRevision(t.Context(), "birds")
		if err != nil {
			t.Fatal(err)
		}
		if revision == 2 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("what another process has published is not seen")
		}
	}
}

// What is kept in memory stays within its bounds.
func TestKeptIsBounded(t *testing.T) {
	k := newKept()
	long := &Log{}
	for range 1000 {
		long.add(Answer{Given: make([]byte, 1000)})
	}
	for i := range keptAttempts + 100 {
		log := &Log{}
		if i%2 == 1 {
			*log = *long
		}
		log.ID = fmt.Sprint(i)
		k.put(slices.Values([]*Log{log}))
		if k.logs.Len() > keptAttempts || k.size > keptBytes {
			t.Fatalf("%d attempts with %d bytes of answers are kept", k.logs.Len(), k.size)
		}
	}
	if last := fmt.Sprint(keptAttempts + 99); k.logs.Len() == 0 || !k.logs.Contains(last) {
		t.Error("what came last is not kept")
	}
	k.forget()
	if k.logs.Len() != 0 || k.size != 0 {
		t.Errorf("after all is forgotten %d attempts with %d bytes of answers are kept", k.logs.Len(), k.size)
	}
	// A log that was read before its attempt changed is not kept.
	_, version := k.get("a")
	k.put(slices.Values([]*Log{{Attempt: Attempt{ID: "a", Nickname: "new"}}}))
	k.offer(&Log{Attempt: Attempt{ID: "a", Nickname: "old"}}, version)
	if log, _ := k.get("a"); log.Nickname != "new" {
		t.Errorf("an old log took the place of %+v", log)
	}
}
