package main

import (
	"fmt"

	aulav1 "aula/proto/aula/v1"
)

// prompt compares serving a prompt with the echo.
func (b *bench) prompt() error {
	t, err := b.startAula("prompt")
	if err != nil {
		return err
	}
	defer t.close()
	n := b.clients(64)
	prompts, err := t.prompts(b, n)
	if err != nil {
		return err
	}
	taken, err := b.compare("prompt", n, b.echoOf(prompts), t.getPrompt(prompts))
	if err != nil {
		return err
	}
	b.report.absolute("prompt", taken)
	aula, echo := taken["GetPrompt"], taken["echo"]
	b.report.row(fmt.Sprintf("GetPrompt, %d clients: throughput against the echo", n),
		ratio(aula, echo, sample.perSecond), atLeast(0.90, 1.0))
	b.report.row(fmt.Sprintf("GetPrompt, %d clients: server CPU against the echo", n),
		ratio(aula, echo, sample.cpuEach), atMost("×", 1.10, 1.0))
	return nil
}

// prompts records the calls for every prompt of n attempts, each of which has an order of
// its own; half of them are in each language.
func (t *target) prompts(b *bench, n int) (calls []exchange, err error) {
	for i := range n {
		language := languages[i%len(languages)]
		a, err := t.startAttempt(b.ctx, language)
		if err != nil {
			return nil, err
		}
		for _, p := range a.GetPrompts() {
			e, err := t.record(b.ctx, aulav1.QuizService_GetPrompt_FullMethodName,
				&aulav1.GetPromptRequest{Attempt: a.GetId(), Question: p.GetQuestion(), Language: language})
			if err != nil {
				return nil, err
			}
			calls = append(calls, e)
		}
	}
	b.random.Shuffle(len(calls), func(i, j int) { calls[i], calls[j] = calls[j], calls[i] })
	return calls, nil
}

func (t *target) getPrompt(calls []exchange) *contender {
	return t.repeat("GetPrompt", aulav1.QuizService_GetPrompt_FullMethodName, requests(calls))
}

// submit compares durable answers with the echo.
func (b *bench) submit() error {
	t, err := b.startAula("submit")
	if err != nil {
		return err
	}
	defer t.close()
	counter, err := b.newCounter(t)
	if err != nil {
		return err
	}
	calls, err := counter.sample(b.ctx)
	if err != nil {
		return err
	}
	n := b.clients(256)
	taken, err := b.compare("submit", n, b.echoOf(calls), counter.submit(b.ctx))
	if err != nil {
		return err
	}
	b.report.absolute("submit", taken)
	aula, echo := taken["SubmitAnswer"], taken["echo"]
	b.report.row(fmt.Sprintf("SubmitAnswer, %d clients, on disk: throughput against the echo", n),
		ratio(aula, echo, sample.perSecond), atLeast(0.60, 0.75))
	b.report.row(fmt.Sprintf("SubmitAnswer, %d clients, on disk: server CPU against the echo", n),
		ratio(aula, echo, sample.cpuEach), untargeted("×"))
	return nil
}
