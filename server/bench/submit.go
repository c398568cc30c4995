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

// desk hands out requests with answers that were not given before.
type desk struct {
	target  *target
	answers answers

	mu       sync.Mutex
	attempts [][][]byte       // of each attempt that nobody has begun, a request for each question
	begun    map[int][][]byte // what is left of the attempt that a client has begun
}

func (b *bench) newDesk(t *target) (*desk, error) {
	known, err := learn(b.ctx, t)
	return &desk{target: t, answers: known, begun: map[int][][]byte{}}, err
}

// stock starts attempts until there are requests for about so many calls.
func (d *desk) stock(ctx context.Context, calls int) error {
	questions := len(d.answers[languages[0]])
	for i := len(d.attempts); i*questions < calls; i++ {
		language := languages[i%len(languages)]
		a, err := d.target.startAttempt(ctx, language)
		if err != nil {
			return err
		}
		var requests [][]byte
		for j, prompt := range a.GetPrompts() {
			known := d.answers[language][prompt.GetQuestion()]
			wire, err := proto.Marshal(&aulav1.SubmitAnswerRequest{
				Attempt:   a.GetId(),
				Question:  prompt.GetQuestion(),
				Answer:    known[(i+j)%len(known)],
				RequestId: uuid.NewString(),
				Language:  language,
			})
			if err != nil {
				return err
			}
			requests = append(requests, wire)
		}
		d.attempts = append(d.attempts, requests)
	}
	return nil
}

// take hands out the next n requests of the attempt that a client is at, or else of another
// one; fewer at the end of it, and none when nothing is left.
func (d *desk) take(client, n int) [][]byte {
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

// submit is the contender that answers one question a call.
func (d *desk) submit(ctx context.Context) *contender {
	return &contender{
		name:    "SubmitAnswer",
		process: d.target.process,
		prepare: func(calls int) error { return d.stock(ctx, calls) },
		clients: func(n int) ([]func(context.Context) error, error) {
			return d.target.calls(n, aulav1.QuizService_SubmitAnswer_FullMethodName, func(client int) func() []byte {
				return func() []byte {
					for _, request := range d.take(client, 1) {
						return request
					}
					return nil
				}
			})
		},
	}
}

// sample records what answering every question of an attempt carries each way.
func (d *desk) sample(ctx context.Context) (calls []exchange, err error) {
	if err := d.stock(ctx, len(languages)*len(d.answers[languages[0]])); err != nil {
		return nil, err
	}
	for range languages {
		for _, request := range d.take(0, math.MaxInt) {
			e := exchange{request: request}
			if err := d.target.conns[0].Invoke(ctx, aulav1.QuizService_SubmitAnswer_FullMethodName, request, &e.reply); err != nil {
				return nil, err
			}
			calls = append(calls, e)
		}
	}
	return calls, nil
}
