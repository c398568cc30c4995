package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"time"

	"aula/server/api"
	"aula/server/store"
)

type verifyCommand struct {
	DB     string `name:"db" default:"aula.db" placeholder:"DATABASE" help:"cli.help.own_db"`
	Repair bool   `env:"-" help:"cli.help.repair"`
}

// Run looks whether a database is sound, and whether everything that follows from its logs does.
// It fails where something is wrong, and was not put right.
func (c *verifyCommand) Run(t *terminal) error {
	return withDatabase(c.DB, "--db", func(ctx context.Context, db *store.Store) error {
		server, err := api.New(api.Config{Store: db, Locales: t.bundle, Now: time.Now, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
		if err != nil {
			return err
		}
		defer server.Stop(0)
		faults, left, unread := 0, 0, 0
		err = server.Verify(ctx, c.Repair, func(fault api.Fault) {
			t.say(fault.ID, fault.Args)
			faults++
			if !fault.Repaired {
				left++
			}
			if fault.ID == api.Unread {
				unread++
			}
		})
		if faults > left { // something was put right
			err = errors.Join(err, db.Audit(store.By(context.WithoutCancel(ctx), operator), time.Now(), store.Repaired, ""))
		}
		args := map[string]any{"Count": faults, "Database": store.Display(c.DB)}
		switch {
		case errors.Is(err, context.Canceled):
			return &toldError{"cli.verify.interrupted", args}
		case err != nil:
			return err
		case faults == 0:
			t.say("cli.verify.sound", args)
		case left == 0:
			t.say("cli.verify.repaired", args)
		case c.Repair && left == unread:
			return &toldError{"cli.verify.unread_left", args}
		case c.Repair:
			return &toldError{"cli.verify.beyond_repair", args}
		default:
			return &toldError{"cli.verify.wrong", args}
		}
		return nil
	})
}
