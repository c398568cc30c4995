package main

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"

	"aula/server/api"
	"aula/server/store"
)

// pipeSize is what the pipe between a command and its own server holds, in bytes.
const pipeSize = 1 << 20

// local serves the database to this process alone: whoever may write the file may do
// everything. A server that runs on the same database notices what is written.
func (c *connection) local(
	ctx context.Context, t *terminal, create bool, do func(context.Context, grpc.ClientConnInterface) error,
) (err error) {
	db, err := c.open(ctx, create)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	server, err := api.New(api.Config{
		Store: db, Locales: t.bundle, Now: time.Now, Trusted: true,
		Log: slog.New(slog.NewTextHandler(t.stderr, &slog.HandlerOptions{Level: slog.LevelError})),
	})
	if err != nil {
		return err
	}
	pipe := bufconn.Listen(pipeSize)
	served := make(chan error, 1)
	go func() { served <- server.GRPC().Serve(pipe) }()
	defer func() {
		server.Stop(stopGrace)
		err = errors.Join(err, <-served)
	}()
	conn, err := grpc.NewClient("passthrough:///aula",
		grpc.WithContextDialer(pipeDialer(pipe)),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithPerRPCCredentials(headers{language: t.language.String()}),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxReply)),
	)
	if err != nil {
		return err
	}
	defer conn.Close()
	return do(ctx, conn)
}

// open opens the database, or one in memory where it is not there and nothing is to be kept.
func (c *connection) open(ctx context.Context, create bool) (*store.Store, error) {
	switch {
	case create || !missing(c.DB):
		return openDatabase(ctx, c.DB)
	case c.pretend:
		return store.OpenInMemory(ctx)
	}
	return nil, &toldError{"cli.error.no_database", map[string]any{"Database": c.DB}}
}

// missing reports whether a database is a file that is not there.
func missing(database string) bool {
	if database == "" || strings.Contains(database, "://") {
		return false
	}
	_, err := os.Stat(database)
	return errors.Is(err, fs.ErrNotExist)
}

// openDatabase opens the database of a command.
func openDatabase(ctx context.Context, name string) (*store.Store, error) {
	db, err := store.Open(ctx, name)
	if err != nil && ctx.Err() == nil {
		err = databaseError(name, err)
	}
	return db, err
}

func pipeDialer(pipe *bufconn.Listener) func(context.Context, string) (net.Conn, error) {
	return func(ctx context.Context, _ string) (net.Conn, error) { return pipe.DialContext(ctx) }
}
