package store

import (
	"context"
	"sync"
	"time"
)

// pace is how often at most those who watch are told.
const pace = time.Second

// Watch follows the standings of a set. Any number of watches of a set share what they
// cost: while nothing changes a watch is a channel to wait on.
type Watch struct {
	s    *Store
	set  string
	feed *feed
}

// Pulse is a change of the standings, or all the changes of a second.
type Pulse struct {
	done chan struct{}
	at   time.Time
}

// Done returns a channel that is closed once the change is there to be read.
func (p *Pulse) Done() <-chan struct{} { return p.done }

// At is when it was told. Only to be called once Done is closed. Those of a set are at
// least a second apart.
func (p *Pulse) At() time.Time { return p.at }

// feed tells all who watch a set.
type feed struct {
	watches int // guarded by rankings.mu, as is being in rankings.feeds
	stop    context.CancelFunc
	changed chan struct{} // holds one where there is something to tell

	mu   sync.Mutex
	next *Pulse
	head *head // as last read, where memory cannot be trusted
}

// head is what watches show of a set that other processes write to, too.
type head struct {
	top   *Top
	total int
	sum   int64 // of all points
	who   int64 // says who they are, nearly certainly: a sum of all ties
}

// Watch begins to follow a set that exists. Close ends it.
func (s *Store) Watch(set string) *Watch {
	all := s.rankings
	all.mu.Lock()
	defer all.mu.Unlock()
	f := all.feeds[set]
	if f == nil {
		f = &feed{changed: make(chan struct{}, 1), next: &Pulse{done: make(chan struct{})}}
		all.feeds[set] = f
		ctx, stop := context.WithCancel(all.ctx)
		f.stop = stop
		all.start(func() { s.feed(ctx, set, f) })
	}
	f.watches++
	return &Watch{s: s, set: set, feed: f}
}

// Close ends the watch. It is called once.
func (w *Watch) Close() {
	all := w.s.rankings
	all.mu.Lock()
	defer all.mu.Unlock()
	if w.feed.watches--; w.feed.watches == 0 {
		w.feed.stop()
		delete(all.feeds, w.set)
	}
}

// Next returns the next change. Ask for it before reading, so that none is missed.
func (w *Watch) Next() *Pulse {
	w.feed.mu.Lock()
	defer w.feed.mu.Unlock()
	return w.feed.next
}

// Top is Store.Top of the set, shared by all who watch it: on PostgreSQL it is up to a
// second old.
func (w *Watch) Top(ctx context.Context) (top *Top, total int, err error) {
	w.feed.mu.Lock()
	h := w.feed.head
	w.feed.mu.Unlock()
	if h != nil {
		return h.top, h.total, nil
	}
	return w.s.Top(ctx, w.set)
}

// touch notes that there is something to tell.
func (f *feed) touch() {
	select {
	case f.changed <- struct{}{}:
	default: // noted already
	}
}

// pulse tells all who wait, and has them wait for the next.
func (f *feed) pulse(h *head) {
	f.mu.Lock()
	told := f.next
	f.next, f.head = &Pulse{done: make(chan struct{})}, h
	f.mu.Unlock()
	told.at = time.Now()
	close(told.done)
}

// feed tells changes at its pace, until the last watch of the set is closed. A change
// after a quiet second is told at once.
func (s *Store) feed(ctx context.Context, set string, f *feed) {
	var last *head
	for {
		if s.dialect.shared {
			// Others may have written. A database that is out of reach is asked again.
			if h, err := s.readHead(ctx, set, last); err == nil && h != last {
				last = h
				f.pulse(h)
			}
		} else {
			select {
			case <-ctx.Done():
				return
			case <-f.changed:
				f.pulse(nil)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pace):
		}
	}
}

// readHead returns what watches show, and last itself where nothing has changed since:
// a standing that enters raises the count, one that is bettered the sum, and one that takes
// the place of another has another tie.
func (s *Store) readHead(ctx context.Context, set string, last *head) (*head, error) {
	h := &head{}
	err := s.row(ctx, `SELECT COUNT(*), CAST(COALESCE(SUM(points), 0) AS BIGINT), CAST(COALESCE(SUM(tie % 1000000007), 0) AS BIGINT)
		FROM standings WHERE set_id = $1`, []any{set}, &h.total, &h.sum, &h.who)
	if err != nil || last != nil && last.total == h.total && last.sum == h.sum && last.who == h.who {
		return last, err
	}
	if h.top, err = s.readTop(ctx, set); err != nil {
		return last, err
	}
	h.total = max(h.total, len(h.top.Rows)) // some may have entered in between
	return h, nil
}
