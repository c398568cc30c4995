package main

import (
	"fmt"
	"os"
	"time"

	"aula/server/failpoint"
)

const foldBug = string(failpoint.SkippedUndo)

// kinds are all kinds of round, but for those at failpoints.
func kinds() []*kind {
	return []*kind{
		{name: "kill", about: "killed at a random moment", during: kill},
		{name: "power", about: "what was not synced is lost", disk: true, during: kill},
		{name: "torn", about: "what was not synced is torn", disk: true, tears: true, during: kill},
		{name: "full", about: "the disk is full for a while", disk: true, during: full},
		{name: "readonly", about: "the disk can be read only for a while", disk: true, during: readOnly},
		{name: "ioerror", about: "the disk fails at random for a while", disk: true, tears: true, during: ioError},
		{name: "slow", about: "each sync takes 200 ms", disk: true, during: slow},
		{name: "stuck", about: "clients never read, or stop halfway", during: stuck},
	}
}

// points are the kinds of round at failpoints, one for each.
func points() (all []*kind) {
	passages := map[failpoint.Point]int{
		failpoint.Enqueued: 1000, failpoint.BeforeCommit: 100, failpoint.AfterCommit: 100, failpoint.BeforeAcknowledgement: 1000,
		failpoint.Loading: 6,
	}
	for _, point := range failpoint.Points {
		k := &kind{name: "point", about: string(point)}
		switch point {
		case failpoint.Migrating:
			k.whole = migrating
		case failpoint.BackingUp:
			k.during = backingUp
		default:
			k.armed = func(r *round) string { return fmt.Sprintf("%s:%d", point, 1+r.chances.IntN(passages[point])) }
			k.dies, k.during = true, func(r *round) error { return r.die(r.ctx) }
		}
		all = append(all, k)
	}
	return append(all, writing())
}

// writing is a kind of round in which some writes fail halfway.
func writing() *kind {
	return &kind{
		name: "point", about: string(failpoint.Writing),
		armed: func(r *round) string { return fmt.Sprintf("%s:%d", failpoint.Writing, 11+r.chances.IntN(40)) },
		during: func(r *round) error {
			r.busy(300, 600)
			return nil
		},
	}
}

// kill ends a round after a while; sometimes a backup is being made, which goes with the server.
func kill(r *round) error {
	if r.chances.IntN(2) == 0 {
		r.busy(1, 200)
		r.back("")
	}
	r.busy(20, 1000)
	return nil
}

// backingUp kills a backup, and then the server.
func backingUp(r *round) error {
	r.busy(20, 100)
	r.back(fmt.Sprintf("%s:%d", failpoint.BackingUp, 1+r.chances.IntN(3)))
	select {
	case <-r.backup.done:
	case <-time.After(dieTime):
		return errNotArmed
	}
	return atFailpoint(r.backup.err)
}

// atFailpoint is what is wrong with how a command ended that was armed to kill itself.
func atFailpoint(err error) error {
	switch {
	case err == nil:
		return errNotArmed
	case !killed(err):
		return fmt.Errorf("it has not ended at its failpoint: %w", err)
	}
	return nil
}

// migrating kills a server that brings an old database up to date.
func migrating(r *round) error {
	name := r.data(fmt.Sprintf("old-%d.db", r.number))
	schema, before, err := r.oldDatabase(r.chances, name)
	if err != nil {
		return err
	}
	passages, err := r.passages(schema)
	if err != nil {
		return err
	}
	passage := 1 + r.chances.IntN(passages)
	began := time.Now()
	_, err = r.aula(fmt.Sprintf("%s:%d", failpoint.Migrating, passage), "verify", "--db", name)
	if err := atFailpoint(err); err != nil {
		return fmt.Errorf("schema %d, statement %d of %d: %w", schema, passage, passages, err)
	}
	r.note("schema %d, killed at statement %d of %d after %v", schema, passage, passages, time.Since(began).Round(time.Millisecond))
	began = time.Now()
	_, err = r.aula("", "sets", "--db", name) // which goes on with the migrations
	if r.blame(err) {
		return nil
	}
	r.resumed = time.Since(began)
	after, err := r.lookAtOld(name)
	if err != nil {
		return err
	}
	for table, rows := range before {
		if after[table] != rows {
			text := fmt.Sprintf("%d of %d rows of %s are left of schema %d", after[table], rows, table, schema)
			r.found = append(r.found, violation{lost, text})
		}
	}
	return os.Remove(name)
}
