package main

import (
	"cmp"
	"context"
	"os"
	"time"

	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"aula/questions/sets"
	"aula/server/api"
)

// observation is what measures a server; what was not asked for is nil.
type observation struct {
	metrics *metrics
	traces  *traces
}

// observe has calls and the store measured, as far as the flags ask for it. What they do
// not ask for costs nothing: it is not there to be called.
func (c *serveCommand) observe(
	ctx context.Context, config *api.Config, shipped []*sets.Set, l *countingListener,
) (o observation, err error) {
	db := config.Store
	if c.traced() {
		if o.traces, err = newTraces(ctx, c.Traces, db, config.Log); err != nil {
			return observation{}, err
		}
		config.Unary, config.Stream = append(config.Unary, o.traces.unary), append(config.Stream, o.traces.stream)
		db.Observe.Operation = o.traces.operation
	}
	if c.Metrics != "" {
		var ids []string
		for _, set := range shipped {
			ids = append(ids, set.ID)
		}
		if o.metrics, err = newMetrics(db, ids, l); err != nil {
			return observation{}, err
		}
		config.Unary, config.Stream = append(config.Unary, o.metrics.unary), append(config.Stream, o.metrics.stream)
		db.Observe.Commit, db.Observe.Wait, db.Observe.Operation = o.metrics.commit, o.metrics.wait, o.metrics.operation
	}
	if o.traces != nil && o.metrics != nil {
		db.Observe.Operation = func(ctx context.Context, op string, took time.Duration) {
			o.traces.operation(ctx, op, took)
			o.metrics.operation(ctx, op, took)
		}
	}
	return o, nil
}

// traced reports whether traces are wanted, by flag or in OpenTelemetry's own way.
func (c *serveCommand) traced() bool {
	return cmp.Or(c.Traces, os.Getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"), os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT")) != ""
}

// stop sends what is still to be sent.
func (o observation) stop() {
	if o.traces != nil {
		o.traces.stop()
	}
}

// codeNames are the status codes of gRPC as its specification writes them.
var codeNames = [...]string{
	codes.OK:                 "OK",
	codes.Canceled:           "CANCELLED",
	codes.Unknown:            "UNKNOWN",
	codes.InvalidArgument:    "INVALID_ARGUMENT",
	codes.DeadlineExceeded:   "DEADLINE_EXCEEDED",
	codes.NotFound:           "NOT_FOUND",
	codes.AlreadyExists:      "ALREADY_EXISTS",
	codes.PermissionDenied:   "PERMISSION_DENIED",
	codes.ResourceExhausted:  "RESOURCE_EXHAUSTED",
	codes.FailedPrecondition: "FAILED_PRECONDITION",
	codes.Aborted:            "ABORTED",
	codes.OutOfRange:         "OUT_OF_RANGE",
	codes.Unimplemented:      "UNIMPLEMENTED",
	codes.Internal:           "INTERNAL",
	codes.Unavailable:        "UNAVAILABLE",
	codes.DataLoss:           "DATA_LOSS",
	codes.Unauthenticated:    "UNAUTHENTICATED",
}

const codeCount = codes.Code(len(codeNames))

// codeOf is the code of a call's error, UNKNOWN where gRPC knows no such code.
func codeOf(err error) codes.Code {
	if code := status.Code(err); code < codeCount {
		return code
	}
	return codes.Unknown
}

// callAttributes tell which method was called; method is as gRPC has it: "/service/method".
func callAttributes(method string) []attribute.KeyValue {
	return []attribute.KeyValue{semconv.RPCSystemNameGRPC, semconv.RPCMethod(method[1:])}
}

// statusAttributes tell how a call ended.
func statusAttributes(code codes.Code) []attribute.KeyValue {
	attributes := []attribute.KeyValue{semconv.RPCResponseStatusCode(codeNames[code])}
	if ourFault(code) {
		attributes = append(attributes, semconv.ErrorTypeKey.String(codeNames[code]))
	}
	return attributes
}

// ourFault reports whether a status means that the server failed, not its caller.
func ourFault(code codes.Code) bool {
	switch code {
	case codes.Unknown, codes.DeadlineExceeded, codes.Unimplemented, codes.Internal, codes.Unavailable, codes.DataLoss:
		return true
	default:
		return false
	}
}
