package main

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/schollz/progressbar/v3"
)

const (
	patience = time.Second            // until progress is shown
	redraw   = 100 * time.Millisecond // from then on
)

// progress shows how far a file has come, on a terminal and once that takes longer than a
// moment. nil shows nothing.
type progress struct {
	sent atomic.Int64
	quit chan struct{}
	done sync.WaitGroup
}

func (t *terminal) progress(file string, size int64) *progress {
	if !isTerminal(t.stderr) {
		return nil
	}
	p := &progress{quit: make(chan struct{})}
	args := map[string]any{"File": file}
	options := []progressbar.Option{
		progressbar.OptionSetWriter(t.stderr), progressbar.OptionSetPredictTime(false), progressbar.OptionSetElapsedTime(true),
		progressbar.OptionSetSpinnerChangeInterval(0), progressbar.OptionSpinnerType(14),
	}
	sending := progressbar.NewOptions64(size, append(options, progressbar.OptionShowBytes(true),
		progressbar.OptionSetDescription(t.text("cli.progress.sending", args)))...)
	working := progressbar.NewOptions64(-1, append(options,
		progressbar.OptionSetDescription(t.text("cli.progress.working", args)))...)
	p.done.Go(func() { p.show(size, sending, working) })
	return p
}

// show draws the bar while the file is on its way, and then that it is worked on.
func (p *progress) show(size int64, sending, working *progressbar.ProgressBar) {
	select {
	case <-p.quit:
		return
	case <-time.After(patience):
	}
	tick := time.NewTicker(redraw)
	defer tick.Stop()
	for {
		bar := working
		if sent := p.sent.Load(); sent < size {
			bar = sending
			_ = bar.Set64(sent)
		} else {
			_ = sending.Clear()
			_ = bar.Add(1)
		}
		select {
		case <-p.quit:
			_ = bar.Clear()
			return
		case <-tick.C:
		}
	}
}

func (p *progress) add(n int) {
	if p != nil {
		p.sent.Add(int64(n))
	}
}

// end takes the bar off the terminal.
func (p *progress) end() {
	if p != nil {
		close(p.quit)
		p.done.Wait()
	}
}
