package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"aula/server/failpoint"
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
// It commits in groups (batch.go): a sync costs as much for a hundred writes as for one, so
// whatever queued while the last commit was being synced goes into the next. Each write of
// several changes stands behind a savepoint of its own, and none is acknowledged before the
// commit that carries it is on disk.
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
	failpoint.Pass(failpoint.Enqueued)
	if err := w.await(ctx, wr); err != nil {
		return err
	}
	failpoint.Pass(failpoint.BeforeAcknowledgement)
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
			w.gathered = append(w.gathered, first)
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
