package api

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/language"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/types/known/timestamppb"

	aulav1 "aula/proto/aula/v1"
	"aula/questions"
	"aula/server/store"
)

// attempt is an attempt as it stands, with the questions it asks.
type attempt struct {
	*store.Log
	*plan
}

// plan is what an attempt asks. It follows from what is fixed when the attempt starts, and
// is kept for maxPlans attempts.
type plan struct {
	set       *questions.Set
	asks      []*questions.Question // in its order
	maxPoints int32
}

const maxPlans = 1 << 13

// newID returns an id for an attempt: 48 bits of time and 80 that are random, as in a ULID.
// It cannot be guessed; and attempts of the same hour, which are answered together, lie
// together in the database.
func newID(now time.Time) string {
	var id [16]byte
	binary.BigEndian.PutUint64(id[:8], uint64(now.UnixMilli())<<16)
	_, _ = rand.Read(id[6:]) // never fails, as its documentation says
	// This alphabet sorts as the bytes do.
	return base32.HexEncoding.WithPadding(base32.NoPadding).EncodeToString(id[:])
}

// log finds what has happened in an attempt. Whoever knows its id may have a guest's; a
// learner's is theirs alone, and for all others there is none. Errors: ATTEMPT_NOT_FOUND;
// TOO_MANY_GUESSES after many from one address that were none, which finds all the same those
// that are.
func (s *Server) log(ctx context.Context, c *caller, id string) (*store.Log, error) {
	log, err := s.Store.Log(ctx, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && !log.Guest() && !c.is(log.Participant) {
		return nil, cmp.Or(s.wrong(c, id), attemptNotFound(id))
	}
	return log, err
}

func attemptNotFound(id string) error {
	return fail(codes.NotFound, aulav1.ErrorReason_ATTEMPT_NOT_FOUND, "attempt", id)
}

// attempt finds an attempt. From here on a caller who names no language is spoken to in
// the attempt's. Errors: ATTEMPT_NOT_FOUND.
func (s quizService) attempt(ctx context.Context, c *caller, id string) (*attempt, error) {
	log, err := s.log(ctx, c, id)
	if err != nil {
		return nil, err
	}
	c.resume(log.Language)
	return s.planned(ctx, log)
}

func (s quizService) planned(ctx context.Context, log *store.Log) (*attempt, error) {
	a := &attempt{Log: log}
	if kept, ok := s.plans.Get(log.ID); ok {
		a.plan = kept
		return a, nil
	}
	set, err := s.revisions.get(ctx, log.Set, log.Revision)
	if err != nil {
		return nil, err
	}
	a.plan = &plan{set: set, asks: set.Draw(a.play(), log.QuestionCount)}
	for _, q := range a.asks {
		a.maxPoints += q.Points
	}
	s.plans.Add(log.ID, a.plan)
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
func (s quizService) asked(ctx context.Context, c *caller, req interface {
	GetAttempt() string
	GetQuestion() string
},
) (*attempt, *questions.Question, error) {
	a, err := s.attempt(ctx, c, req.GetAttempt())
	if err != nil {
		return nil, nil, err
	}
	q, err := a.question(req.GetQuestion())
	return a, q, err
}

func (a *attempt) finished() bool { return !a.FinishedAt.IsZero() }

// revealed reports whether outcomes may be told.
func (a *attempt) revealed() bool { return a.Mode == aulav1.Attempt_PRACTICE || a.finished() }

// ranked is what counts for the leaderboard: all but cards.
func (a *attempt) ranked() store.Ranked {
	counts := map[string]bool{}
	ranked := store.Ranked{Participant: a.Participant}
	for _, q := range a.asks {
		if !q.SelfRated(a.play()) {
			counts[q.Source.GetId()] = true
			ranked.MaxPoints += q.Points
		}
	}
	ranked.Counts = func(question string) bool { return counts[question] }
	return ranked
}

func (a *attempt) score() *aulav1.Score {
	t := a.Tally
	score := &aulav1.Score{MaxPoints: a.maxPoints, Answered: &t.Answered, Total: int32(len(a.asks))}
	if a.revealed() {
		score.Points = &t.Points
	}
	return score
}

func (a *attempt) progress(c *caller) string {
	left := len(a.asks) - int(a.Tally.Answered)
	switch {
	case a.finished():
		return c.locale.Text("progress.finished", nil)
	case left == 0:
		return c.locale.Text("progress.done", nil)
	}
	return c.locale.Counted("progress.left", left)
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

// grade fills in what an answer of that grade, or of none for the reason given, earns after
// those before it. Errors: ALREADY_ANSWERED, or the reason.
func (a *attempt) grade(q *questions.Question, g questions.Grade, refused error, before []store.Answer, answer *store.Answer) error {
	if a.closed(q, before) {
		return fail(codes.AlreadyExists, aulav1.ErrorReason_ALREADY_ANSWERED, "question", answer.Question)
	}
	if refused != nil {
		return ungradable(answer.Question, refused)
	}
	credit := a.credit(q, g, before, *answer)
	answer.Verdict, answer.Fraction, answer.Points = g.Verdict, credit.Fraction, credit.Points
	for _, earlier := range before {
		answer.Points -= earlier.Points
	}
	return nil
}

// regrade finds the words of a grade again, for a caller who looks back. The grade itself
// is the one that was given.
func (a *attempt) regrade(c *caller, q *questions.Question, answer store.Answer) (questions.Grade, error) {
	given, err := answer.Message()
	if err != nil {
		return questions.Grade{}, err
	}
	return a.set.Grade(q, given, questions.Reader{language.Make(answer.Language)}, c.reader(), a.play())
}

// outcome tells what became of the last of the answers to a question, in the words of the
// caller's language: those of its grade, where that is known. While tries are left the key
// is kept back.
func (a *attempt) outcome(c *caller, q *questions.Question, answers []store.Answer, graded *questions.Grade) *aulav1.Outcome {
	o := &aulav1.Outcome{Verdict: aulav1.Outcome_UNANSWERED, Fraction: new(float64), Points: new(int32)}
	if n := len(answers); n > 0 {
		last := answers[n-1]
		o.Verdict, o.Certainty, *o.Fraction = last.Verdict, last.Certainty, last.Fraction
		for _, answer := range answers {
			*o.Points += answer.Points
		}
		if graded == nil {
			if g, err := a.regrade(c, q, last); err == nil {
				graded = &g
			}
		}
		if graded != nil {
			credit := a.credit(q, *graded, answers[:n-1], last)
			o.TryPenalty, o.HintCost, o.TriesLeft = credit.TryPenalty, credit.HintCost, credit.TriesLeft
			o.Feedback, o.Parts = c.say(graded.Feedback), graded.Parts
		}
	}
	if a.finished() {
		o.TriesLeft = 0
	}
	if o.GetTriesLeft() == 0 {
		return withEncoded(o, a.set.EncodedKey(q, c.reader(), a.play()))
	}
	o.Language = a.set.Shown(q, c.reader())
	for _, part := range o.GetParts() {
		part.Match = nil // it quotes the accepted text
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
func (s quizService) describe(ctx context.Context, a *attempt) *aulav1.Attempt {
	c := callerOf(ctx)
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
		Score:     a.score(),
		Progress:  a.progress(c),
		StartedAt: timestamppb.New(a.StartedAt),
	}
	if a.finished() {
		out.State = aulav1.Attempt_FINISHED
		out.FinishedAt = timestamppb.New(a.FinishedAt)
	}
	var prompts []byte
	for _, q := range a.asks {
		id := q.Source.GetId()
		prompts = protowire.AppendTag(prompts, promptsField, protowire.BytesType)
		prompts = protowire.AppendBytes(prompts, a.set.EncodedPrompt(q, c.reader(), a.play()))
		tries, hints := a.Tries(id), a.HintsOf(id)
		if len(tries) == 0 && hints == 0 && !a.finished() {
			continue
		}
		row := &aulav1.AnsweredQuestion{Question: id, Hints: int32(hints)}
		if n := len(tries); n > 0 {
			row.Answer = withEncoded(&aulav1.Answer{}, tries[n-1].Given)
		}
		if a.finished() || len(tries) > 0 && a.revealed() {
			row.Outcome = a.outcome(c, q, tries, nil)
		}
		out.Answers = append(out.Answers, row)
	}
	return withEncoded(out, prompts)
}

// promptsField is the number of Attempt.prompts.
var promptsField = (&aulav1.Attempt{}).ProtoReflect().Descriptor().Fields().ByName("prompts").Number()
