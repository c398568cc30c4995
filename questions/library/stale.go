package library

import (
	"cmp"
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

// markRest is markStale for the sources and the facts, and for the title and the description.
func (l *loading) markRest(languages []string) {
	sources := byID(l.current.GetSources())
	for _, s := range l.set.GetSources() {
		if was := sources[s.GetId()]; was != nil && !proto.Equal(s, was) {
			s.Stale = stale(s.ProtoReflect(), was.ProtoReflect(), was.GetStale(), languages)
		}
	}
	facts := byID(l.current.GetFacts())
	for _, f := range l.set.GetFacts() {
		if was := facts[f.GetId()]; was != nil && !proto.Equal(f, was) {
			f.Stale = stale(f.ProtoReflect(), was.ProtoReflect(), was.GetStale(), languages)
		}
	}
	l.set.Stale = stale(heading(l.set), heading(l.current), l.current.GetStale(), languages)
}

// markMedia is markStale for what describes media.
func (l *loading) markMedia() {
	languages, media := languagesOf(l.set), byID(l.current.GetMedia())
	for _, m := range l.set.GetMedia() {
		was := cmp.Or(l.counterpart(m), media[m.GetId()])
		if was != nil && !proto.Equal(m, was) {
			m.Stale = stale(m.ProtoReflect(), was.ProtoReflect(), was.GetStale(), languages)
		}
	}
}

// byID gives what has an id by it.
func byID[T interface{ GetId() string }](list []T) map[string]T {
	found := make(map[string]T, len(list))
	for _, element := range list {
		found[element.GetId()] = element
	}
	return found
}

// heading is what a set is called and what it is about.
func heading(s *aulav1.QuestionSet) protoreflect.Message {
	return (&aulav1.QuestionSet{Title: s.GetTitle(), Description: s.GetDescription()}).ProtoReflect()
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
