package store

import (
	"fmt"
	"maps"
	"runtime/debug"
	"time"

	"aula/server/failpoint"
)

// batch is what one commit carries.
type batch struct {
	writes []*write
	logs   map[string]*Log // as the commit leaves them
	after  []func()
	broken error // the engine has rolled back all of it

	patience time.Duration // left for those who are likely to come
}

// commit runs the writes that were gathered and those that wait behind them, and commits
// them together.
func (w *writer) commit() {
	b := &batch{logs: map[string]*Log{}, patience: min(w.synced/patienceOf, mostPatience)}
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
	w.expected = len(b.writes) + len(w.gathered) + len(w.queue)
	failpoint.Pass(failpoint.BeforeCommit)
	if failpoint.Planted(failpoint.AcknowledgeEarly) {
		b.tell(b.broken)
	}
	committing := time.Now()
	err := b.broken
	if err == nil {
		err = w.exec("COMMIT")
	}
	w.synced = time.Since(committing)
	failpoint.Pass(failpoint.AfterCommit)
	if err != nil {
		_ = w.exec("ROLLBACK") // which the engine may have done already
	} else {
		w.store.Observe.committed(len(b.writes), committing)
		w.store.kept.put(maps.Values(b.logs))
		for _, f := range b.after {
			f()
		}
	}
	b.tell(err)
}

// tell tells all of a batch what became of it.
func (b *batch) tell(err error) {
	for _, wr := range b.writes {
		if err != nil { // also for those that failed by themselves: they may have read what is undone
			wr.err = err
		}
		close(wr.done)
	}
	b.writes = nil
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
// one if it ends at once: several groups would take turns, each paying for its own sync. So
// a commit waits for most of them, but in all no longer than a share of what a sync takes.
// What has come is written meanwhile.
const (
	mostOf       = 0.8
	patienceOf   = 4 // the share: one in so many parts
	mostPatience = time.Millisecond
)

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
		return w.expect(b)
	}
}

// expect waits for a write that is likely to come.
func (w *writer) expect(b *batch) *write {
	if len(b.writes) >= int(mostOf*float64(w.expected)) || b.patience <= 0 {
		return nil
	}
	waiting := time.Now()
	w.patience.Reset(b.patience)
	defer w.patience.Stop()
	select {
	case next := <-w.queue:
		b.patience -= time.Since(waiting)
		return next
	case <-w.patience.C:
		b.patience = 0
		return nil
	}
}

// refuse fails the writes that were gathered and all that wait behind them: what keeps one
// from beginning, such as another process that holds the file, would keep each of them
// waiting as long. Those who are told may try again at once, so what comes then is not
// among them.
func (w *writer) refuse(err error) {
	for range len(w.queue) { // nobody else receives
		w.gathered = append(w.gathered, <-w.queue)
	}
	refused := w.gathered
	w.gathered = nil
	for _, wr := range refused {
		if wr.state.CompareAndSwap(waiting, started) {
			wr.err = err
			close(wr.done)
		}
	}
}

// apply runs one write of a batch. If it fails, what it has written is undone and the
// others go on.
func (w *writer) apply(b *batch, wr *write) {
	b.writes = append(b.writes, wr)
	t := &tx{queries: w.db, batch: b}
	if !wr.single && !failpoint.Planted(failpoint.NoSavepoint) {
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

// undo takes back what a write has done that failed, and returns an error if that failure
// was such that the engine has given up the whole transaction, as on a full disk. What came
// after would be in no transaction at all.
//
// Nothing more can be written to a transaction in which SQLite has met damage, or could not read
// the disk; and a statement that did has perhaps changed a row and not its indices.
func (w *writer) undo(t *tx, failure error) error {
	if sqliteDamaged(failure) {
		return givenUp(failure)
	}
	if t.saved {
		if w.exec("ROLLBACK TO one") == nil && w.exec("RELEASE one") == nil {
			return nil
		}
	} else if inNone := w.exec("BEGIN") == nil; !inNone {
		return nil
	}
	return givenUp(failure)
}

// givenUp is for the others of a batch, whom the failure itself says nothing.
func givenUp(failure error) error {
	return fmt.Errorf("%w: the transaction was given up: %s", ErrUnavailable, failure.Error())
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
