package store

import (
	"context"
	"database/sql"
	"time"

	aulav1 "aula/proto/aula/v1"
)

// Attempt is one way through one revision of a set. Everything but FinishedAt is fixed
// when it starts; what it earned is in its answers.
type Attempt struct {
	ID            string
	Set           string
	Revision      int32
	Participant   string // whose standing it counts for: the learner, or for a guest the attempt itself
	Nickname      string
	Language      string // BCP 47, as asked for at the start
	Mode          aulav1.Attempt_Mode
	Cards         bool  // every question is shown as a card
	Seed          int64 // of every order the attempt shows
	QuestionCount int   // how many questions it asks
	RequestID     string
	StartedAt     time.Time
	FinishedAt    time.Time // zero while in progress
}

// Guest reports whether it is a guest's, and so whoever's who knows its id.
func (a Attempt) Guest() bool { return a.Participant == a.ID }

const attemptColumns = `id, set_id, revision, participant, nickname, language, mode, cards, seed, question_count,
	request_id, started_at, finished_at`

const selectAttempt = `SELECT ` + attemptColumns + ` FROM attempts`

func (s *Store) attempt(ctx context.Context, query string, args ...any) (Attempt, error) {
	return scanAttempt(func(into ...any) error { return s.row(ctx, query, args, into...) })
}

func scanAttempt(scan func(...any) error) (Attempt, error) {
	var a Attempt
	var requestID sql.NullString
	var startedAt int64
	var finishedAt sql.NullInt64
	err := scan(&a.ID, &a.Set, &a.Revision, &a.Participant, &a.Nickname, &a.Language, &a.Mode, &a.Cards, &a.Seed, &a.QuestionCount,
		&requestID, &startedAt, &finishedAt)
	if err != nil {
		return Attempt{}, err
	}
	a.RequestID = requestID.String
	a.StartedAt = fromMillis(startedAt)
	if finishedAt.Valid {
		a.FinishedAt = fromMillis(finishedAt.Int64)
	}
	return a, nil
}

// CreateAttempt keeps a new attempt and returns it. If one with the same request id
// exists and asks for the same, for the same learner or for a guest, that one is returned
// instead. Errors: ErrRequestReused, ErrNotFound (the learner).
func (s *Store) CreateAttempt(ctx context.Context, a Attempt) (Attempt, error) {
	defer s.operation(ctx, "CreateAttempt")()
	a.StartedAt = fromMillis(millis(a.StartedAt)) // as it will be read
	kept := a
	err := s.Tx(ctx, func(s *Store) error {
		if !a.Guest() {
			if err := s.lockLearner(ctx, a.Participant); err != nil {
				return err
			}
		}
		inserted, err := s.exec(ctx, `INSERT INTO attempts (`+attemptColumns+`)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, NULL) ON CONFLICT DO NOTHING`,
			a.ID, a.Set, a.Revision, a.Participant, a.Nickname, a.Language, a.Mode, a.Cards, a.Seed, a.QuestionCount,
			sql.NullString{String: a.RequestID, Valid: a.RequestID != ""}, millis(a.StartedAt))
		if err != nil {
			return err
		}
		if inserted == 1 {
			s.change(&Log{Attempt: a})
			return nil
		}
		// There is that of the request, or this very one: its commit was not heard of.
		const either = selectAttempt + ` WHERE request_id = $1 OR id = $2`
		if kept, err = s.attempt(ctx, either+s.dialect.forUpdate, a.RequestID, a.ID); err != nil {
			return err
		}
		if !kept.sameRequest(a) {
			return ErrRequestReused
		}
		return nil
	})
	return kept, err
}

// sameRequest reports whether both were asked for by the same learner, or by guests, and in
// the same words. A repeat may find a newer revision, with another number of questions to ask.
func (a Attempt) sameRequest(b Attempt) bool {
	sameOwner := a.Participant == b.Participant || a.Guest() && b.Guest()
	return sameOwner && a.Set == b.Set && a.Nickname == b.Nickname && a.Mode == b.Mode && a.Language == b.Language &&
		a.Cards == b.Cards && (a.QuestionCount == b.QuestionCount || a.Revision != b.Revision)
}

// Ranked says what of an attempt counts for its standing: what learners rate themselves
// does not.
type Ranked struct {
	// Participant is whose attempt it was when that was found out: where it is another's by
	// now, it is not found. Empty where that does not matter.
	Participant string
	Counts      func(question string) bool
	MaxPoints   int32 // of the questions that count; 0 for none, and then there is no standing
}

// FinishAttempt ends an attempt and enters it in the standings if it is its
// participant's best. Finishing again changes nothing. It returns the attempt and the
// participant's rank among the standings of the set as they now are, 0 where nothing of
// the attempt counts. Where there is a study the answers become reviews. Errors:
// ErrNotFound, and those of AddReviews.
func (s *Store) FinishAttempt(
	ctx context.Context, id string, ranked Ranked, study *Study, now time.Time,
) (log *Log, rank int, err error) {
	defer s.operation(ctx, "FinishAttempt")()
	err = s.Tx(ctx, func(s *Store) error {
		var err error
		if log, err = s.Log(ctx, id); err != nil {
			return err
		}
		if ranked.Participant != "" && ranked.Participant != log.Participant {
			return ErrNotFound
		}
		if log.FinishedAt.IsZero() {
			finished := *log
			finished.FinishedAt = fromMillis(millis(now))
			if _, err := s.exec(ctx, `UPDATE attempts SET finished_at = $2 WHERE id = $1`, id, millis(now)); err != nil {
				return err
			}
			log = &finished
			s.change(log)
			if err := s.study(ctx, study, log.Answers...); err != nil {
				return err
			}
		}
		if ranked.MaxPoints == 0 {
			return nil
		}
		return s.enter(ctx, log.Set, log.Participant, ranked.standing(log))
	})
	if err == nil && ranked.MaxPoints > 0 {
		_, rank, err = s.placed(ctx, log.Set, log.Participant)
	}
	if err != nil {
		return nil, 0, err
	}
	return log, rank, nil
}

// standing is what an attempt comes to.
func (r Ranked) standing(log *Log) Standing {
	var points int32
	for _, answer := range log.Answers {
		if r.Counts(answer.Question) {
			points += answer.Points
		}
	}
	return Standing{
		Name: log.Nickname, Points: points, MaxPoints: r.MaxPoints, FinishedAt: log.FinishedAt, tie: tieOf(log.Participant),
	}
}
