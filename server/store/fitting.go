package store

import (
	"context"
	"database/sql"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	aulav1 "aula/proto/aula/v1"
)

// Reviewer is a learner and how much they have reviewed.
type Reviewer struct {
	*aulav1.Learner
	Reviews int64
}

// Reviewers lists up to n learners with so many reviews or more, by their ids, from the first
// after the one named; "" names none.
func (s *Store) Reviewers(ctx context.Context, after string, reviews int64, n int) (found []Reviewer, err error) {
	defer s.operation(ctx, "Reviewers")()
	const query = `SELECT profile, reviews FROM (
			SELECT id, profile, (SELECT CAST(COALESCE(SUM(reviews), 0) AS BIGINT) FROM study_days WHERE learner_id = learners.id) AS reviews
			FROM learners WHERE id COLLATE "C" > $1 AND seq >= $2
		) AS learner WHERE reviews >= $2 ORDER BY id COLLATE "C" LIMIT $3`
	err = s.rows(ctx, query, []any{after, reviews, n}, func(rows *sql.Rows) error {
		var profile sql.RawBytes
		var l Reviewer
		err := rows.Scan(&profile, &l.Reviews)
		if err == nil {
			l.Learner, err = decodeLearner(profile)
			found = append(found, l)
		}
		return err
	})
	return found, err
}

// ReviewLog returns all of a learner's log, in the order of when its entries count.
func (s *Store) ReviewLog(ctx context.Context, learner string) (events []*aulav1.ReviewEvent, err error) {
	defer s.operation(ctx, "ReviewLog")()
	const query = `SELECT event FROM reviews WHERE learner_id = $1 ORDER BY counts_at, seq`
	err = s.rows(ctx, query, []any{learner}, func(rows *sql.Rows) error {
		var encoded sql.RawBytes
		if err := rows.Scan(&encoded); err != nil {
			return err
		}
		e, err := decodeEvent(encoded)
		events = append(events, e)
		return err
	})
	return events, err
}

// SetWeights gives a learner weights that were fitted to so many reviews, in place of those of a
// version of their scheduling, and returns the learner, whose cards are to be refolded. Errors:
// ErrNotFound; ErrOutOfDate where they have another version by now.
func (s *Store) SetWeights(
	ctx context.Context, learner string, version int32, weights []float64, reviews int, at time.Time,
) (*aulav1.Learner, error) {
	defer s.operation(ctx, "SetWeights")()
	return s.changeLearner(ctx, learner, func(s *Store, l *aulav1.Learner) error {
		now := l.GetScheduling()
		if s.tx.again && now.GetVersion() == version+1 && now.GetFittedAt().AsTime().Equal(asStored(at)) {
			return nil // the commit was not heard of
		}
		if now.GetVersion() != version {
			return ErrOutOfDate
		}
		l.Scheduling.Weights = weights
		l.Scheduling.FittedReviews = int32(min(reviews, 1<<31-1))
		l.Scheduling.FittedAt = timestamppb.New(asStored(at))
		l.Scheduling.Version++
		return nil
	})
}
