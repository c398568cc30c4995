//go:build linux

package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
)

// switchover has another node lead, as before the maintenance of a machine.
//
// While Patroni hands over as asked, a standby that is not to lead sleeps for two seconds
// before it looks for the new leader, whose commits wait for a standby meanwhile. So the
// standby is first had to follow the one that will lead, and goes on doing so. Before that
// the leader is told not to wait for it.
func (c *cluster) switchover(ctx context.Context, leader *node) error {
	others := slices.DeleteFunc(slices.Clone(c.nodes), func(n *node) bool { return n == leader })
	next, standby := others[0], others[1]
	if err := c.tag(ctx, standby, "nosync: true"); err != nil {
		return err
	}
	if err := until(ctx, c.drill.Bound, func(ctx context.Context) error { return c.follow(ctx, leader, "sync", 1) }); err != nil {
		return err
	}
	if err := c.tag(ctx, standby, "nosync: true, replicatefrom: "+next.Name); err != nil {
		return err
	}
	// Of a node that does not lead itself, none is waited for.
	if err := until(ctx, c.drill.Bound, func(ctx context.Context) error { return c.follow(ctx, next, "async", 1) }); err != nil {
		return err
	}
	c.drill.progress("%s hands over to %s, which %s follows", leader.Name, next.Name, standby.Name)
	_, err := leader.ask(ctx, http.MethodPost, "/switchover", map[string]string{"leader": leader.Name, "candidate": next.Name})
	if err != nil {
		return fmt.Errorf("switchover: %w", err)
	}
	return c.tag(ctx, standby, "")
}

// tag changes how Patroni treats a node.
func (c *cluster) tag(ctx context.Context, n *node, tags string) error {
	n.Tags = tags
	if err := c.configure(n); err != nil {
		return err
	}
	_, err := n.ask(ctx, http.MethodPost, "/reload", nil)
	return err
}
