package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"buf.build/go/protoyaml"

	aulav1 "aula/proto/aula/v1"
	"aula/questions"
	"aula/questions/sets"
)

// errTold is returned by a command that failed and has said all there is to say.
var errTold = errors.New("already told")

type checkCommand struct {
	Files  []string `arg:"" name:"file" help:"${help_files}"`
	Expand bool     `help:"${help_expand}"`
}

// Run checks every file before it returns. What is wrong goes to standard error. What is
// fine gets a line on standard output or, where that is taken by the expanded sets, on
// standard error.
func (c *checkCommand) Run(t *terminal) error {
	var err error
	var printed int
	for _, file := range c.Files {
		set := checkFile(t, file)
		if set == nil {
			err = errTold
			continue
		}
		if !c.Expand {
			fmt.Fprintln(t.stdout, describe(t, set))
			continue
		}
		fmt.Fprintln(t.stderr, describe(t, set))
		if printed++; printed > 1 {
			fmt.Fprintln(t.stdout, "---")
		}
		if err := printExpanded(t, set.Source); err != nil {
			return err
		}
	}
	return err
}

// checkFile tells what is wrong with a file, or gives the set in it.
func checkFile(t *terminal, file string) *questions.Set {
	args := map[string]any{"File": file}
	tell := func(id string) { fmt.Fprintln(t.stderr, t.locale.Text(id, args)) }
	text, err := os.ReadFile(file)
	if err != nil {
		if pathError, ok := errors.AsType[*os.PathError](err); ok {
			err = pathError.Err // without the name of the file
		}
		args["Reason"] = err.Error()
		tell("cli.check.unread")
		return nil
	}
	source, err := sets.Parse(file, text)
	if err != nil {
		tell("cli.check.unparsed")
		fmt.Fprintln(t.stderr, err)
		if strings.HasPrefix(err.Error(), "yaml:") {
			tell("cli.check.yaml")
		}
		return nil
	}
	set, err := questions.Compile(source, t.bundle.Words)
	if err != nil {
		problems, _ := errors.AsType[questions.Problems](err) // as Compile promises
		args["Count"] = len(problems)
		tell("cli.check.wrong")
		t.list(problems)
		return nil
	}
	return set
}

// describe says what is in a set.
func describe(t *terminal, set *questions.Set) string {
	total, written := len(set.Questions), len(set.Source.GetQuestions())
	var languages []string
	for _, lang := range set.Languages {
		covered := 0
		for _, q := range set.Questions {
			if q.Covers(lang) {
				covered++
			}
		}
		languages = append(languages, fmt.Sprintf("%s %d/%d", lang, covered, total))
	}
	return t.locale.Text("cli.check.fine", map[string]any{
		"ID": set.Source.GetId(), "Count": total, "Written": written, "Derived": total - written,
		"Languages": strings.Join(languages, ", "),
	})
}

// printExpanded writes a set that is fine as YAML, with all that its facts say.
func printExpanded(t *terminal, source *aulav1.QuestionSet) error {
	expanded, _ := questions.Expand(source, t.bundle.Words)
	text, err := protoyaml.MarshalOptions{Indent: 2, UseProtoNames: true}.Marshal(expanded)
	if err != nil {
		return err
	}
	_, err = t.stdout.Write(text)
	return err
}
