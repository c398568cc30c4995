package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	aulav1 "aula/proto/aula/v1"
	"aula/server/store"
)

// given is a scheduler that comes to states given beforehand.
type given map[string]*aulav1.CardState

func (g given) Fold(_, question string, _ []*aulav1.ReviewEvent) (*aulav1.CardState, error) {
	return g[question], nil
}

func (g given) After(_ *aulav1.CardState, e *aulav1.ReviewEvent) (*aulav1.CardState, error) {
	return g[e.GetQuestion()], nil
}

func (g given) Version() int32 { return 0 }

// putCards keeps cards of learner "luz", one entry of the log for each.
func putCards(t *testing.T, s *store.Store, cards ...*aulav1.CardState) {
	t.Helper()
	scheduler := given{}
	var reviews []store.Review
	for _, state := range cards {
		events++
		scheduler[state.GetQuestion()] = state
		reviews = append(reviews, store.Review{ReviewEvent: &aulav1.ReviewEvent{
			Id: fmt.Sprint("event-", events), Set: state.GetSet(), Question: state.GetQuestion(),
			Action: &aulav1.ReviewEvent_Rating{Rating: aulav1.CardAnswer_GOOD},
		}, CountsAt: now.Add(time.Duration(events))})
	}
	for i, review := range reviews {
		scheduler[review.GetQuestion()] = cards[i]
		if _, err := s.AddReviews(t.Context(), "luz", scheduler, review); err != nil {
			t.Fatal(err)
		}
	}
}

var events int

// openWithLearner opens a database with learner "luz".
func openWithLearner(t *testing.T, name string) *store.Store {
	t.Helper()
	s := open(t, name)
	luz := &aulav1.Learner{Id: "luz", CreatedAt: timestamppb.New(now)}
	if _, err := s.CreateLearner(t.Context(), luz, "", store.Key{ID: "k", Hash: []byte{1}}); err != nil {
		t.Fatal(err)
	}
	return s
}

// Cards are found by what they wait for, in order, piece by piece.
func TestDueCards(t *testing.T) {
	onBothEngines(t, func(t *testing.T, name string) {
		s := openWithLearner(t, name)
		at := func(hour int) time.Time {
			return time.UnixMilli(1_800_000_000_000).Add(time.Duration(hour) * time.Hour).UTC()
		}
		state := func(set, question string, phase aulav1.CardState_Phase, hour int) *aulav1.CardState {
			return &aulav1.CardState{Set: set, Question: question, Phase: phase, DueAt: timestamppb.New(at(hour)), FirstDay: 10, LastDay: 20}
		}
		var cards []*aulav1.CardState
		for i := range 10 {
			cards = append(cards, state("a", fmt.Sprint("q-", 9-i), aulav1.CardState_REVIEW, i/3))
		}
		again := &aulav1.CardState{Set: "c", Question: "again"}
		today := state("b", "today", aulav1.CardState_LEARNING, 5)
		today.FirstDay, today.LastDay = 30, 30
		suspended := state("a", "suspended", aulav1.CardState_REVIEW, 0)
		suspended.Suspended, suspended.LastDay = true, 31
		buried := state("a", "q-4", aulav1.CardState_REVIEW, 1)
		buried.BuriedDay = 30
		putCards(t, s, append(cards, again, today, suspended, buried)...)

		sets, err := s.StudiedSets(t.Context(), "luz")
		if err != nil || fmt.Sprint(sets) != "[a b c]" {
			t.Errorf("studied sets %v, %v", sets, err)
		}
		var found []string
		for last := (store.Due{At: at(0)}); ; {
			due, err := s.DueCards(t.Context(), "luz", "a", aulav1.CardState_REVIEW, last, at(3), 4)
			if err != nil {
				t.Fatal(err)
			}
			for _, last = range due {
				found = append(found, last.Question)
			}
			if len(due) < 4 {
				break
			}
		}
		if got := strings.Join(found, " "); got != "q-7 q-8 q-9 q-4 q-5 q-6 q-1 q-2 q-3" {
			t.Errorf("due %s", got)
		}
		due, err := s.DueCards(t.Context(), "luz", "c", aulav1.CardState_PHASE_UNSPECIFIED, store.Due{}, at(0), 4)
		if err != nil || len(due) != 1 || due[0].Question != "again" {
			t.Errorf("new again %v, %v", due, err)
		}
		studied, err := s.StudiedSince(t.Context(), "luz", 30, 10)
		if err != nil || fmt.Sprint(studied) != "[{b today true} {a suspended false}]" {
			t.Errorf("studied since %v, %v", studied, err)
		}
		for day, want := range map[int32]string{0: "map[a:map[q-4:true]]", 29: "map[a:map[q-4:true]]", 30: "map[a:map[q-4:true]]", 31: "map[]"} {
			if got, err := s.BuriedOn(t.Context(), "luz", day, 10); err != nil || fmt.Sprint(got) != want {
				t.Errorf("on day %d are buried %v, %v, want %s", day, got, err, want)
			}
		}
		states, err := s.Cards(t.Context(), "luz", "a", []string{"q-4", "q-44", "suspended"})
		if err != nil || len(states) != 2 || !proto.Equal(states["q-4"], buried) {
			t.Errorf("states %v, %v", states, err)
		}
	})
}

// All cards are listed, and all that have changed, piece by piece.
func TestCardsInPieces(t *testing.T) {
	onBothEngines(t, func(t *testing.T, name string) {
		s := openWithLearner(t, name)
		var cards []*aulav1.CardState
		for i := range 50 {
			cards = append(cards, &aulav1.CardState{Set: "a", Question: fmt.Sprintf("q-%02d", i*7%50), Phase: aulav1.CardState_REVIEW})
		}
		seq := func() int64 {
			t.Helper()
			seq, err := s.LogLength(t.Context(), "luz")
			if err != nil {
				t.Fatal(err)
			}
			return seq
		}
		putCards(t, s, cards[:3]...)
		after := seq()
		putCards(t, s, cards[3:]...)
		upTo := seq()
		putCards(t, s, &aulav1.CardState{Set: "b", Question: "q"})
		last := ""
		for i := 0; i < 50; {
			piece, err := s.CardsAfter(t.Context(), "luz", "a", last, 20)
			if err != nil || len(piece) == 0 {
				t.Fatal(piece, err)
			}
			for _, state := range piece {
				if last = state.GetQuestion(); last != fmt.Sprintf("q-%02d", i) {
					t.Errorf("card %d is %s", i, last)
				}
				i++
			}
		}
		for i := 3; i < 50; {
			piece, next, err := s.CardsChanged(t.Context(), "luz", after, upTo, 20)
			if err != nil || len(piece) == 0 {
				t.Fatal(piece, err)
			}
			after = next
			for _, state := range piece {
				if state.GetQuestion() != cards[i].GetQuestion() {
					t.Errorf("change %d is of %s", i, state.GetQuestion())
				}
				i++
			}
		}
		if piece, _, err := s.CardsChanged(t.Context(), "luz", after, upTo, 20); err != nil || len(piece) != 0 {
			t.Errorf("after all come %v, %v", piece, err)
		}
	})
}
