package schedule

import (
	"fmt"
	"math"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	aulav1 "aula/proto/aula/v1"
)

// Plan is how a learner means to study.
type Plan struct {
	Today         int32         // the study day to begin with
	Days          int           // how many days to look ahead, 1 to 365
	ReviewsPerDay int           // how many cards to review a day at most; those in steps do not count
	NewPerDay     int           // how many cards to begin a day at most
	NewLeft       int           // how many cards there are to begin
	Review        time.Duration // how long a review takes on average, more than 0
	Lapse         time.Duration // the same, where the card was forgotten
}

// check returns an error that says which part of a plan is out of its range.
func (p *Plan) check() error {
	switch {
	case p.Days < 1 || p.Days > 365:
		return fmt.Errorf("%d days, want 1 to 365", p.Days)
	case min(p.ReviewsPerDay, p.NewPerDay, p.NewLeft) < 0:
		return fmt.Errorf("%d reviews a day, %d new cards a day of %d, want 0 or more", p.ReviewsPerDay, p.NewPerDay, p.NewLeft)
	case p.Review <= 0 || p.Lapse <= 0:
		return fmt.Errorf("a review takes %v and a lapse %v, want more than 0", p.Review, p.Lapse)
	}
	return nil
}

// Due tells how many cards come due on a study day and on those after it, a day for each, 1 or
// more, if nothing is forgotten: each card once. Those that are overdue or in steps come due on
// the first day, and those that are buried until tomorrow not before the second. Suspended cards
// and new ones do not count.
func Due(cards []*aulav1.CardState, today int32, days int) []*aulav1.ForecastDay {
	ahead := make([]*aulav1.ForecastDay, days)
	for i := range ahead {
		ahead[i] = &aulav1.ForecastDay{Date: Date(today + int32(i))}
	}
	for _, card := range cards {
		if card.GetSuspended() || card.GetPhase() == aulav1.CardState_PHASE_UNSPECIFIED {
			continue
		}
		at := 0
		if card.GetPhase() == aulav1.CardState_REVIEW {
			at = max(0, int(card.GetLastDay())+int(card.GetInterval())-int(today))
		}
		at = max(at, int(card.GetBuriedDay())-int(today)+1)
		if at < days {
			ahead[at].Due++
		}
	}
	return ahead
}

// Workload tells what each desired retention from 0.70 to 0.97 would cost, in steps of 0.01,
// lowest first: for the learner's cards as they are, suspended ones left out, and the new ones
// that the plan begins. All cards come again as that retention has it from the first day on,
// which is what a change of it does. What is remembered is the sum of the probabilities of
// recall on the day after the last. Errors: the plan is out of its range.
//
// It simulates what the simulator of fsrs-rs does, but by expectation, and leaves nothing to
// chance; see https://github.com/open-spaced-repetition/fsrs-rs. The cards that come due on a
// day are recalled with the probability that the model gives them: that part of them moves on
// as after GOOD, the rest as after AGAIN with relearning steps that are then recalled. (With
// the hard and easy answers that learners of Anki give, 22 % and 15 % of those recalled,
// stability grows by 4 % more.) New cards are answered as those learners do, see firstAnswers,
// and then recalled within their steps. Where more cards come due than the plan allows, an
// equal part of all waits until the next day. To be quick, cards of about the same memory are
// one: a card is shared out among the four points around its memory on a grid of stability, by
// its logarithm, and difficulty. To be smooth, an interval of 4.3 days is one of 4 for 70 % of
// the cards and one of 5 for 30 %.
func (s *Scheduler) Workload(cards []*aulav1.CardState, plan Plan) ([]*aulav1.Workload, error) {
	if err := plan.check(); err != nil {
		return nil, err
	}
	sim := newSimulation(s, cards, plan)
	var all []*aulav1.Workload
	for percent := 70; percent <= 97; percent++ {
		all = append(all, sim.run(float64(percent)/100))
	}
	return all, nil
}

// firstAnswers is how new cards are answered for the first time, AGAIN to EASY.
var firstAnswers = [4]float64{0.24, 0.094, 0.495, 0.171}

// begun is a card in days, as the simulation begins.
type begun struct {
	spot
	stability float64
	last      int     // how many days ago it was reviewed
	kept      float64 // how well it is remembered at the end if it is not reviewed
}

// move is what becomes of the cards of a cell that are reviewed at about the same time after
// they came due.
type move struct {
	known   bool
	recall  float64 // the probability of it
	success spot
	lapse   spot
	least   float64 // the shortest interval after a success, where it may exceed that of a cell
}

// simulation is what all retentions have in common, and room for one.
type simulation struct {
	*Scheduler
	plan     Plan
	memories [cells]Memory
	curve    [grains][]float64 // how well each stability is remembered after so many days
	cards    []begun
	leaving  studied // the cards that leave their steps on the first day
	fresh    studied // a new card after its first day

	stretch    float64
	intervals  [cells]float64 // days, and parts of them
	moves      [cells][delays]move
	due        [][cells]pile  // by day
	late       [cells]pile    // those that have to wait
	reviewed   [cells]float64 // those of a day that come again after the interval of their cell
	reviews    float64        // so far
	lapses     float64        // of them
	remembered float64        // at the end, of those that are not reviewed again
}

// studied is what comes of steps, which do not depend on the retention.
type studied struct {
	cells   [cells]float64 // cards
	reviews float64
}

func newSimulation(s *Scheduler, cards []*aulav1.CardState, plan Plan) *simulation {
	sim := &simulation{Scheduler: s, plan: plan, due: make([][cells]pile, plan.Days)}
	for i := range sim.memories {
		sim.memories[i] = Memory{minStability * math.Pow(ratio, float64(i/difficulties)), minDifficulty + float64(i%difficulties)}
	}
	for i := range sim.curve {
		sim.curve[i] = make([]float64, plan.Days+1)
		for days := range sim.curve[i] {
			sim.curve[i][days] = s.formulas.retrievability(float64(days), sim.memories[i*difficulties].Stability)
		}
	}
	for _, card := range cards {
		if !card.GetSuspended() {
			sim.place(card)
		}
	}
	steps := len(s.learning)
	for i, left := range [4]int{steps, steps, max(steps-1, 0), 0} {
		first := s.formulas.next(Memory{}, 0, aulav1.CardAnswer_Rating(i+1))
		p := spotOf(s.recalled(first, left))
		p.add(&sim.fresh.cells, firstAnswers[i])
		sim.fresh.reviews += firstAnswers[i] * float64(1+left)
	}
	return sim
}

// recalled is a memory after so many more good answers on the same day.
func (s *Scheduler) recalled(m Memory, times int) Memory {
	for range times {
		m = s.formulas.next(m, 0, aulav1.CardAnswer_GOOD)
	}
	return m
}

// place takes in a card of the learner's.
func (s *simulation) place(card *aulav1.CardState) {
	m := Memory{card.GetStability(), card.GetDifficulty()}
	last := max(0, int(s.plan.Today)-int(card.GetLastDay()))
	steps := s.learning
	switch card.GetPhase() {
	case aulav1.CardState_PHASE_UNSPECIFIED:
		return
	case aulav1.CardState_REVIEW:
		kept := s.formulas.retrievability(float64(last+s.plan.Days), m.Stability)
		s.cards = append(s.cards, begun{spotOf(m), m.Stability, last, kept})
		return
	case aulav1.CardState_RELEARNING:
		steps = s.relearning
	case aulav1.CardState_LEARNING:
	}
	left := max(1, len(steps)-int(card.GetStep()))
	p := spotOf(s.recalled(s.formulas.next(m, last, aulav1.CardAnswer_GOOD), left-1))
	p.add(&s.leaving.cells, 1)
	s.leaving.reviews += float64(left)
}

// run simulates one desired retention.
func (s *simulation) run(retention float64) *aulav1.Workload {
	s.begin(s.formulas.stretch(retention))
	left := s.plan.NewLeft
	for day := range s.plan.Days {
		s.study(day)
		begin := min(left, s.plan.NewPerDay)
		left -= begin
		s.reviews += float64(begin) * s.fresh.reviews
		for cell, mass := range s.reviewed {
			if mass += float64(begin) * s.fresh.cells[cell]; mass > dust {
				s.schedule(cell, day, mass, s.intervals[cell])
			}
		}
	}
	for cell, p := range s.late {
		if p.mass > dust {
			elapsed := s.intervals[cell] + p.waited/p.mass
			s.remembered += p.mass * s.formulas.retrievability(elapsed, s.memories[cell].Stability)
		}
	}
	days := float64(s.plan.Days)
	spent := (s.reviews-s.lapses)*s.plan.Review.Seconds() + s.lapses*s.plan.Lapse.Seconds()
	return &aulav1.Workload{
		DesiredRetention: retention,
		ReviewsPerDay:    s.reviews / days,
		TimePerDay:       durationpb.New(time.Duration(spent / days * float64(time.Second)).Round(time.Millisecond)),
		Remembered:       s.remembered,
	}
}

// begin lays all cards out as they come due where intervals are so much longer than the
// stability.
func (s *simulation) begin(stretch float64) {
	s.stretch, s.reviews, s.lapses, s.remembered = stretch, s.leaving.reviews, 0, 0
	s.late = [cells]pile{}
	clear(s.moves[:])
	for cell, m := range s.memories {
		s.intervals[cell] = s.length(m.Stability)
	}
	for i := range s.cards {
		card := &s.cards[i]
		ahead := s.length(card.stability) - float64(card.last)
		if ahead < 0 {
			for corner, part := range card.parts {
				late := &s.late[card.cell+corners[corner]]
				late.mass += part
				late.waited -= part * ahead
			}
			continue
		}
		day, later := math.Modf(ahead)
		s.lay(card, int(day), 1-later)
		s.lay(card, int(day)+1, later)
	}
}

// lay has a part of a card come due on a day.
func (s *simulation) lay(card *begun, day int, part float64) {
	if day >= s.plan.Days {
		s.remembered += part * card.kept
		return
	}
	for corner, share := range card.parts {
		s.due[day][card.cell+corners[corner]].mass += part * share
	}
}

// length is the interval for a stability, in days and parts of them.
func (s *simulation) length(stability float64) float64 {
	return bounded(stability*s.stretch, 1, float64(s.longest))
}

// study reviews the cards that are due on a day.
func (s *simulation) study(day int) {
	s.reviewed = [cells]float64{}
	if day == 0 {
		s.reviewed = s.leaving.cells
	}
	due := &s.due[day]
	all := 0.0
	for cell := range due {
		due[cell].mass += s.late[cell].mass
		due[cell].waited += s.late[cell].waited
		all += due[cell].mass
	}
	share := 1.0
	if limit := float64(s.plan.ReviewsPerDay); all > limit {
		share = limit / all
	}
	for cell, p := range due {
		if p.mass < dust {
			s.late[cell] = pile{}
			continue
		}
		s.late[cell] = pile{p.mass * (1 - share), (p.waited + p.mass) * (1 - share)}
		m := s.move(cell, p.waited/p.mass)
		recalled := p.mass * share * m.recall
		forgotten := p.mass*share - recalled
		s.lapses += forgotten
		s.reviews += p.mass*share + forgotten*float64(len(s.relearning))
		m.lapse.add(&s.reviewed, forgotten)
		if m.least == 0 {
			m.success.add(&s.reviewed, recalled)
			continue
		}
		for corner, part := range m.success.parts {
			to := m.success.cell + corners[corner]
			s.schedule(to, day, recalled*part, max(m.least, s.intervals[to]))
		}
	}
	*due = [cells]pile{} // for the next retention
}

// schedule has cards that were reviewed on a day come due after an interval, or counts those
// that do not before the end.
func (s *simulation) schedule(cell, day int, mass, interval float64) {
	whole, later := math.Modf(interval)
	for i, part := range [2]float64{1 - later, later} {
		if at := day + int(whole) + i; at < s.plan.Days {
			p := &s.due[at][cell]
			p.mass += mass * part
			p.waited += mass * part * (interval - s.intervals[cell])
		} else {
			s.remembered += mass * part * s.curve[cell/difficulties][s.plan.Days-day]
		}
	}
}

// move finds what becomes of the cards of a cell that have waited for so many days since they
// came due.
func (s *simulation) move(cell int, waited float64) *move {
	elapsed := s.intervals[cell] + waited
	delay := 0
	if elapsed > s.intervals[cell]*delayRatio {
		delay = min(int(math.Log(elapsed/s.intervals[cell])/logDelayRatio), delays-1)
	}
	m := &s.moves[cell][delay]
	if m.known {
		return m
	}
	before := s.memories[cell]
	r := s.formulas.retrievability(elapsed, before.Stability)
	good := s.formulas.later(before, r, aulav1.CardAnswer_GOOD)
	*m = move{
		known: true, recall: r, success: spotOf(good),
		lapse: spotOf(s.recalled(s.formulas.later(before, r, aulav1.CardAnswer_AGAIN), len(s.relearning))),
	}
	hard := s.formulas.later(before, r, aulav1.CardAnswer_HARD)
	if least := s.length(hard.Stability) + 1; least > s.length(good.Stability) {
		m.least = min(least, float64(s.longest))
	}
	return m
}
