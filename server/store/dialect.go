package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"aula/server/failpoint"
)

// dialect is all that differs between the engines.
type dialect struct {
	engine    string // as OpenTelemetry calls it
	goose     goose.Dialect
	migration func() ([]goose.ProviderOption, error)
	// open returns the connections to read with and those to write with.
	open func(ctx context.Context, name string) (readers, writers *sql.DB, err error)
	// display gives a name that may be shown: without a password.
	display func(name string) string
	// shared reports whether several processes write at once, each transaction on a connection
	// of its own. Otherwise there is one writer, and what it has written is kept in memory.
	shared bool
	// forUpdate ends a SELECT whose rows must not change before the transaction does.
	// SQLite has one writer at a time and needs none.
	forUpdate string
	// mark is a statement that writes to the engine's log and changes nothing; "" where a commit
	// of nothing needs none.
	mark string
	// snapshot is how a transaction that only reads sees one moment throughout.
	snapshot sql.IsolationLevel
	// commit commits what was begun on a connection; nil where *sql.Tx does.
	commit func(*sql.Conn, *sql.Tx) error
	// retries is how often a transaction is run again, for as long as it fails like this.
	retries func(error) int
	// unavailable reports whether the same request may succeed later.
	unavailable func(error) bool
}

func dialectOf(name string) dialect {
	if strings.HasPrefix(name, "postgres://") || strings.HasPrefix(name, "postgresql://") {
		return postgres
	}
	return embedded
}

func init() {
	// PostgreSQL's name for the order of bytes, which is how SQLite compares anyway.
	sqlite.MustRegisterCollationUtf8("C", strings.Compare)
}

var embedded = dialect{
	engine:    "sqlite",
	goose:     goose.DialectSQLite3,
	migration: func() ([]goose.ProviderOption, error) { return nil, nil },
	open: func(ctx context.Context, name string) (readers, writers *sql.DB, err error) {
		if name == "" || strings.HasPrefix(name, ":") || strings.Contains(name, "://") {
			return nil, nil, ErrNotAFile // in memory, each connection would have a database of its own
		}
		// For the owner alone: it holds attempts' ids.
		created, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return nil, nil, err
		}
		if err := created.Close(); err != nil {
			return nil, nil, err
		}
		readers, writers, err = openSQLite(ctx, sqliteURL(name), url.Values{})
		if err == nil {
			if err = settle(name); err != nil {
				err = errors.Join(err, readers.Close(), writers.Close())
			}
		}
		return readers, writers, err
	},
	display:     redacted,
	retries:     func(error) int { return 0 }, // busy_timeout has waited long enough
	unavailable: sqliteUnavailable,
}

// settle syncs what an opened database has found in its log. Who wrote it may have been killed
// before they synced it, and told nobody; but what is found in the log counts, and is acknowledged
// to whoever asks again, for which nothing is written.
func settle(name string) error {
	if err := flush(name + "-wal"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return flush(filepath.Dir(name))
}

// memories counts the databases in memory, each of which has a name of its own.
var memories atomic.Int64

// inMemory is embedded without a file. Connections of one process find it by its name.
func inMemory() dialect {
	d := embedded
	d.open = func(ctx context.Context, _ string) (readers, writers *sql.DB, err error) {
		name := fmt.Sprintf("/aula-%d", memories.Add(1))
		return openSQLite(ctx, &url.URL{Scheme: "file", Opaque: name}, url.Values{"vfs": {"memdb"}})
	}
	return d
}

func openSQLite(ctx context.Context, at *url.URL, parameters url.Values) (readers, writers *sql.DB, err error) {
	// Pragmas stand in the DSN because they must hold on every connection of a pool.
	// FULL syncs the log at each commit: what was acknowledged survives a power cut.
	parameters["_pragma"] = []string{
		"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(" + syncing() + ")", "foreign_keys(ON)", "trusted_schema(OFF)",
		// What is erased is overwritten: somebody may have asked for it (wipe.go).
		"secure_delete(ON)",
		// A page that many answers change is copied back to the file once in 16 MB of log. A log
		// that has grown beyond that, because somebody read for long, is cut off afterwards.
		"wal_autocheckpoint(4000)", "journal_size_limit(67108864)",
		// What a savepoint may have to bring back is kept in memory, not in a file.
		"temp_store(MEMORY)",
	}
	file := at.String() + "?" + parameters.Encode()
	if writers, err = sql.Open("sqlite", file+"&_txlock=immediate"); err != nil {
		return nil, nil, err
	}
	// The writer comes first: it creates the file and sets its journal mode.
	writers.SetMaxOpenConns(1)
	if err := ping(ctx, writers); err != nil {
		return nil, nil, errors.Join(err, writers.Close())
	}
	if readers, err = sql.Open("sqlite", file+"&_pragma=query_only(ON)"); err != nil {
		return nil, nil, errors.Join(err, writers.Close())
	}
	readers.SetMaxOpenConns(2 * runtime.GOMAXPROCS(0))
	readers.SetMaxIdleConns(2 * runtime.GOMAXPROCS(0))
	return readers, writers, nil
}

func syncing() string {
	if failpoint.Planted(failpoint.SyncNormal) {
		return "NORMAL"
	}
	return "FULL"
}

func sqliteURL(name string) *url.URL { return &url.URL{Scheme: "file", Opaque: url.PathEscape(name)} }

// openReadOnly opens a SQLite file that is not in use, and leaves it as it is.
func openReadOnly(ctx context.Context, name string) (*sql.DB, error) {
	if _, err := os.Stat(name); err != nil {
		return nil, err
	}
	options := "?mode=ro&_pragma=trusted_schema(OFF)"
	if _, err := os.Stat(name + "-wal"); errors.Is(err, fs.ErrNotExist) {
		options += "&immutable=1" // so that it can lie on a disk that is read-only
	}
	db, err := sql.Open("sqlite", sqliteURL(name).String()+options)
	if err == nil {
		err = db.PingContext(ctx)
	}
	return db, err
}

// ping opens the first connection. Where several processes start on a new file at once, all
// but one are refused the change of its journal mode, without SQLite's waiting for it.
func ping(ctx context.Context, db *sql.DB) error {
	for try := 0; ; try++ {
		err := db.PingContext(ctx)
		if err == nil || try == retries || !sqliteCode(err, sqlite3.SQLITE_BUSY) {
			return err
		}
		pause(ctx, try)
	}
}

// sqliteUnavailable counts damage in: a disk that cannot be read is told as that.
func sqliteUnavailable(err error) bool {
	return sqliteDamaged(err) || sqliteCode(err, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR,
		sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN)
}

// sqliteDamaged reports whether a file is no database, or a damaged one, or cannot be read.
func sqliteDamaged(err error) bool {
	return sqliteCode(err, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
}

// asTold is what SQLite itself says.
func asTold(err error) string {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		err = e
	}
	return err.Error()
}

// sqliteCode reports whether err is of one of these primary result codes.
func sqliteCode(err error, codes ...int) bool {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return false
	}
	for _, code := range codes {
		if e.Code()&0xff == code {
			return true
		}
	}
	return false
}

// redacted hides the passwords of a URL.
func redacted(name string) string {
	if !strings.Contains(name, "://") {
		return name
	}
	u, err := url.Parse(name)
	if err != nil {
		return "…://…"
	}
	query := u.Query()
	for key := range query {
		if strings.Contains(key, "password") {
			query.Set(key, "xxxxx")
		}
	}
	u.RawQuery = query.Encode()
	return u.Redacted()
}
