package schedule

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	aulav1 "aula/proto/aula/v1"
)

// CountsAt is when an event counts: when it happened, or when it arrived if the device's clock
// was ahead of that.
func CountsAt(e *aulav1.ReviewEvent) time.Time {
	arrived := e.GetReceivedAt().AsTime()
	if e.GetAnsweredAt() == nil || e.GetAnsweredAt().AsTime().After(arrived) {
		return arrived
	}
	return e.GetAnsweredAt().AsTime()
}

// Compare orders the events of a learner as they count, whatever the order of their arrival.
func Compare(a, b *aulav1.ReviewEvent) int {
	return cmp.Or(
		CountsAt(a).Compare(CountsAt(b)),
		strings.Compare(a.GetDevice(), b.GetDevice()),
		cmp.Compare(a.GetDeviceSeq(), b.GetDeviceSeq()),
		strings.Compare(a.GetId(), b.GetId()),
	)
}

// Fold works out the state of a card from its events, with the undos of any of them, in any
// order. Of events with one id all but one are left out; an undo of an undo is none. The state
// of a card without events that count has no phase. Errors: an event names no time zone, or one
// that there is not.
func (s *Scheduler) Fold(set, question string, events []*aulav1.ReviewEvent) (*aulav1.CardState, error) {
	undone := map[string]bool{}
	var kept []*aulav1.ReviewEvent
	for _, e := range events {
		if e.GetUndo() != "" {
			undone[e.GetUndo()] = true
			continue
		}
		kept = append(kept, e)
	}
	slices.SortFunc(kept, Compare)
	card := &aulav1.CardState{Set: set, Question: question, SchedulingVersion: s.version}
	seen := map[string]bool{}
	for _, e := range kept {
		if undone[e.GetId()] || seen[e.GetId()] {
			continue
		}
		seen[e.GetId()] = true
		if err := s.apply(card, e); err != nil {
			return nil, err
		}
	}
	return card, nil
}

// After is the state of a card after one more event, which is no undo and comes after all that
// the state was worked out from. Errors: as of Fold.
func (s *Scheduler) After(card *aulav1.CardState, e *aulav1.ReviewEvent) (*aulav1.CardState, error) {
	card = proto.CloneOf(card)
	card.SchedulingVersion = s.version
	return card, s.apply(card, e)
}

// Version is the Scheduling.version that it works with.
func (s *Scheduler) Version() int32 { return s.version }

// apply adds an event to a state.
func (s *Scheduler) apply(card *aulav1.CardState, e *aulav1.ReviewEvent) error {
	switch e.GetMark() {
	case aulav1.ReviewEvent_SUSPEND:
		card.Suspended = true
	case aulav1.ReviewEvent_RESUME:
		card.Suspended = false
	case aulav1.ReviewEvent_BURY:
		card.BuriedDay = e.GetStudyDay()
	case aulav1.ReviewEvent_UNBURY:
		card.BuriedDay = 0
	case aulav1.ReviewEvent_MARK_UNSPECIFIED:
		return s.review(card, e)
	}
	return nil
}

func (s *Scheduler) review(card *aulav1.CardState, e *aulav1.ReviewEvent) error {
	zone, err := Zone(e.GetTimeZone())
	if err != nil {
		return fmt.Errorf("event %s: %w", e.GetId(), err)
	}
	at := CountsAt(e)
	if card.GetPhase() == aulav1.CardState_PHASE_UNSPECIFIED {
		card.FirstDay = e.GetStudyDay()
	}
	if card.GetPhase() == aulav1.CardState_REVIEW && e.GetRated() == aulav1.CardAnswer_AGAIN {
		card.Lapses++
		card.Leech = IsLeech(card.GetLapses())
	}
	next := s.next(card, int(e.GetStudyDay()-card.GetLastDay()), e.GetRated(), chance(e.GetId()))
	card.Phase, card.Step = next.Phase, int32(next.Step)
	card.Stability, card.Difficulty = next.Stability, next.Difficulty
	card.Interval = int32(next.Days)
	card.DueAt = timestamppb.New(at.Add(next.Wait))
	if next.Days > 0 {
		began := e.GetDayBeganAt().AsTime().In(zone)
		card.DueAt = timestamppb.New(began.AddDate(0, 0, next.Days))
	}
	card.ReviewedAt, card.LastDay = timestamppb.New(at), e.GetStudyDay()
	card.Reviews++
	return nil
}

// A card that is forgotten so often is a leech, and again every half as often.
const leechLapses = 8

// IsLeech reports whether a card is a leech that was forgotten so often.
func IsLeech(lapses int32) bool { return lapses >= leechLapses }

// Leech reports whether a lapse, the last of so many, marks a card as a leech, or marks it
// again.
func Leech(lapses int32) bool {
	return lapses >= leechLapses && (lapses-leechLapses)%(leechLapses/2) == 0
}

// chance draws a number from 0 to 1 by an event's id, so that a late event does not move what
// others have drawn: the first 53 bits of the SHA-256 of the id in lower case.
func chance(id string) float64 {
	sum := sha256.Sum256([]byte(strings.ToLower(id)))
	return float64(binary.BigEndian.Uint64(sum[:])>>11) / (1 << 53)
}

// Preview tells what each rating of a card at a time would lead to, from AGAIN to EASY, on that
// study day. Intervals of days are not spread.
func (s *Scheduler) Preview(card *aulav1.CardState, day int32) (next [4]Next) {
	for i := range next {
		next[i] = s.next(card, int(day-card.GetLastDay()), aulav1.CardAnswer_Rating(i+1), -1)
	}
	return next
}

// Retrievability is the probability that a card is recalled on a study day; 0 for a new card.
func (s *Scheduler) Retrievability(card *aulav1.CardState, day int32) float64 {
	if card.GetPhase() == aulav1.CardState_PHASE_UNSPECIFIED {
		return 0
	}
	return s.weights.Retrievability(float64(max(day-card.GetLastDay(), 0)), card.GetStability())
}
