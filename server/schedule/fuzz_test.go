package schedule

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	aulav1 "aula/proto/aula/v1"
)

// eventsOf reads a log of 6 bytes an event. What is wrong with an event is wrong with its copies
// too: the store keeps one of an id.
func eventsOf(log []byte) []*aulav1.ReviewEvent {
	var events []*aulav1.ReviewEvent
	byID := map[byte]*aulav1.ReviewEvent{}
	for b := range slices.Chunk(log, 6) {
		if len(b) < 6 || len(events) == 200 {
			break
		}
		if known := byID[b[0]]; known != nil {
			events = append(events, known)
			continue
		}
		id := func(n byte) string { return fmt.Sprintf("00000000-0000-4000-8000-%012x", n) }
		at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(b[1]) * time.Duration(b[2]) * time.Hour)
		e := &aulav1.ReviewEvent{
			Id: id(b[0]), Device: []string{"phone", "tablet", "laptop"}[b[3]%3], DeviceSeq: int64(b[3] / 3),
			AnsweredAt: timestamppb.New(at), ReceivedAt: timestamppb.New(at.Add(time.Duration(int8(b[4])) * time.Hour)),
			TimeZone: []string{"UTC", "America/Guayaquil", "Pacific/Apia", "Europe/Madrid"}[b[4]%4],
			StudyDay: 20454 + int32(int8(b[1])), DayBeganAt: timestamppb.New(at.Add(-time.Duration(b[3]) * time.Hour)),
		}
		switch b[5] % 16 {
		case 0:
			e.Action = &aulav1.ReviewEvent_Undo{Undo: id(b[4])}
		case 1, 2, 3, 4:
			e.Action = &aulav1.ReviewEvent_Mark_{Mark: aulav1.ReviewEvent_Mark(b[5] % 16)}
		case 5:
			e.TimeZone = "Mars/Olympus"
		default:
			e.Rated = aulav1.CardAnswer_Rating(b[5] % 5)
		}
		byID[b[0]] = e
		events = append(events, e)
	}
	return events
}

// A log makes the same state in any order, or none at all.
func FuzzFold(f *testing.F) {
	f.Add([]byte("\x01\x01\x01\x00\x00\x08\x02\x03\x08\x01\x00\x08\x03\x08\x18\x02\x00\x06"))                                 // three reviews
	f.Add([]byte("\x01\x01\x01\x00\x00\x08\x02\x03\x08\x01\x01\x10\x03\x08\x18\x02\xf0\x06\x01\x01\x01\x00\x00\x08"))         // an undo, a clock that is ahead, a copy
	f.Add([]byte("\x01\x01\x01\x00\x00\x01\x02\x03\x08\x01\x00\x02\x03\x08\x18\x02\x00\x03\x04\x08\x18\x02\x00\x04"))         // marks
	f.Add([]byte("\x01\x01\x01\x00\x00\x08\x02\x03\x08\x01\x00\x05"))                                                         // a zone there is not
	f.Add([]byte("\x01\x01\x01\x00\x00\x0a"))                                                                                 // no rating
	f.Add([]byte("\x01\x01\x01\x00\x00\x08\x02\x01\x01\x00\x00\x07\x03\x01\x01\x00\x00\x06\x04\x01\x01\x01\x00\x09\x05\xff")) // one moment
	s := scheduler(f, asItIs)
	f.Fuzz(func(t *testing.T, log []byte) {
		events := eventsOf(log)
		card, err := s.Fold("birds", "wren", events)
		backwards := slices.Clone(events)
		slices.Reverse(backwards)
		other, otherErr := s.Fold("birds", "wren", backwards)
		if fmt.Sprint(err) != fmt.Sprint(otherErr) {
			t.Fatalf("error %v, and backwards %v", err, otherErr)
		}
		if err != nil {
			return
		}
		if !bytes.Equal(wire(t, card), wire(t, other)) {
			t.Fatalf("%v\nand backwards\n%v", card, other)
		}
		bad := func(e *aulav1.ReviewEvent) bool { return e.Action == nil && reviewable(e) != nil }
		if !slices.ContainsFunc(events, bad) { // one may be taken back, and still arrive first
			wantFold(t, s, events, card)
			wantFold(t, s, backwards, card)
		}
		if card.Phase != aulav1.CardState_PHASE_UNSPECIFIED && !(card.Stability >= 0.001 && card.Stability <= 36500 && card.Difficulty >= 1 && card.Difficulty <= 10) {
			t.Fatalf("%v is out of bounds", card)
		}
	})
}

// What a client may send does no harm, whatever it says.
func FuzzAfter(f *testing.F) {
	d := newDiary(f)
	logs["marks"](d)
	logs["an undo"](d)
	logs["clocks that are wrong"](d)
	for _, e := range d.events {
		b, err := proto.Marshal(e)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	s := scheduler(f, asItIs)
	f.Fuzz(func(t *testing.T, encoded []byte) {
		e := &aulav1.ReviewEvent{}
		if proto.Unmarshal(encoded, e) != nil {
			return
		}
		before := &aulav1.CardState{Phase: aulav1.CardState_REVIEW, Stability: 10, Difficulty: 5, LastDay: 20000}
		for _, card := range []*aulav1.CardState{{}, before} {
			after, err := s.After(card, e)
			if (after == nil) != (err != nil) {
				t.Fatalf("%v, %v", after, err)
			}
		}
	})
}
