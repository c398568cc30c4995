package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"aula/server/store"
	"aula/server/store/pgtest"
)

// A server that has a synchronous standby goes down, and the standby takes over: the store goes on
// with it, all that was acknowledged is there, once, and what was not heard of can be repeated.
func TestFailover(t *testing.T) {
	for _, mode := range []string{"immediate", "fast"} {
		t.Run(mode, func(t *testing.T) {
			first := aServer(t, pgtest.Fast, "synchronous_standby_names='*'")
			second, err := first.Standby(pgtest.Fast)
			if err != nil {
				t.Fatal(err)
			}
			removed(t, second)
			// The one that does not write comes first, so that it is asked and passed over.
			s := open(t, pgtest.URL("postgres", second, first))
			class := newClass(t, s, 8)
			class.answer(3)
			if err := first.Stop(mode); err != nil {
				t.Fatal(err)
			}
			if err := second.Promote(); err != nil {
				t.Fatal(err)
			}
			class.answer(3)
			class.leave()
			class.check(open(t, pgtest.URL("postgres", second)))
		})
	}
}

// class is learners who answer, each one question after another, and again what they have not heard of.
type class struct {
	t        *testing.T
	store    *store.Store
	attempts []string
	told     []atomic.Int64 // answers that were acknowledged
	left     chan struct{}
	all      sync.WaitGroup
}

func newClass(t *testing.T, s *store.Store, learners int) *class {
	c := &class{t: t, store: s, told: make([]atomic.Int64, learners), left: make(chan struct{})}
	for i := range learners {
		c.attempts = append(c.attempts, fmt.Sprint("attempt-", i))
		anAttempt(t, s, c.attempts[i])
	}
	for i := range learners {
		c.all.Go(func() { c.attend(i) })
	}
	return c
}

func (c *class) attend(i int) {
	for n := 0; ; {
		select {
		case <-c.left:
			return
		default:
		}
		ctx, cancel := context.WithTimeout(c.t.Context(), 3*time.Second)
		question := fmt.Sprint("question-", n)
		var err error
		if n%4 == 3 { // has a transaction of its own
			_, _, err = c.store.RevealHint(ctx, c.attempts[i], question, 1, 1, now)
		} else {
			_, _, err = addAnswer(ctx, c.store, anAnswer(c.attempts[i], question, "r-"+question, 1))
		}
		cancel()
		switch {
		case err == nil:
			n++
			c.told[i].Store(int64(n))
		case !errors.Is(err, store.ErrUnavailable) && !errors.Is(err, context.DeadlineExceeded):
			c.t.Errorf("%s: %v", question, err)
			return
		}
	}
}

// answer waits for everybody to be told of so many more answers.
func (c *class) answer(more int64) {
	c.t.Helper()
	for i := range c.told {
		until := c.told[i].Load() + more
		for range 6000 {
			if c.told[i].Load() >= until {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		if told := c.told[i].Load(); told < until {
			c.t.Fatalf("%s was told of %d answers, and waits for more", c.attempts[i], told)
		}
	}
}

func (c *class) leave() {
	close(c.left)
	c.all.Wait()
}

// check looks whether all that was told is there, and once.
func (c *class) check(s *store.Store) {
	c.t.Helper()
	for i, id := range c.attempts {
		log, err := s.Log(c.t.Context(), id)
		if err != nil {
			c.t.Fatal(err)
		}
		told := int(c.told[i].Load())
		entries := map[string]int{}
		for _, a := range log.Answers {
			entries[a.Question]++
		}
		for _, h := range log.Hints {
			entries[h.Question]++
		}
		for n := range told {
			if question := fmt.Sprint("question-", n); entries[question] != 1 {
				c.t.Errorf("%s: of %d answers that were acknowledged, %s is there %d times", id, told, question, entries[question])
			}
		}
	}
}

// A server that lets nobody write is passed over until it does again; what is asked for meanwhile waits.
func TestReadOnlyForAWhile(t *testing.T) {
	server := aServer(t, pgtest.Fast)
	s := open(t, pgtest.URL("postgres", server))
	anAttempt(t, s, "first")
	admin := connect(t, pgtest.URL("postgres", server)+"&options=-cdefault_transaction_read_only%3Doff")
	run(t, admin, `ALTER SYSTEM SET default_transaction_read_only = on`, `SELECT pg_reload_conf()`)
	waitFor(t, func() bool { return store.SettingOf(t, s, "transaction_read_only") == "on" })
	told := make(chan error, 2)
	go func() {
		_, _, err := addAnswer(t.Context(), s, anAnswer("first", "wren", "r1", 5))
		told <- err
	}()
	go func() {
		_, _, err := s.RevealHint(t.Context(), "first", "wren", 1, 2, now)
		told <- err
	}()
	time.Sleep(patience)
	if len(told) > 0 {
		t.Errorf("told %v by a server that lets nobody write", <-told)
		told <- nil
	}
	run(t, admin, `ALTER SYSTEM RESET default_transaction_read_only`, `SELECT pg_reload_conf()`)
	for range 2 {
		if err := <-told; err != nil {
			t.Errorf("once it does again: %v", err)
		}
	}
}

// Where there is no server, a call ends with ErrUnavailable, or with its time.
func TestNoServer(t *testing.T) {
	server := aServer(t, pgtest.Fast)
	s := open(t, pgtest.URL("postgres", server))
	anAttempt(t, s, "first")
	if err := server.Stop("immediate"); err != nil {
		t.Fatal(err)
	}
	write := func(ctx context.Context) error {
		_, _, err := addAnswer(ctx, s, anAnswer("first", "wren", "r1", 5))
		return err
	}
	read := func(ctx context.Context) error {
		_, err := s.Log(ctx, "first")
		return err
	}
	for name, ask := range map[string]func(context.Context) error{"write": write, "read": read} {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		if err := ask(ctx); !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("%s, for a while: %v", name, err)
		}
		cancel()
		wantErr(t, ask(t.Context()), store.ErrUnavailable)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	if err := write(t.Context()); err != nil {
		t.Errorf("with the server back: %v", err)
	}
}
