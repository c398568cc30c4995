package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
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
	State *aulav1.CardState   // of its card, or of that of the event it takes back; nil where there is no such event
	Err   error               // nil or ErrRequestReused
}

// AddReviews appends events to a learner's log and works out the states of their cards, all in
// one commit. Their order does not matter, nor that of earlier calls. An event that is there
// already changes nothing; one that uses the id of another is refused, and leaves the others
// alone. Errors: ErrNotFound (the learner); after an error nothing was kept.
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
	l := &logging{Store: s, learner: learner, scheduler: scheduler, cards: map[cardID]*pending{}, days: map[int32]studied{}}
	var err error
	if l.seq, err = s.advance(ctx, learner, len(reviews)); err != nil {
		return nil, err
	}
	added := make([]AddedReview, len(reviews))
	of := make([]cardID, len(reviews))
	for i, review := range reviews {
		if added[i], of[i], err = l.add(ctx, review, l.seq-int64(len(reviews)-1-i)); err != nil {
			return nil, err
		}
	}
	if err := l.settle(ctx); err != nil {
		return nil, err
	}
	for i := range added {
		if card := l.cards[of[i]]; card != nil {
			added[i].State = card.State
		}
	}
	return added, nil
}

// advance moves a learner's log on by so many entries, and returns where it then is. It keeps
// others from writing to it. Errors: ErrNotFound.
func (s *Store) advance(ctx context.Context, learner string, by int) (seq int64, err error) {
	if err := s.touch(); err != nil {
		return 0, err
	}
	err = s.row(ctx, `UPDATE learners SET seq = seq + $2 WHERE id = $1 RETURNING seq`, []any{learner, int64(by)}, &seq)
	return seq, err
}

// logging is the work of adding events to a learner's log.
type logging struct {
	*Store
	learner   string
	scheduler Scheduler
	seq       int64
	cards     map[cardID]*pending
	days      map[int32]studied
}

type cardID struct{ set, question string }

// pending is a card with what is new to it.
type pending struct {
	card
	events []Review // that count, and are not in its state
	refold bool     // because of an undo
}

// studied is what was done on a day.
type studied struct {
	reviews      int64
	milliseconds int64
}

// add keeps an event, unless it is there already, and finds the card that it changes.
func (l *logging) add(ctx context.Context, r Review, seq int64) (AddedReview, cardID, error) {
	event, err := deterministic.Marshal(r.ReviewEvent)
	if err != nil {
		return AddedReview{}, cardID{}, err
	}
	inserted, err := l.exec(ctx, `INSERT INTO reviews (learner_id, id, seq, set_id, question_id, undoes, counts_at, study_day, event)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (learner_id, id) DO NOTHING`,
		l.learner, r.GetId(), seq, r.GetSet(), r.GetQuestion(), sql.NullString{String: r.GetUndo(), Valid: r.GetUndo() != ""},
		millis(r.CountsAt), int64(r.GetStudyDay()), event)
	if err != nil {
		return AddedReview{}, cardID{}, err
	}
	if inserted == 0 {
		return l.known(ctx, r.ReviewEvent)
	}
	added := AddedReview{Event: r.ReviewEvent}
	if r.GetUndo() != "" {
		of, err := l.undo(ctx, r.GetUndo())
		return added, of, err
	}
	of := cardID{r.GetSet(), r.GetQuestion()}
	undone, err := l.undos(ctx, r.GetId())
	if err != nil {
		return added, of, err
	}
	card, err := l.card(ctx, of)
	if err == nil && undone == 0 {
		card.events = append(card.events, r)
		l.study(r.ReviewEvent, 1)
	}
	return added, of, err
}

// known finds the event that has the id of a new one.
func (l *logging) known(ctx context.Context, again *aulav1.ReviewEvent) (AddedReview, cardID, error) {
	kept, err := l.Review(ctx, l.learner, again.GetId())
	if err != nil {
		return AddedReview{}, cardID{}, err
	}
	if !sameEvent(kept, again) {
		return AddedReview{Err: ErrRequestReused}, cardID{}, nil
	}
	of := cardID{kept.GetSet(), kept.GetQuestion()}
	if kept.GetUndo() != "" {
		if of, err = l.target(ctx, kept.GetUndo()); err != nil || of == (cardID{}) {
			return AddedReview{Event: kept, Known: true}, of, err
		}
	}
	_, err = l.card(ctx, of)
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
	of, err := l.target(ctx, id)
	if err != nil || of == (cardID{}) {
		return of, err
	}
	undos, err := l.undos(ctx, id)
	if err != nil {
		return of, err
	}
	card, err := l.card(ctx, of)
	if err != nil || undos > 1 {
		return of, err
	}
	card.refold = true
	target, err := l.Review(ctx, l.learner, id)
	l.study(target, -1)
	return of, err
}

// target finds the card of an event; none where there is no such event, or where it is an undo.
func (l *logging) target(ctx context.Context, id string) (of cardID, err error) {
	err = l.row(ctx, `SELECT set_id, question_id FROM reviews WHERE learner_id = $1 AND id = $2`, []any{l.learner, id}, &of.set, &of.question)
	if err == ErrNotFound { //nolint:errorlint // row returns it as it is
		err = nil
	}
	return of, err
}

// undos counts the events that take another back.
func (l *logging) undos(ctx context.Context, id string) (n int, err error) {
	err = l.row(ctx, `SELECT count(*) FROM reviews WHERE learner_id = $1 AND undoes = $2`, []any{l.learner, id}, &n)
	return n, err
}

// card finds a card as it is, or a new one.
func (l *logging) card(ctx context.Context, of cardID) (*pending, error) {
	if known := l.cards[of]; known != nil {
		return known, nil
	}
	found, err := l.Store.card(ctx, l.learner, of)
	if err != nil {
		return nil, err
	}
	p := &pending{card: found}
	l.cards[of] = p
	return p, nil
}

// study counts an event, or with -1 one that is taken back, as something done on its day.
func (l *logging) study(e *aulav1.ReviewEvent, by int64) {
	if e.GetRated() != aulav1.CardAnswer_RATING_UNSPECIFIED {
		day := l.days[e.GetStudyDay()]
		day.reviews += by
		day.milliseconds += by * e.GetDuration().AsDuration().Milliseconds()
		l.days[e.GetStudyDay()] = day
	}
}

// settle works out the states of the cards that have changed, and keeps them.
func (l *logging) settle(ctx context.Context) error {
	for of, p := range l.cards {
		if len(p.events) == 0 && !p.refold {
			continue
		}
		if err := l.fold(ctx, of, p); err != nil {
			return err
		}
		if err := l.putCard(ctx, l.learner, p.card, l.seq); err != nil {
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
		if _, err := l.exec(ctx, count, l.learner, int64(day), done.reviews, done.milliseconds); err != nil {
			return err
		}
	}
	return nil
}

// fold works out a card's state: by its new events where all come after those it is made of,
// else by its whole log.
func (l *logging) fold(ctx context.Context, of cardID, p *pending) (err error) {
	slices.SortFunc(p.events, func(a, b Review) int { return turnOf(a).compare(turnOf(b)) })
	stale := p.State.GetReviews() > 0 && p.State.GetSchedulingVersion() != l.scheduler.Version()
	if p.refold || stale || len(p.events) > 0 && turnOf(p.events[0]).compare(p.last) <= 0 {
		return l.refold(ctx, of, &p.card)
	}
	for _, e := range p.events {
		if p.State, err = l.scheduler.After(p.State, e.ReviewEvent); err != nil {
			return err
		}
		p.last = turnOf(e)
	}
	return nil
}

// refold works out a card's state by its whole log.
func (l *logging) refold(ctx context.Context, of cardID, c *card) (err error) {
	var events []*aulav1.ReviewEvent
	c.last = turn{}
	keep := func(rows *sql.Rows) error {
		var encoded []byte
		var at int64
		if err := rows.Scan(&encoded, &at); err != nil {
			return err
		}
		e := &aulav1.ReviewEvent{}
		events = append(events, e)
		if err := proto.Unmarshal(encoded, e); err != nil {
			return fmt.Errorf("decode an event: %w", err)
		}
		if h := (turn{at, e.GetDevice(), e.GetDeviceSeq(), e.GetId()}); e.GetUndo() == "" && h.compare(c.last) > 0 {
			c.last = h
		}
		return nil
	}
	card := []any{l.learner, of.set, of.question}
	const log = `SELECT event, counts_at FROM reviews WHERE learner_id = $1 AND set_id = $2 AND question_id = $3`
	if err := l.rows(ctx, log, card, keep); err != nil {
		return err
	}
	const undos = `SELECT u.event, u.counts_at FROM reviews r JOIN reviews u ON u.learner_id = r.learner_id AND u.undoes = r.id
		WHERE r.learner_id = $1 AND r.set_id = $2 AND r.question_id = $3`
	if err := l.rows(ctx, undos, card, keep); err != nil {
		return err
	}
	c.State, err = l.scheduler.Fold(of.set, of.question, events)
	return err
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

// Review returns an event of a learner's log. Errors: ErrNotFound.
func (s *Store) Review(ctx context.Context, learner, id string) (*aulav1.ReviewEvent, error) {
	var encoded []byte
	if err := s.row(ctx, `SELECT event FROM reviews WHERE learner_id = $1 AND id = $2`, []any{learner, id}, &encoded); err != nil {
		return nil, err
	}
	e := &aulav1.ReviewEvent{}
	if err := proto.Unmarshal(encoded, e); err != nil {
		return nil, fmt.Errorf("decode event %s: %w", id, err)
	}
	return e, nil
}
