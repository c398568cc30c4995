package api

import (
	"context"

	aulav1 "aula/proto/aula/v1"
)

func (s studyService) RevealCard(ctx context.Context, req *aulav1.RevealCardRequest) (*aulav1.RevealCardResponse, error) {
	l, err := student(ctx)
	if err != nil {
		return nil, err
	}
	set, q, err := s.card(ctx, l, req.GetSet(), req.GetQuestion())
	if err != nil {
		return nil, err
	}
	o := &aulav1.Outcome{}
	set.Reveal(q, o, callerOf(ctx).reader(), studyPlay(l.GetId()))
	return &aulav1.RevealCardResponse{Key: o.GetKey(), Explanation: o.GetExplanation(), Language: o.GetLanguage()}, nil
}
