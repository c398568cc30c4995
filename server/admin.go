package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof" // it registers with http's default mux, too: Aula does not serve that
	"time"
)

// admin is what operators look at over HTTP: ports of its own, apart from the learners'.
// --metrics and --pprof share one if they name the same address.
type admin struct {
	metrics, pprof *adminPort // nil if not asked for
}

type adminPort struct {
	listener net.Listener
	mux      *http.ServeMux
	server   *http.Server
}

// listen takes the addresses that are not empty. Nothing is served on them yet.
func (a *admin) listen(ctx context.Context, metrics, pprof string) (err error) {
	if metrics != "" {
		if a.metrics, err = listenPort(ctx, "--metrics", metrics); err != nil {
			return err
		}
	}
	switch pprof {
	case "":
		return nil
	case metrics:
		a.pprof = a.metrics
	default:
		if a.pprof, err = listenPort(ctx, "--pprof", pprof); err != nil {
			return err
		}
	}
	// Whoever wants the inside of the server seen on a network has to say on which.
	if at, ok := a.pprof.listener.Addr().(*net.TCPAddr); !ok || at.IP.IsUnspecified() {
		return &toldError{"cli.error.pprof_everywhere", map[string]any{"Address": pprof}}
	}
	return nil
}

func listenPort(ctx context.Context, flag, address string) (*adminPort, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, listenError(flag, address, err)
	}
	return &adminPort{listener: listener, mux: http.NewServeMux()}, nil
}

// serve begins to answer. metrics is what /metrics shows; /healthz says whether calls are
// taken, which ends with ctx.
func (a *admin) serve(ctx context.Context, metrics http.Handler, log *slog.Logger) {
	if a.metrics != nil {
		a.metrics.mux.Handle("GET /metrics", metrics)
		a.metrics.mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
			if ctx.Err() != nil {
				http.Error(w, "stopping", http.StatusServiceUnavailable)
			}
		})
	}
	if a.pprof != nil {
		// All but cmdline, which may hold the database's password.
		a.pprof.mux.HandleFunc("GET /debug/pprof/", pprof.Index)
		a.pprof.mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
		a.pprof.mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	}
	for _, port := range a.ports() {
		port.server = &http.Server{
			Handler:           port.mux,
			ReadHeaderTimeout: 10 * time.Second,
			ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		}
		go func() {
			if err := port.server.Serve(port.listener); !errors.Is(err, http.ErrServerClosed) {
				log.Error("admin port", slog.Any("error", err))
			}
		}()
	}
}

func (a *admin) ports() (ports []*adminPort) {
	if a.metrics != nil {
		ports = append(ports, a.metrics)
	}
	if a.pprof != nil && a.pprof != a.metrics {
		ports = append(ports, a.pprof)
	}
	return ports
}

// greet says where to look.
func (a *admin) greet(t *terminal) {
	if a.metrics != nil {
		t.say("cli.serving_metrics", map[string]any{"Address": a.metrics.listener.Addr()})
	}
	if a.pprof != nil {
		t.say("cli.serving_pprof", map[string]any{"Address": a.pprof.listener.Addr()})
	}
}

// close stops answering, whatever is under way.
func (a *admin) close() {
	for _, port := range a.ports() {
		if port.server != nil {
			_ = port.server.Close()
		}
		_ = port.listener.Close() // closed by the server already, if there is one
	}
}
