package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"slices"

	"golang.org/x/text/language"

	"aula/questions/formats/sheet"
	"aula/questions/library"
)

type templateCommand struct {
	Format    string   `env:"-" placeholder:"FORMAT" help:"cli.help.template_format"`
	Languages []string `env:"-" placeholder:"LANG" help:"cli.help.template_languages"`
	destination
}

// Run writes a file to start from. The spreadsheets have a layout of their own for that;
// the other formats say the same examples as far as they can.
func (c *templateCommand) Run(t *terminal) error {
	format := cmp.Or(c.format(c.Format), "csv")
	if !slices.Contains(library.Formats(), format) {
		return unknownFormat(format)
	}
	languages, err := tags(c.Languages)
	if err != nil {
		return err
	}
	if len(languages) == 0 { // those of the examples, the terminal's first
		own := t.locale.Tag().String()
		languages = append([]string{own}, slices.DeleteFunc([]string{"en", "es"}, func(lang string) bool { return lang == own })...)
	}
	return c.write(t, library.ContentType(format), func(w io.Writer) error {
		if slices.Contains([]string{"csv", "tsv", "xlsx"}, format) {
			return writeTemplate(w, format, languages, t)
		}
		return exportExamples(w, format, languages, t)
	})
}

// tags gives languages as BCP 47 writes them, each once. Errors: *usageError.
func tags(languages []string) (tags []string, err error) {
	for _, name := range languages {
		tag, err := language.Parse(name)
		if err != nil || tag == language.Und {
			return nil, misuse("cli.error.language", map[string]any{"Language": name})
		}
		if !slices.Contains(tags, tag.String()) {
			tags = append(tags, tag.String())
		}
	}
	return tags, nil
}

// writeTemplate writes a spreadsheet, which is explained in each of the languages.
func writeTemplate(w io.Writer, format string, languages []string, t *terminal) error {
	var says []sheet.Say
	for _, lang := range languages {
		says = append(says, t.bundle.Match(language.Make(lang)).Text)
	}
	return sheet.Template(w, format, languages, t.bundle.Words, says...)
}

// exportExamples writes the spreadsheet's examples in another format.
func exportExamples(w io.Writer, format string, languages []string, t *terminal) error {
	var examples bytes.Buffer
	if err := writeTemplate(&examples, "csv", languages, t); err != nil {
		return err
	}
	file, err := library.Read(context.Background(), examples.Bytes(), library.Options{Format: "csv", Set: "template"})
	if err != nil {
		return err
	}
	result, err := file.Load(context.Background(), nil, t.bundle.Words)
	if err != nil {
		return err
	}
	if result.Set == nil {
		return errors.New("the examples are not a set")
	}
	main := result.Set.Head.GetLanguage() // it has texts, and some formats hold no other
	others := slices.DeleteFunc(languages, func(lang string) bool { return lang == main })
	_, err = library.Export(w, result.Set.Message(), format, append([]string{main}, others...))
	return err
}
