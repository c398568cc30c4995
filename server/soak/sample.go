package main

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"aula/server/internal/live"
)

// figure is something that is looked at.
type figure int

const (
	resident figure = iota
	heap
	goroutines
	files
	wal
	database
	median
	slowest
	calls
	faults
	figures // how many there are
)

// names are those of the figures, with their units.
var names = [figures]string{
	"RSS MB", "live heap MB", "goroutines", "open files", "WAL MB", "database MB", "p50 ms", "p99 ms", "calls/s", "faults",
}

// sample is what was seen at a moment in the life of a server.
type sample struct {
	life   int
	age    time.Duration
	values [figures]float64
}

const (
	mega = 1e6
	// liveToGoal is how far above what is in use the server lets its heap grow before it
	// collects garbage, which is what Go tells: what is in use follows from it, and says more
	// than memory of which any part may be garbage.
	liveToGoal = 5
)

// look takes a sample.
func (s *soak) look(ctx context.Context) error {
	metrics, err := s.scrape(ctx)
	if err != nil {
		return fmt.Errorf("metrics: %w", err)
	}
	used := live.UsageOf(s.server.PID())
	sm := sample{life: s.life.number, age: time.Since(s.life.began)}
	sm.values[resident] = float64(used.Resident) / mega
	sm.values[files] = float64(used.Files)
	sm.values[heap] = metrics["go_memory_gc_goal_bytes"] / liveToGoal / mega
	sm.values[goroutines] = metrics["go_goroutine_count"]
	if s.onSQLite() {
		sm.values[wal], sm.values[database] = size(s.DB+"-wal"), size(s.DB)
	}
	took, failed := s.drain()
	slices.Sort(took)
	if n := len(took); n > 0 {
		sm.values[median], sm.values[slowest] = took[n/2].Seconds()*1e3, took[n*99/100].Seconds()*1e3
	}
	sm.values[calls] = float64(len(took)) / s.Sample.Seconds()
	sm.values[faults] = float64(failed)
	s.samples = append(s.samples, sm)
	return nil
}

// drain takes what was measured since the last time.
func (s *soak) drain() (took []time.Duration, failed int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	took, failed = s.took, s.faults
	s.took, s.faults = nil, 0
	return took, failed
}

// began is when the life of the server began.
func (s *soak) began() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.life.began
}

// size is that of a file in MB, 0 where there is none.
func size(file string) float64 {
	info, err := os.Stat(file)
	if err != nil {
		return 0
	}
	return float64(info.Size()) / mega
}

// scrape reads the metrics that have no labels.
func (s *soak) scrape(ctx context.Context) (map[string]float64, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.metrics+"/metrics", nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	found := map[string]float64{}
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), " ")
		if n, err := strconv.ParseFloat(value, 64); err == nil {
			found[name] = n
		}
	}
	if found["go_goroutine_count"] == 0 || found["go_memory_gc_goal_bytes"] == 0 {
		return nil, fmt.Errorf("there is nothing about memory or goroutines among %d lines", len(found))
	}
	return found, lines.Err()
}

// table is all samples, for a spreadsheet.
func table(samples []sample) string {
	var b strings.Builder
	b.WriteString("life,age s," + strings.Join(names[:], ",") + "\n")
	for _, sm := range samples {
		fmt.Fprintf(&b, "%d,%.0f", sm.life, sm.age.Seconds())
		for _, value := range sm.values {
			fmt.Fprintf(&b, ",%.2f", value)
		}
		b.WriteByte('\n')
	}
	return b.String()
}
