package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
)

// Where several transactions are written at once, each has to be synced, sent to the server and
// locked for; and one that writes one answer spends nearly all its time on that. So answers do
// as on SQLite: whatever queued while the last transaction was on its way goes into the next,
// which locks, reads and writes all of it in one statement each. The scribe does that.
//
// What is not simple has a transaction of its own: answers that become reviews of a learner's,
// a call with answers to several attempts, an attempt that somebody else has locked; and all of
// a batch that failed on something which one of them may be at fault for.
const (
	scribeBatch = 512
	// scribeTime is how long a batch may take: whoever gave it an answer waits no longer.
	scribeTime = 15 * time.Second
)

type scribe struct {
	store *Store
	queue chan *entry
	quit  chan struct{}
	ended chan struct{}

	closing sync.Once

	expected int           // how many are likely to come for the next batch
	took     time.Duration // how long the last one did
	patience *time.Timer
}

// entry is what one call adds to an attempt, on its way through the queue.
type entry struct {
	submissions []Submission // all to one attempt
	state       atomic.Int32
	queued      time.Time // where an observer wants to know

	// Set by the scribe before it closes done.
	added    []Added
	err      error
	panicked error
	done     chan struct{}
}

func (e *entry) attempt() string { return e.submissions[0].Attempt }

// errAlone is of an entry that needs a transaction of its own.
var errAlone = errors.New("store: to be written alone")

func startScribe(s *Store) *scribe {
	sc := &scribe{
		store: s, queue: make(chan *entry, maxQueue), quit: make(chan struct{}), ended: make(chan struct{}), patience: time.NewTimer(0),
	}
	go sc.loop()
	return sc
}

// takes reports whether answers are the scribe's to write, or have to be written alone.
func (sc *scribe) takes(submissions []Submission) bool {
	for _, submission := range submissions {
		if submission.Study != nil || submission.Attempt != submissions[0].Attempt {
			return false
		}
	}
	return sc != nil
}

// close ends the scribe, after the batch that is under way. What is still in the queue fails.
func (sc *scribe) close() {
	sc.closing.Do(func() { close(sc.quit) })
	<-sc.ended
}

// add has answers written and waits for the commit that carries them. Those whose caller gives
// up while they wait are not written; of those that are being written it is not known.
func (sc *scribe) add(ctx context.Context, submissions []Submission) ([]Added, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	e := &entry{submissions: submissions, done: make(chan struct{})}
	e.queued = sc.store.Observe.start(sc.store.Observe.Wait != nil)
	select {
	case sc.queue <- e:
	default:
		return nil, ErrBusy
	}
	select {
	case <-e.done:
	case <-ctx.Done(): // a commit may wait for a standby for as long as that is away
		e.state.CompareAndSwap(waiting, abandoned)
		return nil, ctx.Err()
	case <-sc.ended:
		select {
		case <-e.done:
		default:
			return nil, errClosed
		}
	}
	if e.panicked != nil {
		panic(e.panicked)
	}
	return e.added, e.err
}

func (sc *scribe) loop() {
	defer close(sc.ended)
	for {
		select {
		case first := <-sc.queue:
			sc.write(sc.gather(first))
		case <-sc.quit:
			return
		}
	}
}

// gather takes what waits, and what is likely to come at once (batch.go): those who were told
// of the last batch.
func (sc *scribe) gather(first *entry) (batch []*entry) {
	sc.patience.Reset(min(sc.took/patienceOf, mostPatience))
	defer sc.patience.Stop()
	for next := first; next != nil; {
		if next.state.CompareAndSwap(waiting, started) {
			sc.store.Observe.waited(next.queued)
			batch = append(batch, next)
		}
		if len(batch) == scribeBatch {
			break
		}
		select {
		case next = <-sc.queue:
		default:
			next = sc.expect(len(batch))
		}
	}
	return batch
}

// expect waits for another where so many are not all that are likely to come.
func (sc *scribe) expect(batch int) *entry {
	if batch >= int(mostOf*float64(sc.expected)) {
		return nil
	}
	select {
	case next := <-sc.queue:
		return next
	case <-sc.patience.C:
		return nil
	}
}

// write writes a batch and tells each what became of it.
func (sc *scribe) write(batch []*entry) {
	if len(batch) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), scribeTime)
	defer cancel()
	s, begun := sc.store, time.Now()
	err := s.addTogether(ctx, batch)
	switch {
	case err == nil:
	case errors.Is(err, context.DeadlineExceeded):
		err = fmt.Errorf("%w: %w", ErrUnavailable, err)
	case s.dialect.retries(err) > 0: // as the callers do
	case !s.dialect.unavailable(err) && !errors.Is(err, ErrBusy):
		err = errAlone
	}
	sc.took, sc.expected = time.Since(begun), len(batch)+len(sc.queue)
	for _, e := range batch {
		if err != nil {
			e.added, e.err, e.panicked = nil, err, nil
		}
		close(e.done)
	}
}

// addTogether adds what a batch brings, each in the order of its coming. All goes to the server
// and back twice: to lock and to look, and to write and to commit.
func (s *Store) addTogether(ctx context.Context, batch []*entry) error {
	s.queued.Add(int64(len(batch)))
	conn, err := s.writers.Conn(ctx)
	s.queued.Add(-int64(len(batch)))
	if err != nil {
		return err
	}
	defer conn.Close()
	var logs map[string]*Log
	err = withPgx(conn, func(c *pgx.Conn) error {
		if logs, err = s.lockLogs(ctx, c, batch); err != nil {
			return err
		}
		committing := time.Now()
		rows := enterAll(batch, logs)
		if err := rows.commit(ctx, c); err != nil {
			return err
		}
		s.Observe.committed(len(batch), committing)
		s.seen.put(maps.Values(logs))
		return nil
	})
	return err
}

// enterAll finds out what becomes of a batch, and returns what is to be kept.
func enterAll(batch []*entry, logs map[string]*Log) (rows answerRows) {
	for _, e := range batch {
		log := logs[e.attempt()]
		if log == nil { // there is none, or somebody else has it
			e.err = errAlone
			continue
		}
		after, answers := e.enter(log)
		logs[e.attempt()] = after
		rows.add(answers)
	}
	return rows
}

// enter finds out what becomes of an entry, and returns the log after it and what is to be kept.
func (e *entry) enter(log *Log) (after *Log, answers []Answer) {
	defer func() { // it is the matter of one caller, on whose goroutine it goes on
		if r := recover(); r != nil {
			e.panicked = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
			after, answers = log, nil
		}
	}()
	e.added = make([]Added, len(e.submissions))
	after = log
	for i, submission := range e.submissions {
		added, answer := submission.enter(after)
		if answer != nil {
			after, answers = added.Log, append(answers, *answer)
		}
		e.added[i] = added
	}
	return after, answers
}

// answerRows are answers as columns, which is how one statement takes any number of them.
type answerRows struct {
	attempt, question, request, language   []string
	given                                  [][]byte
	fraction                               []float64
	try, verdict, hints, certainty, points []int64
	at, took                               []int64
}

func (r *answerRows) add(answers []Answer) {
	for _, a := range answers {
		r.attempt, r.question, r.request = append(r.attempt, a.Attempt), append(r.question, a.Question), append(r.request, a.RequestID)
		r.given, r.language = append(r.given, a.Given), append(r.language, a.Language)
		r.try, r.verdict = append(r.try, int64(a.Try)), append(r.verdict, int64(a.Verdict))
		r.hints, r.certainty = append(r.hints, int64(a.Hints)), append(r.certainty, int64(a.Certainty))
		r.fraction, r.points = append(r.fraction, a.Fraction), append(r.points, int64(a.Points))
		r.at, r.took = append(r.at, millis(a.At)), append(r.took, a.Took.Milliseconds())
	}
}

const insertAnswers = `INSERT INTO answers (` + answerColumns + `) SELECT * FROM unnest($1::TEXT[], $2::TEXT[], $3::BIGINT[],
	$4::TEXT[], $5::BYTEA[], $6::TEXT[], $7::BIGINT[], $8::BIGINT[], $9::BIGINT[], $10::DOUBLE PRECISION[], $11::BIGINT[],
	$12::BIGINT[], $13::BIGINT[])`

// commit inserts the rows and commits.
func (r *answerRows) commit(ctx context.Context, c *pgx.Conn) error {
	b := &pgx.Batch{}
	if len(r.attempt) == 0 {
		b.Queue(postgres.mark)
	} else {
		b.Queue(insertAnswers, r.attempt, r.question, r.try, r.request, r.given, r.language, r.verdict, r.hints, r.certainty,
			r.fraction, r.points, r.at, r.took)
	}
	b.Queue("COMMIT")
	return confirmed(c, func() error { return c.SendBatch(ctx, b).Close() })
}
