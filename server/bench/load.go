package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// contender is one of those who do the same work.
type contender struct {
	name    string
	process *process // whose processor time counts
	// prepare, where there is one, makes ready for about so many calls; it is not timed.
	prepare func(calls int) error
	// clients returns n clients. Each makes one call when it is run, and returns errDry
	// when nothing that was prepared is left.
	clients func(n int) ([]func(context.Context) error, error)
	each    int // what one call does counts for so many; default 1
	// stored, where there is one, counts what the server has kept: it must be all that was
	// acknowledged.
	stored func() (int, error)

	acknowledged int // in all runs
}

// errDry ends a run early: it is a shorter one, not a failure.
var errDry = errors.New("nothing is left that was prepared")

// sample is what one run of one contender measured.
type sample struct {
	Clients int           `json:"clients"`
	Count   int           `json:"count"`   // of calls, or of what they did
	Elapsed time.Duration `json:"elapsed"` // in nanoseconds, as all durations here
	CPU     time.Duration `json:"cpu"`     // the server's, in all
	P50     time.Duration `json:"p50"`
	P99     time.Duration `json:"p99"`
}

func (s sample) perSecond() float64 { return float64(s.Count) / s.Elapsed.Seconds() }

// cpuEach is the server's processor time for one, in microseconds.
func (s sample) cpuEach() float64 { return float64(s.CPU.Microseconds()) / float64(s.Count) }

func (s sample) p50() float64 { return s.P50.Seconds() * 1000 }
func (s sample) p99() float64 { return s.P99.Seconds() * 1000 }

// run lets n clients call for so long, each its next call as soon as the last returned.
func (c *contender) run(ctx context.Context, n int, long time.Duration) (sample, error) {
	clients, err := c.clients(n)
	if err != nil {
		return sample{}, err
	}
	times := make([][]time.Duration, n)
	var failure atomic.Pointer[error]
	var dry atomic.Bool
	var group sync.WaitGroup
	runtime.GC() // what was prepared with is not to be cleared away while it counts
	cpu, start := c.process.cpu(), time.Now()
	for i, call := range clients {
		group.Go(func() {
			for before := start; before.Sub(start) < long && !dry.Load(); {
				if err := call(ctx); err != nil {
					if !errors.Is(err, errDry) {
						failure.Store(&err)
					}
					dry.Store(true)
					return
				}
				now := time.Now()
				times[i] = append(times[i], now.Sub(before))
				before = now
			}
		})
	}
	group.Wait()
	elapsed := time.Since(start)
	if failed := failure.Load(); failed != nil {
		return sample{}, *failed
	}
	all := slices.Concat(times...)
	if len(all) == 0 {
		return sample{}, errDry
	}
	slices.Sort(all)
	c.acknowledged += len(all) * max(1, c.each)
	return sample{
		Clients: n,
		Count:   len(all) * max(1, c.each),
		Elapsed: elapsed,
		CPU:     c.process.cpu() - cpu,
		P50:     all[len(all)/2],
		P99:     all[len(all)*99/100],
	}, nil
}

// rounds are the samples of the contenders in one comparison, by name; those of the same
// index were taken in the same round.
type rounds map[string][]sample

// compare lets each contender run once a round, in an order drawn anew, after one round
// that does not count.
func (b *bench) compare(part string, clients int, contenders ...*contender) (rounds, error) {
	taken := rounds{}
	settle, err := expect(contenders)
	if err != nil {
		return nil, err
	}
	for round := range b.Rounds + 1 {
		for _, i := range b.random.Perm(len(contenders)) {
			c := contenders[i]
			s, err := b.once(c, clients, taken[c.name])
			if err != nil {
				return nil, fmt.Errorf("%s: %w", c.name, err)
			}
			if round > 0 {
				taken[c.name] = append(taken[c.name], s)
				b.report.record(part, c.name, s)
			}
		}
		b.progress("%s, %d clients: round %d of %d", part, clients, round, b.Rounds)
	}
	return taken, settle()
}

// once prepares a contender, going by what it needed before, and lets it run.
func (b *bench) once(c *contender, clients int, before []sample) (sample, error) {
	if c.prepare != nil {
		// Half as much again as the best round needed; to begin with a guess.
		most := int(20_000*b.Time.Seconds()) / max(1, c.each)
		for _, s := range before {
			most = max(most, s.Count/max(1, c.each))
		}
		if err := c.prepare(most + most/2); err != nil {
			return sample{}, err
		}
	}
	return c.run(b.ctx, clients, b.Time)
}

// expect counts what is stored and returns a function that does so again, and fails where
// something was acknowledged that is not there.
func expect(contenders []*contender) (settle func() error, err error) {
	before := make([]int, len(contenders))
	for i, c := range contenders {
		if c.stored == nil {
			continue
		}
		stored, err := c.stored()
		if err != nil {
			return nil, err
		}
		before[i] = stored - c.acknowledged
	}
	return func() error {
		for i, c := range contenders {
			if c.stored == nil {
				continue
			}
			stored, err := c.stored()
			if err != nil {
				return err
			}
			if stored != before[i]+c.acknowledged {
				return fmt.Errorf("%s: %d were acknowledged and %d stored", c.name, c.acknowledged, stored-before[i])
			}
		}
		return nil
	}, nil
}
