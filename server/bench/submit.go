package main

import (
	"context"
	"fmt"
	"math"
	"sync"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	aulav1 "aula/proto/aula/v1"
)

// answers knows answers to every question of the set, by language: a wrong one, the
// right one, and the right one with a slip of the finger where something is typed.
type answers map[string]map[string][]*aulav1.Answer

// learn plays an attempt in each language without knowing anything and learns the keys
// from the outcomes.
func learn(ctx context.Context, t *target) (answers, error) {
	known := answers{}
	for _, language := range languages {
		a, err := t.startAttempt(ctx, language)
		if err != nil {
			return nil, err
		}
		known[language] = map[string][]*aulav1.Answer{}
		for _, prompt := range a.GetPrompts() {
			key, err := t.keyOf(ctx, a.GetId(), prompt)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", prompt.GetQuestion(), err)
			}
			known[language][prompt.GetQuestion()] = []*aulav1.Answer{guess(prompt), right(key, carefully), right(key, hastily)}
		}
	}
	return known, nil
}

// keyOf guesses until the key is told.
func (t *target) keyOf(ctx context.Context, attempt string, p *aulav1.Prompt) (*aulav1.Key, error) {
	for {
		request := &aulav1.SubmitAnswerRequest{Attempt: attempt, Question: p.GetQuestion(), Answer: guess(p)}
		resp := &aulav1.SubmitAnswerResponse{}
		if err := t.call(ctx, aulav1.QuizService_SubmitAnswer_FullMethodName, request, resp); err != nil {
			return nil, err
		}
		if key := resp.GetOutcome().GetKey(); key != nil {
			return key, nil
		}
	}
}

// desk hands out submissions that were not handed out before.
type desk[T any] struct {
	// begin starts an attempt in a language and returns a submission for each question;
	// i varies which answers are given.
	begin     func(ctx context.Context, language string, i int) ([]T, error)
	questions int // how many that are

	mu       sync.Mutex
	attempts [][]T       // those that nobody has begun
	begun    map[int][]T // what is left of the attempt that a client has begun
}

// stock starts attempts until there are about so many submissions.
func (d *desk[T]) stock(ctx context.Context, submissions int) error {
	for i := len(d.attempts); i*d.questions < submissions; i++ {
		attempt, err := d.begin(ctx, languages[i%len(languages)], i)
		if err != nil {
			return err
		}
		d.attempts = append(d.attempts, attempt)
	}
	return nil
}

// take hands out the next n submissions of the attempt that a client is at, or else of
// another one; fewer at the end of it, and none when nothing is left.
func (d *desk[T]) take(client, n int) []T {
	d.mu.Lock()
	defer d.mu.Unlock()
	left := d.begun[client]
	if last := len(d.attempts) - 1; len(left) == 0 && last >= 0 {
		left, d.attempts = d.attempts[last], d.attempts[:last]
	}
	n = min(n, len(left))
	d.begun[client] = left[n:]
	return left[:n]
}

// counter is where a server's answers are handed in, as requests in wire form.
type counter struct {
	desk[[]byte]
	target *target
	known  answers
}

func (b *bench) newCounter(t *target) (*counter, error) {
	known, err := learn(b.ctx, t)
	if err != nil {
		return nil, err
	}
	c := &counter{target: t, known: known}
	c.desk = desk[[]byte]{begin: c.begin, questions: len(known[languages[0]]), begun: map[int][][]byte{}}
	return c, nil
}

func (c *counter) begin(ctx context.Context, language string, i int) (requests [][]byte, err error) {
	a, err := c.target.startAttempt(ctx, language)
	if err != nil {
		return nil, err
	}
	for j, prompt := range a.GetPrompts() {
		known := c.known[language][prompt.GetQuestion()]
		wire, err := proto.Marshal(&aulav1.SubmitAnswerRequest{
			Attempt:   a.GetId(),
			Question:  prompt.GetQuestion(),
			Answer:    known[(i+j)%len(known)],
			RequestId: uuid.NewString(),
			Language:  language,
		})
		if err != nil {
			return nil, err
		}
		requests = append(requests, wire)
	}
	return requests, nil
}

// submit is the contender that answers one question a call.
func (c *counter) submit(ctx context.Context) *contender {
	return &contender{
		name:    "SubmitAnswer",
		process: c.target.process,
		stored:  c.target.stored,
		prepare: func(calls int) error { return c.stock(ctx, calls) },
		clients: func(n int) ([]func(context.Context) error, error) {
			return c.target.calls(n, aulav1.QuizService_SubmitAnswer_FullMethodName, func(client int) func() []byte {
				return func() []byte {
					for _, request := range c.take(client, 1) {
						return request
					}
					return nil
				}
			})
		},
	}
}

// sample records what answering every question of an attempt carries each way.
func (c *counter) sample(ctx context.Context) (calls []exchange, err error) {
	if err := c.stock(ctx, len(languages)*c.questions); err != nil {
		return nil, err
	}
	for range languages {
		for _, request := range c.take(0, math.MaxInt) {
			e := exchange{request: request}
			if err := c.target.conns[0].Invoke(ctx, aulav1.QuizService_SubmitAnswer_FullMethodName, request, &e.reply); err != nil {
				return nil, err
			}
			calls = append(calls, e)
		}
	}
	return calls, nil
}
