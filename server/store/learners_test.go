package store_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	aulav1 "aula/proto/aula/v1"
	"aula/server/store"
)

// signedUp signs a learner up, if they are not there yet.
func signedUp(t *testing.T, s *store.Store, id string) *aulav1.Learner {
	t.Helper()
	l, err := s.Learner(t.Context(), id)
	if errors.Is(err, store.ErrNotFound) {
		l = &aulav1.Learner{Id: id, Name: "Name of " + id, CreatedAt: timestamppb.New(now)}
		_, err = s.CreateLearner(t.Context(), l, "", store.Key{ID: "key-of-" + id, Name: "phone", Hash: []byte(id), CreatedAt: now})
	}
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// The request that signed a learner up is good for the same again, and not for ever.
func TestSignUpAgain(t *testing.T) {
	onBothEngines(t, func(t *testing.T, name string) {
		s, ctx := open(t, name), t.Context()
		signUp := func(id, key string, at time.Time) error {
			l := &aulav1.Learner{Id: id, CreatedAt: timestamppb.New(at)}
			kept, err := s.CreateLearner(ctx, l, "r", store.Key{ID: key, Hash: []byte(key), CreatedAt: at})
			if err == nil && kept.GetId() != "luz" {
				t.Errorf("signed up %v", kept)
			}
			return err
		}
		for i := range 3 {
			if err := signUp([]string{"luz", "eva", "ana"}[i], fmt.Sprint("k", i), now.Add(time.Duration(i)*time.Minute)); err != nil {
				t.Fatal(err)
			}
		}
		if devices, err := s.Devices(ctx, "luz", 10); err != nil || len(devices) != 1 || devices[0].ID != "k2" {
			t.Errorf("the devices are %v, %v", devices, err)
		}
		wantErr(t, signUp("eva", "k3", now.Add(2*time.Hour)), store.ErrRequestReused)
		a := anAttempt(t, s, "first")
		a.ID, a.Participant = "theirs", "luz"
		if _, err := s.CreateAttempt(ctx, a); err != nil {
			t.Fatal(err)
		}
		wantErr(t, signUp("eva", "k4", now.Add(time.Minute)), store.ErrRequestReused)
	})
}

func TestChangeLearner(t *testing.T) {
	onBothEngines(t, func(t *testing.T, name string) {
		s, ctx := open(t, name), t.Context()
		signedUp(t, s, "luz")
		const times = 20
		atOnce(times, func(int) {
			if _, err := s.ChangeLearner(ctx, "luz", func(l *aulav1.Learner) error {
				l.NewPerDay++
				return nil
			}); err != nil {
				t.Error(err)
			}
		})
		stop := errors.New("stop")
		_, err := s.ChangeLearner(ctx, "luz", func(l *aulav1.Learner) error {
			l.Name = "Eva"
			return stop
		})
		wantErr(t, err, stop)
		_, err = s.ChangeLearner(ctx, "nobody", func(*aulav1.Learner) error { return nil })
		wantErr(t, err, store.ErrNotFound)
		if l, err := s.Learner(ctx, "luz"); err != nil || l.GetNewPerDay() != times || l.GetName() != "Name of luz" {
			t.Errorf("the learner is %v, %v", l, err)
		}
	})
}

// A code is good once, for a while, and only as long as no other takes its place.
func TestJoinLearner(t *testing.T) {
	onBothEngines(t, func(t *testing.T, name string) {
		s, ctx := open(t, name), t.Context()
		luz := signedUp(t, s, "luz")
		signedUp(t, s, "eva")
		create := func(learner, code string) {
			t.Helper()
			if err := s.CreateJoinCode(ctx, learner, []byte(code), now, now.Add(time.Minute)); err != nil {
				t.Fatal(err)
			}
		}
		joined := 0
		join := func(code string, at time.Time) (*aulav1.Learner, error) {
			joined++
			return s.JoinLearner(ctx, []byte(code), store.Key{ID: fmt.Sprint("joined", joined), Name: "tablet", Hash: []byte{9}, CreatedAt: at}, at)
		}
		create("luz", "first")
		create("luz", "second")
		create("eva", "third")
		for _, code := range []string{"first", "nothing", ""} {
			_, err := join(code, now)
			wantErr(t, err, store.ErrNotFound)
		}
		_, err := join("second", now.Add(time.Minute))
		wantErr(t, err, store.ErrNotFound)
		l, err := join("second", now.Add(time.Minute-time.Millisecond))
		if err != nil || !proto.Equal(l, luz) {
			t.Errorf("joined %v, %v", l, err)
		}
		_, err = join("second", now)
		wantErr(t, err, store.ErrNotFound)
		wantErr(t, s.CreateJoinCode(ctx, "nobody", []byte("x"), now, now), store.ErrNotFound)

		errs := make([]error, 8) // several devices with one code
		atOnce(len(errs), func(i int) {
			_, errs[i] = s.JoinLearner(ctx, []byte("third"), store.Key{ID: fmt.Sprint("race", i), Hash: []byte{1}, CreatedAt: now}, now)
		})
		if n := count(errs, nil); n != 1 {
			t.Errorf("%d devices joined by one code: %v", n, errs)
		}
		devices, err := s.Devices(ctx, "luz", 10)
		if err != nil || len(devices) != 2 || devices[0].ID != "key-of-luz" || devices[1].Name != "tablet" {
			t.Errorf("the devices are %v, %v", devices, err)
		}
	})
}

// A device that is removed takes the code along that it may have made.
func TestRemoveDevice(t *testing.T) {
	onBothEngines(t, func(t *testing.T, name string) {
		s, ctx := open(t, name), t.Context()
		signedUp(t, s, "luz")
		signedUp(t, s, "eva")
		if err := s.CreateJoinCode(ctx, "luz", []byte("code"), now, now.Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		wantErr(t, s.RemoveDevice(ctx, "luz", "key-of-eva", now), store.ErrNotFound)
		wantErr(t, s.RemoveDevice(ctx, "luz", "nothing", now), store.ErrNotFound)
		for i := range 2 {
			if err := s.RemoveDevice(ctx, "luz", "key-of-luz", now.Add(time.Duration(i)*time.Hour)); err != nil {
				t.Error(err)
			}
		}
		if k, err := s.Key(ctx, "key-of-luz"); err != nil || !k.RevokedAt.Equal(now) {
			t.Errorf("removed as %v, %v", k, err)
		}
		if devices, err := s.Devices(ctx, "luz", 10); err != nil || len(devices) > 0 {
			t.Errorf("left are %v, %v", devices, err)
		}
		_, err := s.JoinLearner(ctx, []byte("code"), store.Key{ID: "joined", Hash: []byte{1}, CreatedAt: now}, now)
		wantErr(t, err, store.ErrNotFound)
		// Nor does whoever runs the server see or revoke a learner's devices as keys.
		if keys, err := s.Keys(ctx, "", 10); err != nil || len(keys) > 0 {
			t.Errorf("keys are %v, %v", keys, err)
		}
		_, err = s.RevokeKey(ctx, "key-of-eva", now)
		wantErr(t, err, store.ErrNotFound)
		if k, err := s.Key(ctx, "key-of-eva"); err != nil || !k.RevokedAt.IsZero() {
			t.Errorf("another's device is %v, %v", k, err)
		}
	})
}

// asChosen keeps the name an attempt has.
func asChosen(a store.Attempt) string { return a.Nickname }

// Whatever the order in which attempts are claimed, the best becomes the standing, and of equal
// ones the first that was finished. Memory, the table and another process agree.
func TestClaimAttempt(t *testing.T) {
	onBothEngines(t, func(t *testing.T, name string) {
		s, ctx := open(t, name), t.Context()
		orders := [][]int{{0, 1, 2, 3}, {3, 2, 1, 0}, {2, 0, 3, 1}}
		for o, order := range orders {
			learner := fmt.Sprint("learner", o)
			signedUp(t, s, learner)
			for i, points := range []int32{30, 50, 50, 10} {
				id := fmt.Sprint(o, "-", i)
				finish(t, s, id, id, points, now.Add(time.Duration(10*i+o)*time.Second))
			}
			a := anAttempt(t, s, fmt.Sprint(o, "-open"))
			for _, i := range order {
				if _, err := s.ClaimAttempt(ctx, fmt.Sprint(o, "-", i), learner, asChosen); err != nil {
					t.Fatal(err)
				}
			}
			log, err := s.ClaimAttempt(ctx, a.ID, learner, func(store.Attempt) string { return "Luz" })
			if err != nil || log.Participant != learner || log.Nickname != "Luz" || log.Guest() {
				t.Errorf("claimed %v, %v", log, err)
			}
			for range 2 { // again, and for another
				_, err = s.ClaimAttempt(ctx, a.ID, learner, asChosen)
				wantErr(t, err, nil)
			}
		}
		_, err := s.ClaimAttempt(ctx, "0-1", "learner1", asChosen)
		wantErr(t, err, store.ErrNotFound)
		_, err = s.ClaimAttempt(ctx, "nothing", "learner1", asChosen)
		wantErr(t, err, store.ErrNotFound)
		wantBoards(t, s, name, "Ana 0-1, Ana 1-1, Ana 2-1")
		for o := range orders {
			st, rank, err := s.Standing(ctx, "birds", fmt.Sprint("learner", o))
			if err != nil || rank != o+1 || st.Points != 50 {
				t.Errorf("learner %d stands at %d with %v, %v", o, rank, st, err)
			}
		}
		// An answer that was graded while the attempt was a guest's comes too late.
		added := addSubmission(t, s, store.Submission{Answer: anAnswer("0-open", "wren", "r", 1), Grade: oneTry, Participant: "0-open"})
		wantErr(t, added.Err, store.ErrNotFound)
		added = addSubmission(t, s, store.Submission{Answer: anAnswer("0-open", "wren", "r", 1), Grade: oneTry, Participant: "learner0"})
		wantErr(t, added.Err, nil)
		if len(answersOf(t, s, name, "0-open")) != 1 {
			t.Error("the learner's answer is not there")
		}
		if _, rank, err := s.FinishAttempt(ctx, "0-open", everything(100), nil, now.Add(time.Hour)); err != nil || rank != 1 {
			t.Errorf("finished at %d, %v", rank, err)
		}
	})
}

func addSubmission(t *testing.T, s *store.Store, submission store.Submission) store.Added {
	t.Helper()
	added, err := s.AddAnswers(t.Context(), submission)
	if err != nil {
		t.Fatal(err)
	}
	return added[0]
}

// wantBoards checks the leaderboard, in memory and as another process reads it.
func wantBoards(t *testing.T, s *store.Store, name, want string) {
	t.Helper()
	if got := names(t, s, 2); got != want {
		t.Errorf("the leaderboard is %s, want %s", got, want)
	}
	for _, s := range []*store.Store{s, open(t, name)} {
		top, total, err := s.Top(t.Context(), "birds")
		if err != nil {
			t.Fatal(err)
		}
		rows, err := s.Leaderboard(t.Context(), "birds", store.Cursor{}, 100)
		if err != nil || !slices.Equal(top.Rows, rows) || total != len(rows) {
			t.Errorf("the head has %d of %d, %v, %v", len(top.Rows), total, top.Rows, err)
		}
	}
}

// A request that started an attempt for one is not good for another.
func TestStartOfAnother(t *testing.T) {
	onBothEngines(t, func(t *testing.T, name string) {
		s, ctx := open(t, name), t.Context()
		signedUp(t, s, "luz")
		signedUp(t, s, "eva")
		a := anAttempt(t, s, "first")
		start := func(id, participant, request string) error {
			a.ID, a.Participant, a.RequestID = id, participant, request
			_, err := s.CreateAttempt(ctx, a)
			return err
		}
		wantErr(t, start("a", "luz", "r1"), nil)
		wantErr(t, start("b", "luz", "r1"), nil)
		wantErr(t, start("c", "eva", "r1"), store.ErrRequestReused)
		wantErr(t, start("d", "d", "r1"), store.ErrRequestReused)
		wantErr(t, start("e", "e", "r2"), nil)
		wantErr(t, start("f", "f", "r2"), nil)
		wantErr(t, start("g", "luz", "r2"), store.ErrRequestReused)
		wantErr(t, start("h", "nobody", "r3"), store.ErrNotFound)
		if _, err := s.Log(ctx, "h"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("started for nobody: %v", err)
		}
	})
}

// What is told of a learner is theirs, all of it, and as it is at one moment.
func TestHeld(t *testing.T) {
	onBothEngines(t, func(t *testing.T, name string) {
		s, ctx := open(t, name), t.Context()
		for _, learner := range []string{"luz", "eva"} {
			signedUp(t, s, learner)
			finish(t, s, "of-"+learner, learner, 10, now)
			if err := s.CreateJoinCode(ctx, learner, []byte(learner), now, now.Add(time.Minute)); err != nil {
				t.Fatal(err)
			}
		}
		held := func() (kinds []string) {
			t.Helper()
			if err := s.Held(ctx, "luz", func(held any) error {
				kind := reflect.TypeOf(held)
				if kinds = append(kinds, kind.String()); len(kinds) == 1 { // what comes meanwhile is not told
					finish(t, s, "another", "luz", 20, now)
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			return kinds
		}
		want := []string{"*aulav1.Learner", "store.Key", "store.HeldJoinCode", "store.Attempt", "store.Answer", "store.HeldStanding"}
		if got := held(); !slices.Equal(got, want) {
			t.Errorf("told %v, want %v", got, want)
		}
		stop := errors.New("stop")
		wantErr(t, s.Held(ctx, "luz", func(any) error { return stop }), stop)
		wantErr(t, s.Held(ctx, "nobody", func(any) error { return nil }), store.ErrNotFound)
	})
}

// Who is erased is in no table, in no memory, and on no leaderboard; others are where they were.
func TestEraseFromEveryTable(t *testing.T) {
	onBothEngines(t, func(t *testing.T, name string) {
		s, ctx := open(t, name), t.Context()
		const many = 25 // attempts: more than are erased at once
		for i := range many {
			for place, learner := range []string{"luz", "eva"} {
				finish(t, s, fmt.Sprint(learner, i), learner, int32(i), now.Add(time.Duration(2*i+place)*time.Second))
			}
		}
		finish(t, s, "guest", "guest", 7, now)
		if err := s.CreateJoinCode(ctx, "luz", []byte("code"), now, now.Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		wantBoards(t, s, name, "Ana luz24, Ana eva24, Ana guest")
		errs := make([]error, 4)
		atOnce(len(errs), func(i int) { errs[i] = s.EraseLearner(ctx, "luz", now) })
		if n := count(errs, nil); n < 1 {
			t.Errorf("erased with %v", errs)
		}
		wantErr(t, s.EraseLearner(ctx, "luz", now), store.ErrNotFound)
		for i := range many {
			_, err := s.Log(ctx, fmt.Sprint("luz", i))
			wantErr(t, err, store.ErrNotFound)
			added := addSubmission(t, s, store.Submission{Answer: anAnswer(fmt.Sprint("luz", i), "wren", "r2", 1), Grade: oneTry})
			wantErr(t, added.Err, store.ErrNotFound)
			if log, err := s.Log(ctx, fmt.Sprint("eva", i)); err != nil || len(log.Answers) != 1 {
				t.Errorf("another's attempt is %v, %v", log, err)
			}
		}
		wantBoards(t, s, name, "Ana eva24, Ana guest")
		_, _, err := s.Standing(ctx, "birds", "luz")
		wantErr(t, err, store.ErrNotFound)
		if _, rank, err := s.Standing(ctx, "birds", "guest"); err != nil || rank != 2 {
			t.Errorf("the guest stands at %d, %v", rank, err)
		}
		_, err = s.Key(ctx, "key-of-luz")
		wantErr(t, err, store.ErrNotFound)
		_, err = s.JoinLearner(ctx, []byte("code"), store.Key{ID: "joined", Hash: []byte{1}, CreatedAt: now}, now)
		wantErr(t, err, store.ErrNotFound)
	})
}
