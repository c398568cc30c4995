package main

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"google.golang.org/grpc"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/library"
)

type exportCommand struct {
	Set       string   `arg:"" name:"set" help:"cli.help.set"`
	Format    string   `env:"-" placeholder:"FORMAT" help:"cli.help.export_format"`
	Languages []string `env:"-" placeholder:"LANG" help:"cli.help.languages"`
	Revision  int32    `env:"-" placeholder:"N" help:"cli.help.export_revision"`
	destination
	connection
}

// Run writes a revision of a set as a file.
func (c *exportCommand) Run(t *terminal) error {
	return c.work(t, false, func(ctx context.Context, conn grpc.ClientConnInterface) error {
		stream, err := aulav1.NewLibraryServiceClient(conn).ExportSet(ctx, &aulav1.ExportSetRequest{
			Set: c.Set, Revision: c.Revision, Format: c.format(c.Format), Languages: c.Languages,
		})
		if err != nil {
			return err
		}
		first, err := stream.Recv()
		if err != nil {
			return err
		}
		var summary *aulav1.ExportSetSummary
		err = c.write(t, first.GetHeader().GetContentType(), func(w io.Writer) error {
			summary, err = receive(stream, w)
			return err
		})
		if err != nil {
			return err
		}
		t.paper(t.stderr).problems(first.GetHeader().GetFile(), summary.GetProblems())
		return nil
	})
}

// receive writes what comes until the summary.
func receive(stream grpc.ServerStreamingClient[aulav1.ExportSetResponse], w io.Writer) (summary *aulav1.ExportSetSummary, err error) {
	for {
		part, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return summary, nil
		}
		if err != nil {
			return nil, err
		}
		if part.GetSummary() != nil {
			summary = part.GetSummary()
		}
		if _, err := w.Write(part.GetChunk()); err != nil {
			return nil, err
		}
	}
}

// destination is where a file goes.
type destination struct {
	Output string `env:"-" short:"o" placeholder:"FILE" help:"cli.help.output"`
	Force  bool   `env:"-" help:"cli.help.force"`
}

// format is the one asked for or, where none is, that which the name of the file tells.
func (d *destination) format(asked string) string {
	extension := strings.ToLower(filepath.Ext(d.Output))
	if asked != "" || extension == "" {
		return asked
	}
	told := ""
	for _, format := range library.Formats() {
		if library.Extension(format) != extension {
			continue
		}
		if told != "" {
			return "" // two are called so
		}
		told = format
	}
	return told
}

// write has a file written. A terminal gets only what it can show.
func (d *destination) write(t *terminal, contentType string, content func(io.Writer) error) error {
	if d.Output == "" {
		if isTerminal(t.stdout) && !isText(contentType) {
			return misuse("cli.error.binary", nil)
		}
		return content(t.stdout)
	}
	file, err := createOutput(d.Output, d.Force)
	if err != nil {
		return err
	}
	if err := content(file); err != nil {
		return errors.Join(err, file.discard())
	}
	return file.keep()
}

// isText reports whether a terminal can show what is of a media type.
func isText(contentType string) bool {
	kind, _, _ := strings.Cut(contentType, ";")
	return strings.HasPrefix(kind, "text/") || slices.ContainsFunc([]string{"json", "yaml", "xml"}, func(format string) bool {
		return kind == "application/"+format
	})
}
