package library

import (
	"slices"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	aulav1 "aula/proto/aula/v1"
)

// markStale marks the languages of a question whose texts were made from an earlier wording. It
// comes last.
func markStale(q, was *aulav1.Question, languages []string) {
	if proto.Equal(q, was) {
		return
	}
	marks := stale(q.ProtoReflect(), was.ProtoReflect(), was.GetStale(), languages)
	if !slices.Equal(marks, q.GetStale()) {
		q.Stale = marks
	}
}

// markRest is markStale for the facts, and for the title and the description.
func (l *loading) markRest(languages []string) {
	before := make(map[string]*aulav1.Fact, len(l.current.GetFacts()))
	for _, f := range l.current.GetFacts() {
		before[f.GetId()] = f
	}
	for _, f := range l.set.GetFacts() {
		if was := before[f.GetId()]; was != nil && !proto.Equal(f, was) {
			f.Stale = stale(f.ProtoReflect(), was.ProtoReflect(), was.GetStale(), languages)
		}
	}
	title := func(s *aulav1.QuestionSet) protoreflect.Message {
		return (&aulav1.QuestionSet{Title: s.GetTitle(), Description: s.GetDescription()}).ProtoReflect()
	}
	l.set.Stale = stale(title(l.set), title(l.current), l.current.GetStale(), languages)
}

// stale lists the languages in which now was made from an earlier wording in the first of
// languages, the set's own. marks are those it had before. A text that changes is up to
// date, one that does not keeps its mark whatever the file says: it may have been exported
// while it had another.
func stale(now, was protoreflect.Message, marks, languages []string) []string {
	if len(languages) == 0 {
		return nil
	}
	var found []string
	changed := !sameTexts(now, was, languages[0])
	for _, lang := range languages[1:] {
		if (changed || slices.Contains(marks, lang)) && written(now, lang) && sameTexts(now, was, lang) {
			found = append(found, lang)
		}
	}
	return found
}
