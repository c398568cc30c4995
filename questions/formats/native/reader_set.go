package native

import (
	"slices"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats"
)

// set reads all but the questions from the rest of the file: its lists entry by entry, so
// that a wrong one is left out, and then the fields.
func (r *reader) set() *aulav1.QuestionSet {
	set := &aulav1.QuestionSet{}
	w := &worker{}
	own := tree{nodes: slices.Clone(r.rest.nodes)} // without the lists
	at := start
	for key := r.rest.nodes[r.root].first; key != 0; {
		value := r.rest.nodes[key].next
		f := setSchema().byName[r.rest.nodes[key].text]
		if f != nil && f.message != nil && r.rest.nodes[value].kind == list {
			if f.name != "questions" && r.facts[f.name] == nil {
				at = r.list(w, set, f, value, at)
			}
			own.nodes[value] = node{at: own.nodes[value].at, next: own.nodes[value].next}
		}
		key = r.rest.nodes[value].next
	}
	problems := w.read(r.text, &own, r.root, start, set, setSchema())
	for _, p := range problems {
		path, _ := p.Args["Field"].(string)
		steps := parsePath(path)
		if len(steps) == 0 { // a name without letters has none
			continue
		}
		if f := setSchema().byName[steps[0].name]; f != nil && f.message == nil {
			set.ProtoReflect().Clear(f.FieldDescriptor)
		}
	}
	r.tell(problems)
	return set
}

// list reads the facts, sources or media.
func (r *reader) list(w *worker, set *aulav1.QuestionSet, f *field, n int32, at spot) spot {
	values := set.ProtoReflect().Mutable(f.FieldDescriptor).List()
	kept := []int{}
	i := 0
	for entry := r.rest.nodes[n].first; entry != 0; entry = r.rest.nodes[entry].next {
		if begins := r.rest.nodes[entry].at; begins > at.at {
			at = at.to(r.text, begins)
		}
		value := values.NewElement()
		problems := w.read(r.text, r.rest, entry, at, value.Message().Interface(), f.message, step{name: f.name}, step{index: i})
		if problems == nil {
			values.Append(value)
			kept = append(kept, i)
		}
		r.tell(problems)
		i++
	}
	r.facts[f.name] = kept
	return at
}

// where finds what a path of the document's set stands for, or what is around that.
func (r *reader) where(path string) (formats.Place, bool) {
	steps := parsePath(path)
	if len(steps) == 0 {
		return formats.Place{}, false
	}
	entry := len(steps) > 1 && steps[1].name == ""
	if entry && steps[0].name == "questions" {
		i := steps[1].index
		if i >= len(r.kept) {
			return formats.Place{}, false
		}
		t, n, err := r.tree(&tree{most: maxQuestionNodes}, r.kept[i])
		if err != nil { // it was read before
			return r.document.Places[i], true
		}
		return r.kept[i].problem(r.text, fault{at: t.nodes[t.find(n, steps[2:])].at}).Place, true
	}
	if kept := r.facts[steps[0].name]; entry && kept != nil {
		if steps[1].index >= len(kept) {
			return formats.Place{}, false
		}
		steps[1].index = kept[steps[1].index]
	}
	n := r.rest.find(r.root, steps)
	return start.to(r.text, r.rest.nodes[n].at).place(), n != r.root
}
