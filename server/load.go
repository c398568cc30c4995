package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"

	"google.golang.org/grpc"

	aulav1 "aula/proto/aula/v1"
)

// chunkSize is how much of a file is sent at a time, in bytes.
const chunkSize = 256 << 10

// reading is how files are read and told of.
type reading struct {
	Format   string `env:"-" placeholder:"FORMAT" help:"cli.help.format"`
	Language string `env:"-" placeholder:"LANG" help:"cli.help.content_language"`
	Title    string `env:"-" placeholder:"TITLE" help:"cli.help.title"`
	Partial  bool   `env:"-" help:"cli.help.partial"`
	JSON     bool   `env:"-" name:"json" help:"cli.help.json"`
}

type loadCommand struct {
	Files     []string `arg:"" name:"file" help:"cli.help.load_files"`
	DryRun    bool     `env:"-" help:"cli.help.dry_run"`
	Set       string   `env:"-" placeholder:"SET" help:"cli.help.load_set"`
	Translate string   `env:"-" placeholder:"SET" help:"cli.help.translate"`
	Replace   bool     `env:"-" help:"cli.help.replace"`
	Draft     bool     `env:"-" help:"cli.help.draft"`
	reading
	connection
}

// Run loads files.
func (c *loadCommand) Run(t *terminal) error {
	if err := c.sensible(); err != nil {
		return err
	}
	create := !c.DryRun && c.Translate == ""
	c.pretend = c.DryRun
	return c.work(t, create, func(ctx context.Context, conn grpc.ClientConnInterface) error {
		return c.each(ctx, t, aulav1.NewLibraryServiceClient(conn))
	})
}

// each loads one file after the other, and stops at the first that the server does not
// take. One that is refused because of what is in it keeps no other waiting.
func (c *loadCommand) each(ctx context.Context, t *terminal, client aulav1.LibraryServiceClient) error {
	code := fine
	for _, file := range c.Files {
		report, err := c.load(ctx, t, client, file)
		if unread, ok := errors.AsType[*unreadError](err); ok {
			code = worse(code, t.fail(unread))
			continue
		}
		if err != nil {
			return err
		}
		if err := c.tell(t.stdout, t, file, report); err != nil {
			return err
		}
		code = worse(code, outcomeOf(report))
	}
	return code.err()
}

// sensible looks at flags that need one another, or only make sense for one file.
func (c *loadCommand) sensible() error {
	switch {
	case c.Set != "" && c.Translate != "":
		return misuse("cli.error.set_translate", nil)
	case c.Replace && c.Translate == "":
		return misuse("cli.error.replace", nil)
	case len(c.Files) > 1 && (c.Set != "" || c.Translate != "" || c.Title != ""):
		return misuse("cli.error.one_file", nil)
	}
	return nil
}

// tell prints a report.
func (c *reading) tell(out io.Writer, t *terminal, file string, report *aulav1.LoadReport) error {
	if c.JSON {
		return printJSON(out, report)
	}
	t.paper(out).report(file, report)
	return nil
}

// load sends a file. One that cannot be read to its end is not loaded. Errors:
// *unreadError, and those of the call.
func (c *loadCommand) load(ctx context.Context, t *terminal, client aulav1.LibraryServiceClient, name string) (*aulav1.LoadReport, error) {
	file, size, err := openFile(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	ctx, cancel := context.WithCancel(ctx) // what is given up half-way must not be loaded
	defer cancel()
	stream, err := client.LoadSet(ctx)
	if err != nil {
		return nil, err
	}
	defer context.AfterFunc(ctx, func() { file.Close() })() // a pipe may keep its reader waiting
	bar := t.progress(name, size)
	defer bar.end()
	err = stream.Send(&aulav1.LoadSetRequest{Part: &aulav1.LoadSetRequest_Header{Header: c.header(name)}})
	buffer := make([]byte, chunkSize)
	for err == nil {
		n, failure := io.ReadFull(file, buffer)
		if n > 0 {
			err = stream.Send(&aulav1.LoadSetRequest{Part: &aulav1.LoadSetRequest_Chunk{Chunk: buffer[:n]}})
			bar.add(n)
		}
		if errors.Is(failure, io.EOF) || errors.Is(failure, io.ErrUnexpectedEOF) {
			break
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if failure != nil {
			return nil, unread(name, failure)
		}
	}
	if err != nil && !errors.Is(err, io.EOF) { // io.EOF: the server has said why already
		return nil, err
	}
	response, err := stream.CloseAndRecv()
	return response.GetReport(), err
}

func (c *loadCommand) header(file string) *aulav1.LoadSetHeader {
	header := &aulav1.LoadSetHeader{
		File: filepath.Base(file), Format: c.Format, DryRun: c.DryRun, Set: c.Set, ContentLanguage: c.Language,
		Replace: c.Replace, Partial: c.Partial, Draft: c.Draft, Title: c.Title,
	}
	if c.Translate != "" {
		header.Set, header.Translate = c.Translate, true
	}
	return header
}

// openFile opens a file to read. Errors: *unreadError.
func openFile(name string) (*os.File, int64, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, 0, unread(name, err)
	}
	info, err := file.Stat()
	if err == nil && info.IsDir() {
		err = errDirectory
	}
	if err != nil {
		return nil, 0, errors.Join(unread(name, err), file.Close())
	}
	return file, info.Size(), nil
}
