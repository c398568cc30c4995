package store

import (
	"context"
	"errors"
)

// ClaimAttempt makes an attempt a learner's that was a guest's, and returns it. Its standing
// becomes the learner's, if it is their best. name is what the learner is called in it. Claiming
// again changes nothing. Errors: ErrNotFound where there is no such attempt, or where it is
// another learner's.
func (s *Store) ClaimAttempt(ctx context.Context, id, learner string, name func(Attempt) string) (log *Log, err error) {
	defer s.operation(ctx, "ClaimAttempt")()
	err = s.Tx(ctx, func(s *Store) error {
		if err := s.lockLearner(ctx, learner); err != nil {
			return err
		}
		if log, err = s.Log(ctx, id); err != nil {
			return err
		}
		switch {
		case log.Participant == learner:
			return nil
		case !log.Guest():
			return ErrNotFound
		}
		claimed := *log
		claimed.Participant, claimed.Nickname = learner, name(log.Attempt)
		if _, err := s.exec(ctx, `UPDATE attempts SET participant = $2, nickname = $3 WHERE id = $1`,
			id, learner, claimed.Nickname); err != nil {
			return err
		}
		log = &claimed
		s.change(log)
		return s.claimStanding(ctx, log)
	})
	if err != nil {
		return nil, err
	}
	return log, nil
}

// claimStanding makes the standing that an attempt had by itself its participant's.
func (s *Store) claimStanding(ctx context.Context, log *Log) error {
	st, err := s.leave(ctx, log.Set, log.ID)
	if errors.Is(err, ErrNotFound) { // it is not finished, or nothing of it counts
		return nil
	}
	if err != nil {
		return err
	}
	st.Name, st.tie = log.Nickname, tieOf(log.Participant)
	return s.enter(ctx, log.Set, log.Participant, st)
}
