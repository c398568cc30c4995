package store

import (
	"context"
	"errors"
	"io"
	"slices"
	"time"
)

// Media is a picture or a sound, known by its content.
type Media struct {
	Digest      string // SHA-256 of the content, hex
	ContentType string
	Size        int64
}

// touchAtOnce is how many media are touched in one transaction.
const touchAtOnce = 250

// TouchMedia has media that are there kept for as long as a load may take, and returns the
// digests of those that are not there.
func (s *Store) TouchMedia(ctx context.Context, digests []string, now time.Time) (missing []string, err error) {
	defer s.operation(ctx, "TouchMedia")()
	for some := range slices.Chunk(digests, touchAtOnce) {
		var absent []string
		err := s.Tx(ctx, func(s *Store) error {
			absent = nil
			for _, digest := range some {
				touched, err := s.exec(ctx, `UPDATE media SET kept_at = $2 WHERE digest = $1`, digest, millis(now))
				if err != nil {
					return err
				}
				if touched == 0 {
					absent = append(absent, digest)
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		missing = append(missing, absent...)
	}
	return missing, nil
}

// KeepMedia keeps content, in parts, and returns what it is known by. What is there already
// is left. Where no revision comes to refer to it within a day it is thrown away.
func (s *Store) KeepMedia(ctx context.Context, contentType string, content []byte, now time.Time) (Media, error) {
	defer s.operation(ctx, "KeepMedia")()
	m := Media{Digest: digestOf(content), ContentType: contentType, Size: int64(len(content))}
	missing, err := s.TouchMedia(ctx, []string{m.Digest}, now)
	if err != nil || len(missing) == 0 {
		return m, err
	}
	if err := s.keepContent(ctx, m.Digest, func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	}, now); err != nil {
		return Media{}, err
	}
	return m, s.Tx(ctx, func(s *Store) error {
		_, err := s.exec(ctx, `INSERT INTO media (digest, content_type, size, kept_at) VALUES ($1, $2, $3, $4)
			ON CONFLICT (digest) DO UPDATE SET kept_at = excluded.kept_at`, m.Digest, m.ContentType, m.Size, millis(now))
		return err
	})
}

// Media says what a picture or a sound is. Errors: ErrNotFound.
func (s *Store) Media(ctx context.Context, digest string) (Media, error) {
	defer s.operation(ctx, "Media")()
	m := Media{Digest: digest}
	err := s.row(ctx, `SELECT content_type, size FROM media WHERE digest = $1`, []any{digest}, &m.ContentType, &m.Size)
	return m, err
}

// ReadMedia reads a range of a content and hands it over in order, in pieces of at most
// 256 KiB that must not be kept: one is in memory at a time. A range beyond the end is cut.
func (s *Store) ReadMedia(ctx context.Context, m Media, offset, length int64, hand func(piece []byte) error) error {
	defer s.operation(ctx, "ReadMedia")()
	end := m.Size
	if length < m.Size-offset {
		end = offset + length
	}
	for offset < end {
		var part []byte
		err := s.row(ctx, `SELECT content FROM contents WHERE digest = $1 AND part = $2`, []any{m.Digest, offset / partSize}, &part)
		if err != nil {
			return err
		}
		start := offset % partSize
		if start >= int64(len(part)) {
			return errors.New("store: content is shorter than it was")
		}
		piece := part[start:min(int64(len(part)), start+end-offset)]
		offset += int64(len(piece))
		if err := hand(piece); err != nil {
			return err
		}
	}
	return nil
}
