package parallel_test

import (
	"context"
	"runtime"
	"sync/atomic"
	"testing"

	"aula/questions/internal/parallel"
)

func TestEach(t *testing.T) {
	for _, n := range []int{0, 1, 63, 64, 65, 1000, 12345} {
		done := make([]atomic.Int32, n)
		parallel.Each(n, func(i int) { done[i].Add(1) })
		for i := range done {
			if times := done[i].Load(); times != 1 {
				t.Fatalf("of %d, %d was done %d times", n, i, times)
			}
		}
	}
}

// Once its context is over, Until begins nothing more.
func TestUntil(t *testing.T) {
	for _, n := range []int{10, 10_000} {
		ctx, cancel := context.WithCancel(t.Context())
		var done atomic.Int32
		parallel.Until(ctx, n, func(int) {
			if done.Add(1) == 5 {
				cancel()
			}
		})
		if most := int32(5 + 64*runtime.GOMAXPROCS(0)); done.Load() < 5 || done.Load() > most && n > int(most) {
			t.Errorf("of %d, %d were done", n, done.Load())
		}
	}
}

// A panic is the caller's, who can recover from it.
func TestEachPanics(t *testing.T) {
	defer func() {
		if p := recover(); p != "at 700" {
			t.Errorf("the caller met %v", p)
		}
	}()
	parallel.Each(1000, func(i int) {
		if i == 700 {
			panic("at 700")
		}
	})
	t.Error("nothing panicked")
}
