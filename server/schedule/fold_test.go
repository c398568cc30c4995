package schedule

import (
	"bytes"
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
	"pgregory.net/rapid"

	aulav1 "aula/proto/aula/v1"
)

// diary writes the log of a learner, who is in Quito until they travel.
type diary struct {
	t      failer
	zone   string
	events []*aulav1.ReviewEvent
}

func newDiary(t failer) *diary { return &diary{t: t, zone: "America/Guayaquil"} }

// event adds one of a device: when it happened by its clock, and how much later it arrived; less
// than nothing is a clock that is ahead.
func (d *diary) event(device, answered string, later time.Duration) *aulav1.ReviewEvent {
	n := len(d.events) + 1
	at := moment(d.t, answered)
	e := &aulav1.ReviewEvent{
		Id: fmt.Sprintf("00000000-0000-4000-8000-%012d", n), Set: "birds", Question: "wren", Device: device, DeviceSeq: int64(n),
		AnsweredAt: timestamppb.New(at), ReceivedAt: timestamppb.New(at.Add(later)), TimeZone: d.zone,
	}
	day, began := Day(CountsAt(e), zone(d.t, d.zone), 4)
	e.StudyDay, e.DayBeganAt = day, timestamppb.New(began)
	d.events = append(d.events, e)
	return e
}

func (d *diary) review(device, answered string, later time.Duration, rated aulav1.CardAnswer_Rating) *aulav1.ReviewEvent {
	e := d.event(device, answered, later)
	e.Action, e.Rated = &aulav1.ReviewEvent_Rating{Rating: rated}, rated
	return e
}

func (d *diary) mark(device, answered string, mark aulav1.ReviewEvent_Mark) {
	d.event(device, answered, 0).Action = &aulav1.ReviewEvent_Mark_{Mark: mark}
}

func (d *diary) undo(device, answered string, of *aulav1.ReviewEvent) *aulav1.ReviewEvent {
	e := d.event(device, answered, 0)
	e.Action = &aulav1.ReviewEvent_Undo{Undo: of.Id}
	return e
}

// again sends an event once more: it is known already.
func (d *diary) again(e *aulav1.ReviewEvent) { d.events = append(d.events, proto.CloneOf(e)) }

// shelf keeps the log of a card and its state as the store does: an event that comes after all
// before it is added to the state, for any other the card is folded again.
type shelf struct {
	s      *Scheduler
	log    map[string]*aulav1.ReviewEvent
	events []*aulav1.ReviewEvent
	head   *aulav1.ReviewEvent
	card   *aulav1.CardState
	folded int // how often
}

func newShelf(s *Scheduler) *shelf {
	return &shelf{s: s, log: map[string]*aulav1.ReviewEvent{}, card: &aulav1.CardState{Set: "birds", Question: "wren", SchedulingVersion: s.Version()}}
}

func (s *shelf) add(e *aulav1.ReviewEvent) (err error) {
	if s.log[e.Id] != nil {
		return nil
	}
	s.log[e.Id] = e
	s.events = append(s.events, e)
	undone := slices.ContainsFunc(s.events, func(o *aulav1.ReviewEvent) bool { return o.GetUndo() == e.Id })
	switch {
	case e.GetUndo() != "" && s.log[e.GetUndo()] == nil: // it comes first
	case e.GetUndo() == "" && undone:
	case e.GetUndo() == "" && (s.head == nil || Compare(s.head, e) < 0):
		s.head = e
		s.card, err = s.s.After(s.card, e)
	default:
		s.folded++
		s.card, err = s.s.Fold("birds", "wren", s.events)
	}
	return err
}

func wire(t failer, card *aulav1.CardState) []byte {
	t.Helper()
	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(card)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// wantFold adds events to a shelf in the order given, which must make the state that is wanted.
func wantFold(t failer, s *Scheduler, events []*aulav1.ReviewEvent, want *aulav1.CardState) {
	t.Helper()
	shelf := newShelf(s)
	for _, e := range events {
		if err := shelf.add(e); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(wire(t, shelf.card), wire(t, want)) {
		var order []string
		for _, e := range events {
			order = append(order, e.Id[len(e.Id)-1:])
		}
		t.Fatalf("arriving in the order %s:\n%v\nwant\n%v", strings.Join(order, " "), shelf.card, want)
	}
}

// replay is the state of a card as a single device would have it: event by event, in order, as
// if what was taken back had never been.
func replay(t failer, s *Scheduler, events []*aulav1.ReviewEvent) *aulav1.CardState {
	t.Helper()
	gone := map[string]bool{}
	for _, e := range events {
		gone[e.GetUndo()] = true
	}
	card := newShelf(s).card
	for _, e := range slices.SortedFunc(slices.Values(events), Compare) {
		if e.GetUndo() != "" || gone[e.Id] {
			continue
		}
		gone[e.Id] = true
		var err error
		if card, err = s.After(card, e); err != nil {
			t.Fatal(err)
		}
	}
	return card
}

// permutations calls back with every order of events.
func permutations(events []*aulav1.ReviewEvent, yield func([]*aulav1.ReviewEvent)) {
	var place func(n int)
	place = func(n int) {
		if n == len(events) {
			yield(events)
			return
		}
		for i := n; i < len(events); i++ {
			events[n], events[i] = events[i], events[n]
			place(n + 1)
			events[n], events[i] = events[i], events[n]
		}
	}
	place(0)
}

// Logs of up to 6 events, which may arrive in any order.
var logs = map[string]func(d *diary){
	"one device": func(d *diary) {
		d.review("phone", "2026-11-02T08:00:00-05:00", 0, good)
		d.review("phone", "2026-11-02T08:10:00-05:00", 0, good)
		d.review("phone", "2026-11-04T08:00:00-05:00", 0, good)
		d.review("phone", "2026-11-15T08:00:00-05:00", 0, again)
		d.review("phone", "2026-11-15T08:10:00-05:00", 0, good)
		d.review("phone", "2026-11-18T08:00:00-05:00", 0, easy)
	},
	"three devices offline for days": func(d *diary) {
		d.review("phone", "2026-11-02T08:00:00-05:00", 5*day, good)
		d.review("tablet", "2026-11-02T09:00:00-05:00", 0, again)
		d.review("laptop", "2026-11-02T10:00:00-05:00", 9*day, hard)
		d.review("phone", "2026-11-05T08:00:00-05:00", 2*day, good)
		d.review("tablet", "2026-11-05T08:00:00-05:00", time.Second, good)
		d.review("laptop", "2026-11-07T08:00:00-05:00", 4*day, again)
	},
	"an undo": func(d *diary) {
		d.review("phone", "2026-11-02T08:00:00-05:00", 0, good)
		wrong := d.review("tablet", "2026-11-04T08:00:00-05:00", day, again)
		d.review("laptop", "2026-11-04T09:00:00-05:00", 0, good)
		d.undo("tablet", "2026-11-04T08:01:00-05:00", wrong)
		d.review("phone", "2026-11-09T09:00:00-05:00", 0, good)
		d.review("phone", "2026-11-19T09:00:00-05:00", 0, good)
	},
	"an undo of an undo": func(d *diary) {
		d.review("phone", "2026-11-02T08:00:00-05:00", 0, easy)
		wrong := d.review("tablet", "2026-11-12T08:00:00-05:00", time.Hour, again)
		undo := d.undo("phone", "2026-11-12T08:01:00-05:00", wrong)
		d.undo("laptop", "2026-11-12T08:02:00-05:00", undo)
		d.review("tablet", "2026-11-12T09:00:00-05:00", 0, good)
	},
	"an undo of the last, twice, and of an undo": func(d *diary) {
		d.review("phone", "2026-11-02T08:00:00-05:00", 0, easy)
		wrong := d.review("tablet", "2026-11-12T08:00:00-05:00", 0, again)
		undo := d.undo("tablet", "2026-11-12T08:01:00-05:00", wrong)
		d.undo("phone", "2026-11-12T08:02:00-05:00", wrong)
		d.undo("laptop", "2026-11-12T08:03:00-05:00", undo)
		d.again(wrong)
	},
	"all is taken back": func(d *diary) {
		a := d.review("phone", "2026-11-02T08:00:00-05:00", 0, good)
		b := d.review("tablet", "2026-11-02T08:01:00-05:00", time.Hour, again)
		d.undo("laptop", "2026-11-02T08:02:00-05:00", a)
		d.undo("phone", "2026-11-02T08:02:00-05:00", b)
		d.undo("tablet", "2026-11-02T08:02:00-05:00", &aulav1.ReviewEvent{Id: "of no event"})
	},
	"duplicates": func(d *diary) {
		a := d.review("phone", "2026-11-02T08:00:00-05:00", 0, good)
		b := d.review("tablet", "2026-11-03T08:00:00-05:00", 2*day, good)
		d.again(a)
		d.review("laptop", "2026-11-09T08:00:00-05:00", 0, again)
		d.again(b)
		d.again(b)
	},
	"clocks that are wrong": func(d *diary) {
		d.review("phone", "2027-11-02T08:00:00-05:00", -365*day, good) // by a year ahead
		d.review("tablet", "2026-11-04T08:00:00-05:00", 0, good)
		d.review("laptop", "1970-01-01T00:00:00Z", 20761*day, again) // as out of the box
		d.review("phone", "2027-11-02T08:00:00-05:00", -360*day, hard)
		d.review("phone", "2027-11-01T08:00:00-05:00", -340*day, good) // set back, and still ahead
		d.review("tablet", "2026-12-31T08:00:00-05:00", time.Hour, good)
	},
	"the same moment": func(d *diary) {
		d.review("tablet", "2026-11-02T08:00:00-05:00", 0, good)
		d.review("phone", "2026-11-02T08:00:00-05:00", 0, again)
		d.review("laptop", "2026-11-02T08:00:00-05:00", 0, hard)
		d.review("laptop", "2026-11-02T08:00:00-05:00", 0, easy)
		d.review("phone", "2026-11-12T08:00:00.0004-05:00", 0, good) // and the same millisecond
		d.review("laptop", "2026-11-12T08:00:00.0002-05:00", 0, again)
	},
	"marks": func(d *diary) {
		d.mark("phone", "2026-11-02T08:00:00-05:00", aulav1.ReviewEvent_BURY)
		d.review("tablet", "2026-11-02T09:00:00-05:00", 0, easy)
		d.mark("laptop", "2026-11-02T09:30:00-05:00", aulav1.ReviewEvent_SUSPEND)
		d.mark("phone", "2026-11-02T10:00:00-05:00", aulav1.ReviewEvent_UNBURY)
		d.mark("tablet", "2026-11-03T08:00:00-05:00", aulav1.ReviewEvent_RESUME)
		d.mark("laptop", "2026-11-03T09:00:00-05:00", aulav1.ReviewEvent_BURY)
	},
	"a flight over the date line, and back": func(d *diary) {
		d.review("phone", "2026-11-02T08:00:00-05:00", 0, easy)
		d.zone = "Pacific/Auckland"
		d.review("phone", "2026-11-12T09:00:00+13:00", 0, good)
		d.review("tablet", "2026-11-13T05:00:00+13:00", 0, good)
		d.zone = "Pacific/Honolulu"
		d.review("laptop", "2026-11-12T07:00:00-10:00", 0, again) // on the day before, an hour later
		d.review("phone", "2026-11-12T08:00:00-10:00", 0, good)
		d.zone = "Pacific/Auckland"
		d.review("tablet", "2026-11-14T08:00:00+13:00", 0, good)
	},
	"nights that clocks change": func(d *diary) {
		d.zone = "America/New_York"
		d.review("phone", "2026-03-07T23:50:00-05:00", 0, easy)
		d.review("tablet", "2026-03-08T03:30:00-04:00", 0, good)
		d.review("laptop", "2026-03-08T04:30:00-04:00", 0, good)
		d.review("phone", "2026-11-01T01:30:00-04:00", 0, good)
		d.review("tablet", "2026-11-01T01:30:00-05:00", 0, hard) // an hour later
		d.review("laptop", "2026-11-01T04:30:00-05:00", 0, good)
	},
}

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

// randomEvents are of three devices, one of which has a clock that is wrong, with everything
// that may happen to a card.
func (r randomly) randomEvents(t failer, n int) []*aulav1.ReviewEvent {
	d := newDiary(t)
	clock := moment(t, "2026-01-01T08:00:00-05:00")
	for range n {
		d.zone = []string{"America/Guayaquil", "America/Guayaquil", "Europe/Madrid", "Pacific/Auckland"}[r.IntN(4)]
		switch r.IntN(3) {
		case 0:
			clock = clock.Add(time.Duration(r.IntN(5)) * time.Minute)
		case 1:
			clock = clock.Add(time.Duration(r.IntN(20*24)) * time.Hour)
		}
		device := []string{"phone", "tablet", "laptop"}[r.IntN(3)]
		later := time.Duration(r.IntN(100)) * time.Hour
		if device == "laptop" {
			later = -later
		}
		at := clock.Format(time.RFC3339)
		switch r.IntN(12) {
		case 0:
			d.mark(device, at, aulav1.ReviewEvent_Mark(1+r.IntN(4)))
		case 1:
			if len(d.events) > 0 {
				d.undo(device, at, d.events[r.IntN(len(d.events))])
			}
		case 2:
			if len(d.events) > 0 {
				d.again(d.events[r.IntN(len(d.events))])
			}
		default:
			d.review(device, at, later, r.rating())
		}
	}
	return d.events
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
