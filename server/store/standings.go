package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// Standing is a participant's best finished attempt at a set. Standings are ordered by
// points, then by who finished first.
type Standing struct {
	Name       string
	Points     int32
	MaxPoints  int32
	FinishedAt time.Time

	tie int64 // orders those that are otherwise equal
}

// Cursor is a place in the order of standings, between two of them. It names nobody and
// may be shown. The zero Cursor is the top.
type Cursor struct {
	place
	set bool
}

func (s Standing) place() place {
	return place{points: s.Points, finishedAt: millis(s.FinishedAt), tie: s.tie}
}

// Cursor returns the place right after a standing.
func (s Standing) Cursor() Cursor { return Cursor{place: s.place(), set: true} }

func (c Cursor) String() string {
	if !c.set {
		return ""
	}
	text := strconv.AppendInt(nil, int64(c.points), 10)
	text = strconv.AppendInt(append(text, '.'), c.finishedAt, 10)
	return string(strconv.AppendInt(append(text, '.'), c.tie, 10))
}

// ParseCursor reads what Cursor.String wrote.
func ParseCursor(text string) (c Cursor, err error) {
	if text == "" {
		return c, nil
	}
	_, err = fmt.Sscanf(text, "%d.%d.%d", &c.points, &c.finishedAt, &c.tie)
	c.set = err == nil
	if err == nil && c.String() != text {
		err = fmt.Errorf("not a cursor: %q", text)
	}
	return c, err
}

// tieOf derives the last word in the order from who it is, in a way that does not tell:
// a guest's participant is the attempt's id, which is a secret.
func tieOf(participant string) int64 {
	sum := sha256.Sum256([]byte(participant))
	return int64(binary.BigEndian.Uint64(sum[:]) >> 1)
}

// enter keeps a standing if it is the participant's best so far; of equal ones the one that
// was finished first.
func (s *Store) enter(ctx context.Context, set, participant string, st Standing) error {
	var c change
	if !s.dialect.shared {
		switch was, err := s.readStanding(ctx, set, participant); {
		case err == nil:
			c.was = new(was.place())
		case !errors.Is(err, ErrNotFound):
			return err
		}
	}
	entered, err := s.exec(ctx, `INSERT INTO standings (set_id, participant, name, points, max_points, finished_at, tie)
		VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (set_id, participant) DO UPDATE
		SET name = excluded.name, points = excluded.points, max_points = excluded.max_points, finished_at = excluded.finished_at
		WHERE excluded.points > standings.points
			OR excluded.points = standings.points AND excluded.finished_at < standings.finished_at`,
		set, participant, st.Name, st.Points, st.MaxPoints, millis(st.FinishedAt), st.tie)
	if err == nil && entered == 1 && !s.dialect.shared {
		c.is = new(st.place())
		s.afterCommit(func() { s.rankings.changed(set, participant, c, &st) })
	}
	return err
}

// leave takes a participant's standing away and returns it. Errors: ErrNotFound.
func (s *Store) leave(ctx context.Context, set, participant string) (Standing, error) {
	st, err := s.readStanding(ctx, set, participant)
	if err != nil {
		return Standing{}, err
	}
	if _, err := s.exec(ctx, `DELETE FROM standings WHERE set_id = $1 AND participant = $2`, set, participant); err != nil {
		return Standing{}, err
	}
	if !s.dialect.shared {
		s.afterCommit(func() { s.rankings.changed(set, participant, change{was: new(st.place())}, nil) })
	}
	return st, nil
}

const standingColumns = `name, points, max_points, finished_at, tie`

func (s *Standing) scan(scan func(...any) error) error {
	var finishedAt int64
	err := scan(&s.Name, &s.Points, &s.MaxPoints, &finishedAt, &s.tie)
	s.FinishedAt = fromMillis(finishedAt)
	return err
}

func (s *Store) readStanding(ctx context.Context, set, participant string) (st Standing, err error) {
	err = st.scan(func(into ...any) error {
		return s.row(ctx, `SELECT `+standingColumns+` FROM standings WHERE set_id = $1 AND participant = $2`,
			[]any{set, participant}, into...)
	})
	return st, err
}

// Standing returns a participant's standing in a set, and its place, from 1. Errors:
// ErrNotFound.
func (s *Store) Standing(ctx context.Context, set, participant string) (st Standing, rank int, err error) {
	defer s.operation(ctx, "Standing")()
	return s.placed(ctx, set, participant)
}

func (s *Store) placed(ctx context.Context, set, participant string) (st Standing, rank int, err error) {
	if r := s.ranking(set); r != nil {
		if st, err = s.standing(ctx, r, set, participant); err != nil {
			return Standing{}, 0, err
		}
		if rank, known := r.rank(st.place()); known {
			return st, rank, nil
		}
	}
	// Both in one statement: between two the standing could pass itself. other.points >=
	// mine.points is implied by the rest, and lets the index end there.
	err = st.scan(func(into ...any) error {
		return s.row(ctx, `SELECT name, points, max_points, finished_at, tie, (
				SELECT COUNT(*) + 1 FROM standings other
				WHERE other.set_id = mine.set_id AND other.points >= mine.points AND (other.points > mine.points OR
					(other.finished_at, other.tie) < (mine.finished_at, mine.tie)))
			FROM standings mine WHERE set_id = $1 AND participant = $2`, []any{set, participant}, append(into, &rank)...)
	})
	return st, rank, err
}

// standing returns what memory knows, and otherwise what the table says.
func (s *Store) standing(ctx context.Context, r *ranking, set, participant string) (Standing, error) {
	kept, known, changes := r.lookUp(participant)
	if !known {
		st, err := s.readStanding(ctx, set, participant)
		switch {
		case err == nil:
			kept = &st
		case !errors.Is(err, ErrNotFound):
			return Standing{}, err
		}
		r.keepRead(participant, kept, changes)
	}
	if kept == nil {
		return Standing{}, ErrNotFound
	}
	return *kept, nil
}

// TopRows is how many standings a Top holds, where there are as many.
const TopRows = 100

// Top is the head of a set's standings, best first. It is shared, and never changed.
type Top struct {
	Rows []Standing
}

// Top returns the best standings of a set that exists, and how many standings it has. On
// SQLite it is the same *Top until something in it changes, so that what is made of one
// can be kept with it.
func (s *Store) Top(ctx context.Context, set string) (top *Top, total int, err error) {
	defer s.operation(ctx, "Top")()
	r := s.ranking(set)
	if r == nil {
		top, err = s.readTop(ctx, set)
	} else {
		top, err = r.sharedTop(func() (*Top, error) { return s.readTop(ctx, set) })
	}
	if err != nil {
		return nil, 0, err
	}
	if r != nil {
		if total, known := r.total(); known {
			// What was just committed may be among the rows and not counted yet.
			return top, max(total, len(top.Rows)), nil
		}
	}
	// The total is taken after the rows, so that it is never less than they are.
	err = s.row(ctx, `SELECT COUNT(*) FROM standings WHERE set_id = $1`, []any{set}, &total)
	return top, total, err
}

func (s *Store) readTop(ctx context.Context, set string) (*Top, error) {
	rows, err := s.Leaderboard(ctx, set, Cursor{}, TopRows)
	return &Top{Rows: rows}, err
}

// Leaderboard returns up to n standings of a set, best first, from a cursor on.
func (s *Store) Leaderboard(ctx context.Context, set string, from Cursor, n int) (standings []Standing, err error) {
	defer s.operation(ctx, "Leaderboard")()
	query := `SELECT ` + standingColumns + ` FROM standings WHERE set_id = $1`
	args := []any{set, n}
	if from.set {
		// points <= $3 is implied by the rest, and lets the index start there.
		query += ` AND points <= $3 AND (points < $3 OR (finished_at, tie) > ($4, $5))`
		args = append(args, from.points, from.finishedAt, from.tie)
	}
	err = s.rows(ctx, query+` ORDER BY points DESC, finished_at, tie LIMIT $2`, args, func(rows *sql.Rows) error {
		var st Standing
		err := st.scan(rows.Scan)
		standings = append(standings, st)
		return err
	})
	return standings, err
}
