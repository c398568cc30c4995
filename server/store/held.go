package store

import (
	"context"
	"database/sql"
	"time"

	"google.golang.org/protobuf/proto"

	aulav1 "aula/proto/aula/v1"
)

// What is held about a learner, besides an *aulav1.Learner, Key, Attempt, Answer,
// *aulav1.ReviewEvent and *aulav1.CardState.
type (
	// HeldHint is a hint that was revealed in one of their attempts.
	HeldHint struct {
		Attempt string
		Hint
		RevealedAt time.Time
	}
	// HeldStanding is what they have on the leaderboard of a set.
	HeldStanding struct {
		Set string
		Standing
	}
	// HeldDay is what they studied on a day.
	HeldDay struct {
		Day      int32
		Reviews  int
		Duration time.Duration
	}
	// HeldFreeze is an entry of the ledger of their freezes.
	HeldFreeze struct {
		Number int
		Date   string // the study day, such as 2026-11-25
		Kind   aulav1.FreezeEntry_Kind
		Change int
	}
	// HeldJoinCode says that a device may join them by a code.
	HeldJoinCode struct {
		ExpiresAt time.Time
	}
)

// Held tells everything that is held about a learner, as it is at one moment: all but what
// proves who they are, which are hashes and the request that signed them up. What tell is told
// it may keep. Errors: ErrNotFound, or those of tell.
func (s *Store) Held(ctx context.Context, learner string, tell func(any) error) error {
	defer s.operation(ctx, "Held")()
	return s.view(ctx, func(s *Store) error {
		l, err := s.learner(ctx, `WHERE id = $1`, learner)
		if err != nil {
			return err
		}
		if err := tell(l); err != nil {
			return err
		}
		for _, each := range []func(context.Context, string, func(any) error) error{
			s.heldDevices, s.heldJoinCode, s.heldAttempts, s.heldAnswers, s.heldHints, s.heldStandings,
			s.heldReviews, s.heldCards, s.heldDays, s.heldFreezes,
		} {
			if err := each(ctx, learner, tell); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Store) heldDevices(ctx context.Context, learner string, tell func(any) error) error {
	return s.eachKey(ctx, func(k Key) error { return tell(k) }, `WHERE learner = $1 ORDER BY id COLLATE "C"`, learner)
}

func (s *Store) heldJoinCode(ctx context.Context, learner string, tell func(any) error) error {
	return s.rows(ctx, `SELECT expires_at FROM join_codes WHERE learner_id = $1`, []any{learner}, func(rows *sql.Rows) error {
		var expires int64
		if err := rows.Scan(&expires); err != nil {
			return err
		}
		return tell(HeldJoinCode{fromMillis(expires)})
	})
}

func (s *Store) heldAttempts(ctx context.Context, learner string, tell func(any) error) error {
	return s.rows(ctx, selectAttempt+` WHERE participant = $1 ORDER BY id COLLATE "C"`, []any{learner}, func(rows *sql.Rows) error {
		a, err := scanAttempt(rows.Scan)
		if err != nil {
			return err
		}
		return tell(a)
	})
}

// ofTheirs are the attempts whose answers and hints are theirs.
const ofTheirs = ` WHERE attempt_id IN (SELECT id FROM attempts WHERE participant = $1)`

func (s *Store) heldAnswers(ctx context.Context, learner string, tell func(any) error) error {
	const query = `SELECT ` + answerColumns + ` FROM answers` + ofTheirs + ` ORDER BY attempt_id COLLATE "C", answered_at, question_id, try`
	return s.rows(ctx, query, []any{learner}, func(rows *sql.Rows) error {
		a, err := scanAnswer(rows)
		if err != nil {
			return err
		}
		return tell(a)
	})
}

func (s *Store) heldHints(ctx context.Context, learner string, tell func(any) error) error {
	const query = `SELECT attempt_id, question_id, number, revealed_at FROM hints` + ofTheirs +
		` ORDER BY attempt_id COLLATE "C", revealed_at, question_id, number`
	return s.rows(ctx, query, []any{learner}, func(rows *sql.Rows) error {
		var h HeldHint
		var at int64
		if err := rows.Scan(&h.Attempt, &h.Question, &h.Number, &at); err != nil {
			return err
		}
		h.RevealedAt = fromMillis(at)
		return tell(h)
	})
}

func (s *Store) heldStandings(ctx context.Context, learner string, tell func(any) error) error {
	const query = `SELECT set_id, ` + standingColumns + ` FROM standings WHERE participant = $1 ORDER BY set_id COLLATE "C"`
	return s.rows(ctx, query, []any{learner}, func(rows *sql.Rows) error {
		var st HeldStanding
		if err := st.scan(func(into ...any) error { return rows.Scan(append([]any{&st.Set}, into...)...) }); err != nil {
			return err
		}
		return tell(st)
	})
}

func (s *Store) heldReviews(ctx context.Context, learner string, tell func(any) error) error {
	const query = `SELECT event FROM reviews WHERE learner_id = $1 ORDER BY seq`
	return s.heldMessages(ctx, query, learner, tell, func() proto.Message { return &aulav1.ReviewEvent{} })
}

func (s *Store) heldCards(ctx context.Context, learner string, tell func(any) error) error {
	const query = `SELECT state FROM cards WHERE learner_id = $1 ORDER BY set_id COLLATE "C", question_id COLLATE "C"`
	return s.heldMessages(ctx, query, learner, tell, func() proto.Message { return &aulav1.CardState{} })
}

func (s *Store) heldMessages(ctx context.Context, query, learner string, tell func(any) error, empty func() proto.Message) error {
	return s.rows(ctx, query, []any{learner}, func(rows *sql.Rows) error {
		var encoded []byte
		if err := rows.Scan(&encoded); err != nil {
			return err
		}
		m := empty()
		if err := proto.Unmarshal(encoded, m); err != nil {
			return err
		}
		return tell(m)
	})
}

func (s *Store) heldDays(ctx context.Context, learner string, tell func(any) error) error {
	const query = `SELECT day, reviews, duration FROM study_days WHERE learner_id = $1 ORDER BY day`
	return s.rows(ctx, query, []any{learner}, func(rows *sql.Rows) error {
		var d HeldDay
		var duration int64
		if err := rows.Scan(&d.Day, &d.Reviews, &duration); err != nil {
			return err
		}
		d.Duration = time.Duration(duration) * time.Millisecond
		return tell(d)
	})
}

func (s *Store) heldFreezes(ctx context.Context, learner string, tell func(any) error) error {
	const query = `SELECT number, date, kind, change FROM freezes WHERE learner_id = $1 ORDER BY number`
	return s.rows(ctx, query, []any{learner}, func(rows *sql.Rows) error {
		var f HeldFreeze
		if err := rows.Scan(&f.Number, &f.Date, &f.Kind, &f.Change); err != nil {
			return err
		}
		return tell(f)
	})
}
