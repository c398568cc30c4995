package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"aula/server/failpoint"
)

// tally is what rounds of one kind have come to.
type tally struct {
	name         string
	rounds       int
	acknowledged int64
	lost         int
	doubled      int
	wrong        int
	resumed      []time.Duration
	skipped      error
}

// outcome is what became of a control.
type outcome struct {
	bug   failpoint.Bug
	round int
	found string
	err   error
}

// report is what a run has come to.
type report struct {
	kinds    []*tally
	controls []outcome
}

var errNotFound = errors.New("not found")

func (r *report) of(name string) *tally {
	i := slices.IndexFunc(r.kinds, func(t *tally) bool { return t.name == name })
	if i < 0 {
		r.kinds = append(r.kinds, &tally{name: name})
		i = len(r.kinds) - 1
	}
	return r.kinds[i]
}

func (r *report) skip(name string, err error) { r.of(name).skipped = err }

func (r *report) add(name string, round *round) {
	t := r.of(name)
	t.rounds++
	t.acknowledged += round.acknowledged
	if round.resumed > 0 {
		t.resumed = append(t.resumed, round.resumed)
	}
	for _, v := range round.found {
		switch v.kind {
		case lost:
			t.lost++
		case doubled:
			t.doubled++
		default:
			t.wrong++
		}
	}
}

func (r *report) control(bug failpoint.Bug, round int, found string, err error) {
	r.controls = append(r.controls, outcome{bug, round, found, err})
}

func (r *report) failed() bool {
	return slices.ContainsFunc(r.kinds, func(t *tally) bool { return t.lost+t.doubled+t.wrong > 0 }) ||
		slices.ContainsFunc(r.controls, func(o outcome) bool { return o.err != nil })
}

// print writes the tables as the README has them.
func (r *report) print(out io.Writer) {
	fmt.Fprintln(out, "| kind | rounds | acknowledged | lost | doubled | otherwise wrong | median time to resume | longest |")
	fmt.Fprintln(out, "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
	for _, t := range r.kinds {
		if t.skipped != nil {
			fmt.Fprintf(out, "| %s | skipped: %v | | | | | | |\n", t.name, t.skipped)
			continue
		}
		slices.Sort(t.resumed)
		var median, longest time.Duration
		if n := len(t.resumed); n > 0 {
			median, longest = t.resumed[n/2], t.resumed[n-1]
		}
		fmt.Fprintf(out, "| %s | %d | %d | %d | %d | %d | %d ms | %d ms |\n", t.name, t.rounds, t.acknowledged, t.lost, t.doubled, t.wrong,
			median.Milliseconds(), longest.Milliseconds())
	}
	if len(r.controls) == 0 {
		return
	}
	fmt.Fprintln(out, "\n| planted bug | found in round | by |\n| --- | ---: | --- |")
	for _, o := range r.controls {
		if o.err != nil {
			fmt.Fprintf(out, "| %s | MISSED | %v |\n", o.bug, o.err)
			continue
		}
		fmt.Fprintf(out, "| %s | %d | %s |\n", o.bug, o.round, o.found)
	}
}
