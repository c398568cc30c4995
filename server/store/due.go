package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"

	aulav1 "aula/proto/aula/v1"
)

// What is read here is read for a learner who waits with a phone in their hand, and who may
// have tens of thousands of cards: each query takes from an index, in its order, no more than
// it returns.

const (
	// From each set it leaps to the next, over its cards.
	selectStudiedSets = `WITH RECURSIVE studied (id) AS (
			SELECT MIN(set_id) FROM cards WHERE learner_id = $1
			UNION ALL
			SELECT (SELECT MIN(set_id) FROM cards WHERE learner_id = $1 AND set_id > studied.id) FROM studied WHERE id IS NOT NULL
		) SELECT id FROM studied WHERE id IS NOT NULL`
	selectDue = `SELECT question_id, due_at FROM cards
		WHERE learner_id = $1 AND set_id = $2 AND suspended = FALSE AND phase = $3 AND due_at < $4 AND (due_at, question_id) > ($5, $6)
		ORDER BY due_at, question_id LIMIT $7`
	selectStudied = `SELECT set_id, question_id, first_day FROM cards WHERE learner_id = $1 AND last_day >= $2
		ORDER BY last_day, first_day, set_id, question_id LIMIT $3`
	selectBuried = `SELECT set_id, question_id FROM cards WHERE learner_id = $1 AND buried_day >= $2 AND buried_day > 0
		ORDER BY buried_day, set_id, question_id LIMIT $3`
	selectStates = `SELECT state FROM cards WHERE learner_id = $1 AND set_id = $2 AND question_id > $3
		ORDER BY question_id LIMIT $4`
	selectKnown   = `SELECT question_id FROM cards WHERE learner_id = $1 AND set_id = $2`
	selectChanged = `SELECT state, seq FROM cards WHERE learner_id = $1 AND seq > $2 AND seq <= $3 ORDER BY seq LIMIT $4`
)

// Due is when a card comes.
type Due struct {
	Question string
	At       time.Time
}

// StudiedSets lists the sets that a learner has a card of, by id.
func (s *Store) StudiedSets(ctx context.Context, learner string) (sets []string, err error) {
	defer s.operation(ctx, "StudiedSets")()
	err = s.rows(ctx, selectStudiedSets, []any{learner}, func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		sets = append(sets, id)
		return err
	})
	return sets, err
}

// DueCards lists up to n cards of a set that are in a phase and come in that time, the earliest
// first, from the first after the one given. Suspended ones are left out. Those that are new
// again come at the beginning of time.
func (s *Store) DueCards(
	ctx context.Context, learner, set string, phase aulav1.CardState_Phase, after Due, before time.Time, n int,
) (list []Due, err error) {
	defer s.operation(ctx, "DueCards")()
	err = s.rows(ctx, selectDue,
		[]any{learner, set, int64(phase), millis(before), millis(after.At), after.Question, n}, func(rows *sql.Rows) error {
			var due Due
			var at int64
			err := rows.Scan(&due.Question, &at)
			due.At = fromMillis(at)
			list = append(list, due)
			return err
		})
	return list, err
}

// Studied is a card that was studied on a day, or later.
type Studied struct {
	Set, Question string
	Begun         bool // for the first time
}

// StudiedSince lists up to n cards that a learner has studied from a study day on.
func (s *Store) StudiedSince(ctx context.Context, learner string, day int32, n int) (list []Studied, err error) {
	defer s.operation(ctx, "StudiedSince")()
	err = s.rows(ctx, selectStudied, []any{learner, int64(day), n}, func(rows *sql.Rows) error {
		var card Studied
		var first int64
		err := rows.Scan(&card.Set, &card.Question, &first)
		card.Begun = first >= int64(day)
		list = append(list, card)
		return err
	})
	return list, err
}

// BuriedOn lists up to n cards that a learner does not want to see on a study day, or on a later
// one, which has begun where they are now: by set, and by question.
func (s *Store) BuriedOn(ctx context.Context, learner string, day int32, n int) (map[string]map[string]bool, error) {
	defer s.operation(ctx, "BuriedOn")()
	buried := map[string]map[string]bool{}
	err := s.rows(ctx, selectBuried, []any{learner, int64(day), n}, func(rows *sql.Rows) error {
		var of cardID
		err := rows.Scan(&of.set, &of.question)
		if buried[of.set] == nil {
			buried[of.set] = map[string]bool{}
		}
		buried[of.set][of.question] = true
		return err
	})
	return buried, err
}

// AtOnce is how many questions a query about those named asks for.
const AtOnce = 64

// namedCards ends a query about cards of a set by their questions.
var namedCards = func() string {
	var list strings.Builder
	for i := range AtOnce {
		fmt.Fprintf(&list, ", $%d", i+3)
	}
	return ` FROM cards WHERE learner_id = $1 AND set_id = $2 AND question_id IN (` + list.String()[2:] + `)`
}()

// named runs a query about cards of a set by their questions, up to AtOnce in one go.
func (s *Store) named(ctx context.Context, columns, learner, set string, questions []string, scan func(*sql.Rows) error) error {
	for len(questions) > 0 {
		n := min(len(questions), AtOnce)
		args := make([]any, 0, AtOnce+2)
		args = append(args, learner, set)
		for i := range AtOnce {
			args = append(args, questions[min(i, n-1)]) // the last again, to fill up
		}
		if err := s.rows(ctx, `SELECT `+columns+namedCards, args, scan); err != nil {
			return err
		}
		questions = questions[n:]
	}
	return nil
}

// Known tells which of the questions of a set a learner has a card of, whatever became of it. A
// card that there is, is there for ever.
func (s *Store) Known(ctx context.Context, learner, set string, questions []string) (map[string]bool, error) {
	defer s.operation(ctx, "Known")()
	known := make(map[string]bool, len(questions))
	return known, s.named(ctx, `question_id`, learner, set, questions, knownTo(known))
}

// AllKnown is Known of all questions of a set.
func (s *Store) AllKnown(ctx context.Context, learner, set string) (map[string]bool, error) {
	defer s.operation(ctx, "AllKnown")()
	known := map[string]bool{}
	return known, s.rows(ctx, selectKnown, []any{learner, set}, knownTo(known))
}

func knownTo(known map[string]bool) func(*sql.Rows) error {
	return func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		known[id] = true
		return err
	}
}

// Cards returns the states of a learner's cards of a set by their questions, as far as there
// are any.
func (s *Store) Cards(ctx context.Context, learner, set string, questions []string) (map[string]*aulav1.CardState, error) {
	defer s.operation(ctx, "Cards")()
	states := make(map[string]*aulav1.CardState, len(questions))
	err := s.named(ctx, `question_id, state`, learner, set, questions, func(rows *sql.Rows) error {
		var id string
		var encoded sql.RawBytes
		if err := rows.Scan(&id, &encoded); err != nil {
			return err
		}
		state, err := decodeCard(encoded)
		states[id] = state
		return err
	})
	return states, err
}

// LogLength returns how far a learner's log has come: the seq of its last entry. Whatever is
// read after it knows of all entries up to there. Errors: ErrNotFound.
func (s *Store) LogLength(ctx context.Context, learner string) (seq int64, err error) {
	defer s.operation(ctx, "LogLength")()
	err = s.row(ctx, `SELECT seq FROM learners WHERE id = $1`, []any{learner}, &seq)
	return seq, err
}

// CardsAfter lists up to n cards of a set by their questions, from the first after the one named.
func (s *Store) CardsAfter(ctx context.Context, learner, set, question string, n int) (states []*aulav1.CardState, err error) {
	defer s.operation(ctx, "CardsAfter")()
	err = s.rows(ctx, selectStates, []any{learner, set, question, n}, func(rows *sql.Rows) error {
		var encoded sql.RawBytes
		if err := rows.Scan(&encoded); err != nil {
			return err
		}
		state, err := decodeCard(encoded)
		states = append(states, state)
		return err
	})
	return states, err
}

// CardsChanged lists up to n cards whose last change is an entry of the learner's log after one
// and no later than another, in that order. It returns which entry that is of the last of them.
func (s *Store) CardsChanged(
	ctx context.Context, learner string, after, upTo int64, n int,
) (states []*aulav1.CardState, last int64, err error) {
	defer s.operation(ctx, "CardsChanged")()
	err = s.rows(ctx, selectChanged, []any{learner, after, upTo, n}, func(rows *sql.Rows) error {
		var encoded sql.RawBytes
		if err := rows.Scan(&encoded, &last); err != nil {
			return err
		}
		state, err := decodeCard(encoded)
		states = append(states, state)
		return err
	})
	return states, last, err
}

// LastReviews returns up to n events of a learner's log, the last one first.
func (s *Store) LastReviews(ctx context.Context, learner string, n int) (events []*aulav1.ReviewEvent, err error) {
	defer s.operation(ctx, "LastReviews")()
	const query = `SELECT event FROM reviews WHERE learner_id = $1 ORDER BY seq DESC LIMIT $2`
	err = s.rows(ctx, query, []any{learner, n}, func(rows *sql.Rows) error {
		var encoded sql.RawBytes
		if err := rows.Scan(&encoded); err != nil {
			return err
		}
		e := &aulav1.ReviewEvent{}
		events = append(events, e)
		return proto.Unmarshal(encoded, e)
	})
	return events, err
}
