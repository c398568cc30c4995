package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"time"

	aulav1 "aula/proto/aula/v1"
	"aula/proto/packed"
	"aula/server/failpoint"
)

// Revision is what a set says from some time on. It never changes, but that a draft is
// published.
type Revision struct {
	Set          string
	Number       int32 // from 1
	CreatedAt    time.Time
	Author       string // the name of their key; empty for the server's own
	File         string // what it was loaded from
	RestoredFrom int32  // the revision whose content it has again; 0 for none
	Draft        bool
	Questions    int

	shipped        bool
	digest, source string // of the contents; no source where it is not known
	head           []byte
	counted        sql.NullInt64 // Questions, where they were counted
}

// Edition is a revision to be made.
type Edition struct {
	// Set is what learners get. Its id says whose revision it is.
	Set *packed.Set
	// Source is what the author wrote.
	Source *packed.Set
	// After is the newest revision, which it was made of; 0 for a new set.
	After int32
	// Draft: learners go on with what they have.
	Draft bool
	// Owner of the set, if it is new.
	Owner  string
	Author string
	File   string
}

// Revise makes a revision, and the current one unless it is a draft. Attempts under way
// keep theirs. Errors: ErrOutOfDate, and then it is to be made again of the newest one.
func (s *Store) Revise(ctx context.Context, e Edition, now time.Time) (revision int32, err error) {
	defer s.operation(ctx, "Revise")()
	r := describe(e.Set)
	r.Author, r.File, r.Draft = e.Author, e.File, e.Draft
	if r.source, err = s.keepSet(ctx, e.Source, now); err != nil {
		return 0, err
	}
	if r.digest, err = digestOfSet(e.Set); err != nil {
		return 0, err
	}
	if r.digest != r.source { // without facts it says the same
		if _, err = s.keepSet(ctx, e.Set, now); err != nil {
			return 0, err
		}
	}
	err = s.withSet(ctx, r.Set, e.Owner, func(s *Store, set Set) error {
		if made, err := s.made(ctx, set, r, now); made || err != nil {
			revision = set.Newest
			return err
		}
		if set.Newest != e.After {
			return ErrOutOfDate
		}
		if revision, err = s.addRevision(ctx, set, r, now); err != nil {
			return err
		}
		action := LoadedSet
		if r.Draft {
			action = DraftedSet
		}
		return s.audit(ctx, now, action, r.Set, revision)
	})
	if err != nil {
		return 0, err
	}
	_ = s.sweep(ctx, now) // what it leaves, the next takes
	return revision, nil
}

// Publish makes set current on the server's own behalf. Content equal to the current one
// changes nothing. It returns the current revision and whether this call made it.
func (s *Store) Publish(ctx context.Context, set *aulav1.QuestionSet, now time.Time) (revision int32, created bool, err error) {
	defer s.operation(ctx, "Publish")()
	content, err := packed.Of(set)
	if err != nil {
		return 0, false, fmt.Errorf("encode set %s: %w", set.GetId(), err)
	}
	r := describe(content)
	r.shipped = true
	if r.digest, err = digestOfSet(content); err != nil {
		return 0, false, err
	}
	r.source = r.digest
	same := func(newest Revision) bool { return newest.digest == r.digest }
	if newest, err := s.newest(ctx, r.Set); err != nil || same(newest) {
		return newest.Number, false, err
	}
	if _, err := s.keepSet(ctx, content, now); err != nil {
		return 0, false, err
	}
	return s.publish(ctx, r, same, now)
}

// Shipped is a set that comes with Aula.
type Shipped struct {
	ID      string
	Content []byte                              // what learners get, in deterministic wire form
	Source  func() (*aulav1.QuestionSet, error) // what its author wrote, which takes a while to read
}

// PublishShipped makes a set that comes with Aula current, unless it is already or somebody
// else has revised it: theirs stays. It returns the newest revision and whether this call
// made it. The error may be one of Source.
func (s *Store) PublishShipped(ctx context.Context, shipped Shipped, now time.Time) (revision int32, created bool, err error) {
	defer s.operation(ctx, "PublishShipped")()
	digest := digestOf(shipped.Content)
	settled := func(newest Revision) bool {
		return newest.Number > 0 && (!newest.shipped || newest.digest == digest && newest.source != "")
	}
	newest, err := s.newest(ctx, shipped.ID)
	if err != nil || settled(newest) {
		return newest.Number, false, err
	}
	source, err := shipped.Source()
	if err != nil {
		return 0, false, err
	}
	written, err := packed.Of(source)
	if err != nil {
		return 0, false, fmt.Errorf("encode set %s: %w", shipped.ID, err)
	}
	sourceDigest, err := s.keepSet(ctx, written, now)
	if err != nil {
		return 0, false, err
	}
	if newest.digest == digest { // of before sources were kept
		return newest.Number, false, s.Tx(ctx, func(s *Store) error {
			_, err := s.exec(ctx, `UPDATE revisions SET source_digest = $3 WHERE set_id = $1 AND revision = $2`,
				shipped.ID, newest.Number, sourceDigest)
			return err
		})
	}
	var content packed.Decoder
	content.Add(shipped.Content)
	set, err := decoded(&content)
	if err != nil {
		return 0, false, err
	}
	r := describe(set)
	r.shipped, r.source = true, sourceDigest
	if r.digest, err = s.keepSet(ctx, set, now); err != nil {
		return 0, false, err
	}
	return s.publish(ctx, r, settled, now)
}

// publish makes a revision of the server's own, unless the newest will do.
func (s *Store) publish(
	ctx context.Context, r Revision, settled func(newest Revision) bool, now time.Time,
) (revision int32, created bool, err error) {
	err = s.withSet(ctx, r.Set, "", func(s *Store, set Set) error {
		newest, err := s.newest(ctx, r.Set)
		if err != nil {
			return err
		}
		made, err := s.made(ctx, set, r, now)
		if created = made || !settled(newest); made || !created || err != nil {
			revision = newest.Number
			return err
		}
		if revision, err = s.addRevision(ctx, set, r, now); err != nil {
			return err
		}
		return s.audit(ctx, now, ShippedSet, r.Set, revision)
	})
	return revision, created, err
}

// made reports whether the newest revision is this one: it was made, and its commit was not
// heard of.
func (s *Store) made(ctx context.Context, set Set, r Revision, now time.Time) (bool, error) {
	if !s.tx.again || set.Newest == 0 {
		return false, nil
	}
	newest, err := s.newest(ctx, set.ID)
	return newest.digest == r.digest && newest.source == r.source && newest.Author == r.Author && newest.File == r.File &&
		newest.RestoredFrom == r.RestoredFrom && newest.Draft == r.Draft && newest.CreatedAt.Equal(asStored(now)), err
}

// describe is what a list tells of a revision that says this.
func describe(set *packed.Set) Revision {
	head, _ := deterministic.Marshal(headOf(set.Head)) // whatever cannot be encoded, cannot in the whole set
	n := len(set.Questions)
	return Revision{Set: set.Head.GetId(), head: head, Questions: n, counted: sql.NullInt64{Int64: int64(n), Valid: true}}
}

// addRevision adds a revision to a set that is held.
func (s *Store) addRevision(ctx context.Context, set Set, r Revision, now time.Time) (int32, error) {
	number := set.Newest + 1
	_, err := s.exec(ctx, `INSERT INTO revisions (`+revisionColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		r.Set, number, r.digest, r.source, millis(now), r.Author, r.File, r.RestoredFrom, r.Draft, r.shipped, r.counted, r.head)
	failpoint.Pass(failpoint.Loading)
	if err != nil || r.Draft {
		return number, err
	}
	return number, s.makeCurrent(ctx, r.Set, number)
}

func (s *Store) makeCurrent(ctx context.Context, set string, revision int32) error {
	_, err := s.exec(ctx, `UPDATE sets SET revision = $2 WHERE id = $1`, set, revision)
	return err
}

const revisionColumns = `set_id, revision, digest, source_digest, published_at, author, file, restored_from, draft, shipped,
	question_count, head`

// revisions reads revisions, whose questions may not be counted yet.
func (s *Store) revisions(ctx context.Context, where string, args ...any) (list []Revision, err error) {
	err = s.rows(ctx, `SELECT `+revisionColumns+` FROM revisions WHERE `+where, args, func(rows *sql.Rows) error {
		var r Revision
		var createdAt int64
		err := rows.Scan(&r.Set, &r.Number, &r.digest, &r.source, &createdAt, &r.Author, &r.File, &r.RestoredFrom, &r.Draft,
			&r.shipped, &r.counted, &r.head)
		r.CreatedAt, r.Questions = fromMillis(createdAt), int(r.counted.Int64)
		list = append(list, r)
		return err
	})
	return list, err
}

// newest returns the newest revision of a set; one of number 0 where there is none.
func (s *Store) newest(ctx context.Context, set string) (Revision, error) {
	return s.oneRevision(ctx, `set_id = $1 ORDER BY revision DESC LIMIT 1`, set)
}

func (s *Store) numbered(ctx context.Context, set string, revision int32) (Revision, error) {
	r, err := s.oneRevision(ctx, `set_id = $1 AND revision = $2`, set, revision)
	if err == nil && r.Number == 0 {
		err = ErrNotFound
	}
	return r, err
}

func (s *Store) oneRevision(ctx context.Context, where string, args ...any) (Revision, error) {
	list, err := s.revisions(ctx, where, args...)
	if err != nil || len(list) == 0 {
		return Revision{}, err
	}
	return list[0], nil
}

// Revisions lists up to n revisions of a set, newest first, from the first before the one
// named; 0 names none.
func (s *Store) Revisions(ctx context.Context, set string, before int32, n int) ([]Revision, error) {
	defer s.operation(ctx, "Revisions")()
	if before == 0 {
		before = math.MaxInt32
	}
	list, err := s.revisions(ctx, `set_id = $1 AND revision < $2 ORDER BY revision DESC LIMIT $3`, set, before, n)
	for i := range list {
		if err != nil {
			return nil, err
		}
		if !list[i].counted.Valid { // of before they were
			var content *packed.Set
			if content, err = s.published(ctx, set, list[i].Number); err == nil {
				list[i].Questions = len(content.Questions)
			}
		}
	}
	return list, err
}

// Revision returns what a set said to learners at a revision. Errors: ErrNotFound.
func (s *Store) Revision(ctx context.Context, set string, revision int32) (*aulav1.QuestionSet, error) {
	defer s.operation(ctx, "Revision")()
	content, err := s.published(ctx, set, revision)
	return content.Message(), err
}

func (s *Store) published(ctx context.Context, set string, revision int32) (*packed.Set, error) {
	return s.setOf(ctx, `SELECT content FROM contents JOIN revisions ON revisions.digest = contents.digest
		WHERE set_id = $1 AND revision = $2 ORDER BY part`, set, revision)
}

// Source returns what the author of a revision wrote; where that is not known, what
// learners get. Errors: ErrNotFound.
func (s *Store) Source(ctx context.Context, set string, revision int32) (*packed.Set, error) {
	defer s.operation(ctx, "Source")()
	source, err := s.setOf(ctx, `SELECT content FROM contents JOIN revisions ON revisions.source_digest = contents.digest
		WHERE set_id = $1 AND revision = $2 ORDER BY part`, set, revision)
	if errors.Is(err, ErrNotFound) {
		return s.published(ctx, set, revision)
	}
	return source, err
}

// RestoreRevision makes what a set said at a revision current again, as a new revision.
// Where the current one says the same nothing changes. It returns the current revision and
// whether this call made it. Errors: ErrNotFound.
func (s *Store) RestoreRevision(
	ctx context.Context, set string, revision int32, author string, now time.Time,
) (current int32, created bool, err error) {
	defer s.operation(ctx, "RestoreRevision")()
	err = s.withSet(ctx, set, "", func(s *Store, held Set) error {
		r, err := s.numbered(ctx, set, revision)
		if err != nil {
			return err
		}
		shown, err := s.oneRevision(ctx, `set_id = $1 AND revision = $2`, set, held.Revision)
		if err != nil {
			return err
		}
		again := r
		again.Author, again.File, again.RestoredFrom, again.Draft, again.shipped = author, "", revision, false, false
		made, err := s.made(ctx, held, again, now)
		if created = made || shown.digest != r.digest || shown.source != r.source; made || !created || err != nil {
			current = held.Revision
			return err
		}
		if current, err = s.addRevision(ctx, held, again, now); err != nil {
			return err
		}
		return s.audit(ctx, now, RestoredRevision, set, current)
	})
	return current, created, err
}

// PublishDraft makes a draft current: the newest revision, which 0 stands for. It returns
// its number. Errors: ErrNotFound, ErrNotADraft.
func (s *Store) PublishDraft(ctx context.Context, set string, revision int32, now time.Time) (current int32, err error) {
	defer s.operation(ctx, "PublishDraft")()
	err = s.withSet(ctx, set, "", func(s *Store, held Set) error {
		if revision > held.Newest || held.Newest == 0 {
			return ErrNotFound
		}
		if s.tx.again && !held.Draft && held.Revision == held.Newest && (revision == 0 || revision == held.Newest) {
			current = held.Newest // the commit was not heard of
			return nil
		}
		if !held.Draft || revision != 0 && revision != held.Newest {
			return ErrNotADraft
		}
		current = held.Newest
		if _, err := s.exec(ctx, `UPDATE revisions SET draft = $3 WHERE set_id = $1 AND revision = $2`, set, current, false); err != nil {
			return err
		}
		if err := s.makeCurrent(ctx, set, current); err != nil {
			return err
		}
		return s.audit(ctx, now, PublishedDraft, set, current)
	})
	return current, err
}
