package api

import (
	"context"
	"errors"
	"hash/fnv"

	"google.golang.org/grpc/codes"

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
	if q == nil || q.Source.GetExamOnly() || s.exams[id] {
		return nil
	}
	return q
}

// studied finds the sets named, or where none is named those that the learner has a card of and
// that are still there. Errors: SET_NOT_FOUND.
func (s *Server) studied(ctx context.Context, l *learner, named []string) ([]*studied, error) {
	ids := named
	if len(named) == 0 {
		var err error
		if ids, err = s.Store.StudiedSets(ctx, l.GetId()); err != nil {
			return nil, err
		}
	}
	exams, err := s.examined(ctx, l.GetId())
	if err != nil {
		return nil, err
	}
	sets := make([]*studied, 0, len(ids))
	for _, id := range ids {
		set, err := s.current(ctx, id, exams[id])
		if err != nil && len(named) == 0 && isReason(err, aulav1.ErrorReason_SET_NOT_FOUND) {
			continue // archived since
		}
		if err != nil {
			return nil, err
		}
		sets = append(sets, set)
	}
	return sets, nil
}

// current finds a set, from which these questions are left out. Errors: SET_NOT_FOUND.
func (s *Server) current(ctx context.Context, id string, exams map[string]bool) (*studied, error) {
	set, revision, err := s.revisions.current(ctx, id)
	if err != nil {
		return nil, err
	}
	return &studied{id, set, revision, exams}, nil
}

// isReason reports whether a call fails for a reason.
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

// card finds the question of a card that a learner may see the answer of. Errors:
// SET_NOT_FOUND, QUESTION_NOT_FOUND, IN_EXAM.
func (s *Server) card(ctx context.Context, l *learner, set, question string) (*studied, *questions.Question, error) {
	sets, err := s.studied(ctx, l, []string{set})
	if err != nil {
		return nil, nil, err
	}
	q := sets[0].Question(question)
	switch {
	case q == nil:
		missing := fail(codes.NotFound, aulav1.ErrorReason_QUESTION_NOT_FOUND, "set", set, "question", question)
		missing.sentence = "error.QUESTION_NOT_FOUND.study"
		return nil, nil, missing
	case sets[0].open(question) == nil:
		return nil, nil, fail(codes.FailedPrecondition, aulav1.ErrorReason_IN_EXAM, "question", question)
	}
	return sets[0], q, nil
}
