package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"

	aulav1 "aula/proto/aula/v1"
)

// deterministic is the wire form that is stored: equal messages have equal bytes.
var deterministic = proto.MarshalOptions{Deterministic: true}

// partSize is how much of a set's content is written at a time, in bytes. Others write in
// between, so a large set keeps nobody waiting.
const partSize = 256 << 10

// abandonedAfter is when content that no revision came to use is thrown away: its writer
// did not live to publish it.
const abandonedAfter = 24 * time.Hour

// Publish makes set the current content of its id. Content equal to the current one
// changes nothing; anything else becomes a new revision, and attempts under way keep
// theirs. It returns the current revision and whether this call made it.
func (s *Store) Publish(ctx context.Context, set *aulav1.QuestionSet, now time.Time) (revision int32, created bool, err error) {
	defer s.operation(ctx, "Publish")()
	content, err := deterministic.Marshal(set)
	if err != nil {
		return 0, false, fmt.Errorf("encode set %s: %w", set.GetId(), err)
	}
	return s.publish(ctx, set.GetId(), content, now)
}

// PublishEncoded is Publish of a set in deterministic wire form.
func (s *Store) PublishEncoded(ctx context.Context, id string, content []byte, now time.Time) (revision int32, created bool, err error) {
	defer s.operation(ctx, "PublishEncoded")()
	return s.publish(ctx, id, content, now)
}

func (s *Store) publish(ctx context.Context, id string, content []byte, now time.Time) (revision int32, created bool, err error) {
	sum := sha256.Sum256(content)
	digest := hex.EncodeToString(sum[:])
	revision, current, err := s.published(ctx, `SELECT revision FROM sets WHERE id = $1`, id)
	if err != nil || current == digest {
		return revision, false, err
	}
	if err := s.keepContent(ctx, digest, content, now); err != nil {
		return 0, false, err
	}
	err = s.Tx(ctx, func(s *Store) error {
		// The row comes first, so that two who publish at once take turns on it.
		if _, err := s.exec(ctx, `INSERT INTO sets (id, revision) VALUES ($1, 0) ON CONFLICT (id) DO NOTHING`, id); err != nil {
			return err
		}
		var err error
		revision, current, err = s.published(ctx, `SELECT revision FROM sets WHERE id = $1`+s.dialect.forUpdate, id)
		if err != nil {
			return err
		}
		if created = current != digest; !created {
			return nil
		}
		revision++
		if _, err := s.exec(ctx, `INSERT INTO revisions (set_id, revision, digest, published_at) VALUES ($1, $2, $3, $4)`,
			id, revision, digest, millis(now)); err != nil {
			return err
		}
		if _, err := s.exec(ctx, `UPDATE sets SET revision = $2 WHERE id = $1`, id, revision); err != nil {
			return err
		}
		s.afterCommit(func() { s.kept.published(id) })
		_, err = s.exec(ctx, `DELETE FROM contents WHERE kept_at < $1 AND digest NOT IN (SELECT digest FROM revisions)`,
			millis(now.Add(-abandonedAfter)))
		return err
	})
	return revision, created, err
}

// published returns the current revision of a set and the digest of its content; 0 and ""
// where there is none.
func (s *Store) published(ctx context.Context, query, set string) (revision int32, digest string, err error) {
	if err = s.row(ctx, query, []any{set}, &revision); err == nil {
		err = s.row(ctx, `SELECT digest FROM revisions WHERE set_id = $1 AND revision = $2`, []any{set, revision}, &digest)
	}
	if errors.Is(err, ErrNotFound) {
		err = nil
	}
	return revision, digest, err
}

// keepContent writes content in parts, each by itself: nothing refers to it yet. What is
// there already, because it is a revision's or because this was begun before, is left.
func (s *Store) keepContent(ctx context.Context, digest string, content []byte, now time.Time) error {
	for part, chunk := range slices.Collect(slices.Chunk(content, partSize)) {
		err := s.Tx(ctx, func(s *Store) error {
			_, err := s.exec(ctx, `INSERT INTO contents (digest, part, content, kept_at) VALUES ($1, $2, $3, $4)
				ON CONFLICT (digest, part) DO UPDATE SET kept_at = excluded.kept_at`, digest, part, chunk, millis(now))
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Revision returns what a set said at a revision. Errors: ErrNotFound.
func (s *Store) Revision(ctx context.Context, set string, revision int32) (*aulav1.QuestionSet, error) {
	defer s.operation(ctx, "Revision")()
	var content []byte
	err := s.rows(ctx, `SELECT content FROM contents
			JOIN revisions ON revisions.digest = contents.digest
			WHERE set_id = $1 AND revision = $2 ORDER BY part`,
		[]any{set, revision}, func(rows *sql.Rows) error {
			var part sql.RawBytes
			err := rows.Scan(&part)
			content = append(content, part...)
			return err
		})
	switch {
	case err != nil:
		return nil, err
	case content == nil:
		return nil, ErrNotFound
	}
	out := &aulav1.QuestionSet{}
	if err := proto.Unmarshal(content, out); err != nil {
		return nil, fmt.Errorf("decode set %s revision %d: %w", set, revision, err)
	}
	return out, nil
}

// CurrentRevision returns the number of a set's current revision. Errors: ErrNotFound.
func (s *Store) CurrentRevision(ctx context.Context, set string) (int32, error) {
	defer s.operation(ctx, "CurrentRevision")()
	revision, version := s.kept.revision(set)
	if revision > 0 {
		return revision, nil
	}
	if err := s.row(ctx, `SELECT revision FROM sets WHERE id = $1`, []any{set}, &revision); err != nil {
		return 0, err
	}
	s.kept.offerRevision(set, revision, version)
	return revision, nil
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
