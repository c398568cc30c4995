package main

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	aulav1 "aula/proto/aula/v1"
)

// student is a learner: they make quizzes and study cards.
type student struct {
	player
	id     string
	seq    int64
	events map[string]*event // that were acknowledged
	order  []string          // their ids
	cursor string
}

// create signs the learner up.
func (s *student) create(ctx context.Context, name string) error {
	resp, err := aulav1.NewLearnerServiceClient(s.conn).CreateLearner(s.as(ctx), &aulav1.CreateLearnerRequest{
		Name: name, Language: s.language, TimeZone: "America/Guayaquil", RequestId: s.client.id(),
	})
	if err != nil {
		return err
	}
	s.id, s.token = resp.GetLearner().GetId(), resp.GetToken()
	return nil
}

// study is the next thing that a learner does.
func (s *student) study() *operation {
	switch n := s.random.IntN(20); {
	case n < 9:
		return s.play()
	case n < 14:
		return s.review()
	case n < 16 && len(s.order) > 0:
		return s.undo()
	case n < 19:
		return s.sync()
	default:
		return s.reschedule()
	}
}

// does is something that the learner did with a card.
func (s *student) does() *aulav1.ReviewEvent {
	s.seq++
	return &aulav1.ReviewEvent{
		Id: s.client.id(), Set: cardSet, Question: fmt.Sprintf("q%d", s.random.IntN(cardQuestions)), DeviceSeq: s.seq,
		AnsweredAt: timestamppb.New(time.Now().Add(-time.Duration(s.random.IntN(3600)) * time.Second)),
		TimeZone:   "America/Guayaquil",
		Action:     &aulav1.ReviewEvent_Rating{Rating: aulav1.CardAnswer_Rating(1 + s.random.IntN(4))},
	}
}

// takes is an undo of something that the learner did before.
func (s *student) takes() *aulav1.ReviewEvent {
	e := s.does()
	e.Set, e.Question = "", ""
	e.Action = &aulav1.ReviewEvent_Undo{Undo: s.order[s.random.IntN(len(s.order))]}
	return e
}

// keep notes that an event was acknowledged.
func (s *student) keep(e *aulav1.ReviewEvent) {
	if s.events[e.GetId()] == nil {
		s.events[e.GetId()] = &event{e, time.Now()}
		if e.GetUndo() == "" {
			s.order = append(s.order, e.GetId())
		}
	}
}

func (s *student) review() *operation {
	e := s.does()
	return &operation{"ReviewCard " + e.GetId(), func(ctx context.Context) error {
		_, err := aulav1.NewStudyServiceClient(s.conn).ReviewCard(ctx, &aulav1.ReviewCardRequest{Event: e})
		if err == nil {
			s.keep(e)
		}
		return err
	}}
}

func (s *student) undo() *operation {
	request := &aulav1.UndoReviewRequest{Review: s.order[s.random.IntN(len(s.order))], RequestId: s.client.id()}
	return &operation{"UndoReview " + request.GetRequestId(), func(ctx context.Context) error {
		_, err := aulav1.NewStudyServiceClient(s.conn).UndoReview(ctx, request)
		if err == nil {
			s.keep(&aulav1.ReviewEvent{Id: request.GetRequestId(), Action: &aulav1.ReviewEvent_Undo{Undo: request.GetReview()}})
		}
		return err
	}}
}

func (s *student) sync() *operation {
	events := []*aulav1.ReviewEvent{s.does(), s.does(), s.does()}
	if len(s.order) > 0 && s.random.IntN(2) == 0 {
		events = append(events, s.takes())
	}
	return &operation{"SyncReviews " + events[0].GetId(), func(ctx context.Context) error {
		resp, err := aulav1.NewStudyServiceClient(s.conn).SyncReviews(ctx, &aulav1.SyncReviewsRequest{Events: events, Cursor: s.cursor})
		if err != nil {
			return err
		}
		for i, result := range resp.GetResults() {
			if result.GetStatus() == aulav1.SyncResult_REFUSED {
				return disagree(wrong, "event %s was refused: %s", result.GetId(), result.GetMessage())
			}
			s.keep(events[i])
		}
		s.cursor = resp.GetCursor()
		return nil
	}}
}

// reschedule has all cards of the learner worked out anew.
func (s *student) reschedule() *operation {
	retention := 0.8 + float64(s.random.IntN(16))/100
	return &operation{"UpdateLearner " + s.id, func(ctx context.Context) error {
		_, err := aulav1.NewLearnerServiceClient(s.conn).UpdateLearner(ctx, &aulav1.UpdateLearnerRequest{DesiredRetention: &retention})
		return err
	}}
}
