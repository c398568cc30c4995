// Package store keeps everything Aula must remember, in SQLite or in PostgreSQL. All SQL
// is here, one file a noun, the same text for both engines: placeholders are $1, ids are
// made in Go, times are unix milliseconds. What differs is in dialect.go.
//
// Any method may return ErrUnavailable, besides the errors it names.
package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"time"

	"github.com/pressly/goose/v3"

	"aula/server/failpoint"
)

// Errors that callers act on. Compare with errors.Is.
var (
	// ErrNotFound: no row has the id asked for.
	ErrNotFound = errors.New("store: not found")
	// ErrRequestReused: the request id belongs to another request.
	ErrRequestReused = errors.New("store: request id used for something else")
	// ErrFinished: the attempt takes no more answers.
	ErrFinished = errors.New("store: attempt is finished")
	// ErrNotAFile: the name given to Open is neither a file nor a postgres:// URL.
	ErrNotAFile = errors.New("store: neither a file nor a postgres:// URL")
	// ErrOutOfDate: the set was revised meanwhile.
	ErrOutOfDate = errors.New("store: made of an earlier revision")
	// ErrNotADraft: the revision is no draft, or not the newest.
	ErrNotADraft = errors.New("store: not a draft, or not the newest revision")
	// ErrNoHint: the hint is not the next one, or there is none left.
	ErrNoHint = errors.New("store: no such hint to reveal")
	// ErrRescheduled: the learner's cards are scheduled otherwise by now. Read the learner again.
	ErrRescheduled = errors.New("store: the learner's cards are scheduled otherwise by now")
	// ErrBusy: too much is waiting to be written. Nothing was changed; try again in a moment.
	ErrBusy = errors.New("store: too much is waiting to be written")
	// ErrUnavailable: the database cannot do it now (locked, full, read-only, unreadable, out
	// of reach). Nothing was changed, unless the connection broke during the commit; a
	// repeat with the same ids is safe in every case.
	ErrUnavailable = errors.New("store: database unavailable")
)

// NewerError is returned by Open for a database that a newer Aula has upgraded.
type NewerError struct {
	Schema, Known int64 // the database's migration, and the newest of this Aula
}

func (e *NewerError) Error() string {
	return fmt.Sprintf("made by a newer Aula: schema %d, known up to %d", e.Schema, e.Known)
}

//go:embed migrations/*.sql
var migrations embed.FS

// retries bounds how often a transaction is run again when the engine asks for it.
const retries = 5

// Store is a database. Its methods are safe for concurrent use; those that write are
// durable when they return nil.
type Store struct {
	// Observe is told what the store does. It is set, if at all, while the store is not in use.
	Observe Observer

	readers  *sql.DB
	writers  *sql.DB   // the same pool as readers, on PostgreSQL
	reads    queries   // on readers
	own      *prepared // what reads is, where its statements are kept prepared
	dialect  dialect
	writer   *writer // nil where every transaction has a connection of its own
	rankings *rankings
	kept     *kept         // nil where other processes may write at any time
	seen     *kept         // as kept, where they may: to be held against the database before it is believed
	scribe   *scribe       // writes the answers, where several transactions are written at once
	queued   *atomic.Int64 // transactions that wait to begin, where there is no writer
	wiper    *wiper
	tx       *tx // set inside Tx
}

// tx is a transaction under way.
type tx struct {
	queries
	logs  []*Log // the attempts it has changed, as it leaves them
	after []func()
	again bool // it was run before, and that may have been committed

	changes bool // it has changed something

	batch     *batch       // what it shares a commit with; nil where it has one of its own
	savepoint func() error // called before the first change; nil where nothing needs it
	saved     bool
}

// Open opens the database, creates or upgrades its tables, and leaves it ready for use.
// The name is a postgres:// URL, or a file for SQLite.
func Open(ctx context.Context, name string) (*Store, error) { return open(ctx, dialectOf(name), name) }

// OpenInMemory returns a store that is empty, leaves no trace, and goes when it is closed.
func OpenInMemory(ctx context.Context) (*Store, error) { return open(ctx, inMemory(), "") }

func open(ctx context.Context, d dialect, name string) (*Store, error) {
	readers, writers, err := d.open(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("open: %w", err)
	}
	s := &Store{
		readers: readers, writers: writers, reads: readers, dialect: d,
		rankings: newRankings(), queued: &atomic.Int64{}, wiper: &wiper{},
	}
	if err := s.prepare(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("prepare: %w", err), s.Close())
	}
	s.loadRankings()
	return s, nil
}

func (s *Store) prepare(ctx context.Context) error {
	if err := s.migrate(ctx); err != nil {
		return err
	}
	if s.dialect.shared {
		s.reads = patient{s.readers, s}
		s.seen = newKept()
		s.scribe = startScribe(s)
		return nil
	}
	s.own = &prepared{on: s.readers}
	s.reads = s.own
	s.kept = newKept()
	writer, err := startWriter(ctx, s, s.writers)
	if err == nil {
		s.writer = writer
	}
	return err
}

// Display gives a database's name as it may be shown: without a password.
func Display(name string) string { return dialectOf(name).display(name) }

// Close releases the connections, after what is under way.
func (s *Store) Close() error {
	s.rankings.close()
	if s.scribe != nil {
		s.scribe.close()
	}
	if s.readers == s.writers {
		return s.writers.Close()
	}
	var err error
	if s.writer != nil {
		err = errors.Join(s.writer.close(), s.own.close())
	}
	return errors.Join(err, s.readers.Close(), s.writers.Close())
}

// migrate brings the tables up to date. Several processes may do so at once: PostgreSQL
// takes turns under a lock; on SQLite, whose transactions already exclude each other,
// one that comes second fails where it notes what the first has done, and looks again.
func (s *Store) migrate(ctx context.Context) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	options, err := s.dialect.migration()
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(s.dialect.goose, s.writers, interruptible(files, s.dialect), options...)
	if err != nil {
		return err
	}
	for try := 0; ; try++ {
		if err = s.migrateOnce(ctx, provider); err == nil {
			_, err = provider.Up(ctx)
		}
		if err == nil || try == retries || ctx.Err() != nil {
			break
		}
		pause(ctx, try)
	}
	if err != nil {
		return err
	}
	current, newest, err := provider.GetVersions(ctx)
	if err == nil && current > newest {
		err = &NewerError{Schema: current, Known: newest}
	}
	return err
}

// migrateOnce has every migration fail that was done before, and so be undone as a whole: that
// of another process may have ended between a look at what there is to do, and the doing.
func (s *Store) migrateOnce(ctx context.Context, provider *goose.Provider) error {
	if s.dialect.shared {
		return nil
	}
	pending, err := provider.HasPending(ctx)
	if err != nil || !pending {
		return err
	}
	_, err = s.writers.ExecContext(ctx, `CREATE UNIQUE INDEX IF NOT EXISTS goose_once ON goose_db_version (version_id)`)
	return err
}

// Tx runs f in a transaction, with a Store whose methods are part of it, and commits if
// f returns nil. When the engine asks for it f is run again, so it must have no other
// effects. Inside another Tx it just runs f. Where the engine has one writer, f runs on
// the writer's goroutine and keeps all others waiting: it should do little but SQL.
func (s *Store) Tx(ctx context.Context, f func(*Store) error) error {
	return s.transact(ctx, severalChanges, f)
}

// Confirm returns when all that was read before is as safe as what is acknowledged: when an
// answer rests on what somebody else has written, who may not have been told that it is.
func (s *Store) Confirm(ctx context.Context) error {
	defer s.operation(ctx, "Confirm")()
	if s.dialect.mark == "" {
		return nil
	}
	return s.Tx(ctx, func(*Store) error { return nil }) // it will be marked
}

const severalChanges = 2

// transact is Tx for an f that makes at most so many changes. One that makes a single
// change, and does nothing after it that can fail, needs no savepoint: a statement that
// fails has changed nothing.
func (s *Store) transact(ctx context.Context, changes int, f func(*Store) error) error {
	if s.tx != nil {
		return f(s)
	}
	if s.writer != nil {
		return s.unavailable(s.writer.do(ctx, &write{run: f, single: changes < severalChanges}))
	}
	return s.retry(ctx, func(try int) error { return s.txOnce(ctx, try, f) })
}

// retry runs what may be run again, for as long as the engine asks for it, within bounds and
// within the caller's time.
func (s *Store) retry(ctx context.Context, once func(try int) error) error {
	for try := 0; ; try++ {
		err := once(try)
		retries := s.dialect.retries(err)
		if retries > 0 {
			s.seen.forget() // another server may have lost what this one had
		}
		if err == nil || ctx.Err() != nil || try >= retries {
			return s.unavailable(err)
		}
		pause(ctx, try)
	}
}

func (s *Store) txOnce(ctx context.Context, try int, f func(*Store) error) error {
	conn, begun, err := s.begin(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	defer func() { _ = begun.Rollback() }() // where f panics: Close would wait for it
	t := &tx{queries: begun, again: try > 0}
	inside := s.within(t)
	if err = f(inside); err == nil {
		err = inside.mark(ctx)
	}
	if err != nil {
		if failed := begun.Rollback(); failed != nil && !errors.Is(failed, sql.ErrTxDone) {
			err = errors.Join(err, failed)
		}
		return s.given(ctx, conn, err)
	}
	committing := s.Observe.start(s.Observe.Commit != nil)
	if err := s.commit(conn, begun); err != nil {
		return s.given(ctx, conn, err)
	}
	s.Observe.committed(1, committing)
	s.seen.put(slices.Values(t.logs))
	for _, f := range t.after {
		f()
	}
	return nil
}

func (s *Store) commit(conn *sql.Conn, begun *sql.Tx) error {
	if s.dialect.commit == nil {
		return begun.Commit()
	}
	return s.dialect.commit(conn, begun)
}

// mark gives a transaction something to commit that has changed nothing. What it has found
// may have been committed without waiting for a synchronous standby, by somebody who gave up
// the wait: a repeat of theirs is acknowledged only once the standby has it, which it has when
// it has what comes later.
func (s *Store) mark(ctx context.Context) error {
	if s.dialect.mark == "" || s.tx.changes {
		return nil
	}
	_, err := s.exec(ctx, s.dialect.mark)
	return err
}

// given returns the error of a transaction. A connection that failed as one does that is of no
// more use is not used again.
func (s *Store) given(ctx context.Context, conn *sql.Conn, err error) error {
	if s.dialect.retries(err) > 0 {
		_ = conn.Raw(func(any) error { return driver.ErrBadConn })
	}
	if ctx.Err() != nil && errors.Is(err, sql.ErrTxDone) { // it was rolled back because the caller has given up
		return ctx.Err()
	}
	return err
}

// view runs f with a Store whose methods see the database as it is at one moment. They may
// only read, and f should not take long: SQLite's log grows meanwhile.
func (s *Store) view(ctx context.Context, f func(*Store) error) error {
	var begun *sql.Tx
	err := s.retry(ctx, func(int) (err error) {
		begun, err = s.readers.BeginTx(ctx, &sql.TxOptions{ReadOnly: true, Isolation: s.dialect.snapshot})
		return err
	})
	if err != nil {
		return err
	}
	defer func() { _ = begun.Rollback() }() // there is nothing to keep
	return f(s.within(&tx{queries: begun}))
}

func (s *Store) begin(ctx context.Context) (*sql.Conn, *sql.Tx, error) {
	defer s.queued.Add(-1)
	if s.queued.Add(1) > maxQueue {
		return nil, nil, ErrBusy
	}
	waiting := s.Observe.start(s.Observe.Wait != nil)
	conn, err := s.writers.Conn(ctx)
	if err != nil {
		return nil, nil, err
	}
	begun, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return nil, nil, errors.Join(s.given(ctx, conn, err), conn.Close())
	}
	s.Observe.waited(waiting)
	return conn, begun, nil
}

// within returns the store as it is inside a transaction.
func (s *Store) within(t *tx) *Store {
	inside := *s
	inside.tx = t
	return &inside
}

// afterCommit has f run once what the transaction did is on disk, before its caller is
// told; where the engine has one writer, in the order of the commits.
func (s *Store) afterCommit(f func()) { s.tx.after = append(s.tx.after, f) }

// pause waits 5 ms, 10, 20 ... up to a second, with jitter, so that those who collided do not
// again.
func pause(ctx context.Context, try int) {
	d := min(5*time.Millisecond<<try, time.Second)
	select {
	case <-ctx.Done():
	case <-time.After(d/2 + rand.N(d)):
	}
}

// unavailable marks the errors that pass with time, for those that read.
func (s *Store) unavailable(err error) error {
	if err != nil && s.dialect.unavailable(err) {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return err
}

// queries is what pools, connections and transactions have in common.
type queries interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// on returns what to run a statement on, and the context to run it under: a caller who
// gives up must not interrupt the transaction that others share.
func (s *Store) on(ctx context.Context) (queries, context.Context) {
	switch {
	case s.tx == nil:
		return s.reads, ctx
	case s.tx.batch == nil:
		return s.tx, ctx
	}
	return s.tx, context.WithoutCancel(ctx)
}

// row reads one row, or returns ErrNotFound.
func (s *Store) row(ctx context.Context, query string, args []any, into ...any) error {
	found := false
	err := s.rows(ctx, query, args, func(rows *sql.Rows) error {
		found = true
		return rows.Scan(into...)
	})
	if err == nil && !found {
		err = ErrNotFound
	}
	return err
}

// rows calls scan for each row of a query.
func (s *Store) rows(ctx context.Context, query string, args []any, scan func(*sql.Rows) error) error {
	db, ctx := s.on(ctx)
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return s.unavailable(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return s.unavailable(rows.Err())
}

// touch comes before the first change of a transaction.
func (s *Store) touch() error {
	if t := s.tx; t.savepoint != nil && !t.saved {
		if err := t.savepoint(); err != nil {
			return err
		}
		t.saved = true
	}
	return nil
}

// exec runs a statement of a transaction and reports how many rows it touched.
func (s *Store) exec(ctx context.Context, query string, args ...any) (int64, error) {
	if err := s.touch(); err != nil {
		return 0, err
	}
	if err := failpoint.Fail(failpoint.Writing); err != nil {
		return 0, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	db, ctx := s.on(ctx)
	result, err := db.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	changed, err := result.RowsAffected()
	s.tx.changes = s.tx.changes || changed > 0
	return changed, err
}

// millis and fromMillis turn times into what is stored and back.
func millis(t time.Time) int64     { return t.UnixMilli() }
func fromMillis(m int64) time.Time { return time.UnixMilli(m).UTC() }
