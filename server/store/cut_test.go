package store_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"aula/server/store"
)

// wire stands between the store and PostgreSQL, and cuts a connection right when the server
// says that it has committed: so many times.
type wire struct {
	url  string
	cuts atomic.Int32
	made atomic.Int32
}

func aWire(t *testing.T, url string) *wire {
	t.Helper()
	at := strings.Index(url, "host=/") + len("host=")
	server, _, _ := strings.Cut(url[at:], "&")
	w := &wire{url: strings.Replace(url, server, t.TempDir(), 1)}
	dir, _, _ := strings.Cut(w.url[at:], "&")
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", filepath.Join(dir, ".s.PGSQL.5432"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go w.serve(client, filepath.Join(server, ".s.PGSQL.5432"))
		}
	}()
	return w
}

func (w *wire) serve(client net.Conn, address string) {
	defer client.Close()
	server, err := net.Dial("unix", address)
	if err != nil {
		return
	}
	defer server.Close()
	go func() {
		_, _ = io.Copy(server, client)
		server.Close()
	}()
	for buffer := make([]byte, 64<<10); ; {
		n, err := server.Read(buffer)
		if err != nil {
			return
		}
		if bytes.Contains(buffer[:n], []byte("COMMIT\x00")) && w.cuts.Load() > 0 && w.cuts.Add(-1) >= 0 {
			w.made.Add(1)
			return
		}
		if _, err := client.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// Whatever the store does, where the commit has happened and is not heard of, twice in a row, the
// caller is told the same as otherwise, and the database is the same.
func TestCommitNotHeardOf(t *testing.T) {
	if postgresURL == "" {
		t.Skip("set AULA_TEST_POSTGRES=1 to run on PostgreSQL as well")
	}
	plain, cut := newPostgres(t), newPostgres(t)
	w := aWire(t, cut)
	calm, stormy := open(t, plain), open(t, w.url)
	aSchool(t, calm)
	aSchool(t, stormy)
	again := writes(stormy)
	for i, write := range writes(calm) {
		want, err := write.ask(t.Context())
		if err != nil {
			t.Fatal(write.name, err)
		}
		w.cuts.Store(2)
		before := w.made.Load()
		got, err := again[i].ask(t.Context())
		if cuts := w.made.Load() - before; cuts != 2 {
			t.Errorf("%s: the connection was cut %d times", write.name, cuts)
		}
		w.cuts.Store(0)
		if err != nil || got != want {
			t.Errorf("%s: told %s, %v; want %s", write.name, got, err, want)
		}
		if got, want := rowsOf(t, cut), rowsOf(t, plain); got != want {
			t.Errorf("%s: there are\n%s, want\n%s", write.name, got, want)
		}
	}
}

// rowsOf counts the rows of each table.
func rowsOf(t *testing.T, url string) (counts string) {
	t.Helper()
	db := connect(t, url)
	defer db.Close()
	for _, table := range store.Tables {
		var n int
		if err := db.QueryRowContext(t.Context(), `SELECT count(*) FROM `+table).Scan(&n); err != nil {
			t.Fatal(err)
		}
		counts += fmt.Sprintf("%s %d, ", table, n)
	}
	return counts
}

// A connection that is cut is replaced, and reading goes on as well.
func TestReadsAfterCuts(t *testing.T) {
	if postgresURL == "" {
		t.Skip("set AULA_TEST_POSTGRES=1 to run on PostgreSQL as well")
	}
	name := newPostgres(t)
	s := open(t, name)
	anAttempt(t, s, "first")
	admin := connect(t, name)
	for range 5 {
		atOnce(8, func(int) { _, _ = s.Log(t.Context(), "first") })
		run(t, admin, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`)
		time.Sleep(10 * time.Millisecond)
		if _, err := s.Log(t.Context(), "first"); err != nil {
			t.Error(err)
		}
	}
}
