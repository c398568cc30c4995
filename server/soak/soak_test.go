package main

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"aula/server/internal/live"
)

var long = flag.Duration("for", 0, "how long to soak; 0: not at all")

// build makes the binary once.
var build = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "aula-soak-test-")
	if err != nil {
		return "", err
	}
	return live.Build(context.Background(), dir)
})

func TestMain(m *testing.M) {
	code := m.Run()
	if *long > 0 {
		if binary, err := build(); err == nil {
			os.RemoveAll(filepath.Dir(binary))
		}
	}
	os.Exit(code)
}

// It runs through: restarts, every kind of load, the check of what was acknowledged. Whether
// anything grows is for longer runs to tell.
func TestSoak(t *testing.T) {
	if *long == 0 {
		t.Skip("-for does not say how long to soak")
	}
	dir := t.TempDir()
	binary, err := build()
	if err != nil {
		t.Fatal(err)
	}
	s := &soak{command: &command{
		For: *long, DB: filepath.Join(dir, "aula.db"), Rate: 100, Users: 8, Watch: 4, Restart: *long / 4, Sample: *long / 40,
		Load: *long / 10, Backup: *long / 10, Binary: binary,
	}, dir: dir, out: t.Output(), ledger: &ledger{}, over: make(chan struct{})}
	if err := s.soak(t.Context()); err != nil {
		t.Fatal(err)
	}
	attempts, answers, learners, events := s.totals()
	c := s.counts
	if min(attempts, answers, learners, events, c.calls, c.loads, c.backups, c.messages) == 0 || len(s.lives) < 3 {
		t.Errorf("%d lives, %d attempts, %d answers, %d learners, %d events, %+v: there should be some of each",
			len(s.lives), attempts, answers, learners, events, c)
	}
	for _, f := range []figure{resident, heap, goroutines, files, wal, database, median, slowest, calls} {
		if medianOf(s.samples, f) == 0 {
			t.Errorf("%s was not seen", names[f])
		}
	}
	if s.failures > 0 {
		t.Errorf("%d calls failed:\n%s", s.failures, strings.Join(s.told, "\n"))
	}
}

// What was acknowledged and is not there ends a run.
func TestSoakFindsWhatIsLost(t *testing.T) {
	if *long == 0 {
		t.Skip("-for does not say how long to soak")
	}
	dir := t.TempDir()
	binary, err := build()
	if err != nil {
		t.Fatal(err)
	}
	s := &soak{command: &command{
		For: time.Second, DB: filepath.Join(dir, "aula.db"), Rate: 50, Users: 1, Sample: time.Hour, Load: time.Hour, Backup: time.Hour, Binary: binary,
	}, dir: dir, out: t.Output(), ledger: &ledger{plays: []*played{{id: "lost"}}}, over: make(chan struct{})}
	if err := s.soak(t.Context()); err == nil || !strings.Contains(err.Error(), "attempt lost") {
		t.Errorf("an attempt is missing, and the run says: %v", err)
	}
}
