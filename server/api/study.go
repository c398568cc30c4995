package api

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"

	aulav1 "aula/proto/aula/v1"
	"aula/server/schedule"
	"aula/server/store"
)

type studyService struct {
	aulav1.UnimplementedStudyServiceServer
	*Server
}

func (s studyService) ReviewCard(ctx context.Context, req *aulav1.ReviewCardRequest) (*aulav1.ReviewCardResponse, error) {
	l, err := student(ctx)
	if err != nil {
		return nil, err
	}
	r := s.reader(ctx, l)
	read, err := r.read(ctx, req.GetEvent())
	if err != nil {
		return nil, within("event", err)
	}
	added, err := s.addReviews(ctx, l, read.review)
	if err != nil {
		return nil, err
	}
	if added[0].Err != nil {
		return nil, reviewReused(read.GetId())
	}
	state := added[0].State
	return &aulav1.ReviewCardResponse{
		Event:      added[0].Event,
		State:      state,
		Outcome:    read.outcome(r.caller),
		Summary:    r.cameTo(added[0].Event, state, l, r.now),
		Leech:      state.GetLapses() > added[0].Before.GetLapses() && schedule.Leech(state.GetLapses()),
		ClockAhead: clockAhead(added[0].Event),
	}, nil
}

func (s studyService) UndoReview(ctx context.Context, req *aulav1.UndoReviewRequest) (*aulav1.UndoReviewResponse, error) {
	l, err := student(ctx)
	if err != nil {
		return nil, err
	}
	review := strings.ToLower(req.GetReview())
	kept, err := s.Store.Review(ctx, l.GetId(), review)
	if errors.Is(err, store.ErrNotFound) || kept.GetUndo() != "" {
		return nil, fail(codes.NotFound, aulav1.ErrorReason_REVIEW_NOT_FOUND, "review", req.GetReview())
	}
	if err != nil {
		return nil, err
	}
	r := s.reader(ctx, l)
	undo, err := r.read(ctx, &aulav1.ReviewEvent{
		Id: cmp.Or(req.GetRequestId(), uuid.NewString()), Action: &aulav1.ReviewEvent_Undo{Undo: review},
	})
	if err != nil {
		return nil, err
	}
	added, err := s.addReviews(ctx, l, undo.review)
	if err != nil {
		return nil, err
	}
	if added[0].Err != nil {
		return nil, reviewReused(req.GetRequestId())
	}
	state := added[0].State
	return &aulav1.UndoReviewResponse{State: state, Summary: r.comesAgain(state, l, r.now)}, nil
}

// addReviews keeps events of a learner. Errors: KEY_NEEDED.
func (s studyService) addReviews(ctx context.Context, l *learner, reviews ...store.Review) (added []store.AddedReview, err error) {
	err = s.scheduled(ctx, l, func(l *learner) error {
		added, err = s.Store.AddReviews(ctx, l.GetId(), l.scheduler, reviews...)
		return err
	})
	return added, err
}

func reviewReused(id string) error {
	return fail(codes.AlreadyExists, aulav1.ErrorReason_REQUEST_ID_REUSED, "request_id", id)
}

// cameTo tells what an event came to: when its card comes again. There is none of an undo that
// arrives before what it takes back.
func (c *caller) cameTo(e *aulav1.ReviewEvent, card *aulav1.CardState, l *learner, now time.Time) string {
	begun := card.GetPhase() != aulav1.CardState_PHASE_UNSPECIFIED
	switch e.GetMark() {
	case aulav1.ReviewEvent_MARK_UNSPECIFIED:
		if card == nil {
			return c.locale.Text("study.undo_waits", nil)
		}
	case aulav1.ReviewEvent_RESUME, aulav1.ReviewEvent_UNBURY:
		if !begun && !card.GetSuspended() && card.GetBuriedDay() < l.day(now) {
			return c.locale.Text("study.still_new", nil)
		}
	case aulav1.ReviewEvent_SUSPEND, aulav1.ReviewEvent_BURY:
	}
	return c.comesAgain(card, l, now)
}

// comesAgain tells when a card comes again.
func (c *caller) comesAgain(card *aulav1.CardState, l *learner, now time.Time) string {
	today := l.day(now)
	wait := card.GetDueAt().AsTime().Sub(now)
	if card.GetInterval() > 0 { // days are counted, not measured
		wait = time.Duration(card.GetLastDay()+card.GetInterval()-today) * day
	}
	switch {
	case card.GetSuspended():
		return c.locale.Text("study.suspended", nil)
	case card.GetBuriedDay() >= today:
		return c.locale.Text("study.buried", nil)
	case card.GetPhase() == aulav1.CardState_PHASE_UNSPECIFIED:
		return c.locale.Text("study.new_again", nil)
	case wait <= 0:
		return c.locale.Text("study.due_now", nil)
	}
	return c.comesIn(wait)
}
