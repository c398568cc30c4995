package api

import (
	"cmp"
	"context"
	"slices"
	"time"

	aulav1 "aula/proto/aula/v1"
	"aula/questions"
	"aula/server/schedule"
	"aula/server/store"
)

// Bounds on what is read for a queue, whatever a learner's cards are like.
const (
	maxStudied = 20_000           // cards studied or buried today
	learnAhead = 20 * time.Minute // by which a step may come early, where nothing else is left
)

// halfDay is by how much the beginning of a study day, which is when a review comes, may differ
// from where the learner is at home or from when their days begin now: a review comes on the
// day that begins next to its time.
const halfDay = 12 * time.Hour

// queue is what a learner has to study today.
type queue struct {
	*Server
	l    *learner
	sets []*studied
	page int // how many cards are wanted
	now  time.Time
	day  int32     // the study day
	half time.Time // of it
	ends time.Time // when the next begins

	facts           map[factID]bool   // those asked about today: in the past, or earlier in the queue
	buried          []map[string]bool // until tomorrow, for each set
	begun, reviewed int               // today so far

	counts         *aulav1.DueCounts
	ready          int     // cards in steps that are due
	steps, soon    []place // in steps: due, and due before long
	reviews, fresh []place
	step           time.Time // when the first card in steps comes that is not due before long; zero for never
	tomorrow       bool      // whether something waits for tomorrow
}

// place is a card in a queue.
type place struct {
	set   int // of sets
	q     *questions.Question
	dueAt time.Time
}

func (p place) id() string { return p.q.Source.GetId() }

// factID names a fact of a set.
type factID struct {
	set  int
	fact string
}

// queue works out what a learner has to study.
func (s *Server) queue(ctx context.Context, l *learner, sets []*studied, page int) (*queue, error) {
	now := s.Now().Truncate(time.Millisecond)
	day, began := schedule.Day(now, l.zone, int(l.GetRolloverHour()))
	q := &queue{
		Server: s, l: l, sets: sets, page: page, now: now, day: day, half: began.Add(halfDay), ends: began.AddDate(0, 0, 1),
		facts: map[factID]bool{}, counts: &aulav1.DueCounts{}, buried: make([]map[string]bool, len(sets)),
	}
	// In this order: of the cards of one fact, what comes first today takes the day.
	for _, read := range []func(context.Context) error{q.readToday, q.readSteps, q.readReviews, q.readNew} {
		if err := read(ctx); err != nil {
			return nil, err
		}
	}
	return q, nil
}

// readToday reads what was studied today, and what is not to be.
func (q *queue) readToday(ctx context.Context) error {
	at := make(map[string]int, len(q.sets))
	buried, err := q.Store.BuriedOn(ctx, q.l.GetId(), q.day, maxStudied)
	if err != nil {
		return err
	}
	for i, set := range q.sets {
		at[set.id], q.buried[i] = i, buried[set.id]
	}
	done, err := q.Store.StudiedSince(ctx, q.l.GetId(), q.day, maxStudied)
	for _, card := range done {
		if card.Begun {
			q.begun++
		} else {
			q.reviewed++
		}
		if i, ok := at[card.Set]; ok {
			q.ask(i, q.sets[i].Question(card.Question))
		}
	}
	return err
}

// ask notes that a question is asked today. It reports whether another of the same fact is.
func (q *queue) ask(set int, question *questions.Question) (asked bool) {
	if question == nil || question.Source.GetFact() == "" {
		return false
	}
	fact := factID{set, question.Source.GetFact()}
	asked = q.facts[fact]
	q.facts[fact] = true
	return asked
}

// wait notes that something waits for tomorrow. It returns true, to go on with the next card.
func (q *queue) wait() bool {
	q.tomorrow = true
	return true
}

// readSteps reads the cards in steps that come today. They come whatever else is asked of their
// fact.
func (q *queue) readSteps(ctx context.Context) error {
	return q.walk(ctx, inSteps, time.Time{}, q.ends, q.page, func(p place) bool {
		if q.buried[p.set][p.id()] {
			return q.wait()
		}
		q.ask(p.set, p.q)
		q.counts.Learning++
		switch {
		case !p.dueAt.After(q.now):
			q.ready++
			q.steps = q.put(q.steps, p)
		case !p.dueAt.After(q.now.Add(learnAhead)):
			q.soon = append(q.soon, p)
		case q.step.IsZero():
			q.step = p.dueAt
		}
		return true
	})
}

// readReviews reads the reviews of today, up to the learner's limit.
func (q *queue) readReviews(ctx context.Context) error {
	limit := int(q.l.GetReviewsPerDay())
	left := max(limit-q.reviewed, 0)
	return q.walk(ctx, inReview, time.Time{}, q.half, left, func(p place) bool {
		switch {
		case limit == 0:
			return false
		case q.buried[p.set][p.id()]:
			return q.wait()
		case int(q.counts.GetDue()) == left:
			return !q.wait()
		case q.ask(p.set, p.q):
			return q.wait()
		}
		q.counts.Due++
		q.reviews = q.put(q.reviews, p)
		return true
	})
}

// readNew reads which cards are to be begun with, up to the learner's limit.
func (q *queue) readNew(ctx context.Context) error {
	limit := int(q.l.GetNewPerDay())
	left := max(limit-q.begun, 0)
	more := limit > 0
	for i := range q.sets {
		if !more {
			break
		}
		err := q.eachNew(ctx, i, func(p place) bool {
			switch {
			case q.sets[i].exams[p.id()]:
			case q.buried[i][p.id()]:
				q.wait()
			case int(q.counts.GetNew()) == left:
				more = !q.wait()
			case q.ask(i, p.q):
				q.wait()
			default:
				q.counts.New++
				q.fresh = q.put(q.fresh, p)
			}
			return more
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// put adds a card to those to show, as long as some are wanted.
func (q *queue) put(list []place, p place) []place {
	if len(list) < q.page {
		list = append(list, p)
	}
	return list
}

// cards lists the cards to show next, up to a page: those in steps, then reviews, with the new
// ones evenly among all that are left of the day; and when nothing is left, the steps that are
// due before long.
func (q *queue) cards() []place {
	list := slices.Clone(q.steps)
	reviews, fresh := q.reviews, q.fresh
	for begun := 1; len(list) < q.page && len(reviews)+len(fresh) > 0; {
		shown := len(q.reviews) - len(reviews)
		parts := 2 * int(q.counts.GetNew()+1)
		turn := (2*int(q.counts.GetDue())*begun + parts/2) / parts // how many reviews come before the next new one
		if len(fresh) > 0 && (len(reviews) == 0 || shown >= turn) {
			list, fresh = append(list, fresh[0]), fresh[1:]
			begun++
		} else {
			list, reviews = append(list, reviews[0]), reviews[1:]
		}
	}
	if len(list) == 0 {
		list = q.soon[:min(len(q.soon), q.page)]
	}
	return list
}

// next finds when the first card comes that is not among those shown; zero for never.
func (q *queue) next(ctx context.Context, shown []place) (at time.Time, err error) {
	due := q.ready + int(q.counts.GetDue()) + int(q.counts.GetNew())
	soon := q.soon
	if due == 0 {
		soon = soon[len(shown):]
	}
	switch {
	case due > len(shown):
		return q.now, nil
	case len(soon) > 0:
		return soon[0].dueAt, nil
	case !q.step.IsZero():
		return q.step, nil
	case q.tomorrow:
		return q.ends, nil
	}
	err = q.walk(ctx, inSteps, q.ends, endOfTime, 1, func(p place) bool {
		at = p.dueAt
		return false
	})
	if err != nil || q.l.GetReviewsPerDay() == 0 {
		return at, err
	}
	err = q.walk(ctx, inReview, q.half, endOfTime, 1, func(p place) bool {
		_, began := schedule.Day(p.dueAt.Add(halfDay), q.l.zone, int(q.l.GetRolloverHour()))
		if at.IsZero() || began.Before(at) {
			at = began
		}
		return false
	})
	return at, err
}

// How far cards are that have been begun with.
var (
	inSteps  = []aulav1.CardState_Phase{aulav1.CardState_LEARNING, aulav1.CardState_RELEARNING}
	inReview = []aulav1.CardState_Phase{aulav1.CardState_REVIEW}
)

// endOfTime is when no card comes any more.
var endOfTime = time.UnixMilli(1 << 60)

// walker reads cards of a set that are in a phase, piece by piece, in the order in which they
// come.
type walker struct {
	set   int
	phase aulav1.CardState_Phase
	last  store.Due
	read  []store.Due
	ended bool
}

// Bounds on the pieces.
const (
	leastPiece = 8
	mostPiece  = 512
)

// walk visits the cards that are in these phases and come in that time, the earliest first,
// until it is told to stop. About so many are expected. Those that may not be studied now are
// left out.
func (q *queue) walk(
	ctx context.Context, phases []aulav1.CardState_Phase, from, before time.Time, expected int, visit func(place) bool,
) error {
	var walkers []*walker
	for i := range q.sets {
		for _, phase := range phases {
			walkers = append(walkers, &walker{set: i, phase: phase, last: store.Due{At: from}})
		}
	}
	piece := min(max(expected/max(len(walkers), 1)+1, leastPiece), mostPiece)
	for {
		for _, w := range walkers {
			if err := q.fill(ctx, w, before, piece); err != nil {
				return err
			}
		}
		walkers = slices.DeleteFunc(walkers, func(w *walker) bool { return len(w.read) == 0 })
		if len(walkers) == 0 {
			return nil
		}
		first := slices.MinFunc(walkers, func(a, b *walker) int { return a.read[0].At.Compare(b.read[0].At) })
		due := first.read[0]
		first.read = first.read[1:]
		if question := q.sets[first.set].open(due.Question); question != nil && !visit(place{first.set, question, due.At}) {
			return nil
		}
	}
}

// fill reads the next piece where nothing is left of the last.
func (q *queue) fill(ctx context.Context, w *walker, before time.Time, piece int) (err error) {
	if len(w.read) > 0 || w.ended {
		return nil
	}
	w.read, err = q.Store.DueCards(ctx, q.l.GetId(), q.sets[w.set].id, w.phase, w.last, before, piece)
	if w.ended = len(w.read) < piece; len(w.read) > 0 {
		w.last = w.read[len(w.read)-1]
	}
	return err
}

// byPosition sorts cards by where they stand in their set.
func byPosition(a, b place) int { return cmp.Compare(a.q.Position, b.q.Position) }
