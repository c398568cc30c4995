package api_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	aulav1 "aula/proto/aula/v1"
)

// rate is an event in which a learner rates a card of "rivers".
func rate(question string, rating aulav1.CardAnswer_Rating) *aulav1.ReviewEvent {
	return &aulav1.ReviewEvent{
		Id: uuid.NewString(), Set: "rivers", Question: question, Action: &aulav1.ReviewEvent_Rating{Rating: rating},
	}
}

// answerCard is an event in which a learner answers a card of "rivers".
func answerCard(question string, answer *aulav1.Answer) *aulav1.ReviewEvent {
	return &aulav1.ReviewEvent{Id: uuid.NewString(), Set: "rivers", Question: question, Action: &aulav1.ReviewEvent_Answer{Answer: answer}}
}

func ownRating(rating aulav1.CardAnswer_Rating) *aulav1.Answer {
	return &aulav1.Answer{Kind: &aulav1.Answer_Card{Card: &aulav1.CardAnswer{Rating: rating}}}
}

func mark(question string, mark aulav1.ReviewEvent_Mark) *aulav1.ReviewEvent {
	return &aulav1.ReviewEvent{Id: uuid.NewString(), Set: "rivers", Question: question, Action: &aulav1.ReviewEvent_Mark_{Mark: mark}}
}

func takeBack(review string) *aulav1.ReviewEvent {
	return &aulav1.ReviewEvent{Id: uuid.NewString(), Action: &aulav1.ReviewEvent_Undo{Undo: review}}
}

func (s *someone) review(e *aulav1.ReviewEvent) *aulav1.ReviewCardResponse {
	s.w.t.Helper()
	resp, err := s.w.study.ReviewCard(s.ctx(), &aulav1.ReviewCardRequest{Event: e})
	if err != nil {
		s.w.t.Fatal(err)
	}
	return resp
}

// A card goes its way: steps, days, put aside, taken up again, and every time the learner is told
// when it comes.
func TestReviewCard(t *testing.T) {
	w := newWorld(t)
	luz := w.learner("Luz")
	for _, c := range []struct {
		event *aulav1.ReviewEvent
		phase aulav1.CardState_Phase
		rated aulav1.CardAnswer_Rating
		says  string
	}{
		{rate("longest", aulav1.CardAnswer_AGAIN), aulav1.CardState_LEARNING, aulav1.CardAnswer_AGAIN, "Volverá a aparecer en 1 min."},
		{rate("longest", aulav1.CardAnswer_HARD), aulav1.CardState_LEARNING, aulav1.CardAnswer_HARD, "Volverá a aparecer en 6 min."},
		{answerCard("longest", choose("amazon")), aulav1.CardState_LEARNING, aulav1.CardAnswer_GOOD, "Volverá a aparecer en 10 min."},
		{answerCard("longest", ownRating(aulav1.CardAnswer_GOOD)), aulav1.CardState_REVIEW, aulav1.CardAnswer_GOOD, "Volverá a aparecer en 1 día."},
		{mark("longest", aulav1.ReviewEvent_SUSPEND), aulav1.CardState_REVIEW, 0, "Está apartada hasta que la retomes."},
		{mark("longest", aulav1.ReviewEvent_RESUME), aulav1.CardState_REVIEW, 0, "Volverá a aparecer en 1 día."},
		{mark("longest", aulav1.ReviewEvent_BURY), aulav1.CardState_REVIEW, 0, "Hoy no volverá a aparecer."},
		{mark("longest", aulav1.ReviewEvent_UNBURY), aulav1.CardState_REVIEW, 0, "Volverá a aparecer en 1 día."},
		{answerCard("longest", choose("danube")), aulav1.CardState_RELEARNING, aulav1.CardAnswer_AGAIN, "Volverá a aparecer en 10 min."},
		{mark("deltas", aulav1.ReviewEvent_BURY), 0, 0, "Hoy no volverá a aparecer."},
		{mark("deltas", aulav1.ReviewEvent_SUSPEND), 0, 0, "Está apartada hasta que la retomes."},
		{mark("deltas", aulav1.ReviewEvent_UNBURY), 0, 0, "Está apartada hasta que la retomes."},
		{mark("deltas", aulav1.ReviewEvent_RESUME), 0, 0, "Es nueva y aparecerá cuando le toque."},
	} {
		resp := luz.review(c.event)
		if resp.GetState().GetPhase() != c.phase || resp.GetEvent().GetRated() != c.rated || resp.GetSummary() != c.says || resp.GetLeech() {
			t.Errorf("%v came to %v\nwant %v, %v, %q", c.event, resp, c.phase, c.rated, c.says)
		}
		graded := c.event.GetAnswer().GetChoice() != nil
		if o := resp.GetOutcome(); (o != nil) != graded || graded && (o.GetKey().GetDisplay() != "Amazonas" || o.GetExplanation() != "El Amazonas.") {
			t.Errorf("%v is told of as %v", c.event, o)
		}
	}
	if resp := luz.review(takeBack(uuid.NewString())); resp.GetState() != nil || !strings.Contains(resp.GetSummary(), "todavía no ha llegado") {
		t.Errorf("what has not come is taken back: %v", resp)
	}
	// Once more in English, and it changes nothing.
	e := rate("capital", aulav1.CardAnswer_EASY)
	first := luz.review(e)
	again, err := w.study.ReviewCard(luz.ctx(), &aulav1.ReviewCardRequest{Event: e, Language: "en"})
	if err != nil || !proto.Equal(first.GetState(), again.GetState()) || !proto.Equal(first.GetEvent(), again.GetEvent()) ||
		!strings.HasPrefix(again.GetSummary(), "It comes again in ") {
		t.Errorf("sent again: %v, %v, the first time %v", again, err, first)
	}
}

// What a device says of itself and of the past is kept; what only the server knows is not taken
// from it.
func TestReviewedEvent(t *testing.T) {
	w := newWorld(t)
	luz := w.learner("Luz")
	at := time.Date(2026, 3, 29, 0, 30, 0, 123456789, time.UTC) // 2 in the morning in Madrid, where clocks go forward
	if time.Since(at) < 0 {
		at = time.Date(2025, 3, 30, 0, 30, 0, 123456789, time.UTC)
	}
	e := answerCard("width", number("1.234,5"))
	e.Id = strings.ToUpper(e.GetId())
	e.DeviceSeq, e.AnsweredAt, e.TimeZone, e.Hints, e.Duration = 7, timestamppb.New(at), "Europe/Madrid", 1, durationpb.New(2*time.Second+1)
	e.Device, e.StudyDay, e.Rated, e.Attempt, e.AnswerLanguage = "forged", 1, aulav1.CardAnswer_EASY, "forged", "es-EC"
	e.ReceivedAt, e.DayBeganAt = timestamppb.New(at), timestamppb.New(at)
	got := luz.review(e).GetEvent()
	day := int32(at.Unix()/86400) - 1
	want := answerCard("width", number("1.234,5"))
	want.Id = strings.ToLower(e.GetId())
	want.DeviceSeq, want.AnsweredAt, want.TimeZone, want.Hints, want.Duration = 7, timestamppb.New(at.Truncate(time.Millisecond)), "Europe/Madrid", 1, durationpb.New(2*time.Second)
	want.Device, want.StudyDay, want.Rated, want.AnswerLanguage, want.ReceivedAt = luz.id, day, aulav1.CardAnswer_HARD, "es-EC", got.GetReceivedAt()
	want.DayBeganAt = timestamppb.New(time.Unix(int64(day)*86400, 0).Add(3 * time.Hour)) // 4 o'clock there
	if !proto.Equal(got, want) {
		t.Errorf("kept %v\nwant %v", got, want)
	}
	if since := time.Since(got.GetReceivedAt().AsTime()); since < 0 || since > time.Minute {
		t.Errorf("it arrived at %v", got.GetReceivedAt().AsTime())
	}
}

// A device whose clock is ahead is told so, and its review counts as of its arrival.
func TestReviewCardAhead(t *testing.T) {
	w := newWorld(t)
	luz := w.learner("Luz")
	now := time.Date(2026, 11, 25, 20, 0, 0, 0, time.UTC)
	w.at(now)
	for answered, want := range map[time.Time]time.Duration{
		now.AddDate(0, 0, 3): 72 * time.Hour, now.Add(time.Second): time.Second, now: 0, now.Add(-time.Hour): 0,
	} {
		e := rate("longest", aulav1.CardAnswer_GOOD)
		e.AnsweredAt = timestamppb.New(answered)
		first, again := luz.review(e), luz.review(e)
		if got := first.GetClockAhead(); got.AsDuration() != want || (got != nil) != (want > 0) || !proto.Equal(got, again.GetClockAhead()) {
			t.Errorf("of %v it is told %v, and again %v", answered, got, again.GetClockAhead())
		}
		if at := first.GetState().GetReviewedAt().AsTime(); at.After(now) {
			t.Errorf("of %v it counts as of %v", answered, at)
		}
	}
	if got := luz.review(rate("longest", aulav1.CardAnswer_GOOD)); got.GetClockAhead() != nil {
		t.Errorf("of a device without a clock: %v", got)
	}
}

// A phone that lay open on a card for days does not lose the review.
func TestReviewTookDays(t *testing.T) {
	w := newWorld(t)
	luz := w.learner("Luz")
	for took, want := range map[time.Duration]time.Duration{60 * time.Hour: 24 * time.Hour, 24 * time.Hour: 24 * time.Hour, 5 * time.Second: 5 * time.Second} {
		e := rate("longest", aulav1.CardAnswer_GOOD)
		e.Duration = durationpb.New(took)
		if got := luz.review(e).GetEvent().GetDuration().AsDuration(); got != want {
			t.Errorf("%v is kept as %v", took, got)
		}
		e.Duration = durationpb.New(took) // as the phone says it again
		resp, err := w.study.SyncReviews(luz.ctx(), &aulav1.SyncReviewsRequest{Events: []*aulav1.ReviewEvent{e}})
		if err != nil || resp.GetResults()[0].GetStatus() != aulav1.SyncResult_ALREADY_KNOWN {
			t.Errorf("sent again: %v, %v", resp, err)
		}
	}
}

// The clock of a phone whose battery was dead says 1970. What it did counts as of its arrival,
// in the order of its own count.
func TestReviewByAClockThatIsNotSet(t *testing.T) {
	w := newWorld(t)
	luz := w.learner("Luz")
	for question, clock := range map[string]time.Time{"longest": time.Unix(0, 0), "capital": time.Now().AddDate(-11, 0, 0)} {
		first, second := rate(question, aulav1.CardAnswer_AGAIN), rate(question, aulav1.CardAnswer_GOOD)
		first.AnsweredAt, first.DeviceSeq = timestamppb.New(clock.Add(time.Minute)), 1
		second.AnsweredAt, second.DeviceSeq = timestamppb.New(clock), 2
		resp, err := w.study.SyncReviews(luz.ctx(), &aulav1.SyncReviewsRequest{Events: []*aulav1.ReviewEvent{second, first}})
		if err != nil {
			t.Fatal(err)
		}
		for _, result := range resp.GetResults() {
			if result.GetStatus() != aulav1.SyncResult_ACCEPTED {
				t.Errorf("by a clock at %v: %v", clock, result)
			}
		}
		card := luz.review(mark(question, aulav1.ReviewEvent_UNBURY)).GetState()
		if card.GetReviews() != 2 || card.GetStep() != 1 || time.Since(card.GetReviewedAt().AsTime()) > time.Hour {
			t.Errorf("by a clock at %v the card is %v", clock, card)
		}
	}
}

func TestReviewCardMistakes(t *testing.T) {
	w := newWorld(t)
	luz := w.learner("Luz")
	exam := luz.start(&aulav1.StartAttemptRequest{Mode: aulav1.Attempt_EXAM, QuestionCount: 1})
	examined := exam.GetPrompts()[0].GetQuestion()
	free := "longest"
	if examined == free {
		free = "capital"
	}
	known := rate(free, aulav1.CardAnswer_GOOD)
	luz.review(known)
	for name, c := range map[string]struct {
		edit   func(*aulav1.ReviewEvent)
		reason aulav1.ErrorReason
		field  string
		en, es string
	}{
		"no id":             {func(e *aulav1.ReviewEvent) { e.Id = "" }, aulav1.ErrorReason_INVALID_REQUEST, "event.id", "UUID", "UUID"},
		"no action":         {func(e *aulav1.ReviewEvent) { e.Action = nil }, aulav1.ErrorReason_INVALID_REQUEST, "event.action", "is missing", "falta"},
		"no set":            {func(e *aulav1.ReviewEvent) { e.Set = "" }, aulav1.ErrorReason_INVALID_REQUEST, "event.set", "is missing", "falta"},
		"no question":       {func(e *aulav1.ReviewEvent) { e.Question = "" }, aulav1.ErrorReason_INVALID_REQUEST, "event.question", "is missing", "falta"},
		"no rating":         {func(e *aulav1.ReviewEvent) { e.Action = &aulav1.ReviewEvent_Rating{} }, aulav1.ErrorReason_INVALID_REQUEST, "event.rating", "", ""},
		"no time at all":    {func(e *aulav1.ReviewEvent) { e.AnsweredAt = &timestamppb.Timestamp{Nanos: -1} }, aulav1.ErrorReason_INVALID_REQUEST, "event.answered_at", "9999", "9999"},
		"nowhere":           {func(e *aulav1.ReviewEvent) { e.TimeZone = "Quito" }, aulav1.ErrorReason_INVALID_REQUEST, "event.time_zone", "America/Guayaquil", "zona horaria"},
		"Local":             {func(e *aulav1.ReviewEvent) { e.TimeZone = "Local" }, aulav1.ErrorReason_INVALID_REQUEST, "event.time_zone", "", ""},
		"less than no time": {func(e *aulav1.ReviewEvent) { e.Duration = durationpb.New(-1) }, aulav1.ErrorReason_INVALID_REQUEST, "event.duration", "at least 0", "al menos 0"},
		"no such set":       {func(e *aulav1.ReviewEvent) { e.Set = "lakes" }, aulav1.ErrorReason_SET_NOT_FOUND, "", "lakes", "lakes"},
		"no such question": {
			func(e *aulav1.ReviewEvent) { e.Question = "deepest" }, aulav1.ErrorReason_QUESTION_NOT_FOUND, "",
			"The set “rivers” has no question “deepest”.", "El conjunto «rivers» no tiene ninguna pregunta «deepest».",
		},
		"in an exam":           {func(e *aulav1.ReviewEvent) { e.Question = examined }, aulav1.ErrorReason_IN_EXAM, "", "exam", "examen"},
		"in an exam, answered": {func(e *aulav1.ReviewEvent) { e.Question, e.Action = examined, answerCard("", choose("a")).GetAction() }, aulav1.ErrorReason_IN_EXAM, "", "exam", "examen"},
		"of another kind":      {func(e *aulav1.ReviewEvent) { e.Action = answerCard("", number("1")).Action; e.Question = free }, aulav1.ErrorReason_ANSWER_KIND_MISMATCH, "", "", ""},
		"of no language": {func(e *aulav1.ReviewEvent) {
			e.Action, e.Question, e.AnswerLanguage = answerCard("", words("x")).Action, free, "?"
		}, aulav1.ErrorReason_INVALID_REQUEST, "event.answer_language", "", ""},
		"an id used": {func(e *aulav1.ReviewEvent) { e.Id = known.GetId(); e.Action = rate("", aulav1.CardAnswer_EASY).Action }, aulav1.ErrorReason_REQUEST_ID_REUSED, "", known.GetId(), known.GetId()},
	} {
		for lang, says := range map[string]string{"en": c.en, "es": c.es} {
			e := rate(free, aulav1.CardAnswer_GOOD)
			c.edit(e)
			_, err := w.study.ReviewCard(luz.ctx(), &aulav1.ReviewCardRequest{Event: e, Language: lang})
			f := failureOf(t, err)
			if f.reason != c.reason.String() || f.locale != lang || !strings.Contains(f.message, says) || c.field != "" && f.fields[c.field] == "" {
				t.Errorf("%s in %s: %+v", name, lang, f)
			}
		}
	}
	if got := luz.review(mark(examined, aulav1.ReviewEvent_SUSPEND)); !got.GetState().GetSuspended() {
		t.Errorf("to put aside a question of an exam: %v", got)
	}
	luz.finish(exam.GetId())
	luz.review(rate(examined, aulav1.CardAnswer_GOOD))
	_, err := w.study.ReviewCard(w.teacher("Ana").ctx(), &aulav1.ReviewCardRequest{Event: rate(free, aulav1.CardAnswer_GOOD), Language: "es"})
	wantReason(t, err, aulav1.ErrorReason_NOT_A_LEARNER, "docente")
	_, err = w.study.ReviewCard(t.Context(), &aulav1.ReviewCardRequest{Event: rate(free, aulav1.CardAnswer_GOOD), Language: "en"})
	wantReason(t, err, aulav1.ErrorReason_KEY_NEEDED, "CreateLearner gives one")
	_, err = w.study.ReviewCard(t.Context(), &aulav1.ReviewCardRequest{Event: rate(free, aulav1.CardAnswer_GOOD), Language: "es"})
	wantReason(t, err, aulav1.ErrorReason_KEY_NEEDED, "CreateLearner da una")
}

// A question that has left its set stays what a learner has learnt.
func TestReviewQuestionThatLeft(t *testing.T) {
	w := newWorld(t)
	luz, eva := w.learner("Luz"), w.learner("Eva")
	luz.review(rate("share", aulav1.CardAnswer_GOOD))
	w.publish("rivers", func(set *aulav1.QuestionSet) {
		set.Questions = slices.DeleteFunc(set.GetQuestions(), func(q *aulav1.Question) bool { return q.GetId() == "share" })
	})
	if got := luz.review(rate("share", aulav1.CardAnswer_GOOD)); got.GetState().GetReviews() != 2 {
		t.Errorf("rated: %v", got)
	}
	if got := luz.review(answerCard("share", number("20 %"))); got.GetState().GetReviews() != 3 || got.GetOutcome().GetVerdict() != aulav1.Outcome_CORRECT {
		t.Errorf("answered: %v", got)
	}
	// Eva's phone was offline when she began with it, and with others of a set that is archived by then.
	if got := eva.review(answerCard("share", number("20 %"))); got.GetState().GetReviews() != 1 || got.GetOutcome().GetVerdict() != aulav1.Outcome_CORRECT {
		t.Errorf("begun before it left: %v", got)
	}
	if err := w.store.Archive(t.Context(), "rivers", true, time.Now()); err != nil {
		t.Fatal(err)
	}
	never, late := rate("deepest", aulav1.CardAnswer_GOOD), rate("longest", aulav1.CardAnswer_EASY)
	none := rate("longest", aulav1.CardAnswer_EASY)
	none.Set = "lakes"
	resp, err := w.study.SyncReviews(eva.ctx(), &aulav1.SyncReviewsRequest{
		Events: []*aulav1.ReviewEvent{late, mark("capital", aulav1.ReviewEvent_SUSPEND), never, none}, Language: "es",
	})
	if err != nil {
		t.Fatal(err)
	}
	var became []string
	for _, result := range resp.GetResults() {
		became = append(became, result.GetStatus().String()+" "+result.GetReason().String())
	}
	if want := []string{
		"ACCEPTED ERROR_REASON_UNSPECIFIED", "ACCEPTED ERROR_REASON_UNSPECIFIED", "REFUSED SET_NOT_FOUND", "REFUSED SET_NOT_FOUND",
	}; !slices.Equal(became, want) {
		t.Errorf("of an archived set: %q, want %q", became, want)
	}
}

// What is for exams only is not to be learnt by answering it once it has left.
func TestReviewExamOnlyThatLeft(t *testing.T) {
	w := newWorld(t)
	luz := w.learner("Luz")
	w.publish("rivers", func(set *aulav1.QuestionSet) {
		for _, q := range set.GetQuestions() {
			q.ExamOnly = q.GetId() == "share"
		}
	})
	w.publish("rivers", func(set *aulav1.QuestionSet) {
		set.Questions = slices.DeleteFunc(set.GetQuestions(), func(q *aulav1.Question) bool { return q.GetId() == "share" })
	})
	_, err := w.study.ReviewCard(luz.ctx(), &aulav1.ReviewCardRequest{Event: answerCard("share", number("20 %")), Language: "es"})
	wantReason(t, err, aulav1.ErrorReason_QUESTION_NOT_FOUND, "share")
}

func TestLeech(t *testing.T) {
	w := newWorld(t)
	luz := w.learner("Luz")
	at := time.Now().AddDate(-1, 0, 0)
	var leech []int
	for lapse := range 14 {
		for i, rating := range []aulav1.CardAnswer_Rating{aulav1.CardAnswer_EASY, aulav1.CardAnswer_AGAIN} {
			e := rate("longest", rating)
			at = at.Add(24 * time.Hour)
			e.AnsweredAt = timestamppb.New(at)
			resp := luz.review(e)
			if again := luz.review(e); again.GetLeech() {
				t.Error("a repeat makes a leech")
			}
			if resp.GetLeech() {
				leech = append(leech, lapse*2+i)
			}
		}
	}
	if want := []int{15, 23}; !slices.Equal(leech, want) { // the 8th lapse and the 12th
		t.Errorf("reviews %v make it a leech, want %v", leech, want)
	}
}

func TestUndoReview(t *testing.T) {
	w := newWorld(t)
	luz, eva := w.learner("Luz"), w.learner("Eva")
	first := luz.review(rate("capital", aulav1.CardAnswer_GOOD))
	e := rate("capital", aulav1.CardAnswer_AGAIN)
	luz.review(e)
	request := uuid.NewString()
	for _, id := range []string{request, request, ""} { // once, again, and by another request
		undone, err := w.study.UndoReview(luz.ctx(), &aulav1.UndoReviewRequest{Review: strings.ToUpper(e.GetId()), RequestId: id})
		if err != nil || !proto.Equal(undone.GetState(), first.GetState()) || undone.GetSummary() != "Volverá a aparecer en 10 min." {
			t.Errorf("undone: %v, %v, want %v", undone, err, first.GetState())
		}
	}
	undone, err := w.study.UndoReview(luz.ctx(), &aulav1.UndoReviewRequest{Review: first.GetEvent().GetId(), Language: "en"})
	if err != nil || undone.GetState().GetPhase() != 0 || undone.GetSummary() != "It is new again, as before its first review." {
		t.Errorf("all undone: %v, %v", undone, err)
	}
	for _, unknown := range []string{uuid.NewString(), request} {
		_, err = w.study.UndoReview(luz.ctx(), &aulav1.UndoReviewRequest{Review: unknown, Language: "es"})
		wantReason(t, err, aulav1.ErrorReason_REVIEW_NOT_FOUND, "No hay ningún repaso")
	}
	_, err = w.study.UndoReview(eva.ctx(), &aulav1.UndoReviewRequest{Review: e.GetId(), Language: "en"})
	wantReason(t, err, aulav1.ErrorReason_REVIEW_NOT_FOUND, e.GetId())
	_, err = w.study.UndoReview(luz.ctx(), &aulav1.UndoReviewRequest{Review: e.GetId(), RequestId: e.GetId(), Language: "es"})
	wantReason(t, err, aulav1.ErrorReason_REQUEST_ID_REUSED, e.GetId())
	ahead := rate("deltas", aulav1.CardAnswer_GOOD)
	for lang, want := range map[string]string{
		"en": "The review to take back is not here yet: once it arrives, it will not count.",
		"es": "El repaso que anulas todavía no ha llegado: cuando llegue, no contará.",
	} {
		early, err := w.study.ReviewCard(luz.ctx(), &aulav1.ReviewCardRequest{Event: takeBack(ahead.GetId()), Language: lang})
		if err != nil || early.GetState() != nil || early.GetSummary() != want {
			t.Errorf("undone before it arrived: %v, %v", early, err)
		}
	}
	if late := luz.review(ahead); late.GetState().GetReviews() != 0 || late.GetSummary() != "Vuelve a ser nueva, como antes del primer repaso." {
		t.Errorf("once it has arrived: %v", late)
	}
	// Another learner may use the same id for something of theirs.
	e.Action = rate("", aulav1.CardAnswer_EASY).GetAction()
	if got := eva.review(e); got.GetState().GetReviews() != 1 {
		t.Errorf("another learner's: %v", got)
	}
}
