// Command aula serves multilingual quizzes over gRPC, and loads the question sets of
// teachers. Run `go run ./server --help` for what it can do.
package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/alecthomas/kong"
	"golang.org/x/text/language"

	"aula/locales"
)

// commands are aula's subcommands. Their help is in the locale files, by the ids that the
// tags name. Flags that say where things are, and how a server runs, can be set by
// AULA_<NAME> as well; those about one file or one set cannot.
type commands struct {
	Serve     serveCommand     `cmd:"" default:"withargs" help:"cli.help.serve"`
	Load      loadCommand      `cmd:"" help:"cli.help.load"`
	Check     checkCommand     `cmd:"" help:"cli.help.check"`
	Template  templateCommand  `cmd:"" help:"cli.help.template"`
	Export    exportCommand    `cmd:"" help:"cli.help.export"`
	Sets      setsCommand      `cmd:"" help:"cli.help.sets"`
	Revisions revisionsCommand `cmd:"" help:"cli.help.revisions"`
	Diff      diffCommand      `cmd:"" help:"cli.help.diff"`
	Publish   publishCommand   `cmd:"" help:"cli.help.publish"`
	Revert    revertCommand    `cmd:"" help:"cli.help.revert"`
	Archive   archiveCommand   `cmd:"" help:"cli.help.archive"`
	Key       keyCommand       `cmd:"" help:"cli.help.keys"`
	Audit     auditCommand     `cmd:"" help:"cli.help.audit"`
	Optimize  optimizeCommand  `cmd:"" help:"cli.help.optimize"`
	Evaluate  evaluateCommand  `cmd:"" help:"cli.help.evaluate"`
	Backup    backupCommand    `cmd:"" help:"cli.help.backup"`
	Restore   restoreCommand   `cmd:"" help:"cli.help.restore"`
	Copy      copyCommand      `cmd:"" help:"cli.help.copy"`
	Verify    verifyCommand    `cmd:"" help:"cli.help.verify"`
}

func main() {
	bundle, err := locales.Shipped()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(run(os.Args[1:], bundle, os.Stdout, os.Stderr))
}

// run parses the command line, runs what it names, and returns the exit code.
func run(args []string, bundle *locales.Bundle, stdout, stderr io.Writer) int {
	asked := environmentLanguage(os.Getenv)
	l := bundle.Match(asked)
	parser, err := kong.New(&commands{},
		kong.Name("aula"),
		kong.Description("cli.help.aula"),
		kong.DefaultEnvars("AULA"),
		kong.Writers(stdout, stderr),
		kong.Help(localisedHelp(l)),
	)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return int(failed)
	}
	ctx, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintln(stderr, usage(l, err))
		return int(misused)
	}
	t := &terminal{bundle: bundle, locale: l, language: asked, command: ctx.Selected(), stdout: stdout, stderr: stderr}
	return int(t.fail(ctx.Run(t)))
}

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
