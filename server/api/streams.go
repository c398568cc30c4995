package api

import (
	"context"
	"fmt"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	aulav1 "aula/proto/aula/v1"
)

// maxTransfer is for how long a stream may move a file, over a slow network too.
const maxTransfer = 10 * time.Minute

// lasting are the streams of ours that move no file: they go on for as long as their caller
// wants.
var lasting = map[string]bool{aulav1.ScoreService_WatchLeaderboard_FullMethodName: true}

// stream is what every stream passes through. Aula's own are checked, told in the caller's
// language and logged as calls are. Some may last, and their handlers end them with the
// server (until); the others are bounded, and end with the server when they next wait for
// their caller. Health's and reflection's know nothing of that and are cut off.
func (s *Server) stream(srv any, ss grpc.ServerStream, info *grpc.StreamServerInfo, handle grpc.StreamHandler) (err error) {
	start := time.Now()
	c := s.newCaller(ss.Context())
	own := &stream{ServerStream: ss, server: s, caller: c, ctx: withCaller(ss.Context(), c)}
	aulas := strings.HasPrefix(info.FullMethod, "/"+ours+".")
	defer func() {
		if r := recover(); r != nil {
			err = panicked(r)
		}
		if err != nil {
			s.resume(ss.Context(), c, own.request, err)
			err = s.status(ss.Context(), err, c, info.FullMethod)
		}
		s.logCall(ss.Context(), own.request, info.FullMethod, err, time.Since(start))
	}()
	if err := s.authoriseStream(own, info.FullMethod); err != nil {
		return err
	}
	var cancel context.CancelFunc
	switch {
	case lasting[info.FullMethod]:
		leave, err := c.stand()
		if err != nil {
			return err
		}
		defer leave()
		return handle(srv, own)
	case aulas:
		own.bounded = true
		own.ctx, cancel = context.WithTimeout(own.ctx, maxTransfer)
		defer cancel()
		return handle(srv, own)
	}
	leave, err := c.stand() // health's and reflection's end when their callers want
	if err != nil {
		return err
	}
	defer leave()
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

// authoriseStream is authorise, for a stream. Whoever is refused is told so in the language
// that their first message names: it is waited for, for a while.
func (s *Server) authoriseStream(own *stream, method string) error {
	ctx, cancel := context.WithTimeout(own.ctx, maxTime)
	defer cancel()
	refused := s.admit(ctx, own.caller, method)
	if refused == nil || tooMuch(refused) {
		return refused
	}
	found, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(strings.ReplaceAll(method[1:], "/", ".")))
	if err != nil {
		return refused
	}
	rpc, ok := found.(protoreflect.MethodDescriptor)
	if !ok || rpc.ParentFile().Package() != ours {
		return refused
	}
	request, err := protoregistry.GlobalTypes.FindMessageByName(rpc.Input().FullName())
	if err != nil {
		return refused
	}
	m := request.New().Interface()
	if s.wait(ctx, func() error { return own.ServerStream.RecvMsg(m) }) == nil {
		_ = own.caller.listen(m) // what cannot be read is as good as absent
	}
	return refused
}

// stream is a stream with its caller, who is refused what is malformed.
type stream struct {
	grpc.ServerStream
	server  *Server
	caller  *caller
	ctx     context.Context
	bounded bool
	request any // the last received
}

func (s *stream) Context() context.Context { return s.ctx }

// RecvMsg takes a caller who has left for one who gave up.
func (s *stream) RecvMsg(m any) error {
	if err := s.pass(func() error { return s.ServerStream.RecvMsg(m) }); err != nil {
		if status.Code(err) == codes.Canceled {
			err = fmt.Errorf("%w: %w", context.Canceled, err)
		}
		return err
	}
	if s.request != nil {
		if err := s.server.slow(s.ctx, s.caller); err != nil {
			return err
		}
	}
	s.request = m
	return s.server.check(s.caller, m)
}

// SendMsg takes a caller who can no longer be reached for one who gave up.
func (s *stream) SendMsg(m any) error {
	err := s.pass(func() error { return s.ServerStream.SendMsg(m) })
	if status.Code(err) == codes.Unavailable {
		return fmt.Errorf("%w: %w", context.Canceled, err)
	}
	return err
}

// pass has a message pass, in the stream's time if that is bounded.
func (s *stream) pass(message func() error) error {
	if s.bounded {
		return s.server.wait(s.ctx, message)
	}
	return message()
}

// wait waits for the caller, whom f receives from or sends to, for no longer than ctx and
// the server last. An f that is no longer waited for ends with the stream. Errors:
// SERVER_STOPPING, or those of f.
func (s *Server) wait(ctx context.Context, f func() error) error {
	done := make(chan error, 1)
	go func() { done <- f() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-s.stopping:
		return stopping()
	}
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
		return stopping()
	}
}

func stopping() error { return fail(codes.Unavailable, aulav1.ErrorReason_SERVER_STOPPING) }
