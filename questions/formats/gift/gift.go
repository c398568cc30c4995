// Package gift reads and writes GIFT, the text format of Moodle's question bank.
//
// A file is read as Moodle reads it, with these differences. What Moodle would take for
// something else than its author meant is refused with the reason: several answers marked =
// beside ~, a second pair of braces. TeX is left alone: braces and = within a formula are
// not signs, and \neq is not a line break. A comment [aula:x] gives the question's id, so
// that a set which is written and read back knows its questions again.
//
// Short answers are graded as Moodle grades them: every letter, accent and comma counts,
// capitals do not. The first category becomes the title of the set; where there are
// several, that is what they have in common, and the rest becomes tags.
package gift

import (
	"cmp"
	"context"
	"slices"
	"strings"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats"
	"aula/questions/formats/plaintext"
)

// The scores of Detect.
const (
	certain   = 95
	likely    = 85
	plausible = 60
	byName    = 50
)

var (
	answerSigns   = plaintext.Pattern(`\{\s*(?:[=~#][^}]|(?:T|F|TRUE|FALSE)\s*[#}])`)
	anyAnswer     = plaintext.Pattern(`\{[^{}"]*\}`)
	questionSigns = plaintext.Pattern(`(?m)^\s*(?:::[^:\n].*?::|\$CATEGORY:|\[(?:html|moodle|plain|markdown)\])`)
)

// Detect tells how sure it is, 0 to 100, that a file is GIFT, from its beginning.
func Detect(name string, head []byte) int {
	text, _, err := formats.Text(head)
	if err != nil {
		return 0
	}
	text = strings.TrimSpace(text)
	if text == "" || text[0] == '<' || strings.HasPrefix(text, `{"`) || strings.HasPrefix(text, "[{") {
		return 0
	}
	answers, questions := answerSigns().MatchString(text), questionSigns().MatchString(text)
	switch named := strings.HasSuffix(strings.ToLower(name), ".gift"); {
	case answers && (questions || named):
		return certain
	case answers:
		return likely
	case questions && (named || anyAnswer().MatchString(text)):
		return likely
	case questions:
		return plausible
	case named:
		return byName
	}
	return 0
}

// Read reads a file. The error is an *formats.Unreadable or ctx's.
func Read(ctx context.Context, data []byte) (*formats.Document, error) {
	r := &reader{doc: &formats.Document{Set: &aulav1.QuestionSet{}}}
	text, err := r.doc.Decode(data)
	if err != nil {
		return nil, err
	}
	read := 0
	for b := range blocks(text) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if read++; read > formats.MaxQuestions || len(r.doc.Problems) > formats.MaxQuestions {
			r.doc.Problems.Add(formats.Error, b.start(), "", "format.plaintext.too_many", "Max", formats.MaxQuestions)
			break
		}
		r.block(b)
	}
	r.title()
	slices.SortStableFunc(r.doc.Problems, func(a, b formats.Problem) int { return cmp.Compare(a.Place.Line, b.Place.Line) })
	return r.doc, nil
}

// reader reads the questions of a file into a document.
type reader struct {
	doc        *formats.Document
	category   []string   // that the next question belongs to
	categories [][]string // of each question of the document
	first      []string   // category of the file
	firstAt    formats.Place
}

// block reads what stands between two empty lines.
func (r *reader) block(b *block) {
	if rest, ok := strings.CutPrefix(b.text, categoryMark); ok {
		path, _, _ := strings.Cut(rest, "\n")
		r.category = splitCategory(path)
		if r.first == nil {
			r.first, r.firstAt = r.category, b.start()
		}
		b = b.cutLine()
	}
	switch {
	case strings.TrimSpace(b.text) == "":
		if b.key != "" || len(b.tags) > 0 {
			r.doc.Problems.Add(formats.Warning, b.start(), "", "format.gift.loose_comment")
		}
		return
	case b.size > plaintext.MaxSource:
		r.doc.Problems.Add(formats.Error, b.start(), plaintext.Short(b.text), "format.gift.too_large", "Max", plaintext.MaxSource>>10)
		return
	}
	q := &question{block: b, doc: r.doc, read: &aulav1.Question{}}
	if q.parse(); q.refused {
		return
	}
	r.doc.Add(q.read, b.start())
	r.categories = append(r.categories, r.category)
}
