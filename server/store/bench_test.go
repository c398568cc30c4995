package store_test

import (
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"

	"aula/server/store"
)

// BenchmarkAddAnswers is what an answer costs without gRPC: 256 learners answer at once,
// each an attempt of 100 questions after another, each answer on disk before the next.
func BenchmarkAddAnswers(b *testing.B) {
	s, err := store.Open(b.Context(), filepath.Join(b.TempDir(), "aula.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	if _, _, err := s.Publish(b.Context(), aSet("birds", "Birds"), now); err != nil {
		b.Fatal(err)
	}
	const learners, length = 256, 100
	var next atomic.Int64
	attempt := func() string {
		id := fmt.Sprintf("%015d-%010x", next.Add(1), uuid.New().ID())
		_, err := s.CreateAttempt(b.Context(), store.Attempt{ID: id, Set: "birds", Revision: 1, Participant: id, StartedAt: now})
		if err != nil {
			b.Error(err)
		}
		return id
	}
	answer := anAnswer("", "", "", 5)
	b.SetParallelism(learners / 2)
	b.ReportAllocs()
	before := cpu(b)
	b.RunParallel(func(pb *testing.PB) {
		id := ""
		for i := 0; pb.Next(); i++ {
			if i%length == 0 {
				id = attempt()
			}
			a := answer
			a.Attempt, a.Question, a.RequestID = id, fmt.Sprintf("question-%d", i%length), uuid.NewString()
			added, err := s.AddAnswers(b.Context(), store.Submission{Answer: a, Grade: oneTry})
			if err != nil || added[0].Err != nil {
				b.Errorf("%v, %v", added, err)
			}
		}
	})
	b.ReportMetric(float64((cpu(b)-before).Nanoseconds())/float64(b.N), "cpu-ns/op")
}

// BenchmarkLog is what reading an attempt of 20 answers costs: from memory, where it was
// asked for lately, and from the database.
func BenchmarkLog(b *testing.B) {
	file := filepath.Join(b.TempDir(), "aula.db")
	s, err := store.Open(b.Context(), file)
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	if _, _, err := s.Publish(b.Context(), aSet("birds", "Birds"), now); err != nil {
		b.Fatal(err)
	}
	const attempts = 1 << 15 // more than are kept
	ids := make([]string, attempts)
	var group sync.WaitGroup
	for share := range 256 {
		group.Go(func() {
			for i := share; i < attempts; i += 256 {
				ids[i] = fmt.Sprintf("%010x%06d", uuid.New().ID(), i)
				if err := anAttemptWith(b, s, ids[i], 20); err != nil {
					b.Error(err)
				}
			}
		})
	}
	group.Wait()
	read := func(b *testing.B, id func(i int) string) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			log, err := s.Log(b.Context(), id(i))
			if err != nil || len(log.Answers) != 20 {
				b.Fatal(log, err)
			}
		}
	}
	b.Run("kept", func(b *testing.B) { read(b, func(int) string { return ids[0] }) })
	b.Run("read", func(b *testing.B) { read(b, func(i int) string { return ids[i%attempts] }) })
}

// anAttemptWith starts an attempt and gives so many answers.
func anAttemptWith(b *testing.B, s *store.Store, id string, answers int) error {
	_, err := s.CreateAttempt(b.Context(), store.Attempt{ID: id, Set: "birds", Revision: 1, Participant: id, StartedAt: now})
	if err != nil {
		return err
	}
	var submissions []store.Submission
	for i := range answers {
		a := anAnswer(id, fmt.Sprintf("question-%d", i), uuid.NewString(), 5)
		submissions = append(submissions, store.Submission{Answer: a, Grade: oneTry})
	}
	_, err = s.AddAnswers(b.Context(), submissions...)
	return err
}

// cpu is the processor time this process has used.
func cpu(b *testing.B) time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
