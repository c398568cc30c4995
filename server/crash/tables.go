package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"aula/server/store"
)

// What is here looks at the tables themselves, or makes those of an earlier Aula. The driver is
// the store's.

func openTables(name string) (*sql.DB, error) { return sql.Open("sqlite", "file:"+name) }

// count counts the rows of a table.
func count(ctx context.Context, db *sql.DB, table string) (n int, err error) {
	err = db.QueryRowContext(ctx, "SELECT count(*) FROM "+table).Scan(&n)
	return n, err
}

// checkTotals compares how much there is with how much was acknowledged: what nobody knows of
// would not be found by its id.
func (w *world) checkTotals(f *findings, name string) error {
	attempts, answers, reviews := 0, 0, 0
	for _, p := range w.players() {
		attempts += len(p.quizzes)
		for _, q := range p.quizzes {
			answers += len(q.answers)
		}
	}
	for _, s := range w.students {
		reviews += len(s.events)
		for _, q := range s.quizzes {
			if !q.exam || q.finished {
				reviews += len(q.answers)
			}
		}
	}
	db, err := openTables(name)
	if err != nil {
		return err
	}
	for table, should := range map[string]int{"attempts": attempts, "answers": answers, "reviews": reviews} {
		is, err := count(w.ctx, db, table)
		if err != nil {
			return errors.Join(err, db.Close())
		}
		if is < should {
			f.add(lost, "there are %d %s of %d", is, table, should)
		} else if is > should {
			f.add(doubled, "there are %d %s where there must be %d", is, table, should)
		}
	}
	return db.Close()
}

// oldSchemas are the files of the store's tests with a database of a schema, by its number.
func (h *harness) oldSchemas() ([]string, error) {
	files, err := filepath.Glob(filepath.Join(h.root, "server", "store", "testdata", "schemas", "*.sql"))
	if err == nil && len(files) == 0 {
		err = errors.New("there is no database of an old schema")
	}
	return files, err
}

// oldDatabase makes a database as an earlier Aula left it, and counts what is in it.
func (h *harness) oldDatabase(random *rand.Rand, name string) (schema int, rows map[string]int, err error) {
	files, err := h.oldSchemas()
	if err != nil {
		return 0, nil, err
	}
	file := files[random.IntN(len(files))]
	if _, err := fmt.Sscanf(filepath.Base(file), "%d.sql", &schema); err != nil {
		return 0, nil, fmt.Errorf("%s: %w", file, err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, nil, err
	}
	db, err := openTables(name)
	if err != nil {
		return 0, nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	statements := []string{string(text), `CREATE TABLE goose_db_version (id INTEGER PRIMARY KEY AUTOINCREMENT, version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL, tstamp TIMESTAMP DEFAULT (datetime('now')))`}
	for version := range schema + 1 {
		statements = append(statements, fmt.Sprintf("INSERT INTO goose_db_version (version_id, is_applied) VALUES (%d, TRUE)", version))
	}
	if _, err := db.ExecContext(h.ctx, strings.Join(statements, ";")); err != nil {
		return 0, nil, err
	}
	rows, err = h.countOld(db)
	return schema, rows, err
}

// passages counts the statements that bring a schema up to date: after each the process passes
// the failpoint of migrations.
func (h *harness) passages(schema int) (n int, err error) {
	names, err := filepath.Glob(filepath.Join(h.root, "server", "store", "migrations", "*.sql"))
	if err != nil {
		return 0, err
	}
	for _, name := range names {
		var version int
		if _, err := fmt.Sscanf(filepath.Base(name), "%d_", &version); err != nil {
			return 0, fmt.Errorf("%s: %w", name, err)
		}
		if version <= schema {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return 0, err
		}
		up, _, _ := strings.Cut(string(text), "-- +goose Down")
		n += strings.Count(up, ";\n")
	}
	return n, nil
}

// lookAtOld looks whether a database that was upgraded is sound, and counts what is in it.
func (r *round) lookAtOld(name string) (rows map[string]int, err error) {
	upgraded, err := store.Open(r.ctx, name)
	if err != nil {
		return nil, err
	}
	faults, err := upgraded.Check(r.ctx)
	if err := errors.Join(err, upgraded.Close()); err != nil {
		return nil, err
	}
	for _, fault := range faults {
		r.found = append(r.found, violation{wrong, fault})
	}
	db, err := openTables(name)
	if err != nil {
		return nil, err
	}
	rows, err = r.countOld(db)
	return rows, errors.Join(err, db.Close())
}

// countOld counts what every schema has.
func (h *harness) countOld(db *sql.DB) (rows map[string]int, err error) {
	rows = map[string]int{}
	for _, table := range []string{"sets", "revisions", "attempts", "answers", "standings"} {
		if rows[table], err = count(h.ctx, db, table); err != nil {
			return nil, err
		}
	}
	return rows, nil
}
