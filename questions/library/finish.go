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
	"aula/questions"
	"aula/questions/formats"
	"aula/questions/internal/parallel"
)

// finish checks the new set and tells what becomes of it. Questions that are wrong are left
// out; without Options.Partial that refuses the file.
func (l *loading) finish(ctx context.Context) *Result {
	if len(l.set.GetQuestions()) == 0 && len(l.set.GetFacts()) == 0 {
		return l.refuse()
	}
	sound := l.validate(ctx)
	compiled := l.compile(ctx, sound)
	if compiled == nil || !l.options().Partial && worst(l.problems) == formats.Error {
		return l.refuse()
	}
	r := l.result()
	r.Set, r.Published, r.Media = l.set, compiled.Expanded, l.media
	r.Changes = compare(l.current, l.set, l.matches())
	r.Changed = l.current == nil || !r.Changes.none() || !proto.Equal(share(l.current, "questions"), share(l.set, "questions"))
	r.Coverage = coverage(compiled)
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
	read := map[string]bool{}
	var stems []string
	for _, q := range l.file.Document.Set.GetQuestions() {
		read[q.GetName()], read[q.GetId()] = true, true
		for _, stem := range q.GetText() {
			stems = append(stems, stem)
		}
	}
	slices.Sort(stems)
	left := map[string]bool{}
	for _, p := range l.file.Document.Problems {
		if p.Severity > formats.Skipped || p.Question == "" || read[p.Question] {
			continue
		}
		words := strings.TrimRight(p.Question, "… .")
		if i, _ := slices.BinarySearch(stems, words); i == len(stems) || !strings.HasPrefix(stems[i], words) {
			left[p.Question] = true
		}
	}
	return len(left)
}

// matches tells how each question was recognised, by its id.
func (l *loading) matches() map[string]aulav1.QuestionChange_Match {
	matches := make(map[string]aulav1.QuestionChange_Match, len(l.entries))
	for i, q := range l.set.GetQuestions() {
		matches[q.GetId()] = l.entries[i].match
	}
	return matches
}

// drop leaves questions out. What learners have of one that was there before stays as it is
// until a file says it right.
func (l *loading) drop(bad []bool) {
	var entries []entry
	var left []*aulav1.Question
	for i, q := range l.set.GetQuestions() {
		e := l.entries[i]
		if bad[i] {
			l.leftOut++
			if e.was == nil || e.at < 0 {
				continue
			}
			e, q = entry{at: -1, was: e.was}, e.was
		}
		entries, left = append(entries, e), append(left, q)
	}
	l.entries, l.set.Questions = entries, left
}

// validate checks the constraints in the proto, question by question, and leaves out those
// that break them. It reports whether the rest of the set keeps to them.
func (l *loading) validate(ctx context.Context) bool {
	rest := violations(share(l.set, "questions"), "")
	all := l.set.GetQuestions()
	found := make([]formats.Problems, len(all))
	bad, some := make([]bool, len(all)), false
	parallel.Until(ctx, len(all), func(i int) {
		found[i] = violations(all[i], l.labelOf(i))
	})
	for i := range found {
		bad[i] = len(found[i]) > 0
		some = some || bad[i]
		l.addViolations(l.entries[i].at, found[i])
	}
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
func violations(m proto.Message, label string) formats.Problems {
	err := protovalidate.Validate(m)
	if err == nil {
		return nil
	}
	var problems formats.Problems
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
func (l *loading) compile(ctx context.Context, sound bool) *questions.Set {
	for ctx.Err() == nil && (len(l.set.GetQuestions()) > 0 || len(l.set.GetFacts()) > 0) {
		compiled, err := questions.Compile(l.set, l.words)
		if err == nil {
			if !sound {
				return nil
			}
			return compiled
		}
		problems, _ := errors.AsType[questions.Problems](err) // as Compile promises
		bad, some := make([]bool, len(l.set.GetQuestions())), false
		for _, p := range problems {
			i, path := split(p.Path, len(bad))
			if i < 0 {
				l.addCheck(l.where(-1, path), "", path, p)
				sound = false
				continue
			}
			l.addCheck(l.where(l.entries[i].at, path), l.labelOf(i), path, p)
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

// coverage tells how far a set is written in each of its languages.
func coverage(set *questions.Set) []*aulav1.LanguageCoverage {
	all := make([]*aulav1.LanguageCoverage, len(set.Languages))
	for i, lang := range set.Languages {
		all[i] = &aulav1.LanguageCoverage{Language: lang}
		for _, q := range set.Questions {
			if !q.Covers(lang) {
				continue
			}
			all[i].Questions++
			if slices.Contains(q.Source.GetStale(), lang) {
				all[i].Stale++
			}
		}
		all[i].Complete = new(int(all[i].GetQuestions()) == len(set.Questions))
	}
	return all
}
