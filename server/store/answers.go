package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"

	aulav1 "aula/proto/aula/v1"
)

// Answer is an entry of the log: an answer with the grade it was given.
type Answer struct {
	Attempt   string
	Question  string
	RequestID string
	Answer    *aulav1.Answer
	Language  string // BCP 47, in which it was read
	Verdict   aulav1.Outcome_Verdict
	Fraction  float64
	Points    int32
	At        time.Time
}

// Tally is what an attempt has earned.
type Tally struct {
	Answered int32
	Points   int32
}

const answerColumns = `attempt_id, question_id, request_id, answer, language, verdict, fraction, points, answered_at`

// AddAnswer appends an answer to the log and returns it with the attempt's new tally.
// The same request id with an equal answer returns the entry that is there, whatever has
// happened since. Errors: ErrNotFound (the attempt), ErrRequestReused, ErrAnswered,
// ErrFinished.
func (s *Store) AddAnswer(ctx context.Context, a Answer) (Answer, Tally, error) {
	payload, err := deterministic.Marshal(a.Answer)
	if err != nil {
		return Answer{}, Tally{}, fmt.Errorf("encode answer: %w", err)
	}
	a.At = fromMillis(millis(a.At)) // as it will be read
	kept := a
	var tally Tally
	err = s.Tx(ctx, func(s *Store) error {
		// The attempt's row is locked, so that a finish sees every answer it should; and
		// a repeat's acknowledgement waits for a synchronous standby as the first did.
		attempt, err := s.attempt(ctx, `id = $1`+s.dialect.forUpdate, a.Attempt)
		if err != nil {
			return err
		}
		kept, err = s.answerByRequest(ctx, a.Attempt, a.RequestID)
		switch {
		case errors.Is(err, ErrNotFound):
			kept = a
			err = s.appendAnswer(ctx, attempt, a, payload)
		case err == nil:
			err = sameRequest(kept, a, payload)
		}
		if err != nil {
			return err
		}
		tally, err = s.tally(ctx, a.Attempt)
		return err
	})
	return kept, tally, err
}

func (s *Store) appendAnswer(ctx context.Context, attempt Attempt, a Answer, payload []byte) error {
	if !attempt.FinishedAt.IsZero() {
		return ErrFinished
	}
	inserted, err := s.exec(ctx, `INSERT INTO answers (`+answerColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (attempt_id, question_id) DO NOTHING`,
		a.Attempt, a.Question, a.RequestID, payload, a.Language, a.Verdict, a.Fraction, a.Points, millis(a.At))
	if err == nil && inserted == 0 {
		return ErrAnswered
	}
	return err
}

func sameRequest(kept, a Answer, payload []byte) error {
	first, err := deterministic.Marshal(kept.Answer)
	if err != nil {
		return err
	}
	if kept.Question != a.Question || !bytes.Equal(first, payload) {
		return ErrRequestReused
	}
	return nil
}

func (s *Store) tally(ctx context.Context, attempt string) (t Tally, err error) {
	err = s.row(ctx, `SELECT COUNT(*), COALESCE(SUM(points), 0) FROM answers WHERE attempt_id = $1`, []any{attempt}, &t.Answered, &t.Points)
	return t, err
}

func (s *Store) answerByRequest(ctx context.Context, attempt, requestID string) (Answer, error) {
	found, err := s.answers(ctx, `attempt_id = $1 AND request_id = $2`, attempt, requestID)
	if err == nil && len(found) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return Answer{}, err
	}
	return found[0], nil
}

// Answers returns what an attempt has answered, oldest first.
func (s *Store) Answers(ctx context.Context, attempt string) ([]Answer, error) {
	return s.answers(ctx, `attempt_id = $1 ORDER BY answered_at`, attempt)
}

func (s *Store) answers(ctx context.Context, where string, args ...any) (answers []Answer, err error) {
	err = s.rows(ctx, `SELECT `+answerColumns+` FROM answers WHERE `+where, args, func(rows *sql.Rows) error {
		var a Answer
		var payload []byte
		var at int64
		err := rows.Scan(&a.Attempt, &a.Question, &a.RequestID, &payload, &a.Language, &a.Verdict, &a.Fraction, &a.Points, &at)
		if err != nil {
			return err
		}
		a.At = fromMillis(at)
		a.Answer = &aulav1.Answer{}
		if err := proto.Unmarshal(payload, a.Answer); err != nil {
			return fmt.Errorf("decode answer to %s in attempt %s: %w", a.Question, a.Attempt, err)
		}
		answers = append(answers, a)
		return nil
	})
	return answers, err
}
