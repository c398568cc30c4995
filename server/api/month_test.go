package api_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	aulav1 "aula/proto/aula/v1"
	"aula/server/schedule"
)

// badNetwork loses requests, loses replies, sends twice, and lets an old request arrive once more.
type badNetwork struct {
	rand *rand.Rand
	late func() // what a router still holds
}

func (n *badNetwork) call(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	lost := status.Error(codes.Unavailable, "the network")
	if n.late != nil && n.rand.IntN(3) == 0 {
		n.late()
		n.late = nil
	}
	again := func() {
		other, _ := reply.(proto.Message)
		_ = invoke(ctx, method, req, other.ProtoReflect().New().Interface(), cc, opts...)
	}
	switch n.rand.IntN(8) {
	case 0:
		return lost
	case 1:
		again()
		return lost
	case 2:
		again()
	case 3:
		n.late = again
		return lost
	}
	return invoke(ctx, method, req, reply, cc, opts...)
}

// cutStream ends a stream at a random message, now and then.
func (n *badNetwork) cutStream(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string, streamer grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	ctx, cancel := context.WithCancel(ctx)
	context.AfterFunc(ctx, cancel)
	s, err := streamer(ctx, desc, cc, method, opts...)
	return &cutStream{s, cancel, n.rand.IntN(400)}, err
}

type cutStream struct {
	grpc.ClientStream
	cancel func()
	left   int
}

func (s *cutStream) RecvMsg(m any) error {
	if s.left--; s.left == 0 {
		s.cancel()
	}
	return s.ClientStream.RecvMsg(m)
}

// handset is an app on one of a learner's devices. What is in disk outlives it.
type handset struct {
	t         *testing.T
	study     aulav1.StudyServiceClient
	token     string
	rand      *rand.Rand
	now       func() time.Time
	ahead     time.Duration // of its clock, on the server's
	scheduler *schedule.Scheduler
	disk      struct {
		seq     int64
		pending []*aulav1.ReviewEvent
		cards   []*aulav1.PackCard
		states  map[string]*aulav1.CardState
		cursor  string
	}
	made []*aulav1.ReviewEvent // all, as they were sent
}

func (p *handset) ctx() context.Context {
	return metadata.AppendToOutgoingContext(p.t.Context(), "authorization", "Bearer "+p.token)
}

// unpack gets a pack, however often the network is cut.
func (p *handset) unpack() {
	for {
		cards, states, cursor, err := p.pack()
		if err != nil {
			continue
		}
		if len(cards) > 0 {
			p.disk.cards = cards
		}
		for _, state := range states {
			p.disk.states[state.GetQuestion()] = state
		}
		p.disk.cursor = cursor
		return
	}
}

func (p *handset) pack() (cards []*aulav1.PackCard, states []*aulav1.CardState, cursor string, err error) {
	stream, err := p.study.GetPack(p.ctx(), &aulav1.GetPackRequest{Sets: []string{"month"}, Cursor: p.disk.cursor})
	if err != nil {
		return nil, nil, "", err
	}
	for {
		part, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			if cursor == "" {
				err = io.ErrUnexpectedEOF
			} else {
				err = nil
			}
			return cards, states, cursor, err
		}
		if err != nil {
			return nil, nil, "", err
		}
		if l := part.GetLearner(); l != nil {
			if p.scheduler, err = schedule.New(l.GetScheduling()); err != nil {
				return nil, nil, "", err
			}
		}
		if card := part.GetCard(); card != nil {
			cards = append(cards, card)
		}
		if state := part.GetState(); state != nil {
			states = append(states, state)
		}
		if end := part.GetEnd(); end != nil {
			cursor = end.GetCursor()
		}
	}
}

// review has the learner study some cards, without a network.
func (p *handset) review(now time.Time, zone string) {
	p.rand.Shuffle(len(p.disk.cards), func(i, j int) { p.disk.cards[i], p.disk.cards[j] = p.disk.cards[j], p.disk.cards[i] })
	for i, card := range p.disk.cards[:8] {
		at := now.Add(time.Duration(i) * 20 * time.Second).Add(p.ahead)
		p.disk.seq++
		e := &aulav1.ReviewEvent{
			Id: uuid.NewString(), Set: card.GetSet(), Question: card.GetQuestion(), DeviceSeq: p.disk.seq,
			AnsweredAt: timestamppb.New(at), Duration: durationpb.New(time.Duration(1+p.rand.IntN(20)) * time.Second), TimeZone: zone,
			Action: &aulav1.ReviewEvent_Rating{Rating: aulav1.CardAnswer_Rating(1 + p.rand.IntN(4))},
		}
		switch n := len(p.made); {
		case n > 0 && p.rand.IntN(12) == 0: // a slip of the thumb, seen too late
			e.Set, e.Question = "", ""
			e.Action = &aulav1.ReviewEvent_Undo{Undo: p.made[p.rand.IntN(n)].GetId()}
		case p.rand.IntN(15) == 0:
			e.Action = &aulav1.ReviewEvent_Mark_{Mark: aulav1.ReviewEvent_Mark(1 + p.rand.IntN(4))}
		}
		p.disk.pending = append(p.disk.pending, e)
		p.made = append(p.made, e)
	}
}

// sync sends what waits, in any order and not all at once, and takes in what others did. Now and
// then the app is killed in the middle, and what was answered is lost.
func (p *handset) sync() {
	for more := true; more || len(p.disk.pending) > 0; {
		batch := slices.Clone(p.disk.pending)
		p.rand.Shuffle(len(batch), func(i, j int) { batch[i], batch[j] = batch[j], batch[i] })
		batch = batch[:min(len(batch), 1+p.rand.IntN(12))]
		resp, err := p.study.SyncReviews(p.ctx(), &aulav1.SyncReviewsRequest{Events: batch, Cursor: p.disk.cursor, PageSize: 7})
		if err != nil || p.rand.IntN(10) == 0 {
			if err != nil && status.Code(err) != codes.Unavailable {
				p.t.Fatal(err)
			}
			continue
		}
		for _, result := range resp.GetResults() {
			if result.GetStatus() == aulav1.SyncResult_REFUSED {
				p.t.Fatalf("refused: %v", result)
			}
			i := slices.IndexFunc(batch, func(e *aulav1.ReviewEvent) bool { return e.GetId() == result.GetId() })
			ahead := batch[i].GetAnsweredAt().AsTime().After(p.now())
			if result.GetStatus() == aulav1.SyncResult_ACCEPTED && (result.GetClockAhead() != nil) != ahead {
				p.t.Errorf("an event of %v is told at %v as %v", batch[i].GetAnsweredAt().AsTime(), p.now(), result)
			}
			p.disk.pending = slices.DeleteFunc(p.disk.pending, func(e *aulav1.ReviewEvent) bool { return e.GetId() == result.GetId() })
		}
		for _, state := range resp.GetStates() {
			p.disk.states[state.GetQuestion()] = state
		}
		p.disk.cursor, more = resp.GetCursor(), resp.GetMore()
	}
}

// A month of a learner with two phones and 200 cards: on bad networks, with apps that are killed,
// over a change of the clocks, and on a flight over the date line. Nothing is lost, nothing counts
// twice, and both phones know the same in the end, which is what a single device would.
func TestMonth(t *testing.T) {
	w := newWorld(t)
	w.publish("rivers", func(set *aulav1.QuestionSet) { manyCards(set, 200) })
	start := time.Date(2026, 10, 15, 12, 0, 0, 0, time.UTC)
	w.at(start)
	signed, err := w.learn.CreateLearner(t.Context(), &aulav1.CreateLearnerRequest{Name: "Luz", TimeZone: "America/New_York"})
	if err != nil {
		t.Fatal(err)
	}
	luz := &someone{w, signed.GetToken(), signed.GetDevice()}
	code, err := w.learn.CreateJoinCode(luz.ctx(), &aulav1.CreateJoinCodeRequest{})
	if err != nil {
		t.Fatal(err)
	}
	joined, err := w.learn.JoinLearner(t.Context(), &aulav1.JoinLearnerRequest{Code: code.GetCode(), DeviceName: "tablet"})
	if err != nil {
		t.Fatal(err)
	}
	phones := []*handset{
		newHandset(t, w, signed.GetToken(), 1),
		newHandset(t, w, joined.GetToken(), 2),
	}
	phones[1].ahead = 15 * time.Minute // which shows where it does not wait that long to sync
	studied := map[int32]bool{}
	chance := rand.New(rand.NewPCG(7, 7))
	zone := "America/New_York"
	for day := range 31 { // the clocks there are put back on November 1
		now := start.AddDate(0, 0, day)
		if day == 22 {
			zone = "Pacific/Auckland" // and a day is lost on the way
		}
		w.at(now)
		if day%10 == 9 {
			continue // a day off
		}
		for _, p := range phones {
			if chance.IntN(3) == 0 {
				continue
			}
			p.review(now, zone)
			location, _ := schedule.Zone(zone)
			number, _ := schedule.Day(now, location, 4)
			studied[number] = true
		}
		w.at(now.Add(10 * time.Minute))
		for _, p := range phones {
			if chance.IntN(2) == 0 { // else it stays offline for the day
				p.sync()
			}
		}
	}
	for range 2 { // what the second brings, the first has to hear of
		for _, p := range phones {
			p.sync()
			p.unpack()
		}
	}
	compareMonth(t, w, luz, phones, studied)
}

func newHandset(t *testing.T, w *world, token string, seed uint64) *handset {
	network := &badNetwork{rand: rand.New(rand.NewPCG(seed, 1))}
	conn, err := grpc.NewClient(w.conn.Target(), grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithUnaryInterceptor(network.call), grpc.WithStreamInterceptor(network.cutStream))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	p := &handset{t: t, study: aulav1.NewStudyServiceClient(conn), token: token, now: w.now, rand: rand.New(rand.NewPCG(seed, 2))}
	p.disk.states = map[string]*aulav1.CardState{}
	p.unpack()
	if len(p.disk.cards) != 200 {
		t.Fatalf("the pack has %d cards", len(p.disk.cards))
	}
	return p
}

// compareMonth compares what the phones did with what the server kept, and what a single device
// would have made of it.
func compareMonth(t *testing.T, w *world, luz *someone, phones []*handset, studied map[int32]bool) {
	t.Helper()
	learner, err := w.learn.GetLearner(luz.ctx(), &aulav1.GetLearnerRequest{})
	if err != nil {
		t.Fatal(err)
	}
	kept := map[string]*aulav1.ReviewEvent{}
	byCard := map[string][]*aulav1.ReviewEvent{}
	for _, p := range phones {
		for _, made := range p.made {
			e, err := w.store.Review(t.Context(), learner.GetLearner().GetId(), made.GetId())
			if err != nil {
				t.Fatalf("lost: %v: %v", made, err)
			}
			if kept[e.GetId()] != nil {
				t.Fatalf("kept twice: %v", e)
			}
			kept[e.GetId()] = e
		}
	}
	for _, e := range kept {
		of := e.GetQuestion()
		if e.GetUndo() != "" {
			of = kept[e.GetUndo()].GetQuestion()
		}
		byCard[of] = append(byCard[of], e)
	}
	for question, events := range byCard {
		if question == "" {
			continue // undos of undos
		}
		want, err := phones[0].scheduler.Fold("month", question, events)
		if err != nil {
			t.Fatal(err)
		}
		for i, p := range phones {
			if got := p.disk.states[question]; !slices.Equal(bytesOf(t, got), bytesOf(t, want)) {
				t.Errorf("phone %d knows %s as %v, a single device would as %v", i, question, got, want)
			}
		}
	}
	reviews := 0
	undone := map[string]bool{}
	for _, e := range kept {
		undone[e.GetUndo()] = true
	}
	for _, e := range kept {
		if e.GetRated() != 0 && !undone[e.GetId()] {
			reviews++
		}
	}
	progress, err := w.score.GetProgress(luz.ctx(), &aulav1.GetProgressRequest{Language: "es"})
	if err != nil {
		t.Fatal(err)
	}
	counted := 0
	for _, d := range progress.GetDays() {
		counted += int(d.GetReviews())
	}
	if counted != reviews || reviews < 200 {
		t.Errorf("%d reviews are counted, %d were made", counted, reviews)
	}
	var days []int32
	for d := range studied {
		days = append(days, d)
	}
	slices.Sort(days)
	location, _ := schedule.Zone("America/New_York")
	today, _ := schedule.Day(w.now(), location, 4)
	want, _ := schedule.Streak(slices.DeleteFunc(days, func(d int32) bool { return d > today }), today)
	want.Ledger = progress.GetStreak().GetLedger()
	if !proto.Equal(progress.GetStreak(), want) {
		t.Errorf("the streak is %v, want %v", progress.GetStreak(), want)
	}
}

func bytesOf(t *testing.T, m proto.Message) []byte {
	t.Helper()
	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// manyCards makes a set of so many cards.
func manyCards(set *aulav1.QuestionSet, n int) {
	set.Id, set.Facts, set.Questions, set.Media = "month", nil, nil, nil
	for i := range n {
		set.Questions = append(set.Questions, &aulav1.Question{
			Id: fmt.Sprintf("card-%03d", i), Text: map[string]string{"en": fmt.Sprint("Front ", i), "es": fmt.Sprint("Anverso ", i)},
			Kind: &aulav1.Question_Card{Card: &aulav1.CardQuestion{Back: map[string]string{"en": fmt.Sprint("Back ", i), "es": fmt.Sprint("Reverso ", i)}}},
		})
	}
}
