package questions

import (
	"slices"

	aulav1 "aula/proto/aula/v1"
)

// maxStale is how many stale parts of a set are named; the others are counted.
const maxStale = 100

// Coverage tells how far the set is written in each of its languages, and which of it is
// behind the wording it was made from.
func (s *Set) Coverage() []*aulav1.LanguageCoverage {
	all := make([]*aulav1.LanguageCoverage, len(s.Languages))
	for i, lang := range s.Languages {
		c := &aulav1.LanguageCoverage{Language: lang}
		for _, q := range s.Questions {
			if q.Covers(lang) {
				c.Questions++
			}
		}
		c.Complete = new(int(c.GetQuestions()) == len(s.Questions))
		s.eachStale(lang, func(kind, id string) {
			if c.Stale++; c.GetStale() <= maxStale {
				c.StaleParts = append(c.StaleParts, partName(kind, id))
			}
		})
		all[i] = c
	}
	return all
}

// eachStale visits what is marked as stale in lang, each as its author has to touch it: a
// fact and not what it asks.
func (s *Set) eachStale(lang string, visit func(kind, id string)) {
	note := func(kind, id string, stale []string) {
		if slices.Contains(stale, lang) {
			visit(kind, id)
		}
	}
	note("title", "", s.Source.GetStale())
	for _, source := range s.Source.GetSources() {
		note("sources", source.GetId(), source.GetStale())
	}
	for _, f := range s.Source.GetFacts() {
		note("facts", f.GetId(), f.GetStale())
	}
	for _, q := range s.Source.GetQuestions() {
		if !isDerived(q) {
			note("questions", q.GetId(), q.GetStale())
		}
	}
	for _, m := range s.Source.GetMedia() {
		note("media", m.GetId(), m.GetStale())
	}
}

// partName names a part of a set as the changes in a report do.
func partName(kind, id string) string {
	if id == "" {
		return kind
	}
	return kind + "[" + id + "]"
}

// isDerived reports whether a question is one that its fact asks for: facts do not say what
// they ask in a set that is expanded.
func isDerived(q *aulav1.Question) bool {
	for ask := range askNames {
		if q.GetFact() != "" && q.GetId() == derivedID(q.GetFact(), ask) {
			return true
		}
	}
	return false
}
