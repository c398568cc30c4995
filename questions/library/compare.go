package library

import aulav1 "aula/proto/aula/v1"

// Changes are how one revision of a set differs from another.
type Changes struct {
	Added, Changed, Removed, Unchanged int
	Set                                []*aulav1.FieldChange // outside the questions
	Questions                          []Change              // at most 1000, the unchanged left out
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
func Compare(from, to *aulav1.QuestionSet) *Changes { return &Changes{} }

// Tell gives the changes of the questions as a message, with stems in lang (BCP 47) where
// they have one.
func (c *Changes) Tell(lang string) []*aulav1.QuestionChange { return nil }
