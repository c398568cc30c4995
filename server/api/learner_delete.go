package api

import (
	"context"
	"errors"

	aulav1 "aula/proto/aula/v1"
	"aula/server/store"
)

func (s learnerService) DeleteLearner(ctx context.Context, req *aulav1.DeleteLearnerRequest) (*aulav1.DeleteLearnerResponse, error) {
	l, err := student(ctx)
	if err != nil {
		return nil, err
	}
	if req.GetId() != l.GetId() {
		return nil, malformed("id", "field.not_own_id")
	}
	err = s.Store.EraseLearner(s.signed(ctx), l.GetId(), s.Now())
	s.keys.forgetLearner(l.GetId())
	if errors.Is(err, store.ErrNotFound) {
		return nil, tokenNeeded() // another of their devices was quicker
	}
	if err != nil {
		return nil, err
	}
	return &aulav1.DeleteLearnerResponse{}, nil
}
