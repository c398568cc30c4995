package api

import (
	"context"
	"errors"

	"golang.org/x/text/language"

	aulav1 "aula/proto/aula/v1"
	"aula/server/store"
)

func (s learnerService) ClaimAttempts(ctx context.Context, req *aulav1.ClaimAttemptsRequest) (*aulav1.ClaimAttemptsResponse, error) {
	l, err := student(ctx)
	if err != nil {
		return nil, err
	}
	resp := &aulav1.ClaimAttemptsResponse{}
	for _, id := range req.GetAttempts() {
		result, err := s.claim(ctx, l, id)
		if err != nil {
			return nil, err // what was claimed stays so: claim them all again
		}
		resp.Results = append(resp.Results, result)
	}
	return resp, nil
}

// claim makes an attempt the learner's, with the reviews that its answers are.
func (s learnerService) claim(ctx context.Context, l *learner, id string) (*aulav1.ClaimedAttempt, error) {
	result := &aulav1.ClaimedAttempt{Attempt: id}
	log, err := s.Store.ClaimAttempt(ctx, id, l.GetId(), func(a store.Attempt) string { return s.nicknameOf(l, a) })
	if errors.Is(err, store.ErrNotFound) {
		return result, nil // and is not counted: a refusal would leave unclaimed those after it
	}
	if err != nil {
		return nil, err
	}
	reviews, err := s.reviewsOf(ctx, l, log)
	result.Claimed, result.Reviews = true, int32(reviews)
	return result, err
}

// nicknameOf is what a learner is called in an attempt that they claim: by the name they chose
// for it, or by their own where they chose none.
func (s *Server) nicknameOf(l *learner, a store.Attempt) string {
	if a.Nickname == s.Locales.Match(language.Make(a.Language)).Text("guest", nil) {
		return l.GetName()
	}
	return a.Nickname
}

// reviewsOf keeps the answers in an attempt as reviews, and returns how many there are, new or
// not. Those of an exam become reviews when it is finished.
func (s learnerService) reviewsOf(ctx context.Context, l *learner, log *store.Log) (n int, err error) {
	if log.Mode == aulav1.Attempt_EXAM && log.FinishedAt.IsZero() {
		return 0, nil
	}
	a, err := quizService{Server: s.Server}.planned(ctx, log)
	if err != nil {
		return 0, err
	}
	err = s.scheduled(ctx, l, func(l *learner) error {
		reviews, err := l.reviewsOf(a, s.Now())
		if n = len(reviews); n == 0 || err != nil {
			return err
		}
		_, err = s.Store.AddReviews(ctx, l.GetId(), l.scheduler, reviews...)
		return err
	})
	return n, err
}
