package main

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"maps"
	"net"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"time"

	"aula/locales"
	aulav1 "aula/proto/aula/v1"
	"aula/questions"
	"aula/questions/sets"
	"aula/server/api"
	"aula/server/store"
)

// stopGrace is how long calls under way may take after Ctrl-C.
const stopGrace = 10 * time.Second

// gcPercent lets the heap, which is small, grow to five times what is in use before the
// garbage is collected: at Go's own 100 a fifth of a call's time went into that. The
// environment's GOGC goes before it.
const gcPercent = 400

type serveCommand struct {
	Listen    string     `default:"localhost:50051" placeholder:"HOST:PORT" help:"cli.help.listen"`
	DB        string     `name:"db" default:"aula.db" placeholder:"DATABASE" help:"cli.help.db"`
	TLSCert   string     `name:"tls-cert" placeholder:"FILE" help:"cli.help.tls_cert"`
	TLSKey    string     `name:"tls-key" placeholder:"FILE" help:"cli.help.tls_key"`
	Plaintext bool       `help:"cli.help.serve_plaintext"`
	LogLevel  slog.Level `default:"INFO" placeholder:"LEVEL" help:"cli.help.log_level"`
	LogFormat string     `default:"text" enum:"text,json" placeholder:"FORMAT" help:"cli.help.log_format"`
	LogOneIn  uint64     `default:"1" placeholder:"N" help:"cli.help.log_one_in"`
	Metrics   string     `placeholder:"HOST:PORT" help:"cli.help.metrics"`
	Traces    string     `placeholder:"URL" help:"cli.help.traces"`
	Pprof     string     `placeholder:"HOST:PORT" help:"cli.help.pprof"`
	limitFlags
}

// Run serves until SIGINT or SIGTERM; a second one ends the process at once.
func (c *serveCommand) Run(t *terminal) error {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	err := c.serve(ctx, stop, t)
	if ctx.Err() != nil && errors.Is(err, context.Canceled) { // stopped before it had begun
		err = nil
	}
	if err == nil {
		t.say("cli.stopped", nil)
	}
	return err
}

// serve serves until ctx is done; from then on another signal ends the process.
func (c *serveCommand) serve(ctx context.Context, stop func(), t *terminal) (err error) {
	limits, err := c.limits()
	if err != nil {
		return err
	}
	log, hold := c.newLog(t.stderr)
	defer hold.close()
	admin := &admin{}
	defer admin.close()
	if err := admin.listen(ctx, c.Metrics, c.Pprof); err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return listenError("--listen", c.Listen, err)
	}
	secure, err := c.transport(listener.Addr(), log)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	db, err := store.Open(ctx, c.DB)
	if err != nil {
		if ctx.Err() == nil {
			err = databaseError(c.DB, err)
		}
		return errors.Join(err, listener.Close())
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	shipped, err := publishShipped(ctx, db, t.bundle)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	config := api.Config{Store: db, Locales: t.bundle, Log: log, LogOneIn: c.LogOneIn, Now: time.Now, TLS: secure}
	bounded := c.bound(&config, limits, listener)
	observed, err := c.observe(ctx, &config, shipped, bounded)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer observed.stop()
	server, err := api.New(config)
	if err != nil {
		return errors.Join(err, listener.Close())
	}

	defer (&optimizer{db: db, log: log}).start(ctx)()
	served := make(chan error, 1)
	go func() { served <- server.GRPC().Serve(bounded) }()
	admin.serve(ctx, observed.metrics, log)
	c.greet(t, listener.Addr(), shipped, admin)
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	hold.close() // another signal would take with it what is held
	stop()
	t.say("cli.stopping", nil)
	server.Stop(stopGrace)
	return nil
}

// listenError says why the address that a flag gave cannot be served on.
func listenError(flag, address string, err error) error {
	args := map[string]any{"Flag": flag, "Address": address, "Reason": err.Error()}
	if errors.Is(err, syscall.EADDRINUSE) {
		return &toldError{"cli.error.address_in_use", args}
	}
	return &toldError{"cli.error.listen", args}
}

// databaseError says why the database cannot be used.
func databaseError(name string, err error) error {
	args := map[string]any{"Database": store.Display(name), "Reason": err.Error()}
	if newer, ok := errors.AsType[*store.NewerError](err); ok {
		args["Schema"], args["Known"] = newer.Schema, newer.Known
		return &toldError{"cli.error.newer_database", args}
	}
	if errors.Is(err, store.ErrNotAFile) {
		return &toldError{"cli.error.not_a_file", args}
	}
	return &toldError{"cli.error.database", args}
}

// publishShipped makes the sets that come with Aula current, but for those that somebody
// has revised since.
func publishShipped(ctx context.Context, db *store.Store, bundle *locales.Bundle) ([]*sets.Set, error) {
	shipped, err := sets.Published(func(source *aulav1.QuestionSet) (*aulav1.QuestionSet, error) {
		if _, err := questions.Compile(source, bundle.Words); err != nil {
			return nil, err
		}
		content, _ := questions.Expand(source, bundle.Words) // its problems are among those of Compile
		return content, nil
	})
	if err != nil {
		return nil, err
	}
	for _, set := range shipped {
		shipped := store.Shipped{ID: set.ID, Content: set.Content, Source: set.Authored}
		if _, _, err := db.PublishShipped(ctx, shipped, time.Now()); err != nil {
			return nil, err
		}
	}
	return shipped, nil
}

// greet says what is served, where, and what to type first.
func (c *serveCommand) greet(t *terminal, bound net.Addr, shipped []*sets.Set, admin *admin) {
	address := c.Listen
	if host, port, err := net.SplitHostPort(c.Listen); err == nil && (host == "" || port == "0") {
		address = bound.String() // what was left to the system
	}
	t.say("cli.serving", map[string]any{"Address": address, "Database": store.Display(c.DB)})
	for _, set := range shipped {
		t.say("cli.serving_set", map[string]any{
			"ID":        set.ID,
			"Title":     cmp.Or(set.Title[t.locale.Tag().String()], set.Title[set.Language]),
			"Count":     set.Questions,
			"Languages": strings.Join(slices.Sorted(maps.Keys(set.Title)), ", "),
		})
	}
	admin.greet(t)
	grpcurl := "grpcurl"
	if c.TLSCert == "" {
		grpcurl += " -plaintext"
	}
	t.say("cli.try", map[string]any{
		"Command": grpcurl + " -H 'accept-language: " + t.locale.Tag().String() + "' " + address + " " +
			aulav1.CatalogService_ListSets_FullMethodName[1:],
	})
}
