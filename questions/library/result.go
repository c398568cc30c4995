package library

import (
	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats"
)

// Result is what becomes of a set when a file is loaded.
type Result struct {
	// Set as authored, media without data; nil where the file is refused.
	Set *aulav1.QuestionSet
	// Published is the set expanded: what learners get; nil where the file is refused.
	Published *aulav1.QuestionSet
	// Media is the content that the file brought, by digest (SHA-256 in hexadecimal).
	Media map[string][]byte
	// Changed tells whether Set differs from what the set said before.
	Changed bool

	Changes  *Changes         // of the questions that are loaded
	Problems formats.Problems // in the order of the file
	LeftOut  int              // questions of the file that are not loaded
	Coverage []*aulav1.LanguageCoverage
}

// Report tells the result in words; lang is the caller's language (BCP 47), for titles and
// stems. Outcome and Revision are the caller's to set; Outcome is UNCHANGED or REFUSED where
// it cannot be anything else.
func (r *Result) Report(say func(id string, args map[string]any) string, lang string) *aulav1.LoadReport {
	return &aulav1.LoadReport{}
}

// TellProblems words problems: at most formats.MaxProblems.
func TellProblems(ps formats.Problems, say func(id string, args map[string]any) string) []*aulav1.LoadProblem {
	return nil
}
