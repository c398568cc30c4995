package schedule

import (
	"fmt"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	aulav1 "aula/proto/aula/v1"
)

// Scheduler schedules the cards of a learner. It is safe for concurrent use.
type Scheduler struct {
	weights    *Weights
	retention  float64
	longest    int // days
	learning   []time.Duration
	relearning []time.Duration
	version    int32
}

// Default is how a learner's cards are scheduled until they say otherwise.
func Default() *aulav1.Scheduling {
	return &aulav1.Scheduling{
		Model: Model, Weights: DefaultWeights[:], DesiredRetention: 0.9, MaximumInterval: 36500,
		LearningSteps: durations(time.Minute, 10*time.Minute), RelearningSteps: durations(10 * time.Minute), Version: 1,
	}
}

// New returns a scheduler. An option that is not set or out of its range is an error.
func New(o *aulav1.Scheduling) (*Scheduler, error) {
	if o.GetModel() != Model {
		return nil, fmt.Errorf("memory model %q, want %q", o.GetModel(), Model)
	}
	weights, err := ReadWeights(o.GetWeights())
	if err != nil {
		return nil, err
	}
	if r := o.GetDesiredRetention(); !(r >= 0.7 && r <= 0.97) {
		return nil, fmt.Errorf("desired retention %v, want 0.70 to 0.97", r)
	}
	if days := o.GetMaximumInterval(); days < 1 || days > maxStability {
		return nil, fmt.Errorf("maximum interval %d days, want 1 to %d", days, maxStability)
	}
	s := &Scheduler{weights: weights, retention: o.GetDesiredRetention(), longest: int(o.GetMaximumInterval()), version: o.GetVersion()}
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
	Step  int
	Memory
	Wait time.Duration // within steps; 0 between days
	Days int           // between days; 0 within steps
}

// next works out what a rating of a card leads to, so many study days after its last review.
// u spreads an interval of days, 0 to 1; below 0 it is not spread.
func (s *Scheduler) next(card *aulav1.CardState, days int, rating aulav1.CardAnswer_Rating, u float64) Next {
	before := Memory{card.GetStability(), card.GetDifficulty()}
	n := Next{Phase: card.GetPhase(), Step: int(card.GetStep()), Memory: s.weights.Next(before, days, rating)}
	steps := s.learning
	switch n.Phase {
	case aulav1.CardState_PHASE_UNSPECIFIED:
		n.Phase, n.Step = aulav1.CardState_LEARNING, 0
	case aulav1.CardState_REVIEW:
		steps = nil
		if rating == aulav1.CardAnswer_AGAIN {
			n.Phase, n.Step, steps = aulav1.CardState_RELEARNING, 0, s.relearning
		}
	case aulav1.CardState_RELEARNING:
		steps = s.relearning
	case aulav1.CardState_LEARNING:
	}
	if n.Step, n.Wait = step(steps, n.Step, rating); n.Wait > 0 {
		return n
	}
	n.Phase, n.Step = aulav1.CardState_REVIEW, 0
	n.Days = s.interval(before, days, rating, u)
	return n
}

// step finds the step that comes after a rating at one, and how long to wait for it: 0 when no
// step is left. Hard between the first two steps waits for as long as they do on average; at an
// only step for half as long again, and no more than a day longer.
func step(steps []time.Duration, at int, rating aulav1.CardAnswer_Rating) (int, time.Duration) {
	switch {
	case len(steps) == 0 || rating == aulav1.CardAnswer_EASY:
		return 0, 0
	case rating == aulav1.CardAnswer_AGAIN:
		return 0, steps[0]
	case rating == aulav1.CardAnswer_GOOD && at+1 >= len(steps):
		return 0, 0
	case rating == aulav1.CardAnswer_GOOD:
		return at + 1, steps[at+1]
	}
	at = min(at, len(steps)-1) // there were more of them then
	switch {
	case at == 0 && len(steps) == 1:
		return at, min(steps[0]*3/2, steps[0]+day)
	case at == 0:
		return at, (steps[0] + steps[1]) / 2
	}
	return at, steps[at]
}

const day = 24 * time.Hour

// interval is after how many days a card comes again that leaves its steps: longer for every
// better rating, as far as the longest interval allows.
func (s *Scheduler) interval(before Memory, days int, rating aulav1.CardAnswer_Rating, u float64) int {
	interval := 0
	for r := aulav1.CardAnswer_AGAIN; r <= rating; r++ {
		after := s.weights.Next(before, days, r)
		interval = max(interval+1, spread(s.weights.Interval(after.Stability, s.retention), u))
	}
	return min(interval, s.longest)
}

// spread takes an interval to a whole number of days near it, so that cards which were learnt
// together do not come together for ever.
func spread(interval, u float64) int {
	interval = bounded(interval, 1, maxStability)
	low, mid, high := spreadRange(interval)
	if u < 0 {
		return mid
	}
	return low + int(u*float64(high-low+1))
}

// spreadRange is within which days an interval may end.
func spreadRange(interval float64) (low, mid, high int) {
	mid = whole(interval)
	if interval < 2.5 {
		return mid, mid, mid
	}
	delta := 1 + .15*(min(interval, 7)-2.5) + .1*max(min(interval, 20)-7, 0) + .05*max(interval-20, 0)
	return max(2, whole(interval-delta)), mid, whole(interval + delta)
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
