//go:build linux

package main

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	aulav1 "aula/proto/aula/v1"
)

// row is an answer in the database.
type row struct {
	attempt, question, request string
	try                        int
	points                     int32
}

// missing looks in the leader's database itself, and returns what is wrong there: whatever
// was acknowledged before the look must be there once, and nothing that nobody sent.
func (d *drill) missing(ctx context.Context) (wrong []string, err error) {
	answers, attempts := d.ledger.snapshot()
	leader, err := d.cluster.leader(ctx)
	if err != nil {
		return nil, err
	}
	rows, finished, err := d.cluster.stored(ctx, leader)
	if err != nil {
		return nil, err
	}
	for id, done := range attempts {
		stored, found := finished[id]
		switch {
		case !found:
			wrong = append(wrong, "attempt "+id+" is lost")
		case done && !stored:
			wrong = append(wrong, "the finish of attempt "+id+" is lost")
		}
	}
	return append(wrong, compare(answers, rows)...), nil
}

// compare returns what is wrong with the rows. An answer that was sent meanwhile is in
// neither, or in the rows alone: of what is unknown only rows of known attempts count, and
// those are looked at again in the end.
func compare(answers map[string]entry, rows []row) (wrong []string) {
	times := map[string]int{}
	for _, r := range rows {
		times[r.request]++
		e, known := answers[r.request]
		switch {
		case !known:
		case e.attempt != r.attempt || e.question != r.question:
			wrong = append(wrong, fmt.Sprintf("answer %s is stored for %s in attempt %s", e, r.question, r.attempt))
		case r.try != 1:
			wrong = append(wrong, fmt.Sprintf("answer %s counts as try %d", e, r.try))
		case e.acknowledged && e.points != r.points:
			wrong = append(wrong, fmt.Sprintf("answer %s earned %d points and is stored with %d", e, e.points, r.points))
		}
	}
	for request, e := range answers {
		switch n := times[request]; {
		case e.acknowledged && n == 0:
			wrong = append(wrong, fmt.Sprintf("answer %s was acknowledged and is lost", e))
		case n > 1:
			wrong = append(wrong, fmt.Sprintf("answer %s is stored %d times", e, n))
		}
	}
	slices.Sort(wrong)
	return wrong
}

func (e entry) String() string {
	return fmt.Sprintf("%s to %s in attempt %s", e.request, e.question, e.attempt)
}

// stored reads all answers, and all attempts with whether they are finished.
func (c *cluster) stored(ctx context.Context, leader *node) (answers []row, finished map[string]bool, err error) {
	db, err := c.open(leader, "aula")
	if err != nil {
		return nil, nil, err
	}
	defer db.Close()
	rows, err := db.QueryContext(ctx, `SELECT attempt_id, question_id, request_id, try, points FROM answers`)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var r row
		if err := rows.Scan(&r.attempt, &r.question, &r.request, &r.try, &r.points); err != nil {
			return nil, nil, err
		}
		answers = append(answers, r)
	}
	if err := rows.Err(); err != nil {
		return nil, nil, err
	}
	started, err := db.QueryContext(ctx, `SELECT id, finished_at IS NOT NULL FROM attempts`)
	if err != nil {
		return nil, nil, err
	}
	defer started.Close()
	finished = map[string]bool{}
	for started.Next() {
		var id string
		var done bool
		if err := started.Scan(&id, &done); err != nil {
			return nil, nil, err
		}
		finished[id] = done
	}
	return answers, finished, started.Err()
}

// settle looks at everything once the clients have ended, and returns what is wrong: in the
// database itself, through both servers, and as aula verify sees it.
func (d *drill) settle(ctx context.Context, binary string) (wrong []string, err error) {
	leader, err := d.cluster.whole(ctx)
	if err != nil {
		return nil, err
	}
	if wrong, err = d.missing(ctx); err != nil {
		return nil, err
	}
	rows, _, err := d.cluster.stored(ctx, leader)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		if d.ledger.answers[r.request] == nil {
			wrong = append(wrong, fmt.Sprintf("answer %s was sent by nobody", r.request))
		}
	}
	d.progress("%d answers stored; reading all attempts through both servers", len(rows))
	for _, s := range d.servers {
		told, err := s.tells(ctx, d.ledger)
		if err != nil {
			return nil, err
		}
		wrong = append(wrong, told...)
	}
	found, err := d.verify(ctx, binary)
	if err != nil {
		return nil, err
	}
	wrong = append(wrong, found...)
	for _, s := range d.servers {
		if err := s.stop(); err != nil {
			wrong = append(wrong, err.Error())
		}
	}
	return wrong, nil
}

// tells reads every attempt through the server, and returns what is wrong with what it
// says.
func (s *server) tells(ctx context.Context, l *ledger) (wrong []string, err error) {
	var mu sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(16)
	for id, a := range l.attempts {
		group.Go(func() error {
			told, err := aulav1.NewQuizServiceClient(s.conns[0]).GetAttempt(ctx, &aulav1.GetAttemptRequest{Attempt: id})
			if err != nil {
				err = fmt.Errorf("%s: attempt %s: %w", s.name, id, err)
			}
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				wrong = append(wrong, err.Error())
				return ctx.Err()
			}
			wrong = append(wrong, s.differs(a, told)...)
			return nil
		})
	}
	return wrong, group.Wait()
}

// differs returns in what the attempt as it is told differs from what was acknowledged.
func (s *server) differs(a *attempt, told *aulav1.Attempt) (wrong []string) {
	if a.finished && told.GetState() != aulav1.Attempt_FINISHED {
		wrong = append(wrong, fmt.Sprintf("%s: attempt %s is not finished", s.name, told.GetId()))
	}
	answered := map[string]*aulav1.AnsweredQuestion{}
	for _, question := range told.GetAnswers() {
		answered[question.GetQuestion()] = question
	}
	var points int32
	for _, e := range a.answers {
		question := answered[e.question]
		points += question.GetOutcome().GetPoints()
		if e.acknowledged && (question.GetAnswer() == nil || question.GetOutcome().GetPoints() != e.points) {
			wrong = append(wrong, fmt.Sprintf("%s: answer %s: told %v, acknowledged with %d points", s.name, e, question, e.points))
		}
	}
	if points != told.GetScore().GetPoints() {
		wrong = append(wrong, fmt.Sprintf("%s: attempt %s has %d points for answers that earn %d",
			s.name, told.GetId(), told.GetScore().GetPoints(), points))
	}
	return wrong
}
