package library

import (
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/internal/parallel"
)

// Limits on what is told of changes. The counts are exact all the same.
const (
	maxChanges = 1000
	maxFields  = 50
	maxValue   = 200 // characters
)

// Changes are how one revision of a set differs from another.
type Changes struct {
	Added, Changed, Removed, Unchanged int
	Set                                []*aulav1.FieldChange // outside the questions, and their order; at most 1000
	Questions                          []Change              // at most 1000, the unchanged left out

	main string // the language (BCP 47) to tell in where there is no better
}

// Change is how one question differs.
type Change struct {
	ID     string
	Change aulav1.QuestionChange_Change
	Match  aulav1.QuestionChange_Match
	Fields []*aulav1.FieldChange // at most 50
	Text   map[string]string     // its stem now or, where it is gone, before
}

// Compare tells how one revision's authored source differs from another's; from may be nil.
func Compare(from, to *aulav1.QuestionSet) *Changes { return compare(from, to, nil) }

func compare(from, to *aulav1.QuestionSet, matches map[string]aulav1.QuestionChange_Match) *Changes {
	c := &Changes{main: to.GetLanguage()}
	before := make(map[string]*aulav1.Question, len(from.GetQuestions()))
	for _, q := range from.GetQuestions() {
		before[q.GetId()] = q
	}
	all := to.GetQuestions()
	same := make([]bool, len(all))
	parallel.Each(len(all), func(i int) {
		was := before[all[i].GetId()]
		same[i] = was == all[i] || was != nil && proto.Equal(was, all[i])
	})
	here := make(map[string]bool, len(all))
	for i, q := range all {
		here[q.GetId()] = true
		was := before[q.GetId()]
		switch {
		case same[i]:
			c.Unchanged++
		case was == nil:
			c.Added++
			c.add(Change{ID: q.GetId(), Change: aulav1.QuestionChange_ADDED, Text: q.GetText()})
		default:
			c.Changed++
			if len(c.Questions) < maxChanges {
				c.add(Change{
					ID: q.GetId(), Change: aulav1.QuestionChange_CHANGED, Match: matches[q.GetId()],
					Fields: fieldChanges(was.ProtoReflect(), q.ProtoReflect()), Text: q.GetText(),
				})
			}
		}
	}
	for _, q := range from.GetQuestions() {
		if !here[q.GetId()] {
			c.Removed++
			c.add(Change{ID: q.GetId(), Change: aulav1.QuestionChange_REMOVED, Text: q.GetText()})
		}
	}
	c.compareRest(from, to)
	return c
}

func (c *Changes) add(change Change) {
	if len(c.Questions) < maxChanges {
		c.Questions = append(c.Questions, change)
	}
}

// compareRest compares what the sets say outside their questions, and the order of those.
func (c *Changes) compareRest(from, to *aulav1.QuestionSet) {
	d := &diff{most: maxChanges, named: true}
	d.messages("", share(from, "questions").ProtoReflect(), share(to, "questions").ProtoReflect())
	c.Set = d.found
	both := func(of, in *aulav1.QuestionSet) []string {
		there := make(map[string]bool, len(in.GetQuestions()))
		for _, q := range in.GetQuestions() {
			there[q.GetId()] = true
		}
		var ids []string
		for _, q := range of.GetQuestions() {
			if there[q.GetId()] {
				ids = append(ids, q.GetId())
			}
		}
		return ids
	}
	if a, b := both(from, to), both(to, from); !slices.Equal(a, b) && len(c.Set) < maxChanges {
		k := 0
		for k < min(len(a), len(b))-1 && a[k] == b[k] {
			k++ // what is before the first move tells nothing
		}
		c.Set = append(c.Set, &aulav1.FieldChange{Path: "questions", Before: listed(a[k:]), After: listed(b[k:])})
	}
}

// listed names some ids, as many as there is room for.
func listed(ids []string) string {
	return shorten(strings.Join(ids[:min(len(ids), maxValue)], ", "), maxValue-1)
}

// none reports whether nothing has changed.
func (c *Changes) none() bool { return c.Added+c.Changed+c.Removed+len(c.Set) == 0 }

// Tell gives the changes of the questions as messages, with stems in lang (BCP 47) where
// they have one.
func (c *Changes) Tell(lang string) []*aulav1.QuestionChange {
	told := make([]*aulav1.QuestionChange, len(c.Questions))
	for i, change := range c.Questions {
		told[i] = &aulav1.QuestionChange{
			Question: change.ID, Change: change.Change, Match: change.Match, Fields: change.Fields,
			Text: shorten(inLanguage(change.Text, lang, c.main), maxValue-1),
		}
	}
	return told
}

// fieldChanges lists what differs between two questions.
func fieldChanges(from, to protoreflect.Message) []*aulav1.FieldChange {
	d := &diff{most: maxFields}
	d.messages("", from, to)
	return d.found
}
