package main

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"slices"

	"aula/questions/formats/sheet"
	"aula/questions/library"
)

type templateCommand struct {
	Format    string   `env:"-" placeholder:"FORMAT" help:"${help_template_format}"`
	Languages []string `env:"-" default:"en,es" placeholder:"LANG" help:"${help_template_languages}"`
	destination
}

// Run writes a file to start from. The spreadsheets have a layout of their own for that;
// the other formats say the same examples as well as they can.
func (c *templateCommand) Run(t *terminal) error {
	format := cmp.Or(c.format(c.Format), "csv")
	if !slices.Contains(library.Formats(), format) {
		return unknownFormat(format)
	}
	return c.write(t, library.ContentType(format), func(w io.Writer) error {
		if slices.Contains([]string{"csv", "tsv", "xlsx"}, format) {
			return sheet.Template(w, format, c.Languages, t.text)
		}
		return exportExamples(w, format, c.Languages, t)
	})
}

// exportExamples writes the spreadsheet's examples in another format.
func exportExamples(w io.Writer, format string, languages []string, t *terminal) error {
	var examples bytes.Buffer
	if err := sheet.Template(&examples, "csv", languages, t.text); err != nil {
		return err
	}
	file, err := library.Read(examples.Bytes(), library.Options{Format: "csv", Set: "template", Title: t.text("cli.template.title", nil)})
	if err != nil {
		return err
	}
	result := file.Load(nil, t.bundle.Words)
	if result.Set == nil {
		return errors.New("the examples are not a set")
	}
	problems, err := library.Export(w, result.Set, format, languages)
	t.paper(t.stderr).problems(format, library.TellProblems(problems, t.text))
	return err
}
