// Package history records what concurrent clients ask of Aula and are told, and has
// porcupine judge whether it could all have happened one after another, each call at some
// moment between its beginning and its end: of attempts, of learners' cards and of
// leaderboards.
//
// Aula is its real binary, on SQLite one process and on PostgreSQL two, which are killed and
// started again meanwhile. Clients send a call again, under the same request id, until they
// are told what became of it; some give up. For many operations:
//
//	AULA_TEST_POSTGRES=1 go test ./server/history -v -count 1 -operations 100000
package history

import (
	"context"
	"database/sql"
	"flag"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	"google.golang.org/protobuf/proto"

	"aula/server/internal/live"
	"aula/server/store/pgtest"
)

var (
	operations = flag.Int("operations", 2000, "how many operations to record on each engine")
	seed       = flag.Uint64("seed", 1, "of what clients choose to do; what comes first is up to the machine")
	pictures   = flag.String("pictures", "", "the folder for pictures of what is not linearizable; default: one for temporary files")
)

// binary is Aula's.
var binary string

// interrupted is closed by Ctrl-C: the tests then take down what they have started.
var interrupted <-chan struct{}

func TestMain(m *testing.M) {
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	interrupted = ctx.Done()
	os.Exit(func() int {
		defer stop()
		dir, err := os.MkdirTemp("", "aula-history-")
		if err != nil {
			log.Fatal(err)
		}
		defer os.RemoveAll(dir)
		if binary, err = live.Build(ctx, dir); err != nil {
			log.Print(err)
			return 1
		}
		return m.Run()
	}())
}

func TestLinearizableOnSQLite(t *testing.T) {
	t.Parallel()
	s := open(t, filepath.Join(t.TempDir(), "aula.db"), 1, nil)
	s.record(s.classes(*operations), max(*operations/40, 700))
	s.verdict()
}

// With two processes a call that is sent again may reach the other one.
func TestLinearizableOnPostgres(t *testing.T) {
	t.Parallel()
	s := open(t, newPostgres(t), 2, nil)
	s.record(s.classes(*operations), max(*operations/40, 700))
	s.verdict()
}

// A single read of an object that tells what was true a while ago is found, whatever it is of.
func TestOneStaleReadIsFound(t *testing.T) {
	t.Parallel()
	plant := &stale{first: map[string]proto.Message{}, served: map[kind]int{}}
	s := open(t, filepath.Join(t.TempDir(), "aula.db"), 1, plant)
	s.record([]*class{{school: s, set: "class", seed: *seed, size: 5}}, 0)
	for _, of := range []kind{attempts, cards, boards} {
		if plant.served[of] == 0 {
			t.Errorf("of %s no stale read was planted", of)
		}
		if s.found[of] != plant.served[of] {
			t.Errorf("of %d %s with a stale read %d were found", plant.served[of], of, s.found[of])
		}
	}
}

// newPostgres starts a PostgreSQL for the test, where one is asked for.
func newPostgres(t *testing.T) (url string) {
	t.Helper()
	if os.Getenv("AULA_TEST_POSTGRES") == "" {
		t.Skip("AULA_TEST_POSTGRES is not set: only SQLite is tried")
	}
	server, err := pgtest.New(pgtest.Fast)
	if err != nil {
		t.Fatalf("AULA_TEST_POSTGRES is set, but PostgreSQL does not start: %v", err)
	}
	t.Cleanup(func() {
		if err := server.Remove(); err != nil {
			t.Error(err)
		}
	})
	admin, err := sql.Open("pgx", pgtest.URL("postgres", server))
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	if _, err := admin.ExecContext(t.Context(), "CREATE DATABASE school"); err != nil {
		t.Fatal(err)
	}
	return pgtest.URL("school", server)
}
