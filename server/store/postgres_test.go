package store_test

import (
	"database/sql"
	"fmt"
	"log"
	"os"
	"sync/atomic"
	"testing"

	"aula/server/store"
	"aula/server/store/pgtest"
)

// postgresURL is the private PostgreSQL server of this test run, with %s for the name of
// a database; empty where there is none.
var postgresURL string

// TestMain starts a private PostgreSQL server where AULA_TEST_POSTGRES is set, so that
// every test of the suite runs on both engines.
func TestMain(m *testing.M) {
	os.Exit(func() int {
		if os.Getenv("AULA_TEST_POSTGRES") != "" {
			stop, err := startPostgres()
			if err != nil {
				log.Fatalf("AULA_TEST_POSTGRES is set, but PostgreSQL does not start: %v", err)
			}
			defer stop()
		}
		return m.Run()
	}())
}

func startPostgres() (stop func(), err error) {
	server, err := pgtest.New(pgtest.Fast)
	if err != nil {
		return nil, err
	}
	postgresURL = pgtest.URL("%s", server)
	return func() {
		if err := server.Remove(); err != nil {
			log.Print(err)
		}
	}, nil
}

var databases atomic.Int64

func init() {
	store.NewPostgres = func(t *testing.T) string {
		if postgresURL == "" {
			return ""
		}
		return newPostgres(t)
	}
}

// newPostgres makes an empty database and returns its URL.
func newPostgres(t *testing.T) string {
	t.Helper()
	admin, err := sql.Open("pgx", fmt.Sprintf(postgresURL, "postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	name := fmt.Sprintf("test%d", databases.Add(1))
	if _, err := admin.ExecContext(t.Context(), "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf(postgresURL, name)
}
