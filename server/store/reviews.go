package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"

	aulav1 "aula/proto/aula/v1"
)

// Scheduler works out the states of a learner's cards. A *schedule.Scheduler is one.
type Scheduler interface {
	// Fold works out a state from all events of a card, with the undos of any of them.
	Fold(set, question string, events []*aulav1.ReviewEvent) (*aulav1.CardState, error)
	// After works out a state from the one before an event that comes after all it is made of.
	After(card *aulav1.CardState, e *aulav1.ReviewEvent) (*aulav1.CardState, error)
	// Version is the Scheduling.version that it works with.
	Version() int32
}

// Review is an event on its way into a learner's log.
type Review struct {
	*aulav1.ReviewEvent           // whole, as it is to be kept
	CountsAt            time.Time // what it is ordered by among others
}

// AddedReview says what became of a Review.
type AddedReview struct {
	Event *aulav1.ReviewEvent // as it is kept
	Known bool                // it was there before
	// State is that of its card, or of that of the event it takes back; nil where there is no
	// such event. Before is what it was before the call.
	State, Before *aulav1.CardState
	Err           error // nil or ErrRequestReused
}

// AddReviews appends events to a learner's log and works out the states of their cards, all in
// one commit. Their order does not matter, nor that of earlier calls. An event that is there
// already changes nothing; one that uses the id of another is refused, and leaves the others
// alone. Errors: ErrNotFound (the learner), ErrRescheduled; after an error nothing was kept.
func (s *Store) AddReviews(ctx context.Context, learner string, scheduler Scheduler, reviews ...Review) (added []AddedReview, err error) {
	defer s.operation(ctx, "AddReviews")()
	err = s.Tx(ctx, func(s *Store) error {
		added, err = s.addReviews(ctx, learner, scheduler, reviews)
		return err
	})
	if err != nil {
		return nil, err
	}
	return added, nil
}

// addReviews is AddReviews within a transaction.
func (s *Store) addReviews(ctx context.Context, learner string, scheduler Scheduler, reviews []Review) ([]AddedReview, error) {
	l, err := s.openLog(ctx, learner, scheduler, 2*len(reviews)) // for each event, and for the card it changes
	if err != nil {
		return nil, err
	}
	added := make([]AddedReview, len(reviews))
	of := make([]cardID, len(reviews))
	for i, review := range reviews {
		if added[i], of[i], err = l.add(ctx, review); err != nil {
			return nil, err
		}
	}
	if err := l.settle(ctx); err != nil {
		return nil, err
	}
	for i := range added {
		if card := l.cards[of[i]]; card != nil {
			added[i].State, added[i].Before = card.State, card.before
		}
	}
	return added, nil
}

// logging is the work of adding to a learner's log.
type logging struct {
	*Store
	learner   string
	scheduler Scheduler
	seq       int64 // the place last taken
	cards     map[cardID]*pending
	order     []*pending // those of cards, as they were met
	days      map[int32]studied
}

// openLog takes so many places in a learner's log. Nobody else adds to it before the
// transaction has ended, so whoever sees a place taken sees all before it. Errors:
// ErrNotFound, ErrRescheduled.
func (s *Store) openLog(ctx context.Context, learner string, scheduler Scheduler, places int) (*logging, error) {
	if err := s.touch(); err != nil {
		return nil, err
	}
	var end int64
	var profile []byte
	const take = `UPDATE learners SET seq = seq + $2 WHERE id = $1 RETURNING seq, profile`
	if err := s.row(ctx, take, []any{learner, int64(places)}, &end, &profile); err != nil {
		return nil, err
	}
	now, err := decodeLearner(profile)
	if err != nil {
		return nil, err
	}
	if now.GetScheduling().GetVersion() != scheduler.Version() {
		return nil, ErrRescheduled
	}
	return &logging{
		Store: s, learner: learner, scheduler: scheduler, seq: end - int64(places), cards: map[cardID]*pending{}, days: map[int32]studied{},
	}, nil
}

func (l *logging) place() int64 {
	l.seq++
	return l.seq
}

type cardID struct{ set, question string }

// pending is a card with what is new to it.
type pending struct {
	card
	before *aulav1.CardState
	events []Review // that count, and are not in its state
	refold bool     // because of an undo
}

// studied is what was done on a day.
type studied struct{ reviews, millis int64 }

// add keeps an event, unless it is there already, and finds the card that it changes.
func (l *logging) add(ctx context.Context, r Review) (added AddedReview, of cardID, err error) {
	event, err := deterministic.Marshal(r.ReviewEvent)
	if err != nil {
		return added, of, err
	}
	undoes := sql.NullString{String: r.GetUndo(), Valid: r.GetUndo() != ""}
	if !undoes.Valid {
		of = cardID{r.GetSet(), r.GetQuestion()}
	}
	const insert = `INSERT INTO reviews (learner_id, id, seq, device, set_id, question_id, undoes, counts_at, study_day, event)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (learner_id, id) DO NOTHING`
	inserted, err := l.exec(ctx, insert, l.learner, r.GetId(), l.place(), sentBy(r.ReviewEvent), of.set, of.question, undoes,
		millis(r.CountsAt), int64(r.GetStudyDay()), event)
	switch {
	case err != nil:
		return added, of, err
	case inserted == 0:
		return l.known(ctx, r.ReviewEvent)
	case undoes.Valid:
		of, err = l.undo(ctx, r.GetUndo())
	default:
		err = l.review(ctx, of, r)
	}
	return AddedReview{Event: r.ReviewEvent}, of, err
}

// sentBy is the device that knows of an event because it has sent it: none has sent that of a
// quiz's answer.
func sentBy(e *aulav1.ReviewEvent) string {
	if e.GetAttempt() != "" {
		return ""
	}
	return e.GetDevice()
}

// review notes what an event changes that is no undo.
func (l *logging) review(ctx context.Context, of cardID, r Review) error {
	card, undone, err := l.card(ctx, of, r.GetId())
	if err != nil {
		return err
	}
	if undone { // it counts for nothing, and its card is as if all had come in their order
		card.refold = true
		return nil
	}
	card.events = append(card.events, r)
	l.study(r.ReviewEvent, 1)
	return nil
}

// known finds the event that has the id of a new one, and its card.
func (l *logging) known(ctx context.Context, again *aulav1.ReviewEvent) (added AddedReview, of cardID, err error) {
	kept, err := l.Review(ctx, l.learner, again.GetId())
	if err != nil {
		return added, of, err
	}
	if !sameEvent(kept, again) {
		return AddedReview{Err: ErrRequestReused}, of, nil
	}
	of = cardID{kept.GetSet(), kept.GetQuestion()}
	if kept.GetUndo() != "" {
		if of, _, err = l.target(ctx, kept.GetUndo()); err != nil {
			return added, of, err
		}
	}
	if of != (cardID{}) {
		_, _, err = l.card(ctx, of, "")
	}
	return AddedReview{Event: kept, Known: true}, of, err
}

// sameEvent reports whether both say that the same happened. What the server adds may differ.
func sameEvent(a, b *aulav1.ReviewEvent) bool {
	action := func(e *aulav1.ReviewEvent) *aulav1.ReviewEvent {
		out := &aulav1.ReviewEvent{Action: e.GetAction()}
		out.Set, out.Question, out.DeviceSeq, out.Hints = e.GetSet(), e.GetQuestion(), e.GetDeviceSeq(), e.GetHints()
		return out
	}
	return proto.Equal(action(a), action(b))
}

// undo has the card of an event refolded that is taken back. An undo is not.
func (l *logging) undo(ctx context.Context, id string) (cardID, error) {
	of, target, err := l.target(ctx, id)
	if err != nil || of == (cardID{}) {
		return of, err
	}
	var undos int
	const count = `SELECT count(*) FROM reviews WHERE learner_id = $1 AND undoes = $2`
	if err := l.row(ctx, count, []any{l.learner, id}, &undos); err != nil {
		return of, err
	}
	card, _, err := l.card(ctx, of, "")
	if err == nil && undos == 1 { // else it was taken back before
		card.refold = true
		l.study(target, -1)
	}
	return of, err
}

// target finds an event and its card; none where there is no such event, or where it is an undo.
func (l *logging) target(ctx context.Context, id string) (of cardID, e *aulav1.ReviewEvent, err error) {
	e, err = l.Review(ctx, l.learner, id)
	if errors.Is(err, ErrNotFound) || e.GetUndo() != "" {
		return of, nil, nil
	}
	return cardID{e.GetSet(), e.GetQuestion()}, e, err
}

// card finds a card as it is, or a new one, and whether the event of an id is taken back: both
// at once, since this is on the way of every review.
func (l *logging) card(ctx context.Context, of cardID, event string) (*pending, bool, error) {
	var undone bool
	found, err := l.readCard(ctx, `SELECT state, head_at, head_device, head_seq, head_id,
		EXISTS (SELECT 1 FROM reviews WHERE learner_id = $1 AND undoes = $4)
		FROM (SELECT 1) one LEFT JOIN cards ON learner_id = $1 AND set_id = $2 AND question_id = $3`, of,
		[]any{l.learner, of.set, of.question, event}, &undone)
	if err != nil {
		return nil, false, err
	}
	known := l.cards[of]
	if known == nil {
		known = &pending{card: found, before: found.State}
		l.cards[of], l.order = known, append(l.order, known)
	}
	return known, undone, nil
}

// study counts an event, or with -1 one that is taken back, as something done on its day.
func (l *logging) study(e *aulav1.ReviewEvent, by int64) {
	if e.GetRated() != aulav1.CardAnswer_RATING_UNSPECIFIED {
		day := l.days[e.GetStudyDay()]
		day.reviews += by
		day.millis += by * e.GetDuration().AsDuration().Milliseconds()
		l.days[e.GetStudyDay()] = day
	}
}

// settle works out the states of the cards that have changed, and keeps them.
func (l *logging) settle(ctx context.Context) error {
	for _, p := range l.order {
		if len(p.events) == 0 && !p.refold {
			continue
		}
		if err := l.fold(ctx, p); err != nil {
			return err
		}
		if err := l.putCard(ctx, l.learner, p.card, l.place()); err != nil {
			return err
		}
	}
	return l.putDays(ctx)
}

// putDays adds what was studied to what is kept of the days.
func (l *logging) putDays(ctx context.Context) error {
	for day, done := range l.days {
		const count = `INSERT INTO study_days (learner_id, day, reviews, duration) VALUES ($1, $2, $3, $4) ON CONFLICT (learner_id, day)
			DO UPDATE SET reviews = study_days.reviews + excluded.reviews, duration = study_days.duration + excluded.duration`
		if _, err := l.exec(ctx, count, l.learner, int64(day), done.reviews, done.millis); err != nil {
			return err
		}
	}
	return nil
}

// Review returns an event of a learner's log. Errors: ErrNotFound.
func (s *Store) Review(ctx context.Context, learner, id string) (*aulav1.ReviewEvent, error) {
	defer s.operation(ctx, "Review")()
	var encoded []byte
	if err := s.row(ctx, `SELECT event FROM reviews WHERE learner_id = $1 AND id = $2`, []any{learner, id}, &encoded); err != nil {
		return nil, err
	}
	return decodeEvent(encoded)
}

func decodeEvent(encoded []byte) (*aulav1.ReviewEvent, error) {
	e := &aulav1.ReviewEvent{}
	if err := proto.Unmarshal(encoded, e); err != nil {
		return nil, fmt.Errorf("decode an event: %w", err)
	}
	return e, nil
}
