package main

import (
	"context"
	"errors"
	"net/http"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	runtimemetrics "go.opentelemetry.io/contrib/instrumentation/runtime"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/exemplar"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	"aula/server/store"
)

// scope is the name of Aula's own metrics and spans among those of its libraries.
const scope = "aula"

// Bounds of the histograms, in seconds: a call may take from tens of microseconds to the
// 15 s it is given, a read from the database a tenth of that, an fsync some milliseconds.
var (
	callBounds  = []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 5, 15}
	storeBounds = []float64{.00001, .000025, .00005, .0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .5, 5}
	writeBounds = []float64{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024} // writes in a commit
)

// metrics measures calls and the store. The names and attributes are those of
// OpenTelemetry's semantic conventions where there are such. No attribute is taken from
// what a caller sends, so there are only so many series.
type metrics struct {
	reader *sdkmetric.ManualReader

	calls       metric.Float64Histogram
	callLabels  perName[*[codeCount]labels] // by method and code
	underWay    atomic.Int64
	openStreams atomic.Int64

	engine          attribute.KeyValue
	operations      metric.Float64Histogram
	operationLabels perName[labels] // by method of the store
	commits         metric.Float64Histogram
	commitWrites    metric.Int64Histogram
	waits           metric.Float64Histogram
}

// labels are attributes ready to be recorded with. Making them costs several times as much
// as recording.
type labels []metric.RecordOption

func newLabels(attributes ...attribute.KeyValue) labels {
	return labels{metric.WithAttributeSet(attribute.NewSet(attributes...))}
}

// perName keeps what is made once for each name.
type perName[V any] struct{ made sync.Map }

func (p *perName[V]) get(name string, create func(name string) V) V {
	found, ok := p.made.Load(name)
	if !ok {
		found, _ = p.made.LoadOrStore(name, create(name))
	}
	v, _ := found.(V) // nothing else is kept
	return v
}

// newMetrics measures db, and whatever its interceptors are put around. sets are those
// whose revision is told, l is what accepts connections.
func newMetrics(db *store.Store, sets []string, l *countingListener) (*metrics, error) {
	reader := sdkmetric.NewManualReader()
	// Exemplars would cost each measurement a look at its context, to be dropped by a text
	// format that has no place for them.
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader), sdkmetric.WithExemplarFilter(exemplar.AlwaysOffFilter))
	m := &metrics{reader: reader, engine: semconv.DBSystemNameKey.String(db.Engine())}
	meter := provider.Meter(scope)
	return m, errors.Join(
		m.measureCalls(meter),
		measureConnections(meter, l),
		m.measureStore(meter, db),
		tellBuild(meter, db, sets),
		runtimemetrics.Start(runtimemetrics.WithMeterProvider(provider)),
	)
}

func (m *metrics) measureCalls(meter metric.Meter) error {
	var err [3]error
	m.calls, err[0] = meter.Float64Histogram("rpc.server.call.duration", metric.WithUnit("s"),
		metric.WithDescription("How long calls took, by method and status code."),
		metric.WithExplicitBucketBoundaries(callBounds...))
	_, err[1] = meter.Int64ObservableUpDownCounter("aula.calls.active", metric.WithUnit("{call}"),
		metric.WithDescription("Calls under way, streams not counted."),
		metric.WithInt64Callback(observed(m.underWay.Load)))
	_, err[2] = meter.Int64ObservableUpDownCounter("aula.streams.open", metric.WithUnit("{stream}"),
		metric.WithDescription("Streams open."),
		metric.WithInt64Callback(observed(m.openStreams.Load)))
	return errors.Join(err[:]...)
}

func measureConnections(meter metric.Meter, l *countingListener) error {
	_, noOpen := meter.Int64ObservableUpDownCounter("aula.connections.open", metric.WithUnit("{connection}"),
		metric.WithDescription("Connections open."),
		metric.WithInt64Callback(observed(l.connections)))
	_, noRefused := meter.Int64ObservableCounter("aula.connections.refused", metric.WithUnit("{connection}"),
		metric.WithDescription("Connections closed at once, as one too many."),
		metric.WithInt64Callback(observed(l.refused.Load)))
	return errors.Join(noOpen, noRefused)
}

func (m *metrics) measureStore(meter metric.Meter, db *store.Store) error {
	var err [5]error
	m.operations, err[0] = meter.Float64Histogram("db.client.operation.duration", metric.WithUnit("s"),
		metric.WithDescription("How long operations on the database took, a write's waiting and commit included."),
		metric.WithExplicitBucketBoundaries(storeBounds...))
	m.commits, err[1] = meter.Float64Histogram("aula.store.commit.duration", metric.WithUnit("s"),
		metric.WithDescription("How long commits took."),
		metric.WithExplicitBucketBoundaries(storeBounds...))
	m.commitWrites, err[2] = meter.Int64Histogram("aula.store.commit.writes", metric.WithUnit("{write}"),
		metric.WithDescription("Writes that shared a commit."),
		metric.WithExplicitBucketBoundaries(writeBounds...))
	m.waits, err[3] = meter.Float64Histogram("aula.store.wait.duration", metric.WithUnit("s"),
		metric.WithDescription("How long writes waited for their turn."),
		metric.WithExplicitBucketBoundaries(storeBounds...))
	_, err[4] = meter.Int64ObservableUpDownCounter("aula.store.queue.length", metric.WithUnit("{write}"),
		metric.WithDescription("Writes waiting for their turn."),
		metric.WithInt64Callback(observed(func() int64 { return int64(db.Queued()) })))
	return errors.Join(err[:]...)
}

// tellBuild tells which Aula runs and what it serves.
func tellBuild(meter metric.Meter, db *store.Store, sets []string) error {
	version, revision := buildVersion()
	build := metric.WithAttributeSet(attribute.NewSet(
		attribute.String("version", version),
		attribute.String("revision", revision),
		attribute.String("go_version", runtime.Version()),
	))
	_, noBuild := meter.Int64ObservableGauge("aula.build.info",
		metric.WithDescription("Always 1; the labels tell which Aula runs."),
		metric.WithInt64Callback(func(_ context.Context, o metric.Int64Observer) error {
			o.Observe(1, build)
			return nil
		}))
	_, noSets := meter.Int64ObservableGauge("aula.set.revision",
		metric.WithDescription("The current revision of each set that comes with Aula."),
		metric.WithInt64Callback(func(ctx context.Context, o metric.Int64Observer) error {
			// Metrics are wanted most when the database does not answer.
			ctx, cancel := context.WithTimeout(ctx, time.Second)
			defer cancel()
			for _, set := range sets {
				if revision, err := db.CurrentRevision(ctx, set); err == nil {
					o.Observe(int64(revision), metric.WithAttributes(attribute.String("set", set)))
				}
			}
			return nil
		}))
	return errors.Join(noBuild, noSets)
}

// buildVersion is the module's version and the commit, as far as the build knows them.
func buildVersion() (version, revision string) {
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return "", ""
	}
	for _, setting := range build.Settings {
		if setting.Key == "vcs.revision" {
			revision = setting.Value
		}
	}
	return build.Main.Version, revision
}

// observed is a callback that reports what get returns.
func observed(get func() int64) metric.Int64Callback {
	return func(_ context.Context, o metric.Int64Observer) error {
		o.Observe(get())
		return nil
	}
}

// unary measures a call.
func (m *metrics) unary(ctx context.Context, req any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
	start := time.Now()
	m.underWay.Add(1)
	resp, err := handle(ctx, req)
	m.underWay.Add(-1)
	m.called(ctx, info.FullMethod, err, time.Since(start))
	return resp, err
}

// stream measures a stream.
func (m *metrics) stream(srv any, ss grpc.ServerStream, info *grpc.StreamServerInfo, handle grpc.StreamHandler) error {
	start := time.Now()
	m.openStreams.Add(1)
	err := handle(srv, ss)
	m.openStreams.Add(-1)
	m.called(ss.Context(), info.FullMethod, err, time.Since(start))
	return err
}

// called records a call that has ended.
func (m *metrics) called(ctx context.Context, method string, err error, took time.Duration) {
	m.calls.Record(ctx, took.Seconds(), m.callLabels.get(method, labelsOfCall)[codeOf(err)]...)
}

func labelsOfCall(method string) *[codeCount]labels {
	made := &[codeCount]labels{}
	for code := range made {
		made[code] = newLabels(append(callAttributes(method), statusAttributes(codes.Code(code))...)...)
	}
	return made
}

// operation records a method of the store.
func (m *metrics) operation(ctx context.Context, op string, took time.Duration) {
	m.operations.Record(ctx, took.Seconds(), m.operationLabels.get(op, m.labelsOfOperation)...)
}

func (m *metrics) labelsOfOperation(op string) labels {
	return newLabels(m.engine, semconv.DBOperationName(op))
}

// commit records a commit.
func (m *metrics) commit(writes int, took time.Duration) {
	m.commits.Record(context.Background(), took.Seconds())
	m.commitWrites.Record(context.Background(), int64(writes))
}

// wait records that a write has reached its turn.
func (m *metrics) wait(took time.Duration) {
	m.waits.Record(context.Background(), took.Seconds())
}

// ServeHTTP answers a scrape in Prometheus's text format.
func (m *metrics) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var data metricdata.ResourceMetrics
	if err := m.reader.Collect(r.Context(), &data); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	_, _ = w.Write(prometheusText(&data)) // a scraper that is gone has no one to tell
}
