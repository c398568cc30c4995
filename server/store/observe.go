package store

import (
	"context"
	"time"
)

// Observer is told what the store does, so that whoever runs Aula can see it. Any function
// may be nil, and then no clock is read for it. The others are called while a caller
// waits, from several goroutines at once: they must be quick and must not use the store.
type Observer struct {
	// Commit: a transaction of so many writes is on disk. took is the commit alone, with
	// its waiting for the disk, or for a standby; with the writing, of answers that PostgreSQL
	// is given together.
	Commit func(writes int, took time.Duration)
	// Wait: a write has reached its turn.
	Wait func(took time.Duration)
	// Operation: the method op, such as "Attempt", has returned, with or without an error.
	// took is all of it, a write's waiting and commit included. ctx is its caller's.
	Operation func(ctx context.Context, op string, took time.Duration)
}

// operation starts to time a method of Store; what it returns is to be called at the
// method's end. Methods that another one calls in its transaction are a part of that one.
func (s *Store) operation(ctx context.Context, op string) (end func()) {
	if s.Observe.Operation == nil || s.tx != nil {
		return func() {}
	}
	start := time.Now()
	return func() { s.Observe.Operation(ctx, op, time.Since(start)) }
}

// start reads the clock if anyone wants to know.
func (o *Observer) start(wanted bool) (now time.Time) {
	if wanted {
		now = time.Now()
	}
	return now
}

func (o *Observer) waited(since time.Time) {
	if o.Wait != nil {
		o.Wait(time.Since(since))
	}
}

func (o *Observer) committed(writes int, since time.Time) {
	if o.Commit != nil {
		o.Commit(writes, time.Since(since))
	}
}

// Queued returns how many writes wait for their turn now.
func (s *Store) Queued() int {
	if s.writer != nil {
		return len(s.writer.queue)
	}
	queued := int(s.queued.Load())
	if s.scribe != nil {
		queued += len(s.scribe.queue)
	}
	return queued
}

// Engine names the database engine, as OpenTelemetry does: "sqlite" or "postgresql".
func (s *Store) Engine() string { return s.dialect.engine }
