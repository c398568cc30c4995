package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"

	aulav1 "aula/proto/aula/v1"
)

// signUpAgain is for how long a learner may be signed up by the same request again.
const signUpAgain = time.Hour

// CreateLearner keeps a new learner with the key of their first device, whose Learner it sets.
// A request id that was used before signs nobody up: the learner it made is returned, and the
// new key takes the place of the first. "" is no request id. Errors: ErrRequestReused where that
// was longer than an hour ago, or where the learner has another device by now, or has done
// anything.
func (s *Store) CreateLearner(ctx context.Context, l *aulav1.Learner, requestID string, device Key) (*aulav1.Learner, error) {
	defer s.operation(ctx, "CreateLearner")()
	profile, err := deterministic.Marshal(l)
	if err != nil {
		return nil, err
	}
	kept := l
	err = s.Tx(ctx, func(s *Store) error {
		kept = l
		inserted, err := s.exec(ctx, `INSERT INTO learners (id, profile, request_id, created_at) VALUES ($1, $2, $3, $4)
			ON CONFLICT DO NOTHING`, l.GetId(), profile, sql.NullString{String: requestID, Valid: requestID != ""},
			millis(l.GetCreatedAt().AsTime()))
		if err != nil {
			return err
		}
		if inserted == 0 {
			// This very learner is there if the commit was not heard of.
			if made, err := s.learner(ctx, `WHERE id = $1`+s.dialect.forUpdate, l.GetId()); err == nil && s.tx.again {
				kept = made
				return nil
			} else if err != nil && !errors.Is(err, ErrNotFound) {
				return err
			}
			if kept, err = s.signedUp(ctx, requestID, l.GetCreatedAt().AsTime()); err != nil {
				return err
			}
		}
		return s.addDevice(ctx, kept.GetId(), device)
	})
	return kept, err
}

// signedUp returns the learner that a request made, without the key that it gave them.
func (s *Store) signedUp(ctx context.Context, requestID string, now time.Time) (*aulav1.Learner, error) {
	l, err := s.learner(ctx, `WHERE request_id = $1`+s.dialect.forUpdate, requestID)
	if err != nil {
		return nil, err
	}
	var devices int
	var active bool
	err = s.row(ctx, `SELECT (SELECT count(*) FROM keys WHERE learner = $1),
		EXISTS (SELECT 1 FROM attempts WHERE participant = $1) OR EXISTS (SELECT 1 FROM reviews WHERE learner_id = $1)`,
		[]any{l.GetId()}, &devices, &active)
	if err != nil {
		return nil, err
	}
	if devices != 1 || active || now.Sub(l.GetCreatedAt().AsTime()) > signUpAgain {
		return nil, ErrRequestReused
	}
	_, err = s.exec(ctx, `DELETE FROM keys WHERE learner = $1`, l.GetId())
	return l, err
}

// Learner returns a learner as the database has them now. Errors: ErrNotFound.
func (s *Store) Learner(ctx context.Context, id string) (*aulav1.Learner, error) {
	defer s.operation(ctx, "Learner")()
	return s.learner(ctx, `WHERE id = $1`, id)
}

// ChangeLearner keeps what f makes of a learner, and returns it. f may be called again, so it
// has no other effects. Errors: ErrNotFound, or those of f.
func (s *Store) ChangeLearner(ctx context.Context, id string, f func(*aulav1.Learner) error) (l *aulav1.Learner, err error) {
	defer s.operation(ctx, "ChangeLearner")()
	return s.changeLearner(ctx, id, func(_ *Store, l *aulav1.Learner) error { return f(l) })
}

func (s *Store) changeLearner(ctx context.Context, id string, f func(*Store, *aulav1.Learner) error) (l *aulav1.Learner, err error) {
	err = s.Tx(ctx, func(s *Store) error {
		if l, err = s.learner(ctx, `WHERE id = $1`+s.dialect.forUpdate, id); err != nil {
			return err
		}
		if err := f(s, l); err != nil {
			return err
		}
		profile, err := deterministic.Marshal(l)
		if err != nil {
			return err
		}
		_, err = s.exec(ctx, `UPDATE learners SET profile = $2 WHERE id = $1`, id, profile)
		return err
	})
	if err != nil {
		return nil, err
	}
	return l, nil
}

// lockLearner makes sure, within a transaction, that a learner is there and stays to its end.
// Errors: ErrNotFound.
func (s *Store) lockLearner(ctx context.Context, id string) error {
	return s.row(ctx, `SELECT id FROM learners WHERE id = $1`+s.dialect.forUpdate, []any{id}, &id)
}

func (s *Store) learner(ctx context.Context, where string, args ...any) (*aulav1.Learner, error) {
	var profile []byte
	if err := s.row(ctx, `SELECT profile FROM learners `+where, args, &profile); err != nil {
		return nil, err
	}
	return decodeLearner(profile)
}

func decodeLearner(profile []byte) (*aulav1.Learner, error) {
	l := &aulav1.Learner{}
	if err := proto.Unmarshal(profile, l); err != nil {
		return nil, fmt.Errorf("decode a learner: %w", err)
	}
	return l, nil
}
