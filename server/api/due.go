package api

import (
	"cmp"
	"context"
	"slices"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	aulav1 "aula/proto/aula/v1"
	"aula/server/schedule"
)

// defaultDue is how many cards are listed where the request does not say.
const defaultDue = 20

func (s studyService) ListDueCards(ctx context.Context, req *aulav1.ListDueCardsRequest) (*aulav1.ListDueCardsResponse, error) {
	l, err := student(ctx)
	if err != nil {
		return nil, err
	}
	sets, err := s.studied(ctx, l, req.GetSets())
	if err != nil {
		return nil, err
	}
	q, err := s.queue(ctx, l, sets, int(cmp.Or(req.GetPageSize(), defaultDue)))
	if err != nil {
		return nil, err
	}
	shown := q.cards()
	next, err := q.next(ctx, shown)
	if err != nil {
		return nil, err
	}
	c := callerOf(ctx)
	resp := &aulav1.ListDueCardsResponse{Counts: q.counts}
	if resp.Cards, err = q.describe(ctx, c, shown); err != nil {
		return nil, err
	}
	if !next.IsZero() {
		resp.NextAt = timestamppb.New(next)
	}
	if len(shown) > 0 {
		resp.Summary = c.toStudy(q.counts)
	} else {
		resp.Summary = c.nothingDue(q, next)
	}
	return resp, nil
}

// describe tells all about the cards to show.
func (q *queue) describe(ctx context.Context, c *caller, shown []place) ([]*aulav1.DueCard, error) {
	states, err := q.states(ctx, shown)
	if err != nil {
		return nil, err
	}
	play := studyPlay(q.l.GetId())
	cards := make([]*aulav1.DueCard, len(shown))
	for i, p := range shown {
		set := q.sets[p.set]
		state := states[i]
		card := &aulav1.DueCard{
			Set: set.id, Revision: set.revision, State: state, Retrievability: decimals(q.l.scheduler.Retrievability(state, q.day), 4),
			Next: c.nextIntervals(q.l.scheduler.Preview(state, max(q.day, state.GetLastDay()))),
		}
		cards[i] = withField(card, promptOfDueCard, set.EncodedPrompt(p.q, c.reader(), play))
	}
	return cards, nil
}

// promptOfDueCard is the number of the field DueCard.prompt.
var promptOfDueCard = fieldNumber(&aulav1.DueCard{}, "prompt")

// states returns the states of cards; of a new one, one without a phase.
func (q *queue) states(ctx context.Context, cards []place) ([]*aulav1.CardState, error) {
	states := make([]*aulav1.CardState, len(cards))
	for set := range q.sets {
		var ids []string
		for _, p := range cards {
			if p.set == set {
				ids = append(ids, p.id())
			}
		}
		kept, err := q.Store.Cards(ctx, q.l.GetId(), q.sets[set].id, ids)
		if err != nil {
			return nil, err
		}
		for i, p := range cards {
			if p.set != set {
				continue
			}
			if states[i] = kept[p.id()]; states[i] == nil {
				states[i] = &aulav1.CardState{Set: q.sets[set].id, Question: p.id()}
			}
		}
	}
	return states, nil
}

// nextIntervals tells what each rating leads to.
func (c *caller) nextIntervals(next [4]schedule.Next) []*aulav1.NextInterval {
	intervals := make([]*aulav1.NextInterval, len(next))
	for i, n := range next {
		wait := n.Wait + time.Duration(n.Days)*day
		intervals[i] = &aulav1.NextInterval{
			Rating: aulav1.CardAnswer_Rating(i + 1), Interval: durationpb.New(wait), Text: c.interval(wait),
		}
	}
	return intervals
}

// toStudy tells how much there is to study today.
func (c *caller) toStudy(counts *aulav1.DueCounts) string {
	var parts []string
	for _, part := range []struct {
		id    string
		count int32
	}{{"study.learning", counts.GetLearning()}, {"study.due", counts.GetDue()}, {"study.new", counts.GetNew()}} {
		if part.count > 0 {
			parts = append(parts, c.locale.Counted(part.id, int(part.count)))
		}
	}
	list := parts[0]
	for i, part := range parts[1:] {
		join := "study.comma"
		if i == len(parts)-2 {
			join = "study.and"
		}
		list = c.locale.Text(join, map[string]any{"Before": list, "After": part})
	}
	return c.locale.Text("study.today", map[string]any{"Cards": list})
}

// nothingDue tells when the next card comes, where nothing is left for now, or why none does.
func (c *caller) nothingDue(q *queue, next time.Time) string {
	examined := func(s *studied) bool { return len(s.exams) > 0 }
	switch {
	case !next.IsZero():
		return c.locale.Text("study.later", map[string]any{"Interval": c.interval(next.Sub(q.now))})
	case slices.ContainsFunc(q.sets, examined):
		return c.locale.Text("study.in_exam", nil)
	case len(q.sets) > 0:
		return c.locale.Text("study.nothing_left", nil)
	}
	return c.locale.Text("study.nothing", nil)
}
