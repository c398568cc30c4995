package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/language"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
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

func (s learnerService) UpdateLearner(ctx context.Context, req *aulav1.UpdateLearnerRequest) (*aulav1.UpdateLearnerResponse, error) {
	l, err := student(ctx)
	if err != nil {
		return nil, err
	}
	changes, err := readChanges(callerOf(ctx), req)
	if err != nil {
		return nil, err
	}
	profile, err := s.Store.ChangeLearner(ctx, l.GetId(), changes.apply)
	if errors.Is(err, store.ErrNotFound) {
		return nil, tokenNeeded() // they were erased a moment ago
	}
	if err != nil {
		return nil, err
	}
	s.keys.forgetLearner(l.GetId())
	if changes.ofSchedule() { // even if it is so already: the call may be repeated
		scheduler, err := schedule.New(profile.GetScheduling())
		if err != nil {
			return nil, err
		}
		err = s.Store.Refold(ctx, l.GetId(), scheduler)
		// Where they are scheduled otherwise again by now, whoever did that refolds them.
		if err != nil && !errors.Is(err, store.ErrRescheduled) {
			return nil, err
		}
	}
	return &aulav1.UpdateLearnerResponse{Learner: profile}, nil
}

// changes are what a request wants changed of a learner, once it is known to be good.
type changes struct {
	*aulav1.UpdateLearnerRequest
	name, language string
	others         []string
}

// readChanges checks what the proto's rules do not say. Errors: INVALID_REQUEST.
func readChanges(c *caller, req *aulav1.UpdateLearnerRequest) (*changes, error) {
	read := &changes{UpdateLearnerRequest: req, name: nickname(req.GetName())}
	if req.Name != nil && read.name == "" {
		return nil, malformed("name", "field.blank")
	}
	if req.GetLanguage() != "" {
		read.language = c.reader()[0].String()
	}
	for i, name := range req.GetOtherLanguages() {
		if name == "" && len(req.GetOtherLanguages()) == 1 {
			break // they want none
		}
		tag, err := language.Parse(name)
		if err != nil {
			return nil, unknownLanguage(fmt.Sprintf("other_languages[%d]", i), name)
		}
		if !slices.Contains(read.others, tag.String()) {
			read.others = append(read.others, tag.String())
		}
	}
	if req.TimeZone != nil {
		if _, err := schedule.Zone(req.GetTimeZone()); err != nil {
			return nil, malformed("time_zone", "field.unknown_time_zone")
		}
	}
	for field, steps := range map[string]*aulav1.Steps{
		"learning_steps": req.GetLearningSteps(), "relearning_steps": req.GetRelearningSteps(),
	} {
		if !slices.IsSortedFunc(steps.GetSteps(), longer) {
			return nil, malformed(field+".steps", "field.steps_out_of_order")
		}
	}
	return read, nil
}

// longer compares two steps, so that equal ones are out of order.
func longer(a, b *durationpb.Duration) int {
	return cmp.Or(cmp.Compare(a.AsDuration(), b.AsDuration()), -1)
}

// ofSchedule reports whether how cards are scheduled is among them.
func (c *changes) ofSchedule() bool {
	return c.DesiredRetention != nil || c.MaximumInterval != nil || c.GetLearningSteps() != nil || c.GetRelearningSteps() != nil
}

// apply makes the changes. The schedule has another version if they change it.
func (c *changes) apply(l *aulav1.Learner) error {
	before := proto.CloneOf(l.GetScheduling())
	l.Name = cmp.Or(c.name, l.GetName())
	l.Language = cmp.Or(c.language, l.GetLanguage())
	if c.GetOtherLanguages() != nil {
		l.OtherLanguages = slices.Clone(c.others)
	}
	l.OtherLanguages = slices.DeleteFunc(l.GetOtherLanguages(), func(other string) bool { return other == l.GetLanguage() })
	set(&l.TimeZone, c.TimeZone)
	set(&l.RolloverHour, c.RolloverHour)
	set(&l.NewPerDay, c.NewPerDay)
	set(&l.ReviewsPerDay, c.ReviewsPerDay)
	set(&l.Scheduling.DesiredRetention, c.DesiredRetention)
	set(&l.Scheduling.MaximumInterval, c.MaximumInterval)
	if c.GetLearningSteps() != nil {
		l.Scheduling.LearningSteps = c.GetLearningSteps().GetSteps()
	}
	if c.GetRelearningSteps() != nil {
		l.Scheduling.RelearningSteps = c.GetRelearningSteps().GetSteps()
	}
	if !proto.Equal(before, l.GetScheduling()) {
		l.Scheduling.Version++
	}
	_, err := newLearner(l, "") // what is kept must be good to schedule by
	return err
}

// set sets what is to be changed.
func set[T any](field, to *T) {
	if to != nil {
		*field = *to
	}
}
