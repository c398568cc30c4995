package api

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"strings"
	"unicode"

	"google.golang.org/grpc/codes"

	aulav1 "aula/proto/aula/v1"
	"aula/questions"
	"aula/server/store"
)

// maxQuestions is how many questions an attempt asks at most.
const maxQuestions = 200

type quizService struct {
	aulav1.UnimplementedQuizServiceServer
	*Server
}

func (s quizService) StartAttempt(ctx context.Context, req *aulav1.StartAttemptRequest) (*aulav1.Attempt, error) {
	c := callerOf(ctx)
	set, revision, err := s.revisions.current(ctx, req.GetSet())
	if err != nil {
		return nil, err
	}
	exam := req.GetMode() == aulav1.Attempt_EXAM
	if exam && req.GetCards() {
		return nil, malformed("cards", "field.cards_in_exam")
	}
	askable := len(set.Askable(questions.Play{Exam: exam}))
	if askable == 0 {
		return nil, fail(codes.FailedPrecondition, aulav1.ErrorReason_NOTHING_TO_ASK, "set", req.GetSet())
	}
	id := newID(s.Now())
	participant, name := id, c.locale.Text("guest", nil)
	if c.learner != nil {
		participant, name = c.learner.GetId(), c.learner.GetName()
	}
	lang, _ := set.Match(c.reader())
	stored, err := s.Store.CreateAttempt(ctx, store.Attempt{
		ID:            id,
		Set:           req.GetSet(),
		Revision:      revision,
		Participant:   participant,
		Nickname:      cmp.Or(nickname(req.GetNickname()), name),
		Language:      c.language(lang),
		Mode:          cmp.Or(req.GetMode(), aulav1.Attempt_PRACTICE),
		Cards:         req.GetCards(),
		Seed:          newSeed(),
		QuestionCount: min(cmp.Or(int(req.GetQuestionCount()), maxQuestions), askable),
		RequestID:     strings.ToLower(req.GetRequestId()),
		StartedAt:     s.Now(),
	})
	switch {
	case errors.Is(err, store.ErrRequestReused):
		return nil, fail(codes.AlreadyExists, aulav1.ErrorReason_REQUEST_ID_REUSED, "request_id", req.GetRequestId())
	case errors.Is(err, store.ErrNotFound):
		return nil, tokenNeeded() // the learner was erased a moment ago
	case err != nil:
		return nil, err
	}
	c.resume(stored.Language)
	log, err := s.Store.Log(ctx, stored.ID)
	if err != nil {
		return nil, err
	}
	a, err := s.planned(ctx, log)
	if err != nil {
		return nil, err
	}
	return s.describe(ctx, a), nil
}

// nickname is a name as a leaderboard can show it: on one line, in one direction.
func nickname(typed string) string {
	return strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Bidi_Control, r) {
			return -1
		}
		return r
	}, typed)), " ")
}

func newSeed() int64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails, as its documentation says
	return int64(binary.LittleEndian.Uint64(b[:]))
}

func (s quizService) GetAttempt(ctx context.Context, req *aulav1.GetAttemptRequest) (*aulav1.Attempt, error) {
	a, err := s.attempt(ctx, callerOf(ctx), req.GetAttempt())
	if err != nil {
		return nil, err
	}
	return s.describe(ctx, a), nil
}

func (s quizService) GetPrompt(ctx context.Context, req *aulav1.GetPromptRequest) (*aulav1.Prompt, error) {
	c := callerOf(ctx)
	a, err := s.attempt(ctx, c, req.GetAttempt())
	if err != nil {
		return nil, err
	}
	var q *questions.Question
	if req.GetQuestion() == "" {
		q, err = a.next()
	} else {
		q, err = a.question(req.GetQuestion())
	}
	if err != nil {
		return nil, err
	}
	return withEncoded(&aulav1.Prompt{}, a.set.EncodedPrompt(q, c.reader(), a.play())), nil
}

// next returns the first question without an answer, and when there is none the first that
// may be tried again. Errors: ATTEMPT_FINISHED, NO_QUESTION_LEFT.
func (a *attempt) next() (*questions.Question, error) {
	if a.finished() {
		return nil, fail(codes.FailedPrecondition, aulav1.ErrorReason_ATTEMPT_FINISHED)
	}
	answered := make(map[string]bool, len(a.Answers))
	for _, answer := range a.Answers {
		answered[answer.Question] = true
	}
	for _, q := range a.asks {
		if !answered[q.Source.GetId()] {
			return q, nil
		}
	}
	for _, q := range a.asks {
		if !a.closed(q, a.Tries(q.Source.GetId())) {
			return q, nil
		}
	}
	return nil, fail(codes.FailedPrecondition, aulav1.ErrorReason_NO_QUESTION_LEFT)
}

func (s quizService) RevealHint(ctx context.Context, req *aulav1.RevealHintRequest) (*aulav1.RevealHintResponse, error) {
	c := callerOf(ctx)
	a, q, err := s.asked(ctx, c, req)
	if err != nil {
		return nil, err
	}
	if a.closed(q, a.Tries(req.GetQuestion())) {
		return nil, fail(codes.AlreadyExists, aulav1.ErrorReason_ALREADY_ANSWERED, "question", req.GetQuestion())
	}
	all := len(q.Hints(a.play()))
	number, seen, err := s.Store.RevealHint(ctx, a.ID, req.GetQuestion(), int(req.GetNumber()), all, s.Now())
	switch {
	case errors.Is(err, store.ErrFinished):
		return nil, fail(codes.FailedPrecondition, aulav1.ErrorReason_ATTEMPT_FINISHED)
	case errors.Is(err, store.ErrNoHint):
		return nil, fail(codes.FailedPrecondition, aulav1.ErrorReason_NO_MORE_HINTS, "question", req.GetQuestion())
	case err != nil:
		return nil, err
	}
	text, lang := a.set.Hint(q, number, c.reader(), a.play())
	return &aulav1.RevealHintResponse{
		Number: int32(number), Text: text, Language: lang, HintCost: q.HintCost(seen), HintsLeft: int32(all - seen),
	}, nil
}

func (s quizService) TurnCard(ctx context.Context, req *aulav1.TurnCardRequest) (*aulav1.TurnCardResponse, error) {
	c := callerOf(ctx)
	a, q, err := s.asked(ctx, c, req)
	if err != nil {
		return nil, err
	}
	back, explanation, lang, ok := a.set.Back(q, c.reader(), a.play())
	if !ok {
		return nil, fail(codes.FailedPrecondition, aulav1.ErrorReason_NOT_A_CARD, "question", req.GetQuestion())
	}
	return &aulav1.TurnCardResponse{Back: back, Explanation: explanation, Language: lang}, nil
}

func (s quizService) FinishAttempt(ctx context.Context, req *aulav1.FinishAttemptRequest) (*aulav1.FinishAttemptResponse, error) {
	c := callerOf(ctx)
	a, err := s.attempt(ctx, c, req.GetAttempt())
	if err != nil {
		return nil, err
	}
	rank, err := s.finish(ctx, c, a)
	if err != nil {
		return nil, err
	}
	out := s.describe(ctx, a)
	summary := "summary"
	if rank == 0 {
		summary = "summary.unranked"
	}
	return &aulav1.FinishAttemptResponse{
		Attempt: out,
		Rank:    int32(rank),
		Summary: c.locale.Text(summary, map[string]any{
			"Count": len(a.asks), "Points": out.GetScore().GetPoints(), "MaxPoints": a.maxPoints, "Rank": rank,
		}),
	}, nil
}

// finish ends an attempt, and returns its participant's rank. The answers to a learner's exam
// become reviews now: before, the states of cards would tell what was right.
func (s quizService) finish(ctx context.Context, c *caller, a *attempt) (rank int, err error) {
	now, finished := s.Now(), a.Log
	err = s.scheduled(ctx, c.owner(a.Log), func(l *learner) error {
		var study *store.Study
		if l != nil && a.Mode == aulav1.Attempt_EXAM {
			study = l.study(a, now)
		}
		finished, rank, err = s.Store.FinishAttempt(ctx, a.ID, a.ranked(), study, now)
		return err
	})
	if errors.Is(err, store.ErrNotFound) { // it was claimed a moment ago
		err = attemptNotFound(a.ID)
	}
	if err == nil {
		a.Log = finished
	}
	return rank, err
}
