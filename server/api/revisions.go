package api

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync/atomic"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/sync/singleflight"

	aulav1 "aula/proto/aula/v1"
	"aula/questions"
	"aula/server/store"
)

// revisions keeps loaded revisions of sets. What is published was checked and expanded, and
// a revision never changes, so neither does what was loaded from it.
type revisions struct {
	store  *store.Store
	words  questions.Words
	loaded *lru.Cache[revisionKey, loadedSet]
	size   atomic.Int64       // questions in all that are kept
	coming singleflight.Group // of those that are being loaded: a large one takes a while, and is asked for by many
}

type revisionKey struct {
	set      string
	revision int32
}

// loadedSet is a set with how many questions its revision has.
type loadedSet struct {
	*questions.Set
	questions int64
}

// What bounds how many are kept: those current, and those that attempts under way still need.
// Beyond so many questions in all, of some two kilobytes each, earlier revisions go; what
// learners begin with now stays, however large it is.
const (
	maxRevisions     = 64
	maxKeptQuestions = 50_000
)

func newRevisions(db *store.Store, words questions.Words) (*revisions, error) {
	r := &revisions{store: db, words: words}
	loaded, err := lru.NewWithEvict(maxRevisions, func(_ revisionKey, gone loadedSet) { r.size.Add(-gone.questions) })
	r.loaded = loaded
	return r, err
}

// get returns a revision that exists.
func (r *revisions) get(ctx context.Context, set string, revision int32) (*questions.Set, error) {
	key := revisionKey{set, revision}
	if loaded, ok := r.loaded.Get(key); ok {
		return loaded.Set, nil
	}
	found, err, _ := r.coming.Do(set+"/"+strconv.Itoa(int(revision)), func() (any, error) {
		// For all who wait, whoever of them gives up.
		source, err := r.store.Revision(context.WithoutCancel(ctx), set, revision)
		if err != nil {
			return nil, err
		}
		return r.keep(key, source)
	})
	if err != nil {
		return nil, err
	}
	return found.(*questions.Set), nil //nolint:errcheck,forcetypeassert // nothing else is returned
}

// keep keeps what a revision says.
func (r *revisions) keep(key revisionKey, source *aulav1.QuestionSet) (*questions.Set, error) {
	loaded, err := questions.Load(source, r.words)
	if err != nil {
		return nil, err
	}
	kept := loadedSet{loaded, int64(len(source.GetQuestions()))}
	if known, _ := r.loaded.ContainsOrAdd(key, kept); known {
		return loaded, nil
	}
	r.size.Add(kept.questions)
	keys := r.loaded.Keys() // those used longest ago first
	for _, earlier := range keys {
		if r.size.Load() <= maxKeptQuestions {
			break
		}
		if earlier != key && slices.ContainsFunc(keys, earlier.before) {
			r.loaded.Remove(earlier)
		}
	}
	return loaded, nil
}

// before reports whether the other is a later revision of the same set.
func (k revisionKey) before(o revisionKey) bool { return k.set == o.set && k.revision < o.revision }

// current returns the current revision of a set, and its number. Errors: SET_NOT_FOUND.
func (r *revisions) current(ctx context.Context, set string) (*questions.Set, int32, error) {
	revision, err := r.store.CurrentRevision(ctx, set)
	if errors.Is(err, store.ErrNotFound) {
		return nil, 0, setNotFound(set)
	}
	if err != nil {
		return nil, 0, err
	}
	loaded, err := r.get(ctx, set, revision)
	return loaded, revision, err
}
