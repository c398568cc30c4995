package questions

import "slices"

// The rules by which an order is credited. Each takes the answer as indices of items, all
// of them once, and marks the places in it that are right; all are exactly when the whole
// order is.

// inPlace marks the items that stand where a right order has them.
func (o order) inPlace(answer []int) []bool {
	right := make([]bool, len(answer))
	for start := 0; start < len(answer); {
		end := start + 1
		for end < len(answer) && o.group[end] == o.group[start] {
			end++
		}
		// Of items that read the same no more are right than the group has.
		wanted := slices.Clone(o.class[start:end])
		for place := start; place < end; place++ {
			if i := slices.Index(wanted, o.class[answer[place]]); i >= 0 {
				right[place] = true
				wanted = slices.Delete(wanted, i, i+1)
			}
		}
		start = end
	}
	return right
}

// neighbours marks the items that follow the item before them in a right order too, and
// the first item if it may be the first.
//
// Of items that read the same, each place takes one that follows the item before it or,
// failing that, one that the next item follows: else the first that is left.
func (o order) neighbours(answer []int) []bool {
	right := make([]bool, len(answer))
	used := make([]bool, len(answer))
	before := 0 // the group of the item before
	right[0] = o.pick(used, answer[0], func(i int) bool { return o.group[i] == 0 }) >= 0
	for place, item := range answer {
		pick := -1
		if place > 0 {
			pick = o.pick(used, item, func(i int) bool { return follows(before, o.group[i]) })
			right[place] = pick >= 0
		}
		if pick < 0 && place+1 < len(answer) {
			pick = o.pick(used, item, func(i int) bool { return o.followed(i, answer[place+1]) })
		}
		if pick < 0 {
			pick = o.pick(used, item, func(int) bool { return true })
		}
		used[pick] = true
		before = o.group[pick]
	}
	return right
}

// follows reports whether an item of one group may come right after one of another.
func follows(before, after int) bool { return after == before || after == before+1 }

// followed reports whether another item that reads as next may come right after item i.
func (o order) followed(i, next int) bool {
	for j, class := range o.class {
		if j != i && class == o.class[next] && follows(o.group[i], o.group[j]) {
			return true
		}
	}
	return false
}

// pick returns the first unused item that reads as the given one and is fit, or -1.
func (o order) pick(used []bool, item int, fit func(int) bool) int {
	for i, class := range o.class {
		if !used[i] && class == o.class[item] && fit(i) {
			return i
		}
	}
	return -1
}

// run marks the longest run of items, not necessarily neighbours, that are in the right
// order; none where it is of one item, which has no order.
//
// It is the longest common subsequence of the answer and the right order that has the items
// of each group as the answer has them, found as Hunt and Szymanski do: as the longest
// increasing run among the places where a right order has what the answer has, latest
// first for each item, by patience sorting.
func (o order) run(answer []int) []bool {
	target := o.nearest(answer)
	places := make([][]int, len(target)) // of each class, the last first
	for place, item := range slices.Backward(target) {
		places[o.class[item]] = append(places[o.class[item]], place)
	}
	// A card says where an item stands in the answer and may stand in the target, and which
	// card was on top of the pile to the left when it was laid, or -1.
	type playing struct{ at, place, left int }
	var cards []playing
	var tops []int // of the piles
	for at, item := range answer {
		for _, place := range places[o.class[item]] {
			pile, _ := slices.BinarySearchFunc(tops, place, func(top, place int) int { return cards[top].place - place })
			left := -1
			if pile > 0 {
				left = tops[pile-1]
			}
			if pile == len(tops) {
				tops = append(tops, 0)
			}
			tops[pile] = len(cards)
			cards = append(cards, playing{at, place, left})
		}
	}
	right := make([]bool, len(answer))
	if len(tops) > 1 {
		for i := tops[len(tops)-1]; i >= 0; i = cards[i].left {
			right[cards[i].at] = true
		}
	}
	return right
}

// nearest is the right order that has the items of each group as the answer has them. Of
// items that read the same, the first in the answer counts as the first in the question.
func (o order) nearest(answer []int) []int {
	at := make([]int, len(answer)) // of each item in the answer
	used := make([]bool, len(answer))
	for place, item := range answer {
		pick := o.pick(used, item, func(int) bool { return true })
		used[pick], at[pick] = true, place
	}
	target := make([]int, len(answer))
	for i := range target {
		target[i] = i
	}
	slices.SortStableFunc(target, func(i, j int) int {
		if o.group[i] != o.group[j] {
			return o.group[i] - o.group[j]
		}
		return at[i] - at[j]
	})
	return target
}
