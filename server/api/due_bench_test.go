package api

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"aula/locales"
	aulav1 "aula/proto/aula/v1"
	"aula/server/schedule"
	"aula/server/store"
)

var mostReviews = flag.Int("reviews", 1_000_000, "how many reviews BenchmarkListDueCards has in its largest database, such as 10000000")

const (
	ownCards = 50_000
	atSchool = "01" // the learner who has them
)

// studying is a server with a learner who has 50,000 cards, 500 of them due today, among others
// who together have made so many reviews.
type studying struct {
	studyService
	ctx     context.Context
	reviews int
	first   time.Duration // the first call
	cpu     time.Duration // of all rounds
	calls   int
}

// list answers a call, down to its wire form.
func (s *studying) list(b *testing.B, req *aulav1.ListDueCardsRequest) {
	resp, err := s.ListDueCards(s.ctx, req)
	if err == nil {
		_, err = proto.Marshal(resp)
	}
	if err != nil || len(resp.GetCards()) != 20 || resp.GetCounts().GetDue() != 200 || resp.GetCounts().GetNew() != 20 {
		b.Fatal(resp.GetCounts(), err)
	}
}

var benchNow = time.Date(2026, 11, 25, 15, 0, 0, 0, time.UTC)

// bigSet is a set with more questions than the learner has cards.
func bigSet() *aulav1.QuestionSet {
	set := &aulav1.QuestionSet{Id: "big", Title: map[string]string{"en": "Big", "es": "Grande"}, Language: "en"}
	for i := range ownCards + 1000 {
		set.Questions = append(set.Questions, &aulav1.Question{
			Id: fmt.Sprint("q", i), Fact: fmt.Sprint("f", i/2), Text: map[string]string{"en": fmt.Sprint("What is ", i, "?"), "es": fmt.Sprint("¿Qué es ", i, "?")},
			Kind: &aulav1.Question_Card{Card: &aulav1.CardQuestion{Back: map[string]string{"en": "A number.", "es": "Un número."}}},
		})
	}
	return set
}

// seedLearner fills a database with the set, the learner and their cards.
func seedLearner(b *testing.B, file string) {
	db, err := store.Open(b.Context(), file)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	profile := &aulav1.Learner{
		Id: atSchool, Name: "Luz", Language: "es", TimeZone: "America/Guayaquil", RolloverHour: 4, NewPerDay: 20, ReviewsPerDay: 200,
		Scheduling: schedule.Default(), CreatedAt: timestamppb.New(benchNow),
	}
	if _, err := db.CreateLearner(b.Context(), profile, "", store.Key{ID: "k", Hash: []byte{1}}); err != nil {
		b.Fatal(err)
	}
	if _, _, err := db.Publish(b.Context(), bigSet(), benchNow); err != nil {
		b.Fatal(err)
	}
	raw := openRaw(b, file)
	defer raw.Close()
	tx, err := raw.BeginTx(b.Context(), nil)
	if err != nil {
		b.Fatal(err)
	}
	today := int32(benchNow.Unix() / 86400)
	random := rand.New(rand.NewPCG(1, 2))
	for i := range ownCards {
		days := int32(1 + random.IntN(99)) // ahead; 1 in 100 is due today
		if i%100 == 0 {
			days = 0
		}
		interval := days + 10
		due := time.Date(2026, 11, 25+int(days), 9, 0, 0, 0, time.UTC)
		state := &aulav1.CardState{
			Set: "big", Question: fmt.Sprint("q", i), Phase: aulav1.CardState_REVIEW, Stability: 20 + random.Float64()*50, Difficulty: 5,
			DueAt: timestamppb.New(due), ReviewedAt: timestamppb.New(due.AddDate(0, 0, -int(interval))), FirstDay: today - 300,
			LastDay: today + days - interval, Interval: interval, Reviews: 7, SchedulingVersion: 1,
		}
		encoded, err := proto.Marshal(state)
		if err != nil {
			b.Fatal(err)
		}
		if state.GetLastDay() >= today { // nothing was studied today yet
			state.LastDay = today - 1
		}
		if _, err := tx.ExecContext(b.Context(), `INSERT INTO cards VALUES ($1, 'big', $2, $3, 2, $4, $5, $6, $7, 0, FALSE, 0, 1, $8, 0, '', 0, '')`,
			atSchool, state.GetQuestion(), encoded, due.UnixMilli(), interval, state.GetFirstDay(), state.GetLastDay(), i+1); err != nil {
			b.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		b.Fatal(err)
	}
}

func openRaw(b *testing.B, file string) *sql.DB {
	raw, err := sql.Open("sqlite", "file:"+file+"?_pragma=synchronous(OFF)&_pragma=busy_timeout(5000)&_pragma=cache_size(-200000)")
	if err != nil {
		b.Fatal(err)
	}
	raw.SetMaxOpenConns(1)
	return raw
}

// seedOthers adds reviews to a database, up to the last of so many, and the cards that come of
// them: a learner for each 1000 reviews, with 100 cards.
func seedOthers(b *testing.B, file string, from, to int) {
	raw := openRaw(b, file)
	defer raw.Close()
	const numbers = `WITH RECURSIVE n (i) AS (SELECT $1 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $2) `
	for _, statement := range []string{
		numbers + `INSERT INTO learners SELECT printf('L%08d', i / 1000), x'0a00', NULL, 0, 1000 FROM n WHERE i % 1000 = 0`,
		numbers + `INSERT INTO reviews SELECT printf('L%08d', i / 1000), printf('%08x-0000-4000-8000-%012x', abs(random()) % 4294967296, i), i % 1000,
			'phone', 'big', 'q' || (i % 100), NULL, 1700000000000 + i, 20000 + i % 1000, randomblob(120) FROM n`,
		numbers + `INSERT INTO cards SELECT printf('L%08d', i / 1000), 'big', 'q' || (i % 100), randomblob(90), 2, 1764000000000 + 86400000 * (i % 300), 12,
			20000, 20400, 0, FALSE, 0, 1, i, 0, '', 0, '' FROM n WHERE i % 1000 < 100`,
	} {
		if _, err := raw.ExecContext(b.Context(), statement, from, to); err != nil {
			b.Fatal(err)
		}
	}
}

func copyFile(b *testing.B, from, to string) {
	in, err := os.Open(from)
	if err != nil {
		b.Fatal(err)
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := io.Copy(out, in); err != nil {
		b.Fatal(err)
	}
	if err := out.Close(); err != nil {
		b.Fatal(err)
	}
}

// grown serves databases with more and more reviews.
func grown(b *testing.B) (all []*studying) {
	bundle, err := locales.Shipped()
	if err != nil {
		b.Fatal(err)
	}
	file, before := filepath.Join(b.TempDir(), "0.db"), 0
	seedLearner(b, file)
	for reviews := 10_000; reviews <= *mostReviews; reviews *= 10 {
		seedOthers(b, file, before, reviews)
		before = reviews
		served := file
		if reviews*10 <= *mostReviews {
			served = filepath.Join(b.TempDir(), "served.db")
			copyFile(b, file, served)
		}
		db, err := store.Open(b.Context(), served)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { db.Close() })
		server, err := New(Config{Store: db, Locales: bundle, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return benchNow }})
		if err != nil {
			b.Fatal(err)
		}
		profile, err := db.Learner(b.Context(), atSchool)
		if err != nil {
			b.Fatal(err)
		}
		l, err := newLearner(profile, "k")
		if err != nil {
			b.Fatal(err)
		}
		c := server.newCaller(b.Context())
		c.identity = identity{role: aulav1.AccessKey_LEARNER, learner: l}
		c.speakTo(l)
		all = append(all, &studying{studyService: studyService{Server: server}, ctx: withCaller(b.Context(), c), reviews: reviews})
	}
	return all
}

func cpuTime(b *testing.B) time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// BenchmarkListDueCards tells the processor time of a call for a learner with 50,000 cards in
// databases of different sizes, in rounds that take turns, and the first call of all.
func BenchmarkListDueCards(b *testing.B) {
	all := grown(b)
	for _, s := range all {
		start := time.Now()
		s.list(b, &aulav1.ListDueCardsRequest{})
		s.first = time.Since(start)
	}
	const round = 20
	req := &aulav1.ListDueCardsRequest{}
	b.ReportAllocs()
	for b.Loop() {
		for _, i := range rand.Perm(len(all)) {
			s := all[i]
			before := cpuTime(b)
			for range round {
				s.list(b, req)
			}
			s.cpu += cpuTime(b) - before
			s.calls += round
		}
	}
	first := float64(all[0].cpu) / float64(all[0].calls)
	for _, s := range all {
		each := float64(s.cpu) / float64(s.calls)
		name := fmt.Sprintf("1e%d", len(fmt.Sprint(s.reviews))-1)
		b.ReportMetric(each/1e6, "cpu-ms/"+name)
		b.ReportMetric(each/first, "ratio/"+name)
		b.ReportMetric(float64(s.first.Milliseconds()), "first-ms/"+name)
	}
}
