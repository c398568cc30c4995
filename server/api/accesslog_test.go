package api

import (
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	aulav1 "aula/proto/aula/v1"
)

// Of the calls that succeed the first of each so many is logged; those that fail all are.
func TestLogOneIn(t *testing.T) {
	for oneIn, want := range map[uint64]int{0: 10, 1: 10, 3: 4, 100: 1} {
		s, log := newServer(t)
		s.LogOneIn = oneIn
		for range 10 {
			s.logCall(t.Context(), nil, "/fine", nil, time.Millisecond)
			s.logCall(t.Context(), nil, "/failed", errors.New("no"), time.Millisecond)
		}
		if fine, failed := strings.Count(log.String(), "/fine"), strings.Count(log.String(), "/failed"); fine != want || failed != 10 {
			t.Errorf("one in %d: logged %d that succeeded, want %d; %d that failed, want 10", oneIn, fine, want, failed)
		}
	}
}

// A line tells enough of an attempt to follow it, and too little to answer in its name.
func TestLogLine(t *testing.T) {
	s, log := newServer(t)
	s.logCall(t.Context(), &aulav1.GetPromptRequest{Attempt: "P236O6PLMJI7VKQ2GLMIT6YKMF"}, "/m", nil, 1500*time.Microsecond)
	if line := log.String(); !strings.HasPrefix(line, "time=") || !strings.HasSuffix(line, " level=INFO msg=call method=/m code=OK took=1.5ms attempt=…MIT6YKMF\n") {
		t.Errorf("logged %s", line)
	}
}

// A call about no attempt has none in its line.
func TestLogLineWithoutAttempt(t *testing.T) {
	s, log := newServer(t)
	s.logCall(t.Context(), &aulav1.GetLeaderboardRequest{Set: "s"}, "/m", nil, time.Millisecond)
	if line := log.String(); strings.Contains(line, "attempt") {
		t.Errorf("logged %s", line)
	}
}

// What the access log costs a call.
func BenchmarkLogCall(b *testing.B) {
	req := &aulav1.GetPromptRequest{Attempt: "P236O6PLMJI7VKQ2GLMIT6YKMF"}
	for _, c := range []struct {
		name  string
		log   slog.Handler
		oneIn uint64
	}{
		{"text", slog.NewTextHandler(io.Discard, nil), 1},
		{"json", slog.NewJSONHandler(io.Discard, nil), 1},
		{"one in 100", slog.NewTextHandler(io.Discard, nil), 100},
	} {
		b.Run(c.name, func(b *testing.B) {
			s := &Server{Config: Config{Log: slog.New(c.log), LogOneIn: c.oneIn}}
			b.ReportAllocs()
			for b.Loop() {
				s.logCall(b.Context(), req, aulav1.QuizService_GetPrompt_FullMethodName, nil, 123456*time.Nanosecond)
			}
		})
	}
}
