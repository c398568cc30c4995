package store

import (
	"context"
	"database/sql"
	"hash/maphash"
	"iter"
	"slices"
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// Log is an attempt with all that has happened in it. It is a snapshot, shared by all who
// ask for it, and must not be changed.
type Log struct {
	Attempt
	// Answers in the order they came; at least those to one question are.
	Answers []Answer
	// Hints in the order they were revealed; at least those of one question are.
	Hints []Hint
	// Tally sums up the answers.
	Tally Tally

	marks  []mark // of the answers, quick to look through
	size   int    // what the answers take in memory, in bytes, about
	erased bool   // there is no such attempt any more
}

// mark is what an answer is known by: hashes of its request and of its question.
type mark struct{ request, question uint64 }

var markSeed = maphash.MakeSeed()

func hash(id string) uint64 { return maphash.String(markSeed, id) }

// Tries returns the answers to a question, in order.
func (l *Log) Tries(question string) (tries []Answer) {
	wanted := hash(question)
	for i, m := range l.marks {
		if m.question == wanted && l.Answers[i].Question == question {
			tries = append(tries, l.Answers[i])
		}
	}
	return tries
}

// HintsOf counts the hints of a question that were revealed.
func (l *Log) HintsOf(question string) (n int) {
	for _, h := range l.Hints {
		if h.Question == question {
			n++
		}
	}
	return n
}

// Tally is what an attempt has earned.
type Tally struct {
	Answered int32 // questions with an answer
	Points   int32
}

// with returns the log with one more answer. Its array is shared with the logs before it,
// none of which sees beyond its own length; only the writer or the scribe, of which there is one,
// appends to a log that others have.
func (l *Log) with(a Answer) *Log {
	next := *l
	next.add(a)
	return &next
}

func (l *Log) add(a Answer) {
	l.Answers = append(l.Answers, a)
	l.marks = append(l.marks, mark{hash(a.RequestID), hash(a.Question)})
	l.size += answerSize + len(a.Given)
	l.Tally.Points += a.Points
	if a.Try == 1 {
		l.Tally.Answered++
	}
}

// answeredBy returns the place of the answer that a request brought, or -1.
func (l *Log) answeredBy(request string) int {
	wanted := hash(request)
	for i, m := range l.marks {
		if m.request == wanted && l.Answers[i].RequestID == request {
			return i
		}
	}
	return -1
}

// Log returns an attempt as it stands. Errors: ErrNotFound.
func (s *Store) Log(ctx context.Context, id string) (*Log, error) {
	defer s.operation(ctx, "Log")()
	if s.tx != nil {
		if i := s.tx.changed(id); i >= 0 {
			return s.tx.logs[i].found()
		}
		if b := s.tx.batch; b != nil && b.logs[id] != nil {
			return b.logs[id].found()
		}
	}
	if s.seen != nil && s.tx == nil {
		return s.seenLog(ctx, id)
	}
	log, version := s.kept.get(id)
	if log != nil {
		return log, nil
	}
	log, err := s.readLog(ctx, id)
	if err != nil {
		return nil, err
	}
	if s.tx == nil {
		s.kept.offer(log, version)
	}
	return log, nil
}

func (l *Log) found() (*Log, error) {
	if l.erased {
		return nil, ErrNotFound
	}
	return l, nil
}

// change notes, within a transaction, how it leaves an attempt.
func (s *Store) change(log *Log) {
	if i := s.tx.changed(log.ID); i >= 0 {
		s.tx.logs[i] = log
		return
	}
	s.tx.logs = append(s.tx.logs, log)
}

// changed returns the place of a changed attempt among logs, or -1.
func (t *tx) changed(id string) int {
	return slices.IndexFunc(t.logs, func(l *Log) bool { return l.ID == id })
}

func (s *Store) readLog(ctx context.Context, id string) (*Log, error) {
	query := selectAttempt + ` WHERE id = $1`
	if s.tx != nil && s.dialect.forUpdate != "" {
		// Locked, so that a finish sees every answer it should; and a repeat's
		// acknowledgement waits for a synchronous standby as the first did.
		query += s.dialect.forUpdate
	}
	a, err := s.attempt(ctx, query, id)
	if err != nil {
		return nil, err
	}
	log := &Log{Attempt: a}
	if err = s.answers(ctx, id, log.add); err != nil {
		return nil, err
	}
	err = s.rows(ctx, `SELECT question_id, number FROM hints WHERE attempt_id = $1 ORDER BY question_id, number`, []any{id},
		func(rows *sql.Rows) error {
			var h Hint
			err := rows.Scan(&h.Question, &h.Number)
			log.Hints = append(log.Hints, h)
			return err
		})
	return log, err
}

// What is kept in memory of attempts: so many, and so many bytes of their answers in all.
// An answer takes answerSize besides what was given, which may be two thousand letters.
const (
	keptAttempts = 1 << 14
	keptBytes    = 40 << 20
	answerSize   = 300
)

// kept keeps the logs of the attempts that were asked for or changed last. The writer puts
// in what it has committed, before it is acknowledged; so as long as no other process
// writes, what is here is what the database holds. A nil kept keeps nothing.
type kept struct {
	mu   sync.Mutex
	logs *simplelru.LRU[string, *Log]
	size int // of all logs
	// versions count the changes, each of a share of the ids: a log that was read while
	// its attempt changed is not kept.
	versions [256]uint32
	// revisions are the current ones, by set; there are as many as sets.
	revisions map[string]int32
	// exams are those under way, by learner.
	exams *simplelru.LRU[string, []Attempt]
}

func newKept() *kept {
	k := &kept{revisions: map[string]int32{}}
	k.logs, _ = simplelru.NewLRU(keptAttempts, func(_ string, l *Log) { k.size -= l.size }) // fails for a size below 1
	k.exams, _ = simplelru.NewLRU[string, []Attempt](keptLearners, nil)
	return k
}

// get returns a log, or nil and the version to offer it with.
func (k *kept) get(id string) (*Log, uint32) {
	if k == nil {
		return nil, 0
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	log, _ := k.logs.Get(id)
	return log, *k.version(id)
}

// offer keeps a log that was read from the database, unless it may be out of date.
func (k *kept) offer(log *Log, version uint32) {
	if k == nil {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if *k.version(log.ID) == version {
		k.add(log)
	}
}

// put keeps what was committed.
func (k *kept) put(logs iter.Seq[*Log]) {
	if k == nil {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for log := range logs {
		*k.version(log.ID)++
		k.forgetExams(log)
		if log.erased {
			k.logs.Remove(log.ID)
			continue
		}
		k.add(log)
	}
}

func (k *kept) add(log *Log) {
	if old, ok := k.logs.Peek(log.ID); ok {
		k.size -= old.size
	}
	k.logs.Add(log.ID, log)
	k.size += log.size
	for k.size > keptBytes {
		k.logs.RemoveOldest()
	}
}

// forget drops everything.
func (k *kept) forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	for i := range k.versions {
		k.versions[i]++
	}
	k.logs.Purge()
	k.exams.Purge()
	clear(k.revisions)
}

// revision returns the current revision of a set, or 0 and the version to offer it with.
func (k *kept) revision(set string) (int32, uint32) {
	if k == nil {
		return 0, 0
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.revisions[set], *k.version(set)
}

// offerRevision keeps a current revision that was read, unless it may be out of date.
func (k *kept) offerRevision(set string, revision int32, version uint32) {
	if k == nil {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if *k.version(set) == version {
		k.revisions[set] = revision
	}
}

// published forgets the current revision of a set, which is another now.
func (k *kept) published(set string) {
	if k == nil {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	*k.version(set)++
	delete(k.revisions, set)
}

// version is the count that an id has a share in.
func (k *kept) version(id string) *uint32 { return &k.versions[uint8(hash(id))] }
