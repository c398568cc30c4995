// Command crash kills a server, cuts its power, and breaks its disk while 64 clients use it, and
// looks each time whether everything that was acknowledged is there, once:
//
//	go run ./server/crash
//
// It drives the real binary, built with the tag failpoints. Clients know what they were told;
// after each round the server starts on what is left, everything that is in doubt is tried again
// under the same ids, and from then on both have to agree to the last answer. At the end bugs are
// planted, each of which it has to find. It is a tool for developers and speaks English.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
)

// options are the flags.
type options struct {
	Rounds   int      `placeholder:"N" help:"How many rounds of each kind, but for those that say so themselves."`
	Kill     int      `default:"-1" placeholder:"N" help:"Rounds in which the server is killed at a random moment. Default: 4."`
	Power    int      `default:"-1" placeholder:"N" help:"Rounds that end with a power cut. Default: 3."`
	Torn     int      `default:"-1" placeholder:"N" help:"The same, with what was not synced torn. Default: 3."`
	Point    int      `default:"-1" placeholder:"N" help:"Rounds at each failpoint. Default: 1."`
	Outage   int      `default:"-1" placeholder:"N" help:"Rounds of each other kind: ${outages}. Default: 1."`
	Only     []string `placeholder:"KIND" help:"Rounds of these kinds only: ${kinds}, or none."`
	Controls bool     `name:"control" default:"true" negatable:"" help:"Plant bugs, and see that they are found."`
	Seed     uint64   `help:"Of everything that is drawn. Default: from the clock."`
	Aula     string   `placeholder:"FILE" help:"Use this binary, built with -tags failpoints. Default: one built from this module."`
	Keep     string   `placeholder:"FOLDER" help:"Where what is left of a failed round is kept. Default: among temporary files."`
}

// harness is one run.
type harness struct {
	options
	ctx            context.Context
	stdout, stderr io.Writer
	root           string // of the module
	dir            string // of databases, binaries and logs
	binary         string
	report         report
}

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// run returns the exit code: 0 for success, 1 for failure, 2 for arguments that make no sense.
func run(args []string, stdout, stderr io.Writer) int {
	h := &harness{stdout: stdout, stderr: stderr}
	parser, err := kong.New(&h.options, kong.Name("crash"), kong.Writers(stdout, stderr),
		kong.Description("Breaks a server in every way, and looks whether it has kept its promises."),
		kong.Vars{"kinds": strings.Join(kindNames(), ", "), "outages": strings.Join(outages, ", ")})
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	if _, err := parser.Parse(args); err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	if err := h.run(); err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	return 0
}

// Validate is called by kong.
func (o *options) Validate() error {
	for _, name := range o.Only {
		if name != "none" && !slices.Contains(kindNames(), name) {
			return fmt.Errorf("there is no kind %q, only %s", name, strings.Join(kindNames(), ", "))
		}
	}
	return nil
}

// outages are the kinds of round that count as one.
var outages = []string{"full", "readonly", "ioerror", "slow", "stuck"}

func kindNames() []string {
	return append([]string{"kill", "point", "power", "torn"}, outages...)
}

// rounds is how many rounds of a kind to run.
func (o *options) rounds(name string) int {
	if len(o.Only) > 0 && !slices.Contains(o.Only, name) {
		return 0
	}
	said, otherwise := o.Outage, 1
	switch name {
	case "kill":
		said, otherwise = o.Kill, 4
	case "power":
		said, otherwise = o.Power, 3
	case "torn":
		said, otherwise = o.Torn, 3
	case "point":
		said, otherwise = o.Point, 1
	}
	switch {
	case said >= 0:
		return said
	case o.Rounds > 0:
		return o.Rounds
	}
	return otherwise
}

var errFailed = errors.New("FAILED")

// run runs all rounds, and then the controls.
func (h *harness) run() (err error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	h.ctx = ctx
	if h.Seed == 0 {
		h.Seed = uint64(time.Now().UnixNano())
	}
	if h.Keep == "" {
		h.Keep = os.TempDir()
	}
	if err = os.MkdirAll(h.Keep, 0o700); err != nil {
		return err
	}
	if h.dir, err = os.MkdirTemp(h.Keep, "aula-crash-"); err != nil {
		return err
	}
	defer os.Remove(h.dir) // where nothing is left in it
	fmt.Fprintf(h.stderr, "seed %d\n", h.Seed)
	if err := h.build(); err != nil {
		return err
	}
	if h.Aula == "" {
		defer os.Remove(h.binary)
	}
	h.all()
	if h.Controls {
		h.controls()
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	h.report.print(h.stdout)
	if h.report.failed() {
		return fmt.Errorf("%w: --seed %d", errFailed, h.Seed)
	}
	return nil
}

// all runs the rounds of every kind.
func (h *harness) all() {
	broken := noDisk()
	for _, k := range append(kinds(), points()...) {
		n := h.rounds(k.name)
		if n > 0 && k.disk && broken != nil {
			fmt.Fprintf(h.stderr, "%s is skipped: %v\n", k.name, broken)
			h.report.skip(k.name, broken)
			continue
		}
		h.runKind(k, n)
	}
}

// build builds the server with failpoints, and makes sure that they are there.
func (h *harness) build() error {
	out, err := exec.CommandContext(h.ctx, "go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return fmt.Errorf("go list -m: %w", err)
	}
	h.root = strings.TrimSpace(string(out))
	if h.binary = h.Aula; h.Aula == "" {
		h.binary = filepath.Join(h.dir, "aula")
		cmd := exec.CommandContext(h.ctx, "go", "build", "-tags", "failpoints", "-o", h.binary, "./server")
		cmd.Dir = h.root
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("go build: %w\n%s", err, out)
		}
	}
	built, err := os.ReadFile(h.binary)
	if err == nil && !bytes.Contains(built, []byte("AULA_FAILPOINT")) {
		err = fmt.Errorf("%s was built without -tags failpoints", h.binary)
	}
	return err
}

// progress tells what is going on.
func (h *harness) progress(format string, args ...any) {
	fmt.Fprintf(h.stderr, "%s %s\n", time.Now().Format(time.TimeOnly), fmt.Sprintf(format, args...))
}
