package store

import (
	"context"
	"database/sql"
	"slices"

	aulav1 "aula/proto/aula/v1"
)

// Changes is what is new to a device since a place in its learner's log.
type Changes struct {
	Events []*aulav1.ReviewEvent // that the device has not sent, in the order of their arrival
	States []*aulav1.CardState   // of the cards that have changed, in the order of their last change
	Seq    int64                 // the place up to which this is all
	More   bool                  // whether there is more after it
}

// Changes returns up to n events and states that come after a place in a learner's log.
// Errors: ErrNotFound, where there is no such learner, or their log has not come so far.
//
// Every change has a place of its own in the log, and places become visible in their order:
// what comes after Seq while this is read is there to be read next.
func (s *Store) Changes(ctx context.Context, learner, device string, after int64, n int) (c Changes, err error) {
	defer s.operation(ctx, "Changes")()
	if err := s.row(ctx, `SELECT seq FROM learners WHERE id = $1`, []any{learner}, &c.Seq); err != nil {
		return c, err
	}
	if after > c.Seq {
		return c, ErrNotFound
	}
	const events = `SELECT event, seq FROM reviews WHERE learner_id = $1 AND seq > $2 AND seq <= $3 AND device <> $4 ORDER BY seq LIMIT $5`
	const states = `SELECT state, seq FROM cards WHERE learner_id = $1 AND seq > $2 AND seq <= $3 ORDER BY seq LIMIT $4`
	var eventSeqs, stateSeqs []int64
	err = s.rows(ctx, events, []any{learner, after, c.Seq, device, n + 1}, func(rows *sql.Rows) error {
		e, seq, err := scanEvent(rows)
		c.Events, eventSeqs = append(c.Events, e), append(eventSeqs, seq)
		return err
	})
	if err != nil {
		return c, err
	}
	err = s.rows(ctx, states, []any{learner, after, c.Seq, n + 1}, func(rows *sql.Rows) error {
		var encoded sql.RawBytes
		var seq int64
		if err := rows.Scan(&encoded, &seq); err != nil {
			return err
		}
		state, err := decodeCard(encoded)
		c.States, stateSeqs = append(c.States, state), append(stateSeqs, seq)
		return err
	})
	if err != nil {
		return c, err
	}
	if all := slices.Sorted(slices.Values(slices.Concat(eventSeqs, stateSeqs))); len(all) > n {
		c.Seq, c.More = all[n-1], true
		c.Events, c.States = c.Events[:upTo(eventSeqs, c.Seq)], c.States[:upTo(stateSeqs, c.Seq)]
	}
	return c, nil
}

// upTo counts the numbers, in ascending order, that are no greater than one.
func upTo(numbers []int64, last int64) int {
	n, found := slices.BinarySearch(numbers, last)
	if found {
		n++
	}
	return n
}
