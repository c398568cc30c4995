//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// naive is the control of the trap: a client in plain SQL that makes the mistake which the
// trap is there to find. When its insert times out it looks whether the row is there, and
// takes that for an acknowledgement. If none of its rows is lost, the trap proves nothing.
type naive struct {
	cluster      *cluster
	acknowledged []int64
	lost         int
	err          error
}

func (n *naive) prepare(ctx context.Context, leader *node) error {
	db, err := n.cluster.open(leader, "postgres")
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS naive (id BIGINT PRIMARY KEY)`)
	return err
}

// answer adds rows until then.
func (n *naive) answer(ctx context.Context, leader *node, until time.Time) {
	db, err := n.cluster.open(leader, "postgres")
	if err != nil {
		n.err = err
		return
	}
	defer db.Close()
	for ctx.Err() == nil && time.Now().Before(until) {
		id := time.Now().UnixNano()
		hurried, cancel := context.WithTimeout(ctx, time.Second)
		_, err := db.ExecContext(hurried, `INSERT INTO naive VALUES ($1)`, id)
		cancel()
		if err == nil {
			n.err = errors.New("a commit was confirmed while no standby could confirm it")
			return
		}
		wait(ctx, 100*time.Millisecond) // until the server has noticed
		var there int
		if err := db.QueryRowContext(ctx, `SELECT COUNT(*) FROM naive WHERE id = $1`, id).Scan(&there); err != nil {
			n.err = err
			return
		}
		if there > 0 {
			n.acknowledged = append(n.acknowledged, id)
		}
	}
}

// check counts what is lost, and fails where that is nothing.
func (n *naive) check(ctx context.Context) error {
	if n.err != nil {
		return n.err
	}
	leader, err := n.cluster.leader(ctx)
	if err != nil {
		return err
	}
	db, err := n.cluster.open(leader, "postgres")
	if err != nil {
		return err
	}
	defer db.Close()
	for _, id := range n.acknowledged {
		var there int
		if err := db.QueryRowContext(ctx, `SELECT COUNT(*) FROM naive WHERE id = $1`, id).Scan(&there); err != nil {
			return err
		}
		n.lost += 1 - there
	}
	if n.lost == 0 {
		const format = "the trap proves nothing: a client that takes what it reads for acknowledged has lost none of %d rows"
		return fmt.Errorf(format, len(n.acknowledged))
	}
	return nil
}
