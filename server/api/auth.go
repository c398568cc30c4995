package api

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"regexp"
	"strings"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"

	aulav1 "aula/proto/aula/v1"
	"aula/server/store"
)

// identity is what a caller may do, and for whom. The zero identity is nobody's.
type identity struct {
	role    aulav1.AccessKey_Role
	key     string // its id; empty on the server's own machine
	teacher string // whose sets are theirs; empty for a learner, and for the server's own machine
	name    string
	learner *learner // nil for all others
}

// is reports whether they are the learner of that id.
func (i identity) is(learner string) bool { return i.learner != nil && i.learner.GetId() == learner }

func (i identity) admin() bool { return i.role == aulav1.AccessKey_ADMIN }

// owns reports whether a set is theirs to handle.
func (i identity) owns(set store.Set) bool {
	return i.admin() || i.teacher != "" && i.teacher == set.Owner
}

// identify finds out who makes a call. Most say nothing of it, and then there is nothing to
// do. Whoever names a key that is not good is refused, whatever they ask for, and after many of
// these from one address told to wait; a key that is good is good all the while. Errors:
// KEY_NEEDED, TOO_MANY_GUESSES.
func (s *Server) identify(ctx context.Context, c *caller) (identity, error) {
	if s.Trusted {
		return identity{role: aulav1.AccessKey_ADMIN}, nil
	}
	named := metadata.ValueFromIncomingContext(ctx, "authorization")
	if len(named) == 0 {
		return identity{}, nil
	}
	id, secret, ok := readKey(named)
	if !ok {
		return identity{}, keyNeeded() // and nothing was looked up
	}
	key, err := s.keys.find(ctx, id)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return identity{}, err
	}
	if err != nil || subtle.ConstantTimeCompare(hashOf(secret), key.Hash) != 1 || !key.RevokedAt.IsZero() ||
		!key.ExpiresAt.IsZero() && !s.Now().Before(key.ExpiresAt) {
		return identity{}, cmp.Or(s.wrong(c, named[0]), keyNeeded())
	}
	return identity{role: key.Role, key: key.ID, teacher: key.Teacher, name: key.Name, learner: key.learner}, nil
}

// keyNeeded tells nothing of the key that was named, least of all the key.
func keyNeeded() error { return fail(codes.Unauthenticated, aulav1.ErrorReason_KEY_NEEDED) }

// tokenNeeded is keyNeeded, in words for a learner: nobody but a learner makes their tokens.
func tokenNeeded() error {
	e := fail(codes.Unauthenticated, aulav1.ErrorReason_KEY_NEEDED)
	e.sentence = "error.KEY_NEEDED.learner"
	return e
}

// signInNeeded is tokenNeeded, on a server that takes no guests.
func signInNeeded() error {
	e := fail(codes.Unauthenticated, aulav1.ErrorReason_KEY_NEEDED)
	e.sentence = "error.KEY_NEEDED.guest"
	return e
}

// A key is aula_<id>_<secret>, both in an alphabet that survives being read out.
var (
	keyForm     = regexp.MustCompile(`^aula_([0-9a-v]{16})_([0-9a-v]{52})$`)
	keyAlphabet = base32.NewEncoding("0123456789abcdefghijklmnopqrstuv").WithPadding(base32.NoPadding)
)

// newKey makes a key's id, which begins with the time, and its secret.
func newKey(now time.Time) (id, secret string) {
	var name [10]byte
	binary.BigEndian.PutUint64(name[:8], uint64(now.UnixMilli())<<16)
	_, _ = rand.Read(name[6:]) // never fails, as its documentation says
	var random [32]byte
	_, _ = rand.Read(random[:])
	return keyAlphabet.EncodeToString(name[:]), keyAlphabet.EncodeToString(random[:])
}

// hashOf is what the server keeps of a secret. It is as long as it is random, so that a
// hash made to be slow would add nothing.
func hashOf(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// readKey reads the authorization metadata.
func readKey(headers []string) (id, secret string, ok bool) {
	scheme, key, _ := strings.Cut(headers[0], " ")
	if len(headers) > 1 || !strings.EqualFold(scheme, "bearer") {
		return "", "", false
	}
	parts := keyForm.FindStringSubmatch(strings.TrimSpace(key))
	if parts == nil {
		return "", "", false
	}
	return parts[1], parts[2], true
}

// keyring keeps keys that were used lately, each for keyFresh: so long may a key that was
// revoked elsewhere still be good.
type keyring struct {
	store *store.Store
	met   *lru.Cache[string, metKey] // by id
}

type metKey struct {
	store.Key
	learner *learner // whose device has it; nil for a teacher's or an admin's
	at      time.Time
}

const (
	keyFresh = time.Second
	maxKeys  = 4096 // kept
)

func newKeyring(db *store.Store) (*keyring, error) {
	met, err := lru.New[string, metKey](maxKeys)
	return &keyring{db, met}, err
}

// find returns a key as it was within keyFresh. Errors: store.ErrNotFound.
func (k *keyring) find(ctx context.Context, id string) (metKey, error) {
	now := time.Now()
	if met, ok := k.met.Get(id); ok && now.Sub(met.at) < keyFresh {
		return met, nil
	}
	key, err := k.store.Key(ctx, id)
	if err != nil {
		return metKey{}, err
	}
	met := metKey{Key: key, at: now}
	if key.Learner != "" {
		profile, err := k.store.Learner(ctx, key.Learner)
		if err != nil {
			return metKey{}, err
		}
		if met.learner, err = newLearner(profile, key.ID); err != nil {
			return metKey{}, err
		}
	}
	k.met.Add(id, met)
	return met, nil
}

// forget has a key read anew.
func (k *keyring) forget(id string) { k.met.Remove(id) }

// forgetLearner has the keys of all of a learner's devices read anew.
func (k *keyring) forgetLearner(id string) {
	for _, key := range k.met.Keys() {
		if met, ok := k.met.Peek(key); ok && met.Learner == id {
			k.met.Remove(key)
		}
	}
}
