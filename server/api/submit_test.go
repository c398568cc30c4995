package api_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	aulav1 "aula/proto/aula/v1"
	"aula/server/store"
)

// What an app gathered while it was offline is kept or refused answer by answer, in order,
// and as often as it is sent.
func TestSubmitAnswers(t *testing.T) {
	w := newWorld(t)
	a := w.start(&aulav1.StartAttemptRequest{Language: "es"})
	exam := w.start(&aulav1.StartAttemptRequest{Mode: aulav1.Attempt_EXAM})
	answer := func(attempt, question string, given *aulav1.Answer, edit func(*aulav1.SubmitAnswerRequest)) *aulav1.SubmitAnswerRequest {
		req := &aulav1.SubmitAnswerRequest{Attempt: attempt, Question: question, Answer: given, RequestId: uuid.NewString()}
		if edit != nil {
			edit(req)
		}
		return req
	}
	req := &aulav1.SubmitAnswersRequest{Answers: []*aulav1.SubmitAnswerRequest{
		answer(a.GetId(), "american", choose("amazon", "orinoco"), nil),
		answer(a.GetId(), "american", choose("nile"), nil), // a second thought
		answer(a.GetId(), "width", number("mucho"), nil),
		answer(a.GetId(), "width", number("1.234,5"), func(r *aulav1.SubmitAnswerRequest) { r.Language = "es-EC" }),
		answer("none", "width", number("1"), nil),
		answer(a.GetId(), "none", number("1"), func(r *aulav1.SubmitAnswerRequest) { r.Language = "fr" }),
		answer(a.GetId(), "capital", nil, nil),
		answer(a.GetId(), "capital", words("Par\x00ís"), nil),
		answer(a.GetId(), "capital", words("París"), func(r *aulav1.SubmitAnswerRequest) { r.RequestId = "1" }),
		answer(exam.GetId(), "capital", words("París"), func(r *aulav1.SubmitAnswerRequest) { r.Language = "es" }),
	}}
	wants := []struct {
		reason aulav1.ErrorReason
		says   string // what the message says, or the progress
		field  string
	}{
		{says: "Quedan 5 preguntas."},
		{reason: aulav1.ErrorReason_ALREADY_ANSWERED, says: "ya"},
		{reason: aulav1.ErrorReason_UNGRADABLE_ANSWER, says: "«mucho»", field: "answer.numeric.text"},
		{says: "Quedan 4 preguntas."},
		{reason: aulav1.ErrorReason_ATTEMPT_NOT_FOUND, says: "none"},
		{reason: aulav1.ErrorReason_QUESTION_NOT_FOUND, says: "none"},
		{reason: aulav1.ErrorReason_INVALID_REQUEST, says: "answer", field: "answer"},
		{reason: aulav1.ErrorReason_INVALID_REQUEST, says: "answer.text.text", field: "answer.text.text"},
		{reason: aulav1.ErrorReason_INVALID_REQUEST, says: "request_id", field: "request_id"},
		{says: "Quedan 5 preguntas."},
	}
	first, err := w.quiz.SubmitAnswers(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range wants {
		result := first.GetResults()[i]
		got := fmt.Sprint(result.GetError().GetMessage(), result.GetResponse().GetProgress())
		if result.GetError().GetReason() != want.reason || !strings.Contains(got, want.says) || strings.Join(result.GetError().GetFields(), ",") != want.field {
			t.Errorf("answer %d: %v, want %+v", i, result, want)
		}
	}
	again, err := w.quiz.SubmitAnswers(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	for i, result := range again.GetResults() {
		if a, b := result.GetResponse().GetOutcome(), first.GetResults()[i].GetResponse().GetOutcome(); !proto.Equal(a, b) {
			t.Errorf("answer %d, sent again: %v, the first time %v", i, a, b)
		}
	}
	if o := first.GetResults()[3].GetResponse().GetOutcome(); o.GetVerdict() != aulav1.Outcome_CORRECT || o.GetKey().GetDisplay() == "" {
		t.Errorf("an answer of practice: %v", o)
	}
	if resp := first.GetResults()[9].GetResponse(); resp.GetOutcome() != nil || resp.GetScore().Points != nil {
		t.Errorf("an answer of an exam tells %v", resp)
	}
	if got := w.get(a.GetId(), ""); len(got.GetAnswers()) != 2 {
		t.Errorf("the attempt has the answers %v", got.GetAnswers())
	}
}

// A batch is told what the same answers would be told one by one.
func TestSubmitAnswersAsOneByOne(t *testing.T) {
	w := newWorld(t)
	given := map[string]*aulav1.Answer{
		"longest": choose("danube"), "width": number("1234.5"), "share": number("3"),
		"capital": words("Lima"), "deltas": choose("yes"),
	}
	one, many := w.start(&aulav1.StartAttemptRequest{}), w.start(&aulav1.StartAttemptRequest{})
	var singles []*aulav1.SubmitAnswerResponse
	req := &aulav1.SubmitAnswersRequest{}
	for question, answer := range given {
		singles = append(singles, w.submit(one.GetId(), question, answer, "fr"))
		req.Answers = append(req.Answers, &aulav1.SubmitAnswerRequest{Attempt: many.GetId(), Question: question, Answer: answer})
	}
	req.Language = "fr"
	resp, err := w.quiz.SubmitAnswers(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	for i, single := range singles {
		if got := resp.GetResults()[i].GetResponse(); !proto.Equal(got, single) {
			t.Errorf("in a batch %v, by itself %v", got, single)
		}
	}
}

func TestSubmitAnswersBounds(t *testing.T) {
	w := newWorld(t)
	_, err := w.quiz.SubmitAnswers(t.Context(), &aulav1.SubmitAnswersRequest{Language: "es"})
	if f := failureOf(t, err); f.code != codes.InvalidArgument || f.fields["answers"] == "" || f.locale != "es" {
		t.Errorf("no answers: %+v", f)
	}
	many := make([]*aulav1.SubmitAnswerRequest, 257)
	for i := range many {
		many[i] = &aulav1.SubmitAnswerRequest{Attempt: fmt.Sprint(rand.Int()), Question: "q", Answer: words("x")}
	}
	_, err = w.quiz.SubmitAnswers(t.Context(), &aulav1.SubmitAnswersRequest{Answers: many})
	if f := failureOf(t, err); f.code != codes.InvalidArgument || !strings.Contains(f.fields["answers"], "256") {
		t.Errorf("too many answers: %+v", f)
	}
}

// When more waits to be written than the server takes on, a caller is told to come again
// later, in their language, and nothing is lost by it.
func TestOverloaded(t *testing.T) {
	w := newWorld(t)
	a := w.start(&aulav1.StartAttemptRequest{Language: "es"})
	ctx, giveUp := context.WithCancel(t.Context())
	begun, end := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		_ = w.store.Tx(ctx, func(*store.Store) error { close(begun); <-end; return nil })
	})
	<-begun
	for range 4200 {
		all.Go(func() { _ = w.store.Tx(ctx, func(*store.Store) error { return nil }) })
	}
	for w.store.Queued() < 4096 {
		time.Sleep(time.Millisecond)
	}
	answer := &aulav1.SubmitAnswerRequest{Attempt: a.GetId(), Question: "capital", Answer: words("París"), RequestId: uuid1}
	_, err := w.quiz.SubmitAnswer(t.Context(), answer)
	if f := failureOf(t, err); f.code != codes.ResourceExhausted || f.reason != "OVERLOADED" || f.locale != "es" {
		t.Errorf("an answer too many: %+v", f)
	}
	_, err = w.quiz.SubmitAnswers(t.Context(), &aulav1.SubmitAnswersRequest{Answers: []*aulav1.SubmitAnswerRequest{answer}, Language: "en"})
	if f := failureOf(t, err); f.code != codes.ResourceExhausted || f.locale != "en" {
		t.Errorf("a batch too many: %+v", f)
	}
	retry := false
	for _, detail := range status.Convert(err).Details() {
		if info, ok := detail.(*errdetails.RetryInfo); ok {
			retry = info.GetRetryDelay().AsDuration() > 0
		}
	}
	if !retry {
		t.Error("it is not said when to try again")
	}
	giveUp()
	close(end)
	all.Wait()
	if resp := w.submit(a.GetId(), "capital", words("París"), ""); resp.GetOutcome().GetVerdict() != aulav1.Outcome_CORRECT {
		t.Errorf("once there is room: %v", resp)
	}
}
