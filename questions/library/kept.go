package library

import (
	"slices"
	"strings"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats"
)

// keepUnread keeps the questions of the current set that the file has, and that its reader
// could not read: what learners have of them stays as it is until a file says it right.
func (l *loading) keepUnread() {
	if !l.options().Partial || len(l.set.GetQuestions()) == 0 {
		return
	}
	var known *labels
	taken := make(map[*aulav1.Question]bool, len(l.entries))
	kept := map[*aulav1.Question]bool{}
	var notes formats.Problems
	for _, p := range l.file.Document.Problems {
		if p.Severity != formats.Error || p.Question == "" && p.Key == "" {
			continue
		}
		if known == nil {
			known = labelsOf(l.current.GetQuestions())
			for _, e := range l.entries {
				taken[e.was] = true
			}
		}
		for _, q := range known.find(p.Question, p.Key) {
			if !taken[q] {
				taken[q], kept[q] = true, true
				notes.Add(formats.Note, p.Place, p.Question, "library.kept_before", "ID", q.GetId())
			}
		}
	}
	l.problems = append(l.problems, notes...)
	if len(kept) > 0 {
		l.putBack(kept)
	}
}

// putBack puts questions of the current set into the new one, each behind what it stood
// behind.
func (l *loading) putBack(kept map[*aulav1.Question]bool) {
	here := make(map[*aulav1.Question]bool, len(l.entries))
	for _, e := range l.entries {
		here[e.was] = true
	}
	behind := map[*aulav1.Question][]*aulav1.Question{}
	var last *aulav1.Question // nil: the beginning
	for _, q := range l.current.GetQuestions() {
		switch {
		case kept[q]:
			behind[last] = append(behind[last], q)
		case here[q]:
			last = q
		}
	}
	var entries []entry
	var all []*aulav1.Question
	put := func(list []*aulav1.Question) {
		for _, q := range list {
			entries, all = append(entries, entry{at: -1, was: q}), append(all, q)
		}
	}
	put(behind[nil])
	for i, q := range l.set.GetQuestions() {
		entries, all = append(entries, l.entries[i]), append(all, q)
		if was := l.entries[i].was; was != nil {
			put(behind[was])
		}
	}
	l.entries, l.set.Questions = entries, all
}

// labels are what questions may be called in the problems of a reader.
type labels struct {
	exact map[string][]*aulav1.Question // by id, key, name and stem; all but ids and keys folded
	stems []stem                        // in order
}

type stem struct {
	folded string
	of     *aulav1.Question
}

func labelsOf(questions []*aulav1.Question) *labels {
	l := &labels{exact: map[string][]*aulav1.Question{}}
	for _, q := range questions {
		names := []string{q.GetId(), q.GetKey(), fold(q.GetName())}
		if i := strings.LastIndexByte(q.GetKey(), '/'); i > 0 { // of several that were made of one note
			names = append(names, q.GetKey()[:i])
		}
		for _, text := range q.GetText() {
			folded := fold(text)
			names = append(names, folded)
			l.stems = append(l.stems, stem{folded, q})
		}
		slices.Sort(names)
		for _, name := range slices.Compact(names) {
			if name != "" {
				l.exact[name] = append(l.exact[name], q)
			}
		}
	}
	slices.SortFunc(l.stems, func(a, b stem) int { return strings.Compare(a.folded, b.folded) })
	return l
}

// find gives the questions that are called so: by the key, or else by the label, which is a
// name, an id, a stem or, with … at its end, the beginning of one.
func (l *labels) find(label, key string) []*aulav1.Question {
	if found := l.exact[key]; key != "" && len(found) > 0 {
		return found
	}
	if found := l.exact[label]; label != "" && len(found) > 0 {
		return found
	}
	folded := fold(label)
	if found := l.exact[folded]; folded == "" || len(found) > 0 {
		return found
	}
	if !strings.HasSuffix(label, "…") {
		return nil
	}
	var found []*aulav1.Question
	i, _ := slices.BinarySearchFunc(l.stems, folded, func(s stem, folded string) int { return strings.Compare(s.folded, folded) })
	for ; i < len(l.stems) && strings.HasPrefix(l.stems[i].folded, folded); i++ {
		found = append(found, l.stems[i].of)
	}
	return found
}
