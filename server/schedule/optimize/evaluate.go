package optimize

import "aula/server/schedule"

// folds is into how many parts reviews are split, besides the first.
const folds = 5

// Evaluation says how well a learner's later reviews are predicted from the earlier ones.
type Evaluation struct {
	Reviews int              // that there are
	Cards   int              // of how many cards
	Usable  int              // on a later day than the one before of their card, and no outlier
	Given   Scores           // of the weights given
	Fitted  Scores           // of weights fitted to what came before
	Weights schedule.Weights // fitted to all
	Method  Method           // how those were found
}

// Evaluate splits a learner's usable reviews by time into six parts, and has each but the first
// predicted, by given weights and by weights that were fitted to the parts before it.
func Evaluate(reviews []Review, given schedule.Weights, relearning int) *Evaluation {
	h := newHistory(reviews)
	usable := &history{cards: withoutOutliers(h.cards), turns: h.turns}
	turns := turnsOf(usable.cards)
	e := &Evaluation{Reviews: len(reviews), Cards: len(h.cards), Usable: len(turns)}
	part := len(turns) / (folds + 1)
	first := len(turns) - folds*part
	turns = append(turns, h.turns)
	var predicted []prediction
	for fold := range folds {
		from, to := turns[first+fold*part], turns[first+(fold+1)*part]
		w, _, _ := train(h.cards, from, relearning)
		predicted = append(predicted, usable.predict(&w, from, to)...)
	}
	e.Given, e.Fitted = usable.score(&given, turns[first], h.turns), scores(predicted)
	e.Weights, e.Method, _ = train(h.cards, h.turns, relearning)
	return e
}
