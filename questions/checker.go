package questions

import (
	"cmp"
	"slices"

	aulav1 "aula/proto/aula/v1"
)

// Checker checks a set as Compile does, but question by question: of a large set only some
// need be in memory at a time. Its methods can be called at the same time.
type Checker struct {
	expander *expander
	set      *Set // without questions
	words    Words
	problems Problems           // of all but the questions
	derived  []*aulav1.Question // those that facts ask for
	paths    []string           // of the derived
}

// Checked is what becomes of a question.
type Checked struct {
	// Expanded is the question as Expand writes it out: itself where it stays as it is.
	Expanded *aulav1.Question
	// Languages of the set that it is wholly written in.
	Languages []string
	// Problems are what is wrong with it. Checker.Problems puts them in their order.
	Problems Problems
}

// stage is when Compile finds a problem.
type stage int

const (
	expandingFacts stage = iota
	expandingQuestions
	deriving
	checkingSet
	checkingFacts // those that questions name
	checkingCount
	checkingMedia
	checkingQuestions
)

// at notes when problems are found.
func (ps Problems) at(when stage) Problems {
	for i := range ps {
		ps[i].stage = when
	}
	return ps
}

// NewChecker makes ready to check a set whose head, all but its questions, is this.
func NewChecker(head *aulav1.QuestionSet, words Words) *Checker {
	e := newExpander(head, words)
	c := &Checker{expander: e, set: newSet(head, e.set), words: words}
	take := func(r *report, when stage) {
		c.problems = append(c.problems, r.problems.at(when)...)
		r.problems = nil
	}
	take(&e.report, expandingFacts)
	e.deriveAll()
	take(&e.report, deriving)
	c.derived, c.paths, e.set.Questions = e.set.GetQuestions(), e.paths, nil
	r := &report{languages: e.languages}
	r.set(e.set)
	take(r, checkingSet)
	r.media(head.GetMedia())
	take(r, checkingMedia)
	return c
}

// Languages of the set as BCP 47 tags, the one to fall back to first.
func (c *Checker) Languages() []string { return c.set.Languages }

// Head is what Expand makes of all but the questions. It must not be changed.
func (c *Checker) Head() *aulav1.QuestionSet { return c.set.Expanded }

// Asked lists the questions that the facts ask for, which come after the written ones. They
// must not be changed.
func (c *Checker) Asked() []*aulav1.Question { return c.derived }

// Question checks question i as its author wrote it. It is a duplicate where one before it
// has its id.
func (c *Checker) Question(i int, q *aulav1.Question, duplicate bool) Checked {
	path := questionPath(i, q)
	written, problems := c.expander.writeOne(path, q)
	found := problems.at(expandingQuestions)
	if q.GetFact() != "" && c.expander.facts[q.GetFact()] == nil {
		found = append(found, Problem{
			Path: path + ": fact", ID: "check.no_such_fact", Args: map[string]any{"Fact": q.GetFact()}, stage: checkingFacts,
		})
	}
	return c.check(path, written, duplicate, found)
}

// Derived is Question for one of those that facts ask for.
func (c *Checker) Derived(i int, duplicate bool) Checked {
	return c.check(c.paths[i], c.derived[i], duplicate, nil)
}

func (c *Checker) check(path string, q *aulav1.Question, duplicate bool, found Problems) Checked {
	r := &report{languages: c.set.Languages}
	done := Checked{Expanded: q, Problems: found}
	if compiled := c.set.compile(q, c.words); compiled == nil {
		r.add(path, "check.no_kind", nil)
	} else {
		r.question(path, compiled, duplicate)
		r.shown(path, q, c.set.media)
		done.Languages = compiled.languages()
	}
	done.Problems = append(done.Problems, r.problems.at(checkingQuestions)...)
	return done
}

// Problems are everything that is wrong with the set, of which n questions were written and
// found was found in those, in their order, and then in those that facts ask for.
func (c *Checker) Problems(n int, found Problems) Problems {
	all := slices.Concat(c.problems, found)
	if n+len(c.derived) == 0 {
		all = append(all, Problem{Path: "questions", ID: "check.no_questions", stage: checkingCount})
	}
	slices.SortStableFunc(all, func(a, b Problem) int { return cmp.Compare(a.stage, b.stage) })
	return all
}
