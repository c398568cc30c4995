package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"google.golang.org/protobuf/proto"

	aulav1 "aula/proto/aula/v1"
)

// card is a card as it is kept: its state, and which of the events that went into it comes
// last.
type card struct {
	State *aulav1.CardState
	last  turn
}

// card finds a card, or one without a review.
func (s *Store) card(ctx context.Context, learner string, of cardID) (card, error) {
	c := card{State: &aulav1.CardState{Set: of.set, Question: of.question}}
	var state []byte
	err := s.row(ctx, `SELECT state, head_at, head_device, head_seq, head_id FROM cards WHERE learner_id = $1 AND set_id = $2 AND question_id = $3`,
		[]any{learner, of.set, of.question}, &state, &c.last.at, &c.last.device, &c.last.seq, &c.last.id)
	switch {
	case errors.Is(err, ErrNotFound):
		return c, nil
	case err != nil:
		return c, err
	}
	c.State, err = decodeCard(state)
	return c, err
}

func decodeCard(encoded []byte) (*aulav1.CardState, error) {
	state := &aulav1.CardState{}
	if err := proto.Unmarshal(encoded, state); err != nil {
		return nil, fmt.Errorf("decode the state of a card: %w", err)
	}
	return state, nil
}

// putCard keeps the state of a card.
func (s *Store) putCard(ctx context.Context, learner string, c card, seq int64) error {
	state, err := deterministic.Marshal(c.State)
	if err != nil {
		return err
	}
	_, err = s.exec(ctx, `INSERT INTO cards (learner_id, set_id, question_id, state, phase, due_at, "interval", first_day, last_day, lapses,
			suspended, buried_day, version, seq, head_at, head_device, head_seq, head_id)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
		ON CONFLICT (learner_id, set_id, question_id) DO UPDATE SET state = excluded.state, phase = excluded.phase, due_at = excluded.due_at,
			"interval" = excluded."interval", first_day = excluded.first_day, last_day = excluded.last_day, lapses = excluded.lapses,
			suspended = excluded.suspended, buried_day = excluded.buried_day, version = excluded.version, seq = excluded.seq,
			head_at = excluded.head_at, head_device = excluded.head_device, head_seq = excluded.head_seq, head_id = excluded.head_id`,
		learner, c.State.GetSet(), c.State.GetQuestion(), state, int64(c.State.GetPhase()), c.State.GetDueAt().AsTime().UnixMilli(),
		int64(c.State.GetInterval()), int64(c.State.GetFirstDay()), int64(c.State.GetLastDay()), int64(c.State.GetLapses()),
		c.State.GetSuspended(), int64(c.State.GetBuriedDay()), int64(c.State.GetSchedulingVersion()), seq,
		c.last.at, c.last.device, c.last.seq, c.last.id)
	return err
}

// Card returns the state of a learner's card; one without a phase where they have not reviewed
// it.
func (s *Store) Card(ctx context.Context, learner, set, question string) (*aulav1.CardState, error) {
	defer s.operation(ctx, "Card")()
	c, err := s.card(ctx, learner, cardID{set, question})
	return c.State, err
}

// refoldAtOnce is how many cards are refolded in one transaction: answers wait meanwhile.
const refoldAtOnce = 100

// Refold works out again the states of a learner's cards that were worked out with another
// version of how they are scheduled. Errors: ErrNotFound (the learner).
func (s *Store) Refold(ctx context.Context, learner string, scheduler Scheduler) error {
	defer s.operation(ctx, "Refold")()
	for more := true; more; {
		err := s.Tx(ctx, func(s *Store) error {
			l := &logging{Store: s, learner: learner, scheduler: scheduler}
			stale, err := s.staleCards(ctx, learner, scheduler.Version())
			more = len(stale) == refoldAtOnce
			if err != nil || len(stale) == 0 {
				return err
			}
			if l.seq, err = s.advance(ctx, learner, 1); err != nil {
				return err
			}
			for _, of := range stale {
				var c card
				if err := l.refold(ctx, of, &c); err != nil {
					return err
				}
				if err := s.putCard(ctx, learner, c, l.seq); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// staleCards lists some of the cards whose state is of another version.
func (s *Store) staleCards(ctx context.Context, learner string, version int32) (stale []cardID, err error) {
	const query = `SELECT set_id, question_id FROM cards WHERE learner_id = $1 AND version <> $2 LIMIT $3`
	err = s.rows(ctx, query, []any{learner, int64(version), refoldAtOnce}, func(rows *sql.Rows) error {
		var of cardID
		err := rows.Scan(&of.set, &of.question)
		stale = append(stale, of)
		return err
	})
	return stale, err
}
