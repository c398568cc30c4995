package library

import (
	"slices"
	"sync/atomic"

	aulav1 "aula/proto/aula/v1"
	"aula/proto/packed"
	"aula/questions"
	"aula/questions/internal/parallel"
)

// compiled is a set that was checked question by question.
type compiled struct {
	*questions.Checker

	published [][]byte // the questions as learners get them, with those that facts ask for

	// How many of those are written in each of the set's languages, and stale in it.
	written, stale []atomic.Int32
}

// check checks how the parts of the new set hang together.
func (l *loading) check() (*compiled, questions.Problems) {
	checker := questions.NewChecker(l.set, l.words)
	n, asked, languages := len(l.questions), checker.Asked(), len(checker.Languages())
	c := &compiled{
		Checker: checker, published: make([][]byte, n+len(asked)),
		written: make([]atomic.Int32, languages), stale: make([]atomic.Int32, languages),
	}
	duplicate := duplicates(l.questions, asked)
	problems := make([]questions.Problems, len(duplicate))
	parallel.Each(len(duplicate), func(i int) {
		var q *aulav1.Question
		var done questions.Checked
		if i < n {
			q = l.question(i)
			done = checker.Question(i, q, duplicate[i])
		} else {
			done = checker.Derived(i-n, duplicate[i])
		}
		problems[i] = done.Problems
		if done.Expanded == q {
			c.published[i] = l.questions[i]
		} else {
			c.published[i] = packed.Repack(done.Expanded)
		}
		c.count(done)
	})
	return c, checker.Problems(n, slices.Concat(problems...))
}

// duplicates tells of each question, those that facts ask for last, whether one before it
// has its id.
func duplicates(written [][]byte, asked []*aulav1.Question) []bool {
	duplicate := make([]bool, len(written)+len(asked))
	ids := make(map[string]bool, len(duplicate))
	for i := range duplicate {
		var id string
		if i < len(written) {
			id = packed.ID(written[i])
		} else {
			id = asked[i-len(written)].GetId()
		}
		duplicate[i] = ids[id]
		ids[id] = true
	}
	return duplicate
}

// count counts a question in the languages that it is written in.
func (c *compiled) count(done questions.Checked) {
	for i, lang := range c.Languages() {
		if !slices.Contains(done.Languages, lang) {
			continue
		}
		c.written[i].Add(1)
		if slices.Contains(done.Expanded.GetStale(), lang) {
			c.stale[i].Add(1)
		}
	}
}

// coverage tells how far the set is written in each of its languages.
func (c *compiled) coverage() []*aulav1.LanguageCoverage {
	all := make([]*aulav1.LanguageCoverage, len(c.Languages()))
	for i, lang := range c.Languages() {
		written := c.written[i].Load()
		all[i] = &aulav1.LanguageCoverage{
			Language: lang, Questions: written, Complete: new(int(written) == len(c.published)), Stale: c.stale[i].Load(),
		}
	}
	return all
}
