package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	aulav1 "aula/proto/aula/v1"
)

// openRanked opens a database with a set "birds" whose order is in memory.
func openRanked(t testing.TB) *Store {
	t.Helper()
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "aula.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	set := &aulav1.QuestionSet{Id: "birds", Title: map[string]string{"en": "Birds"}}
	if _, _, err := s.Publish(t.Context(), set, time.UnixMilli(0)); err != nil {
		t.Fatal(err)
	}
	s.load1(t)
	return s
}

// load1 waits until the order of "birds" is in memory.
func (s *Store) load1(t testing.TB) {
	t.Helper()
	for range 3 { // a load that was under way may have been forgotten
		r := s.ranking("birds")
		s.rankings.running.Wait()
		if _, known := r.total(); known {
			return
		}
	}
	t.Fatal("the order is not loaded")
}

// enterAs enters a standing as a finish does.
func (s *Store) enterAs(ctx context.Context, participant string, points int32, at int64) error {
	return s.Tx(ctx, func(s *Store) error {
		return s.enter(ctx, "birds", participant, Standing{
			Name: "Ana " + participant, Points: points, MaxPoints: 1000, FinishedAt: fromMillis(at), tie: tieOf(participant),
		})
	})
}

// table is the order as the table has it.
func (s *Store) table(t testing.TB) (places []place) {
	t.Helper()
	standings, err := s.Leaderboard(t.Context(), "birds", Cursor{}, 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	for _, st := range standings {
		places = append(places, st.place())
	}
	return places
}

// wantAsTable compares memory with the tables, which are also asked inside a transaction.
func (s *Store) wantAsTable(t testing.TB) {
	t.Helper()
	s.load1(t)
	r := s.ranking("birds")
	if got, want := r.order.all(), s.table(t); !slices.Equal(got, want) {
		t.Fatalf("memory holds %d places\n%v\nthe table %d\n%v", len(got), got, len(want), want)
	}
	for participant, kept := range r.known {
		st, err := s.readStanding(t.Context(), "birds", participant)
		if kept == nil && err == nil || kept != nil && (err != nil || *kept != st) {
			t.Errorf("of %s memory knows %+v, the table %+v, %v", participant, kept, st, err)
		}
	}
	if r.top == nil {
		return
	}
	if top, err := s.readTop(t.Context(), "birds"); err != nil || !slices.Equal(r.top.Rows, top.Rows) {
		t.Errorf("the head in memory is\n%v\nin the table\n%v, %v", r.top.Rows, top, err)
	}
}

// What load says of the changes that commit while it reads: whichever of them what was
// read holds already, playing all of them onto it gives the order as it is now.
func TestChangesWhileLoading(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		after := []map[string]place{{}} // the standings after so many commits
		var changes []change
		for range rapid.IntRange(0, 40).Draw(t, "commits") {
			who := rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(t, "who")
			standings := maps.Clone(after[len(after)-1])
			c := change{is: &place{points: 1, tie: tieOf(who)}}
			if was, ok := standings[who]; ok {
				c.was = &was
				c.is.points = was.points + 1
			}
			if c.was != nil && rapid.Bool().Draw(t, "leaves") {
				c.is = nil
				delete(standings, who)
			} else {
				standings[who] = *c.is
			}
			after, changes = append(after, standings), append(changes, c)
		}
		begin := rapid.IntRange(0, len(changes)).Draw(t, "begin")
		read := rapid.IntRange(begin, len(changes)).Draw(t, "read")
		sorted := func(standings map[string]place) (places []place) {
			for _, p := range standings {
				places = append(places, p)
			}
			slices.SortFunc(places, place.compare)
			return places
		}
		var o order
		for _, p := range sorted(after[read]) {
			o.append(p)
		}
		for _, c := range changes[begin:] {
			o.play(c)
		}
		if got, want := o.all(), sorted(after[len(changes)]); !slices.Equal(got, want) {
			t.Fatalf("loaded %v, want %v", got, want)
		}
	})
}

// enterAll enters standings, the points of each participant.
func (s *Store) enterAll(t testing.TB, points map[string]int32) {
	t.Helper()
	for who, points := range points {
		if err := s.enterAs(t.Context(), who, points, 1); err != nil {
			t.Fatal(err)
		}
	}
}

// The same with real commits: of those while the order is read, some are in what was read.
// Until it is there the tables tell the rank.
func TestCommitsWhileLoading(t *testing.T) {
	s := openRanked(t)
	s.enterAll(t, map[string]int32{"a": 1, "b": 2, "c": 3})
	r := s.ranking("birds")
	r.forget()
	if !r.begin() {
		t.Fatal("somebody else loads")
	}
	s.enterAll(t, map[string]int32{"a": 4, "d": 5})
	var o order
	for _, p := range s.table(t) {
		o.append(p)
	}
	s.enterAll(t, map[string]int32{"a": 6, "b": 7, "e": 0})
	if _, rank, err := s.Standing(t.Context(), "birds", "a"); err != nil || rank != 2 {
		t.Errorf("while the order is loading a is number %d, %v", rank, err)
	}
	if !r.finish(o, nil) {
		t.Error("what was read was not taken over")
	}
	s.wantAsTable(t)
	s.enterAll(t, map[string]int32{"a": 8, "f": 2})
	s.wantAsTable(t)
}

// What was read before a change is not taken for what is so after it.
func TestReadsThatAreOvertaken(t *testing.T) {
	s := openRanked(t)
	s.enterAll(t, map[string]int32{"a": 1, "b": 2})
	r := s.ranking("birds")

	_, _, changes := r.lookUp("nobody yet")
	s.enterAll(t, map[string]int32{"nobody yet": 3})
	r.keepRead("nobody yet", nil, changes)
	old, err := r.sharedTop(func() (*Top, error) {
		top, err := s.readTop(t.Context(), "birds")
		s.enterAll(t, map[string]int32{"a": 4})
		return top, err
	})
	if err != nil || len(old.Rows) != 3 {
		t.Errorf("read %v, %v", old, err)
	}
	if top, _, err := s.Top(t.Context(), "birds"); err != nil || top.Rows[0].Points != 4 {
		t.Errorf("the head is %v, %v", top, err)
	}
	s.wantAsTable(t)

	r.forget()
	if !r.begin() {
		t.Fatal("somebody else loads")
	}
	r.forget() // another process has changed what is being read
	if r.finish(order{}, nil) {
		t.Error("what was read before was taken over")
	}
	var o order
	for _, p := range s.table(t) {
		o.append(p)
	}
	if !r.finish(o, nil) {
		t.Error("what was read after was not taken over")
	}
	s.wantAsTable(t)
}

// While several write, others read and everything is forgotten again and again, and when
// the dust settles memory is as the tables are.
func TestRankingAmidChanges(t *testing.T) {
	s := openRanked(t)
	ctx := t.Context()
	var writers, others sync.WaitGroup
	done := make(chan struct{})
	for w := range 4 {
		writers.Go(func() {
			for i := range 150 {
				who := fmt.Sprint((w*37 + i*11) % 60)
				if err := s.enterAs(ctx, who, int32(rand.IntN(100)), int64(i)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	busy := func(f func() error) {
		others.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
					if err := f(); err != nil {
						t.Error(err)
						return
					}
				}
			}
		})
	}
	busy(func() error {
		_, rank, err := s.Standing(ctx, "birds", fmt.Sprint(rand.IntN(60)))
		if err == nil && (rank < 1 || rank > 60) {
			return fmt.Errorf("rank %d", rank)
		}
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		return err
	})
	busy(func() error {
		top, total, err := s.Top(ctx, "birds")
		if err == nil && total < len(top.Rows) {
			return fmt.Errorf("%d standings in all, %d shown", total, len(top.Rows))
		}
		return err
	})
	forgotten := 0
	busy(func() error {
		s.forgetRankings()
		forgotten++
		_, _, err := s.Top(ctx, "birds")
		return err
	})
	writers.Wait()
	close(done)
	others.Wait()
	if forgotten < 2 {
		t.Errorf("forgot only %d times", forgotten)
	}
	s.wantAsTable(t)
}

// A change that another process made is seen once memory is told to forget.
func TestForeignChange(t *testing.T) {
	name := filepath.Join(t.TempDir(), "aula.db")
	s, other := openFile(t, name), openFile(t, name)
	if err := publish(t.Context(), s, "Birds"); err != nil {
		t.Fatal(err)
	}
	s.load1(t)
	s.enterAll(t, map[string]int32{"mine": 10})
	if _, _, err := s.Standing(t.Context(), "birds", "theirs"); !errors.Is(err, ErrNotFound) {
		t.Errorf("before there is a standing: %v", err)
	}
	other.enterAll(t, map[string]int32{"theirs": 20, "mine": 11})
	watch := s.Watch("birds")
	defer watch.Close()
	next := watch.Next()
	s.forgetRankings()
	<-next.Done()
	if st, rank, err := s.Standing(t.Context(), "birds", "mine"); err != nil || rank != 2 || st.Points != 11 {
		t.Errorf("Standing = %+v, %d, %v", st, rank, err)
	}
	if st, rank, err := s.Standing(t.Context(), "birds", "theirs"); err != nil || rank != 1 || st.Points != 20 {
		t.Errorf("Standing = %+v, %d, %v", st, rank, err)
	}
	if top, total, err := watch.Top(t.Context()); err != nil || total != 2 || len(top.Rows) != 2 || top.Rows[0].Name != "Ana theirs" {
		t.Errorf("Top = %+v, %d, %v", top, total, err)
	}
}

// The head stays the same, and what was made of it good, until something in it changes.
func TestTopIsKept(t *testing.T) {
	s := openRanked(t)
	ctx := t.Context()
	enter := func(who string, points int32) {
		t.Helper()
		if err := s.enterAs(ctx, who, points, 1); err != nil {
			t.Fatal(err)
		}
	}
	top := func() *Top {
		t.Helper()
		top, _, err := s.Top(ctx, "birds")
		if err != nil {
			t.Fatal(err)
		}
		return top
	}
	for i := range TopRows + 10 {
		enter(fmt.Sprint("p", i), int32(100+i))
	}
	before := top()
	enter("low", 1)
	enter("p0", 101) // still below
	enter("p50", 2)  // not p50's best
	if top() != before || top().Rows[TopRows-1].Points != 110 {
		t.Error("a change below the head replaced it")
	}
	enter("low", 500)
	if now := top(); now == before || now.Rows[0].Name != "Ana low" || len(now.Rows) != TopRows {
		t.Error("a change at the top left the head as it was")
	}
	if before.Rows[0].Name == "Ana low" {
		t.Error("a head that was given out has changed")
	}
	s.wantAsTable(t)
}

// What is to run after the commit runs once and in order, and not after a rollback.
func TestAfterCommit(t *testing.T) {
	s := openRanked(t)
	var ran []string
	err := s.Tx(t.Context(), func(s *Store) error {
		s.afterCommit(func() { ran = append(ran, "first") })
		return s.Tx(t.Context(), func(s *Store) error { // part of the same transaction
			s.afterCommit(func() { ran = append(ran, "second") })
			if len(ran) > 0 {
				t.Errorf("%v ran before the commit", ran)
			}
			return nil
		})
	})
	if err != nil || !slices.Equal(ran, []string{"first", "second"}) {
		t.Errorf("ran %v, %v", ran, err)
	}
	_ = s.Tx(t.Context(), func(s *Store) error {
		s.afterCommit(func() { t.Error("it ran after a rollback") })
		return context.Canceled
	})
}

// ranked is a store with so many standings, of participants named by number.
func ranked(b *testing.B, n int) *Store {
	b.Helper()
	s := openRanked(b)
	_, err := s.writers.ExecContext(b.Context(), `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
		INSERT INTO standings SELECT 'birds', CAST(i AS TEXT), 'Ana ' || i, abs(random()) % 1170, 1170,
			1700000000000 + abs(random()) % 100000000000, abs(random()) FROM n`, n)
	if err != nil {
		b.Fatal(err)
	}
	s.forgetRankings()
	s.load1(b)
	return s
}

const million = 1_000_000

func BenchmarkStanding(b *testing.B) {
	for _, c := range []struct {
		name   string
		people int // who ask
	}{{"again", 1000}, {"first", million}} {
		b.Run(c.name, func(b *testing.B) {
			s := ranked(b, million)
			for b.Loop() {
				if _, _, err := s.Standing(b.Context(), "birds", fmt.Sprint(1+rand.IntN(c.people))); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkTop(b *testing.B) {
	s := ranked(b, million)
	for b.Loop() {
		if _, _, err := s.Top(b.Context(), "birds"); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLoad reads a million standings into memory, as a start does.
func BenchmarkLoad(b *testing.B) {
	s := ranked(b, million)
	for b.Loop() {
		s.forgetRankings()
		s.load1(b)
	}
}

// BenchmarkEnter enters standings among a million, with the commit.
func BenchmarkEnter(b *testing.B) {
	s := ranked(b, million)
	i := 0
	for b.Loop() {
		if err := s.enterAs(b.Context(), fmt.Sprint("x", i), int32(rand.IntN(1170)), int64(i)); err != nil {
			b.Fatal(err)
		}
		i++
	}
}
