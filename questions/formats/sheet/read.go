package sheet

import (
	"strings"

	"github.com/xuri/excelize/v2"

	"aula/questions/formats"
)

// Limits on a sheet, beside those that all formats share.
const (
	maxColumns = 500
	maxCell    = 64 << 10   // bytes; the longest list of options has some 20,000 letters
	maxCells   = 20_000_000 // read, empty ones included: a row may name its last column only
)

// reader makes questions of rows, once it has met the header.
type reader struct {
	doc     *formats.Document
	columns []column // nil before the header
	langs   []string // that the header names
	at      map[*field][]int
	block   block
	spanish bool // the header is, so words of the layout are given in Spanish
	plain   bool // texts are no CommonMark: the sheet is Kahoot's
	rows    int  // before the header
	almost  int  // the row that would be the header if it had a text
	cells   int
	refused *formats.Unreadable
	// nameless are the columns without a name that nothing was found in yet: each is reported
	// once. Kahoot's first is the number of the question.
	nameless map[int]bool
}

func newReader(doc *formats.Document) *reader {
	return &reader{doc: doc, at: map[*field][]int{}, nameless: map[int]bool{}}
}

// row takes in the next row. It returns false when there is no point in going on.
func (r *reader) row(n int, cells []string) bool {
	r.cells += len(cells)
	if r.columns == nil {
		r.rows++
	}
	switch {
	case r.cells > maxCells || len(cells) > maxColumns && r.columns == nil:
		r.refused = &formats.Unreadable{Place: formats.Place{Row: n}, ID: "format.sheet.too_wide", Args: map[string]any{"Max": maxColumns}}
	case len(r.doc.Set.GetQuestions()) >= formats.MaxQuestions && r.filled(cells):
		r.refused = &formats.Unreadable{
			Place: formats.Place{Row: n}, ID: "format.sheet.too_many", Args: map[string]any{"Max": formats.MaxQuestions},
		}
	case r.columns != nil:
		r.question(n, cells)
	case r.block.row(r, n, cells):
	default:
		r.header(n, cells)
	}
	return r.refused == nil && (r.columns != nil || r.rows < headRows)
}

// header looks whether a row is the header, and takes it in if so.
func (r *reader) header(n int, cells []string) {
	columns, known, isHeader := parseHeader(cells)
	if !isHeader {
		if known > 1 && r.almost == 0 {
			r.almost = n
		}
		return
	}
	r.plain = isKahoot(cells)
	if r.plain {
		r.doc.Problems.Add(formats.Note, formats.Place{Row: n}, "", "format.sheet.kahoot")
	}
	r.columns, r.langs = columns, languagesOf(columns)
	for i, c := range columns {
		cell := strings.TrimSpace(cells[i])
		r.spanish = r.spanish || c.spanish
		place := formats.Place{Row: n, Cell: cellName(i)}
		switch {
		case c.field == nil && cell != "":
			r.unknownColumn(place, cell)
		case c.field == nil:
			r.nameless[i] = !r.plain
		case !c.field.list && r.hasColumn(c):
			r.doc.Problems.Add(formats.Warning, place, "", "format.sheet.column_twice", "Column", shorten(cell))
			r.columns[i].field = nil
		default:
			r.at[c.field] = append(r.at[c.field], i)
		}
	}
	r.block.finish(r)
}

func (r *reader) unknownColumn(place formats.Place, cell string) {
	if closest := closestColumn(cell); closest != "" {
		r.doc.Problems.Add(formats.Warning, place, "", "format.sheet.unknown_column", "Column", shorten(cell), "Closest", closest)
		return
	}
	r.doc.Problems.Add(formats.Warning, place, "", "format.sheet.foreign_column", "Column", shorten(cell))
}

// hasColumn tells whether there is a column of the same field and language already.
func (r *reader) hasColumn(c column) bool {
	for _, i := range r.at[c.field] {
		if r.columns[i].lang == c.lang {
			return true
		}
	}
	return false
}

// filled tells whether a row says anything in a column of the layout.
func (r *reader) filled(cells []string) bool {
	for i, cell := range cells {
		if i < len(r.columns) && r.columns[i].field != nil && strings.TrimSpace(cell) != "" {
			return true
		}
	}
	return false
}

// fail notes that something is wrong with a question, or may be.
func (r *reader) fail(place formats.Place, question, id string, args ...any) {
	r.doc.Problems.Add(formats.Error, place, question, id, args...)
}

// finish gives what was read.
func (r *reader) finish() (*formats.Document, error) {
	switch {
	case r.refused != nil:
		return nil, r.refused
	case r.columns == nil && r.almost > 0:
		return nil, &formats.Unreadable{Place: formats.Place{Row: r.almost}, ID: "format.sheet.no_text_column"}
	case r.columns == nil:
		return nil, &formats.Unreadable{ID: "format.sheet.no_header"}
	}
	return r.doc, nil
}

// isKahoot recognises the header of Kahoot's template by the limits it tells.
func isKahoot(cells []string) bool {
	for _, cell := range cells {
		if strings.Contains(cell, "max 75 characters") {
			return true
		}
	}
	return false
}

// cellName gives the letters of a column, counted from 0.
func cellName(i int) string {
	name, err := excelize.ColumnNumberToName(i + 1)
	if err != nil { // past the last that a spreadsheet has
		return ""
	}
	return name
}

// shorten gives the beginning of what a cell says, on one line.
func shorten(text string) string {
	const letters = 40
	text = strings.Join(strings.Fields(text[:min(len(text), 4*letters)]), " ")
	runes := []rune(strings.ToValidUTF8(text, ""))
	if len(runes) <= letters {
		return string(runes)
	}
	return string(runes[:letters]) + "…"
}
