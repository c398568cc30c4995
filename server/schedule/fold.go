package schedule

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	aulav1 "aula/proto/aula/v1"
	"aula/server/failpoint"
)

// CountsAt is when an event counts, to the millisecond: when it happened, or when it arrived if
// the device's clock was ahead of that.
func CountsAt(e *aulav1.ReviewEvent) time.Time {
	return time.UnixMilli(countsAt(e)).UTC()
}

// countsAt is CountsAt in unix milliseconds.
func countsAt(e *aulav1.ReviewEvent) int64 {
	arrived := millis(e.GetReceivedAt())
	if e.GetAnsweredAt() == nil {
		return arrived
	}
	return min(millis(e.GetAnsweredAt()), arrived)
}

func millis(at *timestamppb.Timestamp) int64 { return at.GetSeconds()*1000 + int64(at.GetNanos()/1e6) }

// Compare orders the events of a learner as they count, whatever the order of their arrival: by
// CountsAt, then by device, device_seq and id.
func Compare(a, b *aulav1.ReviewEvent) int {
	return placeOf(a).compare(placeOf(b))
}

// place is an event with what it is ordered by first.
type place struct {
	at int64 // countsAt
	*aulav1.ReviewEvent
}

func placeOf(e *aulav1.ReviewEvent) place { return place{countsAt(e), e} }

func (p place) compare(o place) int {
	if p.at != o.at {
		return cmp.Compare(p.at, o.at)
	}
	return cmp.Or(
		strings.Compare(p.GetDevice(), o.GetDevice()),
		cmp.Compare(p.GetDeviceSeq(), o.GetDeviceSeq()),
		strings.Compare(p.GetId(), o.GetId()),
	)
}

// Fold works out the state of a card from its events, with the undos of any of them, in any
// order. Of events with one id only the first in order counts; an undo of an undo is none. The
// state of a card without reviews that count has no phase. Errors: a review has no rating, no
// study day, or no time zone that there is.
func (s *Scheduler) Fold(set, question string, events []*aulav1.ReviewEvent) (*aulav1.CardState, error) {
	counted := make([]place, 0, len(events))
	gone := make(map[string]bool, len(events)) // taken back, or folded in already
	for _, e := range events {
		if e.GetUndo() != "" {
			if !failpoint.Planted(failpoint.SkippedUndo) {
				gone[e.GetUndo()] = true
			}
			continue
		}
		counted = append(counted, placeOf(e))
	}
	slices.SortFunc(counted, place.compare)
	f := s.fold(&aulav1.CardState{Set: set, Question: question})
	for _, e := range counted {
		known := len(gone)
		if gone[e.GetId()] = true; len(gone) == known {
			continue
		}
		if err := f.add(e); err != nil {
			return nil, err
		}
	}
	return f.done(), nil
}

// After is the state of a card after one more event, which is no undo and comes after all that
// the state was worked out from, by a scheduler of the same Version: what Fold makes of them all.
// Errors: as of Fold.
func (s *Scheduler) After(card *aulav1.CardState, e *aulav1.ReviewEvent) (*aulav1.CardState, error) {
	f := s.fold(proto.CloneOf(card))
	if err := f.add(placeOf(e)); err != nil {
		return nil, err
	}
	return f.done(), nil
}

// Version is the Scheduling.version that it works with.
func (s *Scheduler) Version() int32 { return s.version }

// folding is a state to which events are added.
type folding struct {
	by   *Scheduler
	card *aulav1.CardState
	last place // the last review that was added; its event is nil where there is none
	next Next  // what it led to
}

func (s *Scheduler) fold(card *aulav1.CardState) *folding {
	card.SchedulingVersion = s.version
	return &folding{by: s, card: card}
}

// add adds an event.
func (f *folding) add(e place) error {
	switch e.GetMark() {
	case aulav1.ReviewEvent_SUSPEND:
		f.card.Suspended = true
	case aulav1.ReviewEvent_RESUME:
		f.card.Suspended = false
	case aulav1.ReviewEvent_BURY:
		f.card.BuriedDay = e.GetStudyDay()
	case aulav1.ReviewEvent_UNBURY:
		f.card.BuriedDay = 0
	case aulav1.ReviewEvent_MARK_UNSPECIFIED:
		if err := reviewable(e.ReviewEvent); err != nil {
			return fmt.Errorf("event %s: %w", e.GetId(), err)
		}
		f.review(e)
	}
	return nil
}

// reviewable checks that an event has what a review needs.
func reviewable(e *aulav1.ReviewEvent) error {
	if r := e.GetRated(); r < aulav1.CardAnswer_AGAIN || r > aulav1.CardAnswer_EASY {
		return fmt.Errorf("rated %d, want 1 to 4", r)
	}
	if e.GetDayBeganAt() == nil {
		return errors.New("nothing says when its study day began")
	}
	_, err := Zone(e.GetTimeZone())
	return err
}

func (f *folding) review(e place) {
	card := f.card
	if card.GetPhase() == aulav1.CardState_PHASE_UNSPECIFIED {
		card.FirstDay = e.GetStudyDay()
	}
	if card.GetPhase() == aulav1.CardState_REVIEW && e.GetRated() == aulav1.CardAnswer_AGAIN {
		card.Lapses++
		card.Leech = IsLeech(card.GetLapses())
	}
	days := int(e.GetStudyDay()) - int(card.GetLastDay())
	next := f.by.next(card, days, e.GetRated(), func() float64 { return chance(e.GetId()) })
	card.Phase, card.Step = next.Phase, int32(next.Step)
	card.Stability, card.Difficulty = next.Stability, next.Difficulty
	card.Interval = int32(next.Days)
	card.LastDay = e.GetStudyDay()
	card.Reviews++
	f.last, f.next = e, next
}

// done is the state with its times, which the last review alone decides.
func (f *folding) done() *aulav1.CardState {
	e := f.last
	if e.ReviewEvent == nil {
		return f.card
	}
	reviewed := time.UnixMilli(e.at)
	f.card.ReviewedAt = timestamppb.New(reviewed)
	f.card.DueAt = timestamppb.New(reviewed.Add(f.next.Wait))
	if f.next.Days > 0 {
		zone, _ := Zone(e.GetTimeZone()) // it is known: see reviewable
		// Where clocks skipped the rollover hour of the day of the review it is not known,
		// and the card is due as late on its day as that day began.
		rollover := e.GetDayBeganAt().AsTime().In(zone).Hour()
		f.card.DueAt = timestamppb.New(begins(int(e.GetStudyDay())+f.next.Days, zone, rollover))
	}
	return f.card
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

// Preview tells what each rating of a card on a study day would lead to, from AGAIN to EASY.
// Intervals of days are not spread.
func (s *Scheduler) Preview(card *aulav1.CardState, day int32) (next [4]Next) {
	for i := range next {
		next[i] = s.next(card, int(day)-int(card.GetLastDay()), aulav1.CardAnswer_Rating(i+1), unspread)
	}
	return next
}

// Retrievability is the probability that a card is recalled on a study day, 0 to 1; 0 for a new
// card.
func (s *Scheduler) Retrievability(card *aulav1.CardState, day int32) float64 {
	if card.GetPhase() == aulav1.CardState_PHASE_UNSPECIFIED {
		return 0
	}
	return s.formulas.retrievability(float64(max(int(day)-int(card.GetLastDay()), 0)), card.GetStability())
}
