package library

import (
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	aulav1 "aula/proto/aula/v1"
	"aula/proto/packed"
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
func Compare(from, to *packed.Set) *Changes {
	return compare(from, to, func(int) aulav1.QuestionChange_Match { return 0 })
}

// compare is Compare that says how each question of the second set was recognised.
func compare(from, to *packed.Set, match func(i int) aulav1.QuestionChange_Match) *Changes {
	c := &Changes{main: to.Head.GetLanguage()}
	if from == nil {
		from = &packed.Set{}
	}
	ids, were := idsOf(to.Questions), idsOf(from.Questions)
	before := make(map[string]int, len(were)) // from 1
	for j, id := range were {
		before[id] = j + 1
	}
	unchanged := make([]bool, len(ids))
	parallel.Each(len(ids), func(i int) {
		j := before[ids[i]] - 1
		unchanged[i] = j >= 0 && same(from.Questions[j], to.Questions[i])
	})
	here := make(map[string]bool, len(were))
	for i, id := range ids {
		j := before[id] - 1
		if j >= 0 {
			here[id] = true
		}
		switch {
		case unchanged[i]:
			c.Unchanged++
		case j < 0:
			c.Added++
			c.add(Change{ID: id, Change: aulav1.QuestionChange_ADDED}, to.Questions[i], nil)
		default:
			c.Changed++
			c.add(Change{ID: id, Change: aulav1.QuestionChange_CHANGED, Match: match(i)}, to.Questions[i], from.Questions[j])
		}
	}
	for j, id := range were {
		if !here[id] {
			c.Removed++
			c.add(Change{ID: id, Change: aulav1.QuestionChange_REMOVED}, from.Questions[j], nil)
		}
	}
	c.compareHeads(from.Head, to.Head)
	c.compareOrder(were, ids, here)
	return c
}

func idsOf(questions [][]byte) []string {
	ids := make([]string, len(questions))
	for i, wire := range questions {
		ids[i] = packed.ID(wire)
	}
	return ids
}

// add notes a change of a question; was is nil where there is nothing to compare it with.
func (c *Changes) add(change Change, wire, was []byte) {
	if len(c.Questions) == maxChanges {
		return
	}
	q := packed.Unpack(wire)
	change.Text = q.GetText()
	if was != nil {
		change.Fields = fieldChanges(packed.Unpack(was).ProtoReflect(), q.ProtoReflect())
	}
	c.Questions = append(c.Questions, change)
}

// compareHeads compares what the sets say outside their questions.
func (c *Changes) compareHeads(from, to *aulav1.QuestionSet) {
	d := &diff{most: maxChanges, named: true}
	d.messages("", from.ProtoReflect(), to.ProtoReflect())
	c.Set = d.found
}

// compareOrder compares the order of the questions that are in both sets.
func (c *Changes) compareOrder(from, to []string, in map[string]bool) {
	both := func(ids []string) []string {
		return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !in[id] })
	}
	a, b := both(from), both(to)
	if slices.Equal(a, b) || len(c.Set) == maxChanges {
		return
	}
	k := 0
	for k < min(len(a), len(b))-1 && a[k] == b[k] {
		k++ // what is before the first move tells nothing
	}
	c.Set = append(c.Set, &aulav1.FieldChange{Path: "questions", Before: listed(a[k:]), After: listed(b[k:])})
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
