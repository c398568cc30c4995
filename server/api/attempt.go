package api

import (
	"context"
	"errors"
	"slices"
	"strings"

	"golang.org/x/text/language"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	aulav1 "aula/proto/aula/v1"
	"aula/questions"
	"aula/server/store"
)

// attempt is a stored attempt with the questions it asks, in its order.
type attempt struct {
	store.Attempt
	set  *questions.Set
	asks []*questions.Question
}

// attempt finds an attempt. From here on a caller who names no language is spoken to in
// the attempt's. Errors: ATTEMPT_NOT_FOUND.
func (s quizService) attempt(ctx context.Context, id string) (*attempt, error) {
	a, err := s.Store.Attempt(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, fail(codes.NotFound, aulav1.ErrorReason_ATTEMPT_NOT_FOUND, "attempt", id)
	}
	if err != nil {
		return nil, err
	}
	return s.compiled(ctx, a)
}

func (s quizService) compiled(ctx context.Context, stored store.Attempt) (*attempt, error) {
	callerOf(ctx).resume(stored.Language)
	set, err := s.revisions.get(ctx, stored.Set, stored.Revision)
	if err != nil {
		return nil, err
	}
	a := &attempt{Attempt: stored, set: set}
	a.asks = set.Draw(a.play(), stored.QuestionCount)
	return a, nil
}

// play is how the attempt asks.
func (a *attempt) play() questions.Play {
	return questions.Play{Seed: a.Seed, Exam: a.Mode == aulav1.Attempt_EXAM, Cards: a.Cards}
}

// question returns the question of that id. Errors: QUESTION_NOT_FOUND.
func (a *attempt) question(id string) (*questions.Question, error) {
	q := a.set.Question(id)
	if q == nil || !slices.Contains(a.asks, q) {
		return nil, fail(codes.NotFound, aulav1.ErrorReason_QUESTION_NOT_FOUND, "question", id)
	}
	return q, nil
}

// asked finds the question that a request names in the attempt it names. Errors:
// ATTEMPT_NOT_FOUND, QUESTION_NOT_FOUND.
func (s quizService) asked(ctx context.Context, req interface {
	GetAttempt() string
	GetQuestion() string
},
) (*attempt, *questions.Question, error) {
	a, err := s.attempt(ctx, req.GetAttempt())
	if err != nil {
		return nil, nil, err
	}
	q, err := a.question(req.GetQuestion())
	return a, q, err
}

func (a *attempt) finished() bool { return !a.FinishedAt.IsZero() }

// revealed reports whether outcomes may be told.
func (a *attempt) revealed() bool { return a.Mode == aulav1.Attempt_PRACTICE || a.finished() }

func (a *attempt) maxPoints() (sum int32) {
	for _, q := range a.asks {
		sum += q.Points
	}
	return sum
}

// ranked is what counts for the leaderboard: all but cards.
func (a *attempt) ranked() store.Ranked {
	counts := map[string]bool{}
	var ranked store.Ranked
	for _, q := range a.asks {
		if !q.SelfRated(a.play()) {
			counts[q.Source.GetId()] = true
			ranked.MaxPoints += q.Points
		}
	}
	ranked.Counts = func(question string) bool { return counts[question] }
	return ranked
}

func (a *attempt) score(t store.Tally) *aulav1.Score {
	score := &aulav1.Score{MaxPoints: a.maxPoints(), Answered: &t.Answered, Total: int32(len(a.asks))}
	if a.revealed() {
		score.Points = &t.Points
	}
	return score
}

func (a *attempt) progress(c *caller, t store.Tally) string {
	left := len(a.asks) - int(t.Answered)
	switch {
	case a.finished():
		return c.locale.Text("progress.finished", nil)
	case left == 0:
		return c.locale.Text("progress.done", nil)
	}
	return c.locale.Text("progress.left", map[string]any{"Count": left})
}

// credit is what an answer of that grade earns after those before it.
func (a *attempt) credit(q *questions.Question, g questions.Grade, before []store.Answer, answer store.Answer) questions.Credit {
	h := questions.History{Tries: len(before), Hints: answer.Hints}
	if len(before) > 0 {
		h.Best = before[len(before)-1].Fraction
	}
	return q.Credit(g, h, answer.Certainty, a.play())
}

// closed reports whether a question with these answers takes no more.
func (a *attempt) closed(q *questions.Question, answers []store.Answer) bool {
	n := len(answers)
	return n > 0 && q.Closed(n, answers[n-1].Verdict == aulav1.Outcome_CORRECT, a.play())
}

// grade fills in what an answer earns after those before it. Errors: ALREADY_ANSWERED,
// ANSWER_KIND_MISMATCH, UNGRADABLE_ANSWER.
func (a *attempt) grade(q *questions.Question, by questions.Reader, before []store.Answer, answer *store.Answer) error {
	if a.closed(q, before) {
		return fail(codes.AlreadyExists, aulav1.ErrorReason_ALREADY_ANSWERED, "question", answer.Question)
	}
	g, err := a.set.Grade(q, answer.Answer, by, by, a.play())
	if err != nil {
		return ungradable(answer.Question, err)
	}
	credit := a.credit(q, g, before, *answer)
	answer.Verdict, answer.Fraction, answer.Points = g.Verdict, credit.Fraction, credit.Points
	for _, earlier := range before {
		answer.Points -= earlier.Points
	}
	return nil
}

// outcome tells what became of the last of the answers to a question, in the words of the
// caller's language. The grade is the one it was given; only the words are found again.
// While tries are left the key is kept back.
func (a *attempt) outcome(c *caller, q *questions.Question, answers []store.Answer) *aulav1.Outcome {
	o := &aulav1.Outcome{Verdict: aulav1.Outcome_UNANSWERED, Fraction: new(float64), Points: new(int32)}
	if n := len(answers); n > 0 {
		last := answers[n-1]
		o.Verdict, o.Certainty, *o.Fraction = last.Verdict, last.Certainty, last.Fraction
		for _, answer := range answers {
			*o.Points += answer.Points
		}
		g, err := a.set.Grade(q, last.Answer, questions.Reader{language.Make(last.Language)}, c.reader(), a.play())
		if err == nil {
			credit := a.credit(q, g, answers[:n-1], last)
			o.TryPenalty, o.HintCost, o.TriesLeft = credit.TryPenalty, credit.HintCost, credit.TriesLeft
			o.Feedback, o.Parts = c.say(g.Feedback), g.Parts
		}
	}
	if a.finished() {
		o.TriesLeft = 0
	}
	a.set.Reveal(q, o, c.reader(), a.play())
	if o.GetTriesLeft() > 0 {
		o.Key, o.Explanation = nil, ""
		for _, part := range o.GetParts() {
			part.Match = nil // it quotes the accepted text
		}
	}
	return o
}

// say puts messages into the caller's language, as one text.
func (c *caller) say(messages []questions.Message) string {
	var sentences []string
	for _, m := range messages {
		if m.ID != "" {
			m.Text = c.locale.Text(m.ID, m.Args)
		}
		sentences = append(sentences, m.Text)
	}
	return strings.Join(sentences, " ")
}

// describe tells where an attempt stands, in the caller's language.
func (s quizService) describe(ctx context.Context, a *attempt) (*aulav1.Attempt, error) {
	c := callerOf(ctx)
	answers, tally, err := s.answers(ctx, a)
	if err != nil {
		return nil, err
	}
	hints, err := s.Store.Hints(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	lang, fallback := a.set.Match(c.reader())
	out := &aulav1.Attempt{
		Id:        a.ID,
		Set:       a.Set,
		Revision:  a.Revision,
		Title:     a.set.Source.GetTitle()[lang],
		Language:  lang,
		Fallback:  &fallback,
		Nickname:  a.Nickname,
		Mode:      a.Mode,
		Cards:     a.Cards,
		State:     aulav1.Attempt_IN_PROGRESS,
		Score:     a.score(tally),
		Progress:  a.progress(c, tally),
		StartedAt: timestamppb.New(a.StartedAt),
	}
	if a.finished() {
		out.State = aulav1.Attempt_FINISHED
		out.FinishedAt = timestamppb.New(a.FinishedAt)
	}
	for _, q := range a.asks {
		id := q.Source.GetId()
		out.Prompts = append(out.Prompts, a.set.Prompt(q, c.reader(), a.play()))
		tries := answers[id]
		if len(tries) == 0 && hints[id] == 0 && !a.finished() {
			continue
		}
		row := &aulav1.AnsweredQuestion{Question: id, Hints: int32(hints[id])}
		if n := len(tries); n > 0 {
			row.Answer = tries[n-1].Answer
		}
		if a.finished() || len(tries) > 0 && a.revealed() {
			row.Outcome = a.outcome(c, q, tries)
		}
		out.Answers = append(out.Answers, row)
	}
	return out, nil
}

// answers returns what was answered, by question, and what it earned.
func (s quizService) answers(ctx context.Context, a *attempt) (map[string][]store.Answer, store.Tally, error) {
	found, err := s.Store.Answers(ctx, a.ID)
	if err != nil {
		return nil, store.Tally{}, err
	}
	var tally store.Tally
	answers := map[string][]store.Answer{}
	for _, answer := range found {
		answers[answer.Question] = append(answers[answer.Question], answer)
		tally.Points += answer.Points
	}
	tally.Answered = int32(len(answers))
	return answers, tally, nil
}
