package main

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	aulav1 "aula/proto/aula/v1"
)

// growth compares what calls cost with few and with many answers stored. The calls are
// those of learners who have just begun; what others have answered is only there.
func (b *bench) growth() error {
	sizes := []int{10_000, 1_000_000}
	switch {
	case b.Quick:
		sizes = []int{1_000, 10_000}
	case b.Big:
		sizes = append(sizes, 10_000_000)
	}
	b.report.note("The answers stored are those at the beginning; measuring SubmitAnswer adds to all of them alike.")
	var grown []*grown
	for _, size := range sizes {
		g, err := b.grow(size)
		if err != nil {
			return err
		}
		defer g.target.close()
		grown = append(grown, g)
	}
	for i, method := range []string{"StartAttempt", "GetPrompt", "SubmitAnswer", "GetLeaderboard"} {
		var contenders []*contender
		for _, g := range grown {
			contenders = append(contenders, g.methods[i])
		}
		taken, err := b.compare("growth, "+method, b.clients(16), contenders...)
		if err != nil {
			return err
		}
		b.report.absolute("growth, "+method, taken)
		few := contenders[0].name
		for _, c := range contenders[1:] {
			b.report.row(fmt.Sprintf("%s: server CPU with %s stored against %s", method, c.name, few),
				ratio(taken[c.name], taken[few], sample.cpuEach), atMost("×", 1.3, 1.1))
		}
	}
	return nil
}

// grown is a server with many answers stored and the calls made to it: StartAttempt,
// GetPrompt, SubmitAnswer and GetLeaderboard.
type grown struct {
	target  *target
	methods []*contender
}

func (b *bench) grow(size int) (*grown, error) {
	file := fmt.Sprintf("answers-%d", size)
	t, err := b.seeded(file, size/perAttempt, perAttempt)
	if err != nil {
		return nil, err
	}
	prompts, err := t.prompts(b, b.clients(16))
	if err != nil {
		return nil, err
	}
	counter, err := b.newCounter(t)
	if err != nil {
		return nil, err
	}
	boards, err := t.boards(b, file)
	if err != nil {
		return nil, err
	}
	g := &grown{target: t, methods: []*contender{
		t.starts(), t.getPrompt(prompts), counter.submit(b.ctx), t.getLeaderboard(boards),
	}}
	for _, c := range g.methods {
		c.name = figure(float64(size)) + " answers"
	}
	return g, nil
}

// starts is the contender that starts attempts, each under an id of its own.
func (t *target) starts() *contender {
	var requests pool
	return &contender{
		process: t.process,
		prepare: func(calls int) error {
			return requests.fill(calls, func(i int) ([]byte, error) {
				return proto.Marshal(&aulav1.StartAttemptRequest{
					Set: set, Language: languages[i%len(languages)], Nickname: "Ana",
					QuestionCount: perAttempt, RequestId: uuid.NewString(),
				})
			})
		},
		clients: func(n int) ([]func(context.Context) error, error) {
			return t.calls(n, aulav1.QuizService_StartAttempt_FullMethodName, func(int) func() []byte { return requests.take })
		},
	}
}
