package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"

	"aula/server/internal/live"
)

// soak is one run.
type soak struct {
	*command
	*ledger
	dir     string
	out     io.Writer // where progress goes
	server  *live.Server
	metrics string // the address
	key     string // a teacher's
	conns   []*grpc.ClientConn
	over    chan struct{} // closed when users have to end
	turns   chan struct{} // one for each call

	up       atomic.Bool // the server is meant to serve
	life     life
	lives    []life // those before
	samples  []sample
	verified string // what `aula verify` said

	mu       sync.Mutex
	took     []time.Duration // since the last sample
	faults   int             // failures while the server was meant to serve, since the last sample
	told     []string        // the first of them
	counts   counts
	failures int
}

// life is the time between two starts of the server.
type life struct {
	number int
	began  time.Time
	length time.Duration
	ended  string
}

// counts are of what was done.
type counts struct{ calls, again, loads, backups, messages int }

// perConnection is how many users share a connection.
const perConnection = 8

// soak runs everything, and checks in the end what is there.
func (s *soak) soak(ctx context.Context) error {
	if err := s.open(ctx); err != nil {
		return err
	}
	defer func() { _ = s.server.Kill() }() // where it did not come to its end
	work, end := context.WithCancel(ctx)
	defer end()
	var users, others sync.WaitGroup
	others.Go(func() { s.pace(work) })
	for i := range s.Users {
		users.Go(func() { s.newUser(i).live(work) })
	}
	for i := range s.Watch {
		others.Go(func() { s.watch(work, i) })
	}
	others.Go(func() { s.teach(work) })
	if s.onSQLite() {
		others.Go(func() { s.keepCopies(work) })
	}
	err := s.goOn(ctx)
	close(s.over)
	users.Wait() // each gets the answer to its last call
	end()
	others.Wait()
	if err != nil {
		return err
	}
	return s.settle(ctx)
}

// open starts the server for the first time, with what there is to learn.
func (s *soak) open(ctx context.Context) (err error) {
	if s.metrics, err = live.FreeAddress(); err != nil {
		return err
	}
	s.server, err = live.New(s.Binary, s.DB, filepath.Join(s.dir, "aula.log"), "--metrics", s.metrics, "--log-level", "WARN")
	if err != nil {
		return err
	}
	if s.key, err = s.aula(ctx, "key", "create", "--db", s.DB, "--role", "teacher", "--name", "soak"); err != nil {
		return err
	}
	if err = s.start(ctx); err != nil {
		return err
	}
	for range max(1, s.Users/perConnection) {
		conn, err := live.Dial(s.server.Address)
		if err != nil {
			return err
		}
		s.conns = append(s.conns, conn)
	}
	s.turns = make(chan struct{}, max(1, s.Rate/10))
	return s.load(ctx, setFile("soak", smallSet, 0))
}

// aula runs a command of it and returns what it prints.
func (s *soak) aula(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, s.Binary, args...)
	cmd.Env = live.Environment()
	text, err := cmd.Output()
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		err = fmt.Errorf("aula %s: %w\n%s%s", strings.Join(args, " "), err, text, failed.Stderr)
	}
	return strings.TrimSpace(string(text)), err
}

// start starts the server and begins a life.
func (s *soak) start(ctx context.Context) error {
	if err := s.server.Start(ctx); err != nil {
		return err
	}
	s.mu.Lock()
	s.life = life{number: s.life.number + 1, began: time.Now()}
	s.mu.Unlock()
	s.up.Store(true)
	return nil
}

// end ends a life.
func (s *soak) end(how string, by func() error) error {
	s.up.Store(false)
	s.life.length, s.life.ended = time.Since(s.life.began), how
	s.lives = append(s.lives, s.life)
	return by()
}

// goOn takes samples until the time is over, and in its first half restarts the server. In the
// second it lives on, as its caches take long to fill and only then memory that grows is a leak.
func (s *soak) goOn(ctx context.Context) error {
	began, over := time.Now(), time.After(s.For)
	look := time.NewTicker(s.Sample)
	defer look.Stop()
	var restart <-chan time.Time // nil is never
	if s.Restart > 0 {
		every := time.NewTicker(s.Restart)
		defer every.Stop()
		restart = every.C
	}
	s.drain()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-over:
			return nil
		case <-look.C:
			if err := s.look(ctx); err != nil {
				return err
			}
		case <-restart:
			if err := s.again(ctx); err != nil {
				return err
			}
			s.drain()
			if time.Since(began) > (s.For-s.Restart)/2 {
				restart = nil
			}
		}
	}
}

// again ends the server, in turn as an operator does and as a crash does, and starts it.
func (s *soak) again(ctx context.Context) error {
	how, by := "SIGTERM", s.server.Stop
	if s.life.number%2 == 0 {
		how, by = "SIGKILL", s.server.Kill
	}
	if err := s.end(how, by); err != nil {
		return err
	}
	began := time.Now()
	if err := s.start(ctx); err != nil {
		return err
	}
	s.progress("life %d began %v after a %s", s.life.number, time.Since(began).Round(time.Millisecond), how)
	return nil
}

// settle checks that all is there which was acknowledged, ends the server and has the
// database verified.
func (s *soak) settle(ctx context.Context) error {
	s.progress("checking what was acknowledged")
	if err := s.check(ctx, s.conns); err != nil {
		return err
	}
	if err := s.end("the end", s.server.Stop); err != nil {
		return err
	}
	for _, conn := range s.conns {
		_ = conn.Close()
	}
	s.progress("aula verify")
	var err error
	s.verified, err = s.aula(ctx, "verify", "--db", s.DB)
	return err
}

// pace gives out turns, evenly. Those that nobody takes, because the server is away, are
// gone.
func (s *soak) pace(ctx context.Context) {
	turn := time.NewTicker(time.Second / time.Duration(s.Rate))
	defer turn.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-turn.C:
		}
		select {
		case s.turns <- struct{}{}:
		default:
		}
	}
}

// keepCopies makes backups beside the server, and looks whether each can be restored.
func (s *soak) keepCopies(ctx context.Context) {
	for i := 1; s.waits(ctx, s.Backup); i++ {
		file, restored := filepath.Join(s.dir, "backup.db"), filepath.Join(s.dir, "restored.db")
		_, err := s.aula(ctx, "backup", file, "--db", s.DB)
		if err == nil && i%5 == 0 {
			_, err = s.aula(ctx, "restore", file, "--db", restored)
		}
		if err != nil && ctx.Err() == nil {
			s.fault(fmt.Errorf("backup: %w", err))
		}
		_ = os.Remove(file)
		for _, end := range []string{"", "-wal", "-shm"} {
			_ = os.Remove(restored + end)
		}
		s.count(func(c *counts) { c.backups++ })
	}
}

// waits reports whether there is still something to do after so long.
func (s *soak) waits(ctx context.Context, long time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-s.over:
		return false
	case <-time.After(long):
		return true
	}
}

func (s *soak) count(f func(*counts)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(&s.counts)
}

// fault notes what should not have failed.
func (s *soak) fault(err error) {
	const most = 10
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults++
	s.failures++
	if len(s.told) < most {
		s.told = append(s.told, fmt.Sprintf("life %d: %v", s.life.number, err))
	}
}

func (s *soak) progress(format string, args ...any) {
	fmt.Fprintf(s.out, time.Now().Format("15:04:05 ")+format+"\n", args...)
}
