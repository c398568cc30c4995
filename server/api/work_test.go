package api

import (
	"context"
	"errors"
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats"
)

// What is received of all files together stays within its bound, and room that was given
// back can be had again.
func TestRoomIsBounded(t *testing.T) {
	var r room
	for range 3 {
		for range 2 {
			if err := r.take(formats.MaxFile); err != nil {
				t.Fatal(err)
			}
		}
		for range 2 {
			if e, ok := errors.AsType[*callError](r.take(1)); !ok || e.reason != aulav1.ErrorReason_OVERLOADED || e.code != codes.ResourceExhausted {
				t.Errorf("more than there is room for: %v", e)
			}
		}
		for range 2 {
			if err := r.take(-formats.MaxFile); err != nil {
				t.Fatal(err)
			}
		}
	}
	if left := r.taken.Load(); left != 0 {
		t.Errorf("%d bytes are taken in the end", left)
	}
}

// Who waits for a turn, or for a caller who sends nothing, waits no longer than they may nor
// longer than the server lasts.
func TestWaitingEnds(t *testing.T) {
	s, _ := newServer(t)
	for range maxLoads {
		leave, err := s.enter(t.Context(), s.work.loads)
		if err != nil {
			t.Fatal(err)
		}
		defer leave()
	}
	never := make(chan struct{})
	waits := map[string]func(context.Context) error{
		"a turn": func(ctx context.Context) error {
			_, err := s.enter(ctx, s.work.loads)
			return err
		},
		"a caller": func(ctx context.Context) error {
			return s.wait(ctx, func() error { <-never; return nil })
		},
	}
	defer close(never)
	for name, wait := range waits {
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if err := wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v", name, err)
		}
	}
	s.Stop(time.Second)
	for name, wait := range waits {
		if e, ok := errors.AsType[*callError](wait(t.Context())); !ok || e.reason != aulav1.ErrorReason_SERVER_STOPPING {
			t.Errorf("%s, of a server that stops: %v", name, e)
		}
	}
}
