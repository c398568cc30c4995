package api

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"golang.org/x/text/language"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	aulav1 "aula/proto/aula/v1"
	"aula/questions"
	"aula/server/schedule"
	"aula/server/store"
)

// arrived makes an event whole that arrives now: it says what only the server can. Errors:
// INVALID_REQUEST (time_zone).
func (l *learner) arrived(e *aulav1.ReviewEvent, now time.Time) (store.Review, error) {
	e.TimeZone = cmp.Or(e.GetTimeZone(), l.GetTimeZone())
	zone, err := schedule.Zone(e.GetTimeZone())
	if err != nil {
		return store.Review{}, malformed("time_zone", "field.unknown_time_zone")
	}
	if e.GetAnsweredAt() != nil {
		e.AnsweredAt = timestamppb.New(e.GetAnsweredAt().AsTime().Truncate(time.Millisecond))
	}
	if e.GetDuration() != nil {
		e.Duration = durationpb.New(min(e.GetDuration().AsDuration().Truncate(time.Millisecond), day))
	}
	e.Device, e.ReceivedAt = l.device, timestamppb.New(now.Truncate(time.Millisecond))
	counts := schedule.CountsAt(e)
	today, began := schedule.Day(counts, zone, int(l.GetRolloverHour()))
	e.StudyDay, e.DayBeganAt = today, timestamppb.New(began)
	return store.Review{ReviewEvent: e, CountsAt: counts}, nil
}

// rated is what an answer to a question says of the learner's memory: what they say themselves
// of a card, and else what follows from its credit before hints are paid for.
func rated(q *questions.Question, given *aulav1.Answer, credit float64, hints int, took time.Duration) aulav1.CardAnswer_Rating {
	if own := given.GetCard().GetRating(); own != aulav1.CardAnswer_RATING_UNSPECIFIED {
		return own
	}
	return schedule.Rate(credit, hints, took, q.Source.GetTimeLimit().AsDuration())
}

// reviewSpace is where the ids of quizzes' events come from.
var reviewSpace = uuid.MustParse("0d8c2b1f-5c0e-4f0a-9e55-6c3f2b7a41d9")

// reviewID is the id of the event that the first answer to a question of an attempt is: always
// the same.
func reviewID(attempt, question string) string {
	return uuid.NewSHA1(reviewSpace, []byte(attempt+"/"+question)).String()
}

// reviewOf makes a review of the first answer to a question of an attempt. credit is what the
// answer was worth before hints were paid for.
func (l *learner) reviewOf(a *attempt, answer store.Answer, credit float64, now time.Time) (store.Review, error) {
	given, err := answer.Message()
	if err != nil {
		return store.Review{}, err
	}
	e := &aulav1.ReviewEvent{
		Id:             reviewID(a.ID, answer.Question),
		Set:            a.Set,
		Question:       answer.Question,
		AnsweredAt:     timestamppb.New(answer.At),
		Action:         &aulav1.ReviewEvent_Answer{Answer: given},
		Hints:          int32(answer.Hints),
		AnswerLanguage: answer.Language,
		Attempt:        a.ID,
		Rated:          rated(a.set.Question(answer.Question), given, credit, answer.Hints, answer.Took),
	}
	if answer.Took > 0 {
		e.Duration = durationpb.New(answer.Took)
	}
	return l.arrived(e, now)
}

// reviewsOf makes reviews of the answers in an attempt, of the first to each question. Their ids
// are always the same, so that to keep them twice is to keep them once.
func (l *learner) reviewsOf(a *attempt, now time.Time) (reviews []store.Review, err error) {
	study := l.study(a, now)
	for _, answer := range a.Answers {
		if answer.Try > 1 {
			continue
		}
		review, err := study.Review(answer)
		if err != nil {
			return nil, err
		}
		reviews = append(reviews, review)
	}
	return reviews, nil
}

// study makes reviews of answers in an attempt that were given before.
func (l *learner) study(a *attempt, now time.Time) *store.Study {
	return &store.Study{Learner: l.GetId(), Scheduler: l.scheduler, Review: func(answer store.Answer) (store.Review, error) {
		credit := answer.Fraction
		given, err := answer.Message()
		if err != nil {
			return store.Review{}, err
		}
		reader := questions.Reader{language.Make(answer.Language)}
		if g, err := a.set.Grade(a.set.Question(answer.Question), given, reader, reader, a.play()); err == nil {
			credit = g.Fraction
		}
		return l.reviewOf(a, answer, credit, now)
	}}
}

// owner returns the learner whose attempt the caller goes on with; nil for a guest's.
func (c *caller) owner(log *store.Log) *learner {
	if log.Guest() {
		return nil
	}
	return c.learner
}

// maxRescheduled is how often in a row a learner may change how their cards are scheduled while
// a review is being kept.
const maxRescheduled = 3

// again reads a learner anew, who has changed meanwhile. Errors: KEY_NEEDED, where they are no
// more.
func (s *Server) again(ctx context.Context, l *learner) (*learner, error) {
	s.keys.forget(l.device)
	profile, err := s.Store.Learner(ctx, l.GetId())
	if errors.Is(err, store.ErrNotFound) {
		return nil, tokenNeeded()
	}
	if err != nil {
		return nil, err
	}
	return newLearner(profile, l.device)
}

// scheduled runs what keeps a learner's reviews, and again where the learner was out of date.
// Errors: KEY_NEEDED, where they are no more.
func (s *Server) scheduled(ctx context.Context, l *learner, keep func(*learner) error) error {
	err := keep(l)
	for try := 1; errors.Is(err, store.ErrRescheduled) && try < maxRescheduled; try++ {
		if l, err = s.again(ctx, l); err != nil {
			return err
		}
		err = keep(l)
	}
	if l != nil && errors.Is(err, store.ErrNotFound) {
		return tokenNeeded()
	}
	return err
}
