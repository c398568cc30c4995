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

// readCard reads a card, or one without a review, by a query for its state and what of it is in
// a turn, and for what else is to be read.
func (s *Store) readCard(ctx context.Context, query string, of cardID, args []any, also ...any) (card, error) {
	c := card{State: &aulav1.CardState{Set: of.set, Question: of.question}}
	var state []byte
	var at, seq sql.NullInt64
	var device, id sql.NullString
	err := s.row(ctx, query, args, append([]any{&state, &at, &device, &seq, &id}, also...)...)
	if err != nil || state == nil {
		return c, err
	}
	c.last = turn{at.Int64, device.String, seq.Int64, id.String}
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

// cardColumns repeat what of a card's state is looked for.
type cardColumns struct {
	phase, dueAt, interval, firstDay, lastDay, lapses, buriedDay, version int64
	suspended                                                             bool
}

func columnsOfCard(state *aulav1.CardState) cardColumns {
	return cardColumns{
		phase: int64(state.GetPhase()), dueAt: state.GetDueAt().AsTime().UnixMilli(), interval: int64(state.GetInterval()),
		firstDay: int64(state.GetFirstDay()), lastDay: int64(state.GetLastDay()), lapses: int64(state.GetLapses()),
		buriedDay: int64(state.GetBuriedDay()), version: int64(state.GetSchedulingVersion()), suspended: state.GetSuspended(),
	}
}

// putCard keeps the state of a card.
func (s *Store) putCard(ctx context.Context, learner string, c card, seq int64) error {
	state, err := deterministic.Marshal(c.State)
	if err != nil {
		return err
	}
	of := columnsOfCard(c.State)
	_, err = s.exec(ctx, `INSERT INTO cards (learner_id, set_id, question_id, state, phase, due_at, "interval", first_day, last_day, lapses,
			suspended, buried_day, version, seq, head_at, head_device, head_seq, head_id)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
		ON CONFLICT (learner_id, set_id, question_id) DO UPDATE SET
			state = excluded.state, phase = excluded.phase, due_at = excluded.due_at,
			"interval" = excluded."interval", first_day = excluded.first_day, last_day = excluded.last_day, lapses = excluded.lapses,
			suspended = excluded.suspended, buried_day = excluded.buried_day, version = excluded.version, seq = excluded.seq,
			head_at = excluded.head_at, head_device = excluded.head_device, head_seq = excluded.head_seq, head_id = excluded.head_id`,
		learner, c.State.GetSet(), c.State.GetQuestion(), state, of.phase, of.dueAt, of.interval, of.firstDay, of.lastDay, of.lapses,
		of.suspended, of.buriedDay, of.version, seq, c.last.at, c.last.device, c.last.seq, c.last.id)
	return err
}

// Card returns the state of a learner's card; one without a phase where they have not reviewed
// it.
func (s *Store) Card(ctx context.Context, learner, set, question string) (*aulav1.CardState, error) {
	defer s.operation(ctx, "Card")()
	var state []byte
	const query = `SELECT state FROM cards WHERE learner_id = $1 AND set_id = $2 AND question_id = $3`
	err := s.row(ctx, query, []any{learner, set, question}, &state)
	if errors.Is(err, ErrNotFound) {
		return &aulav1.CardState{Set: set, Question: question}, nil
	}
	if err != nil {
		return nil, err
	}
	return decodeCard(state)
}
