package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// A process that the benchmark starts from its own binary is the echo.
func TestMain(m *testing.M) {
	if os.Getenv(asBench) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// The whole of it, with the smallest sizes: what it says has the right shape, and what was
// acknowledged is stored, as every run makes sure of.
func TestQuick(t *testing.T) {
	dir := t.TempDir()
	svg, raw, bench := filepath.Join(dir, "chart.svg"), filepath.Join(dir, "raw.json"), filepath.Join(dir, "bench.txt")
	var out, log bytes.Buffer
	if code := run([]string{"--quick", "--seed", "1", "--svg", svg, "--json", raw, "--bench", bench}, &out, &log); code != 0 {
		t.Fatalf("exit code %d\n%s", code, log.String())
	}
	for _, line := range []string{
		`\| work \| measured \| at least \| aim \| \|`,
		`\| GetPrompt, 4 clients: throughput against the echo \| [\d.]+ × \| ≥ 0.90 × \| ≥ 1.00 × \| (as aimed at|met|missed) \|`,
		`\| SubmitAnswer, 4 clients, on disk: throughput against the echo \| [\d.]+ × .*\|`,
		`\| SubmitAnswers, 16 answers a message, 4 clients, on disk: .*\|`,
		`\| GetLeaderboard, top 100 and a rank among 1,000 standings: .*\|`,
		`\| GetPrompt: server CPU with 10,000 answers stored against 1,000 answers .*\|`,
		`\| from exec to the first reply, warm \| [\d.,]+ ms \| ≤ 50.0 ms \| ≤ 20.0 ms \| .* \|`,
		`\| memory when idle \(RSS\) \| .* \|`,
		`\| memory for each of 100 idle streams, 100 a connection \| .* \|`,
		`\| memory for each of 100 idle streams, 1 a connection \| .* \|`,
		`\| prompt \| echo \| 4 \| [\d.,]+ \| .* \| [\d.,]+ ms \| [\d.,]+ ms \|`,
		`- PocketBase is left out .*`,
		`- go1\..*google.golang.org/grpc v.*`,
		`This was a quick run, .*`,
		`Unless said below, medians of 1 rounds of 20ms, .* \(seed 1\)\. .*`,
	} {
		line = strings.ReplaceAll(line, " ×", "\u00a0×")
		line = strings.ReplaceAll(line, " ms", "\u00a0ms")
		line = strings.ReplaceAll(line, "≥ ", "≥\u00a0")
		line = strings.ReplaceAll(line, "≤ ", "≤\u00a0")
		if !regexp.MustCompile("(?m)^" + line + "$").MatchString(out.String()) {
			t.Errorf("no line is like %s", line)
		}
	}
	if t.Failed() {
		t.Log(out.String())
	}
	checkChart(t, svg)
	checkRaw(t, raw)
	checkBenchstat(t, bench)
}

func checkChart(t *testing.T, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	elements := map[string]int{}
	for d := xml.NewDecoder(bytes.NewReader(text)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if start, ok := token.(xml.StartElement); ok {
			elements[start.Name.Local]++
		}
	}
	// Of each of three: throughput, and latency twice.
	if elements["svg"] != 1 || elements["polyline"] != 9 {
		t.Errorf("the chart has %v", elements)
	}
	if strings.Contains(string(text), "NaN") || strings.Contains(string(text), "Inf") {
		t.Errorf("the chart leads nowhere:\n%s", text)
	}
}

func checkRaw(t *testing.T, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var raw struct {
		Seed    uint64
		Rows    []row
		Samples []raws
	}
	if err := json.Unmarshal(text, &raw); err != nil {
		t.Fatal(err)
	}
	if raw.Seed != 1 || len(raw.Rows) < 10 {
		t.Errorf("seed %d, %d rows", raw.Seed, len(raw.Rows))
	}
	for _, s := range raw.Samples {
		if s.Part == "" || s.Contender == "" || s.Clients == 0 || s.Count == 0 || s.Elapsed == 0 || s.P50 > s.P99 || s.P99 == 0 {
			t.Errorf("sample %+v", s)
		}
	}
	if i := slices.IndexFunc(raw.Samples, func(s raws) bool { return s.Contender == "SubmitAnswers" }); i < 0 || raw.Samples[i].Count%perBatch != 0 {
		t.Errorf("answers in batches: %d", i)
	}
}

func checkBenchstat(t *testing.T, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	form := regexp.MustCompile(`^(goos|goarch|pkg): \S+$|^Benchmark[A-Z]\S+ \d+ \d+ ns/op \d+ cpu-ns/op \d+ p50-ns \d+ p99-ns$`)
	for line := range strings.Lines(string(text)) {
		if !form.MatchString(strings.TrimSuffix(line, "\n")) {
			t.Errorf("benchstat cannot read %q", line)
		}
	}
}

func TestArguments(t *testing.T) {
	var out, log bytes.Buffer
	for _, args := range [][]string{{"--only", "prompt,nothing"}, {"--rounds", "0"}, {"--time", "0s"}, {"--nothing"}} {
		if code := run(args, &out, &log); code != 2 {
			t.Errorf("%v: exit code %d: %s", args, code, &log)
		}
	}
	if !strings.Contains(log.String(), `"nothing"`) {
		t.Errorf("%s does not name the part", &log)
	}
}

// Whoever asks for help is told the flags, though they name no command.
func TestHelp(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), os.Args[0], "--help")
	cmd.Env = append(os.Environ(), asBench+"=1")
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--only=PART") {
		t.Errorf("%v, said\n%s", err, out)
	}
}

// The echo must not be given shorter messages than Aula, nor longer ones.
func TestPadded(t *testing.T) {
	for n := 3; n < 40_000; n++ {
		wire := padded(make([]byte, n))
		want := n
		if n == 130 || n == 16_387 { // where the length of a BytesValue takes a byte more
			want++
		}
		if len(wire) != want {
			t.Fatalf("%d bytes became %d", n, len(wire))
		}
		if err := proto.Unmarshal(wire, &wrapperspb.BytesValue{}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRatiosAreTakenWithinARound(t *testing.T) {
	second := func(counts ...int) (samples []sample) {
		for _, n := range counts {
			samples = append(samples, sample{Count: n, Elapsed: 1e9})
		}
		return samples
	}
	// A machine that is three times as fast in one round says nothing of the contenders.
	got := ratio(second(50, 300, 90), second(100, 300, 100), sample.perSecond)
	if want := (spread{Median: 0.9, Least: 0.5, Most: 1}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := ratio(second(1), second(1), sample.cpuEach); got.in("×") != "not measured" {
		t.Errorf("%v without accounts of CPU", got)
	}
}

func TestVerdicts(t *testing.T) {
	more, less := atLeast(0.6, 0.75), atMost("×", 1.3, 1.1)
	for _, c := range []struct {
		goal   goal
		median float64
		want   string
	}{
		{more, 0.5, "missed"},
		{more, 0.6, "met"},
		{more, 0.8, "as aimed at"},
		{less, 1.4, "missed"},
		{less, 1.3, "met"},
		{less, 1, "as aimed at"},
		{untargeted("×"), 1, ""},
		{more, 0, ""},
	} {
		if got := c.goal.verdict(spread{Median: c.median, Least: c.median, Most: c.median}); got != c.want {
			t.Errorf("%v of %+v is %q, want %q", c.median, c.goal, got, c.want)
		}
	}
}

func TestFigures(t *testing.T) {
	for x, want := range map[float64]string{0.126: "0.13", 12.34: "12.3", 123.4: "123", 1234: "1,234", 1234567: "1,234,567"} {
		if got := figure(x); got != want {
			t.Errorf("%v is written %s, want %s", x, got, want)
		}
	}
	if got := (spread{Median: 2, Least: 1, Most: 3}).in("ms"); got != "2.00\u00a0ms (1.00–3.00)" {
		t.Error(got)
	}
}
