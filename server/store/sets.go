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

// Set is a set of questions as its teacher handles it.
type Set struct {
	ID         string
	Owner      string    // whose it is: a teacher, or "" for the server itself
	Revision   int32     // what learners get; 0 where there are only drafts
	Newest     int32     // the newest revision; 0 where there is none yet
	Draft      bool      // the newest is a draft
	ArchivedAt time.Time // zero while it is in the catalogue
}

// Archived reports whether the set is out of the catalogue.
func (s Set) Archived() bool { return !s.ArchivedAt.IsZero() }

// OwnSet is a set in a teacher's list.
type OwnSet struct {
	Set
	OwnerName string              // of the teacher's first key
	Head      *aulav1.QuestionSet // title and language of the newest revision, and nothing else
}

// Set returns a set, whether learners see it or not. Errors: ErrNotFound.
func (s *Store) Set(ctx context.Context, id string) (Set, error) {
	defer s.operation(ctx, "Set")()
	return s.readSet(ctx, id, "")
}

func (s *Store) readSet(ctx context.Context, id, forUpdate string) (Set, error) {
	set := Set{ID: id}
	var archivedAt sql.NullInt64
	err := s.row(ctx, `SELECT owner, revision, archived_at FROM sets WHERE id = $1`+forUpdate, []any{id},
		&set.Owner, &set.Revision, &archivedAt)
	if err != nil {
		return Set{}, err
	}
	set.ArchivedAt = timeOf(archivedAt)
	// A statement of its own, to see what was committed while this one waited for the lock.
	err = s.row(ctx, `SELECT revision, draft FROM revisions WHERE set_id = $1 ORDER BY revision DESC LIMIT 1`, []any{id},
		&set.Newest, &set.Draft)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return Set{}, err
	}
	return set, nil
}

// withSet runs f in a transaction in which nobody else changes the set. One that is not
// there is made, and stays if f succeeds.
func (s *Store) withSet(ctx context.Context, id, owner string, f func(*Store, Set) error) error {
	return s.Tx(ctx, func(s *Store) error {
		// The row comes first, so that two who publish at once take turns on it.
		if _, err := s.exec(ctx, `INSERT INTO sets (id, revision, owner) VALUES ($1, 0, $2) ON CONFLICT (id) DO NOTHING`,
			id, owner); err != nil {
			return err
		}
		set, err := s.readSet(ctx, id, s.dialect.forUpdate)
		if err != nil {
			return err
		}
		s.afterCommit(func() { s.kept.published(id) })
		return f(s, set)
	})
}

// CurrentRevision returns the number of the revision of a set that learners get. Errors:
// ErrNotFound, also for a set that is archived or has only drafts.
func (s *Store) CurrentRevision(ctx context.Context, set string) (int32, error) {
	defer s.operation(ctx, "CurrentRevision")()
	revision, version := s.kept.revision(set)
	if revision > 0 {
		return revision, nil
	}
	err := s.row(ctx, `SELECT revision FROM sets WHERE id = $1 AND revision > 0 AND archived_at IS NULL`, []any{set}, &revision)
	if err != nil {
		return 0, err
	}
	s.kept.offerRevision(set, revision, version)
	return revision, nil
}

// Sets lists up to n sets that learners see by id, from the first after the one named.
func (s *Store) Sets(ctx context.Context, after string, n int) (ids []string, err error) {
	defer s.operation(ctx, "Sets")()
	err = s.rows(ctx, `SELECT id FROM sets WHERE id COLLATE "C" > $1 AND revision > 0 AND archived_at IS NULL
			ORDER BY id COLLATE "C" LIMIT $2`, []any{after, n},
		func(rows *sql.Rows) error {
			var id string
			err := rows.Scan(&id)
			ids = append(ids, id)
			return err
		})
	return ids, err
}

const selectOwnSets = `SELECT sets.id, sets.owner, sets.revision, sets.archived_at, newest.revision, newest.draft, newest.head,
		COALESCE(keys.name, '')
	FROM sets JOIN revisions newest ON newest.set_id = sets.id
		AND newest.revision = (SELECT MAX(revision) FROM revisions WHERE set_id = sets.id)
	LEFT JOIN keys ON keys.id = sets.owner
	WHERE sets.id COLLATE "C" > $1`

// OwnSets lists up to n sets of an owner by id, drafts and archived ones too, from the
// first after the one named.
func (s *Store) OwnSets(ctx context.Context, owner, after string, n int) ([]OwnSet, error) {
	defer s.operation(ctx, "OwnSets")()
	return s.ownSets(ctx, selectOwnSets+` AND sets.owner = $2 ORDER BY sets.id COLLATE "C" LIMIT $3`, after, owner, n)
}

// AllSets is OwnSets of everybody's.
func (s *Store) AllSets(ctx context.Context, after string, n int) ([]OwnSet, error) {
	defer s.operation(ctx, "AllSets")()
	return s.ownSets(ctx, selectOwnSets+` ORDER BY sets.id COLLATE "C" LIMIT $2`, after, n)
}

func (s *Store) ownSets(ctx context.Context, query string, args ...any) (sets []OwnSet, err error) {
	err = s.rows(ctx, query, args, func(rows *sql.Rows) error {
		set := OwnSet{Head: &aulav1.QuestionSet{}}
		var archivedAt sql.NullInt64
		var head []byte
		err := rows.Scan(&set.ID, &set.Owner, &set.Revision, &archivedAt, &set.Newest, &set.Draft, &head, &set.OwnerName)
		if err == nil {
			err = proto.Unmarshal(head, set.Head)
		}
		set.ArchivedAt = timeOf(archivedAt)
		sets = append(sets, set)
		return err
	})
	for i := range sets {
		if err != nil {
			return nil, err
		}
		if len(sets[i].Head.GetTitle()) == 0 { // of before heads were kept
			sets[i].Head, err = s.Revision(ctx, sets[i].ID, sets[i].Newest)
			sets[i].Head = headOf(sets[i].Head)
		}
	}
	return sets, err
}

// headOf is what lists tell of a set.
func headOf(set *aulav1.QuestionSet) *aulav1.QuestionSet {
	return &aulav1.QuestionSet{Title: set.GetTitle(), Language: set.GetLanguage()}
}

// Archive takes a set out of the catalogue, or puts it back. Doing so again changes
// nothing. Errors: ErrNotFound.
func (s *Store) Archive(ctx context.Context, set string, archived bool, now time.Time) error {
	defer s.operation(ctx, "Archive")()
	action, change := ArchivedSet, `UPDATE sets SET archived_at = $2 WHERE id = $1 AND archived_at IS NULL`
	args := []any{set, millis(now)}
	if !archived {
		action, change, args = UnarchivedSet, `UPDATE sets SET archived_at = NULL WHERE id = $1 AND archived_at IS NOT NULL`, args[:1]
	}
	return s.Tx(ctx, func(s *Store) error {
		changed, err := s.exec(ctx, change, args...)
		if err != nil {
			return err
		}
		if changed == 0 {
			if err := s.row(ctx, `SELECT id FROM sets WHERE id = $1`, args[:1], new(string)); err != nil {
				return fmt.Errorf("archive %s: %w", set, err)
			}
			return nil
		}
		s.afterCommit(func() { s.kept.published(set) })
		return s.audit(ctx, now, action, set, 0)
	})
}

// timeOf is a time that may be missing; zero where it is.
func timeOf(m sql.NullInt64) time.Time {
	if !m.Valid {
		return time.Time{}
	}
	return fromMillis(m.Int64)
}

// nullMillis is what is stored of a time; NULL of the zero one.
func nullMillis(t time.Time) sql.NullInt64 {
	return sql.NullInt64{Int64: millis(t), Valid: !t.IsZero()}
}
