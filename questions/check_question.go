package questions

import (
	"fmt"
	"math"

	aulav1 "aula/proto/aula/v1"
)

// media checks the pictures and sounds of a set. That one is not described is no mistake of
// the set: loading warns of it.
func (r *report) media(all []*aulav1.Media) {
	ids := map[string]bool{}
	for i, m := range all {
		r.unique(fmt.Sprintf("media[%d].id", i), m.GetId(), ids)
		path := fmt.Sprintf("media[%d] %q", i, m.GetId())
		r.texts(path+": alt", m.GetAlt())
		kept := m.GetDigest() != "" || len(m.GetData()) > 0
		if kept == (m.GetUri() != "") {
			r.add(path, "check.media_one_place", nil)
		}
		if m.GetContentType() == "" && len(m.GetData()) == 0 {
			r.add(path+": content_type", "check.media_without_type", nil)
		}
	}
}

// shown checks that there are the pictures and sounds that the question at path shows.
func (r *report) shown(path string, q *aulav1.Question, byID map[string]*aulav1.Media) {
	for i, id := range q.GetMedia() {
		if byID[id] == nil {
			r.add(fmt.Sprintf("%s: media[%d]", path, i), "check.no_such_media", map[string]any{"Media": id})
		}
	}
}

// credit checks what bears on the credit of a question whatever its kind: hints, further
// tries, certainty.
func (r *report) credit(q *Question) {
	var costs float64
	for i, hint := range q.Source.GetHints() {
		r.texts(fmt.Sprintf("hints[%d].text", i), hint.GetText())
		costs += hint.GetCost()
	}
	const hair = 1e-9 // ten tenths may add up to a little more than 1
	if costs > 1+hair {
		r.add("hints", "check.hint_costs", map[string]any{"Sum": math.Round(costs*1e3) / 1e3})
	}
	if q.Source.Penalty != nil && q.Source.GetTries() < 2 {
		r.add("penalty", "check.penalty_without_tries", nil)
	}
	if q.Source.GetExamOnly() && q.Kind == cardKind {
		r.add("exam_only", "check.exam_only_card", nil)
	}
	if !q.certainty {
		return
	}
	if q.Source.GetTries() > 1 {
		r.add("tries", "check.certainty_once", map[string]any{"Field": "tries"})
	}
	if len(q.Source.GetHints()) > 0 {
		r.add("hints", "check.certainty_once", map[string]any{"Field": "hints"})
	}
}
