package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"aula/server/failpoint"
)

// Backup writes everything, as it is at one moment, to a new SQLite file, while others read and
// write. A file that is there already is left alone. When it returns, the file is on disk whole;
// after an error there is none. Errors: fs.ErrExist.
func (s *Store) Backup(ctx context.Context, file string) error {
	defer s.operation(ctx, "Backup")()
	return newFile(file, func(part string) error {
		if !s.dialect.shared {
			return s.vacuumInto(ctx, part)
		}
		to, err := Open(ctx, part)
		if err != nil {
			return err
		}
		_, err = Copy(ctx, s, to)
		return errors.Join(err, to.Close())
	})
}

// vacuumInto has SQLite write a copy of its database, which is one snapshot.
func (s *Store) vacuumInto(ctx context.Context, file string) (err error) {
	conn, err := s.readers.Conn(ctx)
	if err != nil {
		return s.unavailable(err)
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	// The connection is one that may not write, and the copy is something written.
	if _, err = conn.ExecContext(ctx, "PRAGMA query_only(OFF)"); err != nil {
		return err
	}
	defer func() {
		_, ended := conn.ExecContext(context.WithoutCancel(ctx), "PRAGMA query_only(ON)")
		err = errors.Join(err, ended)
	}()
	_, err = conn.ExecContext(ctx, "VACUUM INTO $1", file)
	return s.unavailable(err)
}

// Restore makes a database of a backup. Its name is one that there is no database of yet: a new
// file, or a postgres:// URL where nothing is kept. The backup itself is left as it is, and may
// be of an earlier Aula. Errors: fs.ErrExist, ErrNotEmpty; of the backup ErrNotAula, *NewerError,
// *DamagedError.
func Restore(ctx context.Context, backup, name string) error {
	if dialectOf(name).shared {
		return restoreShared(ctx, backup, name)
	}
	for _, rest := range []string{"", "-wal", "-shm", "-journal"} { // of another database, which would get into this one
		if _, err := os.Lstat(name + rest); err == nil {
			return &fs.PathError{Op: "restore", Path: name + rest, Err: fs.ErrExist}
		}
	}
	return newFile(name, func(part string) error { return restoreInto(ctx, backup, part) })
}

// restoreInto copies a backup to a file that is empty, and brings the copy up to date.
func restoreInto(ctx context.Context, backup, part string) error {
	source, err := openReadOnly(ctx, backup)
	if err != nil {
		return damaged(err)
	}
	from := &Store{readers: source, reads: source, dialect: embedded}
	const known = `SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'goose_db_version'
		AND EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'attempts')`
	err = from.row(ctx, known, nil, new(int))
	if errors.Is(err, ErrNotFound) {
		err = ErrNotAula
	}
	if err == nil {
		err = from.vacuumInto(ctx, part)
	}
	if err = errors.Join(err, source.Close()); err != nil {
		return damaged(err)
	}
	s, err := Open(ctx, part)
	if err != nil {
		return damaged(err)
	}
	faults, err := s.Check(ctx)
	if err == nil && len(faults) > 0 {
		err = &DamagedError{Fault: faults[0]}
	}
	return errors.Join(err, s.Close())
}

// restoreShared copies a backup to a server of databases, by way of a file.
func restoreShared(ctx context.Context, backup, name string) error {
	folder, err := os.MkdirTemp("", "aula")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	file := filepath.Join(folder, "restored.db")
	if err := Restore(ctx, backup, file); err != nil {
		return err
	}
	from, err := Open(ctx, file)
	if err != nil {
		return err
	}
	to, err := Open(ctx, name)
	if err != nil {
		return errors.Join(err, from.Close())
	}
	_, err = Copy(ctx, from, to)
	return errors.Join(err, from.Close(), to.Close())
}

// newFile has a file written under another name, and gives it its own once it is whole and on
// disk. Errors: fs.ErrExist.
func newFile(file string, write func(part string) error) (err error) {
	if _, err := os.Lstat(file); err == nil {
		return &fs.PathError{Op: "create", Path: file, Err: fs.ErrExist}
	}
	folder, err := os.MkdirTemp(filepath.Dir(file), ".aula")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	part := filepath.Join(folder, filepath.Base(file))
	empty, err := os.OpenFile(part, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if err := errors.Join(empty.Close(), write(part)); err != nil {
		return err
	}
	// SQLite says nothing when it cannot move its log into the file as it closes it.
	if _, err := os.Lstat(part + "-wal"); !errors.Is(err, fs.ErrNotExist) {
		return cmp.Or(err, fmt.Errorf("%w: the log is not in the file", ErrUnavailable))
	}
	failpoint.Pass(failpoint.BackingUp)
	if err := flush(part); err != nil {
		return err
	}
	failpoint.Pass(failpoint.BackingUp)
	if err := nameFile(part, file); err != nil {
		return err
	}
	failpoint.Pass(failpoint.BackingUp)
	return flush(filepath.Dir(file))
}

var link = os.Link

// nameFile gives a file its name. A link, unlike a rename, takes no other's place; but there are
// none on what many memory sticks are formatted with.
func nameFile(part, file string) error {
	err := link(part, file)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	if _, err := os.Lstat(file); !errors.Is(err, fs.ErrNotExist) {
		return cmp.Or(err, error(&fs.PathError{Op: "create", Path: file, Err: fs.ErrExist}))
	}
	return os.Rename(part, file)
}

// flush has what was written to a file, or to a folder, put on disk.
func flush(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// ErrNotAula says that a file is a database, or empty, but none of Aula's.
var ErrNotAula = errors.New("store: no database of Aula's")

// DamagedError says that a file is no database, or none that is whole.
type DamagedError struct{ Fault string }

func (e *DamagedError) Error() string { return "store: damaged: " + e.Fault }

func damaged(err error) error {
	if sqliteDamaged(err) {
		return &DamagedError{Fault: asTold(err)}
	}
	return err
}
