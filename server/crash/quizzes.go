package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	aulav1 "aula/proto/aula/v1"
)

// Sets that the harness has made: one for quizzes, one of cards, and one that a teacher keeps
// changing.
const (
	quizSet   = "crash-quiz"
	cardSet   = "crash-cards"
	loadedSet = "crash-loaded"

	quizQuestions = 60
	cardQuestions = 30
	perQuiz       = 12
)

// player makes quizzes, as a guest or a learner.
type player struct {
	*client
	quizzes []*quiz // all that were begun
	asked   []string
}

func (p *player) current() *quiz {
	if len(p.quizzes) == 0 || p.quizzes[len(p.quizzes)-1].finished {
		return nil
	}
	return p.quizzes[len(p.quizzes)-1]
}

// play is the next step of a quiz.
func (p *player) play() *operation {
	q := p.current()
	switch {
	case q == nil:
		return p.begin()
	case len(p.asked) == 0:
		return p.finish(q)
	default:
		question := p.asked[0]
		p.asked = p.asked[1:]
		return p.answer(q, question)
	}
}

func (p *player) begin() *operation {
	request := &aulav1.StartAttemptRequest{
		Set: quizSet, QuestionCount: perQuiz, RequestId: p.id(), Nickname: "N" + p.id()[:8], Mode: aulav1.Attempt_PRACTICE,
	}
	if p.random.IntN(4) == 0 {
		request.Mode = aulav1.Attempt_EXAM
	}
	var begun *quiz
	return &operation{"StartAttempt " + request.GetRequestId(), func(ctx context.Context) error {
		attempt, err := aulav1.NewQuizServiceClient(p.conn).StartAttempt(ctx, request)
		switch {
		case err != nil:
			return err
		case begun != nil && begun.id != attempt.GetId():
			return disagree(doubled, "it was %s and is %s", begun.id, attempt.GetId())
		case begun != nil:
			return nil
		}
		begun = &quiz{
			id: attempt.GetId(), nickname: request.GetNickname(), exam: request.GetMode() == aulav1.Attempt_EXAM,
			points: attempt.GetScore().GetMaxPoints() / perQuiz, answers: map[string]*answer{},
		}
		p.quizzes = append(p.quizzes, begun)
		for _, prompt := range attempt.GetPrompts() {
			p.asked = append(p.asked, prompt.GetQuestion())
		}
		return nil
	}}
}

// answer answers a question, whose number says what is right, rightly or not.
func (p *player) answer(q *quiz, question string) *operation {
	number, _ := strconv.Atoi(question[1:])
	right := p.random.IntN(3) > 0
	if !right {
		number = -number - 1
	}
	request := &aulav1.SubmitAnswerRequest{Attempt: q.id, Question: question, RequestId: p.id(), Answer: numeric(2 * number)}
	return &operation{"SubmitAnswer " + request.GetRequestId(), func(ctx context.Context) error {
		resp, err := aulav1.NewQuizServiceClient(p.conn).SubmitAnswer(ctx, request)
		if err != nil {
			return err
		}
		if !q.exam && (resp.GetOutcome().GetVerdict() == aulav1.Outcome_CORRECT) != right {
			return disagree(wrong, "the answer is right: %v, and was told to be %v", right, resp.GetOutcome().GetVerdict())
		}
		if q.answers[question] == nil {
			q.answers[question] = &answer{request: request.GetRequestId(), right: right, at: time.Now()}
		}
		return nil
	}}
}

func numeric(n int) *aulav1.Answer {
	return &aulav1.Answer{Kind: &aulav1.Answer_Numeric{Numeric: &aulav1.NumericAnswer{Text: strconv.Itoa(n)}}}
}

func (p *player) finish(q *quiz) *operation {
	return &operation{"FinishAttempt " + q.id, func(ctx context.Context) error {
		resp, err := aulav1.NewQuizServiceClient(p.conn).FinishAttempt(ctx, &aulav1.FinishAttemptRequest{Attempt: q.id})
		if err != nil {
			return err
		}
		q.finished = true
		if points := resp.GetAttempt().GetScore().GetPoints(); points != q.earned() {
			kind := lost
			if points > q.earned() {
				kind = doubled
			}
			return disagree(kind, "it came to %d points instead of %d", points, q.earned())
		}
		return nil
	}}
}

// quizFile is the set for quizzes: what is asked for is twice the number in a question's id.
func quizFile() string {
	return setFile(quizSet, quizQuestions, func(i int) string {
		return fmt.Sprintf(`"text":{"en":"What is %d plus %d?","es":"¿Cuánto es %d más %d?"},"numeric":{"value":%d}`, i, i, i, i, 2*i)
	})
}

func cardFile() string {
	return setFile(cardSet, cardQuestions, func(i int) string {
		return fmt.Sprintf(`"text":{"en":"Card %d","es":"Tarjeta %d"},"card":{"back":{"en":"Back %d","es":"Dorso %d"}}`, i, i, i, i)
	})
}

// loadedFile is a version of the set that keeps changing.
func loadedFile(version int) string {
	return setFile(loadedSet, 20, func(i int) string {
		return fmt.Sprintf(`"text":{"en":"Version %d: what is %d?","es":"Versión %d: ¿cuánto es %d?"},"numeric":{"value":%d}`,
			version, i, version, i, i)
	})
}

func setFile(id string, n int, question func(i int) string) string {
	questions := make([]string, n)
	for i := range questions {
		questions[i] = fmt.Sprintf(`{"id":"q%d",%s}`, i, question(i))
	}
	return fmt.Sprintf(`{"id":%q,"title":{"en":"Crash","es":"Caída"},"language":"en","questions":[%s]}`, id, strings.Join(questions, ","))
}
