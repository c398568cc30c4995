package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	aulav1 "aula/proto/aula/v1"
)

// Key says who a caller is. Of the secret that proves it only the hash is kept.
type Key struct {
	ID        string // newer ones sort last, by their bytes
	Role      aulav1.AccessKey_Role
	Name      string // of who holds it
	Teacher   string // whose sets it reaches: the id of their first key; empty for a learner's
	Learner   string // whose device has it; empty for a teacher's or an admin's
	Hash      []byte // SHA-256 of the secret
	CreatedAt time.Time
	ExpiresAt time.Time // zero where it does not
	RevokedAt time.Time // zero where it was not
}

const keyColumns = `id, role, name, teacher, learner, hash, created_at, expires_at, revoked_at`

// CreateKey keeps a new key and returns it. Teacher names any key of the teacher it is for;
// empty for a teacher of their own. Errors: ErrNotFound where it names nobody.
func (s *Store) CreateKey(ctx context.Context, k Key) (Key, error) {
	defer s.operation(ctx, "CreateKey")()
	k.CreatedAt, k.ExpiresAt = asStored(k.CreatedAt), asStored(k.ExpiresAt)
	err := s.Tx(ctx, func(s *Store) error {
		teacher := k.ID
		if k.Teacher != "" {
			if err := s.row(ctx, `SELECT teacher FROM keys WHERE id = $1 AND learner IS NULL`, []any{k.Teacher}, &teacher); err != nil {
				return err
			}
		}
		k.Teacher = teacher
		_, missing := s.key(ctx, k.ID)
		if err := s.addKey(ctx, k); err != nil || missing == nil { // the commit was not heard of
			return err
		}
		return s.audit(ctx, k.CreatedAt, CreatedKey, k.ID, 0)
	})
	if err != nil {
		return Key{}, err
	}
	return k, nil
}

// addKey keeps a key. One that is there already, because the commit that brought it was not
// heard of, stays as it is.
func (s *Store) addKey(ctx context.Context, k Key) error {
	added, err := s.exec(ctx, `INSERT INTO keys (`+keyColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, NULL)
		ON CONFLICT (id) DO UPDATE SET hash = excluded.hash WHERE keys.hash = excluded.hash`,
		k.ID, k.Role, k.Name, k.Teacher, sql.NullString{String: k.Learner, Valid: k.Learner != ""}, k.Hash,
		millis(k.CreatedAt), nullMillis(k.ExpiresAt))
	if err == nil && added == 0 {
		err = fmt.Errorf("store: there is another key %s", k.ID)
	}
	return err
}

// asStored is a time as it will be read.
func asStored(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return fromMillis(millis(t))
}

// Key returns a key as the database has it now. Errors: ErrNotFound.
func (s *Store) Key(ctx context.Context, id string) (Key, error) {
	defer s.operation(ctx, "Key")()
	return s.key(ctx, id)
}

func (s *Store) key(ctx context.Context, id string) (Key, error) {
	keys, err := s.keys(ctx, `WHERE id = $1`, id)
	if err == nil && len(keys) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return Key{}, err
	}
	return keys[0], nil
}

// Keys lists up to n keys of teachers and admins, newest first, from the first before the one
// named; "" names none.
func (s *Store) Keys(ctx context.Context, before string, n int) ([]Key, error) {
	defer s.operation(ctx, "Keys")()
	const order = ` ORDER BY id COLLATE "C" DESC LIMIT $1`
	if before == "" {
		return s.keys(ctx, `WHERE learner IS NULL`+order, n)
	}
	return s.keys(ctx, `WHERE learner IS NULL AND id COLLATE "C" < $2`+order, n, before)
}

func (s *Store) keys(ctx context.Context, where string, args ...any) (keys []Key, err error) {
	err = s.eachKey(ctx, func(k Key) error {
		keys = append(keys, k)
		return nil
	}, where, args...)
	return keys, err
}

func (s *Store) eachKey(ctx context.Context, each func(Key) error, where string, args ...any) error {
	return s.rows(ctx, `SELECT `+keyColumns+` FROM keys `+where, args, func(rows *sql.Rows) error {
		var k Key
		var learner sql.NullString
		var createdAt int64
		var expiresAt, revokedAt sql.NullInt64
		if err := rows.Scan(&k.ID, &k.Role, &k.Name, &k.Teacher, &learner, &k.Hash, &createdAt, &expiresAt, &revokedAt); err != nil {
			return err
		}
		k.Learner = learner.String
		k.CreatedAt, k.ExpiresAt, k.RevokedAt = fromMillis(createdAt), timeOf(expiresAt), timeOf(revokedAt)
		return each(k)
	})
}

// RevokeKey ends a key. Doing so again changes nothing. Errors: ErrNotFound.
func (s *Store) RevokeKey(ctx context.Context, id string, now time.Time) (k Key, err error) {
	defer s.operation(ctx, "RevokeKey")()
	err = s.Tx(ctx, func(s *Store) error {
		const revoke = `UPDATE keys SET revoked_at = $2 WHERE id = $1 AND learner IS NULL AND revoked_at IS NULL`
		revoked, err := s.exec(ctx, revoke, id, millis(now))
		if err != nil {
			return err
		}
		if k, err = s.key(ctx, id); err == nil && k.Learner != "" {
			err = ErrNotFound // a learner's devices are the learner's to remove
		}
		if err != nil || revoked == 0 {
			return err
		}
		return s.audit(ctx, now, RevokedKey, id, 0)
	})
	if err != nil {
		return Key{}, err
	}
	return k, nil
}
