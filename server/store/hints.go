package store

import (
	"context"
	"database/sql"
	"time"
)

// RevealHint notes that a learner saw a hint of a question, and returns its number and how
// many they have now seen. number counts from 1, and 0 asks for the next; one that was
// revealed before is returned again. Hints come in order, and there are most of them.
// Errors: ErrNotFound (the attempt), ErrFinished, ErrNoHint.
func (s *Store) RevealHint(ctx context.Context, attempt, question string, number, most int, now time.Time) (revealed, seen int, err error) {
	defer s.operation(ctx, "RevealHint")()
	err = s.Tx(ctx, func(s *Store) error {
		a, err := s.attempt(ctx, `id = $1`+s.dialect.forUpdate, attempt)
		if err != nil {
			return err
		}
		if seen, err = s.hints(ctx, attempt, question); err != nil {
			return err
		}
		if revealed = number; number == 0 {
			revealed = seen + 1
		}
		switch {
		case revealed <= seen:
			return nil
		case !a.FinishedAt.IsZero():
			return ErrFinished
		case revealed > seen+1 || revealed > most:
			return ErrNoHint
		}
		seen = revealed
		_, err = s.exec(ctx, `INSERT INTO hints (attempt_id, question_id, number, revealed_at) VALUES ($1, $2, $3, $4)`,
			attempt, question, revealed, millis(now))
		return err
	})
	return revealed, seen, err
}

// hints counts the hints of a question that were revealed.
func (s *Store) hints(ctx context.Context, attempt, question string) (n int, err error) {
	err = s.row(ctx, `SELECT COUNT(*) FROM hints WHERE attempt_id = $1 AND question_id = $2`, []any{attempt, question}, &n)
	return n, err
}

// Hints counts the hints that were revealed in an attempt, by question.
func (s *Store) Hints(ctx context.Context, attempt string) (map[string]int, error) {
	defer s.operation(ctx, "Hints")()
	counts := map[string]int{}
	err := s.rows(ctx, `SELECT question_id, COUNT(*) FROM hints WHERE attempt_id = $1 GROUP BY question_id`, []any{attempt},
		func(rows *sql.Rows) error {
			var question string
			var n int
			err := rows.Scan(&question, &n)
			counts[question] = n
			return err
		})
	return counts, err
}
