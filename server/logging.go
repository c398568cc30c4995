package main

import (
	"context"
	"io"
	"log/slog"
	"sync"
	"time"

	"go.opentelemetry.io/otel/trace"
)

// newLog returns a logger that writes lines to out, and what holds them back for a moment.
func (c *serveCommand) newLog(out io.Writer) (*slog.Logger, *lineHold) {
	hold := &lineHold{out: out}
	options := &slog.HandlerOptions{Level: c.LogLevel}
	var lines slog.Handler = slog.NewTextHandler(hold, options)
	if c.LogFormat == "json" {
		lines = slog.NewJSONHandler(hold, options)
	}
	return slog.New(logHandler{lines, hold, c.traced()}), hold
}

// logHandler writes what should not be lost at once, and names the trace that a line
// belongs to.
type logHandler struct {
	slog.Handler
	hold   *lineHold
	traced bool
}

// Handle writes a line, and flushes it from WARN on.
func (h logHandler) Handle(ctx context.Context, line slog.Record) error {
	if h.traced {
		if span := trace.SpanContextFromContext(ctx); span.IsSampled() {
			line.AddAttrs(slog.String("trace", span.TraceID().String()))
		}
	}
	err := h.Handler.Handle(ctx, line)
	if line.Level >= slog.LevelWarn {
		h.hold.flush()
	}
	return err
}

// WithAttrs returns a handler that adds attributes to every line.
func (h logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return logHandler{h.Handler.WithAttrs(attrs), h.hold, h.traced}
}

// WithGroup returns a handler that puts what follows into a group.
func (h logHandler) WithGroup(name string) slog.Handler {
	return logHandler{h.Handler.WithGroup(name), h.hold, h.traced}
}

const (
	holdTime  = 100 * time.Millisecond
	holdBytes = 32 << 10
)

// lineHold gathers log lines for up to holdTime and writes them together: a write for
// each would cost a call more than making the line does. A process that is killed, or
// ended by a panic outside of any call, takes the last holdTime of calls with it.
type lineHold struct {
	out io.Writer

	mu     sync.Mutex
	lines  []byte
	timer  *time.Timer
	closed bool
}

// Write takes whole lines. It fails only where they are written at once.
func (h *lineHold) Write(lines []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return h.out.Write(lines)
	}
	if len(h.lines) == 0 {
		if h.timer == nil {
			h.timer = time.AfterFunc(holdTime, h.flush)
		} else {
			h.timer.Reset(holdTime)
		}
	}
	h.lines = append(h.lines, lines...)
	if len(h.lines) >= holdBytes {
		h.write()
	}
	return len(lines), nil
}

// flush writes what is held.
func (h *lineHold) flush() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.write()
}

// close writes what is held; from here on nothing is.
func (h *lineHold) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.write()
	h.closed = true
}

func (h *lineHold) write() {
	if len(h.lines) > 0 {
		_, _ = h.out.Write(h.lines) // a log that cannot be written has no one to tell
		h.lines = h.lines[:0]
	}
}
