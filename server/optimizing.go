package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	aulav1 "aula/proto/aula/v1"
	"aula/server/schedule"
	"aula/server/schedule/optimize"
	"aula/server/store"
)

// When learners' weights are fitted without being asked for.
const (
	firstLook     = 5 * time.Minute // after the start
	lookEvery     = time.Hour
	enoughToFit   = 64  // reviews of a learner
	growthToFit   = 1.1 // times as many as last time
	reviewersPage = 100
	// restFactor is how many times as long as fitting a learner's weights took nothing is
	// fitted: answers come first.
	restFactor = 9
)

// optimizer fits the weights of the learners of a database while it is served, one at a time.
type optimizer struct {
	db  *store.Store
	log *slog.Logger

	looked bool             // at every learner, since the start
	tried  map[string]int64 // how many reviews a learner had when their weights were fitted last
}

// start begins to look for learners to fit, now and then, and returns what ends it.
func (o *optimizer) start(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for wait := firstLook; sleep(ctx, wait); wait = lookEvery {
			if err := o.look(ctx, rest); err != nil && ctx.Err() == nil {
				o.log.ErrorContext(ctx, "weights are not fitted", "error", err)
			}
		}
	}()
	return func() {
		cancel()
		select {
		case <-ended:
		case <-time.After(stopGrace): // it is in the middle of a long log, and will write nothing
		}
	}
}

// sleep waits, and returns false where ctx is done before.
func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// rest lets others have the machine, after work that took so long.
func rest(ctx context.Context, took time.Duration) { sleep(ctx, restFactor*took) }

// look goes over the learners once, and fits the weights of those who have reviewed enough since.
func (o *optimizer) look(ctx context.Context, rest func(context.Context, time.Duration)) error {
	tried := map[string]int64{}
	for after := ""; ; {
		page, err := o.db.Reviewers(ctx, after, enoughToFit, reviewersPage)
		if err != nil {
			return err
		}
		for _, l := range page {
			after = l.GetId()
			began := time.Now()
			if tried[after], err = o.visit(ctx, l); err != nil {
				return err
			}
			rest(ctx, time.Since(began))
		}
		if len(page) < reviewersPage {
			o.looked, o.tried = true, tried
			return nil
		}
	}
}

// visit fits a learner's weights where that is due. It returns how many reviews they had
// when it was tried last.
func (o *optimizer) visit(ctx context.Context, l store.Reviewer) (tried int64, err error) {
	tried = o.tried[l.GetId()]
	defer func() {
		if changed(err) { // by somebody else: next time
			err = nil
		}
	}()
	if dueToFit(l, tried) {
		fitted, err := refit(ctx, o.db, l.Learner, time.Now())
		if err != nil {
			return tried, err
		}
		o.log.InfoContext(ctx, "fitted weights", "learner", l.GetId(), "reviews", fitted.Reviews, "usable", fitted.Usable,
			"better", fitted.Better, "log_loss", fmt.Sprintf("%.4f, was %.4f", fitted.New.LogLoss, fitted.Old.LogLoss))
		return l.Reviews, nil
	}
	// What was being refolded when a process ended is left over.
	if !o.looked || time.Since(l.GetScheduling().GetFittedAt().AsTime()) < 2*lookEvery {
		err = refold(ctx, o.db, l.Learner)
	}
	return tried, err
}

// changed reports whether a learner was erased meanwhile, or how their cards are scheduled changed.
func changed(err error) bool {
	return errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrOutOfDate) || errors.Is(err, store.ErrRescheduled)
}

// dueToFit reports whether a learner has a tenth more reviews than when their weights were fitted,
// or were tried to be.
func dueToFit(l store.Reviewer, tried int64) bool {
	last := max(int64(l.GetScheduling().GetFittedReviews()), tried)
	return l.Reviews >= enoughToFit && float64(l.Reviews) >= growthToFit*float64(last)
}

// refit fits a learner's weights to their log. Where the new ones are better it keeps them, and
// works out the states of the cards again. Errors: store.ErrNotFound; store.ErrOutOfDate and
// store.ErrRescheduled where how the learner's cards are scheduled changed meanwhile.
func refit(ctx context.Context, db *store.Store, l *aulav1.Learner, now time.Time) (*optimize.Fitted, error) {
	events, err := db.ReviewLog(ctx, l.GetId())
	if err != nil {
		return nil, err
	}
	old, err := schedule.ReadWeights(l.GetScheduling().GetWeights())
	if err != nil {
		return nil, err
	}
	fitted, err := optimize.Fit(optimize.Events(events), *old, len(l.GetScheduling().GetRelearningSteps()))
	if err != nil || !fitted.Better {
		return fitted, err
	}
	l, err = db.SetWeights(ctx, l.GetId(), l.GetScheduling().GetVersion(), fitted.Weights[:], fitted.Reviews, now)
	if err != nil {
		return nil, err
	}
	return fitted, refold(ctx, db, l)
}

// refold works out the states of a learner's cards again that are not of their weights. Errors:
// store.ErrNotFound, store.ErrRescheduled.
func refold(ctx context.Context, db *store.Store, l *aulav1.Learner) error {
	scheduler, err := schedule.New(l.GetScheduling())
	if err != nil {
		return err
	}
	return db.Refold(ctx, l.GetId(), scheduler)
}
