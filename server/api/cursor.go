package api

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"maps"
	"slices"

	"google.golang.org/grpc/codes"

	aulav1 "aula/proto/aula/v1"
)

// cursor is where a phone stands: GetPack and SyncReviews give it out and take it back. The
// zero cursor is the beginning.
type cursor struct {
	seq       int64            // how far it knows the learner's log, and the states of their cards
	revisions map[string]int32 // the sets in its pack, by id, and their revisions
}

// A cursor goes out as base64 of its version, its fields, and a sum of these and of the learner
// it was given to. It holds no secret, and nobody gains by making one: the sum is there to tell
// it from another learner's, and from what is none.
const (
	cursorVersion = 1
	cursorSum     = 8 // bytes
)

// token writes a cursor for a learner.
func (c cursor) token(learner string) string {
	b := []byte{cursorVersion}
	b = binary.AppendUvarint(b, uint64(c.seq))
	for _, set := range slices.Sorted(maps.Keys(c.revisions)) {
		b = binary.AppendUvarint(b, uint64(len(set)))
		b = append(b, set...)
		b = binary.AppendUvarint(b, uint64(c.revisions[set]))
	}
	return base64.RawURLEncoding.EncodeToString(append(b, sumOf(b, learner)...))
}

func sumOf(cursor []byte, learner string) []byte {
	sum := sha256.Sum256(append([]byte(learner+"\x00"), cursor...))
	return sum[:cursorSum]
}

// readCursor reads one that was given to the learner; "" is the beginning. Errors:
// INVALID_CURSOR.
func readCursor(token, learner string) (cursor, error) {
	if token == "" {
		return cursor{}, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(token)
	at := len(b) - cursorSum
	if err != nil || at < 1 || b[0] != cursorVersion || string(sumOf(b[:at], learner)) != string(b[at:]) {
		return cursor{}, invalidCursor()
	}
	r := cursorReader{b[1:at], true}
	c := cursor{seq: int64(r.number()), revisions: map[string]int32{}}
	for r.ok && len(r.left) > 0 {
		set := r.text()
		c.revisions[set] = int32(r.number())
	}
	if !r.ok || c.seq < 0 { // the sum is right, so it was made by hand
		return cursor{}, invalidCursor()
	}
	return c, nil
}

// cursorReader reads the fields of a cursor while they are ok.
type cursorReader struct {
	left []byte
	ok   bool
}

func (r *cursorReader) number() uint64 {
	n, size := binary.Uvarint(r.left)
	if size <= 0 {
		r.ok = false
		return 0
	}
	r.left = r.left[size:]
	return n
}

func (r *cursorReader) text() string {
	size := r.number()
	if size > uint64(len(r.left)) {
		r.ok = false
		return ""
	}
	text := string(r.left[:size])
	r.left = r.left[size:]
	return text
}

func invalidCursor() error {
	return fail(codes.InvalidArgument, aulav1.ErrorReason_INVALID_CURSOR)
}
