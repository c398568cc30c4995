package api

import (
	"cmp"
	"context"
	"strings"

	"golang.org/x/text/number"
	"google.golang.org/protobuf/types/known/durationpb"

	aulav1 "aula/proto/aula/v1"
	"aula/questions"
	"aula/server/schedule"
	"aula/server/store"
)

// What progress is told by.
const (
	masteredInterval = 21  // days, from which on a card is mastered
	retentionDays    = 30  // over which retention is told
	heatMapDays      = 365 // where the request does not say
	ledgerEntries    = 100 // told at most
)

func (s scoreService) GetProgress(ctx context.Context, req *aulav1.GetProgressRequest) (*aulav1.GetProgressResponse, error) {
	l, err := student(ctx)
	if err != nil {
		return nil, err
	}
	resp := &aulav1.GetProgressResponse{DesiredRetention: l.GetScheduling().GetDesiredRetention()}
	if resp.Cards, err = s.countCards(ctx, l, req.GetSets()); err != nil {
		return nil, err
	}
	today := l.day(s.Now())
	asked, recalled, err := s.Store.Recalled(ctx, l.GetId(), today-retentionDays+1)
	if err != nil {
		return nil, err
	}
	if resp.RetentionReviews = int32(asked); asked > 0 {
		resp.Retention = new(float64(recalled) / float64(asked))
	}
	days, err := s.Store.StudyDays(ctx, l.GetId())
	if err != nil {
		return nil, err
	}
	if resp.Streak, err = s.streak(ctx, l, days, today); err != nil {
		return nil, err
	}
	first := today - cmp.Or(req.GetDays(), heatMapDays) + 1
	for _, d := range days {
		if d.Day >= first {
			resp.Days = append(resp.Days, &aulav1.StudyDay{
				Date: schedule.Date(d.Day), Reviews: int32(d.Reviews), New: int32(d.Begun), Duration: durationpb.New(d.Duration),
			})
		}
	}
	resp.Summary = callerOf(ctx).progress(resp)
	return resp, nil
}

// countCards counts the cards of sets, or of all sets that the learner studies. Errors:
// SET_NOT_FOUND.
func (s scoreService) countCards(ctx context.Context, l *learner, named []string) (*aulav1.CardCounts, error) {
	counts := &aulav1.CardCounts{}
	sets, err := s.studied(ctx, l, named)
	if err != nil {
		return nil, err
	}
	for _, set := range sets {
		counts.New += int32(len(set.Askable(questions.Play{})))
		err := s.eachCard(ctx, l, set.id, func(card *aulav1.CardState) error {
			if q := set.Question(card.GetQuestion()); q != nil && !q.Source.GetExamOnly() { // it has not left the set
				count(counts, card)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return counts, nil
}

// count counts a card that was among the new ones.
func count(counts *aulav1.CardCounts, card *aulav1.CardState) {
	if card.GetSuspended() {
		counts.Suspended++
	}
	if schedule.IsLeech(card.GetLapses()) {
		counts.Leeches++
	}
	switch {
	case card.GetPhase() == aulav1.CardState_PHASE_UNSPECIFIED:
		return
	case card.GetPhase() == aulav1.CardState_REVIEW && card.GetInterval() >= masteredInterval:
		counts.Mastered++
	default:
		counts.Learning++
	}
	counts.New--
}

// streak tells a learner's streak, and settles its ledger.
func (s scoreService) streak(ctx context.Context, l *learner, days []store.StudyDay, today int32) (*aulav1.Streak, error) {
	var studied []int32
	for _, d := range days {
		if d.Day <= today { // of a learner who has flown west, some lie ahead
			studied = append(studied, d.Day)
		}
	}
	streak, follows := schedule.Streak(studied, today)
	ledger, err := s.Store.Freezes(ctx, l.GetId(), follows)
	if err != nil {
		return nil, err
	}
	for i := len(ledger) - 1; i >= 0 && len(streak.GetLedger()) < ledgerEntries; i-- {
		streak.Ledger = append(streak.Ledger, ledger[i])
	}
	return streak, nil
}

// progress puts progress into sentences.
func (c *caller) progress(p *aulav1.GetProgressResponse) string {
	cards := p.GetCards()
	sentences := []string{c.locale.Text("progress.cards", map[string]any{
		"Mastered": c.locale.Counted("progress.mastered", int(cards.GetMastered())),
		"Learning": c.locale.Counted("progress.learning", int(cards.GetLearning())),
		"New":      c.locale.Counted("progress.new", int(cards.GetNew())),
	})}
	if p.Retention != nil {
		printer := c.printer()
		percent := func(x float64) string { return printer.Sprint(number.Percent(x, number.MaxFractionDigits(0))) }
		sentences = append(sentences, c.locale.Text("progress.retention", map[string]any{
			"Count": int(p.GetRetentionReviews()), "Retention": percent(p.GetRetention()), "Promised": percent(p.GetDesiredRetention()),
		}))
	}
	streak := p.GetStreak()
	if streak.GetDays() == 0 {
		return strings.Join(append(sentences, c.locale.Text("streak.none", nil)), " ")
	}
	sentences = append(sentences, c.locale.Counted("streak.days", int(streak.GetDays())))
	if streak.GetFreezes() > 0 {
		sentences = append(sentences, c.locale.Counted("streak.freezes", int(streak.GetFreezes())))
	}
	return strings.Join(sentences, " ")
}
