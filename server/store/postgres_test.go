package store_test

import (
	"database/sql"
	"fmt"
	"log"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"

	"aula/server/store"
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
	dir, err := os.MkdirTemp("", "aula-postgres-")
	if err != nil {
		return nil, err
	}
	data := filepath.Join(dir, "data")
	run := func(program string, args ...string) error {
		cmd := exec.Command(findPostgres(program), args...)
		cmd.Dir = dir
		if os.Getuid() == 0 { // PostgreSQL refuses to run as root
			if cmd.SysProcAttr, err = asOrdinaryUser(dir); err != nil {
				return err
			}
		}
		// A file, not a pipe: the server inherits it and would keep a pipe open.
		out, err := os.Create(filepath.Join(dir, program+".log"))
		if err != nil {
			return err
		}
		defer out.Close()
		cmd.Stdout, cmd.Stderr = out, out
		if err := cmd.Run(); err != nil {
			text, _ := os.ReadFile(out.Name())
			return fmt.Errorf("%s: %w\n%s", program, err, text)
		}
		return nil
	}
	// A locale that does not sort by bytes, to catch whoever counts on the server's.
	if err := run("initdb", "--pgdata", data, "--auth", "trust", "--username", "aula", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync",
		"--locale-provider", "icu", "--icu-locale", "es"); err != nil {
		return nil, err
	}
	options := fmt.Sprintf("-c listen_addresses='' -c unix_socket_directories=%s -c fsync=off -c max_connections=200", dir)
	if err := run("pg_ctl", "start", "--wait", "--pgdata", data, "--log", filepath.Join(dir, "server.log"), "--options", options); err != nil {
		return nil, err
	}
	postgresURL = "postgres://aula@/%s?host=" + dir
	return func() {
		if err := run("pg_ctl", "stop", "--wait", "--mode", "immediate", "--pgdata", data); err != nil {
			log.Print(err)
		}
		os.RemoveAll(dir)
	}, nil
}

// findPostgres looks where Debian keeps the server's programs when PATH has none.
func findPostgres(program string) string {
	if path, err := exec.LookPath(program); err == nil {
		return path
	}
	if found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + program); len(found) > 0 {
		return found[len(found)-1]
	}
	return program
}

func asOrdinaryUser(dir string) (*syscall.SysProcAttr, error) {
	nobody, err := user.Lookup("nobody")
	if err != nil {
		return nil, err
	}
	uid, err := strconv.Atoi(nobody.Uid)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.Atoi(nobody.Gid)
	if err != nil {
		return nil, err
	}
	if err := os.Chown(dir, uid, gid); err != nil {
		return nil, err
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, nil
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
