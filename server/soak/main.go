// Command soak lets one Aula serve a school for an hour, ends and starts it again every few
// minutes in the first half, and says whether what it takes stays as it was and whether everything that it
// acknowledged is still there:
//
//	go run ./server/soak --for 1h
//
// It is a tool for developers and speaks English.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"aula/server/internal/live"
	"aula/server/store/pgtest"
)

type command struct {
	For     time.Duration `default:"1h" help:"How long."`
	DB      string        `name:"db" placeholder:"DATABASE" help:"${db}"`
	Rate    int           `default:"150" help:"How many calls a second all users make together."`
	Users   int           `default:"32" help:"How many users there are at a time."`
	Watch   int           `default:"20" help:"How many watch a leaderboard."`
	Restart time.Duration `default:"4m" help:"How long the server lives before it is ended, but for the second half. 0: to the end."`
	WarmUp  time.Duration `default:"1m" help:"How long a life is not yet taken for settled."`
	Filled  time.Duration `default:"20m" help:"How old a server is whose caches are full, so that its memory must not grow any more."`
	Sample  time.Duration `default:"5s" help:"How often to look."`
	Load    time.Duration `default:"20s" help:"How often a teacher loads a set."`
	Backup  time.Duration `default:"1m" help:"How often a backup is made, on SQLite."`
	Binary  string        `placeholder:"FILE" help:"The Aula to try. Default: one built from this module."`
	CSV     string        `name:"csv" placeholder:"FILE" help:"Where to write every sample."`
}

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run returns the exit code: 0 where all was flat and nothing lost, 1 otherwise, 2 for
// arguments that make no sense.
func run(args []string, stdout, stderr io.Writer) int {
	c := &command{}
	parser, err := kong.New(c, kong.Name("soak"), kong.Writers(stdout, stderr),
		kong.Vars{"db": "A new file, a postgres:// URL of an empty database, or 'postgres' for a private server. " +
			"Default: a file that is removed in the end."},
		kong.Description("Lets Aula serve for long, and says whether it stays as it was."))
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	if _, err := parser.Parse(args); err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	if err := c.run(stdout, stderr); err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	return 0
}

// Validate is called by kong.
func (c *command) Validate() error {
	if min(c.For, c.Sample, c.Load, c.Backup) <= 0 || c.Rate < 1 || c.Users < 1 {
		return errors.New("durations and numbers must be above 0")
	}
	return nil
}

func (c *command) run(stdout, stderr io.Writer) (err error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	dir, err := os.MkdirTemp("", "aula-soak-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	end, err := c.prepare(ctx, dir)
	defer func() { err = errors.Join(err, end()) }()
	if err != nil {
		return err
	}
	s := &soak{command: c, dir: dir, out: stderr, ledger: &ledger{}, over: make(chan struct{})}
	if err := s.soak(ctx); err != nil {
		return err
	}
	if c.CSV != "" {
		if err := os.WriteFile(c.CSV, []byte(table(s.samples)), 0o600); err != nil {
			return err
		}
	}
	return s.report(stdout)
}

// prepare sees that there are a binary and a database. end takes down what it has put up.
func (c *command) prepare(ctx context.Context, dir string) (end func() error, err error) {
	end = func() error { return nil }
	switch c.DB {
	case "":
		c.DB = filepath.Join(dir, "aula.db")
	case "postgres":
		server, err := pgtest.New(pgtest.Fast)
		if err != nil {
			return end, err
		}
		c.DB, end = pgtest.URL("postgres", server), server.Remove
	}
	if c.Binary == "" {
		c.Binary, err = live.Build(ctx, dir)
	}
	return end, err
}

// onSQLite reports whether the database is a file.
func (c *command) onSQLite() bool { return !strings.Contains(c.DB, "://") }
