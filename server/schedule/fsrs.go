// Package schedule decides when a card comes again. It is FSRS-6, the Free Spaced Repetition
// Scheduler, by the formulas of
// https://github.com/open-spaced-repetition/fsrs4anki/wiki/The-Algorithm: what a learner's
// memory of a question is like follows from their reviews of it, and from nothing else. It is
// pure: no I/O, no SQL, no clock.
package schedule

import (
	"fmt"
	"math"

	aulav1 "aula/proto/aula/v1"
)

// Model names the memory model and the meaning of its weights.
const Model = "fsrs6"

// Weights are the 21 parameters of FSRS-6, w0 to w20.
type Weights [21]float64

// DefaultWeights were fitted to many learners' reviews, by the authors of FSRS.
var DefaultWeights = Weights{
	0.212, 1.2931, 2.3065, 8.2956, 6.4133, 0.8334, 3.0194, 0.001, 1.8722, 0.1666, 0.796,
	1.4835, 0.0614, 0.2629, 1.6483, 0.6014, 1.8729, 0.5425, 0.0912, 0.0658, 0.1542,
}

// Bounds are the least and the greatest that each weight may be.
var Bounds = [21][2]float64{
	{.001, 100},
	{.001, 100},
	{.001, 100},
	{.001, 100},
	{1, 10},
	{.001, 4},
	{.001, 4},
	{.001, .75},
	{0, 4.5},
	{0, .8},
	{.001, 3.5},
	{.001, 5},
	{.001, .25},
	{.001, .9},
	{0, 4},
	{0, 1},
	{1, 6},
	{0, 2},
	{0, 2},
	{0, .8},
	{.1, .8},
}

// What stability (days) and difficulty may be.
const (
	minStability  = 0.001
	maxStability  = 36500
	minDifficulty = 1
	maxDifficulty = 10
)

// ReadWeights takes weights of FSRS-6, or of the versions before it, which had 19 (FSRS-5) or
// 17 (FSRS-4.5), and brings those into the form of today. It returns an error for any other
// number of weights, and for one that is out of Bounds.
func ReadWeights(weights []float64) (*Weights, error) {
	var w Weights
	copy(w[:], weights)
	switch len(weights) {
	case 21:
	case 19:
		w[19], w[20] = 0, 0.5
	case 17:
		w[4] += 2 * w[5]
		w[5] = math.Log(3*w[5]+1) / 3
		w[6] += 0.5
		w[17], w[18], w[19], w[20] = 0, 0, 0, 0.5
	default:
		return nil, fmt.Errorf("%d weights, want 21 (or 19 or 17 of earlier versions)", len(weights))
	}
	for i, weight := range w {
		if !(weight >= Bounds[i][0] && weight <= Bounds[i][1]) { // nor NaN
			return nil, fmt.Errorf("w%d is %v, want %v to %v", i, weight, Bounds[i][0], Bounds[i][1])
		}
	}
	return &w, nil
}

// Memory is what a learner's memory of a question is like. It is zero before the first review.
type Memory struct {
	Stability  float64 // in how many days the probability of recall falls to 90 %
	Difficulty float64 // 1 to 10
}

// Retrievability is the probability of recall so many days after a review that left that
// stability.
func (w *Weights) Retrievability(days, stability float64) float64 {
	return math.Pow(1+w.factor()*days/stability, -w[20])
}

// factor makes the probability 90 % once the stability has passed.
func (w *Weights) factor() float64 { return math.Pow(0.9, -1/w[20]) - 1 }

// Interval is after how many days the probability of recall falls to retention: neither
// rounded nor bounded.
func (w *Weights) Interval(stability, retention float64) float64 {
	return stability / w.factor() * (math.Pow(retention, -1/w[20]) - 1)
}

// Next is the memory after a review that comes so many study days after the one before.
func (w *Weights) Next(m Memory, days int, rating aulav1.CardAnswer_Rating) Memory {
	g := float64(rating)
	switch {
	case m == Memory{}:
		m = Memory{Stability: w[rating-1], Difficulty: w.firstDifficulty(g)}
	case days <= 0:
		m = Memory{Stability: w.sameDay(m.Stability, rating), Difficulty: w.difficulty(m.Difficulty, g)}
	default:
		r := w.Retrievability(float64(days), m.Stability)
		after := Memory{Stability: w.success(m, r, rating), Difficulty: w.difficulty(m.Difficulty, g)}
		if rating == aulav1.CardAnswer_AGAIN {
			after.Stability = w.lapse(m, r)
		}
		m = after
	}
	return Memory{
		Stability:  rounded(bounded(m.Stability, minStability, maxStability)),
		Difficulty: rounded(bounded(m.Difficulty, minDifficulty, maxDifficulty)),
	}
}

func (w *Weights) firstDifficulty(g float64) float64 { return w[4] - math.Exp(w[5]*(g-1)) + 1 }

// difficulty moves less the nearer it is to its end, and a little towards that of an easy card.
func (w *Weights) difficulty(d, g float64) float64 {
	d += (maxDifficulty - d) * (-w[6] * (g - 3)) / 9
	return w[7]*w.firstDifficulty(4) + (1-w[7])*d
}

// success is the stability after a recall, on a later day, that had the probability r.
func (w *Weights) success(m Memory, r float64, rating aulav1.CardAnswer_Rating) float64 {
	growth := math.Exp(w[8]) * (11 - m.Difficulty) * math.Pow(m.Stability, -w[9]) * (math.Exp(w[10]*(1-r)) - 1)
	if rating == aulav1.CardAnswer_HARD {
		growth *= w[15]
	}
	if rating == aulav1.CardAnswer_EASY {
		growth *= w[16]
	}
	return m.Stability * (1 + growth)
}

// lapse is the stability after a card was forgotten, on a later day.
func (w *Weights) lapse(m Memory, r float64) float64 {
	s := w[11] * math.Pow(m.Difficulty, -w[12]) * (math.Pow(m.Stability+1, w[13]) - 1) * math.Exp(w[14]*(1-r))
	return min(s, m.Stability/math.Exp(w[17]*w[18]))
}

// sameDay is the stability after another review on the study day of the last.
func (w *Weights) sameDay(s float64, rating aulav1.CardAnswer_Rating) float64 {
	k := math.Exp(w[17]*(float64(rating)-3+w[18])) * math.Pow(s, -w[19])
	if rating != aulav1.CardAnswer_AGAIN {
		k = max(k, 1)
	}
	return s * k
}

func bounded(x, least, most float64) float64 { return min(max(x, least), most) }

// rounded keeps 8 decimals: processors that fuse a multiplication and an addition differ in
// what comes after, and states that are compared must not.
func rounded(x float64) float64 { return math.Round(x*1e8) / 1e8 }
