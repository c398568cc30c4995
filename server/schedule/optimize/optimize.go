// Package optimize fits the weights of FSRS-6 to a learner's reviews, and tells how well
// weights predict what a learner recalls.
//
// The method is that of the reference, https://github.com/open-spaced-repetition/fsrs-rs
// (version 6.6), whose numbers it takes over: the filter of outliers and the recency weights
// of dataset.rs, the initial stabilities of parameter_initialization.rs, the training of
// training.rs (maximum likelihood, with a pull to where it starts from, by Adam with a cosine
// schedule), the bounds of parameter_clipper.rs. The memory model is that of package schedule,
// in 64 bits; its derivatives are worked out by hand, backwards through a card's reviews, so
// that a card is gone over once for all its predictions. Scores are those of
// https://github.com/open-spaced-repetition/srs-benchmark.
//
// It is pure, and the same reviews give the same weights.
package optimize

import (
	"fmt"

	"aula/server/schedule"
)

// Method is how weights were found.
type Method int

// The more usable reviews there are, the more can be said.
const (
	Defaults         Method = iota // there are too few: the weights of most learners
	InitialStability               // only w0 to w3 are the learner's
	AllWeights                     // all of them are
)

// How many usable reviews it takes.
const (
	fewest    = 8
	fewForAll = 64
)

// heldBack is one of how many reviews is kept to compare by.
const heldBack = 5

// Fitted says what came of fitting weights.
type Fitted struct {
	Weights schedule.Weights // to be used from now on
	Better  bool             // they are new, and predict better than the old ones
	Method  Method           // how the new ones were found
	Reviews int              // that there are
	Usable  int              // of those, fitted to: on a later day than the one before of their card, and no outlier
	Held    int              // later ones that the comparison is about
	Old     Scores           // on those, of the old weights
	New     Scores           // and of the new ones
}

// Fit fits weights to the earlier four fifths of a learner's reviews, and keeps the old ones
// unless the new ones predict the later fifth better, by their log loss. relearning is how many
// relearning steps the learner has. Errors: the old weights are out of their bounds.
func Fit(reviews []Review, old schedule.Weights, relearning int) (*Fitted, error) {
	if _, err := schedule.ReadWeights(old[:]); err != nil {
		return nil, fmt.Errorf("old weights: %w", err)
	}
	h := newHistory(reviews)
	f := &Fitted{Weights: old, Reviews: len(reviews), Held: (h.turns + heldBack - 1) / heldBack}
	split := h.turns - f.Held
	var fitted schedule.Weights
	fitted, f.Method, f.Usable = train(h.cards, split, relearning)
	f.Old, f.New = h.score(&old, split, h.turns), h.score(&fitted, split, h.turns)
	if f.Method != Defaults && f.New.LogLoss < f.Old.LogLoss {
		f.Weights, f.Better = fitted, true
	}
	return f, nil
}

// Train fits weights to all of a learner's reviews, as the reference does, and tells how, and
// to how many.
func Train(reviews []Review, relearning int) (schedule.Weights, Method, int) {
	h := newHistory(reviews)
	return train(h.cards, h.turns, relearning)
}

// train fits weights to what comes before a turn.
func train(cards [][]step, before, relearning int) (w schedule.Weights, method Method, usable int) {
	var known [][]step
	for _, card := range cards {
		if card = until(card, before); len(card) > 0 {
			known = append(known, card)
		}
	}
	known = withoutOutliers(known)
	recalled := 0
	for _, card := range known {
		for i := range card {
			if card[i].turn >= 0 {
				usable++
				if card[i].recalled() {
					recalled++
				}
			}
		}
	}
	w = schedule.DefaultWeights
	if usable < fewest {
		return w, Defaults, usable
	}
	initial, counts, ok := initialStability(known, float64(recalled)/float64(usable))
	if !ok {
		return w, Defaults, usable
	}
	copy(w[:], initial[:])
	if usable < fewForAll || usable == len(known) { // no card has come back twice
		return w, InitialStability, usable
	}
	w = newTraining(known, w, relearning).run()
	copy(initial[:], w[:])
	initial, _ = smooth(initial, counts)
	copy(w[:], initial[:])
	return w, AllWeights, usable
}
