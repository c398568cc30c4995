package store_test

import (
	"cmp"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	aulav1 "aula/proto/aula/v1"
	"aula/server/store"
)

// counting is a scheduler whose states depend on every event that counts and on their order, and
// on nothing else.
type counting int32

func (c counting) Version() int32 { return int32(c) }

func (c counting) After(card *aulav1.CardState, e *aulav1.ReviewEvent) (*aulav1.CardState, error) {
	card = proto.CloneOf(card)
	card.SchedulingVersion = int32(c)
	if e.GetMark() != 0 {
		card.Suspended = e.GetMark() == aulav1.ReviewEvent_SUSPEND
		return card, nil
	}
	card.Phase = aulav1.CardState_REVIEW
	card.Reviews++
	card.Stability = float64((int(card.GetStability())*31 + int(e.GetRating()) + len(e.GetId())) % 10007 * int(c))
	card.LastDay = e.GetStudyDay()
	card.ReviewedAt = timestamppb.New(countsAt(e))
	return card, nil
}

func (c counting) Fold(set, question string, events []*aulav1.ReviewEvent) (*aulav1.CardState, error) {
	undone := map[string]bool{}
	for _, e := range events {
		undone[e.GetUndo()] = true
	}
	events = slices.DeleteFunc(events, func(e *aulav1.ReviewEvent) bool { return e.GetUndo() != "" || undone[e.GetId()] })
	slices.SortFunc(events, func(a, b *aulav1.ReviewEvent) int {
		return cmp.Or(countsAt(a).Compare(countsAt(b)), strings.Compare(a.GetDevice(), b.GetDevice()), cmp.Compare(a.GetDeviceSeq(), b.GetDeviceSeq()),
			strings.Compare(a.GetId(), b.GetId()))
	})
	card := &aulav1.CardState{Set: set, Question: question, SchedulingVersion: int32(c)}
	for _, e := range events {
		card, _ = c.After(card, e)
	}
	return card, nil
}

func countsAt(e *aulav1.ReviewEvent) time.Time {
	return slices.MinFunc([]time.Time{e.GetAnsweredAt().AsTime(), e.GetReceivedAt().AsTime()}, time.Time.Compare)
}

// aStudent is a learner whose cards are scheduled.
func aStudent(t *testing.T, s *store.Store, id string) {
	t.Helper()
	profile := &aulav1.Learner{Id: id, Name: "Luz", Scheduling: &aulav1.Scheduling{Version: 1}, CreatedAt: timestamppb.New(now)}
	if _, err := s.CreateLearner(t.Context(), profile, "", store.Key{ID: "key-" + id, Hash: []byte(id), CreatedAt: now}); err != nil {
		t.Fatal(err)
	}
}

// rating is an event of the capital card, so many minutes after now.
func rating(id string, minutes int, rated aulav1.CardAnswer_Rating) store.Review {
	at := now.Add(time.Duration(minutes) * time.Minute)
	return whole(&aulav1.ReviewEvent{
		Id: id, Set: "rivers", Question: "capital", Device: "phone", AnsweredAt: timestamppb.New(at), ReceivedAt: timestamppb.New(at),
		Action: &aulav1.ReviewEvent_Rating{Rating: rated}, Rated: rated, Duration: durationpb.New(1500 * time.Millisecond),
		StudyDay: int32(20000 + minutes/60),
	})
}

func whole(e *aulav1.ReviewEvent) store.Review {
	return store.Review{ReviewEvent: e, CountsAt: countsAt(e)}
}

// undo takes an event back.
func undo(id, event string) store.Review {
	return whole(&aulav1.ReviewEvent{
		Id: id, Device: "phone", AnsweredAt: timestamppb.New(now), ReceivedAt: timestamppb.New(now), StudyDay: 20000,
		Action: &aulav1.ReviewEvent_Undo{Undo: event},
	})
}

func addReviews(t *testing.T, s *store.Store, learner string, reviews ...store.Review) []store.AddedReview {
	t.Helper()
	added, err := s.AddReviews(t.Context(), learner, counting(1), reviews...)
	if err != nil {
		t.Fatal(err)
	}
	return added
}

func cardOf(t *testing.T, s *store.Store, learner, question string) *aulav1.CardState {
	t.Helper()
	state, err := s.Card(t.Context(), learner, "rivers", question)
	if err != nil {
		t.Fatal(err)
	}
	return state
}

// permutations calls f with every order of the events.
func permutations(events []store.Review, f func([]store.Review)) {
	if len(events) < 2 {
		f(events)
		return
	}
	for i := range events {
		permutations(slices.Concat(events[:i], events[i+1:]), func(rest []store.Review) { f(append([]store.Review{events[i]}, rest...)) })
	}
}

// rawDB is the database without the store.
func rawDB(t *testing.T, name string) *sql.DB {
	t.Helper()
	raw, err := sql.Open(driverOf(name))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { raw.Close() })
	return raw
}

// reschedule changes the version of how a learner's cards are scheduled.
func reschedule(t *testing.T, name, learner string, version int32) {
	t.Helper()
	profile, err := proto.Marshal(&aulav1.Learner{Id: learner, Scheduling: &aulav1.Scheduling{Version: version}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := rawDB(t, name).ExecContext(t.Context(), `UPDATE learners SET profile = $2 WHERE id = $1`, learner, profile); err != nil {
		t.Fatal(err)
	}
}

// studyDays reads what each learner has done on each day, from the table itself.
func studyDays(t *testing.T, name string) map[string]string {
	t.Helper()
	const query = `SELECT learner_id, day, reviews, duration FROM study_days WHERE reviews > 0 ORDER BY learner_id, day`
	rows, err := rawDB(t, name).QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	all := map[string]string{}
	for rows.Next() {
		var learner string
		var day, reviews, duration int64
		if err := rows.Scan(&learner, &day, &reviews, &duration); err != nil {
			t.Fatal(err)
		}
		all[learner] += fmt.Sprintf("%d: %d in %d ms;", day, reviews, duration)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// Whatever the order in which events arrive, one by one or at once, the states and the days come
// out the same.
func TestReviewsInAnyOrder(t *testing.T) {
	onBothEngines(t, func(t *testing.T, name string) {
		s := open(t, name)
		events := []store.Review{
			rating("a", 0, aulav1.CardAnswer_GOOD),
			rating("b", 70, aulav1.CardAnswer_AGAIN),
			rating("c", 30, aulav1.CardAnswer_EASY),
			undo("u", "b"),
			undo("v", "u"), // of an undo, which is none
		}
		wantState, _ := counting(1).Fold("rivers", "capital", []*aulav1.ReviewEvent{events[0].ReviewEvent, events[2].ReviewEvent})
		const wantDays = "20000: 2 in 3000 ms;"
		n := 0
		permutations(events, func(order []store.Review) {
			n++
			learner := fmt.Sprint("learner", n)
			aStudent(t, s, learner)
			at := n % (len(order) + 1) // so many one by one
			for _, e := range order[:at] {
				addReviews(t, s, learner, e)
			}
			addReviews(t, s, learner, order[at:]...)
			for _, added := range addReviews(t, s, learner, order...) {
				if !added.Known || added.Err != nil {
					t.Errorf("sent again: %+v", added)
				}
			}
			if got := cardOf(t, s, learner, "capital"); !proto.Equal(got, wantState) {
				t.Errorf("order %d: %v, want %v", n, got, wantState)
			}
		})
		days := studyDays(t, name)
		for learner, got := range days {
			if got != wantDays {
				t.Errorf("%s studied %q, want %q", learner, got, wantDays)
			}
		}
		if len(days) != n {
			t.Errorf("%d learners of %d have studied", len(days), n)
		}
	})
}

// A card all of whose events are taken back is as new, whichever came first.
func TestUndoFirst(t *testing.T) {
	onBothEngines(t, func(t *testing.T, name string) {
		s := open(t, name)
		aStudent(t, s, "first")
		aStudent(t, s, "last")
		added := addReviews(t, s, "first", undo("u", "a"))
		if added[0].State != nil || added[0].Known || added[0].Err != nil {
			t.Errorf("the undo of what has not come: %+v", added[0])
		}
		late := addReviews(t, s, "first", rating("a", 0, aulav1.CardAnswer_GOOD))
		addReviews(t, s, "last", rating("a", 0, aulav1.CardAnswer_GOOD))
		last := addReviews(t, s, "last", undo("u", "a"))
		again := addReviews(t, s, "last", undo("u2", "a"))
		want := &aulav1.CardState{Set: "rivers", Question: "capital", SchedulingVersion: 1}
		for what, got := range map[string]*aulav1.CardState{
			"the late event": late[0].State, "the undo": last[0].State, "a second undo": again[0].State,
			"the card": cardOf(t, s, "first", "capital"), "the other card": cardOf(t, s, "last", "capital"),
		} {
			if !proto.Equal(got, want) {
				t.Errorf("%s: %v, want %v", what, got, want)
			}
		}
		if before := last[0].Before; before.GetReviews() != 1 {
			t.Errorf("before the undo: %v", before)
		}
		if days := studyDays(t, name); len(days) > 0 {
			t.Errorf("studied %q", days)
		}
	})
}

func TestReviewIDReused(t *testing.T) {
	onBothEngines(t, func(t *testing.T, name string) {
		s := open(t, name)
		aStudent(t, s, "luz")
		aStudent(t, s, "ana")
		addReviews(t, s, "luz", rating("a", 0, aulav1.CardAnswer_GOOD))
		other := rating("a", 0, aulav1.CardAnswer_GOOD)
		other.Question = "width"
		added := addReviews(t, s, "luz", rating("a", 0, aulav1.CardAnswer_AGAIN), rating("b", 1, aulav1.CardAnswer_GOOD), other,
			rating("a", 5, aulav1.CardAnswer_GOOD), undo("b", "a"))
		for i, want := range []error{store.ErrRequestReused, nil, store.ErrRequestReused, nil, store.ErrRequestReused} {
			if !errors.Is(added[i].Err, want) {
				t.Errorf("event %d: %v, want %v", i, added[i].Err, want)
			}
		}
		if !added[3].Known || !proto.Equal(added[3].Event, rating("a", 0, aulav1.CardAnswer_GOOD).ReviewEvent) {
			t.Errorf("a repeat whose clock was set meanwhile: %+v", added[3])
		}
		if got := cardOf(t, s, "luz", "capital"); got.GetReviews() != 2 {
			t.Errorf("the card is %v", got)
		}
		if got := addReviews(t, s, "ana", other); got[0].Err != nil || got[0].Known {
			t.Errorf("another learner's event of that id: %+v", got[0])
		}
		_, err := s.Review(t.Context(), "ana", "b")
		wantErr(t, err, store.ErrNotFound)
		_, err = s.AddReviews(t.Context(), "nobody", counting(1), rating("a", 0, aulav1.CardAnswer_GOOD))
		wantErr(t, err, store.ErrNotFound)
	})
}

// Several devices of one learner at once: nothing is lost, and in the end all is as one device
// would have had it. Whoever reads page by page meanwhile misses nothing.
func TestReviewsAtOnce(t *testing.T) {
	onBothEngines(t, func(t *testing.T, name string) {
		s := open(t, name)
		aStudent(t, s, "luz")
		const devices, each = 3, 40
		events := map[string][]*aulav1.ReviewEvent{} // by question
		var all sync.WaitGroup
		for d := range devices {
			device := fmt.Sprint("device", d)
			var mine []store.Review
			for i := range each {
				e := rating(fmt.Sprint(device, "-", i), rand.IntN(100), aulav1.CardAnswer_Rating(1+rand.IntN(4)))
				e.Question, e.Device, e.DeviceSeq = fmt.Sprint("q", i%3), device, int64(i)
				mine = append(mine, e)
				events[e.GetQuestion()] = append(events[e.GetQuestion()], e.ReviewEvent)
			}
			all.Go(func() {
				for part := range slices.Chunk(mine, 1+d) {
					if _, err := s.AddReviews(t.Context(), "luz", counting(1), part...); err != nil {
						t.Error(err)
					}
				}
			})
		}
		done := make(chan struct{})
		go func() { all.Wait(); close(done) }()
		states, heard := map[string]*aulav1.CardState{}, map[string]int{}
		for at, ended := int64(0), false; ; {
			select {
			case <-done:
				ended = true
			default:
			}
			changes, err := s.Changes(t.Context(), "luz", "device0", at, 7)
			if err != nil {
				t.Fatal(err)
			}
			if len(changes.Events)+len(changes.States) > 7 || changes.Seq < at {
				t.Fatalf("after %d: %+v", at, changes)
			}
			for _, e := range changes.Events {
				heard[e.GetId()]++
			}
			for _, state := range changes.States {
				states[state.GetQuestion()] = state
			}
			if at = changes.Seq; ended && !changes.More {
				break
			}
		}
		if len(heard) != (devices-1)*each {
			t.Errorf("heard of %d events, want %d", len(heard), (devices-1)*each)
		}
		for id, times := range heard {
			if times != 1 || strings.HasPrefix(id, "device0") {
				t.Errorf("heard of %s %d times", id, times)
			}
		}
		for question, log := range events {
			want, _ := counting(1).Fold("rivers", question, log)
			if got := cardOf(t, s, "luz", question); !proto.Equal(got, want) || !proto.Equal(states[question], want) {
				t.Errorf("%s: %v, heard of %v, want %v", question, got, states[question], want)
			}
		}
	})
}

// Places in the log that a device did not see are those that nothing has.
func TestChanges(t *testing.T) {
	onBothEngines(t, func(t *testing.T, name string) {
		s := open(t, name)
		aStudent(t, s, "luz")
		quiz := rating("quiz", 3, aulav1.CardAnswer_GOOD)
		quiz.Attempt = "attempt"
		addReviews(t, s, "luz", rating("a", 0, aulav1.CardAnswer_GOOD), quiz)
		changes, err := s.Changes(t.Context(), "luz", "phone", 0, 10)
		if err != nil || len(changes.Events) != 1 || changes.Events[0].GetId() != "quiz" || len(changes.States) != 1 || changes.More {
			t.Errorf("of its own, a device hears %+v, %v", changes, err)
		}
		after, err := s.Changes(t.Context(), "luz", "phone", changes.Seq, 10)
		if err != nil || len(after.Events)+len(after.States) != 0 || after.Seq != changes.Seq {
			t.Errorf("then %+v, %v", after, err)
		}
		_, err = s.Changes(t.Context(), "luz", "phone", changes.Seq+1, 10)
		wantErr(t, err, store.ErrNotFound)
		_, err = s.Changes(t.Context(), "nobody", "phone", 0, 10)
		wantErr(t, err, store.ErrNotFound)
	})
}

func TestReviewsInOneCommit(t *testing.T) {
	onBothEngines(t, func(t *testing.T, name string) {
		s := open(t, name)
		aStudent(t, s, "luz")
		commits := 0
		s.Observe.Commit = func(int, time.Duration) { commits++ }
		var batch []store.Review
		for i := range 500 {
			e := rating(fmt.Sprint("e", i), i, aulav1.CardAnswer_GOOD)
			e.Question = fmt.Sprint("q", i%200)
			batch = append(batch, e)
		}
		rand.Shuffle(len(batch), func(i, j int) { batch[i], batch[j] = batch[j], batch[i] })
		addReviews(t, s, "luz", batch...)
		if commits != 1 {
			t.Errorf("500 events took %d commits", commits)
		}
		if got := cardOf(t, s, "luz", "q7"); got.GetReviews() != 3 {
			t.Errorf("a card of them is %v", got)
		}
	})
}

// When cards are scheduled otherwise, all states follow, and a scheduler of before is refused.
func TestRefold(t *testing.T) {
	onBothEngines(t, func(t *testing.T, name string) {
		s := open(t, name)
		aStudent(t, s, "luz")
		const cards = 230 // more than are refolded at once
		events := map[string][]*aulav1.ReviewEvent{}
		var batch []store.Review
		for i := range 3 * cards {
			e := rating(fmt.Sprint("e", i), rand.IntN(100), aulav1.CardAnswer_GOOD)
			e.Question = fmt.Sprint("q", i%cards)
			batch = append(batch, e)
			events[e.GetQuestion()] = append(events[e.GetQuestion()], e.ReviewEvent)
		}
		batch = append(batch, undo("u", "e0"))
		events["q0"] = append(events["q0"], batch[len(batch)-1].ReviewEvent)
		addReviews(t, s, "luz", batch...)
		before, err := s.Changes(t.Context(), "luz", "phone", 0, 1000)
		if err != nil {
			t.Fatal(err)
		}
		wantErr(t, s.Refold(t.Context(), "luz", counting(2)), store.ErrRescheduled)
		reschedule(t, name, "luz", 2)
		_, err = s.AddReviews(t.Context(), "luz", counting(1), rating("late", 0, aulav1.CardAnswer_GOOD))
		wantErr(t, err, store.ErrRescheduled)
		// One is refolded because it is reviewed.
		e := rating("more", 200, aulav1.CardAnswer_HARD)
		e.Question = "q5"
		events["q5"] = append(events["q5"], e.ReviewEvent)
		if _, err := s.AddReviews(t.Context(), "luz", counting(2), e); err != nil {
			t.Fatal(err)
		}
		if err := s.Refold(t.Context(), "luz", counting(2)); err != nil {
			t.Fatal(err)
		}
		for question, log := range events {
			want, _ := counting(2).Fold("rivers", question, log)
			if got := cardOf(t, s, "luz", question); !proto.Equal(got, want) {
				t.Errorf("%s: %v, want %v", question, got, want)
			}
		}
		after, err := s.Changes(t.Context(), "luz", "phone", before.Seq, 1000)
		if err != nil || len(after.States) != cards {
			t.Errorf("a device hears of %d states, %v", len(after.States), err)
		}
		if err := s.Refold(t.Context(), "luz", counting(2)); err != nil {
			t.Fatal(err)
		}
		wantErr(t, s.Refold(t.Context(), "nobody", counting(2)), nil)
		if again, err := s.Changes(t.Context(), "luz", "phone", after.Seq, 1000); err != nil || len(again.States) != 0 {
			t.Errorf("refolded again: %+v, %v", again, err)
		}
	})
}
