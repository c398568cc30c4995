package main

import (
	"context"

	"google.golang.org/grpc"

	aulav1 "aula/proto/aula/v1"
)

type diffCommand struct {
	Set  string `arg:"" name:"set" help:"cli.help.set"`
	From int32  `arg:"" optional:"" name:"from" help:"cli.help.from"`
	To   int32  `arg:"" optional:"" name:"to" help:"cli.help.to"`
	connection
}

// Run tells how two revisions differ.
func (c *diffCommand) Run(t *terminal) error {
	return c.work(t, false, func(ctx context.Context, conn grpc.ClientConnInterface) error {
		d, err := aulav1.NewLibraryServiceClient(conn).CompareRevisions(ctx, &aulav1.CompareRevisionsRequest{
			Set: c.Set, From: c.From, To: c.To,
		})
		if err != nil {
			return err
		}
		t.say("cli.diff.headline", map[string]any{
			"Set": c.Set, "From": d.GetFrom(), "To": d.GetTo(),
			"Added": d.GetAdded(), "Changed": d.GetChanged(), "Removed": d.GetRemoved(), "Unchanged": d.GetUnchanged(),
		})
		paper := t.paper(t.stdout)
		paper.fields("  ", d.GetSetChanges())
		paper.changes(d.GetChanges())
		return nil
	})
}
