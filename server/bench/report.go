package main

import (
	"bufio"
	"cmp"
	"debug/buildinfo"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"
)

// report is what was measured, to be told at the end.
type report struct {
	bench   *bench
	date    time.Time
	rows    []row
	figures []figures
	notes   []string
	raw     []raws
}

// row is a line of the table of targets.
type row struct {
	Work   string `json:"work"`
	Spread spread `json:"spread"`
	Unit   string `json:"unit"`
	goal   goal
}

// figures are a contender's own, beside no other.
type figures struct {
	part, name string
	samples    []sample
}

// raws is one sample as it is written to files.
type raws struct {
	Part      string `json:"part"`
	Contender string `json:"contender"`
	sample
}

func newReport(b *bench) *report { return &report{bench: b, date: time.Now()} }

// record keeps a sample for the files.
func (r *report) record(part, contender string, s sample) {
	r.raw = append(r.raw, raws{part, contender, s})
}

// row adds a line to the table of targets.
func (r *report) row(work string, s spread, g goal) {
	r.rows = append(r.rows, row{Work: work, Spread: s, Unit: g.unit, goal: g})
	r.bench.progress("%s: %s %s", work, s.in(g.unit), g.verdict(s))
}

// note adds a sentence that explains the figures, once.
func (r *report) note(format string, args ...any) {
	if note := fmt.Sprintf(format, args...); !slices.Contains(r.notes, note) {
		r.notes = append(r.notes, note)
	}
}

// absolute adds the figures of each contender of a part.
func (r *report) absolute(part string, taken rounds) {
	for _, name := range slices.Sorted(maps.Keys(taken)) {
		r.figures = append(r.figures, figures{part, name, taken[name]})
	}
}

// write prints the report and writes the files asked for.
func (r *report) write() error {
	out := bufio.NewWriter(r.bench.stdout)
	r.printTargets(out)
	r.printFigures(out)
	r.printNotes(out)
	if err := out.Flush(); err != nil {
		return err
	}
	if name := r.bench.JSON; name != "" {
		text, err := json.MarshalIndent(map[string]any{
			"seed": r.bench.Seed, "date": r.date, "versions": r.setting(), "rows": r.rows, "samples": r.raw,
		}, "", "  ")
		if err != nil {
			return err
		}
		if err := os.WriteFile(name, text, 0o600); err != nil {
			return err
		}
	}
	if name := r.bench.Bench; name != "" {
		return os.WriteFile(name, []byte(r.benchstat()), 0o600)
	}
	return nil
}

func (r *report) printTargets(out *bufio.Writer) {
	fmt.Fprintln(out, "| work | measured | at least | aim | |\n|---|---|---|---|---|")
	for _, row := range r.rows {
		least, aim := row.goal.bounds()
		fmt.Fprintf(out, "| %s | %s | %s | %s | %s |\n", row.Work, row.Spread.in(row.Unit), least, aim, row.goal.verdict(row.Spread))
	}
}

func (r *report) printFigures(out *bufio.Writer) {
	if len(r.figures) == 0 {
		return
	}
	fmt.Fprintln(out, "\n| part | who | clients | a second | server CPU each | p50 | p99 |\n|---|---|---|---|---|---|---|")
	for _, f := range r.figures {
		fmt.Fprintf(out, "| %s | %s | %d | %s | %s | %s | %s |\n", f.part, f.name, f.samples[0].Clients,
			over(f.samples, sample.perSecond).in(""), over(f.samples, sample.cpuEach).in("µs"),
			over(f.samples, sample.p50).in("ms"), over(f.samples, sample.p99).in("ms"))
	}
}

func (r *report) printNotes(out *bufio.Writer) {
	if r.bench.Quick {
		fmt.Fprintln(out, "\nThis was a quick run, to see that everything works: the figures and verdicts above mean nothing.")
	}
	fmt.Fprintf(out, "\nUnless said below, medians of %d rounds of %v, in brackets their range; "+
		"the order of contenders is drawn in each (seed %d). Ratios are taken within a round.\n\n",
		r.bench.Rounds, r.bench.Time, r.bench.Seed)
	for _, note := range append(slices.Clone(standingNotes), r.notes...) {
		fmt.Fprintln(out, "- "+note)
	}
	fmt.Fprintln(out)
	for _, line := range r.setting() {
		fmt.Fprintln(out, "- "+line)
	}
}

// standingNotes say how it is measured.
var standingNotes = []string{
	"Client and servers share this machine. Clients call in a closed loop, 32 to a gRPC connection, with requests " +
		"made beforehand, and leave replies as they are on the wire. Server CPU is the process's user and system time.",
	"The echo is a grpc-go server with default options whose one method takes and returns google.protobuf.BytesValue; " +
		"its messages are as long as Aula's, each way, and cycle as Aula's do.",
	"Aula runs with its defaults: SQLite with synchronous=FULL, every check on, and its log in a file. An answer is " +
		"acknowledged after the commit that holds it.",
}

// setting is the machine and the versions of all that ran.
func (r *report) setting() []string {
	b := r.bench
	commit, _ := b.output("git", "describe", "--always", "--dirty") // outside git there is none
	lines := []string{
		r.date.UTC().Format("2006-01-02 15:04 MST") + ", aula " + cmp.Or(b.Aula, strings.TrimSpace(commit), "of no commit"),
		fmt.Sprintf("%s/%s, %d processors, %s, %s, kernel %s", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(),
			cmp.Or(lineOf("/proc/cpuinfo", "model name"), "processor unknown"),
			cmp.Or(lineOf("/proc/meminfo", "MemTotal"), "an unknown amount")+" of memory",
			cmp.Or(lineOf("/proc/sys/kernel/osrelease", ""), "unknown")),
		runtime.Version() + ", " +
			strings.Join(modules(b.binary, "google.golang.org/grpc", "google.golang.org/protobuf", "modernc.org/sqlite"), ", "),
	}
	if peer := modules(b.file("pocketbase"), "github.com/pocketbase/pocketbase", "modernc.org/sqlite"); peer != nil {
		lines = append(lines, pocketbaseGo+", "+strings.Join(peer, ", "))
	}
	return lines
}

// lineOf returns what follows a word in the first line that begins with it.
func lineOf(file, word string) string {
	text, _ := os.ReadFile(file) // Linux has it
	for line := range strings.Lines(string(text)) {
		if after, ok := strings.CutPrefix(line, word); ok {
			return strings.TrimSpace(strings.TrimLeft(after, " \t:"))
		}
	}
	return ""
}

// modules are the versions of modules in a binary.
func modules(binary string, paths ...string) (versions []string) {
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		return nil
	}
	for _, module := range info.Deps {
		if slices.Contains(paths, module.Path) {
			versions = append(versions, module.Path+" "+module.Version)
		}
	}
	return versions
}

// benchstat writes the samples as `go test -bench` would.
func (r *report) benchstat() string {
	var text strings.Builder
	fmt.Fprintf(&text, "goos: %s\ngoarch: %s\npkg: aula/server/bench\n", runtime.GOOS, runtime.GOARCH)
	for _, s := range r.raw {
		name := strings.NewReplacer(", ", "/", ",", "", " ", "-").Replace(s.Part + "/" + s.Contender)
		fmt.Fprintf(&text, "Benchmark%s%s/clients=%d %d %.0f ns/op %.0f cpu-ns/op %d p50-ns %d p99-ns\n",
			strings.ToUpper(name[:1]), name[1:], s.Clients, s.Count, 1e9/s.perSecond(), 1e3*s.cpuEach(),
			s.P50.Nanoseconds(), s.P99.Nanoseconds())
	}
	return text.String()
}
