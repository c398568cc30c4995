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
		return result, nil
	}
	if err != nil {
		return nil, err
	}
	reviews, err := s.reviewsOf(ctx, l, log)
	if err != nil {
		return nil, err
	}
	if len(reviews) > 0 {
		if _, err := s.Store.AddReviews(ctx, l.GetId(), l.scheduler, reviews...); err != nil {
			return nil, err
		}
	}
	result.Claimed, result.Reviews = true, int32(len(reviews))
	return result, nil
}

// nicknameOf is what a learner is called in an attempt that they claim: by the name they chose
// for it, or by their own where they chose none.
func (s *Server) nicknameOf(l *learner, a store.Attempt) string {
	if a.Nickname == s.Locales.Match(language.Make(a.Language)).Text("guest", nil) {
		return l.GetName()
	}
	return a.Nickname
}

func (s *Server) reviewsOf(ctx context.Context, l *learner, log *store.Log) ([]store.Review, error) {
	return nil, nil
}
