package api

import (
	"context"
	"fmt"
	"runtime/debug"
	"strings"
	"time"
	"unicode"

	"buf.build/go/protovalidate"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	aulav1 "aula/proto/aula/v1"
)

// unary is what every call passes through: it finds the caller's language, refuses a call
// that is not for them, bounds the time, checks the request, and turns an error into a
// status. The log tells which call, how it ended and how long it took, never what was
// answered.
func (s *Server) unary(ctx context.Context, req any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (resp any, err error) {
	start := time.Now()
	c := s.newCaller(ctx)
	defer func() {
		if r := recover(); r != nil {
			err = panicked(r)
		}
		if err != nil {
			s.resume(ctx, c, req, err)
			resp, err = nil, s.status(ctx, err, c, info.FullMethod)
		}
		s.logCall(ctx, req, info.FullMethod, err, time.Since(start))
	}()
	bounded := &callContext{Context: ctx, caller: c}
	defer bounded.end()
	if err := s.admit(bounded, c, info.FullMethod); err != nil {
		_ = c.listen(req) // what cannot be read is as good as absent
		return nil, err
	}
	if err := s.check(c, req); err != nil {
		return nil, err
	}
	return handle(bounded, req)
}

// ours is the package of Aula's own messages.
const ours = "aula.v1"

// check refuses a request whose language or fields are malformed, in the language it asks
// for where that much can be read.
func (s *Server) check(c *caller, req any) error {
	m, ok := req.(proto.Message)
	if ok && isUnreadable(m) {
		_ = c.listen(req) // what could be read of it may say in which language
		return cannotRead()
	}
	if !ok || m.ProtoReflect().Descriptor().ParentFile().Package() != ours {
		return nil // health's and reflection's have no rules, and do not need the validator made
	}
	unknown := c.listen(req)
	if err := protovalidate.Validate(m); err != nil {
		return invalid(err)
	}
	if field := tidy(m.ProtoReflect()); field != "" {
		return malformed(field, "field.control_character")
	}
	return unknown
}

// resume speaks to a caller who names no language, and is refused, in that of the attempt they
// name. Whoever asks too much, or for what is not there, has nothing looked up for it.
func (s *Server) resume(ctx context.Context, c *caller, req any, refused error) {
	if tooMuch(refused) || isReason(refused, aulav1.ErrorReason_ATTEMPT_NOT_FOUND) {
		return
	}
	r, ok := req.(interface{ GetAttempt() string })
	if !ok || c.asked != nil || r.GetAttempt() == "" || strings.ContainsFunc(r.GetAttempt(), unicode.IsControl) {
		return
	}
	if log, err := s.log(ctx, c, r.GetAttempt()); err == nil {
		c.resume(log.Language)
	}
}

// panicked makes an error of what a handler panicked with, for the log.
func panicked(with any) error { return fmt.Errorf("panic: %v\n%s", with, debug.Stack()) }
