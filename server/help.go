package main

import (
	"bytes"
	"strings"

	"github.com/alecthomas/kong"

	"aula/locales"
)

// helpIn puts the help of a command, of what it takes and of what is below it into the
// language of l: the tags hold ids of sentences. It is done when help is asked for, which
// is far cheaper than to hand kong every sentence as a variable at each start.
func helpIn(l *locales.Locale, command *kong.Node) {
	command.Help = helpText(l, command.Help)
	for _, argument := range command.Positional {
		argument.Help = helpText(l, argument.Help)
	}
	for _, flag := range command.Flags {
		flag.Help = helpText(l, flag.Help)
	}
	for _, child := range command.Children {
		helpIn(l, child)
	}
}

// helpText is a sentence by its id, and kong's own where it is none.
func helpText(l *locales.Locale, id string) string {
	if !strings.HasPrefix(id, "cli.") {
		return id
	}
	return l.Text(id, nil)
}

// arguments are the words for what stands on a command line without a flag.
var arguments = map[string]string{
	"command":  "cli.help.word.command",
	"file":     "cli.help.word.file",
	"set":      "cli.help.word.set",
	"revision": "cli.help.word.revision",
	"from":     "cli.help.word.from",
	"to":       "cli.help.word.to",
	"id":       "cli.help.word.id",
}

// replacer puts kong's words, each with the id of ours in turn, into the language of l.
func replacer(l *locales.Locale, words ...string) *strings.Replacer {
	for i := 1; i < len(words); i += 2 {
		words[i] = l.Text(words[i], nil)
	}
	for name, id := range arguments {
		words = append(words, "<"+name+">", l.Text(id, nil))
	}
	return strings.NewReplacer(words...)
}

// localisedHelp prints kong's help with kong's own words put in the language of l. The
// help of aula itself goes on with that of the command it runs when none is named.
func localisedHelp(l *locales.Locale) kong.HelpPrinter {
	words := replacer(l,
		"Usage:", "cli.help.word.usage",
		"Flags:", "cli.help.word.flags",
		"Arguments:", "cli.help.word.arguments",
		"Commands:", "cli.help.word.commands",
		"Show context-sensitive help.", "cli.help.word.help",
		"Run", "cli.help.word.run",
		"for more information on a command.", "cli.help.word.more",
		"[flags]", "cli.help.word.any_flags",
	)
	return func(options kong.HelpOptions, ctx *kong.Context) error {
		var help bytes.Buffer
		out := ctx.Stdout
		defer func() { ctx.Stdout = out }()
		ctx.Stdout = &help
		helpIn(l, ctx.Model.Node)
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

// usage says in the language of l what kong finds wrong with a command line.
func usage(l *locales.Locale, err error) string {
	words := replacer(l,
		"unknown flag", "cli.usage.unknown_flag",
		"unexpected argument", "cli.usage.unexpected",
		"missing flags:", "cli.usage.missing_flags",
		"missing positional arguments", "cli.usage.missing_arguments",
		"expected one of", "cli.usage.expected_one_of",
		"expected ", "cli.usage.expected",
		"must be one of", "cli.usage.one_of",
		"but got", "cli.usage.but_got",
		"did you mean one of", "cli.usage.mean_one_of",
		"did you mean", "cli.usage.mean",
	)
	return l.Text("cli.error.usage", map[string]any{"Reason": words.Replace(err.Error())})
}
