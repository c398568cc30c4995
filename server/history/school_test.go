package history

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"

	aulav1 "aula/proto/aula/v1"
	"aula/server/internal/live"
	"aula/server/store"
)

// kind is what a history is of.
type kind string

const (
	attempts kind = "attempts"
	cards    kind = "cards"
	boards   kind = "boards"
)

// school is one run: the servers, and all who call them.
type school struct {
	t                                  *testing.T
	ctx                                context.Context
	fail                               context.CancelCauseFunc // ends the run
	servers                            []*live.Server
	conns                              []*grpc.ClientConn
	stale                              *stale // nil but where one is planted
	name                               string // of the database
	began                              time.Time
	dir                                string // of pictures
	restarts, retried, abandoned, done atomic.Int64

	mu      sync.Mutex
	objects map[kind]int
	found   map[kind]int // that are not linearizable
	longest time.Duration
}

// open starts so many servers on one database.
func open(t *testing.T, db string, servers int, plant *stale) *school {
	t.Helper()
	s := &school{t: t, name: db, stale: plant, began: time.Now(), dir: *pictures, objects: map[kind]int{}, found: map[kind]int{}}
	s.ctx, s.fail = context.WithCancelCause(t.Context())
	go func() {
		select {
		case <-interrupted:
			s.fail(errors.New("interrupted"))
		case <-s.ctx.Done():
		}
	}()
	var options []grpc.DialOption
	if plant != nil {
		options = append(options, grpc.WithUnaryInterceptor(plant.intercept))
	}
	for i := range servers {
		server, err := live.New(binary, db, filepath.Join(t.TempDir(), "aula.log"), "--log-level", "WARN")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := server.Stop(); err != nil {
				t.Error(err)
			}
			if t.Failed() {
				t.Logf("server %d said at last:\n%s", i, server.Output())
			}
		})
		if err := server.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		conn, err := live.Dial(server.Address, options...)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		s.servers, s.conns = append(s.servers, server), append(s.conns, conn)
	}
	return s
}

// now is the time in a history.
func (s *school) now() int64 { return time.Since(s.began).Nanoseconds() }

// At once there are so many classes.
const together = 3

// classes are as many as record so many operations, about.
func (s *school) classes(operations int) (all []*class) {
	for i := range max(1, (operations+perClass/2)/perClass) {
		all = append(all, &class{school: s, set: fmt.Sprintf("class-%d", i), seed: *seed + uint64(i), size: classSize})
	}
	return all
}

// record has classes work, and checks what they were told. After every so many operations a
// server is ended and started again; after none where that is 0.
func (s *school) record(classes []*class, restartEvery int) {
	s.t.Helper()
	s.publish(classes)
	var ending sync.WaitGroup
	ended := make(chan struct{})
	if restartEvery > 0 {
		ending.Go(func() { s.disturb(int64(restartEvery), ended) })
	}
	var working sync.WaitGroup
	turns := make(chan struct{}, together)
	for _, c := range classes {
		turns <- struct{}{}
		working.Go(func() {
			c.work()
			<-turns
			c.check() // while others work
		})
	}
	working.Wait()
	close(ended)
	ending.Wait()
	if err := context.Cause(s.ctx); err != nil {
		s.t.Fatal(err)
	}
	s.t.Logf("%d operations on %d attempts, %d learners' cards and %d leaderboards in %v: %d sent again, %d without an answer, %d restarts; "+
		"the longest check took %v", s.done.Load(), s.objects[attempts], s.objects[cards], s.objects[boards],
		time.Since(s.began).Round(time.Millisecond), s.retried.Load(), s.abandoned.Load(), s.restarts.Load(), s.longest.Round(time.Millisecond))
	if restartEvery > 0 && s.restarts.Load() == 0 {
		s.t.Error("no server was restarted")
	}
}

// verdict fails the test where something was not linearizable.
func (s *school) verdict() {
	s.t.Helper()
	for of, found := range s.found {
		s.t.Errorf("%d of %d %s are not linearizable", found, s.objects[of], of)
	}
}

// publish makes each class a set of its own, and so a leaderboard, as `aula` on the server's
// machine would.
func (s *school) publish(classes []*class) {
	s.t.Helper()
	db, err := store.Open(s.t.Context(), s.name)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, c := range classes {
		if _, _, err := db.Publish(s.t.Context(), setOf(c.set), time.Now()); err != nil {
			s.t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		s.t.Fatal(err)
	}
}

// disturb ends a server after every so many operations, in three of four cases as a crash
// does, and starts it again.
func (s *school) disturb(every int64, ended <-chan struct{}) {
	random := rand.New(rand.NewPCG(*seed, 0))
	next := every
	for {
		select {
		case <-ended:
			return
		case <-s.ctx.Done():
			return
		case <-time.After(5 * time.Millisecond):
		}
		if s.done.Load() < next {
			continue
		}
		next += every
		server := s.servers[random.IntN(len(s.servers))]
		end := server.Kill
		if random.IntN(4) == 0 {
			end = server.Stop
		}
		if err := end(); err != nil {
			s.fail(err)
			return
		}
		if err := server.Start(s.ctx); err != nil {
			s.fail(err)
			return
		}
		s.restarts.Add(1)
	}
}

// What there is to ask: choices of four options, with three tries.
const (
	questions = 6
	tries     = 3
)

// options are those of each question: the first is right, the second half right.
var options = []string{"a", "b", "c", "d"}

func setOf(id string) *aulav1.QuestionSet {
	set := &aulav1.QuestionSet{Id: id, Title: english("Letters"), Language: "en"}
	for i := range questions {
		choice := &aulav1.ChoiceQuestion{FixedOrder: true}
		for j, option := range options {
			o := &aulav1.ChoiceOption{Id: option, Text: english("Letter " + option), Correct: j == 0}
			if j == 1 {
				o.Weight = new(0.5)
			}
			choice.Options = append(choice.Options, o)
		}
		set.Questions = append(set.Questions, &aulav1.Question{
			Id: questionID(i), Text: english(fmt.Sprintf("Which letter is the first, for the %dth time?", i)), Points: 10, Tries: tries,
			Kind: &aulav1.Question_Choice{Choice: choice},
		})
	}
	return set
}

func english(text string) map[string]string { return map[string]string{"en": text} }

func questionID(i int) string { return fmt.Sprintf("q%d", i) }

// questionAt is the other way round.
func questionAt(id string) (i int, err error) {
	if _, err = fmt.Sscanf(id, "q%d", &i); err == nil && (i < 0 || i >= questions) {
		err = errors.New("no such question")
	}
	return i, err
}
