package main

import (
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"
)

// page is written to from any goroutine.
type page struct {
	mu     sync.Mutex
	text   string
	writes int
}

func (p *page) Write(text []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.text += string(text)
	p.writes++
	return len(text), nil
}

func (p *page) read() (text string, writes int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text, p.writes
}

// Lines are held for a moment and written together; what matters is written at once.
func TestLineHold(t *testing.T) {
	out := &page{}
	log, hold := (&serveCommand{}).newLog(out)
	for range 10 {
		log.Info("call")
	}
	log.With("a", 1).WithGroup("g").Error("it failed", "b", 2)
	text, writes := out.read()
	if n := strings.Count(text, "\n"); n != 11 || !strings.Contains(text, "a=1 g.b=2") {
		t.Errorf("after an error %d lines are written\n%s", n, text)
	}
	if writes == 11 {
		t.Error("every line was written by itself")
	}

	log.Info("last call")
	for deadline := time.Now().Add(time.Minute); ; {
		if text, _ = out.read(); strings.Contains(text, "last call") {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("a line is held for good")
		}
	}

	for range 1000 {
		log.Info(strings.Repeat("x", 100))
	}
	if text, _ = out.read(); strings.Count(text, "xxx") == 0 {
		t.Error("100 kB are held")
	}
	hold.close()
	log.Info("after the end")
	if text, _ = out.read(); !strings.HasSuffix(text, "msg=\"after the end\"\n") || strings.Count(text, "\n") != 1013 {
		t.Errorf("%d lines are written in the end", strings.Count(text, "\n"))
	}
}

// A log of WARN and above has no line of a call.
func TestLogLevel(t *testing.T) {
	out := &page{}
	log, _ := (&serveCommand{LogLevel: slog.LevelWarn}).newLog(out)
	log.Info("call")
	log.Warn("careful")
	if text, _ := out.read(); strings.Contains(text, "call") || !strings.Contains(text, "careful") {
		t.Errorf("logged %s", text)
	}
}
