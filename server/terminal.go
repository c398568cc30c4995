package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/alecthomas/kong"
	"golang.org/x/term"
	"golang.org/x/text/language"
	"google.golang.org/grpc/status"

	"aula/locales"
	"aula/questions"
)

// terminal is where a command talks to whoever runs it.
type terminal struct {
	bundle         *locales.Bundle
	locale         *locales.Locale
	language       language.Tag // asked for; locale is the closest that Aula speaks
	command        *kong.Node   // that runs
	stdout, stderr io.Writer
}

// exitCode is how a command ended, for scripts. As an error it is returned by a command
// that has said all there is to say.
type exitCode int

const (
	fine       exitCode = iota
	failed              // refused, or it did not work
	misused             // the command line makes no sense
	incomplete          // loaded, with questions left out
)

func (c exitCode) Error() string { return fmt.Sprint("exit code ", int(c)) }

// err is nil where all is well.
func (c exitCode) err() error {
	if c == fine {
		return nil
	}
	return c
}

// text is a sentence of the locale files.
func (t *terminal) text(id string, args map[string]any) string { return t.locale.Text(id, args) }

// say prints a sentence of the locale files.
func (t *terminal) say(id string, args map[string]any) {
	fmt.Fprintln(t.stdout, t.text(id, args))
}

// warn is say for what is beside the output.
func (t *terminal) warn(id string, args map[string]any) {
	fmt.Fprintln(t.stderr, t.text(id, args))
}

// fail tells what went wrong, if anything has, and gives the exit code.
func (t *terminal) fail(err error) exitCode {
	if err == nil {
		return fine
	}
	if code, ok := errors.AsType[exitCode](err); ok {
		return code
	}
	code := failed
	if _, ok := errors.AsType[*usageError](err); ok {
		code = misused
	}
	if told, ok := errors.AsType[*toldError](err); ok {
		t.warn(told.id, told.args)
		return code
	}
	if problems, ok := errors.AsType[questions.Problems](err); ok {
		t.list(problems)
		return code
	}
	if errors.Is(err, context.Canceled) {
		t.warn("cli.error.interrupted", nil)
		return code
	}
	if s, ok := status.FromError(err); ok {
		return t.refused(s)
	}
	t.warn("cli.error.other", map[string]any{"Reason": err.Error()})
	return code
}

// list tells what is wrong with a set, a line a problem.
func (t *terminal) list(problems questions.Problems) {
	for _, p := range problems {
		fmt.Fprintf(t.stderr, "%s: %s\n", p.Path, t.text(p.ID, p.Args))
	}
}

// toldError is a failure that has a sentence of its own.
type toldError struct {
	id   string
	args map[string]any
}

func (e *toldError) Error() string { return fmt.Sprint(e.id, e.args) }

// usageError is a command line that makes no sense, beyond what kong can see.
type usageError struct{ toldError }

func (e *usageError) Unwrap() error { return &e.toldError }

func misuse(id string, args map[string]any) error { return &usageError{toldError{id, args}} }

// isTerminal reports whether somebody watches what is written there.
func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// coloured reports whether what is written there may have colours.
func coloured(w io.Writer) bool { return os.Getenv("NO_COLOR") == "" && isTerminal(w) }
