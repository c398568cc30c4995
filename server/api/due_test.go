package api_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	aulav1 "aula/proto/aula/v1"
	"aula/server/schedule"
)

// pupil is a learner who studies, as tests follow them.
type pupil struct {
	*someone
	profile *aulav1.Learner
	zone    *time.Location
	events  int
}

// pupil signs up a learner at home in Guayaquil, where it is eight in the morning.
func (w *world) pupil() *pupil {
	w.t.Helper()
	p := &pupil{someone: w.learner("Luz")}
	got, err := w.learn.GetLearner(p.ctx(), &aulav1.GetLearnerRequest{})
	if err != nil {
		w.t.Fatal(err)
	}
	p.profile = got.GetLearner()
	if p.zone, err = schedule.Zone(p.profile.GetTimeZone()); err != nil {
		w.t.Fatal(err)
	}
	w.at(p.time("2026-11-25 08:00"))
	return p
}

func (p *pupil) time(text string) time.Time {
	at, err := time.ParseInLocation("2006-01-02 15:04", text, p.zone)
	if err != nil {
		p.w.t.Fatal(err)
	}
	return at
}

// event keeps an event of a card, now.
func (p *pupil) event(set, question string, e *aulav1.ReviewEvent) *aulav1.CardState {
	p.w.t.Helper()
	p.events++
	e.Id, e.DeviceSeq, e.Set, e.Question = fmt.Sprintf("00000000-0000-4000-8000-%012d", p.events), int64(p.events), set, question
	resp, err := p.w.study.ReviewCard(p.ctx(), &aulav1.ReviewCardRequest{Event: e})
	if err != nil {
		p.w.t.Errorf("%s/%s: %v", set, question, err)
	}
	return resp.GetState()
}

func (p *pupil) rate(set, question string, rating aulav1.CardAnswer_Rating) *aulav1.CardState {
	p.w.t.Helper()
	return p.event(set, question, &aulav1.ReviewEvent{Action: &aulav1.ReviewEvent_Rating{Rating: rating}})
}

func (p *pupil) mark(set, question string, mark aulav1.ReviewEvent_Mark) {
	p.w.t.Helper()
	p.event(set, question, &aulav1.ReviewEvent{Action: &aulav1.ReviewEvent_Mark_{Mark: mark}})
}

func (p *pupil) due(req *aulav1.ListDueCardsRequest) *aulav1.ListDueCardsResponse {
	p.w.t.Helper()
	resp, err := p.w.study.ListDueCards(p.ctx(), req)
	if err != nil {
		p.w.t.Fatal(err)
	}
	return resp
}

// listed is the questions of a queue, in its order.
func listed(resp *aulav1.ListDueCardsResponse) string {
	var ids []string
	for _, card := range resp.GetCards() {
		ids = append(ids, card.GetPrompt().GetQuestion())
	}
	return strings.Join(ids, " ")
}

// golden compares a text with a file of testdata, or writes it there.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil || got != string(want) {
		t.Errorf("%s differs (%v); got\n%s", file, err, got)
	}
}

// tell writes what a queue says.
func (p *pupil) tell(b *strings.Builder, resp *aulav1.ListDueCardsResponse) {
	fmt.Fprintf(b, "%s  %s\n", p.w.now().In(p.zone).Format("2006-01-02 15:04"), resp.GetSummary())
	if next := resp.GetNextAt(); next != nil {
		fmt.Fprintf(b, "    next at %s\n", next.AsTime().In(p.zone).Format("2006-01-02 15:04:05"))
	}
	for _, card := range resp.GetCards() {
		var next []string
		for _, n := range card.GetNext() {
			next = append(next, n.GetText())
		}
		phase := strings.ToLower(strings.TrimPrefix(card.GetState().GetPhase().String(), "PHASE_UNSPECIFIED"))
		fmt.Fprintf(b, "    %s/%s (%s) %s %.4f: %s\n        %s\n", card.GetSet(), card.GetPrompt().GetQuestion(),
			card.GetPrompt().GetLanguage(), phase, card.GetRetrievability(), card.GetPrompt().GetText(), strings.Join(next, " | "))
	}
}

// A few days of one learner, as they are told of them.
func TestListDueCards(t *testing.T) {
	for _, lang := range []string{"en", "es"} {
		w := newWorld(t)
		w.publish("capitals", func(*aulav1.QuestionSet) {})
		p := w.pupil()
		var b strings.Builder
		list := func(sets ...string) {
			t.Helper()
			p.tell(&b, p.due(&aulav1.ListDueCardsRequest{Sets: sets, Language: lang}))
		}
		list()
		list("capitals")
		p.rate("capitals", "ecuador", aulav1.CardAnswer_GOOD)
		p.rate("capitals", "height", aulav1.CardAnswer_EASY)
		p.rate("capitals", "peru", aulav1.CardAnswer_AGAIN)
		p.mark("capitals", "chile", aulav1.ReviewEvent_BURY)
		p.mark("capitals", "uruguay", aulav1.ReviewEvent_SUSPEND)
		list() // peru comes in a minute, ecuador in ten: both before long
		w.at(p.time("2026-11-25 08:05"))
		list()
		p.rate("capitals", "peru", aulav1.CardAnswer_EASY)
		w.at(p.time("2026-11-25 08:10"))
		p.rate("capitals", "ecuador", aulav1.CardAnswer_GOOD)
		list() // high is asked of the fact that height is asked of, chile is buried
		w.at(p.time("2026-11-26 03:59"))
		list()
		w.at(p.time("2026-11-26 04:00"))
		list()
		p.rate("capitals", "high", aulav1.CardAnswer_EASY)
		p.rate("capitals", "chile", aulav1.CardAnswer_EASY)
		w.at(p.time("2026-12-04 07:00"))
		list() // of height and high only one
		w.at(p.time("2027-02-01 07:00"))
		p.mark("capitals", "uruguay", aulav1.ReviewEvent_RESUME)
		list()
		golden(t, "study/due."+lang+".txt", b.String())
	}
}

// study is a set of so many questions.
func (w *world) many(id string, n int, edit ...func(*aulav1.QuestionSet)) {
	w.t.Helper()
	set := &aulav1.QuestionSet{Id: id, Title: map[string]string{"en": id}, Language: "en"}
	for i := range n {
		set.Questions = append(set.Questions, &aulav1.Question{
			Id: fmt.Sprintf("q-%d", i), Text: map[string]string{"en": fmt.Sprint("Number ", i, "?")},
			Kind: &aulav1.Question_Card{Card: &aulav1.CardQuestion{Back: map[string]string{"en": fmt.Sprint(i)}}},
		})
	}
	for _, f := range edit {
		f(set)
	}
	if _, _, err := w.store.Publish(w.t.Context(), set, time.Now()); err != nil {
		w.t.Fatal(err)
	}
}

// New cards come evenly among reviews, in the order of their set, within the day's limits.
func TestDueLimits(t *testing.T) {
	w := newWorld(t)
	w.many("many", 300)
	p := w.pupil()
	for i := range 230 {
		p.rate("many", fmt.Sprintf("q-%d", i), aulav1.CardAnswer_EASY)
	}
	if got := p.due(&aulav1.ListDueCardsRequest{}); got.GetSummary() != "Por ahora no queda nada: la próxima tarjeta llega en 20 h." {
		t.Errorf("after 230 new cards: %v", got)
	}
	w.at(p.time("2026-12-24 08:00"))
	got := p.due(&aulav1.ListDueCardsRequest{PageSize: 100})
	if c := got.GetCounts(); c.GetDue() != 200 || c.GetNew() != 20 || got.GetNextAt().AsTime() != w.now().UTC() {
		t.Errorf("counts %v, next at %v", c, got.GetNextAt().AsTime())
	}
	var places []string
	for i, card := range got.GetCards() {
		if card.GetState().GetPhase() == aulav1.CardState_PHASE_UNSPECIFIED {
			places = append(places, fmt.Sprint(i, card.GetPrompt().GetQuestion()))
		}
	}
	if got, want := fmt.Sprint(places), "[10q-230 20q-231 31q-232 41q-233 52q-234 62q-235 73q-236 83q-237 94q-238]"; got != want {
		t.Errorf("new cards at %s, want %s", got, want)
	}
	for range 20 {
		for _, card := range p.due(&aulav1.ListDueCardsRequest{PageSize: 11}).GetCards() {
			p.rate("many", card.GetPrompt().GetQuestion(), aulav1.CardAnswer_EASY)
		}
	}
	got = p.due(&aulav1.ListDueCardsRequest{})
	if len(got.GetCards()) != 0 || !got.GetNextAt().AsTime().Equal(p.time("2026-12-25 04:00")) {
		t.Errorf("after 220 cards: %v", got)
	}
	w.at(p.time("2026-12-25 04:00"))
	if c := p.due(&aulav1.ListDueCardsRequest{}).GetCounts(); c.GetDue() < 30 || c.GetNew() != 20 {
		t.Errorf("the day after: %v", c)
	}
}

// Whatever is begun, put aside, taken back and revised, in whatever order: what is offered as
// new is what a look at all questions finds.
func TestDueNewCards(t *testing.T) {
	w := newWorld(t)
	const n = 400
	w.many("many", n)
	p := w.pupil()
	random := rand.New(rand.NewPCG(6, 7))
	begun, suspended := map[string]string{}, map[string]bool{}
	check := func(order []string) {
		t.Helper()
		var want []string
		for _, id := range order {
			if begun[id] == "" && !suspended[id] && len(want) < 20 {
				want = append(want, id)
			}
		}
		got := p.due(&aulav1.ListDueCardsRequest{Sets: []string{"many"}, PageSize: 100})
		got.Cards = slices.DeleteFunc(got.GetCards(), func(card *aulav1.DueCard) bool { return card.GetState().GetReviews() > 0 })
		if listed(got) != strings.Join(want, " ") {
			t.Fatalf("new cards %s, want %s", listed(got), strings.Join(want, " "))
		}
	}
	var order []string
	for i := range n {
		order = append(order, fmt.Sprint("q-", i))
	}
	for day := range 30 {
		w.at(p.time("2026-11-25 08:00").AddDate(0, 0, day))
		check(order)
		for range random.IntN(30) {
			id := order[random.IntN(min(n, 30+10*day))]
			switch random.IntN(8) {
			case 0:
				p.mark("many", id, aulav1.ReviewEvent_SUSPEND)
				suspended[id] = true
			case 1:
				p.mark("many", id, aulav1.ReviewEvent_RESUME)
				suspended[id] = false
			case 2:
				if begun[id] != "" {
					p.event("", "", &aulav1.ReviewEvent{Action: &aulav1.ReviewEvent_Undo{Undo: begun[id]}})
					begun[id] = ""
				}
			default:
				if begun[id] == "" {
					p.rate("many", id, aulav1.CardAnswer_EASY)
					p.mark("many", id, aulav1.ReviewEvent_SUSPEND) // to have no reviews to look at
					begun[id], suspended[id] = fmt.Sprintf("00000000-0000-4000-8000-%012d", p.events-1), true
				}
			}
		}
		if day%10 == 9 {
			w.many("many", n, func(set *aulav1.QuestionSet) {
				random.Shuffle(n, func(i, j int) { set.Questions[i], set.Questions[j] = set.Questions[j], set.Questions[i] })
				order = nil
				for _, q := range set.GetQuestions() {
					order = append(order, q.GetId())
				}
			})
		}
	}
}

// Where no card comes at all the learner is told why.
func TestNothingDue(t *testing.T) {
	w := newWorld(t)
	w.many("many", 2)
	p := w.pupil()
	wants := func(en, es string, sets ...string) {
		t.Helper()
		for lang, want := range map[string]string{"en": en, "es": es} {
			if got := p.due(&aulav1.ListDueCardsRequest{Sets: sets, Language: lang}); got.GetSummary() != want || got.GetNextAt() != nil {
				t.Errorf("it says %v, want %q", got, want)
			}
		}
	}
	wants("There is nothing to study: name a set to begin with.", "No hay nada que estudiar: indica un conjunto para empezar.")
	p.mark("many", "q-0", aulav1.ReviewEvent_SUSPEND)
	p.mark("many", "q-1", aulav1.ReviewEvent_SUSPEND)
	for _, sets := range [][]string{nil, {"many"}} {
		wants("There is nothing to study in these sets: their cards are put aside, or your limits for the day allow none.",
			"No hay nada que estudiar en estos conjuntos: sus tarjetas están apartadas o tus límites diarios no permiten ninguna.", sets...)
	}
	exam := p.start(&aulav1.StartAttemptRequest{Set: "rivers", Mode: aulav1.Attempt_EXAM})
	wants("There is nothing to study until you finish your exam.", "No hay nada que estudiar hasta que termines tu examen.", "many", "rivers")
	p.finish(exam.GetId())
	if got := p.due(&aulav1.ListDueCardsRequest{Sets: []string{"rivers"}}); len(got.GetCards()) == 0 {
		t.Errorf("after the exam: %v", got)
	}
}

// Who is ahead of home buries a card for the day that it is there: it is not shown at home either.
func TestDueBuriedAbroad(t *testing.T) {
	w := newWorld(t)
	w.many("many", 2)
	p := w.pupil()
	p.rate("many", "q-0", aulav1.CardAnswer_AGAIN)
	w.at(p.time("2026-11-25 16:00")) // tomorrow at 6 in Tokyo
	resp, err := w.study.ReviewCard(p.ctx(), &aulav1.ReviewCardRequest{Event: &aulav1.ReviewEvent{
		Id: uuid.NewString(), Set: "many", Question: "q-0", TimeZone: "Asia/Tokyo", Action: &aulav1.ReviewEvent_Mark_{Mark: aulav1.ReviewEvent_BURY},
	}})
	if err != nil || resp.GetSummary() != "Hoy no volverá a aparecer." {
		t.Fatalf("buried: %v, %v", resp, err)
	}
	for at, want := range map[string]string{"2026-11-25 16:05": "q-1", "2026-11-26 16:05": "q-1", "2026-11-27 04:00": "q-0 q-1"} {
		w.at(p.time(at))
		if got := listed(p.due(&aulav1.ListDueCardsRequest{})); got != want {
			t.Errorf("at %s: %s, want %s", at, got, want)
		}
	}
}

// A set that is archived, a question that has left, and those of an exam under way are not
// studied; cards in steps come whatever else is asked of their fact.
func TestDueLeavesOut(t *testing.T) {
	w := newWorld(t)
	w.publish("capitals", func(*aulav1.QuestionSet) {})
	w.many("many", 3)
	p := w.pupil()
	for _, question := range []string{"ecuador", "peru", "height", "high"} {
		p.rate("capitals", question, aulav1.CardAnswer_AGAIN)
	}
	p.rate("many", "q-1", aulav1.CardAnswer_AGAIN)
	w.at(p.time("2026-11-25 08:01"))
	want := func(order, what string) {
		t.Helper()
		if got := listed(p.due(&aulav1.ListDueCardsRequest{})); got != order {
			t.Errorf("%s: %s, want %s", what, got, order)
		}
	}
	want("ecuador height high peru q-1 chile uruguay q-0 q-2", "all")
	w.publish("capitals", func(set *aulav1.QuestionSet) { set.Questions = set.GetQuestions()[1:] })
	want("height high peru q-1 chile uruguay q-0 q-2", "without a question that has left")
	exam, err := w.quiz.StartAttempt(p.ctx(), &aulav1.StartAttemptRequest{Set: "capitals", Mode: aulav1.Attempt_EXAM})
	if err != nil {
		t.Fatal(err)
	}
	want("peru q-1 chile uruguay q-0 q-2", "during an exam")
	reveal := func(question string) error {
		_, err := w.study.RevealCard(p.ctx(), &aulav1.RevealCardRequest{Set: "capitals", Question: question})
		return err
	}
	wantReason(t, reveal("height"), aulav1.ErrorReason_IN_EXAM, "")
	if _, err := w.quiz.FinishAttempt(p.ctx(), &aulav1.FinishAttemptRequest{Attempt: exam.GetId()}); err != nil {
		t.Fatal(err)
	}
	want("height high peru q-1 chile uruguay q-0 q-2", "after the exam")
	if err := reveal("height"); err != nil {
		t.Error(err)
	}
	wantReason(t, reveal("final"), aulav1.ErrorReason_IN_EXAM, "")
	wantReason(t, reveal("ecuador"), aulav1.ErrorReason_QUESTION_NOT_FOUND, "")
	if err := w.store.Archive(t.Context(), "capitals", true, w.now()); err != nil {
		t.Fatal(err)
	}
	want("q-1 q-0 q-2", "without a set that is archived")
	_, err = w.study.ListDueCards(p.ctx(), &aulav1.ListDueCardsRequest{Sets: []string{"many", "capitals"}})
	wantReason(t, err, aulav1.ErrorReason_SET_NOT_FOUND, "")
}

// A card is shown as it is in a quiz, in the same order every time, and revealed with its key.
func TestRevealCard(t *testing.T) {
	w := newWorld(t)
	p := w.pupil()
	first := p.due(&aulav1.ListDueCardsRequest{Sets: []string{"rivers"}})
	again := p.due(&aulav1.ListDueCardsRequest{Sets: []string{"rivers"}})
	if !proto.Equal(first, again) || first.GetCards()[0].GetPrompt().GetChoice() == nil {
		t.Errorf("shown as %v, then %v", first, again)
	}
	got, err := w.study.RevealCard(p.ctx(), &aulav1.RevealCardRequest{Set: "rivers", Question: "longest"})
	if err != nil {
		t.Fatal(err)
	}
	if got.GetKey().GetDisplay() != "Amazonas" || got.GetExplanation() != "El Amazonas." || got.GetLanguage() != "es" {
		t.Errorf("revealed %v", got)
	}
}

// A review comes on the study day it was scheduled for, whenever that begins by now.
func TestDueWhenDaysBeginOtherwise(t *testing.T) {
	w := newWorld(t)
	w.many("many", 1)
	p := w.pupil()
	days := int(p.rate("many", "q-0", aulav1.CardAnswer_EASY).GetInterval())
	for _, rollover := range []int32{0, 4, 8} {
		if _, err := w.learn.UpdateLearner(p.ctx(), &aulav1.UpdateLearnerRequest{RolloverHour: &rollover}); err != nil {
			t.Fatal(err)
		}
		begins := p.time("2026-11-25 00:00").AddDate(0, 0, days).Add(time.Duration(rollover) * time.Hour)
		w.at(begins.Add(-time.Minute))
		before := p.due(&aulav1.ListDueCardsRequest{})
		w.at(begins)
		if on := p.due(&aulav1.ListDueCardsRequest{}); len(before.GetCards()) != 0 || len(on.GetCards()) != 1 || !before.GetNextAt().AsTime().Equal(begins) {
			t.Errorf("days begin at %d: %v, then %v", rollover, before, on)
		}
	}
}
