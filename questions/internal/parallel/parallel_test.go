package parallel_test

import (
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
