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
	Try       int // from 1
	RequestID string
	Answer    *aulav1.Answer
	Language  string // BCP 47, in which it was read
	Verdict   aulav1.Outcome_Verdict
	Hints     int // how many were revealed before
	Certainty aulav1.Certainty
	Fraction  float64 // the credit the question has from here on
	Points    int32   // what this answer adds to the attempt's points
	At        time.Time
}

// Tally is what an attempt has earned.
type Tally struct {
	Answered int32 // questions with an answer
	Points   int32
}

const answerColumns = `attempt_id, question_id, try, request_id, answer, language, verdict, hints, certainty, fraction, points, answered_at`

// Grader fills in what an answer earns, given the earlier answers to the question; its Try
// and Hints are there already. It may be called again, so it has no other effects.
type Grader func(before []Answer, a *Answer) error

// AddAnswer appends an answer to the log once it is graded. The grader's error is returned
// as it is, with nothing kept. A request id that was used before
// for an equal answer changes nothing, whatever has happened since. AddAnswer returns all
// answers to the question up to this one, and the attempt's tally. Errors: ErrNotFound
// (the attempt), ErrRequestReused, ErrFinished.
func (s *Store) AddAnswer(ctx context.Context, a Answer, grade Grader) (answers []Answer, tally Tally, err error) {
	defer s.operation(ctx, "AddAnswer")()
	payload, err := deterministic.Marshal(a.Answer)
	if err != nil {
		return nil, Tally{}, fmt.Errorf("encode answer: %w", err)
	}
	err = s.Tx(ctx, func(s *Store) error {
		// The attempt's row is locked, so that a finish sees every answer it should; and
		// a repeat's acknowledgement waits for a synchronous standby as the first did.
		attempt, err := s.attempt(ctx, `id = $1`+s.dialect.forUpdate, a.Attempt)
		if err != nil {
			return err
		}
		first, err := s.answerByRequest(ctx, a.Attempt, a.RequestID)
		switch {
		case err == nil:
			answers, err = s.repeated(ctx, first, a, payload)
		case errors.Is(err, ErrNotFound):
			answers, err = s.appendAnswer(ctx, attempt, a, payload, grade)
		}
		if err != nil {
			return err
		}
		tally, err = s.tally(ctx, a.Attempt)
		return err
	})
	return answers, tally, err
}

// repeated returns the answers up to the first one of this request.
func (s *Store) repeated(ctx context.Context, first, a Answer, payload []byte) ([]Answer, error) {
	was, err := deterministic.Marshal(first.Answer)
	if err != nil {
		return nil, err
	}
	if first.Question != a.Question || first.Certainty != a.Certainty || !bytes.Equal(was, payload) {
		return nil, ErrRequestReused
	}
	return s.answers(ctx, `attempt_id = $1 AND question_id = $2 AND try <= $3 ORDER BY try`, a.Attempt, a.Question, first.Try)
}

func (s *Store) appendAnswer(ctx context.Context, attempt Attempt, a Answer, payload []byte, grade Grader) ([]Answer, error) {
	if !attempt.FinishedAt.IsZero() {
		return nil, ErrFinished
	}
	before, err := s.answers(ctx, `attempt_id = $1 AND question_id = $2 ORDER BY try`, a.Attempt, a.Question)
	if err != nil {
		return nil, err
	}
	a.Try = len(before) + 1
	a.At = fromMillis(millis(a.At)) // as it will be read
	if a.Hints, err = s.hints(ctx, a.Attempt, a.Question); err != nil {
		return nil, err
	}
	if err := grade(before, &a); err != nil {
		return nil, err
	}
	_, err = s.exec(ctx, `INSERT INTO answers (`+answerColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		a.Attempt, a.Question, a.Try, a.RequestID, payload, a.Language, a.Verdict, a.Hints, a.Certainty, a.Fraction, a.Points, millis(a.At))
	return append(before, a), err
}

func (s *Store) tally(ctx context.Context, attempt string) (t Tally, err error) {
	err = s.row(ctx, `SELECT COALESCE(SUM(CASE WHEN try = 1 THEN 1 ELSE 0 END), 0), COALESCE(SUM(points), 0)
		FROM answers WHERE attempt_id = $1`, []any{attempt}, &t.Answered, &t.Points)
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

// Answers returns what an attempt has answered, the tries at a question in order.
func (s *Store) Answers(ctx context.Context, attempt string) ([]Answer, error) {
	defer s.operation(ctx, "Answers")()
	return s.answers(ctx, `attempt_id = $1 ORDER BY question_id, try`, attempt)
}

func (s *Store) answers(ctx context.Context, where string, args ...any) (answers []Answer, err error) {
	err = s.rows(ctx, `SELECT `+answerColumns+` FROM answers WHERE `+where, args, func(rows *sql.Rows) error {
		var a Answer
		var payload []byte
		var at int64
		err := rows.Scan(&a.Attempt, &a.Question, &a.Try, &a.RequestID, &payload, &a.Language, &a.Verdict, &a.Hints,
			&a.Certainty, &a.Fraction, &a.Points, &at)
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
