package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	aulav1 "aula/proto/aula/v1"
	"aula/server/store"
)

// onFile names the database that a process of TestKilledBeforeTheSync works on.
const onFile = "AULA_CRASH_ON_FILE"

const inDoubt = "attempt-in-doubt"

// attend does what it is told on its input, in a process that may be killed.
func attend(ctx context.Context, file string) error {
	db, err := store.Open(ctx, file)
	if err != nil {
		return err
	}
	now := time.Now()
	for commands := bufio.NewScanner(os.Stdin); commands.Scan(); {
		switch commands.Text() {
		case "start":
			if _, _, err = db.Publish(ctx, &aulav1.QuestionSet{Id: "rivers"}, now); err == nil {
				_, err = db.CreateAttempt(ctx, store.Attempt{ID: inDoubt, Participant: inDoubt, Set: "rivers", Revision: 1, StartedAt: now})
			}
		case "answer":
			var added []store.Added
			added, err = db.AddAnswers(ctx, store.Submission{
				Answer: store.Answer{Attempt: inDoubt, Question: "q", RequestID: "r", Given: []byte{}, At: now},
				Grade:  func([]store.Answer, *store.Answer) error { return nil },
			})
			if err == nil {
				err = added[0].Err
			}
		}
		if err != nil {
			return err
		}
		log, err := db.Log(ctx, inDoubt)
		if err != nil {
			return err
		}
		fmt.Println("answers:", len(log.Answers))
	}
	return nil
}

// attendant is a process that attends.
type attendant struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

func anAttendant(t *testing.T, file string) *attendant {
	t.Helper()
	a := &attendant{cmd: exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKilledBeforeTheSync$")}
	a.cmd.Env = append(os.Environ(), onFile+"="+file)
	a.cmd.Stderr = os.Stderr
	in, err := a.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := a.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := a.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	a.in, a.out = in, bufio.NewReader(out)
	return a
}

func (a *attendant) tell(command string) { _, _ = fmt.Fprintln(a.in, command) }

// want is what it says next.
func (a *attendant) want(t *testing.T, says string) {
	t.Helper()
	line, err := a.out.ReadString('\n')
	if strings.TrimSpace(line) != says {
		t.Fatalf("it says %q, %v, want %q", line, err, says)
	}
}

func (a *attendant) kill() {
	_ = a.cmd.Process.Kill()
	_ = a.cmd.Wait()
}

// unsynced reports whether a file has something written to it that is not synced.
func (d *durable) unsynced(name string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	c := d.names[name]
	return c != nil && len(c.pending) > 0
}

// A commit that was written but not synced when the process was killed is there for the next one,
// which acknowledges it to whoever asks again, and has nothing to write for that. The power may
// be cut right after.
func TestKilledBeforeTheSync(t *testing.T) {
	if file := os.Getenv(onFile); file != "" {
		if err := attend(t.Context(), file); err != nil {
			t.Fatal(err)
		}
		return
	}
	d, _ := onDisk(t)
	file := filepath.Join(d.at, "aula.db")
	a := anAttendant(t, file)
	a.tell("start")
	a.want(t, "answers: 0")
	d.faults.slow.Store(int64(time.Minute)) // the sync begins and does not end
	a.tell("answer")
	for begun := time.Now(); !d.state.unsynced("aula.db-wal"); {
		if time.Since(begun) > time.Minute {
			t.Fatal("nothing is written")
		}
		time.Sleep(5 * time.Millisecond)
	}
	time.Sleep(200 * time.Millisecond) // until all of the commit is
	a.kill()
	d.faults.none()
	a = anAttendant(t, file)
	a.tell("answer") // again
	a.want(t, "answers: 1")
	a.kill()
	cut(t, d, false)
	db, err := store.Open(t.Context(), filepath.Join(d.folder, "aula.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	log, err := db.Log(t.Context(), inDoubt)
	if err != nil || len(log.Answers) != 1 {
		t.Errorf("what was acknowledged is gone: %v, %v", log, err)
	}
}
