//go:build linux

// Command drill breaks a PostgreSQL cluster while answers come in, and looks whether an
// answer that was acknowledged is lost:
//
//	go run ./server/drill --install
//
// It runs three PostgreSQL servers under Patroni, with etcd, in synchronous strict mode,
// and two aula processes on them, all on loopback and in a temporary folder, from Debian's
// packages. It is a tool for developers and speaks English.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
)

type command struct {
	Rounds   int           `default:"3" help:"How many times to make each fault."`
	Only     []string      `placeholder:"FAULT" help:"Make these faults only: ${faults}."`
	Clients  int           `default:"64" help:"How many clients answer at once."`
	Pause    time.Duration `default:"50ms" help:"How long a client thinks before it answers, on average."`
	Deadline time.Duration `default:"2s" help:"How long a client waits for a call before it makes it again."`
	Bound    time.Duration `default:"2m" help:"How long a client makes a call again before it gives up, and a cluster takes to be whole."`
	Install  bool          `help:"Install Debian's packages where they are missing, which takes root."`
	Strict   bool          `help:"Fail also where service is back later than it should be."`
	Aula     string        `placeholder:"FILE" help:"Use this binary. Default: one built from this module."`
	Logs     string        `placeholder:"FOLDER" help:"Where to leave the logs of all processes."`
}

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// run returns the exit code: 0 for success, 1 for failure, 2 for arguments that make no
// sense.
func run(args []string, stdout, stderr io.Writer) int {
	c := &command{}
	parser, err := kong.New(c, kong.Name("drill"), kong.Writers(stdout, stderr),
		kong.Description("Breaks a PostgreSQL cluster under Aula and looks whether an answer is lost."),
		kong.Vars{"faults": strings.Join(faultNames(), ", ")})
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
	for _, name := range c.Only {
		if !slices.Contains(faultNames(), name) {
			return fmt.Errorf("there is no fault %q, only %s", name, strings.Join(faultNames(), ", "))
		}
	}
	if c.Rounds < 1 || c.Clients < 1 || c.Pause < 0 || c.Deadline <= 0 || c.Bound <= 0 {
		return errors.New("there must be rounds and clients, and time for them")
	}
	return nil
}

func (c *command) run(stdout, stderr io.Writer) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	d := &drill{command: c, stdout: stdout, stderr: stderr, ledger: newLedger()}
	if c.Install {
		if err := d.install(ctx); err != nil {
			return err
		}
	}
	if err := d.makeFolder(); err != nil {
		return err
	}
	defer d.cleanUp()
	err := d.all(ctx)
	if ctx.Err() != nil {
		err = errors.New("interrupted")
	}
	return err
}

// drill is one run.
type drill struct {
	*command
	stdout, stderr io.Writer
	dir            string
	user           *syscall.Credential // that PostgreSQL runs as; nil for who runs this
	cluster        *cluster
	servers        []*server
	ledger         *ledger
	results        []result
}

func (d *drill) all(ctx context.Context) error {
	began := time.Now()
	binary, err := d.buildAula(ctx)
	if err != nil {
		return err
	}
	if err := d.startCluster(ctx); err != nil {
		return err
	}
	if err := d.startAula(ctx, binary); err != nil {
		return err
	}
	d.progress("whole, in %v: %d clients start", time.Since(began).Round(time.Second), d.Clients)
	if err := d.underLoad(ctx); err != nil {
		return err
	}
	wrong, err := d.settle(ctx, binary)
	if err != nil {
		return err
	}
	d.report(time.Since(began), wrong)
	return d.verdict(wrong)
}

// underLoad makes all faults while clients answer.
func (d *drill) underLoad(ctx context.Context) error {
	load := d.startLoad(ctx)
	defer load.stop()
	for round := range d.Rounds {
		for _, f := range faults() {
			if len(d.Only) > 0 && !slices.Contains(d.Only, f.name) {
				continue
			}
			d.progress("round %d of %d: %s", round+1, d.Rounds, f.title)
			r, err := d.make(ctx, f)
			if err != nil {
				return fmt.Errorf("%s: %w", f.title, err)
			}
			d.progress("round %d of %d: %s", round+1, d.Rounds, r)
			d.results = append(d.results, r)
		}
	}
	return nil
}

// progress tells what is going on.
func (d *drill) progress(format string, args ...any) {
	fmt.Fprintf(d.stderr, "%s %s\n", time.Now().Format(time.TimeOnly), fmt.Sprintf(format, args...))
}
