package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

// Writes wait in a queue for the one writer, and those that wait share a commit. Both
// bounds keep what a call waits for short: a batch that is full or has taken its time is
// committed, and when the queue is full the next is refused at once.
const (
	maxQueue     = 4096
	maxBatch     = 512
	maxBatchTime = 20 * time.Millisecond
)

// alarmEvery is how long a caller who gives up may still be waited for.
const alarmEvery = time.Second

// othersEvery is how often an idle writer looks whether another process has written.
const othersEvery = time.Second

// writer is the one connection that writes, where the engine lets only one at a time.
//
// It commits in groups: a sync costs as much for a hundred writes as for one, so whatever
// queued while the last commit was being synced goes into the next. Each write stands
// behind a savepoint of its own, and none is acknowledged before the commit that carries
// it is on disk.
type writer struct {
	store *Store
	conn  *sql.Conn
	db    *prepared
	queue chan *write
	quit  chan struct{}
	ended chan struct{}

	// alarm is closed every second, and another takes its place.
	alarm atomic.Pointer[chan struct{}]

	closing sync.Once
	closed  error

	gathered []*write      // those that will be in the next commit
	expected int           // how many are likely to come for it
	synced   time.Duration // how long the last commit took
	patience *time.Timer

	version int64 // of the file, as SQLite counts the commits of other connections
}

// write is one transaction on its way through the queue.
type write struct {
	run    func(*Store) error
	single bool // it makes one change at most
	state  atomic.Int32
	queued time.Time // where an observer wants to know

	// Set by the writer before it closes done.
	err      error
	panicked error
	done     chan struct{}
}

const (
	waiting int32 = iota
	started
	abandoned
)

// batch is what one commit carries.
type batch struct {
	writes []*write
	logs   map[string]*Log // as the commit leaves them
	after  []func()
	broken error // the engine has rolled back all of it
}

func startWriter(ctx context.Context, s *Store, db *sql.DB) (*writer, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	w := &writer{
		store: s,
		conn:  conn,
		db:    &prepared{on: conn},
		queue: make(chan *write, maxQueue),
		quit:  make(chan struct{}),
		ended: make(chan struct{}),

		patience: time.NewTimer(0),
	}
	if w.version, err = w.dataVersion(); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	w.setAlarm()
	go w.loop()
	go w.ring()
	return w, nil
}

// close ends the writer. What is still in the queue fails.
func (w *writer) close() error {
	w.closing.Do(func() {
		close(w.quit)
		<-w.ended
		w.closed = errors.Join(w.db.close(), w.conn.Close())
	})
	return w.closed
}

// do has the writer run f and waits for the commit that carries it. A write whose caller
// gives up while it waits is never run; once it runs it is waited for, which is not long.
func (w *writer) do(ctx context.Context, wr *write) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	wr.done = make(chan struct{})
	wr.queued = w.store.Observe.start(w.store.Observe.Wait != nil)
	select {
	case w.queue <- wr:
	default:
		return ErrBusy
	}
	if err := w.await(ctx, wr); err != nil {
		return err
	}
	if wr.panicked != nil {
		panic(wr.panicked)
	}
	return wr.err
}

// await waits for a write to be done. Most are within milliseconds, which is too short to
// pay for a timer: whether the caller still waits is asked only when the alarm has rung.
func (w *writer) await(ctx context.Context, wr *write) error {
	select {
	case <-wr.done:
		return nil
	case <-w.ended:
		return wr.atEnd()
	case <-*w.alarm.Load():
	}
	select {
	case <-wr.done:
	case <-w.ended:
		return wr.atEnd()
	case <-ctx.Done():
		if wr.state.CompareAndSwap(waiting, abandoned) {
			return ctx.Err()
		}
		<-wr.done
	}
	return nil
}

// atEnd tells, once the writer has ended, whether a write was among the last it did.
func (wr *write) atEnd() error {
	select {
	case <-wr.done:
		return nil
	default:
		return errClosed
	}
}

// setAlarm sets another alarm and returns the one before.
func (w *writer) setAlarm() *chan struct{} {
	next := make(chan struct{})
	return w.alarm.Swap(&next)
}

// ring rings the alarm every second.
func (w *writer) ring() {
	tick := time.NewTicker(alarmEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			close(*w.setAlarm())
		case <-w.ended:
			return
		}
	}
}

var errClosed = fmt.Errorf("%w: closed", ErrUnavailable)

func (w *writer) loop() {
	defer close(w.ended)
	tick := time.NewTicker(othersEvery)
	defer tick.Stop()
	for {
		select {
		case first := <-w.queue:
			w.gather(first)
			for len(w.gathered) > 0 { // again, for those that a broken transaction has left
				w.commit()
			}
		case <-tick.C:
			_ = w.noticeOthers() // what it would tell, the next write is told
		case <-w.quit:
			return
		}
	}
}

// commit runs the writes that were gathered and those that wait behind them, and commits
// them together.
func (w *writer) commit() {
	b := &batch{logs: map[string]*Log{}}
	if err := w.begin(); err != nil {
		w.refuse(err)
		return
	}
	begun := time.Now()
	for b.broken == nil {
		next := w.next(b, begun)
		if next == nil {
			break
		}
		if next.state.CompareAndSwap(waiting, started) {
			w.store.Observe.waited(next.queued)
			w.apply(b, next)
		}
	}
	committing := time.Now()
	err := b.broken
	if err == nil {
		err = w.exec("COMMIT")
	}
	w.synced = time.Since(committing)
	if err != nil {
		_ = w.exec("ROLLBACK") // which the engine may have done already
	} else {
		w.store.Observe.committed(len(b.writes), committing)
		w.store.kept.put(b.logs)
		for _, f := range b.after {
			f()
		}
	}
	w.expected = len(b.writes) + len(w.gathered) + len(w.queue)
	for _, wr := range b.writes {
		if err != nil { // also for those that failed by themselves: they may have read what is undone
			wr.err = err
		}
		close(wr.done)
	}
}

// begin opens a transaction, in which nobody else can write.
func (w *writer) begin() error {
	err := w.exec("BEGIN IMMEDIATE")
	if err != nil {
		return err
	}
	if err = w.noticeOthers(); err != nil {
		_ = w.exec("ROLLBACK")
	}
	return err
}

// Those who are told of a commit are likely to write again, and come too late for the next
// one if it begins at once: two groups would take turns, each paying for its own sync. So
// the next commit waits for most of them, but no longer than a share of what a sync takes.
const (
	mostOf       = 0.8
	patienceOf   = 4 // the share: one in so many parts
	mostPatience = time.Millisecond
)

// gather takes a write and, for a moment, those that come after it.
func (w *writer) gather(first *write) {
	w.gathered = append(w.gathered, first)
	enough := min(int(mostOf*float64(w.expected)), maxBatch)
	w.patience.Reset(min(w.synced/patienceOf, mostPatience))
	defer w.patience.Stop()
	for len(w.gathered) < enough {
		select {
		case next := <-w.queue:
			w.gathered = append(w.gathered, next)
		case <-w.patience.C:
			return
		}
	}
}

// next returns a write that joins the batch, or nil when it is time to commit.
func (w *writer) next(b *batch, begun time.Time) *write {
	if len(b.writes) >= maxBatch || len(b.writes) > 0 && time.Since(begun) > maxBatchTime {
		return nil
	}
	if len(w.gathered) > 0 {
		next := w.gathered[0]
		w.gathered = w.gathered[1:]
		return next
	}
	w.gathered = nil
	select {
	case next := <-w.queue:
		return next
	default:
		return nil
	}
}

// refuse fails the writes that were gathered and all that wait behind them: what keeps one
// from beginning, such as another process that holds the file, would keep each of them
// waiting as long.
func (w *writer) refuse(err error) {
	for {
		for _, wr := range w.gathered {
			if wr.state.CompareAndSwap(waiting, started) {
				wr.err = err
				close(wr.done)
			}
		}
		w.gathered = nil
		select {
		case next := <-w.queue:
			w.gathered = append(w.gathered, next)
		default:
			return
		}
	}
}

// apply runs one write of a batch. If it fails, what it has written is undone and the
// others go on.
func (w *writer) apply(b *batch, wr *write) {
	b.writes = append(b.writes, wr)
	t := &tx{queries: w.db, batch: b}
	if !wr.single {
		t.savepoint = func() error { return w.exec("SAVEPOINT one") }
	}
	if wr.err = w.run(wr, t); wr.err != nil {
		b.broken = w.undo(t, wr.err)
		return
	}
	if t.saved {
		b.broken = w.exec("RELEASE one")
	}
	for _, log := range t.logs {
		b.logs[log.ID] = log
	}
	b.after = append(b.after, t.after...)
}

// undo takes back what a write has done that failed, and returns the failure if it was such
// that the engine has given up the whole transaction, as on a full disk. What came after
// would be in no transaction at all.
func (w *writer) undo(t *tx, failure error) error {
	if t.saved {
		if w.exec("ROLLBACK TO one") == nil && w.exec("RELEASE one") == nil {
			return nil
		}
		return failure
	}
	if inNone := w.exec("BEGIN") == nil; inNone {
		return failure
	}
	return nil
}

// run keeps a panic for the caller, whose goroutine it belongs to.
func (w *writer) run(wr *write, t *tx) (err error) {
	defer func() {
		if r := recover(); r != nil {
			wr.panicked = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
			err = wr.panicked
		}
	}()
	return wr.run(w.store.within(t))
}

// exec runs a statement that opens or closes something, whatever becomes of the callers.
func (w *writer) exec(statement string) error {
	_, err := w.db.ExecContext(context.Background(), statement)
	return err
}

// noticeOthers forgets what is kept in memory if another process has changed the file.
func (w *writer) noticeOthers() error {
	version, err := w.dataVersion()
	if err != nil || version == w.version {
		return err
	}
	w.version = version
	w.store.kept.forget()
	w.store.forgetRankings()
	return nil
}

func (w *writer) dataVersion() (version int64, err error) {
	rows, err := w.db.QueryContext(context.Background(), "PRAGMA data_version")
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	if rows.Next() {
		err = rows.Scan(&version)
	}
	return version, errors.Join(err, rows.Err())
}
