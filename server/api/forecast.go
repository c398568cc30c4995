package api

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"golang.org/x/text/number"

	aulav1 "aula/proto/aula/v1"
	"aula/questions"
	"aula/server/schedule"
)

const (
	defaultForecast = 30 // days
	maxForecasts    = 2  // worked out at once: each takes all of a processor for a moment
)

func (s studyService) GetForecast(ctx context.Context, req *aulav1.GetForecastRequest) (*aulav1.GetForecastResponse, error) {
	l, err := student(ctx)
	if err != nil {
		return nil, err
	}
	sets, err := s.studied(ctx, l, req.GetSets())
	if err != nil {
		return nil, err
	}
	plan := schedule.Plan{
		Today: l.day(s.Now()), Days: int(cmp.Or(req.GetDays(), defaultForecast)),
		ReviewsPerDay: int(l.GetReviewsPerDay()), NewPerDay: int(l.GetNewPerDay()),
	}
	if plan.Review, plan.Lapse, err = s.pace(ctx, l); err != nil {
		return nil, err
	}
	select {
	case s.work.forecasts <- struct{}{}:
		defer func() { <-s.work.forecasts }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	var cards []*aulav1.CardState
	for _, set := range sets {
		begun, left, err := s.begun(ctx, l, set)
		if err != nil {
			return nil, err
		}
		cards, plan.NewLeft = append(cards, begun...), plan.NewLeft+left
	}
	resp := &aulav1.GetForecastResponse{Days: schedule.Due(cards, plan.Today, plan.Days)}
	if resp.Workload, err = l.scheduler.Workload(cards, plan); err != nil {
		return nil, err
	}
	for _, w := range resp.GetWorkload() {
		w.ReviewsPerDay, w.Remembered = decimals(w.GetReviewsPerDay(), 2), decimals(w.GetRemembered(), 1)
	}
	resp.Summary = callerOf(ctx).costs(resp.GetWorkload(), l.GetScheduling().GetDesiredRetention())
	return resp, nil
}

// decimals rounds a number to so many decimals: what is estimated has no more that tell anything.
func decimals(x float64, n int) float64 {
	scale := math.Pow10(n)
	return math.Round(x*scale) / scale
}

// begun reads the cards of a set that a learner has begun with, and tells how many are left to
// begin with.
func (s *Server) begun(ctx context.Context, l *learner, set *studied) (cards []*aulav1.CardState, left int, err error) {
	left = len(set.Askable(questions.Play{}))
	err = s.eachCard(ctx, l, set.id, func(state *aulav1.CardState) error {
		q := set.Question(state.GetQuestion())
		if q == nil || q.Source.GetExamOnly() {
			return nil
		}
		if state.GetPhase() != aulav1.CardState_PHASE_UNSPECIFIED {
			cards = append(cards, state)
		}
		if state.GetPhase() != aulav1.CardState_PHASE_UNSPECIFIED || state.GetSuspended() {
			left--
		}
		return nil
	})
	return cards, left, err
}

// How long a review takes is told from the last ones.
const (
	paceReviews = 1000             // so many
	usualPace   = 10 * time.Second // where they do not tell
	longestPace = time.Minute      // what took longer was interrupted
)

// pace is how long a learner's reviews take on average: one that is recalled, and one that is
// forgotten.
func (s *Server) pace(ctx context.Context, l *learner) (recalled, forgotten time.Duration, err error) {
	events, err := s.Store.LastReviews(ctx, l.GetId(), paceReviews)
	if err != nil {
		return 0, 0, err
	}
	var taken [2]time.Duration
	var n [2]time.Duration
	for _, e := range events {
		took := min(e.GetDuration().AsDuration(), longestPace)
		if e.GetRated() == aulav1.CardAnswer_RATING_UNSPECIFIED || took <= 0 {
			continue
		}
		which := 0
		if e.GetRated() == aulav1.CardAnswer_AGAIN {
			which = 1
		}
		taken[which] += took
		n[which]++
	}
	mean := func(which int) time.Duration { return taken[which] / max(n[which], 1) }
	recalled = cmp.Or(mean(0), mean(1), usualPace)
	return recalled, cmp.Or(mean(1), recalled), nil
}

// littleMore is what a learner may want of retention beyond their own.
const littleMore = 2 // per cent

// leastTold is from how many reviews a day on a sentence tells their number.
const leastTold = 0.05

// costs tells what a desired retention costs, and what a little more would.
func (c *caller) costs(workload []*aulav1.Workload, retention float64) string {
	percent := int(math.Round(retention * 100))
	of := func(percent int) *aulav1.Workload {
		at := slices.IndexFunc(workload, func(w *aulav1.Workload) bool { return int(math.Round(w.GetDesiredRetention()*100)) == percent })
		if at < 0 {
			return nil
		}
		return workload[at]
	}
	own, more := of(percent), of(min(percent+littleMore, int(math.Round(workload[len(workload)-1].GetDesiredRetention()*100))))
	switch {
	case own.GetReviewsPerDay() == 0:
		return c.locale.Text("forecast.nothing", nil)
	case own.GetReviewsPerDay() < leastTold:
		return c.locale.Text("forecast.little", nil)
	case more == own:
		return c.locale.Text("forecast.cost", c.cost(own))
	}
	return c.locale.Text("forecast.costs", map[string]any{
		"Own": c.locale.Text("forecast.cost", c.cost(own)), "More": c.locale.Text("forecast.more", c.cost(more)),
	})
}

// cost is what a desired retention costs, as sentences tell it.
func (c *caller) cost(w *aulav1.Workload) map[string]any {
	printer := c.printer()
	count := w.GetReviewsPerDay()
	if count = decimals(count, 1); count >= 10 {
		count = math.Round(count)
	}
	return map[string]any{
		"Retention": printer.Sprint(number.Percent(w.GetDesiredRetention())), "Count": fmt.Sprint(count),
		"Number": printer.Sprint(number.Decimal(count, number.MaxFractionDigits(1))), "Time": c.interval(w.GetTimePerDay().AsDuration()),
	}
}
