package anki

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"aula/questions/formats"
)

// Limits on a database, besides those of package formats.
const (
	maxNote  = 1 << 20  // bytes of a note
	maxValue = 32 << 20 // bytes of any other value, such as the types of old collections
	maxCards = 5 * formats.MaxQuestions
	maxRows  = 100_000 // of decks, note types, their fields and their templates
	maxBatch = 64      // notes that are in memory at a time
	// maxTime is far more than any query takes. A damaged database can lead in circles.
	maxTime = time.Minute
)

// database is an Anki collection, open for reading. Somebody else wrote it, so nothing of it
// is trusted: it is read-only, only plain tables are read, by scans that end, and nothing it
// defines is run.
type database struct {
	ctx  context.Context // for as long as it is open
	conn *sql.Conn
	left int // bytes of text that may yet be read
}

// spend counts what was read. Pages that many rows share let a small file say far more than
// it holds; the error, a *formats.Unreadable, puts an end to that.
func (d *database) spend(values ...int) error {
	for _, n := range values {
		d.left -= n
	}
	if d.left < 0 {
		return &formats.Unreadable{ID: "format.anki.too_large"}
	}
	return nil
}

// connector opens databases with the collation that Anki's newer ones need to be opened at
// all. It is a driver of its own: nobody else's connections should have it.
type connector struct{ name string }

var unicase = sync.OnceValue(func() *sqlite.Driver {
	d := &sqlite.Driver{}
	d.MustRegisterCollationUtf8("unicase", func(a, b string) int {
		return strings.Compare(strings.ToLower(a), strings.ToLower(b))
	})
	return d
})

func (c connector) Driver() driver.Driver                        { return unicase() }
func (c connector) Connect(context.Context) (driver.Conn, error) { return unicase().Open(c.name) }

// readDatabase opens a database that unpack writes, for as long as read takes. It lies in a
// directory of its own meanwhile, which is gone afterwards. The error is one of unpack's or
// read's, ctx's, or a *formats.Unreadable.
func readDatabase(ctx context.Context, unpack func(io.Writer) error, read func(*database) error) (err error) {
	dir, err := os.MkdirTemp("", "aula-anki-")
	if err != nil {
		return &formats.Unreadable{ID: "format.anki.no_room"}
	}
	defer os.RemoveAll(dir)
	name := filepath.Join(dir, "collection")
	if err := unpackTo(name, unpack); err != nil {
		return err
	}
	file := url.URL{Scheme: "file", Path: filepath.ToSlash(name), RawQuery: strings.Join([]string{
		"mode=ro", "immutable=1", "_pragma=trusted_schema(off)", "_pragma=query_only(on)",
		"_pragma=cell_size_check(on)", "_pragma=mmap_size(0)", "_pragma=temp_store(memory)",
	}, "&")}
	pool := sql.OpenDB(connector{file.String()})
	defer pool.Close()
	conn, err := pool.Conn(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return &formats.Unreadable{ID: "format.anki.corrupt"}
	}
	defer conn.Close()
	if _, err := sqlite.Limit(conn, sqlite3.SQLITE_LIMIT_LENGTH, maxValue); err != nil {
		return err
	}
	return read(&database{ctx: ctx, conn: conn})
}

// unpackTo makes a file. The error is one of unpack's or a *formats.Unreadable.
func unpackTo(name string, unpack func(io.Writer) error) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return &formats.Unreadable{ID: "format.anki.no_room"}
	}
	err = unpack(f)
	if closed := f.Close(); err == nil && closed != nil {
		return &formats.Unreadable{ID: "format.anki.no_room"}
	}
	if failed := (*os.PathError)(nil); errors.As(err, &failed) { // the disk's, not the package's
		return &formats.Unreadable{ID: "format.anki.no_room"}
	}
	return err
}

// each calls scan for each row of a query. The error is scan's if it is a
// *formats.Unreadable, the context's if that is over, else one that says that the database
// is damaged.
func (d *database) each(scan func(*sql.Rows) error, query string, args ...any) error {
	err := d.scan(scan, query, args...)
	if given := d.ctx.Err(); given != nil {
		return given
	}
	return err
}

func (d *database) scan(scan func(*sql.Rows) error, query string, args ...any) error {
	corrupt := &formats.Unreadable{ID: "format.anki.corrupt"}
	ctx, cancel := context.WithTimeout(d.ctx, maxTime)
	defer cancel()
	found, err := d.conn.QueryContext(ctx, query, args...)
	if err != nil {
		return corrupt
	}
	defer found.Close()
	for found.Next() {
		if err := scan(found); err != nil {
			if unreadable := (*formats.Unreadable)(nil); errors.As(err, &unreadable) {
				return unreadable
			}
			return corrupt
		}
	}
	if found.Err() != nil {
		return corrupt
	}
	return nil
}

// plain refuses a database where one of the tables is none, or has columns that are computed.
func (d *database) plain(tables ...string) error {
	kinds := map[string]string{}
	err := d.each(func(row *sql.Rows) error {
		var name, kind, definition string
		if err := row.Scan(&name, &kind, &definition); err != nil {
			return err
		}
		if strings.HasPrefix(strings.ToUpper(definition), "CREATE VIRTUAL") {
			kind = "virtual"
		}
		kinds[strings.ToLower(name)] = kind
		return nil
	}, `SELECT name, type, COALESCE(sql, '') FROM sqlite_schema WHERE type IN ('table', 'view') LIMIT ?`, maxRows)
	if err != nil {
		return err
	}
	for _, table := range tables {
		switch kinds[table] {
		case "":
			return &formats.Unreadable{ID: "format.anki.corrupt"}
		case "table":
		default:
			return &formats.Unreadable{ID: "format.anki.not_a_table", Args: map[string]any{"Table": table}}
		}
		err := d.each(func(*sql.Rows) error {
			return &formats.Unreadable{ID: "format.anki.not_a_table", Args: map[string]any{"Table": table}}
		}, `SELECT 1 FROM pragma_table_xinfo(?) WHERE hidden <> 0 LIMIT 1`, table)
		if err != nil {
			return err
		}
	}
	return nil
}

// isPathError reports whether the disk failed, rather than the package.
func isPathError(err error) bool {
	_, failed := errors.AsType[*os.PathError](err)
	return failed
}
