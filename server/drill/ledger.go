//go:build linux

package main

import (
	"sync"
	"time"

	"google.golang.org/grpc/codes"

	aulav1 "aula/proto/aula/v1"
)

// ledger is what the clients know: what they sent, and what was acknowledged.
type ledger struct {
	mu       sync.Mutex
	answers  map[string]*entry // by request id
	attempts map[string]*attempt
	acks     []ack           // in the order in which they came
	failures map[failure]int // calls that were made again
	refusals map[string]int  // calls that were not
}

// entry is an answer. Once it is acknowledged it does not change.
type entry struct {
	attempt, question, request string
	acknowledged               bool
	points                     int32
}

type attempt struct {
	finished bool
	answers  []*entry
}

// ack is an acknowledged answer: when it was sent first, when the call was sent that was
// acknowledged, and when the acknowledgement came.
type ack struct{ first, sent, came time.Time }

type failure struct {
	method string
	code   codes.Code
}

func newLedger() *ledger {
	return &ledger{
		answers: map[string]*entry{}, attempts: map[string]*attempt{},
		failures: map[failure]int{}, refusals: map[string]int{},
	}
}

func (l *ledger) started(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.attempts[id] = &attempt{}
}

func (l *ledger) finished(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.attempts[id].finished = true
}

// submit notes an answer before it is sent.
func (l *ledger) submit(r *aulav1.SubmitAnswerRequest) *entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := &entry{attempt: r.GetAttempt(), question: r.GetQuestion(), request: r.GetRequestId()}
	l.answers[e.request] = e
	l.attempts[e.attempt].answers = append(l.attempts[e.attempt].answers, e)
	return e
}

func (l *ledger) acknowledge(e *entry, points int32, first, sent time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e.acknowledged, e.points = true, points
	l.acks = append(l.acks, ack{first, sent, time.Now()})
}

func (l *ledger) failed(method string, code codes.Code) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.failures[failure{method, code}]++
}

func (l *ledger) refuse(why string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refusals[why]++
}

// snapshot copies what is known now, so that a look at the database that begins later must
// find all of what it says is acknowledged.
func (l *ledger) snapshot() (answers map[string]entry, attempts map[string]bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	answers, attempts = make(map[string]entry, len(l.answers)), make(map[string]bool, len(l.attempts))
	for request, e := range l.answers {
		answers[request] = *e
	}
	for id, a := range l.attempts {
		attempts[id] = a.finished
	}
	return answers, attempts
}

// since returns what was acknowledged from a moment on.
func (l *ledger) since(moment time.Time) (acks []ack) {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := len(l.acks)
	for i > 0 && l.acks[i-1].came.After(moment) {
		i--
	}
	return append(acks, l.acks[i:]...)
}

// early counts the answers that were acknowledged between two moments to calls made between
// them. None is the repeat of one that was acknowledged before, as clients repeat only what
// was not.
func (l *ledger) early(from, to time.Time) (n int) {
	for _, a := range l.since(from) {
		if a.sent.After(from) && a.came.Before(to) {
			n++
		}
	}
	return n
}
