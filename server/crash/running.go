package main

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"path/filepath"
	"strings"
)

// perWorld is how many rounds a database goes through.
const perWorld = 8

// runKind runs rounds of a kind. One that fails ends its world, which is kept.
func (h *harness) runKind(k *kind, n int) {
	name := k.name + "-" + strings.ReplaceAll(k.about, " ", "-")
	if k.name != "point" {
		name = k.name
	}
	var w *world
	for i := 1; i <= n && h.ctx.Err() == nil; i++ {
		if w == nil {
			var err error
			if w, err = h.settled(k, name, uint64(i)); err != nil {
				r := h.fail(&round{number: i}, name, err)
				h.report.add(k.name, r)
				h.tell(name, r)
				return
			}
		}
		r := &round{world: w, number: i, chances: h.chances("round", name, uint64(i))}
		if err := r.play(); err != nil {
			h.fail(r, name, err)
		}
		if h.ctx.Err() != nil {
			_ = w.close(false)
			return
		}
		h.report.add(k.name, r)
		h.tell(name, r)
		if w.rounds++; len(r.found) > 0 || w.rounds == perWorld || i == n {
			h.end(r)
			w = nil
		}
	}
}

// alone runs one round in a world of its own, of which nothing is kept.
func (h *harness) alone(k *kind, name string, number uint64) (*round, error) {
	w, err := h.settled(k, name, number)
	if err != nil {
		return nil, err
	}
	r := &round{world: w, number: int(number), chances: h.chances("round", name, number)}
	return r, firstOf(r.play(), w.close(false))
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// settled is a new world.
func (h *harness) settled(k *kind, name string, number uint64) (*world, error) {
	return h.newWorld(k, filepath.Join(h.dir, fmt.Sprintf("%s-%d", name, number)), h.chances("world", name, number))
}

// chances are those of a world or a round. They follow from the seed, the kind and the number.
func (h *harness) chances(of, name string, number uint64) *rand.Rand {
	sum := fnv.New64a()
	fmt.Fprint(sum, of, " ", name, " ", number)
	return rand.New(rand.NewPCG(h.Seed, sum.Sum64()))
}

// fail has an error count as something wrong.
func (h *harness) fail(r *round, name string, err error) *round {
	r.found = append(r.found, violation{wrong, fmt.Sprintf("%s: %v", name, err)})
	return r
}

// end ends a world, and keeps it where something was wrong.
func (h *harness) end(r *round) {
	failed := len(r.found) > 0
	if err := r.close(failed); err != nil {
		h.progress("%v", err)
	}
	if failed {
		h.progress("kept: %s", r.dir)
	}
}

// tell tells of a round, and all of what was wrong with it.
func (h *harness) tell(name string, r *round) {
	text := fmt.Sprintf("%s, round %d: %d acknowledged, resumed after %v", name, r.number, r.acknowledged, r.resumed.Round(1e6))
	if len(r.notes) > 0 {
		text += "; " + strings.Join(r.notes, "; ")
	}
	h.progress("%s", text)
	for i, v := range r.found {
		if i == 20 {
			h.progress("  … and %d more", len(r.found)-i)
			break
		}
		h.progress("  %s: %s (--seed %d)", v.kind, v.text, h.Seed)
	}
}
