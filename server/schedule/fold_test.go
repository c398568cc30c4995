package schedule

import (
	"bytes"
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
	"pgregory.net/rapid"

	aulav1 "aula/proto/aula/v1"
)

func TestEveryOrderOfArrival(t *testing.T) {
	s := scheduler(t, asItIs)
	for name, write := range logs {
		t.Run(name, func(t *testing.T) {
			d := newDiary(t)
			write(d)
			want := replay(t, s, d.events)
			permutations(d.events, func(events []*aulav1.ReviewEvent) {
				once, err := s.Fold("birds", "wren", events)
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(wire(t, once), wire(t, want)) {
					t.Fatalf("%v\nwant\n%v", once, want)
				}
				wantFold(t, s, events, want)
			})
		})
	}
}

func TestEveryOrderOfRandomLogs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawn(t)
		s := scheduler(t, r.options)
		events := r.randomEvents(t, 2+r.IntN(3))
		want := replay(t, s, events)
		permutations(events, func(events []*aulav1.ReviewEvent) { wantFold(t, s, events, want) })
	})
}

func TestLongLogs(t *testing.T) {
	s := scheduler(t, asItIs)
	r := seeded(1)
	events := r.randomEvents(t, 1000)
	want := replay(t, s, events)
	// As it happened.
	slices.SortStableFunc(events, func(a, b *aulav1.ReviewEvent) int {
		return a.ReceivedAt.AsTime().Compare(b.ReceivedAt.AsTime())
	})
	wantFold(t, s, events, want)
	// In batches, some late.
	for batch := range slices.Chunk(events, 50) {
		shuffle(r, batch)
	}
	wantFold(t, s, events, want)
	// In any order.
	shuffle(r, events)
	wantFold(t, s, events, want)
}

// What arrives in order is not folded again.
func TestShelfAddsInOrder(t *testing.T) {
	s := newShelf(scheduler(t, asItIs))
	d := newDiary(t)
	logs["one device"](d)
	for _, e := range d.events {
		if err := s.add(e); err != nil {
			t.Fatal(err)
		}
	}
	if s.folded != 0 {
		t.Errorf("folded %d times", s.folded)
	}
}

func TestCountsAt(t *testing.T) {
	for _, test := range []struct {
		name, answered, received, want string
	}{
		{"at once", "2026-11-02T08:00:00Z", "2026-11-02T08:00:00Z", "2026-11-02T08:00:00Z"},
		{"days later", "2026-11-02T08:00:00Z", "2026-11-09T08:00:00Z", "2026-11-02T08:00:00Z"},
		{"by a clock that is ahead", "2027-11-02T08:00:00Z", "2026-11-02T08:00:00Z", "2026-11-02T08:00:00Z"},
		{"to the millisecond", "2026-11-02T08:00:00.0019Z", "2026-11-02T08:00:01Z", "2026-11-02T08:00:00.001Z"},
		{"as it arrives", "", "2026-11-02T08:00:00.0019Z", "2026-11-02T08:00:00.001Z"},
	} {
		e := &aulav1.ReviewEvent{ReceivedAt: timestamppb.New(moment(t, test.received))}
		if test.answered != "" {
			e.AnsweredAt = timestamppb.New(moment(t, test.answered))
		}
		if got := CountsAt(e); !got.Equal(moment(t, test.want)) {
			t.Errorf("%s: %v, want %s", test.name, got, test.want)
		}
	}
}

func TestCompare(t *testing.T) {
	event := func(answered, device string, seq int64, id string) *aulav1.ReviewEvent {
		return &aulav1.ReviewEvent{
			AnsweredAt: timestamppb.New(moment(t, answered)), ReceivedAt: timestamppb.New(moment(t, "2026-12-01T00:00:00Z")),
			Device: device, DeviceSeq: seq, Id: id,
		}
	}
	inOrder := []*aulav1.ReviewEvent{
		event("2026-11-02T08:00:00Z", "tablet", 9, "f"),
		event("2026-11-02T08:00:00.0019Z", "phone", 2, "e"),
		event("2026-11-02T08:00:00.0011Z", "phone", 10, "c"), // within the same millisecond
		event("2026-11-02T08:00:00.0011Z", "phone", 10, "d"),
		event("2026-11-02T08:00:00.001Z", "tablet", 1, "b"),
		event("2026-12-31T08:00:00Z", "phone", 1, "a"), // when it arrived
	}
	for i, a := range inOrder {
		for j, b := range inOrder {
			if got, want := Compare(a, b), cmp.Compare(i, j); got != want {
				t.Errorf("events %s and %s: %d, want %d", a.Id, b.Id, got, want)
			}
		}
	}
}

func TestState(t *testing.T) {
	s := scheduler(t, func(o *aulav1.Scheduling) { o.Version = 7 })
	d := newDiary(t)
	d.review("phone", "2026-11-02T08:00:00-05:00", 0, good)
	d.review("phone", "2026-11-03T03:00:00-05:00", 3*day, easy) // late at night
	d.review("phone", "2026-11-20T08:00:00-05:00", 0, again)
	card, err := s.Fold("birds", "wren", d.events)
	if err != nil {
		t.Fatal(err)
	}
	first, _ := Day(moment(t, "2026-11-02T12:00:00-05:00"), zone(t, d.zone), 4)
	want := &aulav1.CardState{
		Set: "birds", Question: "wren", Phase: aulav1.CardState_RELEARNING, Stability: card.Stability, Difficulty: card.Difficulty,
		DueAt:      timestamppb.New(moment(t, "2026-11-20T08:10:00-05:00")),
		ReviewedAt: timestamppb.New(moment(t, "2026-11-20T08:00:00-05:00")),
		FirstDay:   first, LastDay: first + 18, Reviews: 3, Lapses: 1, SchedulingVersion: 7,
	}
	if !proto.Equal(card, want) {
		t.Errorf("%v\nwant\n%v", card, want)
	}
	// The second review was of the same study day, and the third of the 18th after it.
	m := DefaultWeights.Next(Memory{}, 0, good)
	m = DefaultWeights.Next(DefaultWeights.Next(m, 0, easy), 18, again)
	if got := (Memory{card.Stability, card.Difficulty}); got != m {
		t.Errorf("%v, want %v", got, m)
	}
}

// An interval of days ends where a study day begins, in the zone of the review.
func TestDueAt(t *testing.T) {
	s := scheduler(t, func(o *aulav1.Scheduling) { o.LearningSteps, o.MaximumInterval = nil, 1 })
	for _, test := range []struct{ zone, reviewed, due string }{
		{"America/Guayaquil", "2026-11-02T08:00:00-05:00", "2026-11-03T04:00:00-05:00"},
		{"America/Guayaquil", "2026-11-02T03:59:00-05:00", "2026-11-02T04:00:00-05:00"},
		{"America/New_York", "2026-03-07T08:00:00-05:00", "2026-03-08T04:00:00-04:00"},
		{"America/New_York", "2026-10-31T08:00:00-04:00", "2026-11-01T04:00:00-05:00"},
		{"Pacific/Apia", "2011-12-29T08:00:00-10:00", "2011-12-31T00:00:00+14:00"},
	} {
		d := newDiary(t)
		d.zone = test.zone
		d.review("phone", test.reviewed, 0, good)
		card, err := s.Fold("birds", "wren", d.events)
		if err != nil {
			t.Fatal(err)
		}
		if !card.DueAt.AsTime().Equal(moment(t, test.due)) || card.Interval != 1 {
			t.Errorf("%s at %s: due at %v, want %s", test.zone, test.reviewed, card.DueAt.AsTime().In(zone(t, test.zone)), test.due)
		}
	}
}

// The spread of an interval is drawn by the id of its review, and a late review moves no other's.
func TestChance(t *testing.T) {
	if got := chance("6BA7B810-9DAD-11D1-80B4-00C04FD430C8"); got != chance("6ba7b810-9dad-11d1-80b4-00c04fd430c8") || got < 0 || got >= 1 {
		t.Errorf("drew %v", got)
	}
	s := scheduler(t, asItIs)
	intervals := map[int32]bool{}
	for range 100 {
		d := newDiary(t)
		d.review("phone", "2026-11-02T08:00:00-05:00", 0, easy).Id = fmt.Sprint(rand.Uint64())
		card, err := s.Fold("birds", "wren", d.events)
		if err != nil {
			t.Fatal(err)
		}
		intervals[card.Interval] = true
	}
	if len(intervals) != 5 || !intervals[6] || !intervals[10] { // 8.2956 days
		t.Errorf("intervals of %v days, want 6 to 10", intervals)
	}
}

func TestLeeches(t *testing.T) {
	s := scheduler(t, func(o *aulav1.Scheduling) { o.RelearningSteps = nil })
	card := &aulav1.CardState{}
	d := newDiary(t)
	for n := range int32(17) { // the first review is no lapse
		var err error
		if card, err = s.After(card, d.review("phone", fmt.Sprintf("2026-11-%02dT08:00:00-05:00", n+1), 0, again)); err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			if card, err = s.After(card, d.review("phone", "2026-11-01T09:00:00-05:00", 0, easy)); err != nil {
				t.Fatal(err)
			}
		}
		if card.Lapses != n || card.Leech != (n >= 8) {
			t.Errorf("lapse %d: %v", n, card)
		}
		if want := n == 8 || n == 12 || n == 16; Leech(n) != want {
			t.Errorf("lapse %d marks a leech: %v, want %v", n, !want, want)
		}
	}
}

func TestFoldErrors(t *testing.T) {
	s := scheduler(t, asItIs)
	for _, test := range []struct {
		name   string
		change func(e *aulav1.ReviewEvent)
		want   string
	}{
		{"no rating", func(e *aulav1.ReviewEvent) { e.Rated = 0 }, "rated 0, want 1 to 4"},
		{"a rating there is not", func(e *aulav1.ReviewEvent) { e.Rated = 5 }, "rated 5, want 1 to 4"},
		{"no study day", func(e *aulav1.ReviewEvent) { e.DayBeganAt = nil }, "nothing says when its study day began"},
		{"no zone", func(e *aulav1.ReviewEvent) { e.TimeZone = "" }, `no time zone is called ""`},
		{"a zone there is not", func(e *aulav1.ReviewEvent) { e.TimeZone = "Mars/Olympus" }, `no time zone is called "Mars/Olympus"`},
	} {
		d := newDiary(t)
		e := d.review("phone", "2026-11-02T08:00:00-05:00", 0, good)
		test.change(e)
		want := "event " + e.Id + ": " + test.want
		card, err := s.Fold("birds", "wren", d.events)
		if err == nil || err.Error() != want || card != nil {
			t.Errorf("%s: %v, %v, want %s", test.name, card, err, want)
		}
		before := newShelf(s).card
		if card, err = s.After(before, e); err == nil || err.Error() != want || card != nil {
			t.Errorf("%s: %v, %v after another, want %s", test.name, card, err, want)
		}
		if !proto.Equal(before, newShelf(s).card) {
			t.Errorf("%s: the state before is %v now", test.name, before)
		}
	}
}
