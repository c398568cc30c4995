package api

import (
	"cmp"
	"context"
	"errors"

	"google.golang.org/protobuf/types/known/durationpb"

	aulav1 "aula/proto/aula/v1"
	"aula/server/store"
)

// defaultSync is how much a sync returns where the request does not say.
const defaultSync = 500

func (s studyService) SyncReviews(ctx context.Context, req *aulav1.SyncReviewsRequest) (*aulav1.SyncReviewsResponse, error) {
	l, err := student(ctx)
	if err != nil {
		return nil, err
	}
	at, err := readCursor(req.GetCursor(), l.GetId())
	if err != nil {
		return nil, err
	}
	resp := &aulav1.SyncReviewsResponse{}
	if resp.Results, err = s.takeIn(ctx, l, req.GetEvents()); err != nil {
		return nil, err
	}
	size := int(cmp.Or(req.GetPageSize(), defaultSync))
	changes, err := s.Store.Changes(ctx, l.GetId(), l.device, at.seq, size)
	if errors.Is(err, store.ErrNotFound) { // of a log that was longer, before the database was restored
		return nil, invalidCursor()
	}
	if err != nil {
		return nil, err
	}
	resp.Events, resp.States, resp.More = changes.Events, changes.States, changes.More
	at.seq = changes.Seq
	resp.Cursor = at.token(l.GetId())
	return resp, nil
}

// takeIn keeps what a device sends, each event by itself, and all in one commit.
func (s studyService) takeIn(ctx context.Context, l *learner, events []*aulav1.ReviewEvent) ([]*aulav1.SyncResult, error) {
	r := s.reader(ctx, l)
	results := make([]*aulav1.SyncResult, len(events))
	var taken []*readEvent
	var reviews []store.Review
	var places []int // of the reviews among the events
	for i, e := range events {
		results[i] = &aulav1.SyncResult{Id: e.GetId()}
		err := s.check(r.caller, e)
		if err == nil {
			var read *readEvent
			if read, err = r.read(ctx, e); err == nil {
				taken, reviews, places = append(taken, read), append(reviews, read.review), append(places, i)
				continue
			}
		}
		s.refuse(ctx, r.caller, results[i], err)
	}
	if len(reviews) == 0 {
		return results, nil
	}
	added, err := s.addReviews(ctx, l, reviews...)
	if err != nil {
		return nil, err
	}
	for at, i := range places {
		if added[at].Err != nil {
			s.refuse(ctx, r.caller, results[i], reviewReused(taken[at].GetId()))
			continue
		}
		accept(results[i], added[at])
		results[i].Outcome = taken[at].outcome(r.caller)
	}
	return results, nil
}

// accept tells that an event is kept.
func accept(result *aulav1.SyncResult, added store.AddedReview) {
	result.Status = aulav1.SyncResult_ACCEPTED
	if added.Known {
		result.Status = aulav1.SyncResult_ALREADY_KNOWN
	}
	result.ClockAhead = clockAhead(added.Event)
}

// clockAhead tells how far the clock of an event's device is ahead; nil where it is not.
func clockAhead(e *aulav1.ReviewEvent) *durationpb.Duration {
	ahead := e.GetAnsweredAt().AsTime().Sub(e.GetReceivedAt().AsTime())
	if e.GetAnsweredAt() == nil || ahead <= 0 {
		return nil
	}
	return durationpb.New(ahead)
}

// refuse tells why an event is not kept.
func (s studyService) refuse(ctx context.Context, c *caller, result *aulav1.SyncResult, err error) {
	e := s.explain(ctx, err, aulav1.StudyService_SyncReviews_FullMethodName)
	fields, text, _ := e.text(c.locale)
	result.Status, result.Reason, result.Message = aulav1.SyncResult_REFUSED, e.reason, text
	for _, field := range fields {
		result.Fields = append(result.Fields, field.GetField())
	}
}
