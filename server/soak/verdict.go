package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// rule is how a figure is told to be flat: what it is late is at most so many times what it
// was early, and a little.
type rule struct {
	times, more float64
	why         string
}

// rules are those of the figures that are judged. The others are told.
var rules = map[figure]rule{
	resident:   {1.2, 5, "garbage comes and goes"},
	heap:       {1.2, 12, "a collection may come while a set is loaded"},
	goroutines: {1.2, 10, "some calls are under way"},
	files:      {1.2, 10, "connections come and go"},
	wal:        {1.2, 17, "at 16 MB the log is begun anew, and where in it a life ends is chance"},
	median:     {3, 10, "the machine has other things to do"},
	slowest:    {3, 50, "a sync, a load or a backup is in the way of some"},
}

// leastSamples is how many samples a life must have to count.
const leastSamples = 8

// comparison is of a figure early and late.
type comparison struct{ early, late float64 }

func (r rule) flat(c comparison) bool { return c.late <= c.early*r.times+r.more }

// trends is what a run says. Within lives it compares the second quarter of each, of what
// comes after the warm-up, with its last: what is not given back shows there. Across lives it compares the first third of them
// with the last, each in the second half of its age, up to the same age for all: what a
// server takes because the database has grown shows there.
//
// Memory, goroutines and files may in no life grow by more than half of their level and 60 in
// an hour, by the median of their slopes (see growths).
//
// The first life does not count, in which the database and its caches fill. Nothing is taken
// off for the database that grows further: no figure may grow with it.
type trends struct {
	lives          int // that count
	warm           int // of those, in which there is enough after the warm-up
	within, across map[figure]comparison
	growths        map[figure]growth
}

// trendsOf makes out the trends. Memory is settled once a life is of the age filled.
func trendsOf(samples []sample, warmUp, filled time.Duration) (t trends) {
	lives := livesThatCount(samples)
	t.lives = len(lives)
	if t.lives == 0 {
		return t
	}
	t.growths = growths(lives, warmUp, filled)
	t.within, t.across = map[figure]comparison{}, map[figure]comparison{}
	age := slices.MinFunc(lives, func(a, b []sample) int { return cmp.Compare(last(a).age, last(b).age) })
	upTo := last(age).age
	for f := range figures {
		var second, fourth, settled []float64
		for _, l := range lives {
			settled = append(settled, medianOf(between(l, upTo/2, upTo), f))
			warm := between(l, warmUp, upTo)
			if n := len(warm); n >= leastSamples {
				second = append(second, medianOf(warm[n/4:n/2], f))
				fourth = append(fourth, medianOf(warm[n-n/4:], f))
			}
		}
		t.warm = len(second)
		t.within[f] = comparison{middle(second), middle(fourth)}
		third := (len(lives) + 2) / 3
		t.across[f] = comparison{middle(settled[:third]), middle(settled[len(settled)-third:])}
	}
	return t
}

// livesThatCount are those after the first that are long enough.
func livesThatCount(samples []sample) (lives [][]sample) {
	for _, sm := range samples {
		for len(lives) < sm.life {
			lives = append(lives, nil)
		}
		lives[sm.life-1] = append(lives[sm.life-1], sm)
	}
	if len(lives) > 1 {
		lives = lives[1:]
	}
	lives = slices.DeleteFunc(lives, func(l []sample) bool { return len(l) < leastSamples })
	if len(lives) == 0 {
		return nil
	}
	var ages []time.Duration
	for _, l := range lives {
		ages = append(ages, last(l).age)
	}
	slices.Sort(ages)
	usual := ages[(len(ages)-1)/2]
	// The run may have ended in the middle of one.
	return slices.DeleteFunc(lives, func(l []sample) bool { return last(l).age < usual*3/4 })
}

func last(l []sample) sample { return l[len(l)-1] }

func between(l []sample, from, to time.Duration) (some []sample) {
	for _, sm := range l {
		if sm.age >= from && sm.age <= to {
			some = append(some, sm)
		}
	}
	return some
}

func medianOf(samples []sample, f figure) float64 {
	var values []float64
	for _, sm := range samples {
		values = append(values, sm.values[f])
	}
	return middle(values)
}

// middle is the median, 0 of nothing.
func middle(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	if n == 0 {
		return 0
	}
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// grown names what is not flat.
func (t trends) grown() (grown []string) {
	for f := range figures {
		r, judged := rules[f]
		if !judged {
			continue
		}
		if !r.flat(t.within[f]) {
			grown = append(grown, names[f]+" within lives")
		}
		if t.lives > 1 && !r.flat(t.across[f]) {
			grown = append(grown, names[f]+" from life to life")
		}
		if !t.growths[f].flat() {
			grown = append(grown, names[f]+" by the hour")
		}
	}
	return grown
}

// report prints what was seen. Its error says what is not as it should be.
func (s *soak) report(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "life\tended by\tafter\t"+strings.Join(names[:], "\t")+"\t")
	for _, l := range s.lives {
		half := between(s.samples, 0, l.length)
		half = slices.DeleteFunc(half, func(sm sample) bool { return sm.life != l.number || sm.age < l.length/2 })
		fmt.Fprintf(w, "%d\t%s\t%v\t", l.number, l.ended, l.length.Round(time.Second))
		for f := range figures {
			fmt.Fprintf(w, "%.1f\t", medianOf(half, f))
		}
		fmt.Fprintln(w)
	}
	fmt.Fprintln(w)
	t := trendsOf(s.samples, s.WarmUp, s.Filled)
	fmt.Fprintln(w, "figure\twithin lives\tfrom life to life\tat most\tan hour\tat most\t\t")
	for f := range figures {
		r, judged := rules[f]
		bound, verdict := "", ""
		if judged {
			bound = fmt.Sprintf("× %.1f + %.0f", r.times, r.more)
			verdict = "flat"
			if !r.flat(t.within[f]) || t.lives > 1 && !r.flat(t.across[f]) || !t.growths[f].flat() {
				verdict = "NOT FLAT"
			}
		}
		across := "–"
		if t.lives > 1 {
			across = t.across[f].String()
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t\n", names[f], t.within[f], across, bound, t.growths[f], verdict)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	attempts, answers, learners, events := s.totals()
	c := s.counts
	fmt.Fprintf(out, "\n%d lives, of which %d count (medians of the second half of each above). Within lives: the second quarter "+
		"after the warm-up of %v against the last, in %d of them; from life to life: the first third of them against the last, "+
		"at the same age. An hour: the slope after the warm-up, of memory after %v; – where there is not enough of that.\n",
		len(s.lives), t.lives, s.WarmUp, t.warm, s.Filled)
	fmt.Fprintf(out, "%d calls, %d sent again while the server was away, %d sets loaded, %d backups, %d messages to those who watch.\n",
		c.calls, c.again, c.loads, c.backups, c.messages)
	fmt.Fprintf(out, "%d answers in %d attempts and %d events of %d learners were acknowledged: all are there. %s\n",
		answers, attempts, events, learners, s.verified)
	return s.wrong(t)
}

// wrong says what is not as it should be.
func (s *soak) wrong(t trends) error {
	var wrong []error
	if s.failures > 0 {
		wrong = append(wrong, fmt.Errorf("%d calls failed that should not:\n%s", s.failures, strings.Join(s.told, "\n")))
	}
	if t.warm == 0 {
		wrong = append(wrong, fmt.Errorf("no life after the first has %d samples after the warm-up: nothing can be told", leastSamples))
	}
	if grown := t.grown(); len(grown) > 0 {
		wrong = append(wrong, fmt.Errorf("not flat: %s", strings.Join(grown, ", ")))
	}
	return errors.Join(wrong...)
}

func (c comparison) String() string { return fmt.Sprintf("%.1f → %.1f", c.early, c.late) }
