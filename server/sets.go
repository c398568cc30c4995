package main

import (
	"context"
	"fmt"

	"google.golang.org/grpc"

	aulav1 "aula/proto/aula/v1"
)

type setsCommand struct{ connection }

// Run lists the sets of whoever asks.
func (c *setsCommand) Run(t *terminal) error {
	return c.work(t, false, func(ctx context.Context, conn grpc.ClientConnInterface) error {
		client := aulav1.NewLibraryServiceClient(conn)
		var sets []*aulav1.OwnSet
		for request := (&aulav1.ListOwnSetsRequest{}); ; {
			page, err := client.ListOwnSets(ctx, request)
			if err != nil {
				return err
			}
			sets = append(sets, page.GetSets()...)
			if request.PageToken = page.GetNextPageToken(); request.GetPageToken() == "" {
				break
			}
		}
		if len(sets) == 0 {
			t.warn("cli.sets.none", nil)
			return nil
		}
		table := t.table("cli.sets.id", "cli.sets.state", "cli.sets.owner", "cli.sets.title")
		for _, set := range sets {
			table.row(set.GetId(), t.stateOf(set), set.GetOwner(), set.GetTitle())
		}
		return table.print()
	})
}

// stateOf says what learners get of a set.
func (t *terminal) stateOf(set *aulav1.OwnSet) string {
	state := fmt.Sprint(set.GetRevision())
	if set.GetRevision() == 0 {
		state = ""
	}
	if set.GetDraft() > 0 {
		state = joined(state, t.text("cli.sets.draft", map[string]any{"Revision": set.GetDraft()}))
	}
	if set.GetArchived() {
		state = joined(state, t.text("cli.sets.archived", nil))
	}
	return state
}
