package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	aulav1 "aula/proto/aula/v1"
	"aula/server/store"
)

// unscheduled is a scheduler that leaves every card as new as it was.
type unscheduled struct{}

func (unscheduled) Version() int32 { return 3 }

func (unscheduled) Fold(set, question string, _ []*aulav1.ReviewEvent) (*aulav1.CardState, error) {
	return &aulav1.CardState{Set: set, Question: question, SchedulingVersion: 3}, nil
}

func (unscheduled) After(card *aulav1.CardState, _ *aulav1.ReviewEvent) (*aulav1.CardState, error) {
	return card, nil
}

func TestFitting(t *testing.T) {
	onBothEngines(t, func(t *testing.T, name string) {
		s, ctx := open(t, name), t.Context()
		for i, id := range []string{"Zoe", "ana", "eva", "luz"} {
			l := &aulav1.Learner{Id: id, Scheduling: &aulav1.Scheduling{Version: 3, Weights: []float64{1}}, CreatedAt: timestamppb.New(now)}
			if _, err := s.CreateLearner(ctx, l, "", store.Key{ID: "k" + id, Hash: []byte(id), CreatedAt: now}); err != nil {
				t.Fatal(err)
			}
			for n := range 4 - i { // the later they happened the earlier they arrive
				at := now.Add(-time.Duration(n) * time.Hour)
				e := &aulav1.ReviewEvent{Id: fmt.Sprint("e", n), Set: "s", Question: "q", AnsweredAt: timestamppb.New(at), Rated: aulav1.CardAnswer_GOOD}
				if _, err := s.AddReviews(ctx, id, unscheduled{}, store.Review{ReviewEvent: e, CountsAt: at}); err != nil {
					t.Fatal(err)
				}
			}
		}

		var found []string
		for after := ""; ; {
			page, err := s.Reviewers(ctx, after, 2, 2)
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range page {
				after = l.GetId()
				found = append(found, fmt.Sprint(after, " ", l.Reviews, " ", l.GetScheduling().GetVersion()))
			}
			if len(page) < 2 {
				break
			}
		}
		if want := []string{"Zoe 4 3", "ana 3 3", "eva 2 3"}; !slices.Equal(found, want) {
			t.Errorf("found %q, want %q", found, want)
		}

		log, err := s.ReviewLog(ctx, "ana")
		if err != nil || len(log) != 3 || log[0].GetId() != "e2" || log[2].GetId() != "e0" {
			t.Errorf("log %v, %v", log, err)
		}
		if log, err := s.ReviewLog(ctx, "nobody"); err != nil || log != nil {
			t.Errorf("log of nobody: %v, %v", log, err)
		}

		weights := []float64{2, 3}
		l, err := s.SetWeights(ctx, "ana", 3, weights, 99, now)
		if err != nil || l.GetScheduling().GetVersion() != 4 {
			t.Errorf("%v, %v", l, err)
		}
		kept, err := s.Learner(ctx, "ana")
		got := kept.GetScheduling()
		if err != nil || !slices.Equal(got.GetWeights(), weights) || got.GetFittedReviews() != 99 || !got.GetFittedAt().AsTime().Equal(now) || got.GetVersion() != 4 {
			t.Errorf("kept %v, %v", kept, err)
		}
		_, err = s.SetWeights(ctx, "ana", 3, []float64{4}, 100, now.Add(time.Minute))
		wantErr(t, err, store.ErrOutOfDate)
		_, err = s.SetWeights(ctx, "nobody", 3, weights, 100, now)
		wantErr(t, err, store.ErrNotFound)
	})
}
