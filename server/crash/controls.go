package main

import (
	"strings"

	"aula/server/failpoint"
)

// control is a bug with the kind of round that has to find it.
type control struct {
	bug failpoint.Bug
	in  *kind
	as  string // the kind of violation that tells of it
	of  string // and a part of its text
}

// mostRounds is in how many rounds a bug has to be found.
const mostRounds = 10

func planted() []control {
	find := func(all []*kind, about string) *kind {
		for _, k := range all {
			if k.name == about || k.about == about {
				return k
			}
		}
		panic("crash: no kind " + about)
	}
	return []control{
		{failpoint.AcknowledgeEarly, find(points(), string(failpoint.BeforeCommit)), lost, ""},
		{failpoint.SyncNormal, find(kinds(), "power"), lost, ""},
		{failpoint.NoSavepoint, find(points(), string(failpoint.Writing)), wrong, "learner "},
		{failpoint.SkippedUndo, find(kinds(), "kill"), wrong, "the state of"},
	}
}

// controls plants each bug and runs rounds until it is found.
func (h *harness) controls() {
	for i, c := range planted() {
		if err := noDisk(); c.in.disk && err != nil {
			h.report.skip("control: "+string(c.bug), err)
			continue
		}
		h.control(uint64(i), c)
	}
}

func (h *harness) control(number uint64, c control) {
	k := *c.in
	k.bug = string(c.bug)
	for n := 1; n <= mostRounds && h.ctx.Err() == nil; n++ {
		r, err := h.alone(&k, "control-"+k.bug, 1000*(number+1)+uint64(n))
		if err != nil {
			h.progress("control %s, round %d: %v", c.bug, n, err)
			h.report.control(c.bug, n, "", err)
			return
		}
		for _, v := range r.found {
			if v.kind == c.as && strings.Contains(v.text, c.of) {
				first, _, _ := strings.Cut(v.text, "\n")
				h.progress("control %s: found in round %d: %s: %s", c.bug, n, v.kind, first)
				h.report.control(c.bug, n, v.kind+": "+first, nil)
				return
			}
		}
		h.progress("control %s: not found in round %d", c.bug, n)
	}
	h.report.control(c.bug, mostRounds, "", errNotFound)
}
