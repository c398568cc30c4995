package api_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	aulav1 "aula/proto/aula/v1"
	"aula/server/store/pgtest"
)

// onBothEngines runs a test with the name of an empty database of SQLite, and of PostgreSQL where
// the run has one.
func onBothEngines(t *testing.T, test func(t *testing.T, name string)) {
	t.Run("sqlite", func(t *testing.T) { test(t, filepath.Join(t.TempDir(), "aula.db")) })
	t.Run("postgres", func(t *testing.T) {
		if os.Getenv("AULA_TEST_POSTGRES") == "" {
			t.Skip("set AULA_TEST_POSTGRES=1 to run on PostgreSQL as well")
		}
		server, err := pgtest.New(pgtest.Fast)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := server.Remove(); err != nil {
				t.Error(err)
			}
		})
		test(t, pgtest.URL("postgres", server))
	})
}

// noticed waits for what another process has to notice: within a second, where the machine keeps up.
func noticed(t *testing.T, what string, done func() bool) {
	t.Helper()
	begun := time.Now()
	for !done() {
		if time.Since(begun) > 10*time.Second {
			t.Fatalf("not so in %v: %s", time.Since(begun), what)
		}
		time.Sleep(10 * time.Millisecond)
	}
	if took := time.Since(begun); took > time.Second {
		t.Logf("%s: took %v", what, took)
	}
}

// What one process keeps in memory does not outlive a second what another one changes.
func TestTwoProcesses(t *testing.T) {
	onBothEngines(t, func(t *testing.T, name string) {
		here := newWorldOn(t, name)
		there := newWorldOn(t, name)
		t.Run("attempt", func(t *testing.T) { twoAtAnAttempt(t, here, there) })
		t.Run("leaderboard", func(t *testing.T) { twoAtALeaderboard(t, here, there) })
		t.Run("learner", func(t *testing.T) { twoAtALearner(t, here, there) })
		t.Run("key", func(t *testing.T) { twoAtAKey(t, here, there) })
		t.Run("media", func(t *testing.T) { twoAtMedia(t, here, there) })
		t.Run("set", func(t *testing.T) { twoAtASet(t, here, there) })
	})
}

func twoAtAnAttempt(t *testing.T, here, there *world) {
	id := here.start(&aulav1.StartAttemptRequest{Nickname: "Ana"}).GetId()
	first := "longest"
	there.get(id, "en") // it is kept there from here on
	ctx := t.Context()
	answer := &aulav1.SubmitAnswerRequest{Attempt: id, Question: first, Answer: choose("amazon"), RequestId: "0e8dd9a6-5b1c-4b9a-9c63-3a8f5e2a1f00"}
	told, err := here.quiz.SubmitAnswer(ctx, answer)
	if err != nil {
		t.Fatal(err)
	}
	again, err := there.quiz.SubmitAnswer(ctx, answer)
	if err != nil || again.GetScore().GetPoints() != told.GetScore().GetPoints() || again.GetScore().GetAnswered() != 1 {
		t.Errorf("here it is told %v, repeated there %v, %v", told, again, err)
	}
	noticed(t, "the answer is read", func() bool { return there.get(id, "en").GetScore().GetAnswered() == 1 })
	here.finish(id)
	noticed(t, "the finish is read", func() bool { return there.get(id, "en").GetState() == aulav1.Attempt_FINISHED })
	answer.RequestId = "0e8dd9a6-5b1c-4b9a-9c63-3a8f5e2a1f01"
	if _, err := there.quiz.SubmitAnswer(ctx, answer); status.Code(err) != codes.FailedPrecondition {
		t.Errorf("an answer after another process finished the attempt: %v", err)
	}
}

func twoAtALeaderboard(t *testing.T, here, there *world) {
	board := func(w *world) int32 {
		board, err := w.score.GetLeaderboard(t.Context(), &aulav1.GetLeaderboardRequest{Set: "rivers"})
		if err != nil {
			t.Fatal(err)
		}
		return board.GetTotal()
	}
	before := board(there)
	watcher := there.watch(&aulav1.WatchLeaderboardRequest{})
	watcher.see(nil)
	here.player("Eva", true)
	noticed(t, "the standing is read", func() bool { return board(there) == before+1 })
	watcher.await(before + 1) // or it waits for ever
}

func twoAtALearner(t *testing.T, here, there *world) {
	luz := here.learner("Luz")
	thereToo := &someone{w: there, key: luz.key, id: luz.id}
	if thereToo.profile().GetName() != "Luz" {
		t.Error("she is another there")
	}
	if _, err := here.learn.UpdateLearner(luz.ctx(), &aulav1.UpdateLearnerRequest{Name: new("María de la Luz")}); err != nil {
		t.Fatal(err)
	}
	noticed(t, "the change is read", func() bool { return thereToo.profile().GetName() == "María de la Luz" })
	if _, err := here.learn.RemoveDevice(luz.ctx(), &aulav1.RemoveDeviceRequest{Device: luz.devices()[0].GetId()}); err != nil {
		t.Fatal(err)
	}
	noticed(t, "the device is refused", func() bool {
		_, err := there.learn.GetLearner(thereToo.ctx(), &aulav1.GetLearnerRequest{})
		return status.Code(err) == codes.Unauthenticated
	})
}

func twoAtAKey(t *testing.T, here, there *world) {
	ana, root := here.teacher("Ana"), here.admin()
	thereToo := &someone{w: there, key: ana.key}
	list := func() error {
		_, err := there.library.ListOwnSets(thereToo.ctx(), &aulav1.ListOwnSetsRequest{})
		return err
	}
	if err := list(); err != nil {
		t.Errorf("a new key: %v", err)
	}
	if _, err := here.keys.RevokeKey(root.ctx(), &aulav1.RevokeKeyRequest{Id: ana.id}); err != nil {
		t.Fatal(err)
	}
	noticed(t, "the key is refused", func() bool { return status.Code(list()) == codes.Unauthenticated })
}

func twoAtMedia(t *testing.T, here, there *world) {
	m, err := here.store.KeepMedia(t.Context(), "image/png", []byte("a picture"), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	stream, err := there.media.GetMedia(t.Context(), &aulav1.GetMediaRequest{Digest: m.Digest})
	if err != nil {
		t.Fatal(err)
	}
	var content []byte
	for {
		piece, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		content = append(content, piece.GetChunk()...)
	}
	if string(content) != "a picture" {
		t.Errorf("read %q", content)
	}
}

func twoAtASet(t *testing.T, here, there *world) {
	started := func() (int32, error) {
		a, err := there.quiz.StartAttempt(t.Context(), &aulav1.StartAttemptRequest{Set: "rivers"})
		return a.GetRevision(), err
	}
	if revision, err := started(); err != nil || revision != 1 {
		t.Errorf("at first there is revision %d, %v", revision, err)
	}
	here.publish("rivers", func(set *aulav1.QuestionSet) { set.Title["en"] = "Rivers and lakes" })
	noticed(t, "the revision is asked", func() bool {
		revision, err := started()
		return err == nil && revision == 2
	})
	if err := here.store.Archive(t.Context(), "rivers", true, time.Now()); err != nil {
		t.Fatal(err)
	}
	noticed(t, "the set is gone", func() bool {
		_, err := started()
		return status.Code(err) == codes.NotFound
	})
}
