package optimize

import (
	"cmp"
	"math"
	"slices"

	"aula/server/schedule"
)

// ratings is how many there are, from AGAIN to EASY.
const ratings = 4

// How the initial stabilities of neighbouring ratings lie to one another, on a logarithmic
// scale: that of HARD between those of AGAIN and GOOD, that of GOOD between those of HARD and
// EASY.
const (
	hardBetween = 0.41 // weight of AGAIN
	goodBetween = 0.54 // weight of EASY
)

// point says how often cards were recalled after a first interval.
type point struct{ days, recall, count float64 }

// initialStability fits w0 to w3 to what became of cards after their first interval. average is
// how often cards are recalled in general, which every interval is given one review of. counts
// says how many cards began with each rating. It returns false where there are none.
func initialStability(cards [][]step, average float64) (s [ratings]float64, counts [ratings]int, ok bool) {
	var points [ratings][]point
	for g, members := range groups(cards) {
		recalled := 0
		for _, card := range members {
			if first(card).recalled() {
				recalled++
			}
		}
		n := float64(len(members))
		of := g.rating - 1
		points[of] = append(points[of], point{float64(g.days), (float64(recalled) + average) / (n + 1), n})
		counts[of] += len(members)
	}
	for i := range s {
		if counts[i] > 0 {
			slices.SortFunc(points[i], func(a, b point) int { return cmp.Compare(a.days, b.days) }) // maps have no order, sums have
			s[i] = fitStability(points[i], schedule.DefaultWeights[i])
		}
	}
	s, ok = smooth(s, counts)
	return s, counts, ok
}

// fitStability finds the stability that explains the points best, by a search that narrows to
// the least of a function with one minimum.
func fitStability(points []point, usual float64) float64 {
	low, high := schedule.Bounds[0][0], schedule.Bounds[0][1]
	for range 200 {
		third := (high - low) / 3
		if third < 1e-12 {
			break
		}
		if stabilityLoss(points, low+third, usual) < stabilityLoss(points, high-third, usual) {
			high -= third
		} else {
			low += third
		}
	}
	return (low + high) / 2
}

// stabilityLoss is the log loss of predicting the points by a stability, and a little for
// being far from the usual one.
func stabilityLoss(points []point, stability, usual float64) float64 {
	loss := math.Abs(stability-usual) / 16
	for _, p := range points {
		r := schedule.DefaultWeights.Retrievability(p.days, stability)
		loss -= (p.recall*math.Log(r) + (1-p.recall)*math.Log(1-r)) * p.count
	}
	return loss
}

// smooth makes stabilities ascend with the ratings, those of fewer cards giving way, and puts
// in those of ratings that no card began with. It returns false where none did.
func smooth(s [ratings]float64, counts [ratings]int) ([ratings]float64, bool) {
	for _, pair := range [][2]int{{0, 1}, {1, 2}, {2, 3}, {0, 2}, {1, 3}, {0, 3}} {
		low, high := pair[0], pair[1]
		if counts[low] == 0 || counts[high] == 0 || s[low] <= s[high] {
			continue
		}
		if counts[low] > counts[high] {
			s[high] = s[low]
		} else {
			s[low] = s[high]
		}
	}
	known := 0
	var logs [ratings]float64
	for i := range s {
		if counts[i] > 0 {
			known++
			logs[i] = math.Log(s[i])
		}
	}
	switch known {
	case 0:
		return s, false
	case 1:
		s = scaled(s, counts)
	default:
		fill(&logs, counts)
		for i := range s {
			if counts[i] == 0 {
				s[i] = math.Exp(logs[i])
			}
		}
	}
	for i := range s {
		s[i] = min(max(s[i], schedule.Bounds[i][0]), schedule.Bounds[i][1])
	}
	return s, true
}

// scaled takes the usual stabilities as many times as the only known one is of its own.
func scaled(s [ratings]float64, counts [ratings]int) (all [ratings]float64) {
	for i := range s {
		if counts[i] > 0 {
			for j := range all {
				all[j] = schedule.DefaultWeights[j] * s[i] / schedule.DefaultWeights[i]
			}
			all[i] = s[i]
		}
	}
	return all
}

// fill works out the logarithms that are not known from two or three that are, by how
// neighbours lie to one another.
func fill(l *[ratings]float64, counts [ratings]int) {
	const again, hard, good, easy = 0, 1, 2, 3
	const a, e = hardBetween, goodBetween
	if counts[hard] == 0 {
		switch {
		case counts[again] > 0 && counts[good] > 0:
			l[hard] = a*l[again] + (1-a)*l[good]
		case counts[good] > 0:
			l[hard] = (l[good] - e*l[easy]) / (1 - e)
		default: // both lie between AGAIN and EASY
			l[hard] = (a*l[again] + (1-a)*e*l[easy]) / (a + e - a*e)
		}
	}
	if counts[good] == 0 {
		if counts[easy] > 0 {
			l[good] = (1-e)*l[hard] + e*l[easy]
		} else {
			l[good] = (l[hard] - a*l[again]) / (1 - a)
		}
	}
	if counts[again] == 0 {
		l[again] = (l[hard] - (1-a)*l[good]) / a
	}
	if counts[easy] == 0 {
		l[easy] = (l[good] - (1-e)*l[hard]) / e
	}
}
