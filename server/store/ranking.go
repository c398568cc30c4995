package store

import (
	"context"
	"database/sql"
	"errors"
	"sync"
)

// rankings holds the order of every set's standings in memory, so that a rank costs a
// search and not a count. The tables remain the truth: what is here is read from them in
// the background, and until it is, they are asked.
//
// Memory can be trusted only where all changes are this process's own. On PostgreSQL
// others may write, so there is no ranking; on SQLite forgetRankings starts over once
// another process has.
type rankings struct {
	mu    sync.Mutex
	sets  map[string]*ranking
	feeds map[string]*feed

	// What runs in the background ends when the store closes.
	ctx     context.Context
	cancel  context.CancelFunc
	running sync.WaitGroup
	loading sync.Mutex // one set is read at a time, on one connection
}

func newRankings() *rankings {
	all := &rankings{sets: map[string]*ranking{}, feeds: map[string]*feed{}}
	all.ctx, all.cancel = context.WithCancel(context.Background())
	return all
}

// close ends what runs in the background. It may be called again.
func (all *rankings) close() {
	all.mu.Lock()
	all.cancel() // under the lock: nothing is started from here on
	all.mu.Unlock()
	all.running.Wait()
}

// start runs f in the background. The lock is held.
func (all *rankings) start(f func()) {
	if all.ctx.Err() == nil {
		all.running.Go(f)
	}
}

// ranking is what memory knows of one set's standings.
type ranking struct {
	set string

	mu       sync.RWMutex
	state    state
	order    order    // once loaded
	missed   []change // committed while loading
	changes  uint64   // counts all that happened; what was read before one is not kept after it
	top      *Top     // nil where it has to be read
	known    map[string]*Standing
	topReads sync.Mutex // one reads, the others wait for it
}

type state int

const (
	unloaded state = iota
	loading
	forgotten // while loading: what is being read is not to be trusted
	loaded
)

// maxKnown bounds how many participants' standings are kept: those asked for lately.
const maxKnown = 1 << 14

// change is what happens to a participant's place in the order.
type change struct {
	was *place // nil for a new participant
	is  *place // nil for one who is gone
}

// ranking returns what memory knows of a set, and nil where only the tables may be asked.
func (s *Store) ranking(set string) *ranking {
	if s.tx != nil || s.dialect.shared {
		return nil
	}
	all := s.rankings
	all.mu.Lock()
	defer all.mu.Unlock()
	r := all.sets[set]
	if r == nil {
		r = &ranking{set: set, known: map[string]*Standing{}}
		all.sets[set] = r
	}
	if r.begin() {
		all.start(func() { s.load(r) })
	}
	return r
}

// loadRankings has the order of every set read in the background.
func (s *Store) loadRankings() {
	if s.dialect.shared {
		return
	}
	all := s.rankings
	all.mu.Lock()
	defer all.mu.Unlock()
	all.start(func() {
		var sets []string
		err := s.rows(all.ctx, `SELECT id FROM sets`, nil, func(rows *sql.Rows) error {
			var id string
			err := rows.Scan(&id)
			sets = append(sets, id)
			return err
		})
		if err != nil {
			return // whoever asks for a set has it read
		}
		for _, set := range sets {
			s.ranking(set)
		}
	})
}

// forgetRankings drops all that memory knows and has it read again: another process has
// changed the database.
func (s *Store) forgetRankings() {
	all := s.rankings
	all.mu.Lock()
	defer all.mu.Unlock()
	for _, r := range all.sets {
		r.forget()
		if r.begin() {
			all.start(func() { s.load(r) })
		}
	}
	for _, f := range all.feeds {
		f.touch()
	}
}

// load reads a set's order.
//
// What commits meanwhile is not lost: from begin on, changes are noted (missed), and
// played onto what was read. A change that committed before begin is in what is read,
// because reading starts later. One noted may be in it or not, and playing it is right
// either way. Take a participant whose places were a, b, c in turn; the changes noted are
// the last few of (none to a), (a to b), (b to c), in the order of their commits, and what
// was read holds one of the places before, between or after them. To play a change takes
// its old place out and puts its new one in, each only if that is not so already. So after
// the last one c is in, having been put there; a and b are out, each having been taken out
// by the change that left it, after the last that could put it in; and a place that left
// before the first change noted was not read. It is the same for a participant who is gone:
// the last change takes c out and puts nothing in. Places of other participants are never
// touched, for no two share one.
func (s *Store) load(r *ranking) {
	all := s.rankings
	all.loading.Lock()
	defer all.loading.Unlock()
	for {
		var o order
		err := s.rows(all.ctx, `SELECT points, finished_at, tie FROM standings WHERE set_id = $1
			ORDER BY points DESC, finished_at, tie`, []any{r.set}, func(rows *sql.Rows) error {
			if o.size%chunkSize == 0 && r.is(forgotten) {
				return errStale
			}
			var p place
			err := rows.Scan(&p.points, &p.finishedAt, &p.tie)
			o.append(p)
			return err
		})
		if r.finish(o, err) {
			return
		}
	}
}

var errStale = errors.New("store: another process changed what is being read")

// begin starts to note changes, and reports whether the order has to be read.
func (r *ranking) begin() bool {
	if !r.is(unloaded) { // as almost always, and then many may ask at once
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.state != unloaded {
		return false
	}
	r.state = loading
	return true
}

func (r *ranking) is(state state) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.state == state
}

// finish takes over what was read, and reports whether that is all. After an error the
// next one who asks has it read again.
func (r *ranking) finish(o order, err error) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.state == forgotten:
		r.state, r.missed = loading, nil
		return false
	case err != nil:
		r.state, r.missed = unloaded, nil
		return true
	}
	r.state, r.order = loaded, o
	for _, c := range r.missed {
		r.order.play(c)
	}
	r.missed = nil
	return true
}

func (o *order) play(c change) {
	if c.was != nil {
		o.remove(*c.was)
	}
	if c.is != nil {
		o.insert(*c.is)
	}
}

func (r *ranking) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.changes++
	r.top = nil
	clear(r.known)
	switch r.state {
	case loading:
		r.state = forgotten
	case loaded:
		r.state, r.order = unloaded, order{}
	case unloaded, forgotten: // there is nothing yet
	}
}

// changed notes a standing that was committed, nil for one that is gone. It is called in the
// order of commits.
func (all *rankings) changed(set, participant string, c change, st *Standing) {
	all.mu.Lock()
	r := all.sets[set]
	all.mu.Unlock()
	if r != nil { // else nothing was read yet, and what will be has it
		r.changed(participant, c, st)
	}
	all.mu.Lock()
	f := all.feeds[set] // only now: whoever comes to watch from here on reads what changed
	all.mu.Unlock()
	if f != nil {
		f.touch()
	}
}

func (r *ranking) changed(participant string, c change, st *Standing) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.changes++
	r.keep(participant, st)
	if r.top != nil && r.top.reaches(c) {
		r.top = nil
	}
	switch r.state {
	case loaded:
		r.order.play(c)
	case loading:
		r.missed = append(r.missed, c)
	case unloaded, forgotten: // what will be read has it
	}
}

// reaches reports whether a change is to be seen among the rows.
func (t *Top) reaches(c change) bool {
	if len(t.Rows) < TopRows {
		return true
	}
	last := t.Rows[len(t.Rows)-1].place()
	return c.is != nil && c.is.compare(last) <= 0 || c.was != nil && c.was.compare(last) <= 0
}

// keep remembers a participant's standing, nil for none. The lock is held.
func (r *ranking) keep(participant string, st *Standing) {
	if len(r.known) >= maxKnown {
		for other := range r.known { // any one: it is read again when asked for
			delete(r.known, other)
			break
		}
	}
	r.known[participant] = st
}

// lookUp returns a participant's standing if it is known, and else how many changes there
// were before it is read.
func (r *ranking) lookUp(participant string) (st *Standing, known bool, changes uint64) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	st, known = r.known[participant]
	return st, known, r.changes
}

// keepRead remembers what was read unless something has changed since.
func (r *ranking) keepRead(participant string, st *Standing, changes uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.changes == changes {
		r.keep(participant, st)
	}
}

// rank returns the rank of a standing's place. It is not known for one that memory does not
// have, yet or any more: what was read of a standing may be newer or older than the order.
func (r *ranking) rank(p place) (rank int, known bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	before, found := r.order.rank(p)
	return before + 1, found && r.state == loaded
}

func (r *ranking) total() (total int, known bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.order.size, r.state == loaded
}

func (r *ranking) currentTop() (top *Top, changes uint64) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.top, r.changes
}

// sharedTop returns the head of the standings, which read reads where it is not known.
func (r *ranking) sharedTop(read func() (*Top, error)) (*Top, error) {
	top, _ := r.currentTop()
	if top != nil {
		return top, nil
	}
	r.topReads.Lock()
	defer r.topReads.Unlock()
	top, changes := r.currentTop()
	if top != nil {
		return top, nil
	}
	top, err := read()
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.changes == changes {
		r.top = top
	}
	return top, nil
}
