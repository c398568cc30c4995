package store

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strings"

	aulav1 "aula/proto/aula/v1"
)

// fold works out a card's state: by its new events where all come after those it is made of,
// else by its whole log.
func (l *logging) fold(ctx context.Context, p *pending) (err error) {
	slices.SortFunc(p.events, func(a, b Review) int { return turnOf(a).compare(turnOf(b)) })
	stale := p.State.GetReviews() > 0 && p.State.GetSchedulingVersion() != l.scheduler.Version()
	if p.refold || stale || turnOf(p.events[0]).compare(p.last) <= 0 {
		return l.refold(ctx, &p.card)
	}
	for _, e := range p.events {
		if p.State, err = l.scheduler.After(p.State, e.ReviewEvent); err != nil {
			return err
		}
		p.last = turnOf(e)
	}
	return nil
}

// refold works out a card's state by its whole log: its events, and the undos of any.
func (l *logging) refold(ctx context.Context, c *card) (err error) {
	var events []*aulav1.ReviewEvent
	c.last = turn{}
	of := []any{l.learner, c.State.GetSet(), c.State.GetQuestion()}
	const log = `SELECT event, counts_at FROM reviews WHERE learner_id = $1 AND set_id = $2 AND question_id = $3`
	err = l.rows(ctx, log, of, func(rows *sql.Rows) error {
		e, at, err := scanEvent(rows)
		events = append(events, e)
		if at := (turn{at, e.GetDevice(), e.GetDeviceSeq(), e.GetId()}); at.compare(c.last) > 0 {
			c.last = at
		}
		return err
	})
	if err != nil {
		return err
	}
	const undos = `SELECT u.event, u.counts_at FROM reviews r JOIN reviews u ON u.learner_id = r.learner_id AND u.undoes = r.id
		WHERE r.learner_id = $1 AND r.set_id = $2 AND r.question_id = $3`
	err = l.rows(ctx, undos, of, func(rows *sql.Rows) error {
		e, _, err := scanEvent(rows)
		events = append(events, e)
		return err
	})
	if err != nil {
		return err
	}
	c.State, err = l.scheduler.Fold(c.State.GetSet(), c.State.GetQuestion(), events)
	return err
}

// scanEvent reads an event, and the number beside it.
func scanEvent(rows *sql.Rows) (e *aulav1.ReviewEvent, number int64, err error) {
	var encoded sql.RawBytes
	if err := rows.Scan(&encoded, &number); err != nil {
		return nil, 0, err
	}
	e, err = decodeEvent(encoded)
	return e, number, err
}

// turn is where an event stands among those of its card.
type turn struct {
	at     int64 // when it counts, unix milliseconds
	device string
	seq    int64
	id     string
}

func turnOf(r Review) turn {
	return turn{millis(r.CountsAt), r.GetDevice(), r.GetDeviceSeq(), r.GetId()}
}

func (t turn) compare(o turn) int {
	return cmp.Or(
		cmp.Compare(t.at, o.at), strings.Compare(t.device, o.device), cmp.Compare(t.seq, o.seq), strings.Compare(t.id, o.id),
	)
}

// refoldAtOnce is how many cards are refolded in one transaction: answers wait meanwhile.
const refoldAtOnce = 100

// Refold works out again the states of a learner's cards that were worked out with another
// version of how they are scheduled. Errors: ErrNotFound (the learner), ErrRescheduled, where
// they are scheduled otherwise again by now.
func (s *Store) Refold(ctx context.Context, learner string, scheduler Scheduler) error {
	defer s.operation(ctx, "Refold")()
	for after := (cardID{}); ; {
		var stale []cardID
		err := s.Tx(ctx, func(s *Store) (err error) {
			if stale, err = s.staleCards(ctx, learner, scheduler.Version(), after); err != nil || len(stale) == 0 {
				return err
			}
			return s.refoldCards(ctx, learner, scheduler, stale)
		})
		if err != nil || len(stale) < refoldAtOnce {
			return err
		}
		after = stale[len(stale)-1]
	}
}

// staleCards lists some of the cards after one whose state is of another version.
func (s *Store) staleCards(ctx context.Context, learner string, version int32, after cardID) (stale []cardID, err error) {
	const query = `SELECT set_id, question_id FROM cards WHERE learner_id = $1 AND version <> $2 AND (set_id, question_id) > ($3, $4)
		ORDER BY set_id, question_id LIMIT $5`
	args := []any{learner, int64(version), after.set, after.question, refoldAtOnce}
	err = s.rows(ctx, query, args, func(rows *sql.Rows) error {
		var of cardID
		err := rows.Scan(&of.set, &of.question)
		stale = append(stale, of)
		return err
	})
	return stale, err
}

func (s *Store) refoldCards(ctx context.Context, learner string, scheduler Scheduler, all []cardID) error {
	l, err := s.openLog(ctx, learner, scheduler, len(all))
	if err != nil {
		return err
	}
	for _, of := range all {
		c := card{State: &aulav1.CardState{Set: of.set, Question: of.question}}
		if err := l.refold(ctx, &c); err != nil {
			return err
		}
		if err := s.putCard(ctx, learner, c, l.place()); err != nil {
			return err
		}
	}
	return nil
}
