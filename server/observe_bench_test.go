package main

import (
	"context"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/test/bufconn"

	aulav1 "aula/proto/aula/v1"
	"aula/server/store"
)

func openStore(tb testing.TB) *store.Store {
	tb.Helper()
	db, err := store.Open(tb.Context(), filepath.Join(tb.TempDir(), "aula.db"))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { db.Close() })
	return db
}

// benchMetrics and benchTraces measure as the server does, but send nothing.
func benchMetrics(b *testing.B) *metrics {
	b.Helper()
	m, err := newMetrics(openStore(b), nil, &countingListener{})
	if err != nil {
		b.Fatal(err)
	}
	return m
}

func benchTracing() sdktrace.TracerProviderOption {
	return sdktrace.WithBatcher(tracetest.NewNoopExporter())
}

func benchTraces() *traces {
	provider := sdktrace.NewTracerProvider(benchTracing())
	return &traces{provider: provider, tracer: provider.Tracer(scope)}
}

// What measuring adds to a call.
func BenchmarkObserve(b *testing.B) {
	info := &grpc.UnaryServerInfo{FullMethod: aulav1.QuizService_GetPrompt_FullMethodName}
	handle := func(context.Context, any) (any, error) { return nil, nil }
	for name, around := range map[string]grpc.UnaryServerInterceptor{"metrics": benchMetrics(b).unary, "traces": benchTraces().unary} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := around(b.Context(), nil, info, handle); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// What measuring adds to a method of the store.
func BenchmarkObserveStore(b *testing.B) {
	m := benchMetrics(b)
	for name, observe := range map[string]store.Observer{"off": {}, "metrics": {Operation: m.operation}} {
		b.Run(name, func(b *testing.B) {
			db := openStore(b)
			db.Observe = observe
			b.ReportAllocs()
			for b.Loop() {
				if _, err := db.Log(b.Context(), "none"); err == nil {
					b.Fatal("found an attempt that is not there")
				}
			}
		})
	}
}

// What a line of the log costs a call, written together with others and by itself.
func BenchmarkLog(b *testing.B) {
	for name, closed := range map[string]bool{"held": false, "at once": true} {
		b.Run(name, func(b *testing.B) {
			file, err := os.Create(filepath.Join(b.TempDir(), "log"))
			if err != nil {
				b.Fatal(err)
			}
			defer file.Close()
			log, hold := (&serveCommand{}).newLog(file)
			defer hold.close()
			if closed {
				hold.close()
			}
			b.ReportAllocs()
			for b.Loop() {
				log.LogAttrs(b.Context(), slog.LevelInfo, "call", slog.String("method", aulav1.QuizService_GetPrompt_FullMethodName),
					slog.String("code", "OK"), slog.Duration("took", 123456*time.Nanosecond), slog.String("attempt", "P236O6PL…"))
			}
		})
	}
}

// A whole call of the smallest kind over an in-memory connection, client included: with
// nothing on, with what Aula has, and with otelgrpc in its place.
func BenchmarkCall(b *testing.B) {
	m, t := benchMetrics(b), benchTraces()
	meters := sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewManualReader()))
	tracers := sdktrace.NewTracerProvider(benchTracing())
	for _, c := range []struct {
		name    string
		options []grpc.ServerOption
	}{
		{"off", nil},
		{"metrics", []grpc.ServerOption{grpc.UnaryInterceptor(m.unary)}},
		{"metrics+traces", []grpc.ServerOption{grpc.ChainUnaryInterceptor(t.unary, m.unary)}},
		{"otelgrpc metrics", []grpc.ServerOption{grpc.StatsHandler(otelgrpc.NewServerHandler(
			otelgrpc.WithMeterProvider(meters), otelgrpc.WithTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSampler(sdktrace.NeverSample())))))}},
		{"otelgrpc metrics+traces", []grpc.ServerOption{grpc.StatsHandler(otelgrpc.NewServerHandler(
			otelgrpc.WithMeterProvider(meters), otelgrpc.WithTracerProvider(tracers)))}},
	} {
		b.Run(c.name, func(b *testing.B) {
			server := grpc.NewServer(c.options...)
			healthv1.RegisterHealthServer(server, health.NewServer())
			listener := bufconn.Listen(1 << 20)
			go func() { _ = server.Serve(listener) }()
			defer server.Stop()
			conn, err := grpc.NewClient("passthrough:", grpc.WithTransportCredentials(insecure.NewCredentials()),
				grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))
			if err != nil {
				b.Fatal(err)
			}
			defer conn.Close()
			client := healthv1.NewHealthClient(conn)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := client.Check(b.Context(), &healthv1.HealthCheckRequest{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
