// Command aula serves multilingual quizzes over gRPC. Run `go run ./server --help` for
// what it can do.
package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/alecthomas/kong"
	"golang.org/x/text/language"

	"aula/locales"
	"aula/questions"
)

// commands are aula's subcommands. Their help is in the locale files, as
// cli.help.<name>; every flag can be set by AULA_<NAME> as well.
type commands struct {
	Serve serveCommand `cmd:"" default:"withargs" help:"${help_serve}"`
	Check checkCommand `cmd:"" help:"${help_check}"`
}

func main() {
	bundle, err := locales.Shipped()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(run(os.Args[1:], bundle, os.Stdout, os.Stderr))
}

// run parses the command line, runs what it names, and returns the exit code: 0 for
// success, 1 for failure, 2 for a command line that makes no sense.
func run(args []string, bundle *locales.Bundle, stdout, stderr io.Writer) int {
	l := bundle.Match(environmentLanguage(os.Getenv))
	parser, err := kong.New(&commands{},
		kong.Name("aula"),
		kong.Description(l.Text("cli.help.aula", nil)),
		kong.DefaultEnvars("AULA"),
		kong.Writers(stdout, stderr),
		kong.Help(localisedHelp(l)),
		kong.Vars{
			"help_serve":           l.Text("cli.help.serve", nil),
			"help_listen":          l.Text("cli.help.listen", nil),
			"help_db":              l.Text("cli.help.db", nil),
			"help_tls_cert":        l.Text("cli.help.tls_cert", nil),
			"help_tls_key":         l.Text("cli.help.tls_key", nil),
			"help_serve_plaintext": l.Text("cli.help.serve_plaintext", nil),
			"help_log_level":       l.Text("cli.help.log_level", nil),
			"help_log_format":      l.Text("cli.help.log_format", nil),
			"help_log_one_in":      l.Text("cli.help.log_one_in", nil),
			"help_metrics":         l.Text("cli.help.metrics", nil),
			"help_traces":          l.Text("cli.help.traces", nil),
			"help_pprof":           l.Text("cli.help.pprof", nil),
			"help_check":           l.Text("cli.help.check", nil),
			"help_files":           l.Text("cli.help.check_files", nil),
			"help_expand":          l.Text("cli.help.expand", nil),
		},
	)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	ctx, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintln(stderr, l.Text("cli.error.usage", map[string]any{"Reason": err.Error()}))
		return 2
	}
	t := &terminal{bundle: bundle, locale: l, stdout: stdout, stderr: stderr}
	if err := ctx.Run(t); err != nil {
		if !errors.Is(err, errTold) {
			t.fail(err)
		}
		return 1
	}
	return 0
}

// terminal is where a command talks to whoever runs it.
type terminal struct {
	bundle         *locales.Bundle
	locale         *locales.Locale
	stdout, stderr io.Writer
}

// say prints a sentence of the locale files.
func (t *terminal) say(id string, args map[string]any) {
	fmt.Fprintln(t.stdout, t.locale.Text(id, args))
}

// fail tells what went wrong.
func (t *terminal) fail(err error) {
	if told, ok := errors.AsType[*toldError](err); ok {
		fmt.Fprintln(t.stderr, t.locale.Text(told.id, told.args))
		return
	}
	if problems, ok := errors.AsType[questions.Problems](err); ok {
		t.list(problems)
		return
	}
	fmt.Fprintln(t.stderr, t.locale.Text("cli.error.other", map[string]any{"Reason": err.Error()}))
}

// list tells what is wrong with a set, a line a problem.
func (t *terminal) list(problems questions.Problems) {
	for _, p := range problems {
		fmt.Fprintf(t.stderr, "%s: %s\n", p.Path, t.locale.Text(p.ID, p.Args))
	}
}

// toldError is a failure that has a sentence of its own.
type toldError struct {
	id   string
	args map[string]any
}

func (e *toldError) Error() string { return fmt.Sprint(e.id, e.args) }

// environmentLanguage is the language of the terminal: the first of POSIX's variables that
// is set decides, as in es_EC.UTF-8 or es_EC@euro.
func environmentLanguage(getenv func(string) string) language.Tag {
	value := cmp.Or(getenv("LC_ALL"), getenv("LC_MESSAGES"), getenv("LANG"))
	if end := strings.IndexAny(value, ".@"); end >= 0 {
		value = value[:end]
	}
	if tag, err := language.Parse(value); err == nil {
		return tag
	}
	return language.English // C, POSIX, or nothing
}

// localisedHelp prints kong's help with kong's own words put in the language of l. The
// help of aula itself goes on with that of the command it runs when none is named.
func localisedHelp(l *locales.Locale) kong.HelpPrinter {
	words := strings.NewReplacer(
		"Usage:", l.Text("cli.help.word.usage", nil),
		"Flags:", l.Text("cli.help.word.flags", nil),
		"Arguments:", l.Text("cli.help.word.arguments", nil),
		"Commands:", l.Text("cli.help.word.commands", nil),
		"Show context-sensitive help.", l.Text("cli.help.word.help", nil),
		`Run "`, l.Text("cli.help.word.run", nil)+` "`,
		`" for more information on a command.`, `" `+l.Text("cli.help.word.more", nil),
		"[flags]", l.Text("cli.help.word.any_flags", nil),
		"<command>", l.Text("cli.help.word.command", nil),
		"<file>", l.Text("cli.help.word.file", nil),
	)
	return func(options kong.HelpOptions, ctx *kong.Context) error {
		var help bytes.Buffer
		out := ctx.Stdout
		defer func() { ctx.Stdout = out }()
		ctx.Stdout = &help
		if err := kong.DefaultHelpPrinter(options, ctx); err != nil {
			return err
		}
		if ctx.Selected() == nil {
			serve, err := kong.Trace(ctx.Kong, []string{ctx.Model.DefaultCmd.Name})
			if err != nil {
				return err
			}
			help.WriteByte('\n')
			if err := kong.DefaultHelpPrinter(options, serve); err != nil {
				return err
			}
		}
		_, err := words.WriteString(out, help.String())
		return err
	}
}
