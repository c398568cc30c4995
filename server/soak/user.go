package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	aulav1 "aula/proto/aula/v1"
)

// user is one who plays as a guest or studies as a learner, again and again.
type user struct {
	*soak
	conn   *grpc.ClientConn
	random *rand.Rand
	me     *student // nil until there is one
	cursor string
}

func (s *soak) newUser(i int) *user {
	return &user{soak: s, conn: s.conns[i%len(s.conns)], random: rand.New(rand.NewPCG(uint64(i), 0))}
}

// live goes on until the time is over.
func (u *user) live(ctx context.Context) {
	for u.goesOn(ctx) {
		if u.random.IntN(2) == 0 {
			u.play(ctx)
		} else {
			u.study(ctx)
		}
	}
}

func (u *user) goesOn(ctx context.Context) bool {
	select {
	case <-u.over:
		return false
	default:
		return ctx.Err() == nil
	}
}

// patience is how long a user waits for an answer before trying again.
const patience = 30 * time.Second

// do calls until there is an answer, when it is the user's turn. It reports whether the call
// succeeded.
func (u *user) do(ctx context.Context, call func(context.Context) error) bool {
	select {
	case <-u.turns:
	case <-ctx.Done():
		return false
	}
	for {
		wasUp, began := u.up.Load(), time.Now()
		one, cancel := context.WithTimeout(ctx, patience)
		err := call(one)
		cancel()
		switch {
		case err == nil:
			u.measure(time.Since(began), wasUp)
			return true
		case ctx.Err() != nil:
			return false
		}
		passes := status.Code(err) == codes.Unavailable || status.Code(err) == codes.DeadlineExceeded
		// A connection takes a moment to come back.
		if !passes || wasUp && u.up.Load() && began.Sub(u.began()) > time.Second {
			u.fault(err)
		}
		if !passes {
			return false
		}
		u.count(func(c *counts) { c.again++ })
		time.Sleep(time.Duration(50+u.random.IntN(100)) * time.Millisecond)
	}
}

func (u *user) measure(took time.Duration, counts bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.counts.calls++
	if counts {
		u.took = append(u.took, took)
	}
}

// as is a context of whoever has the token; of nobody without one.
func as(ctx context.Context, token string) context.Context {
	if token == "" {
		return ctx
	}
	return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+token)
}

// play is an attempt: as a guest, or as the learner whom this user is.
func (u *user) play(ctx context.Context) {
	quiz, token := aulav1.NewQuizServiceClient(u.conn), ""
	if u.me != nil && u.random.IntN(2) == 0 {
		token = u.me.token
	}
	start := &aulav1.StartAttemptRequest{
		Set: "soak", Nickname: "Ana", QuestionCount: int32(4 + u.random.IntN(8)), RequestId: uuid.NewString(),
	}
	if token == "" && u.random.IntN(5) == 0 { // a learner's cards would wait for it
		start.Mode = aulav1.Attempt_EXAM
	}
	var a *aulav1.Attempt
	if !u.do(ctx, func(ctx context.Context) (err error) {
		a, err = quiz.StartAttempt(as(ctx, token), start)
		return err
	}) {
		return
	}
	p := u.started(a, token)
	for _, prompt := range a.GetPrompts() {
		if !u.goesOn(ctx) {
			return
		}
		req := &aulav1.SubmitAnswerRequest{
			Attempt: a.GetId(), Question: prompt.GetQuestion(), Answer: u.guess(prompt), RequestId: uuid.NewString(),
		}
		var resp *aulav1.SubmitAnswerResponse
		if u.do(ctx, func(ctx context.Context) (err error) {
			resp, err = quiz.SubmitAnswer(as(ctx, token), req)
			return err
		}) {
			p.answered(prompt.GetQuestion(), resp.GetOutcome().GetPoints())
		}
	}
	if u.random.IntN(10) == 0 { // not all come to the end
		return
	}
	if u.do(ctx, func(ctx context.Context) error {
		_, err := quiz.FinishAttempt(as(ctx, token), &aulav1.FinishAttemptRequest{Attempt: a.GetId()})
		return err
	}) {
		p.finished()
	}
	u.do(ctx, func(ctx context.Context) error {
		req := &aulav1.GetLeaderboardRequest{Set: "soak", Attempt: a.GetId()}
		_, err := aulav1.NewScoreServiceClient(u.conn).GetLeaderboard(as(ctx, token), req)
		return err
	})
}

// guess answers a prompt.
func (u *user) guess(p *aulav1.Prompt) *aulav1.Answer {
	switch p.GetKind().(type) {
	case *aulav1.Prompt_Choice:
		options := p.GetChoice().GetOptions()
		chosen := options[u.random.IntN(len(options))].GetId()
		return &aulav1.Answer{Kind: &aulav1.Answer_Choice{Choice: &aulav1.ChoiceAnswer{Options: []string{chosen}}}}
	case *aulav1.Prompt_Numeric:
		return &aulav1.Answer{Kind: &aulav1.Answer_Numeric{Numeric: &aulav1.NumericAnswer{Text: fmt.Sprint(u.random.IntN(100))}}}
	case *aulav1.Prompt_TextEntry:
		return &aulav1.Answer{Kind: &aulav1.Answer_Text{Text: &aulav1.TextAnswer{Text: fmt.Sprintf("It is %d", u.random.IntN(100))}}}
	default:
		return &aulav1.Answer{Kind: &aulav1.Answer_Card{Card: &aulav1.CardAnswer{Rating: u.rating()}}}
	}
}

func (u *user) rating() aulav1.CardAnswer_Rating {
	return aulav1.CardAnswer_Rating(1 + u.random.IntN(4))
}

// A learner leaves, and another comes, after so many events: what one learner's log costs is
// not what is tried here.
const perLearner = 300

// study is a while of a learner's day: what a phone has gathered, what is due, and a look at
// how far they have come.
func (u *user) study(ctx context.Context) {
	if (u.me == nil || len(u.me.events) >= perLearner) && !u.enrol(ctx) {
		return
	}
	study := aulav1.NewStudyServiceClient(u.conn)
	var gathered []*aulav1.ReviewEvent
	for range u.random.IntN(8) {
		e := u.event(fmt.Sprintf("q%d", u.random.IntN(smallSet)))
		e.AnsweredAt = timestamppb.New(time.Now().Add(-time.Duration(u.random.Int64N(int64(time.Hour)))))
		gathered = append(gathered, e)
	}
	u.do(ctx, func(ctx context.Context) error {
		resp, err := study.SyncReviews(as(ctx, u.me.token), &aulav1.SyncReviewsRequest{Events: cloned(gathered), Cursor: u.cursor})
		if err == nil {
			u.cursor = resp.GetCursor()
			u.me.keep(gathered...)
		}
		return err
	})
	var due *aulav1.ListDueCardsResponse
	u.do(ctx, func(ctx context.Context) (err error) {
		due, err = study.ListDueCards(as(ctx, u.me.token), &aulav1.ListDueCardsRequest{Sets: []string{"soak"}, PageSize: 8})
		return err
	})
	for _, card := range due.GetCards() {
		if !u.goesOn(ctx) {
			return
		}
		u.review(ctx, u.event(card.GetPrompt().GetQuestion()))
	}
	if u.random.IntN(4) == 0 {
		u.do(ctx, func(ctx context.Context) error {
			_, err := aulav1.NewScoreServiceClient(u.conn).GetProgress(as(ctx, u.me.token), &aulav1.GetProgressRequest{})
			return err
		})
	}
}

// review keeps an event, and takes some back.
func (u *user) review(ctx context.Context, e *aulav1.ReviewEvent) {
	study := aulav1.NewStudyServiceClient(u.conn)
	kept := u.do(ctx, func(ctx context.Context) error {
		_, err := study.ReviewCard(as(ctx, u.me.token), &aulav1.ReviewCardRequest{Event: proto.CloneOf(e)})
		return err
	})
	if !kept {
		return
	}
	u.me.keep(e)
	if u.random.IntN(10) > 0 {
		return
	}
	undo := &aulav1.ReviewEvent{Id: uuid.NewString(), Action: &aulav1.ReviewEvent_Undo{Undo: e.GetId()}}
	if u.do(ctx, func(ctx context.Context) error {
		_, err := study.UndoReview(as(ctx, u.me.token), &aulav1.UndoReviewRequest{Review: e.GetId(), RequestId: undo.GetId()})
		return err
	}) {
		u.me.keep(undo)
	}
}

func (u *user) event(question string) *aulav1.ReviewEvent {
	return &aulav1.ReviewEvent{
		Id: uuid.NewString(), Set: "soak", Question: question, DeviceSeq: int64(len(u.me.events)),
		Action: &aulav1.ReviewEvent_Rating{Rating: u.rating()},
	}
}

func cloned(events []*aulav1.ReviewEvent) (all []*aulav1.ReviewEvent) {
	for _, e := range events {
		all = append(all, proto.CloneOf(e))
	}
	return all
}

// enrol makes the user another learner.
func (u *user) enrol(ctx context.Context) bool {
	var made *aulav1.CreateLearnerResponse
	u.me, u.cursor = nil, ""
	if !u.do(ctx, func(ctx context.Context) (err error) {
		made, err = aulav1.NewLearnerServiceClient(u.conn).CreateLearner(ctx, &aulav1.CreateLearnerRequest{Name: "Ana"})
		return err
	}) {
		return false
	}
	u.me = u.enrolled(made.GetToken())
	return true
}

// watch follows the leaderboard, and again whenever the stream ends.
func (s *soak) watch(ctx context.Context, i int) {
	scores := aulav1.NewScoreServiceClient(s.conns[i%len(s.conns)])
	for ctx.Err() == nil {
		stream, err := scores.WatchLeaderboard(ctx, &aulav1.WatchLeaderboardRequest{Set: "soak"})
		for err == nil {
			if _, err = stream.Recv(); err == nil {
				s.count(func(c *counts) { c.messages++ })
			}
		}
		if wasUp := s.up.Load(); wasUp && !errors.Is(err, io.EOF) && ctx.Err() == nil && status.Code(err) != codes.Unavailable {
			s.fault(fmt.Errorf("watching: %w", err))
		}
		s.waits(ctx, 200*time.Millisecond)
	}
}
