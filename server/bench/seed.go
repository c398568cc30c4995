package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"database/sql/driver"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"

	"google.golang.org/protobuf/proto"
	"modernc.org/sqlite"
)

// perAttempt is how many answers a generated attempt has.
const perAttempt = 20

// seeded makes a database of that name with so many finished attempts, each by a guest of
// its own who stands on the leaderboard, and so many answers in each, and serves it.
//
// A million of them by way of the API would take longer than all that is measured, so they
// are written with SQL, to a schema that aula itself has made. What is random in an id or
// an order is random here too: that is what the indexes feel.
func (b *bench) seeded(name string, attempts, answersEach int) (*target, error) {
	b.progress("%s: writing %d attempts with %d answers each", name, attempts, answersEach)
	t, err := b.startAula(name)
	if err != nil {
		return nil, err
	}
	known, err := learn(b.ctx, t)
	t.close()
	if err != nil {
		return nil, err
	}
	db, err := b.openForSeeding(name)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	err = errors.Join(seedAttempts(b.ctx, db, attempts), seedStandings(b.ctx, db), seedAnswers(b.ctx, db, known, answersEach), db.Close())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return b.startAula(name)
}

// openForSeeding opens a database that nobody serves, for one connection, without care for
// a power cut.
func (b *bench) openForSeeding(name string) (*sql.DB, error) {
	pragmas := url.Values{"_pragma": {"journal_mode(OFF)", "synchronous(OFF)", "cache_size(-1000000)"}}
	db, err := sql.Open("sqlite", "file:"+b.file(name+".db")+"?"+pragmas.Encode())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	return db, nil
}

// seedAttempts writes attempts a second apart, the last of them now.
func seedAttempts(ctx context.Context, db *sql.DB, n int) error {
	_, err := db.ExecContext(ctx, `
		WITH RECURSIVE counted (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM counted WHERE i < $1),
			timed AS (SELECT i, (unixepoch() - $1 + i) * 1000 AS started FROM counted),
			ids AS MATERIALIZED (SELECT i, started, new_id(started) AS id FROM timed)
		INSERT INTO attempts (id, set_id, revision, participant, nickname, language, mode, cards, seed, question_count,
			request_id, started_at, finished_at)
		SELECT id, $2, 1, id, 'Ana ' || (i % 1000), 'es-EC', 1, FALSE, random(), $3, lower(hex(randomblob(18))),
			started, started + 500
		FROM ids`, n, set, perAttempt)
	return err
}

// seedStandings enters every finished attempt, with any number of points.
func seedStandings(ctx context.Context, db *sql.DB) error {
	_, err := db.ExecContext(ctx, `
		INSERT INTO standings (set_id, participant, name, points, max_points, finished_at, tie)
		SELECT set_id, participant, nickname, abs(random()) % 1171, 1170, finished_at, random() FROM attempts
		WHERE finished_at IS NOT NULL AND participant NOT IN (SELECT participant FROM standings)`)
	return err
}

// seedAnswers answers, in each finished attempt, so many questions that follow each other
// from a place that its seed gives.
func seedAnswers(ctx context.Context, db *sql.DB, known answers, each int) error {
	if each == 0 {
		return nil
	}
	// An answer to each question, as Aula stores it.
	if _, err := db.ExecContext(ctx, `CREATE TEMP TABLE sheet (place INTEGER PRIMARY KEY, question_id TEXT, answer BYTEA)`); err != nil {
		return err
	}
	questions := slices.Sorted(maps.Keys(known[languages[0]]))
	for place, question := range questions {
		variants := known[languages[0]][question]
		wire, err := proto.MarshalOptions{Deterministic: true}.Marshal(variants[place%len(variants)])
		if err != nil {
			return err
		}
		if _, err := db.ExecContext(ctx, `INSERT INTO sheet VALUES ($1, $2, $3)`, place, question, wire); err != nil {
			return err
		}
	}
	_, err := db.ExecContext(ctx, `
		WITH RECURSIVE counted (k) AS (SELECT 0 UNION ALL SELECT k + 1 FROM counted WHERE k < $1 - 1)
		INSERT INTO answers (attempt_id, question_id, try, request_id, answer, language, verdict, hints, certainty,
			fraction, points, answered_at)
		SELECT a.id, sheet.question_id, 1, lower(hex(randomblob(18))), sheet.answer, 'es-EC', 1, 0, 0, 1.0, 10, a.started_at + k
		FROM attempts a CROSS JOIN counted CROSS JOIN sheet
		WHERE a.finished_at IS NOT NULL AND sheet.place = (abs(a.seed % $2) + k) % $2`, each, len(questions))
	return err
}

// someAttempts are the ids of n generated attempts, picked at random.
func (b *bench) someAttempts(name string, n int) (ids []string, err error) {
	db, err := openForReading(b.file(name + ".db"))
	if err != nil {
		return nil, err
	}
	defer db.Close()
	var last int64
	if err := db.QueryRowContext(b.ctx, `SELECT MAX(rowid) FROM attempts WHERE finished_at IS NOT NULL`).Scan(&last); err != nil {
		return nil, err
	}
	for range n {
		var id string
		const one = `SELECT id FROM attempts WHERE finished_at IS NOT NULL AND rowid > $1 LIMIT 1`
		row := db.QueryRowContext(b.ctx, one, b.random.Int64N(last))
		if err := row.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// openForReading opens a database beside the process that serves it.
func openForReading(file string) (*sql.DB, error) {
	return sql.Open("sqlite", "file:"+file+"?mode=ro&_pragma=busy_timeout(5000)")
}

// storedIn counts the answers in a database. PocketBase's table has the same name.
func (b *bench) storedIn(file string) func() (int, error) {
	return func() (n int, err error) {
		db, err := openForReading(b.file(file))
		if err != nil {
			return 0, err
		}
		defer db.Close()
		err = db.QueryRowContext(b.ctx, `SELECT COUNT(*) FROM answers`).Scan(&n)
		return n, err
	}
}

func init() {
	sqlite.MustRegisterScalarFunction("new_id", 1, func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
		at, ok := args[0].(int64)
		if !ok {
			return nil, fmt.Errorf("new_id takes a time in milliseconds, not %v", args[0])
		}
		return newID(at), nil
	})
}

// newID is an id as aula gives an attempt that starts at a time.
func newID(millis int64) string {
	var id [20]byte
	binary.BigEndian.PutUint64(id[:8], uint64(millis)<<16)
	_, _ = rand.Read(id[6:]) // never fails, as its documentation says
	return base32.HexEncoding.EncodeToString(id[:])
}
