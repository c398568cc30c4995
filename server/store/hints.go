package store

import (
	"context"
	"time"
)

// Hint is a hint that was revealed.
type Hint struct {
	Question string
	Number   int // from 1
}

// RevealHint notes that a learner saw a hint of a question, and returns its number and how
// many they have now seen. number counts from 1, and 0 asks for the next; one that was
// revealed before is returned again. Hints come in order, and there are most of them.
// Errors: ErrNotFound (the attempt), ErrFinished, ErrNoHint.
func (s *Store) RevealHint(ctx context.Context, attempt, question string, number, most int, now time.Time) (revealed, seen int, err error) {
	defer s.operation(ctx, "RevealHint")()
	err = s.Tx(ctx, func(s *Store) error {
		log, err := s.Log(ctx, attempt)
		if err != nil {
			return err
		}
		seen = log.HintsOf(question)
		if number == 0 {
			number = seen + 1 // also if this is run again: it may have been revealed
		}
		revealed = number
		switch {
		case revealed <= seen:
			return nil
		case !log.FinishedAt.IsZero():
			return ErrFinished
		case revealed > seen+1 || revealed > most:
			return ErrNoHint
		}
		seen = revealed
		_, err = s.exec(ctx, `INSERT INTO hints (attempt_id, question_id, number, revealed_at) VALUES ($1, $2, $3, $4)`,
			attempt, question, revealed, millis(now))
		next := *log
		next.Hints = append(next.Hints, Hint{question, revealed})
		s.change(&next)
		return err
	})
	return revealed, seen, err
}
