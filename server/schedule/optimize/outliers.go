package optimize

import (
	"cmp"
	"slices"

	aulav1 "aula/proto/aula/v1"
)

// What makes an interval an outlier.
const (
	commonInterval = 6   // reviews after it, at least
	longInterval   = 100 // days
	longEasy       = 365 // days, after EASY
	removedAtLeast = 20  // reviews
	removedPart    = 20  // one in so many
)

// group is the cards that began with the same rating and came back after as many days.
type group struct {
	rating int8
	days   int32
}

// groups collects which of the cards belong together; those without a prediction do not.
func groups(cards [][]step) map[group][][]step {
	all := map[group][][]step{}
	for _, card := range cards {
		if second := first(card); second != nil {
			g := group{card[0].rating, second.days}
			all[g] = append(all[g], card)
		}
	}
	return all
}

// withoutOutliers leaves out the cards whose first interval is rare or far too long for the
// rating that led to it: they were studied elsewhere meanwhile, or put aside. For each rating
// the rarest intervals go, the shorter ones first, up to 5 % of the cards and 20 at least; and
// any that is rarer or longer than it should be.
func withoutOutliers(cards [][]step) [][]step {
	all := groups(cards)
	outlier := map[group]bool{}
	for rating := int8(aulav1.CardAnswer_AGAIN); rating <= int8(aulav1.CardAnswer_EASY); rating++ {
		var rarest []group
		total := 0
		for g, members := range all {
			if g.rating == rating {
				rarest = append(rarest, g)
				total += len(members)
			}
		}
		slices.SortFunc(rarest, func(a, b group) int {
			return cmp.Or(cmp.Compare(len(all[a]), len(all[b])), cmp.Compare(a.days, b.days))
		})
		removed, limit := 0, int32(longInterval)
		if rating == int8(aulav1.CardAnswer_EASY) {
			limit = longEasy
		}
		for _, g := range rarest {
			count := len(all[g])
			if removed+count < max(removedAtLeast, total/removedPart) {
				removed += count
				outlier[g] = true
			} else if count < commonInterval || g.days > limit {
				outlier[g] = true
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(cards), func(card []step) bool {
		second := first(card)
		return second == nil || outlier[group{card[0].rating, second.days}]
	})
}
