// Command bench measures Aula beside those it may be compared with, a bare grpc-go echo
// and PocketBase, and says how it does against its targets:
//
//	go run ./server/bench
//
// Everything runs on this machine, client and servers together. What is compared runs in
// rounds, each contender once a round in an order drawn anew; ratios are taken within a
// round, and their median and range are told. It is a tool for developers and speaks
// English.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"
)

type commands struct {
	Run  runCommand  `cmd:"" default:"withargs" help:"Measure, and print what was measured."`
	Echo echoCommand `cmd:"" hidden:"" help:"Serve the echo."`
}

type runCommand struct {
	Only   []string      `placeholder:"PART" help:"Measure these parts only: ${parts}."`
	Rounds int           `default:"9" help:"How many rounds count."`
	Time   time.Duration `default:"1200ms" help:"How long a contender runs in a round."`
	Seed   uint64        `help:"Of the order of contenders and what is generated. Default: from the clock."`
	Quick  bool          `help:"See that everything runs, in seconds and without PocketBase; the figures mean nothing."`
	Big    bool          `help:"Grow to 10,000,000 answers as well, which takes some minutes and 4 GB of disk."`
	Aula   string        `placeholder:"FILE" help:"Measure this binary. Default: one built from this module."`
	SVG    string        `name:"svg" placeholder:"FILE" help:"Where to draw latency and throughput."`
	JSON   string        `name:"json" placeholder:"FILE" help:"Where to write what each round measured."`
	Bench  string        `placeholder:"FILE" help:"Where to write the same as benchstat reads it."`
}

// asBench is set for the processes that this one starts. Only its tests look: there the
// binary that is started again as the echo is the test's own.
const asBench = "BENCH_PROCESS"

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// run returns the exit code: 0 for success, 1 for failure, 2 for arguments that make no
// sense.
func run(args []string, stdout, stderr io.Writer) int {
	parser, err := kong.New(&commands{}, kong.Name("bench"), kong.Writers(stdout, stderr),
		kong.Description("Measures Aula beside a bare gRPC echo and PocketBase."),
		kong.Help(helpOfRun), kong.Vars{"parts": strings.Join(partNames(), ", ")})
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	ctx, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	if err := ctx.Run(&terminal{stdout, stderr}); err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	return 0
}

// helpOfRun is the help for what is run when no command is named.
func helpOfRun(options kong.HelpOptions, ctx *kong.Context) error {
	if ctx.Selected() == nil {
		run, err := kong.Trace(ctx.Kong, []string{ctx.Model.DefaultCmd.Name})
		if err != nil {
			return err
		}
		ctx = run
	}
	return kong.DefaultHelpPrinter(options, ctx)
}

// terminal is where results and progress go.
type terminal struct{ stdout, stderr io.Writer }

// bench is one run of the benchmark.
type bench struct {
	runCommand
	*terminal
	ctx    context.Context
	random *rand.Rand
	dir    string // of databases, binaries and logs
	root   string // of the module
	binary string // aula
	echo   *target
	report *report
}

// Validate is called by kong.
func (c *runCommand) Validate() error {
	for _, name := range c.Only {
		if !slices.Contains(partNames(), name) {
			return fmt.Errorf("there is no part %q, only %s", name, strings.Join(partNames(), ", "))
		}
	}
	if c.Rounds < 1 || c.Time <= 0 {
		return errors.New("there must be rounds, and time for them")
	}
	return nil
}

// Run measures the parts asked for and reports.
func (c *runCommand) Run(t *terminal) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if c.Seed == 0 {
		c.Seed = uint64(time.Now().UnixNano())
	}
	if c.Quick {
		c.Rounds, c.Time = 1, 20*time.Millisecond
	}
	dir, err := os.MkdirTemp("", "aula-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b := &bench{runCommand: *c, terminal: t, ctx: ctx, random: rand.New(rand.NewPCG(c.Seed, 0)), dir: dir}
	b.report = newReport(b)
	if err := b.measure(); err != nil {
		return err
	}
	return b.report.write()
}

// part is one line of comparison, or several that share what they need.
type part struct {
	name string
	run  func(*bench) error
}

func parts() []part {
	return []part{
		{"prompt", (*bench).prompt},
		{"submit", (*bench).submit},
		{"pocketbase", (*bench).pocketbase},
		{"batch", (*bench).batch},
		{"leaderboard", (*bench).leaderboard},
		{"growth", (*bench).growth},
		{"start", (*bench).starting},
		{"watch", (*bench).watch},
		{"load", (*bench).loading},
		{"chart", (*bench).sweep},
	}
}

func partNames() (names []string) {
	for _, p := range parts() {
		names = append(names, p.name)
	}
	return names
}

func (b *bench) measure() error {
	if err := b.buildAula(); err != nil {
		return err
	}
	if err := b.startEcho(); err != nil {
		return err
	}
	defer b.echo.close()
	for _, p := range parts() {
		if len(b.Only) > 0 && !slices.Contains(b.Only, p.name) {
			continue
		}
		if err := p.run(b); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return nil
}

// progress tells what is going on.
func (b *bench) progress(format string, args ...any) {
	fmt.Fprintf(b.stderr, "%s %s\n", time.Now().Format(time.TimeOnly), fmt.Sprintf(format, args...))
}

// clients is how many clients to measure with: as many as said, but few where it is quick.
func (b *bench) clients(n int) int {
	if b.Quick {
		return min(n, 4)
	}
	return n
}
