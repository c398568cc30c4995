package schedule

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	aulav1 "aula/proto/aula/v1"
)

// today is a study day to begin with.
const today = 20000

// deck is what a learner has come to who has begun so many cards, in the last year.
func (r randomly) deck(s *Scheduler, n int) []*aulav1.CardState {
	var cards []*aulav1.CardState
	for range n {
		card, at := &aulav1.CardState{LastDay: int32(today - 1 - r.IntN(365))}, 0
		for {
			rating := good
			if card.Phase == aulav1.CardState_PHASE_UNSPECIFIED && r.Float64() < 0.3 || r.Float64() > s.Retrievability(card, card.LastDay+int32(at)) {
				rating = again
			}
			next, n := s.reviewed(card, at, rating, r.Float64())
			next.Interval = int32(n.Days)
			card, at = next, n.Days
			if card.LastDay+int32(at) >= today+int32(r.IntN(3)) {
				break
			}
		}
		cards = append(cards, card)
	}
	return cards
}

// played plays a plan card by card, with lots drawn for what is recalled.
type played struct{ reviews, lapses, remembered float64 }

func (r randomly) play(s *Scheduler, cards []*aulav1.CardState, plan Plan) (sum played) {
	type held struct {
		*aulav1.CardState
		due int
	}
	var all []*held
	// answer gives an answer, and then good ones until the card has left its steps.
	answer := func(h *held, day int, rating aulav1.CardAnswer_Rating) {
		for {
			next, n := s.reviewed(h.CardState, day-int(h.LastDay), rating, r.Float64())
			h.CardState, h.due, rating = next, day+n.Days, good
			sum.reviews++
			if n.Days > 0 {
				return
			}
		}
	}
	for _, card := range cards {
		h := &held{CardState: card, due: int(card.LastDay) + min(s.longest, s.spread(card.Stability, r.Float64()))}
		if card.Phase != aulav1.CardState_REVIEW {
			answer(h, int(plan.Today), good)
		}
		all = append(all, h)
	}
	left := plan.NewLeft
	for day := int(plan.Today); day < int(plan.Today)+plan.Days; day++ {
		var due []*held
		for _, h := range all {
			if h.due <= day {
				due = append(due, h)
			}
		}
		shuffle(r, due)
		for _, h := range due[:min(len(due), plan.ReviewsPerDay)] {
			rating := good
			if r.Float64() > s.Retrievability(h.CardState, int32(day)) {
				rating = again
				sum.lapses++
			}
			answer(h, day, rating)
		}
		for range min(left, plan.NewPerDay) {
			left--
			h := &held{CardState: &aulav1.CardState{LastDay: int32(day)}}
			u, rating := r.Float64(), again
			for u -= firstAnswers[0]; u > 0 && rating < easy; u -= firstAnswers[rating-1] {
				rating++
			}
			answer(h, day, rating)
			all = append(all, h)
		}
	}
	for _, h := range all {
		sum.remembered += s.Retrievability(h.CardState, plan.Today+int32(plan.Days))
	}
	return sum
}

func plan(days, reviews, newPerDay, newLeft int) Plan {
	return Plan{Today: today, Days: days, ReviewsPerDay: reviews, NewPerDay: newPerDay, NewLeft: newLeft, Review: 8 * time.Second, Lapse: 20 * time.Second}
}

// The expectation is what learners come to on average who are played card by card.
func TestWorkloadIsWhatLearnersComeTo(t *testing.T) {
	for _, test := range []struct {
		name  string
		cards int
		plan  Plan
	}{
		{"a year with new cards", 300, plan(365, 9999, 10, 600)},
		{"a month with new cards", 1000, plan(30, 9999, 20, 2000)},
		{"a week without any", 2000, plan(7, 9999, 0, 0)},
		{"more cards than time", 1000, plan(90, 20, 5, 100)},
	} {
		r := seeded(7)
		s := scheduler(t, asItIs)
		cards := r.deck(s, test.cards)
		workload, err := s.Workload(cards, test.plan)
		if err != nil {
			t.Fatal(err)
		}
		for _, percent := range []int{70, 80, 90, 97} {
			got := workload[percent-70]
			if retention := float64(percent) / 100; got.DesiredRetention != retention {
				t.Fatalf("%s: %v, want %v", test.name, got.DesiredRetention, retention)
			}
			with := scheduler(t, func(o *aulav1.Scheduling) { o.DesiredRetention = got.DesiredRetention })
			const learners = 4
			var reviews, seconds, remembered float64 // a day
			for range learners {
				one := r.play(with, cards, test.plan)
				reviews += one.reviews / float64(test.plan.Days) / learners
				seconds += (8*(one.reviews-one.lapses) + 20*one.lapses) / float64(test.plan.Days) / learners
				remembered += one.remembered / learners
			}
			off := func(got, want, by float64) bool { return math.Abs(got-want) > 0.04*want+by }
			if off(got.ReviewsPerDay, reviews, 0.5) || off(got.TimePerDay.AsDuration().Seconds(), seconds, 8) ||
				math.Abs(got.Remembered/remembered-1) > 0.015 {
				t.Errorf("%s at %d %%: %v\nplayed: %.1f reviews a day in %.1f s, %.1f remembered", test.name, percent, got, reviews, seconds, remembered)
			}
		}
	}
}

// Who wants to remember more does, for reviews that grow the more steeply the more they want;
// who wants less spends more of their time on what they forgot.
func TestWorkloadCurve(t *testing.T) {
	s := scheduler(t, asItIs)
	for seed := range uint64(2) {
		cards := seeded(seed).deck(s, 1000)
		for _, days := range []int{30, 90, 365} {
			all, err := s.Workload(cards, plan(days, 9999, 0, 0))
			if err != nil {
				t.Fatal(err)
			}
			each := func(w *aulav1.Workload) float64 { return w.TimePerDay.AsDuration().Seconds() / w.ReviewsPerDay }
			for i, w := range all[1:] {
				// Within a month it does not matter whether what is as good as forgotten is seen a little earlier.
				if before := all[i]; w.Remembered <= 0.9995*before.Remembered || w.ReviewsPerDay <= before.ReviewsPerDay || each(w) >= each(before) {
					t.Errorf("deck %d for %d days: %v\nafter %v", seed, days, w, before)
				}
			}
			at := func(percent int) float64 { return all[percent-70].ReviewsPerDay }
			if at(97)-at(94) < 1.2*(at(94)-at(91)) || at(97) < 1.5*at(90) {
				t.Errorf("deck %d for %d days: %.1f reviews a day at 90 %%, %.1f at 91, %.1f at 94, %.1f at 97", seed, days, at(90), at(91), at(94), at(97))
			}
			if last := all[27]; last.Remembered < 960 || last.Remembered > 1000 {
				t.Errorf("deck %d for %d days: %.1f of 1000 remembered at 97 %%", seed, days, last.Remembered)
			}
		}
	}
}

func TestWorkloadOfFewCards(t *testing.T) {
	s := scheduler(t, asItIs)
	review := func(change func(c *aulav1.CardState)) []*aulav1.CardState {
		c := &aulav1.CardState{Phase: aulav1.CardState_REVIEW, Stability: 100, Difficulty: 5, LastDay: today - 90, Interval: 100}
		change(c)
		return []*aulav1.CardState{c}
	}
	for _, test := range []struct {
		name                string
		cards               []*aulav1.CardState
		plan                Plan
		reviews, remembered float64 // in all, at 90 %
	}{
		{"nothing", nil, plan(1, 0, 0, 0), 0, 0},
		{"one that is not due", review(func(*aulav1.CardState) {}), plan(10, 9, 0, 0), 0, 0.9},
		{"one that is due on the last day", review(func(*aulav1.CardState) {}), plan(11, 9, 0, 0), 1.1, 1},
		{"one that is overdue", review(func(c *aulav1.CardState) { c.LastDay -= 110 }), plan(1, 9, 0, 0), 1.16, 1},
		{"one there is no time for", review(func(c *aulav1.CardState) { c.LastDay -= 110 }), plan(1, 0, 0, 0), 0, 0.843},
		{"one that is put aside", review(func(c *aulav1.CardState) { c.LastDay -= 110; c.Suspended = true }), plan(1, 9, 0, 0), 0, 0},
		{"one of tomorrow, east of the date line", review(func(c *aulav1.CardState) { c.LastDay = today + 1 }), plan(1, 9, 0, 0), 0, 1},
		{"one in its first step", []*aulav1.CardState{{Phase: aulav1.CardState_LEARNING, Stability: 2, Difficulty: 5, LastDay: today}}, plan(1, 9, 0, 0), 2, 0.94},
		{"one to learn again", []*aulav1.CardState{{Phase: aulav1.CardState_RELEARNING, Stability: 2, Difficulty: 5, LastDay: today - 3}}, plan(1, 9, 0, 0), 1, 0.98},
		{"a new one", nil, plan(1, 0, 10, 1), 2.17, 0.9}, // 24 % forgotten and 9 % hard take 3 reviews, 50 % good 2
		{"too many new ones", nil, plan(2, 0, 1, 9), 4.34, 1.8},
	} {
		all, err := s.Workload(test.cards, test.plan)
		if err != nil {
			t.Fatal(err)
		}
		w := all[20]
		if got := w.ReviewsPerDay * float64(test.plan.Days); math.Abs(got-test.reviews) > 0.02 || math.Abs(w.Remembered-test.remembered) > 0.03 {
			t.Errorf("%s: %.3f reviews and %.3f remembered, want %.3f and %.3f", test.name, got, w.Remembered, test.reviews, test.remembered)
		}
	}
}

// Whatever the weights and the steps, what comes out are numbers that make sense.
func TestWorkloadOfAnyOptions(t *testing.T) {
	for seed := range uint64(40) {
		r := seeded(seed)
		s := scheduler(t, r.options)
		var cards []*aulav1.CardState
		for range 20 {
			card := r.someCard(s)
			card.LastDay += int32(today - r.IntN(1000))
			cards = append(cards, card)
		}
		p := plan(1+r.IntN(100), r.IntN(30), r.IntN(5), r.IntN(30))
		all, err := s.Workload(cards, p)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range all {
			most := float64(len(cards) + p.NewLeft)
			if !(w.ReviewsPerDay >= 0) || !(w.Remembered >= 0 && w.Remembered <= most+1e-6) || w.TimePerDay.AsDuration() < 0 ||
				w.ReviewsPerDay > float64(4*(p.ReviewsPerDay+p.NewPerDay+len(cards))) {
				t.Fatalf("seed %d: %v of %v cards with %+v", seed, w, most, p)
			}
		}
	}
}

func TestWorkloadIsTheSameAgain(t *testing.T) {
	s := scheduler(t, asItIs)
	cards := seeded(3).deck(s, 200)
	a, errA := s.Workload(cards, plan(100, 20, 5, 100))
	b, errB := s.Workload(cards, plan(100, 20, 5, 100))
	if errA != nil || errB != nil || !slices.EqualFunc(a, b, func(a, b *aulav1.Workload) bool { return proto.Equal(a, b) }) {
		t.Errorf("%v, %v\nand then %v, %v", a, errA, b, errB)
	}
}

func TestPlanErrors(t *testing.T) {
	s := scheduler(t, asItIs)
	for want, change := range map[string]func(p *Plan){
		"0 days, want 1 to 365":                   func(p *Plan) { p.Days = 0 },
		"366 days, want 1 to 365":                 func(p *Plan) { p.Days = 366 },
		"-1 reviews a day, 5 new cards a day":     func(p *Plan) { p.ReviewsPerDay = -1 },
		"20 reviews a day, -1 new cards a day":    func(p *Plan) { p.NewPerDay = -1 },
		"5 new cards a day of -1, want 0 or more": func(p *Plan) { p.NewLeft = -1 },
		"a review takes 0s and a lapse 20s":       func(p *Plan) { p.Review = 0 },
		"a review takes 8s and a lapse -1s, want": func(p *Plan) { p.Lapse = -time.Second },
	} {
		p := plan(30, 20, 5, 100)
		change(&p)
		if all, err := s.Workload(nil, p); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, error %v, want %q", all, err, want)
		}
	}
}

func TestDue(t *testing.T) {
	in := func(days int32, change func(c *aulav1.CardState)) *aulav1.CardState {
		c := &aulav1.CardState{Phase: aulav1.CardState_REVIEW, LastDay: today - 10, Interval: 10 + days}
		change(c)
		return c
	}
	plain := func(*aulav1.CardState) {}
	got := Due([]*aulav1.CardState{
		in(0, plain), in(-5, plain), in(0, func(c *aulav1.CardState) { c.Suspended = true }),
		in(0, func(c *aulav1.CardState) { c.BuriedDay = today }),
		in(-3, func(c *aulav1.CardState) { c.BuriedDay = today - 1 }),
		in(2, plain), in(2, func(c *aulav1.CardState) { c.BuriedDay = today }), in(4, plain), in(5, plain), in(500, plain),
		{},
		{Phase: aulav1.CardState_LEARNING, LastDay: today},
		{Phase: aulav1.CardState_RELEARNING, LastDay: today - 1},
	}, today, 5)
	want := []*aulav1.ForecastDay{
		{Date: "2024-10-04", Due: 5}, {Date: "2024-10-05", Due: 1}, {Date: "2024-10-06", Due: 2}, {Date: "2024-10-07"}, {Date: "2024-10-08", Due: 1},
	}
	if !slices.EqualFunc(got, want, func(a, b *aulav1.ForecastDay) bool { return proto.Equal(a, b) }) {
		t.Errorf("%v\nwant\n%v", got, want)
	}
}
