package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"fmt"
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
	points     int32
	finishedAt int64
	tie        int64
	set        bool
}

// Cursor returns the place right after a standing.
func (s Standing) Cursor() Cursor {
	return Cursor{points: s.Points, finishedAt: millis(s.FinishedAt), tie: s.tie, set: true}
}

func (c Cursor) String() string {
	if !c.set {
		return ""
	}
	return fmt.Sprintf("%d.%d.%d", c.points, c.finishedAt, c.tie)
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

// enter keeps a standing if it is the participant's best so far; of equal ones the first.
func (s *Store) enter(ctx context.Context, set, participant string, st Standing) error {
	_, err := s.exec(ctx, `INSERT INTO standings (set_id, participant, name, points, max_points, finished_at, tie)
		VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (set_id, participant) DO UPDATE
		SET name = excluded.name, points = excluded.points, max_points = excluded.max_points, finished_at = excluded.finished_at
		WHERE excluded.points > standings.points`,
		set, participant, st.Name, st.Points, st.MaxPoints, millis(st.FinishedAt), st.tie)
	return err
}

// rank returns a participant's place among the standings of the set, from 1.
func (s *Store) rank(ctx context.Context, set, participant string) (rank int, err error) {
	err = s.row(ctx, `SELECT COUNT(*) + 1 FROM standings mine JOIN standings other ON other.set_id = mine.set_id
			AND (other.points > mine.points OR
				other.points = mine.points AND (other.finished_at, other.tie) < (mine.finished_at, mine.tie))
		WHERE mine.set_id = $1 AND mine.participant = $2`,
		[]any{set, participant}, &rank)
	return rank, err
}

// Leaderboard returns up to n standings of a set, best first, from a cursor on.
func (s *Store) Leaderboard(ctx context.Context, set string, from Cursor, n int) (standings []Standing, err error) {
	defer s.operation(ctx, "Leaderboard")()
	query := `SELECT name, points, max_points, finished_at, tie FROM standings WHERE set_id = $1`
	args := []any{set, n}
	if from.set {
		// points <= $3 is implied by the rest, and lets the index start there.
		query += ` AND points <= $3 AND (points < $3 OR (finished_at, tie) > ($4, $5))`
		args = append(args, from.points, from.finishedAt, from.tie)
	}
	err = s.rows(ctx, query+` ORDER BY points DESC, finished_at, tie LIMIT $2`, args, func(rows *sql.Rows) error {
		var st Standing
		var finishedAt int64
		err := rows.Scan(&st.Name, &st.Points, &st.MaxPoints, &finishedAt, &st.tie)
		st.FinishedAt = fromMillis(finishedAt)
		standings = append(standings, st)
		return err
	})
	return standings, err
}
