package library

import (
	"context"
	"slices"

	aulav1 "aula/proto/aula/v1"
	"aula/proto/packed"
	"aula/questions"
	"aula/questions/internal/parallel"
)

// compiled is a set that was checked question by question.
type compiled struct {
	*questions.Checker

	published [][]byte // the questions as learners get them, with those that facts ask for
	coverage  *questions.Coverage
}

// check checks how the parts of the new set hang together.
func (l *loading) check(ctx context.Context) (*compiled, questions.Problems) {
	checker := questions.NewChecker(l.set, l.words)
	n, asked := len(l.questions), checker.Asked()
	c := &compiled{
		Checker: checker, published: make([][]byte, n+len(asked)),
		coverage: questions.NewCoverage(checker.Languages()),
	}
	duplicate := duplicates(l.questions, asked)
	problems := make([]questions.Problems, len(duplicate))
	parallel.Until(ctx, len(duplicate), func(i int) {
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
		c.coverage.Add(i, done.Expanded, done.Languages)
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
