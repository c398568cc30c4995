package main

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	collectorv1 "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	commonv1 "go.opentelemetry.io/proto/otlp/common/v1"
	tracev1 "go.opentelemetry.io/proto/otlp/trace/v1"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/protobuf/proto"
)

// fetch gets a page of the admin port.
func fetch(t *testing.T, url string) (status int, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// parsed reads metrics as Prometheus does.
func parsed(t *testing.T, text string) map[string]*dto.MetricFamily {
	t.Helper()
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(text))
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return families
}

// find returns the metric of a family with these labels, given in pairs, or nil.
func find(families map[string]*dto.MetricFamily, name string, labels ...string) *dto.Metric {
	for _, m := range families[name].GetMetric() {
		found := 0
		for _, label := range m.GetLabel() {
			for i := 0; i < len(labels); i += 2 {
				if label.GetName() == labels[i] && label.GetValue() == labels[i+1] {
					found++
				}
			}
		}
		if found == len(labels)/2 {
			return m
		}
	}
	return nil
}

const answerSecret = "xylophone quartz"

// playSome makes the calls that the tests below look for: one attempt with an answer and
// a refused one, and three calls that fail. It returns what nobody should read later.
func playSome(p *process, headers ...string) (secrets []string) {
	p.t.Helper()
	start := p.must(startAttempt, `{"set":"ecuador-foreign-bases","nickname":"Anacleta"}`, headers...)
	id := start.at("id").(string)
	p.mustf(submitAnswer,
		`{"attempt":%q,"question":"meeting-city","answer":{"text":{"text":%q}}}`, id, answerSecret)
	_, err := p.call(submitAnswer,
		`{"attempt":"`+id+`","question":"homicide-rise","answer":{"numeric":{"text":"`+answerSecret+`"}}}`, headers...)
	if err == nil || !strings.Contains(err.Error(), answerSecret) {
		p.t.Fatalf("a number in letters was told %v", err)
	}
	p.mustf(finishAttempt, `{"attempt":%q}`, id)
	for range 3 {
		if _, err := p.call(getPrompt, `{"attempt":"`+strings.ToLower(id)+`"}`); err == nil {
			p.t.Fatal("found an attempt that is not there")
		}
	}
	return []string{id, strings.ToLower(id), "Anacleta", answerSecret, "127.0.0.1"}
}

func wantNone(t *testing.T, where, text string, secrets []string) {
	t.Helper()
	for _, secret := range secrets {
		if strings.Contains(text, secret) {
			t.Errorf("%s tells %q:\n%s", where, secret, text)
		}
	}
}

// A scrape tells how many calls ended how, what the store did, and which Aula it is.
func TestMetrics(t *testing.T) {
	address := freeAddress(t)
	p := serve(t, filepath.Join(t.TempDir(), "aula.db"), "AULA_METRICS="+address)
	secrets := playSome(p)
	status, text := fetch(t, "http://"+address+"/metrics")
	if status != http.StatusOK {
		t.Fatalf("%d %s", status, text)
	}
	wantNone(t, "a scrape", text, append(secrets, secrets[0][:8]))
	families := parsed(t, text)
	const calls, operations = "rpc_server_call_duration_seconds", "db_client_operation_duration_seconds"
	for _, c := range []struct {
		name   string
		labels []string
		want   uint64
	}{
		{calls, []string{"rpc_method", startAttempt, "rpc_response_status_code", "OK", "rpc_system_name", "grpc"}, 1},
		{calls, []string{"rpc_method", submitAnswer, "rpc_response_status_code", "OK"}, 1},
		{calls, []string{"rpc_method", submitAnswer, "rpc_response_status_code", "INVALID_ARGUMENT"}, 1},
		{calls, []string{"rpc_method", getPrompt, "rpc_response_status_code", "NOT_FOUND"}, 3},
		{operations, []string{"db_operation_name", "CreateAttempt", "db_system_name", "sqlite"}, 1},
		{operations, []string{"db_operation_name", "FinishAttempt", "db_system_name", "sqlite"}, 1},
	} {
		if got := find(families, c.name, c.labels...).GetHistogram().GetSampleCount(); got != c.want {
			t.Errorf("%s%v counts %d, want %d", c.name, c.labels, got, c.want)
		}
	}
	for _, name := range []string{"aula_store_commit_duration_seconds", "aula_store_commit_writes", "aula_store_wait_duration_seconds"} {
		if find(families, name).GetHistogram().GetSampleCount() == 0 {
			t.Errorf("%s counts nothing", name)
		}
	}
	if find(families, "aula_calls_active").GetGauge().GetValue() != 0 || find(families, "aula_store_queue_length").GetGauge().GetValue() != 0 {
		t.Errorf("calls are under way or wait:\n%s", text)
	}
	if find(families, "aula_set_revision", "set", "ecuador-foreign-bases").GetGauge().GetValue() != 1 {
		t.Errorf("the set's revision is not told:\n%s", text)
	}
	if find(families, "aula_build_info").GetGauge().GetValue() != 1 || find(families, "go_goroutine_count").GetGauge().GetValue() == 0 {
		t.Errorf("neither Aula nor Go is told:\n%s", text)
	}
	if status, _ := fetch(t, "http://"+address+"/healthz"); status != http.StatusOK {
		t.Errorf("/healthz says %d", status)
	}
	if status, _ := fetch(t, "http://"+address+"/debug/pprof/"); status != http.StatusNotFound {
		t.Errorf("profiles that nobody asked for: %d", status)
	}
	if code, printed := p.interrupt(); code != 0 || !strings.Contains(printed, "http://"+address+"/metrics") {
		t.Errorf("exit %d, printed\n%s", code, printed)
	}
}

// watchHealth opens a stream that lasts as long as ctx.
func watchHealth(ctx context.Context, p *process) {
	p.t.Helper()
	watch, err := healthv1.NewHealthClient(p.conn).Watch(ctx, &healthv1.HealthCheckRequest{})
	if err == nil {
		_, err = watch.Recv()
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

// An open stream is told as long as it is open.
func TestMetricsOfStreams(t *testing.T) {
	address := freeAddress(t)
	p := serve(t, filepath.Join(t.TempDir(), "aula.db"), "AULA_METRICS="+address)
	ctx, cancel := context.WithCancel(t.Context())
	watchHealth(ctx, p)
	_, text := fetch(t, "http://"+address+"/metrics")
	if open := find(parsed(t, text), "aula_streams_open").GetGauge().GetValue(); open != 1 {
		t.Errorf("%v streams open, want 1", open)
	}
	cancel()
	for range 1000 {
		_, text = fetch(t, "http://"+address+"/metrics")
		if find(parsed(t, text), "aula_streams_open").GetGauge().GetValue() == 0 {
			return
		}
	}
	t.Errorf("a stream that was ended stays open:\n%s", text)
}

// Profiles are served where they are asked for, and to every network only by name.
func TestPprof(t *testing.T) {
	address := freeAddress(t)
	p := serve(t, filepath.Join(t.TempDir(), "aula.db"), "AULA_METRICS="+address, "AULA_PPROF="+address)
	for page, want := range map[string]int{
		"/debug/pprof/": http.StatusOK, "/debug/pprof/heap": http.StatusOK, "/metrics": http.StatusOK,
		"/debug/pprof/cmdline": http.StatusNotFound, "/debug/requests": http.StatusNotFound, "/": http.StatusNotFound,
	} {
		if status, _ := fetch(t, "http://"+address+page); status != want {
			t.Errorf("%s: %d, want %d", page, status, want)
		}
	}
	if code, printed := p.interrupt(); code != 0 || !strings.Contains(printed, "http://"+address+"/debug/pprof/") {
		t.Errorf("exit %d, printed\n%s", code, printed)
	}
}

// Whatever cannot be served or sent is told before anything else happens.
func TestObserveErrors(t *testing.T) {
	taken := serve(t, filepath.Join(t.TempDir(), "aula.db")).address
	for _, c := range []struct{ language, flag, value, want string }{
		{"en", "--metrics", taken, "something already serves on " + taken},
		{"es", "--metrics", taken, "Elige otra dirección con --metrics."},
		{"en", "--metrics", "nowhere", "with --metrics."},
		{"en", "--pprof", ":0", "anyone on any network could look inside"},
		{"es", "--pprof", "0.0.0.0:0", "cualquiera podría ver"},
		{"en", "--pprof", "[::]:0", "anyone on any network could look inside"},
		{"es", "--traces", "localhost:4318", "solo se envían a una URL http:// o https://"},
		{"en", "--traces", "ftp://ana:hidden@localhost", "go to an http:// or https:// URL only"},
		{"es", "--traces", "http://ana:hidden@%zz", "Indica un recolector con --traces"},
		{"en", "--log-format", "xml", "--log-format"},
	} {
		cmd := aula(t, []string{"LC_ALL=" + c.language}, "--listen", "127.0.0.1:0", "--db", filepath.Join(t.TempDir(), "aula.db"), c.flag, c.value)
		out, err := cmd.CombinedOutput()
		if err == nil || !strings.Contains(string(out), c.want) || strings.Contains(string(out), "hidden") {
			t.Errorf("%s %s: %v, said\n%s", c.flag, c.value, err, out)
		}
	}
}

// The access log is JSON where it is asked for, a line a call, and tells no secrets.
func TestJSONLog(t *testing.T) {
	p := serve(t, filepath.Join(t.TempDir(), "aula.db"), "AULA_LOG_FORMAT=json")
	secrets := playSome(p)
	p.interrupt()
	wantNone(t, "the log", p.log(), secrets)
	counts := map[string]int{}
	for line := range strings.Lines(p.log()) {
		var entry struct {
			Time, Level, Msg, Method, Code, Attempt, Peer string
			Took                                          float64
		}
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		counts[entry.Method+" "+entry.Code]++
		if entry.Msg != "call" || entry.Time == "" || entry.Took <= 0 || entry.Method == "/"+submitAnswer && entry.Attempt != "…"+secrets[0][len(secrets[0])-8:] {
			t.Errorf("logged %s", line)
		}
	}
	if counts["/"+submitAnswer+" OK"] != 1 || counts["/"+getPrompt+" NotFound"] != 3 {
		t.Errorf("logged %v", counts)
	}
}

// Of the calls that succeed one in ten is logged, and every one that fails.
func TestLogOneIn(t *testing.T) {
	p := serve(t, filepath.Join(t.TempDir(), "aula.db"), "AULA_LOG_ONE_IN=10")
	for range 30 { // after serve's own, which is the first
		p.must(listSets, `{}`)
		if _, err := p.call(getSet, `{"set":"none"}`); err == nil {
			t.Fatal("found a set that is not there")
		}
	}
	p.interrupt()
	if ok, failed := strings.Count(p.log(), "code=OK"), strings.Count(p.log(), "code=NotFound"); ok != 4 || failed != 30 {
		t.Errorf("logged %d that succeeded, want 4; %d that failed, want 30\n%s", ok, failed, p.log())
	}
}

// collector takes spans as an OpenTelemetry collector does.
type collector struct {
	*httptest.Server
	mu      sync.Mutex
	spans   []*tracev1.Span
	text    string
	service string
}

func newCollector(t *testing.T) *collector {
	t.Helper()
	c := &collector{}
	c.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var req collectorv1.ExportTraceServiceRequest
		body, err := io.ReadAll(r.Body)
		if err == nil {
			err = proto.Unmarshal(body, &req)
		}
		if err != nil || r.URL.Path != "/v1/traces" {
			t.Errorf("%s: %v", r.URL, err)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.text += req.String()
		for _, of := range req.GetResourceSpans() {
			for _, attribute := range of.GetResource().GetAttributes() {
				if attribute.GetKey() == "service.name" {
					c.service = attribute.GetValue().GetStringValue()
				}
			}
			for _, scope := range of.GetScopeSpans() {
				c.spans = append(c.spans, scope.GetSpans()...)
			}
		}
	}))
	t.Cleanup(c.Close)
	return c
}

// named returns the spans of that name.
func (c *collector) named(name string) (spans []*tracev1.Span) {
	for _, span := range c.spans {
		if span.GetName() == name {
			spans = append(spans, span)
		}
	}
	return spans
}

// A call is a span under its caller's, what the store did for it a span under that, and
// its trace stands in the log.
func TestTraces(t *testing.T) {
	c := newCollector(t)
	p := serve(t, filepath.Join(t.TempDir(), "aula.db"), "AULA_TRACES="+c.URL)
	secrets := playSome(p, "traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	watchHealth(t.Context(), p)
	if code, _ := p.interrupt(); code != 0 { // what is left is sent now
		t.Errorf("exit %d\n%s", code, p.log())
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	wantNone(t, "a trace", c.text, append(secrets, secrets[0][:8]))
	if c.service != "aula" {
		t.Errorf("spans of %q", c.service)
	}
	const traceID = "\x0a\xf7\x65\x19\x16\xcd\x43\xdd\x84\x48\xeb\x21\x1c\x80\x31\x9c"
	start := c.named(startAttempt)
	if len(start) != 1 || string(start[0].GetTraceId()) != traceID || string(start[0].GetParentSpanId()) != "\xb7\xad\x6b\x71\x69\x20\x33\x31" ||
		start[0].GetKind() != tracev1.Span_SPAN_KIND_SERVER {
		t.Fatalf("StartAttempt: %v", start)
	}
	create := c.named("CreateAttempt")
	if len(create) != 1 || string(create[0].GetParentSpanId()) != string(start[0].GetSpanId()) || create[0].GetEndTimeUnixNano() < create[0].GetStartTimeUnixNano() {
		t.Errorf("CreateAttempt: %v", create)
	}
	submits := c.named(submitAnswer)
	if len(submits) != 2 || len(submits[0].GetParentSpanId()) != 0 || string(submits[1].GetTraceId()) != traceID {
		t.Fatalf("SubmitAnswer: %v", submits)
	}
	refused := submits[1]
	if !slices.ContainsFunc(refused.GetAttributes(), func(a *commonv1.KeyValue) bool {
		return a.GetKey() == "rpc.response.status_code" && a.GetValue().GetStringValue() == "INVALID_ARGUMENT"
	}) || refused.GetStatus().GetCode() != tracev1.Status_STATUS_CODE_UNSET {
		t.Errorf("the refused answer: %v", refused)
	}
	if len(c.named("grpc.health.v1.Health/Watch")) != 1 {
		t.Errorf("no span of a stream among %d", len(c.spans))
	}
	if !strings.Contains(p.log(), "trace=0af7651916cd43dd8448eb211c80319c") {
		t.Errorf("no trace in the log\n%s", p.log())
	}
}

// A collector that is away costs spans and a line in the log, nothing else.
func TestNoCollector(t *testing.T) {
	p := serve(t, filepath.Join(t.TempDir(), "aula.db"), "OTEL_EXPORTER_OTLP_ENDPOINT=http://"+freeAddress(t), "OTEL_EXPORTER_OTLP_TIMEOUT=50")
	playSome(p)
	if code, _ := p.interrupt(); code != 0 || !strings.Contains(p.log(), "traces not sent") {
		t.Errorf("exit %d\n%s", code, p.log())
	}
}

// While the server stops, /healthz says so.
func TestHealthz(t *testing.T) {
	a := &admin{}
	defer a.close()
	if err := a.listen(t.Context(), "127.0.0.1:0", ""); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	a.serve(ctx, http.NotFoundHandler(), slog.New(slog.DiscardHandler))
	page := "http://" + a.metrics.listener.Addr().String() + "/healthz"
	if status, _ := fetch(t, page); status != http.StatusOK {
		t.Errorf("before the stop: %d", status)
	}
	stop()
	if status, _ := fetch(t, page); status != http.StatusServiceUnavailable {
		t.Errorf("after it: %d", status)
	}
}
