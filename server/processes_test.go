package main

import (
	"database/sql"
	"os"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"aula/server/store/pgtest"
)

// Eight processes that start at once on an empty PostgreSQL make its tables once, and all serve; an
// attempt that is started at one goes on at another.
func TestEightProcesses(t *testing.T) {
	if os.Getenv("AULA_TEST_POSTGRES") == "" {
		t.Skip("set AULA_TEST_POSTGRES=1 to run on PostgreSQL")
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
	url := pgtest.URL("postgres", server)
	processes := make([]*process, 8)
	for i := range processes {
		processes[i] = launch(t, url)
	}
	for _, p := range processes {
		p.serving()
		want(t, p.must(getSet, `{"set":"words-in-class"}`), map[string]any{"set.revision": 1.0})
	}
	attempt := processes[0].must(startAttempt, `{"set":"words-in-class","nickname":"Ana"}`)
	for _, p := range processes {
		want(t, p.mustf(getAttempt, `{"attempt":%q}`, attempt["id"]), map[string]any{"nickname": "Ana"})
	}
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var applied, versions int
	err = db.QueryRowContext(t.Context(), `SELECT count(*), count(DISTINCT version_id) FROM goose_db_version`).Scan(&applied, &versions)
	if err != nil || applied != versions {
		t.Errorf("%d migrations of %d versions were applied, %v", applied, versions, err)
	}
}
