package history

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/anishathalye/porcupine"
	"google.golang.org/grpc"

	aulav1 "aula/proto/aula/v1"
)

// attempt is a guest's, on which several devices answer at once.
type attempt struct {
	recorded
	id    string
	of    *class
	place int          // among the attempts of its class
	used  atomic.Int32 // of the operations that there are for it
	ended outcome      // when all was over
}

// The operations.
type (
	submit struct{ question, option int }
	get    struct{}
	finish struct{}
	score  struct{} // of an attempt, as a repeated answer tells it
)

// submitted is what an answer came to.
type submitted struct {
	reason  string // why it was refused
	verdict aulav1.Outcome_Verdict
	points  int32
	first   bool // it was sent once: what follows is of the moment when it counted
	left    int32
	earned  earned
}

// earned is what an attempt's score says.
type earned struct{ points, answered int32 }

// outcome is an attempt as it is shown.
type outcome struct {
	finished bool
	earned   earned
	rows     [questions]row
	at       int64 // when it was finished
}

// row is a question as it is shown.
type row struct {
	last         int // the option chosen last, from 1
	points, left int32
}

// asked is what has happened to a question.
type asked struct {
	tries, last int
	points      int32
}

// answering is the state of an attempt.
type answering struct {
	finished  bool
	questions [questions]asked
}

// worth is what each option earns at each try: a third less of all ten points at each; of
// several tries the best counts.
var worth = [...][tries]int32{{10, 7, 3}, {5, 2, 0}, {0, 0, 0}, {0, 0, 0}}

var verdicts = [...]aulav1.Outcome_Verdict{
	aulav1.Outcome_CORRECT, aulav1.Outcome_PARTIAL, aulav1.Outcome_INCORRECT, aulav1.Outcome_INCORRECT,
}

func (a answering) with(s submit) (answering, string) {
	q := &a.questions[s.question]
	switch {
	case a.finished:
		return a, aulav1.ErrorReason_ATTEMPT_FINISHED.String()
	case q.last == 1 || q.tries == tries:
		return a, aulav1.ErrorReason_ALREADY_ANSWERED.String()
	}
	q.points = max(q.points, worth[s.option][q.tries])
	q.tries++
	q.last = s.option + 1
	return a, ""
}

func (a answering) show() (o outcome) {
	o.finished = a.finished
	for i, q := range a.questions {
		o.rows[i] = row{last: q.last, points: q.points, left: a.left(i)}
		o.earned.points += q.points
		if q.tries > 0 {
			o.earned.answered++
		}
	}
	return o
}

// left is how many tries are.
func (a answering) left(question int) int32 {
	q := a.questions[question]
	if a.finished || q.tries == 0 || q.last == 1 {
		return 0
	}
	return int32(tries - q.tries)
}

// model says how an attempt behaves.
func (a *attempt) model() porcupine.Model {
	return porcupine.Model{
		Init: func() any { return answering{} },
		Step: func(state, input, output any) (bool, any) {
			return state.(answering).step(input, output)
		},
		DescribeOperation: func(input, output any) string { return fmt.Sprintf("%T %+v: %+v", input, input, output) },
	}
}

func (a answering) step(input, output any) (bool, any) {
	_, unanswered := output.(nothing)
	switch in := input.(type) {
	case submit:
		next, reason := a.with(in)
		return unanswered || next.told(in, reason, output.(submitted)), next
	case finish:
		a.finished = true
		return unanswered || a.show() == output.(outcome).timeless(), a
	case get:
		return a.show() == output.(outcome).timeless(), a
	case score:
		return a.show().earned == output.(earned), a
	}
	return false, a
}

// timeless is the outcome without when it was.
func (o outcome) timeless() outcome {
	o.at = 0
	return o
}

// told reports whether an answer came to what it should.
func (a answering) told(s submit, reason string, out submitted) bool {
	if reason != "" || out.reason != "" {
		return reason == out.reason
	}
	q := a.questions[s.question]
	if out.verdict != verdicts[s.option] || out.points != q.points && out.first {
		return false
	}
	return !out.first || out.left == a.left(s.question) && out.earned == a.show().earned
}

func (c *client) submit(a *attempt) {
	in := submit{question: c.random.IntN(questions), option: c.random.IntN(len(options))}
	req := &aulav1.SubmitAnswerRequest{
		Attempt: a.id, Question: questionID(in.question), RequestId: c.uuid(),
		Answer: &aulav1.Answer{Kind: &aulav1.Answer_Choice{Choice: &aulav1.ChoiceAnswer{Options: []string{options[in.option]}}}},
	}
	var resp *aulav1.SubmitAnswerResponse
	s := c.hastily(func(ctx context.Context, conn *grpc.ClientConn) (err error) {
		resp, err = aulav1.NewQuizServiceClient(conn).SubmitAnswer(ctx, req)
		return err
	})
	o := resp.GetOutcome()
	out := submitted{
		reason: s.reason, verdict: o.GetVerdict(), points: o.GetPoints(), first: !s.again, left: o.GetTriesLeft(), earned: earnedIn(resp.GetScore()),
	}
	a.write(c, s, in, out)
	if s.again && s.reason == "" {
		a.read(c, s, score{}, out.earned)
	}
}

func earnedIn(s *aulav1.Score) earned { return earned{s.GetPoints(), s.GetAnswered()} }

func (c *client) get(a *attempt) outcome {
	var resp *aulav1.Attempt
	s := c.send(func(ctx context.Context, conn *grpc.ClientConn) (err error) {
		resp, err = aulav1.NewQuizServiceClient(conn).GetAttempt(ctx, &aulav1.GetAttemptRequest{Attempt: a.id})
		return err
	})
	shown := c.shown(resp)
	a.read(c, s, get{}, shown)
	return shown
}

// finish ends an attempt. Its rank is looked up after that: when it is told, the standing may
// have been overtaken.
func (c *client) finish(a *attempt) {
	var resp *aulav1.FinishAttemptResponse
	s := c.hastily(func(ctx context.Context, conn *grpc.ClientConn) (err error) {
		resp, err = aulav1.NewQuizServiceClient(conn).FinishAttempt(ctx, &aulav1.FinishAttemptRequest{Attempt: a.id})
		return err
	})
	a.write(c, s, finish{}, c.shown(resp.GetAttempt()))
	a.of.board.write(c, s, enter{a.place}, entered{})
	a.of.board.read(c, s, rank{a.place}, int(resp.GetRank()))
}

// shown reads an attempt as a device does.
func (c *client) shown(a *aulav1.Attempt) (o outcome) {
	o.finished = a.GetState() == aulav1.Attempt_FINISHED
	o.earned = earnedIn(a.GetScore())
	o.at = a.GetFinishedAt().AsTime().UnixMilli()
	for _, answered := range a.GetAnswers() {
		i, err := questionAt(answered.GetQuestion())
		if err != nil {
			c.fail(err)
			continue
		}
		r := row{points: answered.GetOutcome().GetPoints(), left: answered.GetOutcome().GetTriesLeft()}
		if chosen := answered.GetAnswer().GetChoice().GetOptions(); len(chosen) == 1 {
			r.last = slices.Index(options, chosen[0]) + 1
		}
		o.rows[i] = r
	}
	return o
}
