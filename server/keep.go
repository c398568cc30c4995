package main

import (
	"context"
	"errors"
	"io/fs"
	"os/signal"
	"strconv"
	"strings"
	"syscall"

	"aula/server/store"
)

type backupCommand struct {
	File string `arg:"" name:"file" type:"path" help:"cli.help.backup_file"`
	DB   string `name:"db" default:"aula.db" placeholder:"DATABASE" help:"cli.help.own_db"`
}

// Run writes a copy of the database to a file, while others go on using it.
func (c *backupCommand) Run(t *terminal) error {
	return withDatabase(c.DB, "--db", func(ctx context.Context, db *store.Store) error {
		if err := db.Backup(ctx, c.File); err != nil {
			return keepError(c.File, err)
		}
		t.say("cli.backup.done", map[string]any{"Database": store.Display(c.DB), "File": c.File})
		return nil
	})
}

type restoreCommand struct {
	File string `arg:"" name:"file" type:"path" help:"cli.help.restore_file"`
	DB   string `name:"db" default:"aula.db" placeholder:"DATABASE" help:"cli.help.restore_db"`
}

// Run makes a database of a backup.
func (c *restoreCommand) Run(t *terminal) error {
	ctx, stop := untilInterrupted()
	defer stop()
	backup, _, err := openFile(c.File)
	if err != nil {
		return err
	}
	if err := backup.Close(); err != nil {
		return unread(c.File, err)
	}
	if err := store.Restore(ctx, c.File, c.DB); err != nil {
		args := map[string]any{"File": c.File}
		if damaged, ok := errors.AsType[*store.DamagedError](err); ok {
			args["Reason"] = damaged.Fault
			return &toldError{"cli.error.damaged", args}
		}
		if errors.Is(err, store.ErrNotAula) {
			return &toldError{"cli.error.not_a_backup", args}
		}
		if _, ok := errors.AsType[*store.NewerError](err); ok {
			return databaseError(c.File, err)
		}
		return keepError(c.DB, err)
	}
	t.say("cli.restore.done", map[string]any{"Database": store.Display(c.DB), "File": c.File})
	return nil
}

type copyCommand struct {
	From string `required:"" placeholder:"DATABASE" help:"cli.help.copy_from"`
	To   string `required:"" placeholder:"DATABASE" help:"cli.help.copy_to"`
}

// Run moves everything from one database to another, on either engine.
func (c *copyCommand) Run(t *terminal) error {
	from, to := strings.TrimPrefix(c.From, "sqlite:"), strings.TrimPrefix(c.To, "sqlite:")
	return withDatabase(from, "--from", func(ctx context.Context, source *store.Store) error {
		target, err := openDatabase(ctx, to)
		if err != nil {
			return err
		}
		copied, err := store.Copy(ctx, source, target)
		if err = errors.Join(err, target.Close()); err != nil {
			return keepError(to, err)
		}
		table := t.table("cli.copy.table", "cli.copy.rows")
		for _, of := range copied {
			table.row(of.Table, strconv.FormatInt(of.Rows, 10))
		}
		if err := table.print(); err != nil {
			return err
		}
		t.say("cli.copy.done", map[string]any{"From": store.Display(from), "To": store.Display(to)})
		return nil
	})
}

// withDatabase opens a database that is there, as a flag has named it, for a command that works
// on it directly.
func withDatabase(name, flag string, do func(context.Context, *store.Store) error) error {
	ctx, stop := untilInterrupted()
	defer stop()
	if missing(name) {
		return &toldError{"cli.error.not_there", map[string]any{"Database": name, "Flag": flag}}
	}
	db, err := openDatabase(ctx, name)
	if err == nil {
		err = errors.Join(do(ctx, db), db.Close())
	}
	if _, told := errors.AsType[*toldError](err); !told && errors.Is(err, context.Canceled) {
		err = &toldError{"cli.error.stopped", nil}
	}
	return err
}

// untilInterrupted is a context that Ctrl-C ends; a second one ends the process at once.
func untilInterrupted() (context.Context, func()) {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}

// keepError says why something cannot be written.
func keepError(target string, err error) error {
	args := map[string]any{"File": store.Display(target), "Reason": err.Error()}
	switch {
	case errors.Is(err, fs.ErrExist):
		if exists, ok := errors.AsType[*fs.PathError](err); ok {
			args["File"] = exists.Path
		}
		return &toldError{"cli.error.file_exists", args}
	case errors.Is(err, store.ErrNotEmpty):
		return &toldError{"cli.error.not_empty", args}
	case errors.Is(err, store.ErrDiffers):
		return &toldError{"cli.error.copy_differs", args}
	case errors.Is(err, context.Canceled):
		return &toldError{"cli.error.not_kept_interrupted", args}
	case errors.Is(err, fs.ErrNotExist):
		return &toldError{"cli.error.no_folder", args}
	}
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		args["Reason"] = e.Err.Error()
	}
	return &toldError{"cli.error.not_kept", args}
}
