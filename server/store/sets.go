package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"

	aulav1 "aula/proto/aula/v1"
)

// deterministic is the wire form that is stored: equal messages have equal bytes.
var deterministic = proto.MarshalOptions{Deterministic: true}

// Publish makes set the current content of its id. Content equal to the current one
// changes nothing; anything else becomes a new revision, and attempts under way keep
// theirs. It returns the current revision and whether this call made it.
func (s *Store) Publish(ctx context.Context, set *aulav1.QuestionSet, now time.Time) (revision int32, created bool, err error) {
	defer s.operation(ctx, "Publish")()
	content, err := deterministic.Marshal(set)
	if err != nil {
		return 0, false, fmt.Errorf("encode set %s: %w", set.GetId(), err)
	}
	sum := sha256.Sum256(content)
	digest := hex.EncodeToString(sum[:])
	err = s.Tx(ctx, func(s *Store) error {
		// The row comes first, so that two who publish at once take turns on it.
		if _, err := s.exec(ctx, `INSERT INTO sets (id, revision) VALUES ($1, 0) ON CONFLICT (id) DO NOTHING`, set.GetId()); err != nil {
			return err
		}
		if err := s.row(ctx, `SELECT revision FROM sets WHERE id = $1`+s.dialect.forUpdate, []any{set.GetId()}, &revision); err != nil {
			return err
		}
		var current string
		err := s.row(ctx, `SELECT digest FROM revisions WHERE set_id = $1 AND revision = $2`, []any{set.GetId(), revision}, &current)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		if created = current != digest; !created {
			return nil
		}
		revision++
		if _, err := s.exec(ctx, `INSERT INTO revisions (set_id, revision, digest, content, published_at) VALUES ($1, $2, $3, $4, $5)`,
			set.GetId(), revision, digest, content, millis(now)); err != nil {
			return err
		}
		_, err = s.exec(ctx, `UPDATE sets SET revision = $2 WHERE id = $1`, set.GetId(), revision)
		return err
	})
	return revision, created, err
}

// Revision returns what a set said at a revision. Errors: ErrNotFound.
func (s *Store) Revision(ctx context.Context, set string, revision int32) (*aulav1.QuestionSet, error) {
	defer s.operation(ctx, "Revision")()
	var content []byte
	err := s.row(ctx, `SELECT content FROM revisions WHERE set_id = $1 AND revision = $2`, []any{set, revision}, &content)
	if err != nil {
		return nil, err
	}
	out := &aulav1.QuestionSet{}
	if err := proto.Unmarshal(content, out); err != nil {
		return nil, fmt.Errorf("decode set %s revision %d: %w", set, revision, err)
	}
	return out, nil
}

// CurrentRevision returns the number of a set's current revision. Errors: ErrNotFound.
func (s *Store) CurrentRevision(ctx context.Context, set string) (revision int32, err error) {
	defer s.operation(ctx, "CurrentRevision")()
	err = s.row(ctx, `SELECT revision FROM sets WHERE id = $1`, []any{set}, &revision)
	return revision, err
}

// Sets lists up to n published sets by id, from the first after the one named.
func (s *Store) Sets(ctx context.Context, after string, n int) (ids []string, err error) {
	defer s.operation(ctx, "Sets")()
	err = s.rows(ctx, `SELECT id FROM sets WHERE id COLLATE "C" > $1 ORDER BY id COLLATE "C" LIMIT $2`, []any{after, n},
		func(rows *sql.Rows) error {
			var id string
			err := rows.Scan(&id)
			ids = append(ids, id)
			return err
		})
	return ids, err
}
