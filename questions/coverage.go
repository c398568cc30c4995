package questions

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"

	aulav1 "aula/proto/aula/v1"
)

// maxStale is how many stale parts of a set are named; the others are counted.
const maxStale = 100

// Coverage counts how far a set is written in each of its languages, and which of it is
// behind the wording it was made from.
type Coverage struct {
	languages []string
	written   []atomic.Int32 // questions, for each of the languages

	mu    sync.Mutex
	stale [][]staleQuestion // for each of the languages
}

// staleQuestion is a question that is marked as stale, with its place in the set.
type staleQuestion struct {
	at int
	id string
}

// NewCoverage makes ready to count the questions of a set in these languages.
func NewCoverage(languages []string) *Coverage {
	return &Coverage{
		languages: languages, written: make([]atomic.Int32, len(languages)), stale: make([][]staleQuestion, len(languages)),
	}
}

// Add counts question i of the set as it is expanded, which is wholly written in some
// languages. It can be called for many at the same time.
func (c *Coverage) Add(i int, q *aulav1.Question, languages []string) {
	for k, lang := range c.languages {
		if slices.Contains(languages, lang) {
			c.written[k].Add(1)
		}
		if slices.Contains(q.GetStale(), lang) && !isDerived(q) {
			c.mu.Lock()
			c.stale[k] = append(c.stale[k], staleQuestion{i, q.GetId()})
			c.mu.Unlock()
		}
	}
}

// Of tells the coverage of a set of n questions, of which head is all but those, once they
// are all counted.
func (c *Coverage) Of(head *aulav1.QuestionSet, n int) []*aulav1.LanguageCoverage {
	all := make([]*aulav1.LanguageCoverage, len(c.languages))
	for k, lang := range c.languages {
		written := c.written[k].Load()
		covered := &aulav1.LanguageCoverage{Language: lang, Questions: written, Complete: new(int(written) == n)}
		c.eachStale(k, head, func(kind, id string) {
			if covered.Stale++; covered.GetStale() <= maxStale {
				covered.StaleParts = append(covered.StaleParts, partName(kind, id))
			}
		})
		all[k] = covered
	}
	return all
}

// eachStale visits what is marked as stale in language k, each as its author has to touch it:
// a fact and not what it asks.
func (c *Coverage) eachStale(k int, head *aulav1.QuestionSet, visit func(kind, id string)) {
	note := func(kind, id string, stale []string) {
		if slices.Contains(stale, c.languages[k]) {
			visit(kind, id)
		}
	}
	note("title", "", head.GetStale())
	for _, source := range head.GetSources() {
		note("sources", source.GetId(), source.GetStale())
	}
	for _, f := range head.GetFacts() {
		note("facts", f.GetId(), f.GetStale())
	}
	slices.SortFunc(c.stale[k], func(a, b staleQuestion) int { return cmp.Compare(a.at, b.at) })
	for _, q := range c.stale[k] {
		visit("questions", q.id)
	}
	for _, m := range head.GetMedia() {
		note("media", m.GetId(), m.GetStale())
	}
}

// Coverage tells how far the set is written in each of its languages, and which of it is
// behind the wording it was made from.
func (s *Set) Coverage() []*aulav1.LanguageCoverage {
	c := NewCoverage(s.Languages)
	for i, q := range s.Questions {
		c.Add(i, q.Source, q.languages())
	}
	return c.Of(s.Source, len(s.Questions))
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
