package history

import (
	"context"
	"fmt"
	"math/bits"
	"slices"
	"sync"
	"time"

	"github.com/anishathalye/porcupine"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	aulav1 "aula/proto/aula/v1"
	"aula/server/schedule"
)

// learner studies on several devices at once. What there is of the cards follows from the
// events in the log, so the state is which of them are in it: a bit for each.
type learner struct {
	recorded
	of        *class
	scheduler *schedule.Scheduler
	devices   []*device

	mu     sync.Mutex
	events []*event
	byID   map[string]int
	folded map[fold]string // what was worked out before
}

// device is one of a learner's. One client at a time follows the log on it, from cursor to
// cursor; all others read it from the beginning.
type device struct {
	id, token string

	following sync.Mutex
	cursor    string
	seen      uint64 // of others' events
}

// The last of a learner's devices only reads.
const (
	devices   = 4
	mostCards = 4
	mostEvent = 60
)

// event is one that somebody has sent.
type event struct {
	*aulav1.ReviewEvent
	device int
	undoes int                 // -1 for none
	kept   *aulav1.ReviewEvent // as the server has it, once known
}

// fold is a card with those events.
type fold struct {
	card int
	of   uint64
}

// The operations. One call may keep events and tell several things, each of its own moment.
type (
	keep  struct{ events uint64 }
	undo  struct{ event, target int }
	state struct{ card int }
	told  struct { // what a device is told of the log
		device int
		must   uint64 // what the same call has kept
	}
)

// kept is what a write came to.
type kept struct {
	reason string
	states []cardState // told at the moment of the write
}

// cardState is the state of a card, as text.
type cardState struct {
	card  int
	state string
}

// synced is what a device knows of the log.
type synced struct {
	seen   uint64 // of others' events
	states []cardState
}

// model says how the cards behave, once all events are known as they were kept.
func (l *learner) model() porcupine.Model {
	return porcupine.Model{
		Init: func() any { return uint64(0) },
		Step: func(state, input, output any) (bool, any) { return l.step(state.(uint64), input, output) },
		DescribeOperation: func(input, output any) string {
			return fmt.Sprintf("%T %+v: %+v", input, input, output)
		},
		DescribeState: func(state any) string { return fmt.Sprintf("%b", state) },
	}
}

func (l *learner) step(in uint64, input, output any) (bool, any) {
	_, unanswered := output.(nothing)
	switch op := input.(type) {
	case keep:
		in |= op.events
		return unanswered || output.(kept).reason == "" && l.are(in, output.(kept).states), in
	case undo:
		if in>>op.target&1 == 0 {
			return unanswered || output.(kept).reason == aulav1.ErrorReason_REVIEW_NOT_FOUND.String(), in
		}
		in |= 1 << op.event
		return unanswered || output.(kept).reason == "" && l.are(in, output.(kept).states), in
	case state:
		return l.are(in, []cardState{{op.card, output.(string)}}), in
	case told:
		is := output.(synced)
		return in&op.must == op.must && in&^l.sentBy(op.device) == is.seen && l.are(in, is.states), in
	}
	return false, in
}

// sentBy are the events of a device.
func (l *learner) sentBy(device int) (all uint64) {
	for i, e := range l.events {
		if e.device == device {
			all |= 1 << i
		}
	}
	return all
}

// are reports whether these are the states of cards where those events are in the log.
func (l *learner) are(in uint64, states []cardState) bool {
	return !slices.ContainsFunc(states, func(s cardState) bool { return l.fold(s.card, in) != s.state })
}

// fold works out the state of a card.
func (l *learner) fold(card int, in uint64) string {
	var events []*aulav1.ReviewEvent
	var of uint64
	for rest := in; rest != 0; rest &= rest - 1 {
		i := bits.TrailingZeros64(rest)
		e := l.events[i]
		about := e
		if e.undoes >= 0 {
			about = l.events[e.undoes]
		}
		if about.GetQuestion() != questionID(card) {
			continue
		}
		if e.kept == nil {
			return "of an event that is nowhere: " + e.GetId()
		}
		events, of = append(events, e.kept), of|1<<i
	}
	known, ok := l.folded[fold{card, of}]
	if !ok {
		folded, err := l.scheduler.Fold(l.of.set, questionID(card), events)
		if err != nil {
			return err.Error()
		}
		known = textOf(folded)
		l.folded[fold{card, of}] = known
	}
	return known
}

// textOf is what counts of a state: of a card without a review little does.
func textOf(s *aulav1.CardState) string {
	if s.GetPhase() == aulav1.CardState_PHASE_UNSPECIFIED {
		return fmt.Sprint("new", s.GetSuspended(), s.GetBuriedDay())
	}
	text, err := proto.MarshalOptions{Deterministic: true}.Marshal(s)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// take makes a new event, or none where there are enough.
func (l *learner) take(c *client, device int) (int, *event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.events) >= mostEvent {
		return 0, nil
	}
	i := len(l.events)
	e := &event{device: device, undoes: -1, ReviewEvent: &aulav1.ReviewEvent{Id: c.uuid(), DeviceSeq: int64(i)}}
	e.Set, e.Question = l.of.set, questionID(c.random.IntN(mostCards))
	switch kind := c.random.IntN(10); {
	case kind == 0:
		e.Action = &aulav1.ReviewEvent_Mark_{Mark: aulav1.ReviewEvent_Mark(1 + c.random.IntN(4))}
	case kind <= 2 && i > 0 && l.undone(c, e):
	default:
		e.Action = &aulav1.ReviewEvent_Rating{Rating: aulav1.CardAnswer_Rating(1 + c.random.IntN(4))}
	}
	l.events = append(l.events, e)
	l.byID[e.GetId()] = i
	return i, e
}

// undone makes an event an undo of another, which may still be on its way.
func (l *learner) undone(c *client, e *event) bool {
	target := len(l.events) - 1 - c.random.IntN(min(len(l.events), 8))
	if l.events[target].undoes >= 0 {
		return false
	}
	e.undoes, e.Set, e.Question = target, "", ""
	e.Action = &aulav1.ReviewEvent_Undo{Undo: l.events[target].GetId()}
	return true
}

// cardOf is the card that an event is of, or what it takes back.
func (l *learner) cardOf(e *event) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e.undoes >= 0 {
		e = l.events[e.undoes]
	}
	i, _ := questionAt(e.GetQuestion())
	return i
}

// review keeps one event: a review, a mark or an undo.
func (c *client) review(l *learner) {
	from := c.random.IntN(devices - 1)
	i, e := l.take(c, from)
	if e == nil {
		c.due(l)
		return
	}
	var state *aulav1.CardState
	s := c.hastily(func(ctx context.Context, conn *grpc.ClientConn) error {
		study, ctx := aulav1.NewStudyServiceClient(conn), as(ctx, l.devices[from].token)
		if e.undoes >= 0 {
			resp, err := study.UndoReview(ctx, &aulav1.UndoReviewRequest{Review: e.GetUndo(), RequestId: e.GetId()})
			state = resp.GetState()
			return err
		}
		resp, err := study.ReviewCard(ctx, &aulav1.ReviewCardRequest{Event: proto.CloneOf(e.ReviewEvent)})
		state = resp.GetState()
		return err
	})
	card := l.cardOf(e)
	out := kept{reason: s.reason}
	told := cardState{card, textOf(state)}
	if !s.again && s.reason == "" {
		out.states = []cardState{told}
	}
	if e.undoes >= 0 {
		l.write(c, s, undo{i, e.undoes}, out)
	} else {
		l.write(c, s, keep{1 << i}, out)
	}
	if s.again && s.reason == "" { // as it is now
		l.read(c, s, stateOf(card), told.state)
	}
}

func stateOf(card int) state { return state{card} }

// due reads the cards that are due. Each tells its state, of a moment of its own.
func (c *client) due(l *learner) {
	var resp *aulav1.ListDueCardsResponse
	s := c.send(func(ctx context.Context, conn *grpc.ClientConn) (err error) {
		resp, err = aulav1.NewStudyServiceClient(conn).ListDueCards(as(ctx, l.devices[c.random.IntN(devices)].token),
			&aulav1.ListDueCardsRequest{Sets: []string{l.of.set}, PageSize: 100})
		return err
	})
	for _, card := range resp.GetCards() {
		if i, err := questionAt(card.GetPrompt().GetQuestion()); err != nil {
			c.fail(err)
		} else if i < mostCards {
			l.read(c, s, stateOf(i), textOf(card.GetState()))
		}
	}
}

// sync sends up to three events, and reads what others have done: all of it, or what is new
// since the last time.
func (c *client) sync(l *learner, from, events int) *aulav1.SyncReviewsResponse {
	d := l.devices[from]
	req := &aulav1.SyncReviewsRequest{PageSize: 1000}
	follow := from < devices-1 && d.following.TryLock()
	var before uint64
	if follow {
		defer d.following.Unlock()
		req.Cursor, before = d.cursor, d.seen
	}
	var sent uint64
	for range events {
		i, e := l.take(c, from)
		if e == nil {
			break
		}
		sent |= 1 << i
		copied := proto.CloneOf(e.ReviewEvent)
		if c.random.IntN(2) == 0 { // it happened a while ago
			copied.AnsweredAt = timestamppb.New(time.Now().Add(-time.Duration(c.random.Int64N(int64(5 * time.Minute)))))
		}
		req.Events = append(req.Events, copied)
	}
	var resp *aulav1.SyncReviewsResponse
	s := c.hastily(func(ctx context.Context, conn *grpc.ClientConn) (err error) {
		resp, err = aulav1.NewStudyServiceClient(conn).SyncReviews(as(ctx, d.token), req)
		return err
	})
	if sent != 0 {
		l.write(c, s, keep{sent}, kept{})
	}
	if s.open {
		return nil
	}
	for _, result := range resp.GetResults() {
		known := result.GetStatus() == aulav1.SyncResult_ALREADY_KNOWN
		if result.GetStatus() != aulav1.SyncResult_ACCEPTED && (!known || !s.again) {
			c.fail(fmt.Errorf("%s: an event was not accepted, sent again: %v: %v", l.name, s.again, result))
		}
	}
	is, err := l.told(resp, before)
	if err != nil {
		c.fail(err)
	}
	if follow {
		d.cursor, d.seen = resp.GetCursor(), is.seen
	}
	l.read(c, s, told{device: from, must: sent}, is)
	return resp
}

// told reads what a sync tells.
func (l *learner) told(resp *aulav1.SyncReviewsResponse, before uint64) (told synced, err error) {
	told.seen = before
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range resp.GetEvents() {
		i, known := l.byID[e.GetId()]
		if !known || told.seen>>i&1 == 1 {
			return told, fmt.Errorf("%s: told of an event that nobody has sent, or twice: %v", l.name, e)
		}
		told.seen |= 1 << i
	}
	for _, s := range resp.GetStates() {
		card, err := questionAt(s.GetQuestion())
		if err != nil {
			return told, err
		}
		told.states = append(told.states, cardState{card, textOf(s)})
	}
	return told, nil
}

// close reads the whole log when all is over.
func (c *client) close(l *learner) {
	resp := c.sync(l, devices-1, 0)
	for _, e := range resp.GetEvents() {
		if i, known := l.byID[e.GetId()]; known {
			l.events[i].kept = e
		}
	}
	begun := map[string]bool{}
	for _, s := range resp.GetStates() {
		begun[s.GetQuestion()] = true
	}
	for _, e := range l.events {
		if e.kept.GetQuestion() != "" && !begun[e.kept.GetQuestion()] {
			c.fail(fmt.Errorf("%s: there is no state of %s in the end", l.name, e.kept.GetQuestion()))
		}
	}
}

// enrol makes a learner with devices.
func (c *client) enrol(of *class, name string) *learner {
	l := &learner{recorded: recorded{name: of.set + "-" + name}, of: of, byID: map[string]int{}, folded: map[fold]string{}}
	var made *aulav1.CreateLearnerResponse
	c.must(func(ctx context.Context, conn *grpc.ClientConn) (err error) {
		made, err = aulav1.NewLearnerServiceClient(conn).CreateLearner(ctx, &aulav1.CreateLearnerRequest{Name: name})
		return err
	})
	scheduler, err := schedule.New(made.GetLearner().GetScheduling())
	if err != nil {
		c.fail(err)
	}
	l.scheduler = scheduler
	l.devices = append(l.devices, &device{id: made.GetDevice(), token: made.GetToken()})
	for len(l.devices) < devices && c.ctx.Err() == nil {
		var joined *aulav1.JoinLearnerResponse
		s := c.send(func(ctx context.Context, conn *grpc.ClientConn) error { // with a new code each time: they are used up
			learners := aulav1.NewLearnerServiceClient(conn)
			code, err := learners.CreateJoinCode(as(ctx, made.GetToken()), &aulav1.CreateJoinCodeRequest{})
			if err == nil {
				joined, err = learners.JoinLearner(ctx, &aulav1.JoinLearnerRequest{Code: code.GetCode()})
			}
			return err
		})
		if s.reason != "" {
			c.fail(fmt.Errorf("a device cannot join: %s", s.reason))
		}
		l.devices = append(l.devices, &device{id: joined.GetDevice(), token: joined.GetToken()})
	}
	return l
}
