package main

import (
	"context"
	"strconv"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	aulav1 "aula/proto/aula/v1"
)

type revisionsCommand struct {
	Set string `arg:"" name:"set" help:"cli.help.set"`
	connection
}

// Run lists the revisions of a set, the newest first.
func (c *revisionsCommand) Run(t *terminal) error {
	return c.work(t, false, func(ctx context.Context, conn grpc.ClientConnInterface) error {
		client := aulav1.NewLibraryServiceClient(conn)
		table := t.table("cli.revisions.revision", "cli.revisions.made", "cli.revisions.questions",
			"cli.revisions.state", "cli.revisions.author", "cli.revisions.file")
		for request := (&aulav1.ListRevisionsRequest{Set: c.Set}); ; {
			page, err := client.ListRevisions(ctx, request)
			if err != nil {
				return err
			}
			for _, r := range page.GetRevisions() {
				table.row(strconv.Itoa(int(r.GetRevision())), day(r.GetCreatedAt()), strconv.Itoa(int(r.GetQuestionCount())),
					t.stateOfRevision(r), r.GetAuthor(), r.GetFile())
			}
			if request.PageToken = page.GetNextPageToken(); request.GetPageToken() == "" {
				return table.print()
			}
		}
	})
}

// stateOfRevision says whether learners get it, and where it comes from.
func (t *terminal) stateOfRevision(r *aulav1.Revision) (state string) {
	if r.GetCurrent() {
		state = t.text("cli.revisions.current", nil)
	}
	switch {
	case r.GetSuperseded():
		state = joined(state, t.text("cli.revisions.superseded", nil))
	case r.GetDraft():
		state = joined(state, t.text("cli.revisions.draft", nil))
	}
	if r.GetRestoredFrom() > 0 {
		state = joined(state, t.text("cli.revisions.restored", map[string]any{"Revision": r.GetRestoredFrom()}))
	}
	return state
}

// day is a time as the clock on the wall shows it; empty where there is none.
func day(at *timestamppb.Timestamp) string {
	if at == nil {
		return ""
	}
	return at.AsTime().In(time.Local).Format("2006-01-02 15:04")
}
