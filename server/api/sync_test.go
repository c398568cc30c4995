package api_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	aulav1 "aula/proto/aula/v1"
	"aula/server/schedule"
)

// phone is a device as it studies by itself: what it has heard of, and where it stands.
type phone struct {
	*someone
	cursor string
	events map[string]*aulav1.ReviewEvent
	states map[string]*aulav1.CardState // by question
}

func newPhone(s *someone) *phone {
	return &phone{someone: s, events: map[string]*aulav1.ReviewEvent{}, states: map[string]*aulav1.CardState{}}
}

// sync sends events and hears all there is, in pages of so many.
func (p *phone) sync(page int32, events ...*aulav1.ReviewEvent) []*aulav1.SyncResult {
	p.w.t.Helper()
	var results []*aulav1.SyncResult
	for more := true; more; events = nil {
		resp, err := p.w.study.SyncReviews(p.ctx(), &aulav1.SyncReviewsRequest{Events: clones(events), Cursor: p.cursor, PageSize: page})
		if err != nil {
			p.w.t.Fatal(err)
		}
		if results == nil {
			results = resp.GetResults()
		}
		if n := len(resp.GetEvents()) + len(resp.GetStates()); page > 0 && n > int(page) {
			p.w.t.Errorf("a page of %d has %d", page, n)
		}
		for _, e := range resp.GetEvents() {
			if p.events[e.GetId()] != nil {
				p.w.t.Errorf("heard twice of %v", e)
			}
			p.events[e.GetId()] = e
		}
		for _, state := range resp.GetStates() {
			p.states[state.GetQuestion()] = state
		}
		p.cursor, more = resp.GetCursor(), resp.GetMore()
	}
	return results
}

func clones(events []*aulav1.ReviewEvent) (out []*aulav1.ReviewEvent) {
	for _, e := range events {
		out = append(out, proto.CloneOf(e))
	}
	return out
}

// at says when an event happened on which device's count.
func at(e *aulav1.ReviewEvent, when time.Time, seq int64) *aulav1.ReviewEvent {
	e.AnsweredAt, e.DeviceSeq = timestamppb.New(when), seq
	return e
}

// sameStates reports whether both phones have the same states, byte for byte.
func sameStates(a, b *phone) bool {
	if len(a.states) != len(b.states) {
		return false
	}
	for question, state := range a.states {
		if encode(state) != encode(b.states[question]) {
			return false
		}
	}
	return true
}

func encode(m proto.Message) string {
	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// In whatever order three phones come with what they did offline, alone or with a repeat, all end
// with the states that one device would have had.
func TestSyncInAnyOrder(t *testing.T) {
	w := newWorld(t)
	begin := time.Now().AddDate(0, 0, -30).Truncate(time.Millisecond)
	wrong := rate("capital", aulav1.CardAnswer_AGAIN)
	log := []struct {
		phone int
		event *aulav1.ReviewEvent
	}{
		{0, at(rate("capital", aulav1.CardAnswer_GOOD), begin, 1)},
		{1, at(answerCard("capital", words("París")), begin.Add(8*time.Minute), 1)},
		{2, at(wrong, begin.AddDate(0, 0, 3), 1)},
		{0, at(takeBack(wrong.GetId()), begin.AddDate(0, 0, 3), 2)},
		{1, at(rate("capital", aulav1.CardAnswer_HARD), begin.AddDate(0, 0, 3), 2)}, // at the same time as what is taken back
	}
	var want string
	n := 0
	eachOrder(len(log), func(order []int) {
		n++
		own := w.learner(fmt.Sprint("Luz ", n))
		phones := []*phone{newPhone(own), newPhone(own.device("two")), newPhone(own.device("three"))}
		for i, at := range order {
			for range 1 + i%2 { // sometimes sent again
				if got := phones[log[at].phone].sync(2, log[at].event); got[0].GetStatus() == aulav1.SyncResult_REFUSED {
					t.Fatalf("refused: %v", got[0])
				}
			}
		}
		for _, p := range phones {
			p.sync(1)
			got := encode(p.states["capital"])
			if want == "" {
				want = got
			}
			if got != want {
				t.Errorf("order %v: %v", order, p.states)
			}
		}
	})
	// One device, which has done all of it itself.
	alone := newPhone(w.learner("Ana"))
	for _, done := range log {
		alone.sync(0, done.event)
	}
	if encode(alone.states["capital"]) != want || alone.states["capital"].GetReviews() != 3 {
		t.Errorf("alone it is %v", alone.states)
	}
}

// eachOrder calls f with every order of n things.
func eachOrder(n int, f func([]int)) {
	var walk func(done []int)
	walk = func(done []int) {
		if len(done) == n {
			f(done)
			return
		}
		for i := range n {
			if !slices.Contains(done, i) {
				walk(append(slices.Clone(done), i))
			}
		}
	}
	walk(nil)
}

// Each event has a result of its own, in order, in the caller's language.
func TestSyncResults(t *testing.T) {
	w := newWorld(t)
	luz := newPhone(w.learner("Luz"))
	exam := luz.start(&aulav1.StartAttemptRequest{Mode: aulav1.Attempt_EXAM, QuestionCount: 1})
	examined := exam.GetPrompts()[0].GetQuestion()
	free := slices.DeleteFunc(slices.Clone(questionsOfRivers), func(id string) bool { return id == examined })
	known := rate(free[0], aulav1.CardAnswer_GOOD)
	luz.review(proto.CloneOf(known))
	reused := rate(free[0], aulav1.CardAnswer_EASY)
	reused.Id = known.GetId()
	early := at(rate(free[1], aulav1.CardAnswer_GOOD), time.Now().Add(36*time.Hour), 1)
	answered := answerCard(examined, choose("x"))
	mute := rate(free[0], aulav1.CardAnswer_GOOD)
	mute.Id = "1"
	foul := rate(free[0], aulav1.CardAnswer_GOOD)
	foul.Question += "\x00"
	ungradable := answerCard("width", number("mucho"))
	if examined == "width" {
		ungradable = answerCard("share", number("mucho"))
	}
	wants := []struct {
		event  *aulav1.ReviewEvent
		status aulav1.SyncResult_Status
		reason aulav1.ErrorReason
		says   string
		fields string
	}{
		{known, aulav1.SyncResult_ALREADY_KNOWN, 0, "", ""},
		{rate("deepest", aulav1.CardAnswer_GOOD), aulav1.SyncResult_REFUSED, aulav1.ErrorReason_QUESTION_NOT_FOUND, "no tiene ninguna pregunta", ""},
		{reused, aulav1.SyncResult_REFUSED, aulav1.ErrorReason_REQUEST_ID_REUSED, known.GetId(), ""},
		{early, aulav1.SyncResult_ACCEPTED, 0, "", ""},
		{answered, aulav1.SyncResult_REFUSED, aulav1.ErrorReason_IN_EXAM, "examen", ""},
		{mute, aulav1.SyncResult_REFUSED, aulav1.ErrorReason_INVALID_REQUEST, "UUID", "id"},
		{foul, aulav1.SyncResult_REFUSED, aulav1.ErrorReason_INVALID_REQUEST, "control", "question"},
		{ungradable, aulav1.SyncResult_REFUSED, aulav1.ErrorReason_UNGRADABLE_ANSWER, "«mucho»", "answer.numeric.text"},
		{takeBack(uuid.NewString()), aulav1.SyncResult_ACCEPTED, 0, "", ""},
		{mark(examined, aulav1.ReviewEvent_SUSPEND), aulav1.SyncResult_ACCEPTED, 0, "", ""},
	}
	var events []*aulav1.ReviewEvent
	for _, want := range wants {
		events = append(events, want.event)
	}
	results := luz.sync(0, events...)
	for i, want := range wants {
		got := results[i]
		if got.GetId() != want.event.GetId() || got.GetStatus() != want.status || got.GetReason() != want.reason ||
			!strings.Contains(got.GetMessage(), want.says) || strings.Join(got.GetFields(), ",") != want.fields || got.GetOutcome() != nil {
			t.Errorf("event %d: %v, want %+v", i, got, want)
		}
		if ahead := got.GetClockAhead().AsDuration(); (ahead > 0) != (want.event == early) || ahead > 36*time.Hour {
			t.Errorf("event %d came from %v ahead", i, ahead)
		}
	}
	state := luz.states[free[1]]
	if since := time.Since(state.GetReviewedAt().AsTime()); since < 0 || since > time.Minute {
		t.Errorf("what was done tomorrow counts as of %v", state.GetReviewedAt().AsTime())
	}
	// After the exam it is accepted, and graded.
	luz.finish(exam.GetId())
	right := answerCard(examined, choose("danube"))
	for _, prompt := range exam.GetPrompts() {
		switch prompt.GetKind().(type) {
		case *aulav1.Prompt_Numeric:
			right = answerCard(examined, number("3"))
		case *aulav1.Prompt_TextEntry:
			right = answerCard(examined, words("Lima"))
		case *aulav1.Prompt_Choice:
			right = answerCard(examined, choose(prompt.GetChoice().GetOptions()[0].GetId()))
		}
	}
	for _, status := range []aulav1.SyncResult_Status{aulav1.SyncResult_ACCEPTED, aulav1.SyncResult_ALREADY_KNOWN} {
		got := luz.sync(0, right)[0]
		if got.GetStatus() != status || got.GetOutcome().GetKey().GetDisplay() == "" {
			t.Errorf("an answer after the exam: %v", got)
		}
	}
}

// What is sent again while it could not be taken in anew is known all the same.
func TestSyncAgainInExam(t *testing.T) {
	w := newWorld(t)
	luz := newPhone(w.learner("Luz"))
	var events []*aulav1.ReviewEvent
	for _, question := range questionsOfRivers {
		events = append(events, rate(question, aulav1.CardAnswer_GOOD))
	}
	luz.sync(0, events...)
	luz.start(&aulav1.StartAttemptRequest{Mode: aulav1.Attempt_EXAM})
	for _, result := range luz.sync(0, events...) {
		if result.GetStatus() != aulav1.SyncResult_ALREADY_KNOWN {
			t.Errorf("sent again in an exam: %v", result)
		}
	}
	if got := luz.sync(0, rate("capital", aulav1.CardAnswer_GOOD))[0]; got.GetReason() != aulav1.ErrorReason_IN_EXAM {
		t.Errorf("sent in an exam: %v", got)
	}
}

func TestSyncMistakes(t *testing.T) {
	w := newWorld(t)
	luz, eva := newPhone(w.learner("Luz")), newPhone(w.learner("Eva"))
	luz.sync(0, rate("capital", aulav1.CardAnswer_GOOD))
	for lang, says := range map[string]string{"en": "begin anew", "es": "empezar de nuevo"} {
		for _, cursor := range []string{"garbage", "AAAA", luz.cursor[1:], luz.cursor + "A"} {
			_, err := w.study.SyncReviews(luz.ctx(), &aulav1.SyncReviewsRequest{Cursor: cursor, Language: lang})
			wantReason(t, err, aulav1.ErrorReason_INVALID_CURSOR, says)
		}
		_, err := w.study.SyncReviews(eva.ctx(), &aulav1.SyncReviewsRequest{Cursor: luz.cursor, Language: lang})
		wantReason(t, err, aulav1.ErrorReason_INVALID_CURSOR, says)
	}
	_, err := w.study.SyncReviews(luz.ctx(), &aulav1.SyncReviewsRequest{Events: make([]*aulav1.ReviewEvent, 501), Language: "es"})
	wantReason(t, err, aulav1.ErrorReason_INVALID_REQUEST, "500")
	_, err = w.study.SyncReviews(luz.ctx(), &aulav1.SyncReviewsRequest{PageSize: 1001, Language: "es"})
	wantReason(t, err, aulav1.ErrorReason_INVALID_REQUEST, "1000")
	_, err = w.study.SyncReviews(w.teacher("Ana").ctx(), &aulav1.SyncReviewsRequest{Language: "es"})
	wantReason(t, err, aulav1.ErrorReason_NOT_A_LEARNER, "docente")
}

// Two phones that study at once, in batches up to 500, end with the same states, and each has
// heard once of everything that the other has done.
func TestSyncAtOnce(t *testing.T) {
	w := newWorld(t)
	own := w.learner("Luz")
	phones := []*phone{newPhone(own), newPhone(own.device("tablet"))}
	begin := time.Now().AddDate(0, 0, -100).Truncate(time.Millisecond)
	sent := make([][]*aulav1.ReviewEvent, len(phones))
	commits := 0
	w.store.Observe.Commit = func(int, time.Duration) { commits++ }
	var all sync.WaitGroup
	for i, p := range phones {
		for n := range 620 {
			e := at(rate(questionsOfRivers[n%6], aulav1.CardAnswer_Rating(1+(n*7+i)%4)), begin.Add(time.Duration(n*120+i)*time.Minute), int64(n))
			e.Duration = durationpb.New(time.Second)
			sent[i] = append(sent[i], e)
		}
		all.Go(func() {
			slices.Reverse(sent[i])
			for _, part := range [][]*aulav1.ReviewEvent{sent[i][:500], sent[i][500:600], sent[i][590:]} {
				p.sync(200, part...)
			}
		})
	}
	all.Wait()
	if commits > 6 {
		t.Errorf("six batches took %d commits", commits)
	}
	for i, p := range phones {
		p.sync(1000)
		if len(p.events) != 620 {
			t.Errorf("phone %d has heard of %d events", i, len(p.events))
		}
		for _, e := range sent[1-i] {
			if got := p.events[e.GetId()]; got.GetDeviceSeq() != e.GetDeviceSeq() || got.GetDevice() != phones[1-i].id {
				t.Errorf("phone %d has heard of %v as %v", i, e, got)
			}
		}
	}
	if !sameStates(phones[0], phones[1]) {
		t.Errorf("the phones have %v and %v", phones[0].states, phones[1].states)
	}
	scheduler, err := schedule.New(own.profile().GetScheduling())
	if err != nil {
		t.Fatal(err)
	}
	logs := map[string][]*aulav1.ReviewEvent{}
	for _, p := range phones {
		for _, e := range p.events {
			logs[e.GetQuestion()] = append(logs[e.GetQuestion()], e)
		}
	}
	for question, log := range logs {
		want, err := scheduler.Fold("rivers", question, log)
		if got := phones[0].states[question]; err != nil || encode(got) != encode(want) {
			t.Errorf("%s is %v, want %v, %v", question, got, want, err)
		}
	}
}
