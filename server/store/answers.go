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
	Given     []byte // aula.v1.Answer, deterministic wire form
	Language  string // BCP 47, in which it was read
	Verdict   aulav1.Outcome_Verdict
	Hints     int // how many were revealed before
	Certainty aulav1.Certainty
	Fraction  float64 // the credit the question has from here on
	Points    int32   // what this answer adds to the attempt's points
	At        time.Time
	Took      time.Duration // in whole milliseconds; 0 where it is not known
}

// EncodeAnswer returns a as Answer.Given has it: equal answers have equal bytes.
func EncodeAnswer(a *aulav1.Answer) ([]byte, error) { return deterministic.Marshal(a) }

// Message returns what was given.
func (a Answer) Message() (*aulav1.Answer, error) {
	m := &aulav1.Answer{}
	if err := proto.Unmarshal(a.Given, m); err != nil {
		return nil, fmt.Errorf("decode answer to %s in attempt %s: %w", a.Question, a.Attempt, err)
	}
	return m, nil
}

// Submission is an answer to be added.
type Submission struct {
	Answer
	// Participant is whose attempt it was when the answer was graded: where it is another's
	// by now, it is not found. Empty where that does not matter.
	Participant string
	// Grade fills in what the answer earns, given the earlier answers to the question; its
	// Try and Hints are there already. It may be called again, so it has no other effects.
	Grade func(before []Answer, a *Answer) error
	// Study makes a review of it; nil for a guest's, and for that of an exam, which becomes one
	// when the exam is finished.
	Study *Study
}

// Study makes reviews of a learner's answers: of the first to each question.
type Study struct {
	Learner   string
	Scheduler Scheduler
	Review    func(Answer) (Review, error) // has no other effects
}

// study keeps the reviews that answers make.
func (s *Store) study(ctx context.Context, by *Study, answers ...Answer) error {
	if by == nil {
		return nil
	}
	var reviews []Review
	for _, answer := range answers {
		if answer.Try > 1 {
			continue
		}
		review, err := by.Review(answer)
		if err != nil {
			return err
		}
		reviews = append(reviews, review)
	}
	if len(reviews) == 0 {
		return nil
	}
	_, err := s.addReviews(ctx, by.Learner, by.Scheduler, reviews)
	return err
}

// Added says what became of a Submission.
type Added struct {
	Log   *Log     // the attempt with the answer
	Tries []Answer // the answers to the question, up to this one
	Err   error    // nil, ErrNotFound (the attempt), ErrRequestReused, ErrFinished, or the grader's
}

// AddAnswers appends answers to the log, each once it is graded, in one commit and in
// their order. One that is refused says so in its Added and leaves the others alone. A
// request id that was used before for an equal answer changes nothing, whatever has
// happened since. An error means that nothing was kept; it may be one of AddReviews.
func (s *Store) AddAnswers(ctx context.Context, submissions ...Submission) (added []Added, err error) {
	defer s.operation(ctx, "AddAnswers")()
	if len(submissions) == 0 {
		return nil, nil
	}
	added = make([]Added, len(submissions))
	changes := len(submissions)
	if submissions[0].Study != nil {
		changes = severalChanges
	}
	alone := func(s *Store) error {
		for i, submission := range submissions {
			var err error
			if added[i], err = s.addAnswer(ctx, submission); err != nil {
				return err
			}
		}
		return nil
	}
	if s.tx == nil && s.scribe.takes(submissions) {
		err = s.retry(ctx, func(try int) error {
			together, err := s.scribe.add(ctx, submissions)
			if errors.Is(err, errAlone) {
				return s.txOnce(ctx, try, alone)
			}
			added = together
			return err
		})
	} else {
		err = s.transact(ctx, changes, alone)
	}
	if err != nil {
		return nil, err
	}
	return added, nil
}

const insertAnswer = `INSERT INTO answers (` + answerColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`

func (s *Store) addAnswer(ctx context.Context, submission Submission) (Added, error) {
	log, err := s.Log(ctx, submission.Attempt)
	switch {
	case errors.Is(err, ErrNotFound):
		return Added{Err: ErrNotFound}, nil
	case err != nil:
		return Added{}, err
	}
	added, a := submission.enter(log)
	if a == nil {
		return added, nil
	}
	// As the driver takes them: other types cost a look at what they are made of.
	if _, err := s.exec(ctx, insertAnswer, a.Attempt, a.Question, int64(a.Try), a.RequestID, a.Given, a.Language, int64(a.Verdict),
		int64(a.Hints), int64(a.Certainty), a.Fraction, int64(a.Points), millis(a.At), a.Took.Milliseconds()); err != nil {
		return Added{}, err
	}
	s.change(added.Log)
	return added, s.study(ctx, submission.Study, *a)
}

// enter finds out what becomes of a submission, and the answer that is to be kept; nil for none.
func (submission Submission) enter(log *Log) (Added, *Answer) {
	if submission.Participant != "" && submission.Participant != log.Participant {
		return Added{Err: ErrNotFound}, nil
	}
	a := submission.Answer
	if i := log.answeredBy(a.RequestID); i >= 0 {
		return repeated(log, log.Answers[i], a), nil
	}
	if !log.FinishedAt.IsZero() {
		return Added{Err: ErrFinished}, nil
	}
	before := log.Tries(a.Question)
	a.Try = len(before) + 1
	a.Hints = log.HintsOf(a.Question)
	a.At = fromMillis(millis(a.At)) // as it will be read
	if err := submission.Grade(before, &a); err != nil {
		return Added{Err: err}, nil // the answer is refused, the call goes on
	}
	return Added{Log: log.with(a), Tries: append(before, a)}, &a
}

// repeated answers a request that was made before.
func repeated(log *Log, first, again Answer) Added {
	if first.Question != again.Question || first.Certainty != again.Certainty || !bytes.Equal(first.Given, again.Given) {
		return Added{Err: ErrRequestReused}
	}
	return Added{Log: log, Tries: log.Tries(first.Question)[:first.Try]}
}

const answerColumns = `attempt_id, question_id, try, request_id, answer, language, verdict, hints, certainty, fraction, points,
	answered_at, duration`

// answers calls add for each answer of an attempt, the tries at a question in order.
func (s *Store) answers(ctx context.Context, attempt string, add func(Answer)) error {
	const query = `SELECT ` + answerColumns + ` FROM answers WHERE attempt_id = $1 ORDER BY question_id, try`
	return s.rows(ctx, query, []any{attempt}, func(rows *sql.Rows) error {
		a, err := scanAnswer(rows)
		add(a)
		return err
	})
}

func scanAnswer(rows interface{ Scan(into ...any) error }) (a Answer, err error) {
	var at, took int64
	err = rows.Scan(&a.Attempt, &a.Question, &a.Try, &a.RequestID, &a.Given, &a.Language, &a.Verdict, &a.Hints,
		&a.Certainty, &a.Fraction, &a.Points, &at, &took)
	a.At, a.Took = fromMillis(at), time.Duration(took)*time.Millisecond
	return a, err
}
