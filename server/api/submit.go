package api

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"

	aulav1 "aula/proto/aula/v1"
	"aula/questions"
	"aula/server/store"
)

// submitted is an answer on its way to the store and back.
type submitted struct {
	*aulav1.SubmitAnswerRequest
	caller *caller
	a      *attempt
	q      *questions.Question
	owner  *learner // whose the answer becomes a review of; nil for none
	grade  questions.Grade
	graded bool // now: a repeat was graded the first time
}

func (s quizService) SubmitAnswer(ctx context.Context, req *aulav1.SubmitAnswerRequest) (*aulav1.SubmitAnswerResponse, error) {
	sub := &submitted{SubmitAnswerRequest: req, caller: callerOf(ctx)}
	submission, err := s.grade(ctx, sub)
	if err != nil {
		return nil, err
	}
	added, err := s.addAnswers(ctx, []*submitted{sub}, submission)
	if err != nil {
		return nil, err
	}
	return sub.respond(added[0])
}

func (s quizService) SubmitAnswers(ctx context.Context, req *aulav1.SubmitAnswersRequest) (*aulav1.SubmitAnswersResponse, error) {
	c := callerOf(ctx)
	results := make([]*aulav1.SubmitAnswersResult, len(req.GetAnswers()))
	refuse := func(i int, by *caller, err error) {
		e := s.explain(ctx, err, aulav1.QuizService_SubmitAnswers_FullMethodName)
		fields, text, _ := e.text(by.locale)
		refusal := &aulav1.AnswerError{Reason: e.reason, Message: text}
		for _, field := range fields {
			refusal.Fields = append(refusal.Fields, field.GetField())
		}
		results[i] = &aulav1.SubmitAnswersResult{Result: &aulav1.SubmitAnswersResult_Error{Error: refusal}}
	}
	subs := make([]submitted, len(results))
	var kept []*submitted
	var submissions []store.Submission
	var places []int // of the submissions among the answers
	for i, answer := range req.GetAnswers() {
		by := *c
		subs[i] = submitted{SubmitAnswerRequest: answer, caller: &by}
		err := s.check(&by, answer)
		if err == nil {
			var submission store.Submission
			if submission, err = s.grade(ctx, &subs[i]); err == nil {
				kept, submissions, places = append(kept, &subs[i]), append(submissions, submission), append(places, i)
				continue
			}
		}
		s.resume(ctx, &by, answer, err)
		refuse(i, &by, err)
	}
	added, err := s.addAnswers(ctx, kept, submissions...)
	if err != nil {
		return nil, err
	}
	for at, i := range places {
		resp, err := subs[i].respond(added[at])
		if err != nil {
			refuse(i, subs[i].caller, err)
			continue
		}
		results[i] = &aulav1.SubmitAnswersResult{Result: &aulav1.SubmitAnswersResult_Response{Response: resp}}
	}
	return &aulav1.SubmitAnswersResponse{Results: results}, nil
}

// grade grades an answer by itself, which takes no knowledge of others, so that little is
// left to do while others wait: to set it against the earlier ones. Errors:
// ATTEMPT_NOT_FOUND, QUESTION_NOT_FOUND, INVALID_REQUEST.
func (s quizService) grade(ctx context.Context, sub *submitted) (submission store.Submission, err error) {
	defer func() { // here, so that in a batch it is the matter of one answer
		if r := recover(); r != nil {
			err = panicked(r)
		}
	}()
	if sub.a, sub.q, err = s.asked(ctx, sub.caller, sub); err != nil {
		return store.Submission{}, err
	}
	certainty := sub.GetCertainty()
	switch asked := sub.a.set.Source.GetCertainty(); {
	case asked:
		certainty = cmp.Or(certainty, aulav1.Certainty_UNSURE)
	case certainty != aulav1.Certainty_CERTAINTY_UNSPECIFIED:
		return store.Submission{}, malformed("certainty", "field.certainty_not_asked")
	}
	if sub.a.Mode == aulav1.Attempt_PRACTICE {
		sub.owner = sub.caller.owner(sub.a.Log)
	}
	reader := sub.caller.reader()
	given, err := store.EncodeAnswer(canonical(sub.GetAnswer()))
	if err != nil {
		return store.Submission{}, err
	}
	request := strings.ToLower(sub.GetRequestId())
	if request == "" {
		request = uuid.NewString()
	}
	var refused error
	sub.grade, refused = sub.a.set.Grade(sub.q, sub.GetAnswer(), reader, reader, sub.a.play())
	return store.Submission{
		Answer: store.Answer{
			Attempt:   sub.a.ID,
			Question:  sub.GetQuestion(),
			RequestID: request,
			Given:     given,
			Language:  sub.a.set.Language(sub.q, reader),
			Certainty: certainty,
			At:        s.Now(),
			Took:      sub.GetDuration().AsDuration().Truncate(time.Millisecond),
		},
		Participant: sub.a.Participant,
		Grade: func(before []store.Answer, answer *store.Answer) error {
			sub.graded = true
			return sub.a.grade(sub.q, sub.grade, refused, before, answer)
		},
		Study: sub.study(),
	}, nil
}

// study makes a review of the answer; nil for none.
func (sub *submitted) study() *store.Study {
	l := sub.owner
	if l == nil {
		return nil
	}
	return &store.Study{Learner: l.GetId(), Scheduler: l.scheduler, Review: func(answer store.Answer) (store.Review, error) {
		return l.reviewOf(sub.a, answer, sub.grade.Fraction, answer.At)
	}}
}

// addAnswers keeps answers, and again where a learner was out of date whose reviews they are.
func (s quizService) addAnswers(ctx context.Context, subs []*submitted, submissions ...store.Submission) ([]store.Added, error) {
	added, err := s.Store.AddAnswers(ctx, submissions...)
	for try := 1; errors.Is(err, store.ErrRescheduled) && try < maxRescheduled; try++ {
		for i, sub := range subs {
			if sub.owner == nil {
				continue
			}
			if sub.owner, err = s.again(ctx, sub.owner); err != nil {
				return nil, err
			}
			submissions[i].Study = sub.study()
		}
		added, err = s.Store.AddAnswers(ctx, submissions...)
	}
	if errors.Is(err, store.ErrNotFound) { // a learner who is no more
		err = tokenNeeded()
	}
	return added, err
}

// canonical puts what has no order in an answer into one, so that equal answers are equal.
func canonical(a *aulav1.Answer) *aulav1.Answer {
	slices.Sort(a.GetChoice().GetOptions())
	for _, blank := range a.GetCloze().GetBlanks() {
		slices.Sort(blank.GetChoice().GetOptions())
	}
	return a
}

// respond tells what became of the answer.
func (sub *submitted) respond(added store.Added) (*aulav1.SubmitAnswerResponse, error) {
	switch {
	case errors.Is(added.Err, store.ErrNotFound):
		return nil, attemptNotFound(sub.GetAttempt())
	case errors.Is(added.Err, store.ErrFinished):
		return nil, fail(codes.FailedPrecondition, aulav1.ErrorReason_ATTEMPT_FINISHED)
	case errors.Is(added.Err, store.ErrRequestReused):
		return nil, fail(codes.AlreadyExists, aulav1.ErrorReason_REQUEST_ID_REUSED, "request_id", sub.GetRequestId())
	case added.Err != nil:
		return nil, added.Err
	}
	a := &attempt{Log: added.Log, plan: sub.a.plan}
	resp := &aulav1.SubmitAnswerResponse{Score: a.score(), Progress: a.progress(sub.caller)}
	if a.revealed() {
		var graded *questions.Grade
		if sub.graded {
			graded = &sub.grade
		}
		resp.Outcome = a.outcome(sub.caller, sub.q, added.Tries, graded)
	}
	return resp, nil
}
