package questions

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"golang.org/x/text/language"

	aulav1 "aula/proto/aula/v1"
)

// Problem is one thing that is wrong with a set as written.
type Problem struct {
	// Path to the place, such as `questions[3] "bases-ban": numeric.tolerance`.
	Path string
	// ID of a sentence in the locale files, and its arguments.
	ID   string
	Args map[string]any

	stage stage
}

// Problems is everything that is wrong with a set.
type Problems []Problem

func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = fmt.Sprintf("%s: %s %v", p.Path, p.ID, p.Args)
	}
	return strings.Join(lines, "\n")
}

// report collects problems. It sees what the constraints in the proto cannot: how the
// parts of a set hang together.
type report struct {
	languages []string // of the set
	path      string   // of the question being checked
	problems  Problems
}

func (r *report) add(path, id string, args map[string]any) {
	if r.path != "" {
		path = r.path + ": " + path
	}
	r.problems = append(r.problems, Problem{Path: path, ID: id, Args: args})
}

func questionPath(i int, q *aulav1.Question) string {
	return fmt.Sprintf("questions[%d] %q", i, q.GetId())
}

func factPath(i int, f *aulav1.Fact) string {
	return fmt.Sprintf("facts[%d] %q", i, f.GetId())
}

// set checks all but the questions.
func (r *report) set(s *aulav1.QuestionSet) {
	if s.GetTitle()[s.GetLanguage()] == "" {
		r.add("language", "check.language_without_title", map[string]any{"Language": s.GetLanguage()})
	}
	for _, lang := range r.languages {
		if tag, err := language.Parse(lang); err != nil || tag.String() != lang {
			r.add("title", "check.bad_language", map[string]any{"Language": lang, "Canonical": tag.String()})
		}
	}
	r.texts("description", s.GetDescription())
	sources := map[string]bool{}
	for i, source := range s.GetSources() {
		r.unique(fmt.Sprintf("sources[%d].id", i), source.GetId(), sources)
		r.texts(fmt.Sprintf("sources[%d].title", i), source.GetTitle())
	}
	facts := make(map[string]bool, len(s.GetFacts()))
	for i, fact := range s.GetFacts() {
		path := factPath(i, fact)
		r.unique(path+": id", fact.GetId(), facts)
		r.texts(path+": statement", fact.GetStatement())
		if cited := fact.GetSource(); cited != nil && !sources[cited.GetId()] {
			r.add(path+": source.id", "check.no_such_source", map[string]any{"Source": cited.GetId()})
		}
	}
}

// alreadyKnown gives the languages of a question without taking memory for each where they
// are all that the set has.
func alreadyKnown(languages, all []string) func() []string {
	if len(languages) == len(all) {
		languages = all
	}
	return func() []string { return languages }
}

// question checks the question at path, once compiled.
func (r *report) question(path string, q *Question, duplicate bool) {
	r.path = path
	defer func() { r.path = "" }()
	if duplicate {
		r.add("id", "check.duplicate_id", map[string]any{"ID": q.Source.GetId()})
	}
	r.texts("text", q.Source.GetText())
	r.texts("explanation", q.Source.GetExplanation())
	r.credit(q)
	q.kind().check(r)
	if len(r.languages) > 0 && !q.Covers(r.languages[0]) {
		r.incomplete(q, r.languages[0])
	}
}

// incomplete says that a question cannot be asked in a language.
func (r *report) incomplete(q *Question, lang string) {
	id := "check.incomplete"
	if q.Source.GetTrueFalse() != nil && q.Source.GetText()[lang] != "" && !q.kind().covers(lang) {
		id = "check.no_truth_words" // which are not its author's to write
	}
	r.add("text", id, map[string]any{"Language": lang})
}

// texts checks that a localised text keeps to the languages of the set.
func (r *report) texts(path string, text map[string]string) {
	for _, lang := range slices.Sorted(maps.Keys(text)) {
		if !slices.Contains(r.languages, lang) {
			r.add(path, "check.language_not_in_title", map[string]any{"Language": lang})
		}
	}
}

// unique checks that an id was not seen before, and notes it.
func (r *report) unique(path, id string, seen map[string]bool) {
	if seen[id] {
		r.add(path, "check.duplicate_id", map[string]any{"ID": id})
	}
	seen[id] = true
}
