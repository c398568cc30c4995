package schedule

import (
	"fmt"
	"slices"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	aulav1 "aula/proto/aula/v1"
)

// Scheduler schedules the cards of a learner. It is safe for concurrent use.
type Scheduler struct {
	formulas   *formulas
	stretch    float64 // by how much an interval is longer than the stability
	longest    int     // days
	learning   []time.Duration
	relearning []time.Duration
	version    int32
}

// Default is how a learner's cards are scheduled until they say otherwise.
func Default() *aulav1.Scheduling {
	return &aulav1.Scheduling{
		Model: Model, Weights: slices.Clone(DefaultWeights[:]), DesiredRetention: 0.9, MaximumInterval: 36500,
		LearningSteps: durations(time.Minute, 10*time.Minute), RelearningSteps: durations(10 * time.Minute), Version: 1,
	}
}

// What retention a learner may desire.
const (
	minRetention = 0.70
	maxRetention = 0.97
)

// New returns a scheduler. An option that is not set or out of its range is an error: of the
// model and its weights (see ReadWeights), of the desired retention (0.70 to 0.97), of the
// longest interval (1 to 36500 days), and of the steps (1 s to less than a day, ascending). To
// have no steps is fine.
func New(o *aulav1.Scheduling) (*Scheduler, error) {
	if o.GetModel() != Model {
		return nil, fmt.Errorf("memory model %q, want %q", o.GetModel(), Model)
	}
	weights, err := ReadWeights(o.GetWeights())
	if err != nil {
		return nil, err
	}
	if r := o.GetDesiredRetention(); !(r >= minRetention && r <= maxRetention) { // nor NaN
		return nil, fmt.Errorf("desired retention %v, want %.2f to %.2f", r, minRetention, maxRetention)
	}
	if days := o.GetMaximumInterval(); days < 1 || days > maxStability {
		return nil, fmt.Errorf("maximum interval %d days, want 1 to %d", days, maxStability)
	}
	s := &Scheduler{formulas: formulasOf(weights), longest: int(o.GetMaximumInterval()), version: o.GetVersion()}
	s.stretch = s.formulas.stretch(o.GetDesiredRetention())
	if s.learning, err = steps(o.GetLearningSteps()); err != nil {
		return nil, fmt.Errorf("learning steps: %w", err)
	}
	if s.relearning, err = steps(o.GetRelearningSteps()); err != nil {
		return nil, fmt.Errorf("relearning steps: %w", err)
	}
	return s, nil
}

// Next is what a rating leads to.
type Next struct {
	Phase aulav1.CardState_Phase
	Step  int // from 0
	Memory
	Wait time.Duration // within steps; 0 between days
	Days int           // between days, 1 or more; 0 within steps
}

// next works out what a rating of a card leads to, so many study days after its last review.
// An interval of days is longer for every better rating, as far as the longest of all allows.
// What is drawn spreads it, see spread.
func (s *Scheduler) next(card *aulav1.CardState, days int, rating aulav1.CardAnswer_Rating, draw func() float64) Next {
	before := Memory{card.GetStability(), card.GetDifficulty()}
	n := s.step(card, rating)
	n.Memory = s.formulas.next(before, days, rating)
	if n.Wait > 0 {
		return n
	}
	least, u := 1, draw()
	for worse := aulav1.CardAnswer_AGAIN; worse < rating; worse++ {
		if s.step(card, worse).Wait == 0 {
			least = max(least, s.spread(s.formulas.next(before, days, worse).Stability, u)) + 1
		}
	}
	n.Days = min(max(least, s.spread(n.Stability, u)), s.longest)
	return n
}

// step finds the step that a rating of a card leads to, and how long to wait for it; none is
// left for a card that is then a matter of days.
func (s *Scheduler) step(card *aulav1.CardState, rating aulav1.CardAnswer_Rating) Next {
	phase, at, steps := card.GetPhase(), int(card.GetStep()), s.learning
	switch phase {
	case aulav1.CardState_PHASE_UNSPECIFIED:
		phase, at = aulav1.CardState_LEARNING, 0
	case aulav1.CardState_REVIEW:
		if rating != aulav1.CardAnswer_AGAIN {
			return Next{Phase: phase}
		}
		phase, steps = aulav1.CardState_RELEARNING, s.relearning
	case aulav1.CardState_RELEARNING:
		steps = s.relearning
	case aulav1.CardState_LEARNING:
	}
	if at, wait := along(steps, at, rating); wait > 0 {
		return Next{Phase: phase, Step: at, Wait: wait}
	}
	return Next{Phase: aulav1.CardState_REVIEW}
}

// along finds the step that comes after a rating at one, and how long to wait for it: 0 when no
// step is left. Hard between the first two steps waits for as long as they do on average, and
// at an only step for half as long again, but no longer than a day: good may mean a day.
func along(steps []time.Duration, at int, rating aulav1.CardAnswer_Rating) (int, time.Duration) {
	if len(steps) == 0 || rating == aulav1.CardAnswer_EASY {
		return 0, 0
	}
	at = min(at, len(steps)-1) // there were more of them then
	switch {
	case rating == aulav1.CardAnswer_AGAIN:
		return 0, steps[0]
	case rating == aulav1.CardAnswer_GOOD && at+1 == len(steps):
		return 0, 0
	case rating == aulav1.CardAnswer_GOOD:
		return at + 1, steps[at+1]
	case at == 0 && len(steps) == 1:
		return at, min(steps[0]*3/2, day)
	case at == 0:
		return at, (steps[0] + steps[1]) / 2
	}
	return at, steps[at]
}

const day = 24 * time.Hour

// spread is the interval for a stability, taken to a whole number of days near it, so that
// cards which were learnt together do not come together for ever: by u, 0 to less than 1. Below
// 0 it is not spread.
func (s *Scheduler) spread(stability, u float64) int {
	low, mid, high := spreadRange(bounded(rounded(stability*s.stretch), 1, maxStability))
	if u < 0 {
		return mid
	}
	return low + int(u*float64(high-low+1))
}

// unspread is drawn where an interval is not to be spread.
func unspread() float64 { return -1 }

// spreadRange is within which days an interval, 1 or more, may end. As Anki does it spreads by
// a day, 15 % of what lies between 2.5 and 7 days, 10 % of what lies between 7 and 20, and 5 %
// of the rest, to either side.
func spreadRange(interval float64) (low, mid, high int) {
	mid = whole(interval)
	if interval < 2.5 {
		return mid, mid, mid
	}
	delta := 1 + .15*(min(interval, 7)-2.5) + .1*max(min(interval, 20)-7, 0) + .05*max(interval-20, 0)
	return whole(interval - delta), mid, whole(interval + delta)
}

func whole(days float64) int { return int(days + 0.5) }

// steps reads steps, which ascend and stay within a day.
func steps(given []*durationpb.Duration) (steps []time.Duration, err error) {
	for i, d := range given {
		step := d.AsDuration()
		switch {
		case d.CheckValid() != nil || step < time.Second || step >= day:
			return nil, fmt.Errorf("step %d is %v, want at least a second and less than a day", i+1, step)
		case i > 0 && step <= steps[i-1]:
			return nil, fmt.Errorf("step %d is %v, want more than the %v before it", i+1, step, steps[i-1])
		}
		steps = append(steps, step)
	}
	return steps, nil
}

func durations(all ...time.Duration) (out []*durationpb.Duration) {
	for _, d := range all {
		out = append(out, durationpb.New(d))
	}
	return out
}
