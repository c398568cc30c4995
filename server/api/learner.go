package api

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"golang.org/x/text/language"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	aulav1 "aula/proto/aula/v1"
	"aula/server/schedule"
	"aula/server/store"
)

type learnerService struct {
	aulav1.UnimplementedLearnerServiceServer
	*Server
}

// learner is a learner as a call meets them, on one of their devices. It is shared by the calls
// of that device, and never changed.
type learner struct {
	*aulav1.Learner
	device    string // the id of its key
	zone      *time.Location
	scheduler *schedule.Scheduler
	reads     []language.Tag // best first
}

func newLearner(profile *aulav1.Learner, device string) (*learner, error) {
	zone, err := schedule.Zone(profile.GetTimeZone())
	if err != nil {
		return nil, err
	}
	scheduler, err := schedule.New(profile.GetScheduling())
	if err != nil {
		return nil, err
	}
	reads := []language.Tag{language.Make(profile.GetLanguage())}
	for _, other := range profile.GetOtherLanguages() {
		reads = append(reads, language.Make(other))
	}
	return &learner{profile, device, zone, scheduler, reads}, nil
}

// day is the learner's study day at a time, where they are at home.
func (l *learner) day(at time.Time) int32 {
	day, _ := schedule.Day(at, l.zone, int(l.GetRolloverHour()))
	return day
}

// speakTo takes a learner's languages, for a call that names none.
func (c *caller) speakTo(l *learner) {
	if l != nil && c.asked == nil {
		name := strings.Join(append([]string{l.GetLanguage()}, l.GetOtherLanguages()...), " ")
		c.tongue = c.tongues.find(tongueName{learner: name}, func() []language.Tag { return l.reads })
	}
}

// student returns the learner who makes a call. Errors: NOT_A_LEARNER.
func student(ctx context.Context) (*learner, error) {
	if l := callerOf(ctx).learner; l != nil {
		return l, nil
	}
	return nil, fail(codes.FailedPrecondition, aulav1.ErrorReason_NOT_A_LEARNER)
}

// What a learner begins with.
const (
	defaultRollover      = 4 // o'clock
	defaultNewPerDay     = 20
	defaultReviewsPerDay = 200
)

func (s learnerService) CreateLearner(ctx context.Context, req *aulav1.CreateLearnerRequest) (*aulav1.CreateLearnerResponse, error) {
	c := callerOf(ctx)
	zone := cmp.Or(req.GetTimeZone(), "UTC")
	if _, err := schedule.Zone(zone); err != nil {
		return nil, malformed("time_zone", "field.unknown_time_zone")
	}
	now := s.Now()
	profile := &aulav1.Learner{
		Id:            newID(now),
		Name:          cmp.Or(nickname(req.GetName()), c.locale.Text("learner", nil)),
		Language:      c.reader()[0].String(),
		TimeZone:      zone,
		RolloverHour:  defaultRollover,
		NewPerDay:     defaultNewPerDay,
		ReviewsPerDay: defaultReviewsPerDay,
		Scheduling:    schedule.Default(),
		CreatedAt:     timestamppb.New(now.Truncate(time.Millisecond)),
	}
	id, secret := newKey(now)
	device := store.Key{ID: id, Name: nickname(req.GetDeviceName()), Hash: hashOf(secret), CreatedAt: now}
	profile, err := s.Store.CreateLearner(ctx, profile, strings.ToLower(req.GetRequestId()), device)
	if errors.Is(err, store.ErrRequestReused) {
		return nil, fail(codes.AlreadyExists, aulav1.ErrorReason_REQUEST_ID_REUSED, "request_id", req.GetRequestId())
	}
	if err != nil {
		return nil, err
	}
	return &aulav1.CreateLearnerResponse{Learner: profile, Device: id, Token: "aula_" + id + "_" + secret}, nil
}

func (s learnerService) GetLearner(ctx context.Context, _ *aulav1.GetLearnerRequest) (*aulav1.GetLearnerResponse, error) {
	l, err := student(ctx)
	if err != nil {
		return nil, err
	}
	return &aulav1.GetLearnerResponse{Learner: l.Learner}, nil
}
