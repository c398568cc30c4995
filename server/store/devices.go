package store

import (
	"cmp"
	"context"
	"time"

	aulav1 "aula/proto/aula/v1"
)

// addDevice keeps the key of a learner's device.
func (s *Store) addDevice(ctx context.Context, learner string, k Key) error {
	k.Role, k.Teacher, k.Learner, k.ExpiresAt = aulav1.AccessKey_LEARNER, "", learner, time.Time{}
	return s.addKey(ctx, k)
}

// CreateJoinCode keeps the hash of a code by which a device can join a learner until it
// expires. It takes the place of the learner's last. Errors: ErrNotFound.
func (s *Store) CreateJoinCode(ctx context.Context, learner string, hash []byte, now, expires time.Time) error {
	defer s.operation(ctx, "CreateJoinCode")()
	return s.Tx(ctx, func(s *Store) error {
		if err := s.lockLearner(ctx, learner); err != nil {
			return err
		}
		if _, err := s.exec(ctx, `DELETE FROM join_codes WHERE expires_at <= $1`, millis(now)); err != nil {
			return err
		}
		_, err := s.exec(ctx, `INSERT INTO join_codes (hash, learner_id, expires_at) VALUES ($1, $2, $3)
			ON CONFLICT (learner_id) DO UPDATE SET hash = excluded.hash, expires_at = excluded.expires_at`,
			hash, learner, millis(expires))
		return err
	})
}

// JoinLearner uses a code up and keeps the key of the device that joins by it. It returns the
// learner. Errors: ErrNotFound where no code has this hash, or where it has expired.
func (s *Store) JoinLearner(ctx context.Context, hash []byte, device Key, now time.Time) (l *aulav1.Learner, err error) {
	defer s.operation(ctx, "JoinLearner")()
	var learner string
	const find = `SELECT learner_id FROM join_codes WHERE hash = $1 AND expires_at > $2`
	// Those who guess must not keep the one writer busy: so this is outside the transaction.
	if err := s.row(ctx, find, []any{hash, millis(now)}, &learner); err != nil {
		return nil, err
	}
	err = s.Tx(ctx, func(s *Store) error {
		if l, err = s.learner(ctx, `WHERE id = $1`+s.dialect.forUpdate, learner); err != nil {
			return err
		}
		used, err := s.exec(ctx, `DELETE FROM join_codes WHERE hash = $1 AND learner_id = $2`, hash, learner)
		if err == nil && used == 0 {
			// Another device was quicker; or this one, and the commit was not heard of.
			if k, err := s.key(ctx, device.ID); err != nil || k.Learner != learner {
				return cmp.Or(err, ErrNotFound)
			}
		}
		if err != nil {
			return err
		}
		return s.addDevice(ctx, learner, device)
	})
	if err != nil {
		return nil, err
	}
	return l, nil
}

// Devices lists the keys of up to n of a learner's devices that were not removed, the one that
// joined last first.
func (s *Store) Devices(ctx context.Context, learner string, n int) ([]Key, error) {
	defer s.operation(ctx, "Devices")()
	return s.keys(ctx, `WHERE learner = $1 AND revoked_at IS NULL ORDER BY id COLLATE "C" DESC LIMIT $2`, learner, n)
}

// RemoveDevice revokes the key of a learner's device, and takes back the code by which others
// can join: the device may have made it. Doing so again changes nothing. Errors: ErrNotFound.
func (s *Store) RemoveDevice(ctx context.Context, learner, device string, now time.Time) error {
	defer s.operation(ctx, "RemoveDevice")()
	return s.Tx(ctx, func(s *Store) error {
		if err := s.lockLearner(ctx, learner); err != nil {
			return err
		}
		const revoke = `UPDATE keys SET revoked_at = $3 WHERE id = $1 AND learner = $2 AND revoked_at IS NULL`
		revoked, err := s.exec(ctx, revoke, device, learner, millis(now))
		switch {
		case err != nil:
			return err
		case revoked == 0:
			k, err := s.key(ctx, device)
			if err == nil && k.Learner != learner {
				err = ErrNotFound
			}
			return err
		}
		_, err = s.exec(ctx, `DELETE FROM join_codes WHERE learner_id = $1`, learner)
		return err
	})
}
