//go:build linux

package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	aulav1 "aula/proto/aula/v1"
)

// perAttempt is how many questions an attempt has.
const perAttempt = 20

// load is the clients at work.
type load struct {
	drill *drill
	end   chan struct{}
	work  sync.WaitGroup
}

// startLoad starts the clients. When ctx is done they drop what they do.
func (d *drill) startLoad(ctx context.Context) *load {
	l := &load{drill: d, end: make(chan struct{})}
	for i := range d.Clients {
		l.work.Go(func() { (&client{load: l, number: i}).run(ctx) })
	}
	return l
}

// stop ends the clients, each after what it is at.
func (l *load) stop() {
	close(l.end)
	l.work.Wait()
}

func (l *load) ended() bool {
	select {
	case <-l.end:
		return true
	default:
		return false
	}
}

// client makes one attempt after the other, as a guest, and begins the next call only once
// it knows how the last one ended.
type client struct {
	load   *load
	number int
	tries  int // of all calls, by which the server is chosen
}

func (c *client) run(ctx context.Context) {
	for ctx.Err() == nil && !c.load.ended() {
		if !c.attempt(ctx) {
			c.think(ctx)
		}
	}
}

// attempt goes through an attempt and reports whether all of it was acknowledged.
func (c *client) attempt(ctx context.Context) bool {
	ledger := c.load.drill.ledger
	start := &aulav1.StartAttemptRequest{
		Set: set, Language: "es-EC", Nickname: "Ana", QuestionCount: perAttempt, RequestId: uuid.NewString(),
	}
	var a *aulav1.Attempt
	if !c.call(ctx, "StartAttempt", func(ctx context.Context, conn *grpc.ClientConn) (err error) {
		a, err = aulav1.NewQuizServiceClient(conn).StartAttempt(ctx, start)
		return err
	}) {
		return false
	}
	ledger.started(a.GetId())
	for _, p := range a.GetPrompts() {
		if c.load.ended() {
			return true
		}
		given := guess(p)
		if given == nil {
			continue
		}
		c.think(ctx)
		if !c.answer(ctx, a.GetId(), p.GetQuestion(), given) {
			return false
		}
	}
	finish := &aulav1.FinishAttemptRequest{Attempt: a.GetId()}
	finished := c.call(ctx, "FinishAttempt", func(ctx context.Context, conn *grpc.ClientConn) error {
		_, err := aulav1.NewQuizServiceClient(conn).FinishAttempt(ctx, finish)
		return err
	})
	if finished {
		ledger.finished(a.GetId())
	}
	return finished
}

// answer submits an answer until an outcome comes, with the same request id.
func (c *client) answer(ctx context.Context, attempt, question string, given *aulav1.Answer) bool {
	request := &aulav1.SubmitAnswerRequest{Attempt: attempt, Question: question, Answer: given, RequestId: uuid.NewString()}
	first := time.Now()
	sent := first
	entry := c.load.drill.ledger.submit(request)
	var response *aulav1.SubmitAnswerResponse
	acknowledged := c.call(ctx, "SubmitAnswer", func(ctx context.Context, conn *grpc.ClientConn) (err error) {
		sent = time.Now()
		response, err = aulav1.NewQuizServiceClient(conn).SubmitAnswer(ctx, request)
		return err
	})
	if acknowledged {
		c.load.drill.ledger.acknowledge(entry, response.GetOutcome().GetPoints(), first, sent)
	}
	return acknowledged
}

// guess answers a prompt of the simpler kinds as someone would who knows nothing; nil is
// that it is left out.
func guess(p *aulav1.Prompt) *aulav1.Answer {
	switch p.GetKind().(type) {
	case *aulav1.Prompt_Choice:
		first := p.GetChoice().GetOptions()[0].GetId()
		return &aulav1.Answer{Kind: &aulav1.Answer_Choice{Choice: &aulav1.ChoiceAnswer{Options: []string{first}}}}
	case *aulav1.Prompt_Numeric:
		return &aulav1.Answer{Kind: &aulav1.Answer_Numeric{Numeric: &aulav1.NumericAnswer{Text: "987654"}}}
	case *aulav1.Prompt_TextEntry:
		return &aulav1.Answer{Kind: &aulav1.Answer_Text{Text: &aulav1.TextAnswer{Text: "xilófono"}}}
	}
	return nil
}

// think waits as long as a quick learner would.
func (c *client) think(ctx context.Context) {
	if c.load.drill.Pause > 0 {
		wait(ctx, c.load.drill.Pause/2+rand.N(c.load.drill.Pause))
	}
}

func wait(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// passing are the codes of what may succeed when it is tried again. Internal and Unknown are
// not among them: no fault of the cluster is one of the server, and the drill fails of it.
var passing = []codes.Code{
	codes.Unavailable, codes.DeadlineExceeded, codes.Aborted, codes.ResourceExhausted, codes.Canceled,
}

// call makes a call through one server, and through the other if it fails, as behind one
// address, until it succeeds, is refused, or the client gives up.
func (c *client) call(ctx context.Context, method string, call func(context.Context, *grpc.ClientConn) error) bool {
	ledger := c.load.drill.ledger
	for began := time.Now(); ctx.Err() == nil; c.tries++ {
		servers := c.load.drill.servers
		conns := servers[(c.number+c.tries)%len(servers)].conns
		limited, cancel := context.WithTimeout(ctx, c.load.drill.Deadline)
		err := call(limited, conns[c.number/len(servers)%len(conns)])
		cancel()
		if err == nil {
			return true
		}
		if ctx.Err() != nil {
			return false
		}
		code := status.Code(err)
		ledger.failed(method, code)
		switch {
		case !slices.Contains(passing, code):
			ledger.refuse(fmt.Sprintf("%s: %v", method, err))
			return false
		case time.Since(began) > c.load.drill.Bound:
			ledger.refuse(fmt.Sprintf("%s: given up after %v: %v", method, c.load.drill.Bound, err))
			return false
		}
		wait(ctx, 50*time.Millisecond+rand.N(100*time.Millisecond))
	}
	return false
}
