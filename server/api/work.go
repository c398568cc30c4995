package api

import (
	"context"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"google.golang.org/grpc/codes"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats"
)

// Loads and exports are read, checked and written in memory, and take all of a processor
// while answers go on beside them: so many are done at once, and the others wait. Moving a
// file takes no such place: what was received of files, and what is yet to be sent, may wait
// in memory, up to maxSpooled bytes of all files each way.
const (
	maxLoads   = 2
	maxExports = 4
	maxSpooled = 2 * formats.MaxFile
)

// work is what loads and exports take of the server.
type work struct {
	loads, exports chan struct{} // holds one for each under way
	received, sent room          // for files that come, and for those that go
	forecasts      chan struct{} // holds one for each under way

	mu    sync.Mutex
	spare int // loads and exports for which memory is spared
	usual int // the percentage at which garbage is collected while there are none
}

// sparing is how far, in per cent, the heap may grow beyond what is in use while files are
// in memory. A server lets its small heap grow further: with a set of 100,000 questions in
// it that would be gigabytes.
const sparing = 25

func newWork() *work {
	return &work{
		loads: make(chan struct{}, maxLoads), exports: make(chan struct{}, maxExports), forecasts: make(chan struct{}, maxForecasts),
	}
}

// enter waits for its turn. What it returns is called at the end. Errors: SERVER_STOPPING.
func (s *Server) enter(ctx context.Context, places chan struct{}) (leave func(), err error) {
	select {
	case places <- struct{}{}:
		s.work.spareMemory()
		return func() {
			s.work.spendMemory()
			<-places
		}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-s.stopping:
		return nil, stopping()
	}
}

func (w *work) spareMemory() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.spare++; w.spare == 1 {
		w.usual = debug.SetGCPercent(sparing)
	}
}

func (w *work) spendMemory() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.spare--; w.spare == 0 {
		debug.SetGCPercent(w.usual)
	}
}

// room is memory for files.
type room struct{ taken atomic.Int64 }

// take takes room for n bytes, to be given back with a negative n. Errors: OVERLOADED.
func (r *room) take(n int) error {
	if r.taken.Add(int64(n)) > maxSpooled && n > 0 {
		r.taken.Add(int64(-n))
		return fail(codes.ResourceExhausted, aulav1.ErrorReason_OVERLOADED)
	}
	return nil
}
