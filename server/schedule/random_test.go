package schedule

import (
	"math/rand/v2"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"pgregory.net/rapid"

	aulav1 "aula/proto/aula/v1"
)

// randomly makes options, cards and logs: from a seed, or as package rapid draws them.
type randomly struct {
	lots
}

type lots interface {
	IntN(n int) int   // 0 to n-1
	Float64() float64 // 0 to less than 1
}

func seeded(seed uint64) randomly { return randomly{rand.New(rand.NewPCG(seed, 6))} }

func drawn(t *rapid.T) randomly { return randomly{draws{t}} }

type draws struct{ t *rapid.T }

func (d draws) IntN(n int) int   { return rapid.IntRange(0, n-1).Draw(d.t, "n") }
func (d draws) Float64() float64 { return rapid.Float64Range(0, 1-1e-9).Draw(d.t, "x") }

func shuffle[T any](r randomly, all []T) {
	for i := range all {
		j := r.IntN(i + 1)
		all[i], all[j] = all[j], all[i]
	}
}

func (r randomly) between(least, most float64) float64 { return least + r.Float64()*(most-least) }

func (r randomly) rating() aulav1.CardAnswer_Rating { return ratings[r.IntN(4)] }

// steps are up to 3, from a second to a day.
func (r randomly) steps() []*durationpb.Duration {
	var steps []*durationpb.Duration
	for at := time.Duration(0); len(steps) < 3 && r.IntN(4) > 0; {
		if at += time.Duration(1+r.IntN(8*60*60)) * time.Second; at >= day {
			break
		}
		steps = append(steps, durationpb.New(at))
	}
	return steps
}

// options have the default weights every other time, and ones from all over the bounds else.
func (r randomly) options(o *aulav1.Scheduling) {
	if r.IntN(2) == 0 {
		for i, b := range Bounds {
			o.Weights[i] = r.between(b[0], b[1])
			if r.IntN(10) == 0 {
				o.Weights[i] = b[r.IntN(2)]
			}
		}
	}
	o.DesiredRetention = r.between(0.7, 0.97)
	o.MaximumInterval = []int32{1, 2, 3, 7, 30, 365, 36500}[r.IntN(7)]
	if r.IntN(2) == 0 {
		o.LearningSteps, o.RelearningSteps = r.steps(), r.steps()
	}
}

// days lie mostly near an interval, sometimes on the same day or long after, and sometimes
// before: over the date line.
func (r randomly) days(interval int) int {
	switch r.IntN(6) {
	case 0:
		return 0
	case 1:
		return -1
	case 2:
		return r.IntN(40000)
	}
	return r.IntN(2*interval + 2)
}

// someCard is one that a random learner has come to.
func (r randomly) someCard(s *Scheduler) *aulav1.CardState {
	card, days := &aulav1.CardState{}, 0
	for range r.IntN(12) {
		var n Next
		card, n = s.reviewed(card, days, r.rating(), r.Float64())
		days = r.days(n.Days)
	}
	return card
}
