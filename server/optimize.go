package main

import (
	"context"
	"errors"
	"time"

	aulav1 "aula/proto/aula/v1"
	"aula/server/schedule/optimize"
	"aula/server/store"
)

type optimizeCommand struct {
	DB      string `name:"db" default:"aula.db" placeholder:"DATABASE" help:"cli.help.own_db"`
	Learner string `env:"-" placeholder:"ID" help:"cli.help.optimize_learner"`
}

// Run fits the weights of a learner, or of all who have reviewed enough.
func (c *optimizeCommand) Run(t *terminal) error {
	return withDatabase(c.DB, "--db", func(ctx context.Context, db *store.Store) error { return c.fit(ctx, t, db) })
}

func (c *optimizeCommand) fit(ctx context.Context, t *terminal, db *store.Store) (err error) {
	table := t.table("cli.optimize.learner", "cli.optimize.reviews", "cli.optimize.usable", "cli.optimize.old", "cli.optimize.new",
		"cli.optimize.outcome")
	fit := func(l *aulav1.Learner) error {
		fitted, err := refit(ctx, db, l, time.Now())
		if err != nil {
			return err
		}
		table.row(l.GetId(), t.number(float64(fitted.Reviews), 0), t.number(float64(fitted.Usable), 0),
			t.number(fitted.Old.LogLoss, 4), t.number(fitted.New.LogLoss, 4), t.fitted(fitted))
		return nil
	}
	if c.Learner != "" {
		err = c.one(ctx, db, fit)
	} else {
		err = c.all(ctx, t, db, fit)
	}
	if table.rows == 1 { // its headings
		return err
	}
	return errors.Join(err, table.print())
}

// one fits the weights of the learner that was named, however few are their reviews.
func (c *optimizeCommand) one(ctx context.Context, db *store.Store, fit func(*aulav1.Learner) error) error {
	l, err := db.Learner(ctx, c.Learner)
	if err == nil {
		err = fit(l)
	}
	return optimizeError(c.Learner, err)
}

// all fits those of everyone for whom it is due.
func (c *optimizeCommand) all(ctx context.Context, t *terminal, db *store.Store, fit func(*aulav1.Learner) error) error {
	fits := 0
	for after := ""; ; {
		page, err := db.Reviewers(ctx, after, enoughToFit, reviewersPage)
		if err != nil {
			return err
		}
		for _, l := range page {
			after = l.GetId()
			if !dueToFit(l, 0) {
				continue
			}
			fits++
			err := fit(l.Learner)
			if told, ok := errors.AsType[*toldError](optimizeError(after, err)); ok {
				t.warn(told.id, told.args) // the others are fitted all the same
			} else if err != nil {
				return err
			}
		}
		if len(page) < reviewersPage {
			break
		}
	}
	if fits == 0 {
		t.warn("cli.optimize.none", map[string]any{"Least": enoughToFit})
	}
	return nil
}

// optimizeError says why a learner's weights could not be fitted.
func optimizeError(learner string, err error) error {
	args := map[string]any{"Learner": learner}
	switch {
	case errors.Is(err, store.ErrNotFound):
		return &toldError{"cli.optimize.no_learner", args}
	case changed(err):
		return &toldError{"cli.optimize.changed", args}
	}
	return err
}

// fitted says what came of fitting weights.
func (t *terminal) fitted(f *optimize.Fitted) string {
	switch {
	case f.Method == optimize.Defaults:
		return t.text("cli.optimize.too_few", nil)
	case !f.Better:
		return t.text("cli.optimize.kept", nil)
	case f.Method == optimize.InitialStability:
		return t.text("cli.optimize.initial", nil)
	}
	return t.text("cli.optimize.better", nil)
}
