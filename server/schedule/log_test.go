package schedule

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

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
