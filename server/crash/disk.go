package main

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// disk is a folder that stands on a file system of this process, which knows what was synced
// and can be made to fail.
type disk struct {
	folder string // where the file system keeps its files
	at     string // where it is mounted
	state  *durable
	faults faults
	unused func() error // unmounts it
}

// faults is what goes wrong.
type faults struct {
	full     atomic.Bool
	readOnly atomic.Bool
	slow     atomic.Int64 // nanoseconds that a sync takes
	oneIn    atomic.Int64 // of so many reads and writes one fails, and more of the syncs; 0 for none

	mu     sync.Mutex
	random *rand.Rand
}

// strike reports whether an operation fails by chance, one in so many.
func (f *faults) strike(n int64) bool {
	if n == 0 {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.random.Int64N(n) == 0
}

// changing is the error of something that changes the disk, and makes it so many bytes larger.
func (f *faults) changing(grows bool) syscall.Errno {
	switch {
	case f.readOnly.Load():
		return syscall.EROFS
	case grows && f.full.Load():
		return syscall.ENOSPC
	case f.strike(f.oneIn.Load()):
		return syscall.EIO
	}
	return 0
}

// syncing takes as long as a sync does, and is its error. One whose caller is killed does not
// come about.
func (f *faults) syncing(ctx context.Context) syscall.Errno {
	select {
	case <-ctx.Done():
		return syscall.EINTR
	case <-time.After(time.Duration(f.slow.Load())):
	}
	if f.strike((f.oneIn.Load() + 9) / 10) {
		return syscall.EIO
	}
	return 0
}

// none ends all faults.
func (f *faults) none() {
	f.full.Store(false)
	f.readOnly.Store(false)
	f.slow.Store(0)
	f.oneIn.Store(0)
}
