package api

// As on the branch of ListDueCards, in studied.go: of the two that one is to stay.

import (
	"context"
	"errors"
	"hash/fnv"

	aulav1 "aula/proto/aula/v1"
	"aula/questions"
	"aula/server/store"
)

// studied is a set as a learner studies it now.
type studied struct {
	id string
	*questions.Set
	revision int32
	exams    map[string]bool // the questions of exams that the learner has under way
}

// open returns the question of that id if it may be studied, else nil.
func (s *studied) open(id string) *questions.Question {
	q := s.Question(id)
	if q == nil || s.exams[id] {
		return nil
	}
	return q
}

// current finds a set, from which these questions are left out. Errors: SET_NOT_FOUND.
func (s *Server) current(ctx context.Context, id string, exams map[string]bool) (*studied, error) {
	set, revision, err := s.revisions.current(ctx, id)
	if err != nil {
		return nil, err
	}
	return &studied{id, set, revision, exams}, nil
}

func isReason(err error, reason aulav1.ErrorReason) bool {
	e, ok := errors.AsType[*callError](err)
	return ok && e.reason == reason
}

// examined finds the questions of the exams that a learner has under way, by their sets.
func (s *Server) examined(ctx context.Context, learner string) (map[string]map[string]bool, error) {
	exams, err := s.Store.ExamsUnderWay(ctx, learner)
	if err != nil || len(exams) == 0 {
		return nil, err
	}
	found := map[string]map[string]bool{}
	for _, exam := range exams {
		a, err := quizService{Server: s}.planned(ctx, &store.Log{Attempt: exam})
		if err != nil {
			return nil, err
		}
		if found[exam.Set] == nil {
			found[exam.Set] = map[string]bool{}
		}
		for _, q := range a.asks {
			found[exam.Set][q.Source.GetId()] = true
		}
	}
	return found, nil
}

// studyPlay is how cards are shown to a learner: always in the same order, and everybody in
// another.
func studyPlay(learner string) questions.Play {
	h := fnv.New64a()
	h.Write([]byte(learner))
	return questions.Play{Seed: int64(h.Sum64())}
}
