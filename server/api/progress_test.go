package api_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	aulav1 "aula/proto/aula/v1"
	"aula/server/schedule"
	"aula/server/store"
)

// studied keeps reviews of the rivers, each some days ago, at noon in Guayaquil.
func (s *someone) studied(reviews ...daysAgo) {
	s.w.t.Helper()
	got, err := s.w.learn.GetLearner(s.ctx(), &aulav1.GetLearnerRequest{})
	if err != nil {
		s.w.t.Fatal(err)
	}
	scheduler, err := schedule.New(got.GetLearner().GetScheduling())
	if err != nil {
		s.w.t.Fatal(err)
	}
	zone, err := schedule.Zone("America/Guayaquil")
	if err != nil {
		s.w.t.Fatal(err)
	}
	today, began := schedule.Day(time.Now(), zone, 4)
	var events []store.Review
	for i, r := range reviews {
		at := began.AddDate(0, 0, -r.days).Add(8 * time.Hour).Truncate(time.Millisecond)
		if r.days == 0 {
			at = began.Add(time.Duration(i) * time.Millisecond)
		}
		e := &aulav1.ReviewEvent{
			Id: uuid.NewString(), Set: "rivers", Question: r.question, DeviceSeq: int64(i), Device: s.id, TimeZone: "America/Guayaquil",
			ReceivedAt: timestamppb.New(at), StudyDay: today - int32(r.days), DayBeganAt: timestamppb.New(began.AddDate(0, 0, -r.days)),
			Duration: durationpb.New(5 * time.Second), Rated: r.rating,
			Action: &aulav1.ReviewEvent_Rating{Rating: r.rating},
		}
		events = append(events, store.Review{ReviewEvent: e, CountsAt: schedule.CountsAt(e)})
	}
	if _, err := s.w.store.AddReviews(s.w.t.Context(), got.GetLearner().GetId(), scheduler, events...); err != nil {
		s.w.t.Fatal(err)
	}
}

type daysAgo struct {
	days     int
	question string
	rating   aulav1.CardAnswer_Rating
}

func TestGetProgress(t *testing.T) {
	w := newWorld(t)
	luz := w.learner("Luz")
	progress := func(language string) *aulav1.GetProgressResponse {
		t.Helper()
		resp, err := w.score.GetProgress(luz.ctx(), &aulav1.GetProgressRequest{Language: language})
		if err != nil {
			t.Fatal(err)
		}
		return resp
	}
	if got := progress(""); got.GetSummary() != "Tienes 0 tarjetas dominadas, 0 en aprendizaje y 0 nuevas. Estudia hoy para empezar una racha." || got.Retention != nil {
		t.Errorf("of one who has not begun: %v", got)
	}
	var week []daysAgo
	for days := 9; days >= 3; days-- { // a week, which earns a freeze
		week = append(week, daysAgo{days, "longest", aulav1.CardAnswer_EASY})
	}
	luz.studied(append(week,
		daysAgo{1, "longest", aulav1.CardAnswer_EASY}, // after a day that was missed
		daysAgo{1, "width", aulav1.CardAnswer_GOOD},
		daysAgo{0, "longest", aulav1.CardAnswer_AGAIN}, daysAgo{0, "longest", aulav1.CardAnswer_GOOD})...)
	got := progress("en")
	if got.GetRetentionReviews() != 8 || got.GetRetention() != 7.0/8 || got.GetDesiredRetention() != 0.9 {
		t.Errorf("retention is %v of %d", got.GetRetention(), got.GetRetentionReviews())
	}
	streak := got.GetStreak()
	if streak.GetDays() != 9 || !streak.GetToday() || streak.GetFreezes() != 0 || streak.GetLongest() != 9 {
		t.Errorf("the streak is %v", streak)
	}
	var ledger []string
	for _, e := range streak.GetLedger() {
		ledger = append(ledger, fmt.Sprint(e.GetKind(), e.GetChange()))
	}
	if strings.Join(ledger, " ") != "USED -1 EARNED 1" {
		t.Errorf("the ledger is %v", streak.GetLedger())
	}
	cards := got.GetCards()
	if cards.GetLearning()+cards.GetMastered() != 2 || cards.GetNew() == 0 {
		t.Errorf("cards are %v", cards)
	}
	if days := got.GetDays(); len(days) != 9 || days[7].GetReviews() != 2 || days[7].GetNew() != 1 || days[8].GetDuration().AsDuration() != 10*time.Second {
		t.Errorf("days are %v", days)
	}
	want := fmt.Sprintf("You have %d cards mastered, %d being learnt and %d new. In the last 30 days you remembered 88%% of the 8 cards that were due; "+
		"90%% was promised. Your streak is 9 days long.", cards.GetMastered(), cards.GetLearning(), cards.GetNew())
	if got.GetSummary() != want {
		t.Errorf("it says %q, want %q", got.GetSummary(), want)
	}
	if es := progress("es").GetSummary(); !strings.Contains(es, "recordaste el 88\u00a0% de las 8 tarjetas que tocaban; lo prometido era el 90\u00a0%. Tu racha es de 9 días seguidos.") {
		t.Errorf("it says %q", es)
	}

	// A phone that was offline brings the day that a freeze was used for.
	luz.studied(daysAgo{2, "width", aulav1.CardAnswer_GOOD})
	streak = progress("").GetStreak()
	ledger = nil
	for _, e := range streak.GetLedger() {
		ledger = append(ledger, fmt.Sprint(e.GetKind(), e.GetChange()))
	}
	if streak.GetDays() != 10 || streak.GetFreezes() != 1 || strings.Join(ledger, " ") != "REVERSED 1 USED -1 EARNED 1" {
		t.Errorf("once the day has come: %v", streak)
	}

	_, err := w.score.GetProgress(luz.ctx(), &aulav1.GetProgressRequest{Sets: []string{"none"}})
	wantReason(t, err, aulav1.ErrorReason_SET_NOT_FOUND, "No existe")
	_, err = w.score.GetProgress(w.teacher("Ana").ctx(), &aulav1.GetProgressRequest{})
	wantReason(t, err, aulav1.ErrorReason_NOT_A_LEARNER, "")
}
