//go:build linux

package main

import (
	"context"
	"fmt"
	"slices"
	"syscall"
	"time"
)

// fault is something that happens to the cluster.
type fault struct {
	name, title string
	target      time.Duration // how long there may be no service
	strike      func(ctx context.Context, d *drill, leader *node) (struck, error)
}

// struck is what a fault has done.
type struck struct {
	since time.Time // when it was complete: there can be no service from then on
	down  *node     // what it has killed with its Patroni, and must be started again
	early int       // answers acknowledged while no standby could confirm them: there must be none
	naive *naive
}

func faults() []fault {
	return []fault{
		{"leader", "the leader and its Patroni are killed", 30 * time.Second, killLeader},
		{"postgres", "the leader's PostgreSQL is killed", 8 * time.Second, killPostgres},
		{"switchover", "a standby takes over as planned", 3 * time.Second, switchOver},
		{"trap", "the leader hears of no standby and is killed with its Patroni", 30 * time.Second, trap},
	}
}

func faultNames() (names []string) {
	for _, f := range faults() {
		names = append(names, f.name)
	}
	return names
}

func killLeader(_ context.Context, _ *drill, leader *node) (struck, error) {
	err := leader.kill()
	return struck{since: time.Now(), down: leader}, err
}

func killPostgres(_ context.Context, _ *drill, leader *node) (struck, error) {
	postmaster, err := leader.postmaster()
	if err != nil {
		return struck{}, err
	}
	err = syscall.Kill(postmaster, syscall.SIGKILL)
	return struck{since: time.Now()}, err
}

func switchOver(ctx context.Context, d *drill, leader *node) (struck, error) {
	s := struck{since: time.Now()}
	return s, d.cluster.switchover(ctx, leader)
}

// trapTime is how long the leader hears of no standby: long enough for a client to have its
// call time out and be acknowledged wrongly when it makes it again, and shorter than the
// minute in which a standby would notice.
const trapTime = 4

// trap is what lost answers when it was tried: a commit that waits for a standby in vain is
// given up by who waits, and is there all the same, on the leader alone. Whoever makes the
// call again is told that the answer is there, and then the leader dies.
func trap(ctx context.Context, d *drill, leader *node) (s struck, err error) {
	s.naive = &naive{cluster: d.cluster}
	if err := s.naive.prepare(ctx, leader); err != nil {
		return s, err
	}
	if n := leader.stopWalsenders(); n != 2 {
		return s, fmt.Errorf("%s has %d walsenders, not 2", leader.Name, n)
	}
	stopped := time.Now()
	lasts := d.Deadline*trapTime - d.Deadline/2
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.naive.answer(ctx, leader, stopped.Add(lasts))
	}()
	for time.Since(stopped) < lasts && ctx.Err() == nil {
		leader.stopWalsenders() // a standby may have connected again
		wait(ctx, 20*time.Millisecond)
	}
	<-done
	if err := leader.kill(); err != nil {
		return s, err
	}
	s.since, s.down = time.Now(), leader
	s.early = d.ledger.early(stopped, s.since)
	return s, nil
}

// result is how a fault went.
type result struct {
	fault
	silence time.Duration // the longest time in which nobody had an answer acknowledged
	from    time.Duration // after the fault, when that began
	longest time.Duration // that a client has waited, of what was acknowledged after the fault
	acked   int           // answers acknowledged in the round
	lost    []string
	struck
}

func (r result) String() string {
	text := fmt.Sprintf("nothing acknowledged for %.1f s from %.1f s on, longest wait of a client %.1f s",
		r.silence.Seconds(), r.from.Seconds(), r.longest.Seconds())
	if r.naive != nil {
		text += fmt.Sprintf("; acknowledged without a standby %d; plain SQL lost %d of %d",
			r.early, r.naive.lost, len(r.naive.acknowledged))
	}
	return fmt.Sprintf("%s; %d answers, wrong: %d", text, r.acked, len(r.lost))
}

// make has a fault happen to a cluster that is whole, and returns when it is so again.
func (d *drill) make(ctx context.Context, f fault) (r result, err error) {
	began := time.Now()
	r.fault = f
	leader, err := d.cluster.whole(ctx)
	if err != nil {
		return r, err
	}
	wait(ctx, 2*time.Second)
	if r.struck, err = f.strike(ctx, d, leader); err != nil {
		return r, err
	}
	if err := until(ctx, d.Bound, d.serves(r.since)); err != nil {
		return r, fmt.Errorf("there is no service: %w", err)
	}
	if r.down != nil {
		if err := d.cluster.restart(r.down); err != nil {
			return r, err
		}
	}
	if _, err = d.cluster.whole(ctx); err != nil {
		return r, err
	}
	wait(ctx, 2*time.Second)
	if err := d.alive(); err != nil {
		return r, err
	}
	r.measure(d.ledger)
	if r.lost, err = d.missing(ctx); err != nil {
		return r, err
	}
	r.acked = len(d.ledger.since(began))
	if r.naive != nil {
		err = r.naive.check(ctx)
	}
	return r, err
}

// serves succeeds once a call was acknowledged that was sent after a moment.
func (d *drill) serves(since time.Time) func(context.Context) error {
	return func(context.Context) error {
		acks := d.ledger.since(since)
		if slices.ContainsFunc(acks, func(a ack) bool { return a.sent.After(since) }) {
			return nil
		}
		return fmt.Errorf("of what was sent after the fault nothing is acknowledged")
	}
}

// measure tells how long there was no service. What a fault leaves to end may still be
// acknowledged after it, so that it is the longest silence that counts, not the first.
func (r *result) measure(l *ledger) {
	last := r.since
	silent := func(until time.Time) {
		if silence := until.Sub(last); silence > r.silence {
			r.silence, r.from = silence, last.Sub(r.since)
		}
		last = until
	}
	for _, a := range l.since(r.since) {
		silent(a.came)
		waitedFrom := a.first
		if r.since.After(waitedFrom) {
			waitedFrom = r.since // in the trap they wait before it has begun to count
		}
		r.longest = max(r.longest, a.came.Sub(waitedFrom))
	}
	silent(time.Now())
}
