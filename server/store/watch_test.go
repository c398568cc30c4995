package store

import (
	"testing"
	"testing/synctest"
	"time"
)

// However fast changes come they are told at most once a second, the first at once and the
// last one for sure.
func TestPulses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &Store{dialect: embedded, rankings: newRankings()}
		defer s.rankings.close()
		watch, twin := s.Watch("birds"), s.Watch("birds")
		defer watch.Close()
		defer twin.Close()
		time.Sleep(time.Hour)
		start := time.Now()
		go func() {
			for range 35 {
				watch.feed.touch()
				time.Sleep(100 * time.Millisecond)
			}
		}()
		var told []time.Duration
		for range 5 {
			next := watch.Next()
			if twin.Next() != next {
				t.Error("two watches wait for different changes")
			}
			<-next.Done()
			told = append(told, next.At().Sub(start))
		}
		for i, at := range told {
			if at != time.Duration(i)*time.Second {
				t.Errorf("changes were told at %v", told)
				break
			}
		}
		next := watch.Next()
		select {
		case <-next.Done():
			t.Error("told a change that never was")
		case <-time.After(time.Hour):
		}
		watch.feed.touch()
		touched := time.Now()
		if <-next.Done(); next.At() != touched {
			t.Errorf("after a quiet hour a change was told %v late", next.At().Sub(touched))
		}
	})
}

// The last watch takes what they share with it.
func TestLastWatchCloses(t *testing.T) {
	s := openRanked(t)
	first, second := s.Watch("birds"), s.Watch("birds")
	first.Close()
	if len(s.rankings.feeds) != 1 {
		t.Error("the second watch lost its feed")
	}
	second.Close()
	if len(s.rankings.feeds) != 0 {
		t.Error("nobody watches, and the feed is still there")
	}
	s.rankings.running.Wait() // for its goroutine
}
