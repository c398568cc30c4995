package main

import (
	"context"
	"log/slog"
	"net/url"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"aula/server/store"
)

// flushGrace is how long the last spans may take on their way when Aula stops.
const flushGrace = 3 * time.Second

// traces makes a span of each call, a child of the one in its traceparent if it has one,
// and below it one of each operation on the database. Spans hold what metrics do, and
// nothing that a caller sent: not even an error's message, which may quote an answer.
type traces struct {
	provider *sdktrace.TracerProvider
	tracer   trace.Tracer
	engine   string
}

// newTraces sends spans to a collector, over HTTP as protobuf. endpoint is its base URL,
// to which /v1/traces is added; where it is empty, OpenTelemetry's own environment
// variables decide, as they do about sampling, headers and certificates.
func newTraces(ctx context.Context, endpoint string, db *store.Store, log *slog.Logger) (*traces, error) {
	var options []otlptracehttp.Option
	if endpoint != "" {
		base, err := url.Parse(endpoint)
		if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
			return nil, &toldError{"cli.error.traces_url", nil} // not the URL: it may hold a password
		}
		options = append(options, otlptracehttp.WithEndpointURL(base.JoinPath("v1/traces").String()))
	}
	exporter, err := otlptracehttp.New(ctx, options...)
	if err != nil {
		return nil, tracesError(err)
	}
	version, _ := buildVersion()
	about, err := resource.New(ctx, resource.WithTelemetrySDK(),
		resource.WithAttributes(semconv.ServiceName("aula"), semconv.ServiceVersion(version)), resource.WithFromEnv())
	if err != nil {
		return nil, tracesError(err)
	}
	// A collector that is away is worth a line, and no more: spans are dropped, calls go on.
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { log.Warn("traces not sent", slog.Any("error", err)) }))
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter), sdktrace.WithResource(about))
	return &traces{provider: provider, tracer: provider.Tracer(scope), engine: db.Engine()}, nil
}

// tracesError says why traces cannot be sent.
func tracesError(err error) error {
	return &toldError{"cli.error.traces", map[string]any{"Reason": err.Error()}}
}

// stop sends the spans that are left.
func (t *traces) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), flushGrace)
	defer cancel()
	if err := t.provider.Shutdown(ctx); err != nil {
		otel.Handle(err)
	}
}

// unary makes a span of a call.
func (t *traces) unary(ctx context.Context, req any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
	ctx, span := t.begin(ctx, info.FullMethod)
	resp, err := handle(ctx, req)
	end(span, err)
	return resp, err
}

// stream makes a span of a stream, from its opening to its end.
func (t *traces) stream(srv any, ss grpc.ServerStream, info *grpc.StreamServerInfo, handle grpc.StreamHandler) error {
	ctx, span := t.begin(ss.Context(), info.FullMethod)
	err := handle(srv, tracedStream{ss, ctx})
	end(span, err)
	return err
}

// tracedStream is a stream whose context has a span.
type tracedStream struct {
	grpc.ServerStream
	ctx context.Context
}

func (s tracedStream) Context() context.Context { return s.ctx }

func (t *traces) begin(ctx context.Context, method string) (context.Context, trace.Span) {
	ctx = propagation.TraceContext{}.Extract(ctx, incoming{ctx})
	return t.tracer.Start(ctx, method[1:], trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(callAttributes(method)...))
}

func end(span trace.Span, err error) {
	if span.IsRecording() {
		code := codeOf(err)
		span.SetAttributes(statusAttributes(code)...)
		if ourFault(code) {
			span.SetStatus(codes.Error, "")
		}
	}
	span.End()
}

// operation makes a span of what the store did for a call, once it has done it.
func (t *traces) operation(ctx context.Context, op string, took time.Duration) {
	if !trace.SpanFromContext(ctx).IsRecording() {
		return
	}
	now := time.Now()
	_, span := t.tracer.Start(ctx, op, trace.WithTimestamp(now.Add(-took)), trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(semconv.DBSystemNameKey.String(t.engine), semconv.DBOperationName(op)))
	span.End(trace.WithTimestamp(now))
}

// incoming reads W3C's trace context from the metadata of a call.
type incoming struct{ ctx context.Context }

// Get returns the first value of a key.
func (m incoming) Get(key string) string {
	if values := metadata.ValueFromIncomingContext(m.ctx, key); len(values) > 0 {
		return values[0]
	}
	return ""
}

// Set is not called: nothing is sent on.
func (incoming) Set(string, string) {}

// Keys is not called either.
func (incoming) Keys() []string { return nil }
