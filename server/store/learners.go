package store

import (
	"context"
	"database/sql"
	"fmt"

	"google.golang.org/protobuf/proto"

	aulav1 "aula/proto/aula/v1"
)

// CreateLearner keeps a new learner with the key of their first device, whose Learner it sets.
// A request id that was used before signs nobody up: the learner it made is returned, and the
// new key takes the place of the first. "" is no request id. Errors: ErrRequestReused where the
// learner has another device by now, or has done anything.
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
			ON CONFLICT (request_id) DO NOTHING`, l.GetId(), profile, sql.NullString{String: requestID, Valid: requestID != ""},
			l.GetCreatedAt().AsTime().UnixMilli())
		if err != nil {
			return err
		}
		if inserted == 0 {
			if kept, err = s.signedUp(ctx, requestID); err != nil {
				return err
			}
		}
		return s.addDevice(ctx, kept.GetId(), device)
	})
	return kept, err
}

// signedUp returns the learner that a request made, without the key that it gave them.
func (s *Store) signedUp(ctx context.Context, requestID string) (*aulav1.Learner, error) {
	l, err := s.learner(ctx, `WHERE request_id = $1`+s.dialect.forUpdate, requestID)
	if err != nil {
		return nil, err
	}
	var devices int
	if err := s.row(ctx, `SELECT count(*) FROM keys WHERE learner = $1`, []any{l.GetId()}, &devices); err != nil {
		return nil, err
	}
	if devices != 1 {
		return nil, ErrRequestReused
	}
	_, err = s.exec(ctx, `DELETE FROM keys WHERE learner = $1`, l.GetId())
	return l, err
}

// addDevice keeps the key of a learner's device.
func (s *Store) addDevice(ctx context.Context, learner string, k Key) error {
	_, err := s.exec(ctx, `INSERT INTO keys (id, role, name, teacher, learner, hash, created_at) VALUES ($1, $2, $3, '', $4, $5, $6)`,
		k.ID, int64(aulav1.AccessKey_LEARNER), k.Name, learner, k.Hash, millis(k.CreatedAt))
	return err
}

// Learner returns a learner as the database has them now. Errors: ErrNotFound.
func (s *Store) Learner(ctx context.Context, id string) (*aulav1.Learner, error) {
	defer s.operation(ctx, "Learner")()
	return s.learner(ctx, `WHERE id = $1`, id)
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
