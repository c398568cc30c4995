package anki

import (
	"context"
	"encoding/csv"
	"errors"
	"html"
	"io"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats"
)

// separators by the names that headers give them, in the order in which they are tried
// where there is no header.
var separators = []struct {
	name string
	r    rune
}{{"tab", '\t'}, {"pipe", '|'}, {"semicolon", ';'}, {"colon", ':'}, {"comma", ','}, {"space", ' '}}

// header is what the lines at the top of a text say, as #key:value.
type header struct {
	known     bool // at least one of the keys is Anki's
	separator rune // 0 where it is not said
	html      bool
	htmlSaid  bool
	tags      []string
	names     string         // of the columns
	kind      string         // the type of all notes
	deck      string         // of all notes
	columns   map[string]int // of "guid", "notetype", "deck" and "tags", from 0
	lines     int
}

// DetectText tells how likely a file is a text that Anki exported, 0 to 100. head is the
// file or its beginning.
func DetectText(name string, head []byte) int {
	for cut := 1; cut < utf8.UTFMax && len(head) > cut && !utf8.Valid(head); cut++ {
		if last := len(head) - cut; utf8.RuneStart(head[last]) && utf8.Valid(head[:last]) {
			head = head[:last] // it ends in the middle of a character
		}
	}
	text, _, err := formats.Text(head)
	if err != nil {
		return 0
	}
	h, body := parseHeader(text)
	if h.known {
		return headed
	}
	if line := firstLine(body); path.Ext(strings.ToLower(name)) == ".txt" && strings.Contains(line, "\t") {
		return rows
	}
	return 0
}

// parseHeader reads the lines at the top of a text that begin with #, and gives the others.
func parseHeader(text string) (h header, body string) {
	h.columns = map[string]int{}
	for strings.HasPrefix(text, "#") {
		line, rest, _ := strings.Cut(text, "\n")
		if key, value, found := strings.Cut(line[1:], ":"); found {
			h.set(strings.ToLower(strings.TrimSpace(key)), strings.TrimRight(value, "\r"))
		}
		h.lines++
		text = rest
	}
	return h, text
}

func (h *header) set(key, value string) {
	word := strings.TrimSpace(value)
	switch column, columned := strings.CutSuffix(key, " column"); {
	case key == "separator":
		for _, known := range separators {
			if strings.EqualFold(word, known.name) || value == string(known.r) {
				h.separator = known.r
			}
		}
	case key == "html":
		h.html, h.htmlSaid = strings.EqualFold(word, "true"), true
	case key == "tags":
		h.tags = strings.Fields(value)
	case key == "columns":
		h.names = value
	case key == "notetype":
		h.kind = word
	case key == "deck":
		h.deck = word
	case columned && slices.Contains([]string{"guid", "notetype", "deck", "tags"}, column):
		if n, err := strconv.Atoi(word); err == nil && n > 0 {
			h.columns[column] = n - 1
		}
	default:
		return
	}
	h.known = true
}

func firstLine(text string) string {
	for line := range strings.Lines(text) {
		if strings.TrimSpace(line) != "" && !strings.HasPrefix(line, "#") {
			return line
		}
	}
	return ""
}

// hypertext finds tags and entities.
var hypertext = regexp.MustCompile(`</?[a-zA-Z][^<>\n]*>|&(?:[a-zA-Z]+|#[0-9]+);`)

// ReadText reads a text that Anki exported, or could import. The error is a
// *formats.Unreadable or ctx's.
func ReadText(ctx context.Context, data []byte) (*formats.Document, error) {
	r := &reader{keys: map[string]bool{}}
	r.doc.Set = &aulav1.QuestionSet{}
	text, err := r.doc.Decode(data)
	if err != nil {
		return nil, err
	}
	if !strings.Contains(text, "\n") {
		text = strings.ReplaceAll(text, "\r", "\n")
	}
	h, body := parseHeader(text)
	if h.separator == 0 {
		h.separator = '\t'
		line := firstLine(body)
		for _, known := range slices.Backward(separators[:len(separators)-1]) {
			if strings.ContainsRune(line, known.r) {
				h.separator = known.r
			}
		}
	}
	if !h.htmlSaid {
		h.html = hypertext.MatchString(body[:min(len(body), maxHTML)])
	}
	return &r.doc, r.readRows(ctx, body, h)
}

// row is a row of a text, at a line.
type row struct {
	cells []string
	line  int
}

// readRows makes questions of the rows. The error is ctx's.
func (r *reader) readRows(ctx context.Context, body string, h header) error {
	cells := csv.NewReader(strings.NewReader(body))
	cells.Comma, cells.Comment = h.separator, '#'
	cells.FieldsPerRecord, cells.LazyQuotes = -1, true
	var all []row
	var decks []string
	for len(all) <= formats.MaxQuestions && ctx.Err() == nil {
		found, err := cells.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			wrong := (*csv.ParseError)(nil)
			at := formats.Place{}
			if errors.As(err, &wrong) {
				at.Line = h.lines + wrong.Line
			}
			r.doc.Problems.Add(formats.Error, at, "", "format.anki.bad_row")
			continue
		}
		line, _ := cells.FieldPos(0)
		all = append(all, row{found, h.lines + line})
		decks = append(decks, h.cell(found, "deck", h.deck))
	}
	r.entitle(decks)
	for _, one := range all {
		if err := ctx.Err(); err != nil {
			return err
		}
		r.row(one, h)
	}
	return ctx.Err()
}

// cell is what a row says in one of the columns that have a meaning of their own.
func (h *header) cell(cells []string, column, otherwise string) string {
	if i, ok := h.columns[column]; ok && i < len(cells) && strings.TrimSpace(cells[i]) != "" {
		return strings.TrimSpace(cells[i])
	}
	return otherwise
}

// row makes questions of a row.
func (r *reader) row(one row, h header) {
	n := note{guid: h.cell(one.cells, "guid", ""), tags: slices.Clone(h.tags)}
	n.tags = append(n.tags, strings.Fields(h.cell(one.cells, "tags", ""))...)
	t := typeOf(h.cell(one.cells, "notetype", h.kind), h.first(one.cells))
	n.fields = h.fields(one.cells, t)
	for i, cell := range n.fields {
		if !h.html {
			cell = strings.ReplaceAll(html.EscapeString(cell), "\n", "<br>")
		}
		n.fields[i] = valid(cell)
	}
	r.note(n, t, nil, formats.Place{Line: one.line}, h.cell(one.cells, "deck", h.deck))
}

// meaning reports whether a column is none of the note's fields.
func (h *header) meaning(i int) bool {
	for _, column := range h.columns {
		if column == i {
			return true
		}
	}
	return false
}

// first is the first field of a row.
func (h *header) first(cells []string) string {
	for i, cell := range cells {
		if !h.meaning(i) {
			return cell
		}
	}
	return ""
}

// fields arranges a row as the fields of a type: by the names of the columns if they are
// the type's, else in order. What is more than the type has is shown besides.
func (h *header) fields(cells []string, t *noteType) []string {
	names := strings.Split(h.names, string(h.separator))
	byName := !slices.ContainsFunc(t.fields[:len(t.fields)-1], func(name string) bool { return !slices.Contains(names, name) })
	fields := make([]string, len(t.fields))
	next, last := 0, len(t.fields)-1
	for i, cell := range cells {
		if h.meaning(i) {
			continue
		}
		to := min(next, last)
		if byName && i < len(names) {
			if to = slices.Index(t.fields, names[i]); to < 0 {
				to = last
			}
		}
		next++
		if to == last && fields[last] != "" && strings.TrimSpace(cell) != "" {
			cell = fields[last] + h.paragraph() + cell
		} else if to == last && strings.TrimSpace(cell) == "" {
			continue
		}
		fields[to] = cell
	}
	return fields
}

// paragraph divides two fields that become one.
func (h *header) paragraph() string {
	if h.html {
		return "<br><br>"
	}
	return "\n\n"
}
