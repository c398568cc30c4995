package store

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"
)

// tables are all there are, each after those that it refers to.
var tables = []string{
	"sets", "contents", "revisions", "attempts", "answers", "hints", "standings", "keys", "media", "content_media",
	"learners", "join_codes", "reviews", "cards", "study_days", "freezes", "audit",
}

// Errors of Copy.
var (
	// ErrNotEmpty: the database to copy into has something in it.
	ErrNotEmpty = errors.New("store: not empty")
	// ErrDiffers: what was written is not what was read.
	ErrDiffers = errors.New("store: the copy differs")
)

// Copied says how much of a table was copied.
type Copied struct {
	Table string
	Rows  int64
}

// Copy moves everything that one database holds, as it is at one moment, into another that is
// empty, on either engine, and then reads it back: the number of rows of each table and a checksum
// over them must be the same. While it runs the first may be read and written. After an error the
// other is as empty as before. Errors: ErrNotEmpty, ErrDiffers.
func Copy(ctx context.Context, from, to *Store) (copied []Copied, err error) {
	options := &sql.TxOptions{ReadOnly: true}
	if from.dialect.shared {
		options.Isolation = sql.LevelRepeatableRead
	}
	source, err := from.readers.BeginTx(ctx, options)
	if err != nil {
		return nil, from.unavailable(err)
	}
	defer func() {
		if ended := source.Rollback(); !errors.Is(ended, sql.ErrTxDone) {
			err = errors.Join(err, ended)
		}
	}()
	err = to.Tx(ctx, func(to *Store) error {
		copied = nil
		for _, table := range tables {
			if err := to.row(ctx, `SELECT 1 FROM `+table+` LIMIT 1`, nil, new(int)); !errors.Is(err, ErrNotFound) {
				return cmp.Or(err, fmt.Errorf("%w: table %s", ErrNotEmpty, table))
			}
		}
		for _, table := range tables {
			rows, err := to.copyTable(ctx, source, table)
			if err != nil {
				return fmt.Errorf("copy table %s: %w", table, err)
			}
			copied = append(copied, Copied{table, rows})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	to.forgetAll()
	return copied, nil
}

// forgetAll forgets what is kept in memory.
func (s *Store) forgetAll() {
	if s.kept != nil {
		s.kept.forget()
		s.forgetRankings()
	}
}

// copyTable copies the rows of a table, and reads them back.
func (s *Store) copyTable(ctx context.Context, source queries, table string) (int64, error) {
	columns, err := columnsOf(ctx, source, table)
	if err != nil {
		return 0, err
	}
	var pending []any
	flush := func() error {
		if len(pending) == 0 {
			return nil
		}
		_, err := s.exec(ctx, insertRows(table, columns, len(pending)/len(columns)), pending...)
		pending = pending[:0]
		return err
	}
	read, err := sumTable(ctx, source, table, columns, func(row []any) error {
		if len(pending)+len(columns) > maxParameters {
			if err := flush(); err != nil {
				return err
			}
		}
		pending = append(pending, row...)
		return nil
	})
	if err = cmp.Or(err, flush()); err != nil {
		return 0, err
	}
	written, err := sumTable(ctx, s.tx, table, columns, func([]any) error { return nil })
	if err == nil && written != read {
		err = fmt.Errorf("%w: %d rows were read and %d written", ErrDiffers, read.rows, written.rows)
	}
	return read.rows, err
}

// maxParameters is how many parameters a statement has at most, and so how much it holds.
const maxParameters = 500

// insertRows is a statement that inserts so many rows.
func insertRows(table string, columns []string, rows int) string {
	var s strings.Builder
	fmt.Fprintf(&s, `INSERT INTO %s ("%s") VALUES `, table, strings.Join(columns, `", "`))
	for n := range rows * len(columns) {
		switch {
		case n == 0:
			s.WriteString("(")
		case n%len(columns) == 0:
			s.WriteString("), (")
		default:
			s.WriteString(", ")
		}
		fmt.Fprintf(&s, "$%d", n+1)
	}
	return s.String() + ")"
}

func columnsOf(ctx context.Context, on queries, table string) ([]string, error) {
	rows, err := on.QueryContext(ctx, `SELECT * FROM `+table+` WHERE 1 = 0`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	return columns, cmp.Or(err, rows.Err())
}

// sum is what two tables have in common that hold the same rows, in whatever order.
type sum struct {
	rows   int64
	hashes [4]uint64 // of all rows, added up
}

// sumTable sums up the rows of a table, and calls f for each.
func sumTable(ctx context.Context, on queries, table string, columns []string, f func(row []any) error) (total sum, err error) {
	rows, err := on.QueryContext(ctx, `SELECT "`+strings.Join(columns, `", "`)+`" FROM `+table)
	if err != nil {
		return sum{}, err
	}
	defer rows.Close()
	types, err := rows.ColumnTypes()
	if err != nil {
		return sum{}, err
	}
	into := make([]any, len(columns))
	for rows.Next() {
		row := make([]any, len(columns))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			return sum{}, err
		}
		for i, value := range row {
			row[i] = sameOnBoth(value, types[i].DatabaseTypeName())
		}
		if err := total.add(row); err != nil {
			return sum{}, err
		}
		if err := f(row); err != nil {
			return sum{}, err
		}
	}
	return total, rows.Err()
}

// sameOnBoth is a value of a column as either engine takes it: SQLite has numbers for truth, and
// its driver does not tell empty bytes from none but by their type.
func sameOnBoth(value any, kind string) any {
	switch v := value.(type) {
	case int64:
		if strings.HasPrefix(kind, "BOOL") {
			return v != 0
		}
	case []byte:
		if v == nil {
			return []byte{}
		}
	}
	return value
}

// add adds a row.
func (s *sum) add(row []any) error {
	var encoded []byte
	for _, value := range row {
		switch v := value.(type) {
		case nil:
			encoded = append(encoded, 0)
		case string:
			encoded = append(binary.AppendUvarint(append(encoded, 1), uint64(len(v))), v...)
		case []byte:
			encoded = append(binary.AppendUvarint(append(encoded, 2), uint64(len(v))), v...)
		case int64:
			encoded = binary.BigEndian.AppendUint64(append(encoded, 3), uint64(v))
		case float64:
			encoded = binary.BigEndian.AppendUint64(append(encoded, 4), math.Float64bits(v))
		case bool:
			encoded = append(encoded, 5)
			if v {
				encoded = append(encoded, 1)
			}
		default:
			return fmt.Errorf("a column holds a %T", value)
		}
	}
	hash := sha256.Sum256(encoded)
	for i := range s.hashes {
		s.hashes[i] += binary.BigEndian.Uint64(hash[8*i:])
	}
	s.rows++
	return nil
}
