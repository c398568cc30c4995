package store

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// How much of a learner is erased in one transaction: others wait meanwhile.
const (
	attemptsAtOnce = 20
	rowsAtOnce     = 1000
)

// EraseLearner erases a learner and everything that is held about them. A learner of whom much
// is held is erased in several transactions, and can still be named until the last. When it
// returns, nothing of them is in SQLite's files; or nothing that PostgreSQL shows: what rows
// have left in its files is overwritten after its next VACUUM. Errors: ErrNotFound.
func (s *Store) EraseLearner(ctx context.Context, id string, now time.Time) error {
	defer s.operation(ctx, "EraseLearner")()
	l, err := s.learner(ctx, `WHERE id = $1`, id)
	if err != nil {
		return err
	}
	for more := true; more; {
		if err := s.Tx(ctx, func(s *Store) error {
			more, err = s.eraseSome(ctx, id, now)
			return err
		}); err != nil {
			return err
		}
	}
	if s.dialect.shared {
		return nil
	}
	return s.wipe(ctx, id, l.GetName())
}

// eraseSome erases some of what is held about a learner, and the learner when that is all.
func (s *Store) eraseSome(ctx context.Context, id string, now time.Time) (more bool, err error) {
	if err := s.lockLearner(ctx, id); err != nil {
		if s.tx.again && errors.Is(err, ErrNotFound) { // they were erased, and the commit was not heard of
			err = nil
		}
		return false, err
	}
	if more, err = s.eraseAttempts(ctx, id); more || err != nil {
		return more, err
	}
	for _, query := range []string{
		`DELETE FROM reviews WHERE learner_id = $1 AND id IN (SELECT id FROM reviews WHERE learner_id = $1 LIMIT $2)`,
		`DELETE FROM cards WHERE learner_id = $1 AND (set_id, question_id) IN
			(SELECT set_id, question_id FROM cards WHERE learner_id = $1 LIMIT $2)`,
	} {
		if erased, err := s.exec(ctx, query, id, rowsAtOnce); err != nil || erased == rowsAtOnce {
			return true, err
		}
	}
	if err := s.eraseStandings(ctx, id); err != nil {
		return false, err
	}
	for _, query := range []string{
		`DELETE FROM study_days WHERE learner_id = $1`,
		`DELETE FROM freezes WHERE learner_id = $1`,
		`DELETE FROM join_codes WHERE learner_id = $1`,
		`DELETE FROM keys WHERE learner = $1`,
		`DELETE FROM learners WHERE id = $1`,
	} {
		if _, err := s.exec(ctx, query, id); err != nil {
			return false, err
		}
	}
	return false, s.audit(ctx, now, ErasedLearner, LearnerDigest(id), 0)
}

// eraseAttempts erases some of a learner's attempts, and reports whether there may be more.
func (s *Store) eraseAttempts(ctx context.Context, learner string) (more bool, err error) {
	attempts, err := s.texts(ctx, `SELECT id FROM attempts WHERE participant = $1 LIMIT $2`+s.dialect.forUpdate, learner, attemptsAtOnce)
	if err != nil {
		return false, err
	}
	for _, attempt := range attempts {
		for _, query := range []string{
			`DELETE FROM answers WHERE attempt_id = $1`,
			`DELETE FROM hints WHERE attempt_id = $1`,
			`DELETE FROM attempts WHERE id = $1`,
		} {
			if _, err := s.exec(ctx, query, attempt); err != nil {
				return false, err
			}
		}
		s.change(&Log{Attempt: Attempt{ID: attempt}, erased: true})
	}
	return len(attempts) == attemptsAtOnce, nil
}

// eraseStandings takes a learner off every leaderboard.
func (s *Store) eraseStandings(ctx context.Context, learner string) error {
	sets, err := s.texts(ctx, `SELECT set_id FROM standings WHERE participant = $1`, learner)
	if err != nil {
		return err
	}
	for _, set := range sets {
		if _, err := s.leave(ctx, set, learner); err != nil {
			return err
		}
	}
	return nil
}

// texts reads a column of texts.
func (s *Store) texts(ctx context.Context, query string, args ...any) (texts []string, err error) {
	err = s.rows(ctx, query, args, func(rows *sql.Rows) error {
		var text string
		err := rows.Scan(&text)
		texts = append(texts, text)
		return err
	})
	return texts, err
}
