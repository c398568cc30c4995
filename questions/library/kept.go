package library

import (
	"context"
	"slices"
	"strings"

	"aula/proto/packed"
	"aula/questions/formats"
	"aula/questions/internal/parallel"
)

// keepUnread keeps the questions of the current set that the file has, and that its reader
// could not read: what learners have of them stays as it is until a file says it right.
func (l *loading) keepUnread(ctx context.Context) {
	if !l.options().Partial || len(l.questions) == 0 {
		return
	}
	unread := slices.DeleteFunc(slices.Clone(l.file.Document.Problems), func(p formats.Problem) bool {
		return p.Severity != formats.Error || p.Question == "" && p.Key == ""
	})
	if len(unread) == 0 {
		return
	}
	known := labelsOf(ctx, unread, l.old)
	taken, kept := l.taken(), make([]bool, len(l.old))
	some := false
	for _, p := range unread {
		for _, j := range known.find(p.Question, p.Key) {
			if !taken[j] {
				taken[j], kept[j], some = true, true, true
				l.problems.Add(formats.Note, p.Place, p.Question, "library.kept_before", "ID", packed.ID(l.old[j]))
			}
		}
	}
	if some {
		l.putBack(ctx, kept)
	}
}

// taken tells of each question of the current set whether it is in the new one.
func (l *loading) taken() []bool {
	taken := make([]bool, len(l.old))
	for _, e := range l.entries {
		if e.was >= 0 {
			taken[e.was] = true
		}
	}
	return taken
}

// putBack puts questions of the current set into the new one, each behind what it stood
// behind.
func (l *loading) putBack(ctx context.Context, kept []bool) {
	here := l.taken()
	behind := map[int32][]int32{}
	last := int32(-1) // the beginning
	for j := range l.old {
		switch {
		case kept[j]:
			behind[last] = append(behind[last], int32(j))
		case here[j]:
			last = int32(j)
		}
	}
	entries, questions, broken := l.entries, l.questions, l.broken
	l.entries, l.questions, l.broken = nil, nil, nil
	put := func(e entry, wire []byte, found formats.Problems) {
		l.entries, l.questions, l.broken = append(l.entries, e), append(l.questions, wire), append(l.broken, found)
	}
	putOld := func(list []int32) {
		for _, j := range list {
			put(entry{at: -1, was: j}, l.old[j], nil)
		}
	}
	putOld(behind[-1])
	for i, e := range entries {
		put(e, questions[i], broken[i])
		if e.was >= 0 {
			putOld(behind[e.was])
		}
	}
	parallel.Until(ctx, len(l.entries), func(i int) {
		if l.entries[i].at < 0 {
			l.validateQuestion(i, l.question(i))
		}
	})
}

// labels are what the problems of a reader call questions, and which questions are called so.
type labels struct {
	exact  map[string][]int // by id, key, name and stem; all but ids and keys folded
	begins map[string][]int // by the beginning of a stem, folded
	sizes  map[int]bool     // of the beginnings, in bytes
}

// labelsOf finds the questions that problems name. It takes memory for those only.
func labelsOf(ctx context.Context, problems formats.Problems, questions [][]byte) *labels {
	l := &labels{exact: map[string][]int{}, begins: map[string][]int{}, sizes: map[int]bool{}}
	for _, p := range problems {
		folded := fold(p.Question)
		l.exact[p.Key], l.exact[p.Question], l.exact[folded] = nil, nil, nil
		if strings.HasSuffix(p.Question, "…") {
			l.begins[folded], l.sizes[len(folded)] = nil, true
		}
	}
	delete(l.exact, "")
	delete(l.begins, "")
	type called struct{ exact, begins []string }
	for j, c := range say(ctx, indexes(len(questions)), questions, func(wire []byte) (c called) {
		c.exact, c.begins = l.names(wire)
		return c
	}) {
		for _, name := range c.exact {
			l.exact[name] = append(l.exact[name], j)
		}
		for _, name := range c.begins {
			l.begins[name] = append(l.begins[name], j)
		}
	}
	return l
}

// names gives which of the labels a question has.
func (l *labels) names(wire []byte) (exact, begins []string) {
	q := packed.Unpack(wire)
	all := []string{q.GetId(), q.GetKey(), fold(q.GetName())}
	if i := strings.LastIndexByte(q.GetKey(), '/'); i > 0 { // of several that were made of one note
		all = append(all, q.GetKey()[:i])
	}
	for _, text := range q.GetText() {
		folded := fold(text)
		all = append(all, folded)
		for size := range l.sizes {
			if size <= len(folded) {
				begins = append(begins, folded[:size])
			}
		}
	}
	return among(all, l.exact), among(begins, l.begins)
}

// among gives the names that some questions are asked for by, each once.
func among(names []string, asked map[string][]int) []string {
	slices.Sort(names)
	names = slices.DeleteFunc(slices.Compact(names), func(name string) bool {
		_, there := asked[name]
		return !there
	})
	if len(names) == 0 {
		return nil // rather than room for none
	}
	return names
}

// find gives the questions that are called so: by the key, or else by the label, which is a
// name, an id, a stem or, with … at its end, the beginning of one.
func (l *labels) find(label, key string) []int {
	for _, name := range []string{key, label, fold(label)} {
		if found := l.exact[name]; len(found) > 0 {
			return found
		}
	}
	if strings.HasSuffix(label, "…") {
		return l.begins[fold(label)]
	}
	return nil
}
