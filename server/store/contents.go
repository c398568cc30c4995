package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"

	aulav1 "aula/proto/aula/v1"
	"aula/proto/packed"
	"aula/server/failpoint"
)

// deterministic is the wire form that is stored: equal messages have equal bytes.
var deterministic = proto.MarshalOptions{Deterministic: true}

// partSize is how much of a content is written at a time, in bytes. Others write in
// between, so a large set keeps nobody waiting.
const partSize = 256 << 10

// abandonedAfter is when content that no revision came to use is thrown away: its writer
// did not live to publish it, or was refused.
const abandonedAfter = 24 * time.Hour

// digestOf is what content is known by.
func digestOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// keepSet writes what a set says, and which media it refers to, unless it is there already.
func (s *Store) keepSet(ctx context.Context, set *packed.Set, now time.Time) (digest string, err error) {
	if digest, err = digestOfSet(set); err != nil {
		return "", err
	}
	var known int
	err = s.row(ctx, `SELECT 1 FROM revisions WHERE digest = $1 OR source_digest = $1 LIMIT 1`, []any{digest}, &known)
	if !errors.Is(err, ErrNotFound) {
		return digest, err // what a revision refers to is never thrown away
	}
	if err := s.keepContent(ctx, digest, set.Encode, now); err != nil {
		return "", err
	}
	return digest, s.keepReferences(ctx, digest, set.Head)
}

// digestOfSet is digestOf the set's wire form.
func digestOfSet(set *packed.Set) (string, error) {
	sum := sha256.New()
	if err := set.Encode(sum); err != nil {
		return "", fmt.Errorf("encode set %s: %w", set.Head.GetId(), err)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// keepContent writes content in parts, each by itself: nothing refers to it yet. What is
// there already, because this was begun before, is left.
func (s *Store) keepContent(ctx context.Context, digest string, write func(io.Writer) error, now time.Time) error {
	w := &parts{part: make([]byte, 0, partSize)}
	w.keep = func() error {
		failpoint.Pass(failpoint.Loading)
		err := s.Tx(ctx, func(s *Store) error {
			_, err := s.exec(ctx, `INSERT INTO contents (digest, part, content, kept_at) VALUES ($1, $2, $3, $4)
				ON CONFLICT (digest, part) DO UPDATE SET kept_at = excluded.kept_at`, digest, w.number, w.part, millis(now))
			return err
		})
		w.number, w.part = w.number+1, w.part[:0]
		return err
	}
	if err := write(w); err != nil || len(w.part) == 0 {
		return err
	}
	return w.keep()
}

// parts divides what is written to it.
type parts struct {
	part   []byte // so far
	number int    // from 0
	keep   func() error
}

func (w *parts) Write(p []byte) (n int, err error) {
	for {
		room := min(len(p)-n, partSize-len(w.part))
		w.part = append(w.part, p[n:n+room]...)
		if n += room; len(w.part) < partSize {
			return n, nil
		}
		if err := w.keep(); err != nil {
			return n, err
		}
	}
}

// referencesAtOnce is how many references are written at a time.
const referencesAtOnce = 250

// keepReferences notes the media that a content refers to.
func (s *Store) keepReferences(ctx context.Context, digest string, set *aulav1.QuestionSet) error {
	for some := range slices.Chunk(mediaOf(set), referencesAtOnce) {
		err := s.Tx(ctx, func(s *Store) error {
			for _, media := range some {
				if _, err := s.exec(ctx, `INSERT INTO content_media (digest, media) VALUES ($1, $2)
					ON CONFLICT (digest, media) DO NOTHING`, digest, media); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// mediaOf lists the digests of the media that a set has on the server, each once.
func mediaOf(set *aulav1.QuestionSet) (digests []string) {
	for _, media := range set.GetMedia() {
		if media.GetDigest() != "" {
			digests = append(digests, media.GetDigest())
		}
	}
	slices.Sort(digests)
	return slices.Compact(digests)
}

// setOf reads the set that a content says; the query gives its parts in order. Errors:
// ErrNotFound.
func (s *Store) setOf(ctx context.Context, query string, args ...any) (*packed.Set, error) {
	var content packed.Decoder
	found := false
	err := s.rows(ctx, query, args, func(rows *sql.Rows) error {
		var part sql.RawBytes
		err := rows.Scan(&part)
		content.Add(part)
		found = true
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case !found:
		return nil, ErrNotFound
	}
	return decoded(&content)
}

// ErrUndecodable is that what is kept of a set is no set.
var ErrUndecodable = errors.New("decode set")

func decoded(content *packed.Decoder) (*packed.Set, error) {
	set, err := content.Set()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUndecodable, err)
	}
	return set, nil
}

// sweepAtOnce bounds how much one sweep throws away: the next goes on.
const sweepAtOnce = 1000

// sweep throws away abandoned media and content, each part by itself. What is wanted again
// meanwhile is no longer old, and stays.
func (s *Store) sweep(ctx context.Context, now time.Time) error {
	before := millis(now.Add(-abandonedAfter))
	const media = `SELECT digest, 0 FROM media WHERE kept_at < $1
		AND digest NOT IN (SELECT media FROM content_media) LIMIT $2`
	const contents = `SELECT digest, part FROM contents WHERE kept_at < $1
		AND digest NOT IN (SELECT digest FROM revisions) AND digest NOT IN (SELECT source_digest FROM revisions)
		AND digest NOT IN (SELECT digest FROM media) LIMIT $2`
	err := s.eachAbandoned(ctx, media, before, func(s *Store, digest string, _ int64) error {
		_, err := s.exec(ctx, `DELETE FROM media WHERE digest = $1 AND kept_at < $2
			AND NOT EXISTS (SELECT 1 FROM content_media WHERE media = $1)`, digest, before)
		return err
	})
	if err != nil {
		return err
	}
	return s.eachAbandoned(ctx, contents, before, func(s *Store, digest string, part int64) error {
		deleted, err := s.exec(ctx, `DELETE FROM contents WHERE digest = $1 AND part = $2 AND kept_at < $3`, digest, part, before)
		if err != nil || deleted == 0 || part > 0 {
			return err
		}
		// Whoever keeps it again writes the first part before any reference.
		_, err = s.exec(ctx, `DELETE FROM content_media WHERE digest = $1`, digest)
		return err
	})
}

// eachAbandoned calls forget, in a transaction of its own, for each part that a query finds.
func (s *Store) eachAbandoned(
	ctx context.Context, query string, before int64, forget func(s *Store, digest string, part int64) error,
) error {
	type place struct {
		digest string
		part   int64
	}
	var found []place
	err := s.rows(ctx, query, []any{before, sweepAtOnce}, func(rows *sql.Rows) error {
		var p place
		err := rows.Scan(&p.digest, &p.part)
		found = append(found, p)
		return err
	})
	for i := 0; err == nil && i < len(found); i++ {
		err = s.Tx(ctx, func(s *Store) error { return forget(s, found[i].digest, found[i].part) })
	}
	return err
}
