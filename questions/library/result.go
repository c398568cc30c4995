package library

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	aulav1 "aula/proto/aula/v1"
	"aula/proto/packed"
	"aula/questions/formats"
)

// Result is what becomes of a set when a file is loaded.
type Result struct {
	// Set as authored, media without data; nil where the file is refused.
	Set *packed.Set
	// Published is the set expanded: what learners get; nil where the file is refused.
	Published *packed.Set
	// Media is the content that the file brought, by digest (SHA-256 in hexadecimal).
	Media map[string][]byte
	// Changed tells whether Set differs from what the set said before.
	Changed bool

	File, Format, ID string
	Title            map[string]string // of the set, by language (BCP 47)
	Main             string            // the language to fall back to
	Language         string            // that the file's texts were taken to be in; empty where it says so itself
	Detected         bool              // whether Language was found out from the texts

	Changes  *Changes         // of what is loaded; outside the questions none where the set is new
	Problems formats.Problems // in the order of the file
	LeftOut  int              // questions of the file that are not loaded
	Coverage []*aulav1.LanguageCoverage
}

// Report tells the result in words; lang is the caller's language (BCP 47), for titles and
// stems. Outcome and Revision are the caller's to set: Outcome is REFUSED or UNCHANGED where
// it cannot be anything else, and not set otherwise.
func (r *Result) Report(say func(id string, args map[string]any) string, lang string) *aulav1.LoadReport {
	report := &aulav1.LoadReport{
		Summary: r.summary(say, lang),
		File:    r.File, Format: r.Format, Set: r.ID, Title: inLanguage(r.Title, lang, r.Main),
		ContentLanguage: r.Language, LanguageDetected: &r.Detected,
		Added: int32(r.Changes.Added), Changed: int32(r.Changes.Changed),
		Removed: int32(r.Changes.Removed), Unchanged: int32(r.Changes.Unchanged), LeftOut: int32(r.LeftOut),
		Changes: r.Changes.Tell(lang), Problems: TellProblems(r.Problems, say),
		ProblemCounts: map[string]int32{}, Coverage: r.Coverage,
		SetChanges: r.Changes.Set,
	}
	for _, p := range r.Problems {
		report.ProblemCounts[p.Severity.String()]++
	}
	switch {
	case r.Set == nil:
		report.Outcome = aulav1.LoadReport_REFUSED
	case !r.Changed:
		report.Outcome = aulav1.LoadReport_UNCHANGED
	}
	return report
}

// summary tells the result in a sentence.
func (r *Result) summary(say func(id string, args map[string]any) string, lang string) string {
	title := cmp.Or(inLanguage(r.Title, lang, r.Main), r.ID)
	count := func(id string, n int) string { return say(id, map[string]any{"Count": n, "Title": title}) }
	switch {
	case r.Set == nil:
		errors := 0
		for _, p := range r.Problems {
			if p.Severity == formats.Error {
				errors++
			}
		}
		return count("library.summary_refused", errors)
	case !r.Changed && r.LeftOut == 0:
		return count("library.summary_unchanged", r.Changes.Unchanged)
	}
	var parts []string
	for _, part := range []struct {
		id    string
		count int
	}{
		{"library.count_added", r.Changes.Added},
		{"library.count_changed", r.Changes.Changed},
		{"library.count_removed", r.Changes.Removed},
		{"library.count_unchanged", r.Changes.Unchanged},
		{"library.count_left_out", r.LeftOut},
		{"library.count_set", len(r.Changes.Set)},
	} {
		if part.count > 0 {
			parts = append(parts, count(part.id, part.count))
		}
	}
	return say("library.summary", map[string]any{"Title": title, "Counts": strings.Join(parts, ", ")})
}

// inLanguage gives a text in lang or, where it has none, in main or any other.
func inLanguage(texts map[string]string, lang, main string) string {
	base, _, _ := strings.Cut(lang, "-")
	return cmp.Or(texts[lang], texts[base], texts[main], anyText(texts))
}

// worst is the severity of the worst of some problems.
func worst(ps formats.Problems) formats.Severity {
	found := formats.Note + 1
	for _, p := range ps {
		found = min(found, p.Severity)
	}
	return found
}

// worded gives arguments with the sentences among them in words.
func worded(args map[string]any, say func(id string, args map[string]any) string) map[string]any {
	told := maps.Clone(args)
	for name, value := range args {
		if word, ok := value.(formats.Word); ok {
			told[name] = say(string(word), nil)
		}
	}
	return told
}

// TellProblems words problems: at most formats.MaxProblems, the worst first to be told and in
// their own order.
func TellProblems(ps formats.Problems, say func(id string, args map[string]any) string) []*aulav1.LoadProblem {
	told := ps
	if len(ps) > formats.MaxProblems {
		bySeverity := slices.Clone(indexes(len(ps)))
		slices.SortStableFunc(bySeverity, func(a, b int) int { return cmp.Compare(ps[a].Severity, ps[b].Severity) })
		chosen := bySeverity[:formats.MaxProblems]
		slices.Sort(chosen)
		told = make(formats.Problems, len(chosen))
		for k, i := range chosen {
			told[k] = ps[i]
		}
	}
	all := make([]*aulav1.LoadProblem, len(told))
	for i, p := range told {
		message := say(p.ID, worded(p.Args, say))
		if path, ok := p.Args["Path"].(string); ok && path != "" {
			message = path + ": " + message
		}
		all[i] = &aulav1.LoadProblem{
			Severity: p.Severity, Line: int32(p.Place.Line), Column: int32(p.Place.Column), Row: int32(p.Place.Row),
			Cell: p.Place.Cell, Element: p.Place.Element, Question: p.Question, Message: message, Reason: p.ID,
		}
	}
	return all
}
