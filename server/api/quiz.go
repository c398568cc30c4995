package api

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"unicode"

	"github.com/google/uuid"
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
	id := rand.Text()
	lang, _ := set.Match(c.reader())
	stored, err := s.Store.CreateAttempt(ctx, store.Attempt{
		ID:            id,
		Set:           req.GetSet(),
		Revision:      revision,
		Participant:   id,
		Nickname:      cmp.Or(nickname(req.GetNickname()), c.locale.Text("guest", nil)),
		Language:      c.language(lang),
		Mode:          cmp.Or(req.GetMode(), aulav1.Attempt_PRACTICE),
		Cards:         req.GetCards(),
		Seed:          newSeed(),
		QuestionCount: min(cmp.Or(int(req.GetQuestionCount()), maxQuestions), askable),
		RequestID:     strings.ToLower(req.GetRequestId()),
		StartedAt:     s.Now(),
	})
	if errors.Is(err, store.ErrRequestReused) {
		return nil, fail(codes.AlreadyExists, aulav1.ErrorReason_REQUEST_ID_REUSED, "request_id", req.GetRequestId())
	}
	if err != nil {
		return nil, err
	}
	a, err := s.compiled(ctx, stored)
	if err != nil {
		return nil, err
	}
	return s.describe(ctx, a)
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

// canonical puts what has no order in an answer into one, so that equal answers are equal.
func canonical(a *aulav1.Answer) *aulav1.Answer {
	slices.Sort(a.GetChoice().GetOptions())
	for _, blank := range a.GetCloze().GetBlanks() {
		slices.Sort(blank.GetChoice().GetOptions())
	}
	return a
}

func newSeed() int64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails, as its documentation says
	return int64(binary.LittleEndian.Uint64(b[:]))
}

func (s quizService) GetAttempt(ctx context.Context, req *aulav1.GetAttemptRequest) (*aulav1.Attempt, error) {
	a, err := s.attempt(ctx, req.GetAttempt())
	if err != nil {
		return nil, err
	}
	return s.describe(ctx, a)
}

func (s quizService) GetPrompt(ctx context.Context, req *aulav1.GetPromptRequest) (*aulav1.Prompt, error) {
	a, err := s.attempt(ctx, req.GetAttempt())
	if err != nil {
		return nil, err
	}
	var q *questions.Question
	if req.GetQuestion() == "" {
		q, err = s.next(ctx, a)
	} else {
		q, err = a.question(req.GetQuestion())
	}
	if err != nil {
		return nil, err
	}
	return a.set.Prompt(q, callerOf(ctx).reader(), a.play()), nil
}

// next returns the first question without an answer, and when there is none the first that
// may be tried again. Errors: ATTEMPT_FINISHED, NO_QUESTION_LEFT.
func (s quizService) next(ctx context.Context, a *attempt) (*questions.Question, error) {
	if a.finished() {
		return nil, fail(codes.FailedPrecondition, aulav1.ErrorReason_ATTEMPT_FINISHED)
	}
	answers, _, err := s.answers(ctx, a)
	if err != nil {
		return nil, err
	}
	var again *questions.Question
	for _, q := range a.asks {
		tries := answers[q.Source.GetId()]
		if len(tries) == 0 {
			return q, nil
		}
		if again == nil && !a.closed(q, tries) {
			again = q
		}
	}
	if again == nil {
		return nil, fail(codes.FailedPrecondition, aulav1.ErrorReason_NO_QUESTION_LEFT)
	}
	return again, nil
}

func (s quizService) SubmitAnswer(ctx context.Context, req *aulav1.SubmitAnswerRequest) (*aulav1.SubmitAnswerResponse, error) {
	c := callerOf(ctx)
	a, q, err := s.asked(ctx, req)
	if err != nil {
		return nil, err
	}
	certainty := req.GetCertainty()
	switch asked := a.set.Source.GetCertainty(); {
	case asked:
		certainty = cmp.Or(certainty, aulav1.Certainty_UNSURE)
	case certainty != aulav1.Certainty_CERTAINTY_UNSPECIFIED:
		return nil, malformed("certainty", "field.certainty_not_asked")
	}
	answers, tally, err := s.Store.AddAnswer(ctx, store.Answer{
		Attempt:   a.ID,
		Question:  req.GetQuestion(),
		RequestID: strings.ToLower(cmp.Or(req.GetRequestId(), uuid.NewString())),
		Answer:    canonical(req.GetAnswer()),
		Language:  a.set.Language(q, c.reader()),
		Certainty: certainty,
		At:        s.Now(),
	}, func(before []store.Answer, answer *store.Answer) error {
		return a.grade(q, c.reader(), before, answer)
	})
	switch {
	case errors.Is(err, store.ErrFinished):
		return nil, fail(codes.FailedPrecondition, aulav1.ErrorReason_ATTEMPT_FINISHED)
	case errors.Is(err, store.ErrRequestReused):
		return nil, fail(codes.AlreadyExists, aulav1.ErrorReason_REQUEST_ID_REUSED, "request_id", req.GetRequestId())
	case err != nil:
		return nil, err
	}
	resp := &aulav1.SubmitAnswerResponse{Score: a.score(tally), Progress: a.progress(c, tally)}
	if a.revealed() {
		resp.Outcome = a.outcome(c, q, answers)
	}
	return resp, nil
}

func (s quizService) RevealHint(ctx context.Context, req *aulav1.RevealHintRequest) (*aulav1.RevealHintResponse, error) {
	a, q, err := s.asked(ctx, req)
	if err != nil {
		return nil, err
	}
	answers, _, err := s.answers(ctx, a)
	if err != nil {
		return nil, err
	}
	if tries := answers[req.GetQuestion()]; a.closed(q, tries) {
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
	text, lang := a.set.Hint(q, number, callerOf(ctx).reader(), a.play())
	return &aulav1.RevealHintResponse{
		Number: int32(number), Text: text, Language: lang, HintCost: q.HintCost(seen), HintsLeft: int32(all - seen),
	}, nil
}

func (s quizService) TurnCard(ctx context.Context, req *aulav1.TurnCardRequest) (*aulav1.TurnCardResponse, error) {
	a, q, err := s.asked(ctx, req)
	if err != nil {
		return nil, err
	}
	back, explanation, lang, ok := a.set.Back(q, callerOf(ctx).reader(), a.play())
	if !ok {
		return nil, fail(codes.FailedPrecondition, aulav1.ErrorReason_NOT_A_CARD, "question", req.GetQuestion())
	}
	return &aulav1.TurnCardResponse{Back: back, Explanation: explanation, Language: lang}, nil
}

func (s quizService) FinishAttempt(ctx context.Context, req *aulav1.FinishAttemptRequest) (*aulav1.FinishAttemptResponse, error) {
	c := callerOf(ctx)
	a, err := s.attempt(ctx, req.GetAttempt())
	if err != nil {
		return nil, err
	}
	var rank int
	if a.Attempt, rank, err = s.Store.FinishAttempt(ctx, a.ID, a.ranked(), s.Now()); err != nil {
		return nil, err
	}
	out, err := s.describe(ctx, a)
	if err != nil {
		return nil, err
	}
	summary := "summary"
	if rank == 0 {
		summary = "summary.unranked"
	}
	return &aulav1.FinishAttemptResponse{
		Attempt: out,
		Rank:    int32(rank),
		Summary: c.locale.Text(summary, map[string]any{
			"Count": len(a.asks), "Points": out.GetScore().GetPoints(), "MaxPoints": a.maxPoints(), "Rank": rank,
		}),
	}, nil
}
