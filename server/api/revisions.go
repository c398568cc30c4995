package api

import (
	"context"
	"errors"
	"sync"

	"google.golang.org/grpc/codes"

	aulav1 "aula/proto/aula/v1"
	"aula/questions"
	"aula/server/store"
)

// revisions keeps loaded revisions of sets. What is published was checked and expanded, and
// a revision never changes, so neither does what was loaded from it.
type revisions struct {
	store *store.Store
	words questions.Words

	mu       sync.Mutex
	compiled map[revisionKey]*questions.Set
}

type revisionKey struct {
	set      string
	revision int32
}

// maxRevisions bounds how many are kept: those current, and those that attempts under
// way still need.
const maxRevisions = 64

// get returns a revision that exists.
func (r *revisions) get(ctx context.Context, set string, revision int32) (*questions.Set, error) {
	key := revisionKey{set, revision}
	r.mu.Lock()
	compiled := r.compiled[key]
	r.mu.Unlock()
	if compiled != nil {
		return compiled, nil
	}
	source, err := r.store.Revision(ctx, set, revision)
	if err != nil {
		return nil, err
	}
	if compiled, err = questions.Load(source, r.words); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.compiled == nil {
		r.compiled = map[revisionKey]*questions.Set{}
	}
	if len(r.compiled) >= maxRevisions {
		for other := range r.compiled { // any one: it is compiled again when needed
			delete(r.compiled, other)
			break
		}
	}
	r.compiled[key] = compiled
	return compiled, nil
}

// current returns the current revision of a set, and its number. Errors: SET_NOT_FOUND.
func (r *revisions) current(ctx context.Context, set string) (*questions.Set, int32, error) {
	revision, err := r.store.CurrentRevision(ctx, set)
	if errors.Is(err, store.ErrNotFound) {
		return nil, 0, fail(codes.NotFound, aulav1.ErrorReason_SET_NOT_FOUND, "set", set)
	}
	if err != nil {
		return nil, 0, err
	}
	compiled, err := r.get(ctx, set, revision)
	return compiled, revision, err
}
