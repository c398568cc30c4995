package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"sync/atomic"
	"time"

	aulav1 "aula/proto/aula/v1"
)

// Action is what somebody did that the audit log keeps.
type Action string

// Actions, as they are stored.
const (
	LoadedSet        Action = "LOAD_SET"
	DraftedSet       Action = "DRAFT_SET"
	PublishedDraft   Action = "PUBLISH_DRAFT"
	RestoredRevision Action = "RESTORE_REVISION"
	ArchivedSet      Action = "ARCHIVE_SET"
	UnarchivedSet    Action = "UNARCHIVE_SET"
	ShippedSet       Action = "SHIP_SET"
	CreatedKey       Action = "CREATE_KEY"
	RevokedKey       Action = "REVOKE_KEY"
	ExportedLearner  Action = "EXPORT_LEARNER"
	ErasedLearner    Action = "ERASE_LEARNER"
	Repaired         Action = "REPAIR"
)

// Actor is who makes a change. The zero Actor is the server itself.
type Actor struct {
	Key     string // by whose id they came; "" on the server's own machine
	Role    aulav1.AccessKey_Role
	Name    string // of the key
	Address string
}

// Audited is a line of the audit log.
type Audited struct {
	Actor
	ID       string
	At       time.Time
	Action   Action
	Subject  string // a set, a key, or a learner as LearnerDigest names them
	Revision int32  // of the set; 0 for none

	// Of a key, who holds it, and as what; empty for all else.
	Holder     string
	HolderRole aulav1.AccessKey_Role
}

type actorKey struct{}

// By returns a context whose changes are somebody's.
func By(ctx context.Context, a Actor) context.Context { return context.WithValue(ctx, actorKey{}, a) }

func actorOf(ctx context.Context) Actor {
	a, _ := ctx.Value(actorKey{}).(Actor) // else the server
	return a
}

// LearnerDigest is how the audit log names a learner: who knows an id finds its lines, and
// nothing of one who was erased can be found in them.
func LearnerDigest(id string) string {
	const shown = 8 // bytes
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:shown])
}

// audit keeps a line, within the transaction of what it is about. A learner is named by their
// digest alone.
func (s *Store) audit(ctx context.Context, now time.Time, action Action, subject string, revision int32) error {
	return s.auditAs(ctx, auditID(now), now, action, subject, revision)
}

// auditAs is audit by an id. A line that is there already is not kept again.
func (s *Store) auditAs(ctx context.Context, id string, now time.Time, action Action, subject string, revision int32) error {
	a := actorOf(ctx)
	if a.Role == aulav1.AccessKey_LEARNER {
		a = Actor{Role: a.Role}
	}
	_, err := s.exec(ctx, `INSERT INTO audit (id, at, key_id, role, name, address, action, subject, revision)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO NOTHING`,
		id, millis(now), a.Key, int64(a.Role), a.Name, a.Address, string(action), subject, revision)
	return err
}

// auditIDs counts the lines of this process, which stand in their order also within a
// millisecond.
var auditIDs atomic.Uint32

func auditID(now time.Time) string {
	var random [6]byte
	_, _ = rand.Read(random[:]) // never fails, as its documentation says
	return fmt.Sprintf("%012x%08x%x", millis(now), auditIDs.Add(1), random)
}

// Audit keeps a line of what changes nothing, or what is not one transaction.
func (s *Store) Audit(ctx context.Context, now time.Time, action Action, subject string) error {
	defer s.operation(ctx, "Audit")()
	id := auditID(now)
	return s.Tx(ctx, func(s *Store) error { return s.auditAs(ctx, id, now, action, subject, 0) })
}

// AuditLog lists up to n lines of the audit log, newest first, from the first before the one
// named; "" names none.
func (s *Store) AuditLog(ctx context.Context, before string, n int) (lines []Audited, err error) {
	defer s.operation(ctx, "AuditLog")()
	query, args := `SELECT a.id, a.at, a.key_id, a.role, a.name, a.address, a.action, a.subject, a.revision,
			COALESCE(k.name, ''), COALESCE(k.role, 0)
		FROM audit a LEFT JOIN keys k ON k.id = a.subject AND k.learner IS NULL AND a.action IN ('CREATE_KEY', 'REVOKE_KEY')`, []any{n}
	if before != "" {
		query, args = query+` WHERE a.id COLLATE "C" < $2`, append(args, before)
	}
	err = s.rows(ctx, query+` ORDER BY a.id COLLATE "C" DESC LIMIT $1`, args, func(rows *sql.Rows) error {
		var l Audited
		var at int64
		err := rows.Scan(&l.ID, &at, &l.Key, &l.Role, &l.Name, &l.Address, &l.Action, &l.Subject, &l.Revision, &l.Holder, &l.HolderRole)
		l.At = fromMillis(at)
		lines = append(lines, l)
		return err
	})
	return lines, err
}
