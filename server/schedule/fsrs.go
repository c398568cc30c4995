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

// Weights are the 21 parameters of FSRS-6, w0 to w20: numbers without a unit, but for w0 to w3,
// which are days.
type Weights [21]float64

// DefaultWeights were fitted to many learners' reviews, by the authors of FSRS.
var DefaultWeights = Weights{
	0.212, 1.2931, 2.3065, 8.2956, 6.4133, 0.8334, 3.0194, 0.001, 1.8722, 0.1666, 0.796,
	1.4835, 0.0614, 0.2629, 1.6483, 0.6014, 1.8729, 0.5425, 0.0912, 0.0658, 0.1542,
}

// Bounds are the least and the greatest that each weight may be: those of fsrs-rs, but that w19
// may be 0, as it is in weights of before FSRS-6.
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
// 17 (FSRS-4.5), and brings those into the form of today, as fsrs-rs does. It returns an error
// for any other number of weights, and for one that is out of Bounds once it is in that form.
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
	Stability  float64 // in how many days the probability of recall falls to 90 %, 0.001 to 36500
	Difficulty float64 // 1 to 10
}

// Retrievability is the probability of recall, 0 to 1, so many days (0 or more) after a review
// that left that stability (days, more than 0):
//
//	R(t, S) = (1 + f t/S)^-w20, where f = 0.9^(-1/w20) - 1
func (w *Weights) Retrievability(days, stability float64) float64 {
	return formulasOf(w).retrievability(days, stability)
}

// Interval is after how many days the probability of recall falls to retention (more than 0,
// less than 1): neither rounded nor bounded.
//
//	I(S, R) = S/f (R^(-1/w20) - 1)
func (w *Weights) Interval(stability, retention float64) float64 {
	return stability * formulasOf(w).stretch(retention)
}

// Next is the memory after a review, AGAIN to EASY, that comes so many study days after the one
// before. Days below 1 are the same day: who flies west over the date line gets a day again. The
// days of a first review do not matter. Stability and difficulty stay in their ranges and have 8
// decimals.
func (w *Weights) Next(m Memory, days int, rating aulav1.CardAnswer_Rating) Memory {
	return formulasOf(w).next(m, days, rating)
}

// formulas are weights with what follows from them alone, which every review asks for.
type formulas struct {
	w      Weights
	factor float64 // of the curve: so that the probability is 90 % once the stability has passed
	growth float64 // e^w8
	cut    float64 // e^(w17 w18)
	easy   float64 // the first difficulty of an easy card, which may be below 1
}

func formulasOf(w *Weights) *formulas {
	f := &formulas{w: *w, factor: math.Pow(0.9, -1/w[20]) - 1, growth: math.Exp(w[8]), cut: math.Exp(w[17] * w[18])}
	f.easy = f.firstDifficulty(4)
	return f
}

func (f *formulas) retrievability(days, stability float64) float64 {
	return math.Pow(1+f.factor*days/stability, -f.w[20])
}

// stretch is by how much an interval is longer than the stability.
func (f *formulas) stretch(retention float64) float64 {
	return (math.Pow(retention, -1/f.w[20]) - 1) / f.factor
}

func (f *formulas) next(m Memory, days int, rating aulav1.CardAnswer_Rating) Memory {
	g := float64(rating)
	switch {
	case m == Memory{}:
		return settled(f.w[rating-1], f.firstDifficulty(g))
	case days <= 0:
		return settled(f.sameDay(m.Stability, rating), f.difficulty(m.Difficulty, g))
	}
	return f.later(m, f.retrievability(float64(days), m.Stability), rating)
}

// later is the memory after a review on a later day, of what had the probability r of recall.
func (f *formulas) later(m Memory, r float64, rating aulav1.CardAnswer_Rating) Memory {
	difficulty := f.difficulty(m.Difficulty, float64(rating))
	if rating == aulav1.CardAnswer_AGAIN {
		return settled(f.lapse(m, r), difficulty)
	}
	return settled(f.success(m, r, rating), difficulty)
}

func settled(stability, difficulty float64) Memory {
	return Memory{
		Stability:  rounded(bounded(stability, minStability, maxStability)),
		Difficulty: rounded(bounded(difficulty, minDifficulty, maxDifficulty)),
	}
}

// firstDifficulty is that after a first review: w4 - e^(w5 (G-1)) + 1.
func (f *formulas) firstDifficulty(g float64) float64 {
	return f.w[4] - math.Exp(f.w[5]*(g-1)) + 1
}

// difficulty is that after another review. It moves less the nearer it is to its end, and a
// little towards that of an easy card:
//
//	D' = w7 D0(4) + (1-w7) (D - w6 (G-3) (10-D)/9)
func (f *formulas) difficulty(d, g float64) float64 {
	d += (maxDifficulty - d) * (-f.w[6] * (g - 3)) / 9
	return f.w[7]*f.easy + (1-f.w[7])*d
}

// success is the stability after a recall, on a later day, that had the probability r:
//
//	S' = S (1 + e^w8 (11-D) S^-w9 (e^(w10 (1-R)) - 1) [w15 if hard] [w16 if easy])
func (f *formulas) success(m Memory, r float64, rating aulav1.CardAnswer_Rating) float64 {
	growth := f.growth * (11 - m.Difficulty) * math.Pow(m.Stability, -f.w[9]) * (math.Exp(f.w[10]*(1-r)) - 1)
	if rating == aulav1.CardAnswer_HARD {
		growth *= f.w[15]
	}
	if rating == aulav1.CardAnswer_EASY {
		growth *= f.w[16]
	}
	return m.Stability * (1 + growth)
}

// lapse is the stability after a card was forgotten, on a later day:
//
//	S' = w11 D^-w12 ((S+1)^w13 - 1) e^(w14 (1-R)), at most S / e^(w17 w18)
func (f *formulas) lapse(m Memory, r float64) float64 {
	s := f.w[11] * math.Pow(m.Difficulty, -f.w[12]) *
		(math.Pow(m.Stability+1, f.w[13]) - 1) * math.Exp(f.w[14]*(1-r))
	return min(s, m.Stability/f.cut)
}

// sameDay is the stability after another review on the study day of the last. Unless the card
// was forgotten it does not fall:
//
//	S' = S e^(w17 (G-3+w18)) S^-w19
func (f *formulas) sameDay(s float64, rating aulav1.CardAnswer_Rating) float64 {
	k := math.Exp(f.w[17]*(float64(rating)-3+f.w[18])) * math.Pow(s, -f.w[19])
	if rating != aulav1.CardAnswer_AGAIN {
		k = max(k, 1)
	}
	return s * k
}

func bounded(x, least, most float64) float64 { return min(max(x, least), most) }

// rounded keeps 8 decimals: processors that fuse a multiplication and an addition differ in
// what comes after, and states that are compared must not.
func rounded(x float64) float64 { return math.Round(x*1e8) / 1e8 }
