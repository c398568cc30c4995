package api

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"slices"
	"strings"

	"github.com/google/uuid"
	"golang.org/x/text/language"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

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
	id := rand.Text()
	a := store.Attempt{
		ID:            id,
		Set:           req.GetSet(),
		Revision:      revision,
		Participant:   id,
		Nickname:      cmp.Or(strings.Join(strings.Fields(req.GetNickname()), " "), c.locale.Text("guest", nil)),
		Language:      c.language(),
		Mode:          cmp.Or(req.GetMode(), aulav1.Attempt_PRACTICE),
		Seed:          newSeed(),
		QuestionCount: min(cmp.Or(int(req.GetQuestionCount()), maxQuestions), len(set.Questions)),
		RequestID:     strings.ToLower(req.GetRequestId()),
		StartedAt:     s.Now(),
	}
	a, err = s.Store.CreateAttempt(ctx, a)
	if errors.Is(err, store.ErrRequestReused) {
		return nil, fail(codes.AlreadyExists, aulav1.ErrorReason_REQUEST_ID_REUSED, "request_id", req.GetRequestId())
	}
	if err != nil {
		return nil, err
	}
	return s.attemptOf(ctx, a)
}

func newSeed() int64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails, as its documentation says
	return int64(binary.LittleEndian.Uint64(b[:]))
}

func (s quizService) GetAttempt(ctx context.Context, req *aulav1.GetAttemptRequest) (*aulav1.Attempt, error) {
	p, err := s.play(ctx, req.GetAttempt())
	if err != nil {
		return nil, err
	}
	return s.describe(ctx, p)
}

func (s quizService) GetPrompt(ctx context.Context, req *aulav1.GetPromptRequest) (*aulav1.Prompt, error) {
	p, err := s.play(ctx, req.GetAttempt())
	if err != nil {
		return nil, err
	}
	q, err := p.question(req.GetQuestion())
	if req.GetQuestion() == "" {
		q, err = s.next(ctx, p)
	}
	if err != nil {
		return nil, err
	}
	return p.set.Prompt(q, callerOf(ctx).reader(), p.Seed), nil
}

// next returns the first question without an answer.
func (s quizService) next(ctx context.Context, p *play) (*questions.Question, error) {
	if !p.FinishedAt.IsZero() {
		return nil, fail(codes.FailedPrecondition, aulav1.ErrorReason_ATTEMPT_FINISHED)
	}
	answers, err := s.Store.Answers(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	for _, q := range p.asks {
		if !slices.ContainsFunc(answers, func(a store.Answer) bool { return a.Question == q.Source.GetId() }) {
			return q, nil
		}
	}
	return nil, fail(codes.FailedPrecondition, aulav1.ErrorReason_NO_QUESTION_LEFT)
}

func (s quizService) SubmitAnswer(ctx context.Context, req *aulav1.SubmitAnswerRequest) (*aulav1.SubmitAnswerResponse, error) {
	c := callerOf(ctx)
	p, err := s.play(ctx, req.GetAttempt())
	if err != nil {
		return nil, err
	}
	q, err := p.question(req.GetQuestion())
	if err != nil {
		return nil, err
	}
	grade, err := p.set.Grade(q, req.GetAnswer(), c.reader(), c.reader(), p.Seed)
	if err != nil {
		return nil, ungradable(req.GetQuestion(), err)
	}
	kept, tally, err := s.Store.AddAnswer(ctx, store.Answer{
		Attempt:   p.ID,
		Question:  req.GetQuestion(),
		RequestID: strings.ToLower(cmp.Or(req.GetRequestId(), uuid.NewString())),
		Answer:    req.GetAnswer(),
		Language:  c.language(),
		Verdict:   grade.Verdict,
		Fraction:  grade.Fraction,
		Points:    grade.Points,
		At:        s.Now(),
	})
	switch {
	case errors.Is(err, store.ErrFinished):
		return nil, fail(codes.FailedPrecondition, aulav1.ErrorReason_ATTEMPT_FINISHED)
	case errors.Is(err, store.ErrAnswered):
		return nil, fail(codes.AlreadyExists, aulav1.ErrorReason_ALREADY_ANSWERED, "question", req.GetQuestion())
	case errors.Is(err, store.ErrRequestReused):
		return nil, fail(codes.AlreadyExists, aulav1.ErrorReason_REQUEST_ID_REUSED, "request_id", req.GetRequestId())
	case err != nil:
		return nil, err
	}
	resp := &aulav1.SubmitAnswerResponse{Score: p.score(tally), Progress: p.progress(c, tally)}
	if p.revealed() {
		resp.Outcome = p.outcome(c, q, kept)
	}
	return resp, nil
}

func (s quizService) FinishAttempt(ctx context.Context, req *aulav1.FinishAttemptRequest) (*aulav1.FinishAttemptResponse, error) {
	c := callerOf(ctx)
	p, err := s.play(ctx, req.GetAttempt())
	if err != nil {
		return nil, err
	}
	var rank int
	if p.Attempt, rank, err = s.Store.FinishAttempt(ctx, p.ID, p.maxPoints(), s.Now()); err != nil {
		return nil, err
	}
	attempt, err := s.describe(ctx, p)
	if err != nil {
		return nil, err
	}
	return &aulav1.FinishAttemptResponse{
		Attempt: attempt,
		Rank:    int32(rank),
		Summary: c.locale.Text("summary", map[string]any{
			"Count": len(p.asks), "Points": attempt.GetScore().GetPoints(), "MaxPoints": p.maxPoints(), "Rank": rank,
		}),
	}, nil
}

// play is an attempt with the questions it asks, in its order.
type play struct {
	store.Attempt
	set  *questions.Set
	asks []*questions.Question
}

// play finds an attempt. Errors: ATTEMPT_NOT_FOUND.
func (s quizService) play(ctx context.Context, id string) (*play, error) {
	a, err := s.Store.Attempt(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, fail(codes.NotFound, aulav1.ErrorReason_ATTEMPT_NOT_FOUND, "attempt", id)
	}
	if err != nil {
		return nil, err
	}
	return s.playOf(ctx, a)
}

func (s quizService) playOf(ctx context.Context, a store.Attempt) (*play, error) {
	callerOf(ctx).resume(a.Language)
	set, err := s.revisions.get(ctx, a.Set, a.Revision)
	if err != nil {
		return nil, err
	}
	return &play{Attempt: a, set: set, asks: set.Draw(a.Seed, a.QuestionCount)}, nil
}

func (s quizService) attemptOf(ctx context.Context, a store.Attempt) (*aulav1.Attempt, error) {
	p, err := s.playOf(ctx, a)
	if err != nil {
		return nil, err
	}
	return s.describe(ctx, p)
}

// question returns the question of that id. Errors: QUESTION_NOT_FOUND.
func (p *play) question(id string) (*questions.Question, error) {
	q := p.set.Question(id)
	if q == nil || !slices.Contains(p.asks, q) {
		return nil, fail(codes.NotFound, aulav1.ErrorReason_QUESTION_NOT_FOUND, "question", id)
	}
	return q, nil
}

// revealed reports whether outcomes may be told.
func (p *play) revealed() bool {
	return p.Mode == aulav1.Attempt_PRACTICE || !p.FinishedAt.IsZero()
}

func (p *play) maxPoints() (sum int32) {
	for _, q := range p.asks {
		sum += q.Points
	}
	return sum
}

func (p *play) score(t store.Tally) *aulav1.Score {
	score := &aulav1.Score{MaxPoints: p.maxPoints(), Answered: &t.Answered, Total: int32(len(p.asks))}
	if p.revealed() {
		score.Points = &t.Points
	}
	return score
}

func (p *play) progress(c *caller, t store.Tally) string {
	left := len(p.asks) - int(t.Answered)
	switch {
	case !p.FinishedAt.IsZero():
		return c.locale.Text("progress.finished", nil)
	case left == 0:
		return c.locale.Text("progress.done", nil)
	}
	return c.locale.Text("progress.left", map[string]any{"Count": left})
}

// outcome tells what became of an answer, in the words of the caller's language. The
// grade is the one it was given; only the words are found again.
func (p *play) outcome(c *caller, q *questions.Question, a store.Answer) *aulav1.Outcome {
	o := &aulav1.Outcome{Verdict: a.Verdict, Fraction: &a.Fraction, Points: &a.Points}
	if a.Answer != nil {
		if grade, err := p.set.Grade(q, a.Answer, questions.Reader{language.Make(a.Language)}, c.reader(), p.Seed); err == nil {
			var sentences []string
			for _, m := range grade.Feedback {
				if m.ID != "" {
					m.Text = c.locale.Text(m.ID, m.Args)
				}
				sentences = append(sentences, m.Text)
			}
			o.Feedback = strings.Join(sentences, " ")
		}
	}
	p.set.Reveal(q, o, c.reader(), p.Seed)
	return o
}

// describe tells where an attempt stands, in the caller's language.
func (s quizService) describe(ctx context.Context, p *play) (*aulav1.Attempt, error) {
	c := callerOf(ctx)
	found, err := s.Store.Answers(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	answers := map[string]store.Answer{}
	var tally store.Tally
	for _, a := range found {
		answers[a.Question] = a
		tally.Answered++
		tally.Points += a.Points
	}
	lang, fallback := p.set.Match(c.reader())
	attempt := &aulav1.Attempt{
		Id:        p.ID,
		Set:       p.Set,
		Revision:  p.Revision,
		Title:     p.set.Source.GetTitle()[lang],
		Language:  lang,
		Fallback:  &fallback,
		Nickname:  p.Nickname,
		Mode:      p.Mode,
		State:     aulav1.Attempt_IN_PROGRESS,
		Score:     p.score(tally),
		Progress:  p.progress(c, tally),
		StartedAt: timestamppb.New(p.StartedAt),
	}
	if !p.FinishedAt.IsZero() {
		attempt.State = aulav1.Attempt_FINISHED
		attempt.FinishedAt = timestamppb.New(p.FinishedAt)
	}
	for _, q := range p.asks {
		attempt.Prompts = append(attempt.Prompts, p.set.Prompt(q, c.reader(), p.Seed))
		a, answered := answers[q.Source.GetId()]
		if !answered && p.FinishedAt.IsZero() {
			continue
		}
		if !answered {
			a.Verdict = aulav1.Outcome_UNANSWERED
		}
		row := &aulav1.AnsweredQuestion{Question: q.Source.GetId(), Answer: a.Answer}
		if p.revealed() {
			row.Outcome = p.outcome(c, q, a)
		}
		attempt.Answers = append(attempt.Answers, row)
	}
	return attempt, nil
}
