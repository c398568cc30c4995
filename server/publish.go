package main

import (
	"context"

	"google.golang.org/grpc"

	aulav1 "aula/proto/aula/v1"
)

type publishCommand struct {
	Set      string `arg:"" name:"set" help:"cli.help.set"`
	Revision int32  `env:"-" placeholder:"N" help:"cli.help.publish_revision"`
	connection
}

// Run makes a draft what learners get.
func (c *publishCommand) Run(t *terminal) error {
	return c.work(t, false, func(ctx context.Context, conn grpc.ClientConnInterface) error {
		draft := &aulav1.PublishDraftRequest{Set: c.Set, Revision: c.Revision}
		published, err := aulav1.NewLibraryServiceClient(conn).PublishDraft(ctx, draft)
		if err != nil {
			return err
		}
		id := "cli.publish.done"
		if published.GetArchived() {
			id = "cli.publish.done_archived"
		}
		t.say(id, map[string]any{"Set": c.Set, "Revision": published.GetRevision()})
		return nil
	})
}

type revertCommand struct {
	Set      string `arg:"" name:"set" help:"cli.help.set"`
	Revision int32  `arg:"" name:"revision" help:"cli.help.revert_revision"`
	connection
}

// Run makes what an earlier revision said current again.
func (c *revertCommand) Run(t *terminal) error {
	return c.work(t, false, func(ctx context.Context, conn grpc.ClientConnInterface) error {
		earlier := &aulav1.RestoreRevisionRequest{Set: c.Set, Revision: c.Revision}
		restored, err := aulav1.NewLibraryServiceClient(conn).RestoreRevision(ctx, earlier)
		if err != nil {
			return err
		}
		id := "cli.revert.same"
		if restored.GetCreated() {
			id = "cli.revert.done"
		}
		args := map[string]any{"Set": c.Set, "From": c.Revision, "Revision": restored.GetRevision()}
		t.say(id, args)
		if args["Draft"] = restored.GetSupersededDraft(); restored.GetSupersededDraft() > 0 {
			t.say("cli.restore.superseded", args)
		}
		if restored.GetArchived() {
			t.say("cli.archive.still", args)
		}
		return nil
	})
}

type archiveCommand struct {
	Set  string `arg:"" name:"set" help:"cli.help.set"`
	Undo bool   `env:"-" help:"cli.help.undo"`
	connection
}

// Run takes a set out of the catalogue, or puts it back.
func (c *archiveCommand) Run(t *terminal) error {
	return c.work(t, false, func(ctx context.Context, conn grpc.ClientConnInterface) error {
		_, err := aulav1.NewLibraryServiceClient(conn).ArchiveSet(ctx, &aulav1.ArchiveSetRequest{Set: c.Set, Undo: c.Undo})
		if err != nil {
			return err
		}
		id := "cli.archive.done"
		if c.Undo {
			id = "cli.archive.undone"
		}
		t.say(id, map[string]any{"Set": c.Set})
		return nil
	})
}
