package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"google.golang.org/grpc"

	aulav1 "aula/proto/aula/v1"
)

// ledger is what was acknowledged.
type ledger struct {
	books    sync.Mutex
	plays    []*played
	students []*student
}

// played is an attempt. Only one user writes in it.
type played struct {
	id, token string
	exam      bool
	questions []string
	points    int32
	ended     bool
}

// student is a learner. Only one user writes in it.
type student struct {
	token  string
	events []*aulav1.ReviewEvent
}

func (l *ledger) started(a *aulav1.Attempt, token string) *played {
	p := &played{id: a.GetId(), token: token, exam: a.GetMode() == aulav1.Attempt_EXAM}
	l.books.Lock()
	defer l.books.Unlock()
	l.plays = append(l.plays, p)
	return p
}

func (p *played) answered(question string, points int32) {
	p.questions = append(p.questions, question)
	p.points += points
}

func (p *played) finished() { p.ended = true }

func (l *ledger) enrolled(token string) *student {
	s := &student{token: token}
	l.books.Lock()
	defer l.books.Unlock()
	l.students = append(l.students, s)
	return s
}

func (s *student) keep(events ...*aulav1.ReviewEvent) { s.events = append(s.events, events...) }

// atOnce is how many look things up at a time.
const atOnce = 8

// check looks up everything. The error says what is lost.
func (l *ledger) check(ctx context.Context, conns []*grpc.ClientConn) error {
	var lost []error
	var mu sync.Mutex
	var group sync.WaitGroup
	turns := make(chan func(*grpc.ClientConn) error)
	for i := range atOnce {
		group.Go(func() {
			for look := range turns {
				if err := look(conns[i%len(conns)]); err != nil {
					mu.Lock()
					lost = append(lost, err)
					mu.Unlock()
				}
			}
		})
	}
	for _, p := range l.plays {
		turns <- func(conn *grpc.ClientConn) error { return p.check(ctx, conn) }
	}
	for _, s := range l.students {
		turns <- func(conn *grpc.ClientConn) error { return s.check(ctx, conn) }
	}
	close(turns)
	group.Wait()
	if n := len(lost); n > 0 {
		const most = 10
		return fmt.Errorf("%d attempts or events are not as they were acknowledged\n%w", n, errors.Join(lost[:min(n, most)]...))
	}
	return nil
}

// check looks whether the attempt has every answer that was acknowledged, and no other.
func (p *played) check(ctx context.Context, conn *grpc.ClientConn) error {
	a, err := aulav1.NewQuizServiceClient(conn).GetAttempt(as(ctx, p.token), &aulav1.GetAttemptRequest{Attempt: p.id})
	if err != nil {
		return fmt.Errorf("attempt %s: %w", p.id, err)
	}
	var there []string
	for _, answered := range a.GetAnswers() {
		if answered.GetAnswer() != nil {
			there = append(there, answered.GetQuestion())
		}
	}
	slices.Sort(there)
	slices.Sort(p.questions)
	ended := a.GetState() == aulav1.Attempt_FINISHED
	if !slices.Equal(there, p.questions) || ended != p.ended || !p.exam && a.GetScore().GetPoints() != p.points {
		return fmt.Errorf("attempt %s: answered %v for %d points, finished: %v; there are %v for %d, %v",
			p.id, p.questions, p.points, p.ended, there, a.GetScore().GetPoints(), ended)
	}
	return nil
}

// check sends every event again: it has to be known.
func (s *student) check(ctx context.Context, conn *grpc.ClientConn) error {
	const most = 500
	for events := range slices.Chunk(s.events, most) {
		req := &aulav1.SyncReviewsRequest{Events: events, PageSize: 1}
		resp, err := aulav1.NewStudyServiceClient(conn).SyncReviews(as(ctx, s.token), req)
		if err != nil {
			return err
		}
		for _, result := range resp.GetResults() {
			if result.GetStatus() != aulav1.SyncResult_ALREADY_KNOWN {
				return fmt.Errorf("event %s was acknowledged and is %v", result.GetId(), result)
			}
		}
	}
	return nil
}

// totals counts what was acknowledged.
func (l *ledger) totals() (attempts, answers, learners, events int) {
	for _, p := range l.plays {
		answers += len(p.questions)
	}
	for _, s := range l.students {
		events += len(s.events)
	}
	return len(l.plays), answers, len(l.students), events
}
