package optimize

import (
	"cmp"
	"slices"

	aulav1 "aula/proto/aula/v1"
	"aula/server/schedule"
)

// Review is what a learner recalled of a card, or did not.
type Review struct {
	Card   int64 // of which card
	At     int64 // when, in any unit: it only orders them
	Day    int32 // on which study day
	Rating aulav1.CardAnswer_Rating
}

// Events takes the reviews out of a learner's log, which may be in any order: without those
// that were taken back, and without what is no review.
func Events(events []*aulav1.ReviewEvent) []Review {
	undone := map[string]bool{}
	for _, e := range events {
		if e.GetUndo() != "" {
			undone[e.GetUndo()] = true
		}
	}
	events = slices.SortedStableFunc(slices.Values(events), schedule.Compare)
	type question struct{ set, id string }
	cards, seen := map[question]int64{}, map[string]bool{}
	var reviews []Review
	for i, e := range events {
		if e.GetRated() == aulav1.CardAnswer_RATING_UNSPECIFIED || undone[e.GetId()] || seen[e.GetId()] {
			continue
		}
		seen[e.GetId()] = true
		of := question{e.GetSet(), e.GetQuestion()}
		card, known := cards[of]
		if !known {
			card = int64(len(cards))
			cards[of] = card
		}
		reviews = append(reviews, Review{Card: card, At: int64(i), Day: e.GetStudyDay(), Rating: e.GetRated()})
	}
	return reviews
}

// history is a learner's reviews, card by card. Those that come on a later day than the one
// before of the same card are what a prediction can be made of: they have a turn.
type history struct {
	cards [][]step
	turns int // how many there are
}

// step is a review as the memory model sees it.
type step struct {
	days   int32 // since the one before
	rating int8
	turn   int32 // its place among the predictable ones of all cards, by time; -1 for the others
}

func (s *step) recalled() bool { return s.rating > int8(aulav1.CardAnswer_AGAIN) }

// maxReviews is how many reviews of a card are looked at.
const maxReviews = 256

// newHistory groups reviews by their cards. Those with a rating that there is not are left out.
func newHistory(reviews []Review) *history {
	reviews = slices.SortedStableFunc(slices.Values(reviews), func(a, b Review) int { return cmp.Compare(a.At, b.At) })
	h := &history{}
	type place struct {
		index int
		day   int32
	}
	last := map[int64]place{}
	for _, r := range reviews {
		if r.Rating < aulav1.CardAnswer_AGAIN || r.Rating > aulav1.CardAnswer_EASY {
			continue
		}
		s := step{rating: int8(r.Rating), turn: -1}
		before, known := last[r.Card]
		if !known {
			before = place{len(h.cards), r.Day}
			h.cards = append(h.cards, nil)
		}
		card := &h.cards[before.index]
		if len(*card) == maxReviews {
			continue
		}
		days := int64(r.Day) - int64(before.day)
		if s.days = int32(min(max(days, 0), maxStability)); s.days > 0 {
			s.turn = int32(h.turns)
			h.turns++
		}
		*card = append(*card, s)
		last[r.Card] = place{before.index, r.Day}
	}
	return h
}

// turnsOf lists the turns of cards, in their order.
func turnsOf(cards [][]step) (turns []int) {
	for _, card := range cards {
		for i := range card {
			if card[i].turn >= 0 {
				turns = append(turns, int(card[i].turn))
			}
		}
	}
	slices.Sort(turns)
	return turns
}

// first is the first step of a card that has a turn; nil if none has.
func first(card []step) *step {
	for i := range card {
		if card[i].turn >= 0 {
			return &card[i]
		}
	}
	return nil
}

// until is the card as it was before a turn, without what leads to no prediction.
func until(card []step, turn int) []step {
	end := 0
	for i := range card {
		if card[i].turn >= int32(turn) {
			break
		}
		if card[i].turn >= 0 {
			end = i + 1
		}
	}
	return card[:end]
}
