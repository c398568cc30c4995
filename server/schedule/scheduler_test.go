package schedule

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"pgregory.net/rapid"

	aulav1 "aula/proto/aula/v1"
)

// scheduler makes one with other options than the default ones.
func scheduler(t failer, change func(o *aulav1.Scheduling)) *Scheduler {
	t.Helper()
	o := Default()
	change(o)
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func asItIs(*aulav1.Scheduling) {}

// review moves a card on, by so many days after its last review.
func (s *Scheduler) reviewed(card *aulav1.CardState, days int, rating aulav1.CardAnswer_Rating, u float64) (*aulav1.CardState, Next) {
	n := s.next(card, days, rating, func() float64 { return u })
	return &aulav1.CardState{
		Phase: n.Phase, Step: int32(n.Step), Stability: n.Stability, Difficulty: n.Difficulty, LastDay: card.GetLastDay() + int32(days),
	}, n
}

func TestOptions(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(o *aulav1.Scheduling)
		want   string
	}{
		{"as it is", asItIs, ""},
		{"the least", func(o *aulav1.Scheduling) {
			o.DesiredRetention, o.MaximumInterval, o.LearningSteps, o.RelearningSteps = 0.7, 1, nil, nil
		}, ""},
		{"the most", func(o *aulav1.Scheduling) { o.DesiredRetention, o.MaximumInterval = 0.97, 36500 }, ""},
		{"nothing", func(o *aulav1.Scheduling) { proto.Reset(o) }, `memory model "", want "fsrs6"`},
		{"another model", func(o *aulav1.Scheduling) { o.Model = "fsrs7" }, `memory model "fsrs7", want "fsrs6"`},
		{"no weights", func(o *aulav1.Scheduling) { o.Weights = nil }, "0 weights"},
		{"a weight out of bounds", func(o *aulav1.Scheduling) { o.Weights[3] = 101 }, "w3 is 101, want 0.001 to 100"},
		{"no retention", func(o *aulav1.Scheduling) { o.DesiredRetention = 0 }, "desired retention 0, want 0.70 to 0.97"},
		{"low retention", func(o *aulav1.Scheduling) { o.DesiredRetention = 0.699 }, "desired retention 0.699"},
		{"high retention", func(o *aulav1.Scheduling) { o.DesiredRetention = 0.971 }, "desired retention 0.971"},
		{"retention in percent", func(o *aulav1.Scheduling) { o.DesiredRetention = 90 }, "desired retention 90"},
		{"retention of no number", func(o *aulav1.Scheduling) { o.DesiredRetention = math.NaN() }, "desired retention NaN"},
		{"no longest interval", func(o *aulav1.Scheduling) { o.MaximumInterval = 0 }, "maximum interval 0 days, want 1 to 36500"},
		{"a longer one than life", func(o *aulav1.Scheduling) { o.MaximumInterval = 36501 }, "maximum interval 36501 days"},
		{"a short step", func(o *aulav1.Scheduling) { o.LearningSteps = durations(999 * time.Millisecond) }, "learning steps: step 1 is 999ms"},
		{"a long step", func(o *aulav1.Scheduling) { o.RelearningSteps = durations(time.Minute, day) }, "relearning steps: step 2 is 24h0m0s"},
		{"a step down", func(o *aulav1.Scheduling) { o.LearningSteps = durations(time.Hour, time.Minute) }, "step 2 is 1m0s, want more than the 1h0m0s before it"},
		{"the same step", func(o *aulav1.Scheduling) { o.LearningSteps = durations(time.Hour, time.Hour) }, "step 2 is 1h0m0s"},
		{"an unset step", func(o *aulav1.Scheduling) { o.LearningSteps = []*durationpb.Duration{nil} }, "step 1 is 0s"},
		{"a broken step", func(o *aulav1.Scheduling) { o.LearningSteps = []*durationpb.Duration{{Seconds: 5, Nanos: -5}} }, "step 1 is"},
	} {
		o := Default()
		test.change(o)
		switch _, err := New(o); {
		case test.want == "" && err != nil:
			t.Errorf("%s: %v", test.name, err)
		case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
			t.Errorf("%s: error %v, want %q", test.name, err, test.want)
		}
	}
}

// Whoever changes their options changes nobody else's.
func TestDefaultIsNew(t *testing.T) {
	Default().Weights[0] = 50
	if got := Default().GetWeights()[0]; got != 0.212 {
		t.Errorf("w0 is %v from now on", got)
	}
}

func TestIntervals(t *testing.T) {
	s := scheduler(t, asItIs)
	var got []int
	card, days := &aulav1.CardState{}, 0
	for _, letter := range "GGGGGGAAGGGGG" {
		rating := good
		if letter == 'A' {
			rating = again
		}
		var n Next
		card, n = s.reviewed(card, days, rating, -1)
		days = n.Days
		got = append(got, n.Days)
	}
	if want := []int{0, 2, 11, 46, 163, 498, 0, 0, 2, 4, 7, 12, 21}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestSteps(t *testing.T) {
	const none = time.Duration(0)
	three := durations(time.Minute, 10*time.Minute, time.Hour)
	for _, test := range []struct {
		name  string
		steps []*durationpb.Duration
		at    int32
		want  [4]time.Duration
	}{
		{"2 remaining", Default().LearningSteps, 0, [4]time.Duration{60 * time.Second, 330 * time.Second, 600 * time.Second, none}},
		{"1 remaining", Default().LearningSteps, 1, [4]time.Duration{60 * time.Second, 600 * time.Second, none, none}},
		{"3 remaining", three, 0, [4]time.Duration{time.Minute, 330 * time.Second, 10 * time.Minute, none}},
		{"2 of 3 remaining", three, 1, [4]time.Duration{time.Minute, 10 * time.Minute, time.Hour, none}},
		{"a single step", durations(10 * time.Minute), 0, [4]time.Duration{10 * time.Minute, 15 * time.Minute, none, none}},
		{"a single long step", durations(20 * time.Hour), 0, [4]time.Duration{20 * time.Hour, day, none, none}},
		{"steps that are gone", durations(time.Minute, time.Hour), 5, [4]time.Duration{time.Minute, time.Hour, none, none}},
		{"no steps", nil, 0, [4]time.Duration{}},
	} {
		s := scheduler(t, func(o *aulav1.Scheduling) { o.LearningSteps, o.RelearningSteps = test.steps, test.steps })
		for _, phase := range []aulav1.CardState_Phase{aulav1.CardState_LEARNING, aulav1.CardState_RELEARNING} {
			card := &aulav1.CardState{Phase: phase, Step: test.at, Stability: 2, Difficulty: 5}
			for i, n := range s.Preview(card, 0) {
				left := n.Phase == aulav1.CardState_REVIEW && n.Step == 0 && n.Days > 0
				if n.Wait != test.want[i] || left != (n.Wait == 0) || !left && n.Phase != phase {
					t.Errorf("%s, %v, %v: %+v, want to wait %v", test.name, phase, ratings[i], n, test.want[i])
				}
			}
		}
	}
}

func TestPhases(t *testing.T) {
	s := scheduler(t, asItIs)
	type want struct {
		phase aulav1.CardState_Phase
		step  int
	}
	learning, review, relearning := aulav1.CardState_LEARNING, aulav1.CardState_REVIEW, aulav1.CardState_RELEARNING
	for _, test := range []struct {
		card *aulav1.CardState
		want [4]want
	}{
		{&aulav1.CardState{}, [4]want{{learning, 0}, {learning, 0}, {learning, 1}, {review, 0}}},
		{&aulav1.CardState{Phase: learning, Step: 1}, [4]want{{learning, 0}, {learning, 1}, {review, 0}, {review, 0}}},
		{&aulav1.CardState{Phase: review}, [4]want{{relearning, 0}, {review, 0}, {review, 0}, {review, 0}}},
		{&aulav1.CardState{Phase: relearning}, [4]want{{relearning, 0}, {relearning, 0}, {review, 0}, {review, 0}}},
	} {
		if test.card.Phase != aulav1.CardState_PHASE_UNSPECIFIED {
			test.card.Stability, test.card.Difficulty = 10, 5
		}
		for i, n := range s.Preview(test.card, 10) {
			if n.Phase != test.want[i].phase || n.Step != test.want[i].step {
				t.Errorf("%v, %v: %v at step %d, want %v", test.card, ratings[i], n.Phase, n.Step, test.want[i])
			}
		}
	}
}

func TestSpread(t *testing.T) {
	s := scheduler(t, asItIs) // at 90 % an interval is as long as the stability
	for _, test := range []struct {
		interval       float64
		low, mid, high int
	}{
		{0.1, 1, 1, 1},
		{1, 1, 1, 1},
		{2.49, 2, 2, 2},
		{2.5, 2, 3, 4},
		{7, 5, 7, 9},
		{17, 14, 17, 20},
		{20, 17, 20, 23},
		{37, 33, 37, 41},
		{100, 93, 100, 107},
	} {
		if low, mid, high := s.spread(test.interval, 0), s.spread(test.interval, -1), s.spread(test.interval, 0.999999); low != test.low ||
			mid != test.mid || high != test.high {
			t.Errorf("%v: %d, %d, %d, want %d, %d, %d", test.interval, low, mid, high, test.low, test.mid, test.high)
		}
	}
	counts := map[int]int{}
	for range 7000 {
		counts[s.spread(17, rand.Float64())]++
	}
	for days, n := range counts {
		if n < 800 || n > 1200 {
			t.Errorf("%d days %d times of 7000, want 1000 or so", days, n)
		}
	}
}

// Whatever the options, and whatever the learner does, a memory stays in its bounds, and an
// interval in the learner's.
func TestRandomSequences(t *testing.T) {
	for seed := range uint64(10000) {
		r := seeded(seed)
		s := scheduler(t, r.options)
		card, days := &aulav1.CardState{}, 0
		for range 1 + r.IntN(30) {
			rating := r.rating()
			var n Next
			card, n = s.reviewed(card, days, rating, r.Float64())
			if !(n.Stability >= 0.001 && n.Stability <= 36500) || !(n.Difficulty >= 1 && n.Difficulty <= 10) {
				t.Fatalf("seed %d: %v after %v", seed, n.Memory, rating)
			}
			if (n.Wait == 0) == (n.Days == 0) || n.Wait < 0 || n.Wait > day || n.Days < 0 || n.Days > s.longest {
				t.Fatalf("seed %d: wait %v, %d days, of %d at most", seed, n.Wait, n.Days, s.longest)
			}
			if at := s.Retrievability(card, card.LastDay+int32(n.Days)); !(at > 0 && at <= 1) {
				t.Fatalf("seed %d: recalled with %v", seed, at)
			}
			days = r.days(n.Days)
		}
	}
}

// A better rating never comes sooner, and within steps and limits always later; a small
// maximum interval holds for all four.
func TestRatingsAreOrdered(t *testing.T) {
	length := func(n Next) time.Duration { return n.Wait + time.Duration(n.Days)*day }
	rapid.Check(t, func(t *rapid.T) {
		r := drawn(t)
		s := scheduler(t, r.options)
		card := r.someCard(s)
		days, u := r.days(10), r.between(-1, 1)
		var next [4]Next
		for i, rating := range ratings {
			next[i] = s.next(card, days, rating, func() float64 { return u })
		}
		longest := time.Duration(s.longest) * day
		for i, n := range next {
			if length(n) > longest {
				t.Fatalf("%v: %v comes after %v, want %v at most", card, ratings[i], length(n), longest)
			}
			if i == 0 {
				continue
			}
			before := length(next[i-1])
			// Hard at an only step of most of a day may be as long as a good one of a day.
			later := before < longest && (before < day || next[i-1].Days > 0)
			if length(n) < before || later && length(n) == before {
				t.Fatalf("%v: %v comes after %v, %v after %v", card, ratings[i-1], before, ratings[i], length(n))
			}
		}
	})
}

// What was recalled is remembered longer, what was forgotten less long.
func TestStabilityGrowsAndFalls(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawn(t)
		before := Memory{rounded(math.Exp(r.between(math.Log(0.01), math.Log(300)))), rounded(r.between(1, 10))}
		days := 1 + r.IntN(int(2*before.Stability)+1)
		last := before.Stability
		for _, rating := range []aulav1.CardAnswer_Rating{hard, good, easy} {
			after := DefaultWeights.Next(before, days, rating)
			if after.Stability <= last {
				t.Fatalf("%v after %d days, %v: %v, want more than %v", before, days, rating, after, last)
			}
			last = after.Stability
		}
		// Whatever happens the hardest cards grow a little easier.
		if after := DefaultWeights.Next(before, days, again); after.Stability >= before.Stability || after.Difficulty < min(before.Difficulty, 9.9) {
			t.Fatalf("%v forgotten after %d days: %v", before, days, after)
		}
		if after := DefaultWeights.Next(before, 0, again); after.Stability >= before.Stability {
			t.Fatalf("%v forgotten on the same day: %v", before, after)
		}
		if after := DefaultWeights.Next(before, 0, good); after.Stability < before.Stability {
			t.Fatalf("%v recalled on the same day: %v", before, after)
		}
	})
}

// Who wants to remember more sees a card no later.
func TestRetentionShortensIntervals(t *testing.T) {
	var schedulers []*Scheduler
	for percent := range 28 {
		schedulers = append(schedulers, scheduler(t, func(o *aulav1.Scheduling) { o.DesiredRetention = 0.7 + float64(percent)/100 }))
	}
	rapid.Check(t, func(t *rapid.T) {
		r := drawn(t)
		card := r.someCard(schedulers[20])
		days, rating, u := r.days(10), r.rating(), r.between(-1, 1)
		longer := math.MaxInt
		for i, s := range schedulers {
			n := s.next(card, days, rating, func() float64 { return u })
			if n.Days > longer {
				t.Fatalf("%v, %v: %d days for %d %%, %d for one less", card, rating, n.Days, 70+i, longer)
			}
			longer = n.Days
		}
	})
}

// What a preview says is what comes of it, but for the spread.
func TestPreview(t *testing.T) {
	s := scheduler(t, asItIs)
	card := &aulav1.CardState{Phase: aulav1.CardState_REVIEW, Stability: 10, Difficulty: 5, LastDay: 100}
	for i, n := range s.Preview(card, 110) {
		if want := s.next(card, 10, ratings[i], unspread); n != want {
			t.Errorf("%v: %+v, want %+v", ratings[i], n, want)
		}
	}
	if got := s.Retrievability(card, 110); !near(got, 0.9) {
		t.Errorf("recalled with %v, want 0.9", got)
	}
	if got := s.Retrievability(card, 90); got != 1 {
		t.Errorf("recalled with %v before the review, want 1", got)
	}
	if got := s.Retrievability(&aulav1.CardState{}, 90); got != 0 {
		t.Errorf("a new card is recalled with %v", got)
	}
}
