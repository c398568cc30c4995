// Package parallel spreads work on many questions over the cores.
package parallel

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
)

// block is how many neighbours one goroutine takes at a time: what can be done to so few
// is done before another core would have woken up.
const block = 64

// Each calls do for 0 to n-1, in any order and at the same time, and waits for all of them.
// Where do panics, so does Each: on its caller's goroutine, which may know what to do.
func Each(n int, do func(i int)) { Until(context.Background(), n, do) }

// Until is Each that goes no further once ctx is over, which is for its caller to see.
func Until(ctx context.Context, n int, do func(i int)) {
	workers := min(runtime.GOMAXPROCS(0), (n+block-1)/block)
	if workers <= 1 {
		for i := 0; i < n && ctx.Err() == nil; i++ {
			do(i)
		}
		return
	}
	var next atomic.Int64
	var failed atomic.Pointer[any]
	work := func() {
		defer func() {
			if p := recover(); p != nil {
				failed.CompareAndSwap(nil, &p)
			}
		}()
		for failed.Load() == nil && ctx.Err() == nil {
			end := int(next.Add(block))
			for i := end - block; i < min(end, n); i++ {
				do(i)
			}
			if end >= n {
				return
			}
		}
	}
	var group sync.WaitGroup
	for range workers {
		group.Go(work)
	}
	group.Wait()
	if p := failed.Load(); p != nil {
		panic(*p)
	}
}
