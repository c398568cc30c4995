// Package store keeps everything Aula must remember, in SQLite or in PostgreSQL. All SQL
// is here, one file a noun, the same text for both engines: placeholders are $1, ids are
// made in Go, times are unix milliseconds. What differs is in dialect.go.
//
// Any method may return ErrUnavailable, besides the errors it names.
package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/pressly/goose/v3"
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
	// ErrNoHint: the hint is not the next one, or there is none left.
	ErrNoHint = errors.New("store: no such hint to reveal")
	// ErrUnavailable: the database cannot do it now (locked, full, read-only, out of
	// reach). Nothing was changed, unless the connection broke during the commit; a
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
	readers *sql.DB
	writers *sql.DB // the same pool as readers, on PostgreSQL
	tx      *sql.Tx // set inside Tx
	dialect dialect

	rankings  *rankings
	committed *[]func()  // what is to run after the commit, inside Tx
	commits   sync.Mutex // held from a commit until what follows it has run
}

// Open opens the database, creates or upgrades its tables, and leaves it ready for use.
// The name is a postgres:// URL, or a file for SQLite.
func Open(ctx context.Context, name string) (*Store, error) {
	d := dialectOf(name)
	readers, writers, err := d.open(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("open: %w", err)
	}
	s := &Store{readers: readers, writers: writers, dialect: d, rankings: newRankings()}
	if err := s.migrate(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("prepare: %w", err), s.Close())
	}
	s.loadRankings()
	return s, nil
}

// Display gives a database's name as it may be shown: without a password.
func Display(name string) string { return dialectOf(name).display(name) }

// Close releases the connections, after what is under way.
func (s *Store) Close() error {
	s.rankings.close()
	if s.readers == s.writers {
		return s.writers.Close()
	}
	return errors.Join(s.readers.Close(), s.writers.Close())
}

// migrate brings the tables up to date. Several processes may do so at once: PostgreSQL
// takes turns under a lock; on SQLite, whose transactions already exclude each other,
// one that comes second fails on what the first has made, and looks again.
func (s *Store) migrate(ctx context.Context) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	options, err := s.dialect.migration()
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(s.dialect.goose, s.writers, files, options...)
	if err != nil {
		return err
	}
	for try := 0; ; try++ {
		if _, err = provider.Up(ctx); err == nil || try == retries || ctx.Err() != nil {
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

// Tx runs f in a transaction, with a Store whose methods are part of it, and commits if
// f returns nil. When the engine asks for it f is run again, so it must have no other
// effects. Inside another Tx it just runs f.
func (s *Store) Tx(ctx context.Context, f func(*Store) error) error {
	if s.tx != nil {
		return f(s)
	}
	for try := 0; ; try++ {
		err := s.txOnce(ctx, f)
		if err == nil || try == retries || !s.dialect.retryable(err) || ctx.Err() != nil {
			return s.unavailable(err)
		}
		pause(ctx, try)
	}
}

func (s *Store) txOnce(ctx context.Context, f func(*Store) error) error {
	tx, err := s.writers.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	var committed []func()
	inside := &Store{
		readers: s.readers, writers: s.writers, tx: tx, dialect: s.dialect, rankings: s.rankings, committed: &committed,
	}
	if err := f(inside); err != nil {
		if failed := tx.Rollback(); failed != nil && !errors.Is(failed, sql.ErrTxDone) {
			return errors.Join(err, failed)
		}
		return err
	}
	if len(committed) > 0 {
		s.commits.Lock()
		defer s.commits.Unlock()
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	for _, f := range committed {
		f()
	}
	return nil
}

// afterCommit has f run once the transaction that s is part of has committed: in the order
// of commits, and before the caller of Tx is told. It does not run otherwise.
func (s *Store) afterCommit(f func()) { *s.committed = append(*s.committed, f) }

// pause waits 5 ms, 10, 20 ... with jitter, so that those who collided do not again.
func pause(ctx context.Context, try int) {
	d := 5 * time.Millisecond << try
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

// queries is what *sql.DB and *sql.Tx have in common.
type queries interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func (s *Store) db() queries {
	if s.tx != nil {
		return s.tx
	}
	return s.readers
}

// row reads one row, or returns ErrNotFound.
func (s *Store) row(ctx context.Context, query string, args []any, into ...any) error {
	err := s.db().QueryRowContext(ctx, query, args...).Scan(into...)
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	return s.unavailable(err)
}

// rows calls scan for each row of a query.
func (s *Store) rows(ctx context.Context, query string, args []any, scan func(*sql.Rows) error) error {
	rows, err := s.db().QueryContext(ctx, query, args...)
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

// exec runs a statement and reports how many rows it touched.
func (s *Store) exec(ctx context.Context, query string, args ...any) (int64, error) {
	result, err := s.db().ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// millis and fromMillis turn times into what is stored and back.
func millis(t time.Time) int64     { return t.UnixMilli() }
func fromMillis(m int64) time.Time { return time.UnixMilli(m).UTC() }
