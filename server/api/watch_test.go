package api_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	aulav1 "aula/proto/aula/v1"
)

// watcher is a stream of standings.
type watcher struct {
	t      testing.TB
	next   func() (*aulav1.WatchLeaderboardResponse, error)
	stop   context.CancelFunc
	opened time.Time
	count  int // of messages
}

func (w *world) watch(req *aulav1.WatchLeaderboardRequest) *watcher {
	w.t.Helper()
	return w.watchAs(&someone{w: w}, req)
}

func (w *world) watchAs(s *someone, req *aulav1.WatchLeaderboardRequest) *watcher {
	w.t.Helper()
	req.Set = "rivers"
	ctx, stop := context.WithCancel(s.ctx())
	w.t.Cleanup(stop)
	opened := time.Now()
	stream, err := w.score.WatchLeaderboard(ctx, req)
	if err != nil {
		w.t.Fatal(err)
	}
	return &watcher{t: w.t, next: stream.Recv, stop: stop, opened: opened}
}

// see returns the next message, which must say something new.
func (w *watcher) see(last *aulav1.WatchLeaderboardResponse) *aulav1.WatchLeaderboardResponse {
	w.t.Helper()
	m, err := w.next()
	if err != nil {
		w.t.Fatal(err)
	}
	w.count++
	if proto.Equal(m, last) {
		w.t.Errorf("the same was sent again: %v", m)
	}
	if len(m.ProtoReflect().GetUnknown()) > 0 {
		w.t.Errorf("fields arrive that nobody knows: %v", m)
	}
	return m
}

// await reads on until so many standings are told.
func (w *watcher) await(total int32) *aulav1.WatchLeaderboardResponse {
	w.t.Helper()
	var m *aulav1.WatchLeaderboardResponse
	for m == nil || m.GetTotal() < total {
		m = w.see(m)
	}
	return m
}

// Standings come at once, and again when they change; each who watches sees what they
// asked for.
func TestWatchLeaderboard(t *testing.T) {
	w := newWorld(t)
	w.player("Eva", true)
	mine := w.start(&aulav1.StartAttemptRequest{Nickname: "Ana"}).GetId()
	whole, short := w.watch(&aulav1.WatchLeaderboardRequest{}), w.watch(&aulav1.WatchLeaderboardRequest{Size: 1, Attempt: mine})
	for _, watcher := range []*watcher{whole, short} {
		m := watcher.see(nil)
		if len(m.GetRows()) != 1 || m.GetRows()[0].GetName() != "Eva" || m.GetRows()[0].GetPoints() != 10 || m.GetTotal() != 1 || m.GetMine() != nil {
			t.Errorf("at first there is %v", m)
		}
	}
	w.finish(mine)
	if m := whole.await(2); len(m.GetRows()) != 2 || m.GetRows()[1].GetName() != "Ana" || m.GetMine() != nil {
		t.Errorf("all see %v", m)
	}
	if m := short.await(2); len(m.GetRows()) != 1 || m.GetMine().GetRank() != 2 || m.GetMine().GetName() != "Ana" {
		t.Errorf("Ana sees %v", m)
	}
	w.player("Luz", true)
	w.player("Sol", false)
	board, err := w.score.GetLeaderboard(t.Context(), &aulav1.GetLeaderboardRequest{Set: "rivers", Attempt: mine})
	if err != nil {
		t.Fatal(err)
	}
	m := whole.await(4)
	if got := (&aulav1.GetLeaderboardResponse{Rows: m.GetRows(), Mine: board.GetMine(), Total: m.Total}); !proto.Equal(got, board) {
		t.Errorf("watching shows\n%v\nasking\n%v", got, board)
	}
	if m := short.await(4); !proto.Equal(m.GetMine(), board.GetMine()) || m.GetMine().GetRank() != 3 {
		t.Errorf("Ana sees %v, want %v", m, board.GetMine())
	}
}

// What happens faster than once a second comes together, and the last message tells all.
func TestWatchCoalesces(t *testing.T) {
	w := newWorld(t)
	watcher := w.watch(&aulav1.WatchLeaderboardRequest{Size: 100})
	watcher.see(nil)
	const players = 30
	go func() {
		for i := range players {
			a, err := w.quiz.StartAttempt(w.t.Context(), &aulav1.StartAttemptRequest{Set: "rivers", Nickname: fmt.Sprint("Ana ", i)})
			if err == nil {
				_, err = w.quiz.FinishAttempt(w.t.Context(), &aulav1.FinishAttemptRequest{Attempt: a.GetId()})
			}
			if err != nil {
				t.Error(err)
			}
		}
	}()
	m := watcher.await(players)
	if len(m.GetRows()) != players {
		t.Errorf("%d rows in the end", len(m.GetRows()))
	}
	// However slow the machine: at the start, and once for each second since.
	if most := 1 + int(time.Since(watcher.opened)/time.Second); watcher.count > most {
		t.Errorf("%d messages in %v", watcher.count, time.Since(watcher.opened))
	}
}

// An answer that changes no standing, or the standings of another set, are no news.
func TestWatchKeepsQuiet(t *testing.T) {
	w := newWorld(t)
	w.publish("lakes", func(*aulav1.QuestionSet) {})
	id := w.player("Ana", true)
	watcher := w.watch(&aulav1.WatchLeaderboardRequest{})
	first := watcher.see(nil)
	w.finish(id) // again
	other := w.start(&aulav1.StartAttemptRequest{Set: "lakes"})
	w.finish(other.GetId())
	w.finish(w.start(&aulav1.StartAttemptRequest{Cards: true}).GetId())
	w.submit(w.start(&aulav1.StartAttemptRequest{}).GetId(), "longest", choose("amazon"), "")
	w.player("Eva", true)
	// Had any of that been told, a message with one standing would come first.
	if m := watcher.see(first); m.GetTotal() != 2 {
		t.Errorf("sent %v", m)
	}
}

// Who sees only the first row is not told of one below that gets better.
func TestWatchTellsWhatIsSeen(t *testing.T) {
	w := newWorld(t)
	w.player("Eva", true)
	ana := w.learner("Ana") // who has one standing for both attempts
	watched, better := ana.start(&aulav1.StartAttemptRequest{}), ana.start(&aulav1.StartAttemptRequest{})
	ana.finish(watched.GetId())
	first := w.watch(&aulav1.WatchLeaderboardRequest{Size: 1})
	learner := w.watchAs(ana, &aulav1.WatchLeaderboardRequest{Size: 1, Attempt: watched.GetId()})
	seen, before := first.see(nil), learner.see(nil)
	ana.submit(better.GetId(), "longest", choose("amazon"))
	ana.finish(better.GetId())
	if m := learner.see(before); m.GetMine().GetPoints() != 10 || m.GetTotal() != 2 {
		t.Errorf("the learner sees %v", m)
	}
	w.player("Luz", true)
	if m := first.see(seen); m.GetTotal() != 3 {
		t.Errorf("sent %v", m)
	}
}

// Someone who leaves takes everything with them, and the log tells that they were there.
func TestWatchersLeave(t *testing.T) {
	w := newWorld(t)
	id := w.player("Ana", true)
	for range 20 {
		watcher := w.watch(&aulav1.WatchLeaderboardRequest{Attempt: id})
		watcher.see(nil)
		watcher.stop()
	}
	for patience := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		stacks := make([]byte, 1<<20)
		stacks = stacks[:runtime.Stack(stacks, true)]
		log := w.log.String()
		if !strings.Contains(string(stacks), "scoreService.WatchLeaderboard") && !strings.Contains(string(stacks), "store.(*Store).feed") &&
			strings.Count(log, "WatchLeaderboard code=Canceled") == 20 {
			if strings.Contains(log, id) || strings.Contains(log, "call failed") || !strings.Contains(log, "attempt=…"+id[len(id)-8:]) {
				t.Errorf("logged\n%s", log)
			}
			return
		}
		if time.Now().After(patience) {
			t.Fatalf("they are still there:\n%s\n%s", stacks, log)
		}
	}
}
