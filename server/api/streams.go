package api

import (
	"context"
	"fmt"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	aulav1 "aula/proto/aula/v1"
)

// stream is what every stream passes through. Aula's own are checked, told in the caller's
// language and logged as calls are; they may last, and their handlers end them with the
// server (until). Health's and reflection's know nothing of that and are cut off.
func (s *Server) stream(srv any, ss grpc.ServerStream, info *grpc.StreamServerInfo, handle grpc.StreamHandler) (err error) {
	start := time.Now()
	c := s.newCaller(ss.Context())
	own := &stream{ServerStream: ss, server: s, caller: c, ctx: withCaller(ss.Context(), c)}
	aulas := strings.HasPrefix(info.FullMethod, "/"+ours+".")
	defer func() {
		r := recover()
		if r != nil {
			err = panicked(r)
		}
		if err != nil && (aulas || r != nil) {
			s.resume(ss.Context(), c, own.request)
			err = s.status(ss.Context(), err, c, info.FullMethod)
		}
		s.logCall(ss.Context(), own.request, info.FullMethod, err, time.Since(start))
	}()
	if aulas {
		return handle(srv, own)
	}
	var cancel context.CancelFunc
	own.ctx, cancel = context.WithCancel(own.ctx)
	defer cancel()
	go func() {
		select {
		case <-s.stopping:
			cancel()
		case <-own.ctx.Done():
		}
	}()
	return handle(srv, own)
}

// stream is a stream with its caller, who is refused what is malformed.
type stream struct {
	grpc.ServerStream
	server  *Server
	caller  *caller
	ctx     context.Context
	request any // the last received
}

func (s *stream) Context() context.Context { return s.ctx }

func (s *stream) RecvMsg(m any) error {
	if err := s.ServerStream.RecvMsg(m); err != nil {
		return err
	}
	s.request = m
	return s.server.check(s.caller, m)
}

// SendMsg takes a caller who can no longer be reached for one who gave up.
func (s *stream) SendMsg(m any) error {
	err := s.ServerStream.SendMsg(m)
	if status.Code(err) == codes.Unavailable {
		return fmt.Errorf("%w: %w", context.Canceled, err)
	}
	return err
}

// until waits for something on a stream that is to end with its caller and with the
// server. It starts nothing, so a stream may wait for as long as it likes. Errors:
// SERVER_STOPPING.
func until[T any](ctx context.Context, s *Server, something <-chan T) error {
	select {
	case <-something:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-s.stopping:
		return fail(codes.Unavailable, aulav1.ErrorReason_SERVER_STOPPING)
	}
}
