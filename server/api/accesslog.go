package api

import (
	"context"
	"log/slog"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// logCall writes the access log: a line for each call that failed, and for one in
// Config.LogOneIn of those that did not or that their caller gave up, as every watch ends. It tells which call, how it ended, how long it
// took and, in part, of which attempt. Who called and from where, what was answered and
// what anyone is called is never in it: most of those who call are children.
func (s *Server) logCall(ctx context.Context, req any, method string, err error, took time.Duration) {
	code := status.Code(err)
	if (code == codes.OK || code == codes.Canceled) && s.LogOneIn > 1 && s.succeeded.Add(1)%s.LogOneIn != 1 {
		return
	}
	handler := s.Log.Handler()
	level := slog.LevelInfo
	if code == codes.DeadlineExceeded && took >= maxTime { // the server's own, not the caller's
		level = slog.LevelWarn
	}
	if !handler.Enabled(ctx, level) {
		return
	}
	// The Logger's own methods would look up this line of code at every call, to no use.
	line := slog.NewRecord(time.Now(), level, "call", 0)
	line.AddAttrs(
		slog.String("method", method),
		slog.String("code", code.String()),
		slog.Duration("took", took),
	)
	if r, ok := req.(interface{ GetAttempt() string }); ok && r.GetAttempt() != "" {
		line.AddAttrs(slog.String("attempt", abbreviate(r.GetAttempt())))
	}
	_ = handler.Handle(ctx, line) // a log that cannot be written has no one to tell
}

// abbreviate gives enough of an attempt's id to follow it through the log, and too
// little to answer in its name: its end, since it begins with the time.
func abbreviate(id string) string {
	const shown = 8
	if len(id) <= shown {
		return id
	}
	return "…" + id[len(id)-shown:]
}
