package library

import (
	"cmp"
	"context"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/proto"

	aulav1 "aula/proto/aula/v1"
	"aula/proto/packed"
	"aula/questions"
	"aula/questions/formats"
)

// finish checks the new set and tells what becomes of it. Questions that are wrong are left
// out; without Options.Partial that refuses the file.
func (l *loading) finish(ctx context.Context) *Result {
	if len(l.questions) == 0 && len(l.set.GetFacts()) == 0 {
		return l.refuse()
	}
	sound := l.validate()
	c := l.compile(ctx, sound)
	if c == nil || !l.options().Partial && worst(l.problems) == formats.Error {
		return l.refuse()
	}
	r := l.result()
	r.Set, r.Media = &packed.Set{Head: l.set, Questions: l.questions}, l.media
	r.Published = &packed.Set{Head: c.Head(), Questions: c.published}
	var before *packed.Set
	if l.current != nil {
		before = &packed.Set{Head: l.current, Questions: l.old}
	}
	r.Changes = compare(before, r.Set, func(i int) aulav1.QuestionChange_Match { return l.entries[i].match })
	r.Changed = l.current == nil || !r.Changes.none() || !proto.Equal(l.current, l.set)
	if l.current == nil {
		r.Changes.Set = nil // all of it
	}
	r.Coverage = c.coverage.Of(l.set, len(c.published))
	return r
}

// refuse tells why nothing is loaded.
func (l *loading) refuse() *Result {
	r := l.result()
	if worst(l.problems) != formats.Error {
		r.Problems.Add(formats.Error, formats.Place{}, "", "library.nothing_to_load")
	}
	return r
}

// result is what there is to tell whatever becomes of the file.
func (l *loading) result() *Result {
	slices.SortStableFunc(l.problems, func(a, b formats.Problem) int {
		return cmp.Or(cmp.Compare(a.Place.Line, b.Place.Line), cmp.Compare(a.Place.Row, b.Place.Row))
	})
	set := cmp.Or(l.set, l.file.Document.Set)
	r := &Result{
		File: l.file.options.File, Format: l.file.Format, ID: l.file.ID(), Language: l.lang, Detected: l.detected,
		Title: set.GetTitle(), Main: set.GetLanguage(),
		Changes: &Changes{}, Problems: l.problems, LeftOut: l.leftOut,
	}
	if l.set != nil {
		r.LeftOut += l.unread()
	}
	return r
}

// unread counts the questions that the format's reader has left out, as well as its problems
// tell: those by a name, an id or first words that no question has which was read.
func (l *loading) unread() int {
	if !slices.ContainsFunc(l.file.Document.Problems, isOfQuestion) {
		return 0
	}
	read := map[string]bool{}
	var stems []string
	for _, wire := range l.file.Document.Packed {
		q := packed.Unpack(wire)
		read[q.GetName()], read[q.GetId()] = true, true
		for _, stem := range q.GetText() {
			stems = append(stems, stem)
		}
	}
	slices.Sort(stems)
	left := map[string]bool{}
	for _, p := range l.file.Document.Problems {
		if !isOfQuestion(p) || read[p.Question] {
			continue
		}
		words := strings.TrimRight(p.Question, "… .")
		if i, _ := slices.BinarySearch(stems, words); i == len(stems) || !strings.HasPrefix(stems[i], words) {
			left[p.Question] = true
		}
	}
	return len(left)
}

// isOfQuestion reports whether a problem says that a question is not loaded.
func isOfQuestion(p formats.Problem) bool { return p.Severity <= formats.Skipped && p.Question != "" }

// drop leaves questions out. What learners have of one that was there before stays as it is
// until a file says it right.
func (l *loading) drop(bad []bool) {
	var entries []entry
	var left [][]byte
	for i, wire := range l.questions {
		e := l.entries[i]
		if bad[i] {
			l.leftOut++
			if e.was < 0 || e.at < 0 {
				continue
			}
			if l.options().Partial {
				l.note(formats.Note, int(e.at), "library.kept_before", "ID", packed.ID(l.old[e.was]))
			}
			e, wire = entry{at: -1, was: e.was}, l.old[e.was]
		}
		entries, left = append(entries, e), append(left, wire)
	}
	l.entries, l.questions = entries, left
}

// validateQuestion checks the constraints in the proto for q, which is question i.
func (l *loading) validateQuestion(i int, q *aulav1.Question) {
	l.broken[i] = violations(q, func() string { return l.labelOf(i) })
}

// validate leaves out the questions that break the constraints in the proto. It reports
// whether the rest of the set keeps to them.
func (l *loading) validate() bool {
	rest := violations(l.set, func() string { return "" })
	bad, some := make([]bool, len(l.questions)), false
	for i, found := range l.broken {
		bad[i] = len(found) > 0
		some = some || bad[i]
		l.addViolations(int(l.entries[i].at), found)
	}
	l.broken = nil
	l.addViolations(-1, rest)
	if some {
		l.drop(bad)
	}
	return len(rest) == 0
}

// addViolations adds what is wrong with the document's question at; -1: with the set.
func (l *loading) addViolations(at int, found formats.Problems) {
	for _, p := range found {
		p.Place = l.place(at)
		if path, ok := p.Args["Path"].(string); ok {
			p.Place = l.where(at, path)
		}
		l.problems = append(l.problems, p)
	}
}

// violations are the constraints in the proto that m breaks, without their places.
func violations(m proto.Message, labelled func() string) formats.Problems {
	err := protovalidate.Validate(m)
	if err == nil {
		return nil
	}
	var problems formats.Problems
	label := labelled()
	found, ok := errors.AsType[*protovalidate.ValidationError](err)
	if !ok {
		problems.Add(formats.Error, formats.Place{}, label, "library.invalid", "Reason", err.Error())
		return problems
	}
	for _, v := range found.Violations {
		args := []any{"Path", protovalidate.FieldPathString(v.Proto.GetField())}
		if v.RuleValue.IsValid() {
			args = append(args, "Limit", v.RuleValue.Interface(), "Count", countOf(v.RuleValue.Interface()))
		}
		if v.FieldDescriptor != nil {
			if rules, ok := proto.GetExtension(v.FieldDescriptor.Options(), validate.E_Field).(*validate.FieldRules); ok {
				args = append(args, bounds(rules)...)
			}
		}
		problems.Add(formats.Error, formats.Place{}, label, "rule."+strings.TrimSuffix(v.Proto.GetRuleId(), "_empty"), args...)
	}
	return problems
}

// countOf is a limit as a number that chooses a plural form.
func countOf(limit any) int {
	switch n := limit.(type) {
	case uint64:
		return int(n)
	case int32:
		return int(n)
	}
	return 0
}

// bounds are the limits of a number.
func bounds(rules *validate.FieldRules) []any {
	switch {
	case rules.GetInt32() != nil:
		return []any{"Low", rules.GetInt32().GetGte(), "High", rules.GetInt32().GetLte()}
	case rules.GetDouble() != nil:
		return []any{"Low", rules.GetDouble().GetGte(), "High", rules.GetDouble().GetLte()}
	}
	return nil
}

// compile checks how the parts of the set hang together, and leaves out the questions that
// are wrong, until the rest is right. It gives nil where there is no such rest, or where the
// set itself is wrong.
func (l *loading) compile(ctx context.Context, sound bool) *compiled {
	for ctx.Err() == nil && (len(l.questions) > 0 || len(l.set.GetFacts()) > 0) {
		c, problems := l.check(ctx)
		if len(problems) == 0 {
			if !sound {
				return nil
			}
			return c
		}
		bad, some := make([]bool, len(l.questions)), false
		for _, p := range problems {
			i, path := split(p.Path, len(bad))
			if i < 0 {
				l.addCheck(l.where(-1, path), "", path, p)
				sound = false
				continue
			}
			l.addCheck(l.where(int(l.entries[i].at), path), l.labelOf(i), path, p)
			bad[i], some = true, true
		}
		if !sound || !some || !l.options().Partial {
			return nil
		}
		l.drop(bad)
	}
	return nil
}

func (l *loading) addCheck(at formats.Place, label, path string, p questions.Problem) {
	args := []any{"Path", path}
	for name, value := range p.Args {
		args = append(args, name, value)
	}
	l.problems.Add(formats.Error, at, label, p.ID, args...)
}

var questionPath = regexp.MustCompile(`^questions\[(\d+)\] "(?:[^"\\]|\\.)*"(?:: )?`)

// split tells which of n questions a path leads into, and how it goes on there; -1: none.
func split(path string, n int) (int, string) {
	found := questionPath.FindStringSubmatch(path)
	if found == nil {
		return -1, path
	}
	i, err := strconv.Atoi(found[1])
	if err != nil || i >= n {
		return -1, path
	}
	return i, path[len(found[0]):]
}
