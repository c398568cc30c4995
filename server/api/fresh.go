package api

import (
	"context"
	"slices"
	"time"

	aulav1 "aula/proto/aula/v1"
	"aula/questions"
	"aula/server/store"
)

// frontier is how far a learner has come in a revision of a set: they have a card of every
// question before upTo, except for the gaps. A card is never taken away, so what is known stays
// true, and to find what is new takes no look at what is not. It is never changed.
type frontier struct {
	upTo int
	gaps []int // positions, ascending
}

type frontierKey struct {
	learner, set string
	revision     int32
}

// Bounds on what is kept.
const (
	maxFrontiers = 4096
	maxGaps      = 4096 // of one; where there are more, the cards behind wait for these
)

// eachNew visits the cards of a set that the learner has not begun with, in the order of the
// set, until it is told to stop.
func (q *queue) eachNew(ctx context.Context, set int, visit func(place) bool) error {
	s := q.sets[set]
	all := s.Askable(questions.Play{})
	again, err := q.newAgain(ctx, set)
	if err != nil {
		return err
	}
	more := true
	reach := func(at int) { // visits what was new before, up to a position
		for more && len(again) > 0 && int(again[0].q.Position) < at {
			more = visit(again[0])
			again = again[1:]
		}
	}
	show := func(at int) {
		if reach(at); more {
			more = visit(place{set: set, q: all[at]})
		}
	}
	key := frontierKey{q.l.GetId(), s.id, s.revision}
	known, met := q.frontiers.Get(key)
	has := q.has
	if !met { // to ask for all at once takes less than piece by piece
		if has, err = q.hasAll(ctx, s); err != nil {
			return err
		}
	}
	now := frontier{upTo: known.upTo}
	for rest := known.gaps; len(rest) > 0; {
		piece := rest[:min(len(rest), store.AtOnce)]
		rest = rest[len(piece):]
		if !more { // not needed now: they may still be new
			now.gaps = append(now.gaps, piece...)
			continue
		}
		if err := now.add(ctx, s, piece, has, show); err != nil {
			return err
		}
	}
	for more && now.upTo < len(all) && len(now.gaps) < maxGaps {
		piece := make([]int, min(store.AtOnce, len(all)-now.upTo))
		for i := range piece {
			piece[i] = now.upTo + i
		}
		if err := now.add(ctx, s, piece, has, show); err != nil {
			return err
		}
		now.upTo += len(piece)
	}
	reach(len(all))
	q.frontiers.Add(key, now)
	return nil
}

// add finds out which of some questions the learner has no card of, notes and shows them.
func (f *frontier) add(ctx context.Context, s *studied, positions []int, has hasCards, show func(at int)) error {
	all := s.Askable(questions.Play{})
	ids := make([]string, len(positions))
	for i, at := range positions {
		ids[i] = all[at].Source.GetId()
	}
	known, err := has(ctx, s, ids)
	if err != nil {
		return err
	}
	for i, at := range positions {
		if !known[ids[i]] {
			f.gaps = append(f.gaps, at)
			show(at)
		}
	}
	return nil
}

// hasCards finds out of which questions of a set the learner has a card.
type hasCards func(ctx context.Context, s *studied, questions []string) (known map[string]bool, err error)

func (q *queue) has(ctx context.Context, s *studied, questions []string) (map[string]bool, error) {
	return q.Store.Known(ctx, q.l.GetId(), s.id, questions)
}

// hasAll is has, for all questions of a set to come.
func (q *queue) hasAll(ctx context.Context, s *studied) (hasCards, error) {
	all, err := q.Store.AllKnown(ctx, q.l.GetId(), s.id)
	return func(context.Context, *studied, []string) (map[string]bool, error) { return all, nil }, err
}

// newAgain lists the cards of a set whose every review was taken back, or that were put aside
// before the first.
func (q *queue) newAgain(ctx context.Context, set int) ([]place, error) {
	phase := aulav1.CardState_PHASE_UNSPECIFIED
	due, err := q.Store.DueCards(ctx, q.l.GetId(), q.sets[set].id, phase, store.Due{At: time.Time{}}, endOfTime, mostPiece)
	var cards []place
	for _, card := range due {
		if question := q.sets[set].open(card.Question); question != nil {
			cards = append(cards, place{set: set, q: question})
		}
	}
	slices.SortFunc(cards, byPosition)
	return cards, err
}
