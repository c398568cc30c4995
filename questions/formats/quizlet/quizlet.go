// Package quizlet reads and writes what Quizlet exports and imports: a card a line, the term
// and the definition parted by a tab.
package quizlet

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats"
	"aula/questions/formats/markup"
	"aula/questions/formats/plaintext"
)

// The scores of Detect. A text in two columns may be many things.
const (
	twoColumns = 40
	named      = 60
)

var (
	// ankiHeader is a line that Anki's own text export begins with.
	ankiHeader = plaintext.Pattern(`^#[a-z ]+:`)
	// sheetHeader is a column of a spreadsheet of questions.
	sheetHeader = plaintext.Pattern(`(?i)^(?:id|kind|tipo|key|clave|name|nombre|text|texto|question|pregunta)(?:\s*\([a-z-]+\))?$`)
)

// Detect tells how sure it is, 0 to 100, that a file is Quizlet's, from its beginning.
func Detect(name string, head []byte) int {
	text, _, err := formats.Text(head)
	if err != nil {
		return 0
	}
	const whole = 64 << 10
	if end := strings.LastIndexAny(text, "\r\n"); len(head) >= whole && end > 0 {
		text = text[:end] // the last line may be cut
	}
	cards := 0
	for _, line := range plaintext.Lines(text) {
		if strings.TrimSpace(line) == "" {
			continue
		}
		term, definition, _ := strings.Cut(line, "\t")
		switch {
		case cards == 0 && (ankiHeader().MatchString(line) || isHeader(term, definition)):
			return 0
		case strings.Count(line, "\t") != 1 || strings.TrimSpace(term) == "" || strings.TrimSpace(definition) == "":
			return 0
		}
		cards++
	}
	switch {
	case cards == 0:
		return 0
	case strings.Contains(strings.ToLower(name), "quizlet"):
		return named
	}
	return twoColumns
}

// isHeader reports whether the first line of a file names columns of a spreadsheet.
func isHeader(cells ...string) bool {
	for _, cell := range cells {
		if sheetHeader().MatchString(strings.TrimSpace(cell)) {
			return true
		}
	}
	return false
}

// Read reads a file. The error is an *formats.Unreadable or ctx's.
func Read(ctx context.Context, data []byte) (*formats.Document, error) {
	doc := &formats.Document{Set: &aulav1.QuestionSet{}}
	text, err := doc.Decode(data)
	if err != nil {
		return nil, err
	}
	for number, line := range plaintext.Lines(text) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if len(doc.Set.GetQuestions())+len(doc.Problems) >= formats.MaxQuestions && strings.TrimSpace(line) != "" {
			doc.Problems.Add(formats.Error, formats.Place{Line: number}, "", "format.plaintext.too_many", "Max", formats.MaxQuestions)
			break
		}
		if strings.TrimSpace(line) != "" {
			readCard(doc, formats.Place{Line: number}, line)
		}
	}
	return doc, nil
}

func readCard(doc *formats.Document, at formats.Place, line string) {
	term, definition, found := strings.Cut(line, "\t")
	label := plaintext.Short(term)
	refuse := func(id string, args ...any) { doc.Problems.Add(formats.Error, at, label, id, args...) }
	switch {
	case !found:
		refuse("format.quizlet.no_tab")
		return
	case len(line) > plaintext.MaxSource:
		long := max(utf8.RuneCountInString(term), utf8.RuneCountInString(definition))
		refuse("format.quizlet.too_long", "Length", long, "Max", plaintext.MaxStem)
		return
	}
	front := markup.FromPlain(plaintext.OneLine(term))
	back := markup.FromPlain(plaintext.OneLine(definition))
	long := max(plaintext.TooLong(front, plaintext.MaxStem), plaintext.TooLong(back, plaintext.MaxStem))
	switch {
	case front == "":
		label = plaintext.Short(definition)
		refuse("format.quizlet.no_term")
		return
	case back == "":
		refuse("format.quizlet.no_definition")
		return
	case long > 0:
		refuse("format.quizlet.too_long", "Length", long, "Max", plaintext.MaxStem)
		return
	case strings.Contains(strings.TrimSpace(definition), "\t"):
		doc.Problems.Add(formats.Warning, at, label, "format.quizlet.more_columns")
	}
	doc.Add(&aulav1.Question{
		Text: plaintext.Said(front),
		Kind: &aulav1.Question_Card{Card: &aulav1.CardQuestion{Back: plaintext.Said(back)}},
	}, at)
}

// Write writes the cards of a set, in the first of languages or else its own. The problems
// are what Quizlet cannot say; the error is one of w.
func Write(w io.Writer, set *aulav1.QuestionSet, languages []string) (formats.Problems, error) {
	lang := plaintext.Language(set, languages)
	var problems formats.Problems
	plaintext.LostOfSet(&problems, set, lang)
	b := bufio.NewWriter(w) // it keeps the first error, which Flush returns
	for _, q := range set.GetQuestions() {
		if !plaintext.Complete(&problems, q, lang) {
			continue
		}
		label := plaintext.Name(q, lang)
		if q.GetCard() == nil {
			plaintext.Left(&problems, label, q)
			continue
		}
		front := plaintext.Shown(&problems, label, q.GetText()[lang])
		back := plaintext.Shown(&problems, label, q.GetCard().GetBack()[lang])
		if front == "" || back == "" {
			problems.Add(formats.Skipped, formats.Place{}, label, "format.plaintext.no_text", "Language", lang)
			continue
		}
		plaintext.Lost(&problems, label, plaintext.Unsaid(q, "id", "fact", "text", "card", "stale"))
		fmt.Fprintf(b, "%s\t%s\n", front, back)
	}
	return problems, b.Flush()
}
