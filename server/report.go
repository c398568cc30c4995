package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	aulav1 "aula/proto/aula/v1"
)

// maxListed is how many questions of a kind of change a report lists, and how many changes
// outside them; the rest are counted.
const maxListed = 20

// The colours of a terminal.
const (
	red    = "31"
	green  = "32"
	yellow = "33"
	cyan   = "36"
)

// paper is where a report is printed.
type paper struct {
	*terminal
	out      io.Writer
	coloured bool
}

func (t *terminal) paper(out io.Writer) *paper { return &paper{t, out, coloured(out)} }

func (p *paper) colour(code, text string) string {
	if !p.coloured {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// report prints what became of a file: a headline, what is wrong with it, what changes, and
// how far the set is written in its languages.
func (p *paper) report(file string, r *aulav1.LoadReport) {
	fmt.Fprintf(p.out, "%s: %s\n", file, oneLine(r.GetSummary()))
	p.problems(file, r.GetProblems())
	p.unlisted(r)
	p.setChanges(r.GetSetChanges())
	p.changes(r.GetChanges())
	p.coverage(r.GetCoverage())
	args := map[string]any{"Revision": r.GetRevision(), "Set": r.GetSet()}
	if r.GetArchived() && r.GetOutcome() == aulav1.LoadReport_PUBLISHED {
		p.line("cli.report.published_archived", args)
		return
	}
	if id := outcomes[r.GetOutcome()]; id != "" {
		p.line(id, args)
	}
	if r.GetArchived() {
		p.line("cli.archive.still", args)
	}
}

// outcomes are what a report ends with, where its headline does not say it.
var outcomes = map[aulav1.LoadReport_Outcome]string{
	aulav1.LoadReport_PUBLISHED: "cli.report.published",
	aulav1.LoadReport_DRAFTED:   "cli.report.drafted",
	aulav1.LoadReport_CHECKED:   "cli.report.checked",
}

// line prints an indented sentence.
func (p *paper) line(id string, args map[string]any) {
	fmt.Fprintf(p.out, "  %s\n", p.text(id, args))
}

// severities are in the order they are printed in.
var severities = []struct {
	aulav1.LoadProblem_Severity
	id, colour string
}{
	{aulav1.LoadProblem_ERROR, "cli.report.error", red},
	{aulav1.LoadProblem_SKIPPED, "cli.report.skipped", yellow},
	{aulav1.LoadProblem_WARNING, "cli.report.warning", yellow},
	{aulav1.LoadProblem_NOTE, "cli.report.note", cyan},
}

// problems prints a line a problem, the worst first and else in the order of the file. The
// place comes first, as editors like to find it.
func (p *paper) problems(file string, problems []*aulav1.LoadProblem) {
	for _, severity := range severities {
		for _, problem := range problems {
			if problem.GetSeverity() != severity.LoadProblem_Severity {
				continue
			}
			question := ""
			if problem.GetQuestion() != "" {
				question = p.text("cli.report.question", map[string]any{"Question": problem.GetQuestion()}) + " "
			}
			label := p.colour(severity.colour, p.text(severity.id, nil))
			fmt.Fprintf(p.out, "%s: %s: %s\n", p.place(file, problem), label, oneLine(question+problem.GetMessage()))
		}
	}
}

// place is where a problem is.
func (p *paper) place(file string, problem *aulav1.LoadProblem) string {
	args := map[string]any{"Row": problem.GetRow(), "Cell": problem.GetCell()}
	switch {
	case problem.GetLine() > 0 && problem.GetColumn() > 0:
		return fmt.Sprintf("%s:%d:%d", file, problem.GetLine(), problem.GetColumn())
	case problem.GetLine() > 0:
		return fmt.Sprintf("%s:%d", file, problem.GetLine())
	case problem.GetRow() > 0 && problem.GetCell() != "":
		return file + ": " + p.text("cli.report.cell", args)
	case problem.GetRow() > 0:
		return file + ": " + p.text("cli.report.row", args)
	case problem.GetElement() != "":
		return file + ": " + oneLine(problem.GetElement())
	}
	return file
}

// unlisted counts the problems that a report has no room for.
func (p *paper) unlisted(r *aulav1.LoadReport) {
	more := -len(r.GetProblems())
	for _, count := range r.GetProblemCounts() {
		more += int(count)
	}
	if more > 0 {
		p.line("cli.report.more_problems", map[string]any{"Count": more})
	}
}

// setChanges lists what differs outside the questions.
func (p *paper) setChanges(changes []*aulav1.FieldChange) {
	p.fields("  "+p.colour(yellow, "~")+" ", changes[:min(len(changes), maxListed)])
	if more := len(changes) - maxListed; more > 0 {
		p.line("cli.report.more_set_changes", map[string]any{"Count": more})
	}
}

// changes lists what differs, question by question.
func (p *paper) changes(changes []*aulav1.QuestionChange) {
	for _, kind := range []struct {
		aulav1.QuestionChange_Change
		mark, colour string
	}{
		{aulav1.QuestionChange_CHANGED, "~", yellow},
		{aulav1.QuestionChange_REMOVED, "-", red},
		{aulav1.QuestionChange_ADDED, "+", green},
	} {
		ofKind := slices.DeleteFunc(slices.Clone(changes), func(c *aulav1.QuestionChange) bool {
			return c.GetChange() != kind.QuestionChange_Change
		})
		for _, c := range ofKind[:min(len(ofKind), maxListed)] {
			fmt.Fprintf(p.out, "  %s %s: %s%s\n", p.colour(kind.colour, kind.mark), c.GetQuestion(), oneLine(c.GetText()), p.recognised(c))
			p.fields("      ", c.GetFields())
		}
		if more := len(ofKind) - maxListed; more > 0 {
			p.line("cli.report.more_changes", map[string]any{"Count": more, "Mark": kind.mark})
		}
	}
}

// recognised says how a question was recognised, where that may be a mistake.
func (p *paper) recognised(c *aulav1.QuestionChange) string {
	switch c.GetMatch() {
	case aulav1.QuestionChange_BY_CONTENT:
		return " " + p.text("cli.report.by_content", nil)
	case aulav1.QuestionChange_BY_ORDER:
		return " " + p.text("cli.report.by_order", nil)
	case aulav1.QuestionChange_MATCH_UNSPECIFIED, aulav1.QuestionChange_BY_ID, aulav1.QuestionChange_BY_KEY, aulav1.QuestionChange_BY_NAME:
	}
	return ""
}

// fields prints how fields differ.
func (p *paper) fields(indent string, fields []*aulav1.FieldChange) {
	nothing := p.text("cli.report.nothing", nil)
	for _, f := range fields {
		fmt.Fprintf(p.out, "%s%s: %s → %s\n", indent, f.GetPath(),
			cmp.Or(oneLine(f.GetBefore()), nothing), cmp.Or(oneLine(f.GetAfter()), nothing))
	}
}

// coverage says how far a set is written in its languages, and what of it is stale.
func (p *paper) coverage(coverage []*aulav1.LanguageCoverage) {
	total := int32(0)
	for _, c := range coverage {
		total = max(total, c.GetQuestions())
	}
	var languages []string
	for _, c := range coverage {
		language := fmt.Sprintf("%s %d/%d", c.GetLanguage(), c.GetQuestions(), total)
		if c.GetStale() > 0 {
			language += " " + p.text("cli.report.stale", map[string]any{"Count": c.GetStale()})
		}
		languages = append(languages, language)
	}
	if languages != nil {
		p.line("cli.report.languages", map[string]any{"Languages": strings.Join(languages, ", ")})
	}
	for _, c := range coverage {
		if parts := c.GetStaleParts(); len(parts) > 0 {
			named := strings.Join(parts[:min(len(parts), maxListed)], ", ")
			if int(c.GetStale()) > maxListed {
				named += " …"
			}
			p.line("cli.report.stale_parts", map[string]any{"Language": c.GetLanguage(), "Parts": named})
		}
	}
}

// oneLine keeps a text from breaking the lines of a report, and what it holds from
// reaching the terminal as anything but text.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return ' '
		}
		return r
	}, text)
}

// printJSON prints a message for programs. protojson itself varies the space in it.
func printJSON(out io.Writer, message proto.Message) error {
	text, err := protojson.Marshal(message)
	if err != nil {
		return err
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, text, "", "  "); err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, indented.String())
	return err
}

// outcomeOf is the exit code for what became of a file.
func outcomeOf(r *aulav1.LoadReport) exitCode {
	switch {
	case r.GetOutcome() == aulav1.LoadReport_REFUSED:
		return failed
	case r.GetLeftOut() > 0:
		return incomplete
	}
	return fine
}

// worse is the exit code for two files: what failed goes before what is incomplete.
func worse(a, b exitCode) exitCode {
	if a == failed || b == failed {
		return failed
	}
	return max(a, b)
}
