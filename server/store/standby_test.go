package store_test

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"testing"
	"time"

	"aula/server/store"
	"aula/server/store/pgtest"
)

// While the standby is away that a commit has to wait for, nothing is acknowledged: not what was
// asked for the first time, and not what is asked for again, which is there to be seen by now,
// and would be lost if another server took over.
func TestRepeatWaitsForStandby(t *testing.T) {
	server := aServer(t, pgtest.Fast)
	s := open(t, pgtest.URL("postgres", server))
	aSchool(t, s)
	admin := connect(t, pgtest.URL("postgres", server)+"&options=-csynchronous_commit%3Dlocal")
	standbyAway(t, admin)
	for _, write := range writes(s) {
		if write.once {
			continue
		}
		t.Run(write.name, func(t *testing.T) {
			for _, time := range []string{"first", "second"} {
				ctx, cancel := context.WithTimeout(t.Context(), patience)
				defer cancel()
				if told, err := write.ask(ctx); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("asked the %s time, with the standby away: %s, %v", time, told, err)
				}
				// What still waits ends as well, and what it did is there to be seen.
				run(t, admin, `SELECT pg_terminate_backend(pid)`+waiting)
				waitFor(t, func() bool {
					var n int
					err := admin.QueryRowContext(t.Context(), `SELECT count(*)`+waiting).Scan(&n)
					return err == nil && n == 0
				})
			}
		})
	}
	run(t, admin, `ALTER SYSTEM RESET synchronous_standby_names`, `SELECT pg_reload_conf()`)
	for _, write := range writes(s) {
		if told, err := write.ask(t.Context()); err != nil && !write.once {
			t.Errorf("%s, with no standby to wait for: %s, %v", write.name, told, err)
		}
	}
}

// waiting are the server's processes that wait for a standby.
const waiting = ` FROM pg_stat_activity WHERE wait_event = 'SyncRep'`

// patience is how long one waits for what is not to come.
const patience = 400 * time.Millisecond

// A commit whose wait for the standby is cancelled on the server has happened there, and the
// server says so, with a warning. It is not acknowledged: it is run again until its time is up,
// or until the standby is back.
func TestCancelledWaitIsNoCommit(t *testing.T) {
	server := aServer(t, pgtest.Fast)
	s := open(t, pgtest.URL("postgres", server))
	aSchool(t, s)
	admin := connect(t, pgtest.URL("postgres", server)+"&options=-csynchronous_commit%3Dlocal")
	for name, end := range map[string]string{"cancelled": "pg_cancel_backend", "terminated": "pg_terminate_backend"} {
		for _, write := range []struct {
			name string
			ask  func(context.Context) error
		}{
			{"together", func(ctx context.Context) error {
				_, _, err := addAnswer(ctx, s, anAnswer("first", name, name, 5))
				return err
			}},
			{"alone", func(ctx context.Context) error {
				_, _, err := s.RevealHint(ctx, "first", name, 1, 2, now)
				return err
			}},
		} {
			t.Run(name+" "+write.name, func(t *testing.T) {
				standbyAway(t, admin)
				ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
				defer cancel()
				told := make(chan error, 1)
				go func() { told <- write.ask(ctx) }()
				for range 2 {
					waitFor(t, func() bool {
						var n int
						err := admin.QueryRowContext(ctx, `SELECT count(*)`+waiting).Scan(&n)
						return err == nil && n > 0
					})
					run(t, admin, `SELECT `+end+`(pid)`+waiting)
					select {
					case err := <-told:
						t.Fatalf("told %v while no standby had it", err)
					case <-time.After(patience / 2):
					}
				}
				run(t, admin, `ALTER SYSTEM RESET synchronous_standby_names`, `SELECT pg_reload_conf()`)
				if err := <-told; err != nil {
					t.Errorf("with no standby to wait for: %v", err)
				}
			})
		}
	}
	log, err := s.Log(t.Context(), "first")
	if err != nil || len(log.Answers) != 2 || len(log.Hints) != 2 {
		t.Errorf("in the end there is %+v, %v", log, err)
	}
}

// standbyAway has commits wait for a standby that is away.
func standbyAway(t *testing.T, admin *sql.DB) {
	t.Helper()
	run(t, admin, `ALTER SYSTEM SET synchronous_standby_names = 'away'`, `SELECT pg_reload_conf()`)
	waitFor(t, func() bool { // the server takes its time to read it
		ctx, cancel := context.WithTimeout(t.Context(), patience/2)
		defer cancel()
		tx, err := admin.BeginTx(ctx, nil)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = tx.ExecContext(ctx, `SET LOCAL synchronous_commit = 'on'`)
		_, _ = tx.ExecContext(ctx, `SELECT pg_logical_emit_message(TRUE, '', '')`)
		return tx.Commit() != nil
	})
}

func waitFor(t *testing.T, done func() bool) {
	t.Helper()
	for range 1000 {
		if done() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("it does not come")
}

// The store raises synchronous_commit where it would not wait, and leaves what is stricter.
func TestSynchronousCommit(t *testing.T) {
	for set, want := range map[string]string{"off": "on", "local": "on", "on": "on", "remote_apply": "remote_apply"} {
		t.Run(set, func(t *testing.T) {
			if postgresURL == "" {
				t.Skip("set AULA_TEST_POSTGRES=1 to run on PostgreSQL as well")
			}
			s := open(t, newPostgres(t)+"&options=-csynchronous_commit%3D"+set)
			if got := store.SettingOf(t, s, "synchronous_commit"); !strings.EqualFold(got, want) {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}
