package api_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	aulav1 "aula/proto/aula/v1"
)

func (p *pupil) forecast(req *aulav1.GetForecastRequest) *aulav1.GetForecastResponse {
	p.w.t.Helper()
	resp, err := p.w.study.GetForecast(p.ctx(), req)
	if err != nil {
		p.w.t.Fatal(err)
	}
	return resp
}

// What a learner is told of the days to come, in both languages, before they have begun and
// after.
func TestGetForecast(t *testing.T) {
	w := newWorld(t)
	w.many("many", 300)
	p := w.pupil()
	if got := p.forecast(&aulav1.GetForecastRequest{}).GetSummary(); got != "No hay nada que repasar en estos días." {
		t.Errorf("before anything: %s", got)
	}
	for i := range 200 {
		p.event("many", fmt.Sprint("q-", i), &aulav1.ReviewEvent{
			Action: &aulav1.ReviewEvent_Rating{Rating: aulav1.CardAnswer_EASY}, Duration: durationpb.New(time.Duration(4+i%5) * time.Second),
		})
	}
	var b strings.Builder
	for _, lang := range []string{"en", "es"} {
		for _, at := range []string{"2026-11-25 09:00", "2026-12-05 09:00"} {
			w.at(p.time(at))
			got := p.forecast(&aulav1.GetForecastRequest{Days: 20, Language: lang})
			fmt.Fprintf(&b, "%s  %s\n", at, got.GetSummary())
			if lang == "es" {
				continue
			}
			for _, day := range got.GetDays() {
				if day.GetDue() > 0 {
					fmt.Fprintf(&b, "    %s %d\n", day.GetDate(), day.GetDue())
				}
			}
			for i, cost := range got.GetWorkload() {
				if i%10 != 0 && i != 27 {
					continue
				}
				fmt.Fprintf(&b, "    %.2f: %.1f a day, %.0f s, %.1f remembered\n",
					cost.GetDesiredRetention(), cost.GetReviewsPerDay(), cost.GetTimePerDay().AsDuration().Seconds(), cost.GetRemembered())
			}
		}
	}
	golden(t, "study/forecast.txt", b.String())
}

// The first day of a forecast is what is due, but for the limits; and cards that are no longer
// there do not come.
func TestForecastIsWhatIsDue(t *testing.T) {
	w := newWorld(t)
	w.many("many", 60)
	p := w.pupil()
	for i := range 40 {
		p.rate("many", fmt.Sprint("q-", i), aulav1.CardAnswer_EASY)
	}
	days := p.forecast(&aulav1.GetForecastRequest{}).GetDays()
	if len(days) != 30 || days[0].GetDate() != "2026-11-25" {
		t.Fatalf("the days are %v", days)
	}
	total := int32(0)
	for i, day := range days {
		total += day.GetDue()
		w.at(p.time("2026-11-25 04:00").AddDate(0, 0, i))
		if due := p.due(&aulav1.ListDueCardsRequest{}).GetCounts().GetDue(); due != total {
			t.Errorf("%s: %d due, want %d", day.GetDate(), due, total)
		}
	}
	if total != 40 {
		t.Errorf("%d cards come", total)
	}
	w.many("many", 10)
	if day := p.forecast(&aulav1.GetForecastRequest{Days: 1}).GetDays()[0]; day.GetDue() != 10 {
		t.Errorf("with ten questions left: %v", day)
	}
}

// An estimate pretends to no more than it knows, and what rounds to nothing is not told as a number.
func TestForecastIsRound(t *testing.T) {
	w := newWorld(t)
	w.many("many", 30)
	p := w.pupil()
	p.rate("many", "q-0", aulav1.CardAnswer_EASY)
	short := func(x float64, decimals int) bool {
		return len(strconv.FormatFloat(x, 'f', -1, 64)) <= len(strconv.FormatFloat(x, 'f', decimals, 64))
	}
	for _, cost := range p.forecast(&aulav1.GetForecastRequest{Days: 13}).GetWorkload() {
		if !short(cost.GetReviewsPerDay(), 2) || !short(cost.GetRemembered(), 1) || !short(cost.GetDesiredRetention(), 2) || cost.GetRemembered() < 20 {
			t.Errorf("a workload of %v", cost)
		}
	}
	w.at(w.now().AddDate(0, 0, 12))
	for _, card := range p.due(&aulav1.ListDueCardsRequest{}).GetCards() {
		if r := card.GetRetrievability(); !short(r, 4) || (r > 0.8) != (card.GetState().GetQuestion() == "q-0") {
			t.Errorf("a card to study is %v", card)
		}
	}

	p.rate("many", "q-0", aulav1.CardAnswer_EASY)
	_, err := w.learn.UpdateLearner(p.ctx(), &aulav1.UpdateLearnerRequest{NewPerDay: new(int32(0))})
	if err != nil {
		t.Fatal(err)
	}
	for lang, want := range map[string]string{"en": "There is hardly anything to review in these days.", "es": "Casi no hay nada que repasar en estos días."} {
		if got := p.forecast(&aulav1.GetForecastRequest{Days: 100, Language: lang}); got.GetSummary() != want {
			t.Errorf("of one card that comes once: %s %v", got.GetSummary(), got.GetWorkload()[20])
		}
	}
}
