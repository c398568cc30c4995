//go:build linux

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func TestCompare(t *testing.T) {
	answers := map[string]entry{
		"a": {attempt: "1", question: "q", request: "a", acknowledged: true, points: 10},
		"b": {attempt: "1", question: "r", request: "b"}, // nobody knows yet
	}
	good := row{attempt: "1", question: "q", request: "a", try: 1, points: 10}
	change := func(change func(*row)) row {
		r := good
		change(&r)
		return r
	}
	for name, test := range map[string]struct {
		rows []row
		want string
	}{
		"as it should be":       {[]row{good}, ""},
		"both there":            {[]row{good, {attempt: "1", question: "r", request: "b", try: 1}}, ""},
		"one sent meanwhile":    {[]row{good, {attempt: "2", question: "q", request: "c", try: 1}}, ""},
		"lost":                  {nil, "acknowledged and is lost"},
		"twice":                 {[]row{good, good}, "stored 2 times"},
		"unacknowledged, twice": {[]row{good, {attempt: "1", question: "r", request: "b", try: 1}, {attempt: "1", question: "r", request: "b", try: 1}}, "stored 2 times"},
		"another question":      {[]row{change(func(r *row) { r.question = "r" })}, "stored for r in attempt 1"},
		"another attempt":       {[]row{change(func(r *row) { r.attempt = "2" })}, "stored for q in attempt 2"},
		"another try":           {[]row{change(func(r *row) { r.try = 2 })}, "counts as try 2"},
		"other points":          {[]row{change(func(r *row) { r.points = 0 })}, "stored with 0"},
	} {
		got := strings.Join(compare(answers, test.rows), "\n")
		if got != test.want && (test.want == "" || !strings.Contains(got, test.want)) {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

func TestMeasure(t *testing.T) {
	began := time.Now().Add(-20 * time.Second)
	at := func(seconds float64) time.Time { return began.Add(time.Duration(seconds * float64(time.Second))) }
	l := newLedger()
	l.acks = []ack{
		{first: at(-2), sent: at(-2), came: at(-1)},
		{first: at(-1), sent: at(-1), came: at(0.5)}, // what the fault has left to end
		{first: at(-3), sent: at(7), came: at(7.5)},
		{first: at(1), sent: at(9), came: at(10)},
		{first: at(19), sent: at(19), came: at(19.5)},
	}
	r := result{struck: struck{since: began}}
	r.measure(l)
	if r.silence.Round(time.Millisecond) != 9500*time.Millisecond || r.longest != 9*time.Second {
		t.Errorf("silence %v, longest wait %v", r.silence, r.longest)
	}
}

// Only what was both asked and acknowledged while no standby listened is early.
func TestEarly(t *testing.T) {
	began := time.Now().Add(-20 * time.Second)
	at := func(seconds float64) time.Time { return began.Add(time.Duration(seconds * float64(time.Second))) }
	l := newLedger()
	l.acks = []ack{
		{first: at(-2), sent: at(-2), came: at(-1)},
		{first: at(-1), sent: at(-1), came: at(0.5)}, // confirmed before the standbys fell silent
		{first: at(-1), sent: at(1), came: at(2)},
		{first: at(1), sent: at(1), came: at(3)},
		{first: at(3), sent: at(3), came: at(6)}, // by the next leader
	}
	if n := l.early(began, at(5)); n != 2 {
		t.Errorf("%d are early, want 2", n)
	}
}

func TestVerdict(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*drill)
		want   string
	}{
		"as it should be":   {func(*drill) {}, ""},
		"made again":        {func(d *drill) { d.ledger.failed("SubmitAnswer", codes.Unavailable) }, ""},
		"lost":              {func(d *drill) { d.results[1].lost = []string{"one"} }, "1 things are wrong"},
		"without a standby": {func(d *drill) { d.results[0].early = 3 }, "3 answers were acknowledged that no standby"},
		"refused":           {func(d *drill) { d.ledger.refuse("no") }, "refused in 1 ways"},
	} {
		d := &drill{command: &command{}, stdout: io.Discard, ledger: newLedger(), results: make([]result, 2)}
		test.change(d)
		if got := fmt.Sprint(d.verdict(nil)); test.want == "" && got != "<nil>" || !strings.Contains(got, test.want) {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

// A server that fails by itself is no fault of the cluster, so that the call is not made again.
func TestCallsThatFail(t *testing.T) {
	for code, want := range map[codes.Code]bool{
		codes.Unavailable: true, codes.DeadlineExceeded: true, codes.Internal: false, codes.Unknown: false, codes.NotFound: false,
	} {
		d := &drill{command: &command{Bound: time.Minute, Deadline: time.Second}, ledger: newLedger(), servers: []*server{{conns: []*grpc.ClientConn{nil}}}}
		c := &client{load: &load{drill: d}}
		tries := 0
		done := c.call(t.Context(), "SubmitAnswer", func(context.Context, *grpc.ClientConn) error {
			if tries++; tries > 1 {
				return nil
			}
			return status.Error(code, "no")
		})
		if done != want || (len(d.ledger.refusals) == 0) != want {
			t.Errorf("%v: done %v, refused %v", code, done, d.ledger.refusals)
		}
	}
}

// Patroni reads what the template makes, and asks for this of its times.
func TestTemplate(t *testing.T) {
	var text bytes.Buffer
	if err := patroniTemplate.Execute(&text, &node{Name: "node1", Dir: "/tmp", Tags: "nosync: true, replicatefrom: node2"}); err != nil {
		t.Fatal(err)
	}
	var config struct {
		Tags      map[string]any
		Bootstrap struct {
			DCS struct {
				TTL                   int
				LoopWait              int  `yaml:"loop_wait"`
				RetryTimeout          int  `yaml:"retry_timeout"`
				SynchronousModeStrict bool `yaml:"synchronous_mode_strict"`
			}
		}
	}
	if err := yaml.Unmarshal(text.Bytes(), &config); err != nil {
		t.Fatal(err)
	}
	dcs := config.Bootstrap.DCS
	if dcs.TTL < 20 || dcs.TTL < dcs.LoopWait+2*dcs.RetryTimeout || !dcs.SynchronousModeStrict || config.Tags["replicatefrom"] != "node2" {
		t.Errorf("%+v", config)
	}
}

// What is started below a folder is found and ended with it, and nothing else.
func TestKillBelow(t *testing.T) {
	dir := t.TempDir()
	start := func(name string) *exec.Cmd {
		at := filepath.Join(dir, name)
		if err := os.MkdirAll(at, 0o700); err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), "sh", "-c", "sleep 60 & wait") // a child of its own
		cmd.Dir = at
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { killBelow(at); _ = cmd.Wait() })
		for len(below(at)) < 2 {
			time.Sleep(time.Millisecond)
		}
		return cmd
	}
	start("node1")
	other := start("node10")
	killBelow(filepath.Join(dir, "node1"))
	if left := below(filepath.Join(dir, "node1")); len(left) > 0 {
		t.Errorf("%v are left", left)
	}
	if left := below(dir); len(left) != 2 || !slices.Contains(left, other.Process.Pid) {
		t.Errorf("of the other folder %v are left", left)
	}
}
