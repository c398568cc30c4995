package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"buf.build/go/protoyaml"
	"google.golang.org/grpc"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats"
	"aula/questions/library"
)

type checkCommand struct {
	Files  []string `arg:"" name:"file" help:"cli.help.check_files"`
	Expand bool     `help:"cli.help.expand"`
	Set    string   `env:"-" placeholder:"SET" help:"cli.help.check_set"`
	reading
	connection
}

// Run checks every file before it returns. The reports go to standard output or, where
// that is taken by the expanded sets, to standard error. Only to compare a file with a set
// it connects to anything.
func (c *checkCommand) Run(t *terminal) error {
	if c.Set != "" {
		return c.compare(t)
	}
	out, code, printed := t.stdout, fine, 0
	if c.Expand {
		out = t.stderr
	}
	for _, file := range c.Files {
		report, published, err := c.check(t, file)
		if unread, ok := errors.AsType[*unreadError](err); ok {
			code = worse(code, t.fail(unread))
			continue
		}
		if err != nil {
			return err
		}
		if err := c.tell(out, t, file, report); err != nil {
			return err
		}
		code = worse(code, outcomeOf(report))
		if published == nil || !c.Expand {
			continue
		}
		if printed++; printed > 1 {
			fmt.Fprintln(t.stdout, "---")
		}
		if err := printYAML(t.stdout, published); err != nil {
			return err
		}
	}
	return code.err()
}

// compare tells what loading the file into a set would change.
func (c *checkCommand) compare(t *terminal) error {
	if c.Expand {
		return misuse("cli.error.expand_set", nil)
	}
	load := &loadCommand{Files: c.Files, DryRun: true, Set: c.Set, reading: c.reading}
	if err := load.sensible(); err != nil {
		return err
	}
	return c.work(t, false, func(ctx context.Context, conn grpc.ClientConnInterface) error {
		client := aulav1.NewLibraryServiceClient(conn)
		// To be loaded a set need not be there, but there would be nothing to compare with.
		if _, err := client.ListRevisions(ctx, &aulav1.ListRevisionsRequest{Set: c.Set, PageSize: 1}); err != nil {
			return err
		}
		return load.each(ctx, t, client)
	})
}

// check tells what would become of a file if there were no set yet, and what learners
// would get of it; nil where it is refused. Errors: *unreadError, *usageError.
func (c *checkCommand) check(t *terminal, name string) (*aulav1.LoadReport, *aulav1.QuestionSet, error) {
	data, err := readFile(name)
	if err != nil {
		return nil, nil, err
	}
	file, err := library.Read(context.Background(), data, library.Options{
		File: filepath.Base(name), Format: c.Format, ContentLanguage: c.Language, Title: c.Title, Partial: c.Partial,
	})
	if err != nil {
		return nil, nil, unknownFormat(c.Format)
	}
	result, err := file.Load(context.Background(), nil, t.bundle.Words)
	if err != nil {
		return nil, nil, err
	}
	report := result.Report(t.text, t.language.String())
	if report.GetOutcome() != aulav1.LoadReport_REFUSED {
		report.Outcome = aulav1.LoadReport_CHECKED
	}
	return report, result.Published.Message(), nil
}

// unknownFormat says which formats there are.
func unknownFormat(format string) error {
	return misuse("cli.error.format", map[string]any{"Format": format, "Formats": strings.Join(library.Formats(), ", ")})
}

// readFile reads a file of a size that Aula takes. Errors: *unreadError.
func readFile(name string) ([]byte, error) {
	file, _, err := openFile(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, formats.MaxFile+1))
	if err != nil {
		return nil, unread(name, err)
	}
	if len(data) > formats.MaxFile {
		return nil, &unreadError{toldError{"cli.file.too_large", map[string]any{"File": name, "Limit": formats.MaxFile >> 20}}}
	}
	return data, nil
}

// printYAML writes a set as a file.
func printYAML(out io.Writer, set *aulav1.QuestionSet) error {
	text, err := protoyaml.MarshalOptions{Indent: 2, UseProtoNames: true}.Marshal(set)
	if err != nil {
		return err
	}
	_, err = out.Write(text)
	return err
}
