package main

import (
	"bufio"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/sets"
	"aula/server/store"
)

// The first call that a new server answers finds every set that ships.
func TestFirstStartIsCompleteBeforeItServes(t *testing.T) {
	p := launch(t, filepath.Join(t.TempDir(), "aula.db"))
	catalog := aulav1.NewCatalogServiceClient(p.conn)
	listed, err := catalog.ListSets(t.Context(), &aulav1.ListSetsRequest{}, grpc.WaitForReady(true))
	if err != nil {
		t.Fatalf("%v\n%s", err, p.log())
	}
	counts := map[string]int32{}
	for _, set := range listed.GetSets() {
		counts[set.GetId()] = set.GetQuestionCount()
	}
	for _, set := range shippedSets(t) {
		if id := set.Source.GetId(); counts[id] != int32(len(set.Questions)) {
			t.Errorf("of %s there are %d questions, want %d", id, counts[id], len(set.Questions))
		}
	}
}

// What is published ready-made says what a server makes of the sets with its own words.
func TestPublishedInTheServersWords(t *testing.T) {
	published, err := sets.Published(func(*aulav1.QuestionSet) (*aulav1.QuestionSet, error) {
		return nil, errors.New("a set is not ready-made")
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, set := range shippedSets(t) {
		content := &aulav1.QuestionSet{}
		if err := proto.Unmarshal(published[i].Content, content); err != nil {
			t.Fatal(err)
		}
		if len(content.GetQuestions()) != len(set.Questions) || published[i].ID != set.Source.GetId() {
			t.Fatalf("%s: %d questions are published, want %d of %s", published[i].ID, len(content.GetQuestions()), len(set.Questions), set.Source.GetId())
		}
		for j, q := range set.Questions {
			if !proto.Equal(content.GetQuestions()[j], q.Source) {
				t.Errorf("published is\n%v\nwant\n%v", content.GetQuestions()[j], q.Source)
			}
		}
	}
}

// A start that finds the sets as it would publish them writes nothing.
func TestWarmStartWritesNothing(t *testing.T) {
	name := filepath.Join(t.TempDir(), "aula.db")
	serve(t, name).interrupt()
	watcher, err := sql.Open("sqlite", "file:"+name)
	if err != nil {
		t.Fatal(err)
	}
	defer watcher.Close()
	watcher.SetMaxOpenConns(1)
	commits := func() (version int) { // counts the commits of others, as this connection sees them
		t.Helper()
		if err := watcher.QueryRowContext(t.Context(), `PRAGMA data_version`).Scan(&version); err != nil {
			t.Fatal(err)
		}
		return version
	}
	before := commits()
	p := serve(t, name)
	if after := commits(); after != before {
		t.Errorf("a warm start wrote: the version of the data went from %d to %d", before, after)
	}
	want(t, p.must(getSet, `{"set":"words-in-class"}`), map[string]any{"set.revision": 1.0})

	// What is watched for can be seen.
	p.must(startAttempt, `{"set":"words-in-class","nickname":"Ana"}`)
	if commits() == before {
		t.Error("an attempt was written and the version of the data is the same")
	}
}

// Whatever a database holds of a set that ships (an older Aula's, a newer one's, a backup),
// a start makes it current; attempts under way keep theirs.
func TestStartPublishesWhatDiffers(t *testing.T) {
	name := filepath.Join(t.TempDir(), "aula.db")
	serve(t, name).interrupt()
	db, err := store.Open(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	content, err := db.Revision(t.Context(), "words-in-class", 1)
	if err != nil {
		t.Fatal(err)
	}
	content.Title["en"], content.Questions = "Two words", content.GetQuestions()[:2]
	if _, _, err := db.Publish(t.Context(), content, time.Now()); err != nil {
		t.Fatal(err)
	}
	attempt, err := db.CreateAttempt(t.Context(), store.Attempt{
		ID: "other", Set: "words-in-class", Revision: 2, Participant: "other", Nickname: "Ana", Language: "en",
		Mode: aulav1.Attempt_PRACTICE, Cards: true, QuestionCount: 2, StartedAt: time.Now(),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}

	p := serve(t, name)
	want(t, p.must(getSet, `{"set":"words-in-class"}`), map[string]any{
		"set.title": "Spanish for the classroom", "set.questionCount": 25.0, "set.revision": 3.0,
	})
	want(t, p.must(getSet, `{"set":"ecuador-foreign-bases"}`), map[string]any{"set.revision": 1.0})
	want(t, p.mustf(getAttempt, `{"attempt":%q}`, attempt.ID), map[string]any{"title": "Two words", "score.total": 2.0})
	p.interrupt()
	want(t, serve(t, name).must(getSet, `{"set":"words-in-class"}`), map[string]any{"set.revision": 3.0})
}

// What somebody has made of a set that ships is theirs: no start takes it away.
func TestStartLeavesWhatSomebodyRevised(t *testing.T) {
	name := filepath.Join(t.TempDir(), "aula.db")
	serve(t, name).interrupt()
	db, err := store.Open(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	source, err := db.Source(t.Context(), "words-in-class", 1)
	if err != nil {
		t.Fatal(err)
	}
	authored, err := sets.Shipped()
	if err != nil || !proto.Equal(source.Message(), authored[slices.IndexFunc(authored, func(s *aulav1.QuestionSet) bool { return s.GetId() == "words-in-class" })]) {
		t.Errorf("what its author wrote is not kept: %v", err)
	}
	source.Head.Title["en"] = "My words"
	if _, err := db.Revise(t.Context(), store.Edition{Set: source, Source: source, After: 1}, time.Now()); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	want(t, serve(t, name).must(getSet, `{"set":"words-in-class"}`), map[string]any{"set.title": "My words", "set.revision": 2.0})
}

// BenchmarkStart drives the binary that `go build` makes, on a database that has the sets.
// It measures the time from exec to the first answer, and the memory (VmRSS) of a server
// that nobody has called. For benchstat:
//
//	go test -run '^$' -bench Start -count 15 ./server
func BenchmarkStart(b *testing.B) {
	dir := b.TempDir()
	binary := filepath.Join(dir, "aula")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	// start returns once aula has said that it serves.
	start := func() (cmd *exec.Cmd, address string) {
		address = freeAddress(b)
		cmd = exec.Command(binary, "--listen", address, "--db", filepath.Join(dir, "aula.db"))
		out, err := cmd.StdoutPipe()
		if err != nil {
			b.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			b.Fatal(err)
		}
		if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
			b.Fatal(err)
		}
		return cmd, address
	}
	stop := func(cmd *exec.Cmd) {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}

	first, _ := start() // publishes
	stop(first)
	for b.Loop() {
		cmd, address := start()
		conn, err := dial(address)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := aulav1.NewCatalogServiceClient(conn).ListSets(b.Context(), &aulav1.ListSetsRequest{}); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		conn.Close()
		stop(cmd)
		b.StartTimer()
	}
	idle, _ := start()
	defer stop(idle)
	b.ReportMetric(resident(b, idle.Process.Pid), "MiB-resident")
}

// resident is the memory that a process holds, in MiB; 0 where the system does not tell it.
func resident(b *testing.B, pid int) float64 {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, line, _ := strings.Cut(string(status), "VmRSS:")
	var kib float64
	if _, err := fmt.Sscan(line, &kib); err != nil {
		b.Fatal(err)
	}
	return kib / 1024
}
