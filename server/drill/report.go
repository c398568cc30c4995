//go:build linux

package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// told is how many of a long list are shown.
const told = 10

// report prints how it went, as a table for the README and what else there is to know.
func (d *drill) report(took time.Duration, wrong []string) {
	fmt.Fprintln(d.stdout, "| what happens | rounds | nobody served, median | longest | at most | "+
		"| longest wait of a client | answers wrong |\n|---|---|---|---|---|---|---|---|")
	for _, f := range faults() {
		d.reportFault(f)
	}
	acknowledged := len(d.ledger.acks)
	fmt.Fprintf(d.stdout, "\n%d answers acknowledged in %d attempts, %d clients, %v in all.\n",
		acknowledged, len(d.ledger.attempts), d.Clients, took.Round(time.Second))
	for _, r := range d.results {
		if r.naive != nil {
			fmt.Fprintf(d.stdout, "The trap: a client in plain SQL that takes what it reads for acknowledged lost %d of %d rows; "+
				"aula acknowledged %d answers that no standby could confirm.\n", r.naive.lost, len(r.naive.acknowledged), r.early)
		}
	}
	failures := slices.SortedFunc(maps.Keys(d.ledger.failures), func(a, b failure) int {
		return cmp.Or(cmp.Compare(a.method, b.method), cmp.Compare(a.code, b.code))
	})
	for _, f := range failures {
		fmt.Fprintf(d.stdout, "Made again: %s, %v, %d times.\n", f.method, f.code, d.ledger.failures[f])
	}
	list(d, "refused", slices.Sorted(maps.Keys(d.ledger.refusals)))
	for _, r := range d.results {
		list(d, "wrong after "+r.title, r.lost)
	}
	list(d, "wrong in the end", wrong)
}

func (d *drill) reportFault(f fault) {
	var silences []time.Duration
	var longest time.Duration
	lost := 0
	for _, r := range d.results {
		if r.name == f.name {
			silences = append(silences, r.silence)
			longest = max(longest, r.longest)
			lost += len(r.lost)
		}
	}
	if len(silences) == 0 {
		return
	}
	slices.Sort(silences)
	n := len(silences)
	verdict := "met"
	if silences[n-1] > f.target {
		verdict = "missed"
	}
	median := (silences[(n-1)/2] + silences[n/2]) / 2
	fmt.Fprintf(d.stdout, "| %s | %d | %.1f s | %.1f s | %.0f s | %s | %.1f s | %d |\n",
		f.title, n, median.Seconds(), silences[n-1].Seconds(), f.target.Seconds(), verdict, longest.Seconds(), lost)
}

// list prints the first of many lines.
func list(d *drill, title string, lines []string) {
	if len(lines) == 0 {
		return
	}
	shown := lines[:min(told, len(lines))]
	fmt.Fprintf(d.stdout, "\n%s (%d):\n  %s\n", title, len(lines), strings.Join(shown, "\n  "))
}

// verdict is an error where an answer is lost, or something else is not as it should be. An
// answer that was acknowledged without a standby is such a thing even if it is there: had the
// leader been lost for good a moment later, so had the answer.
func (d *drill) verdict(wrong []string) error {
	lost, late, early := len(wrong), 0, 0
	for _, r := range d.results {
		lost += len(r.lost)
		early += r.early
		if r.silence > r.target {
			late++
		}
	}
	switch {
	case lost > 0:
		return fmt.Errorf("FAILED: %d things are wrong", lost)
	case early > 0:
		return fmt.Errorf("FAILED: %d answers were acknowledged that no standby could confirm", early)
	case len(d.ledger.refusals) > 0:
		return fmt.Errorf("FAILED: calls were refused in %d ways", len(d.ledger.refusals))
	case late > 0 && d.Strict:
		return fmt.Errorf("FAILED: service was back late %d times", late)
	}
	fmt.Fprintln(d.stdout, "\nNothing that was acknowledged is lost.")
	return nil
}
