package store_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"aula/server/store"
	"aula/server/store/pgtest"
)

// BenchmarkAnswersOnPostgres is how many answers a second are on the disk of a PostgreSQL with its
// default settings, with one transaction each and written together, from as many learners who
// each wait for one before the next. The two take turns, since a machine is not always as fast.
func BenchmarkAnswersOnPostgres(b *testing.B) {
	if os.Getenv("AULA_TEST_POSTGRES") == "" {
		b.Skip("set AULA_TEST_POSTGRES=1 to measure PostgreSQL")
	}
	server, err := pgtest.New()
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = server.Remove() }()
	var stores [2]*store.Store
	for i := range stores {
		if stores[i], err = store.Open(b.Context(), pgtest.URL("postgres", server)); err != nil {
			b.Fatal(err)
		}
		defer stores[i].Close()
	}
	alone, together := stores[0], stores[1]
	store.WriteAlone(alone)
	var commits, writes atomic.Int64
	together.Observe.Commit = func(n int, _ time.Duration) {
		if n > 1 {
			commits.Add(1)
			writes.Add(int64(n))
		}
	}
	if _, _, err := together.Publish(b.Context(), aSet("birds", "Birds"), now); err != nil {
		b.Fatal(err)
	}
	for _, submitters := range []int{64, 256} {
		b.Run(fmt.Sprintf("submitters=%d", submitters), func(b *testing.B) {
			const rounds = 5
			var one, many []float64
			for b.Loop() {
				for range rounds {
					one = append(one, answersPerSecond(b, alone, submitters))
					many = append(many, answersPerSecond(b, together, submitters))
				}
			}
			slices.Sort(one)
			slices.Sort(many)
			median := func(sorted []float64) float64 { return sorted[len(sorted)/2] }
			b.ReportMetric(median(one), "alone/s")
			b.ReportMetric(median(many), "together/s")
			b.ReportMetric(float64(writes.Load())/float64(commits.Load()), "answers/commit")
			b.ReportMetric(median(many)/median(one), "ratio")
		})
	}
}

// answersPerSecond has learners answer for two seconds, each an attempt of a hundred questions,
// or several.
func answersPerSecond(b *testing.B, s *store.Store, learners int) float64 {
	const length, attempts = 100, 5
	of := make([][attempts]string, learners)
	atOnce(learners, func(i int) {
		for j := range of[i] {
			of[i][j] = anEmptyAttempt(b, s)
		}
	})
	var given atomic.Int64
	ctx, cancel := context.WithTimeout(b.Context(), 2*time.Second)
	defer cancel()
	begun := time.Now()
	atOnce(learners, func(learner int) {
		answer := anAnswer("", "", "", 5)
		for i := 0; i < attempts*length && ctx.Err() == nil; i++ {
			answer.Attempt, answer.Question, answer.RequestID = of[learner][i/length], fmt.Sprint("question-", i%length), uuid.NewString()
			added, err := s.AddAnswers(b.Context(), store.Submission{Answer: answer, Grade: oneTry})
			if err != nil || added[0].Err != nil {
				b.Error(err, added)
			}
			given.Add(1)
		}
	})
	return float64(given.Load()) / time.Since(begun).Seconds()
}

func anEmptyAttempt(b *testing.B, s *store.Store) string {
	id := uuid.NewString()
	_, err := s.CreateAttempt(b.Context(), store.Attempt{ID: id, Set: "birds", Revision: 1, Participant: id, StartedAt: now})
	if err != nil {
		b.Error(err)
	}
	return id
}
