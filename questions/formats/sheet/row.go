package sheet

import (
	"slices"
	"strings"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats"
	"aula/questions/formats/markup"
)

// row is a question being read.
type row struct {
	*reader
	n      int
	cells  []string
	label  string // what the question is called in problems
	key    string // the id or the key of the question
	failed bool
	used   map[*field]bool // the fields that its kind has asked for
}

// question reads a row below the header. A row that says nothing in the columns of the
// layout is passed over: tables are numbered further than they are filled.
func (r *reader) question(n int, cells []string) {
	if !r.filled(cells) {
		return
	}
	w := &row{reader: r, n: n, cells: cells, used: map[*field]bool{}}
	q := w.read()
	if w.failed {
		return
	}
	r.doc.Add(q, formats.Place{Row: n})
}

// read makes the question.
func (w *row) read() *aulav1.Question {
	q := &aulav1.Question{Text: w.texts(textField)}
	w.name(q)
	w.check()
	if len(q.GetText()) == 0 {
		w.fail(w.first(textField), "format.sheet.no_text")
	}
	if w.failed {
		return q
	}
	w.common(q)
	if kind, known := w.kind(q); known {
		w.readKind(q, kind)
		w.unused(kind)
	}
	return q
}

// check looks at the cells as such.
func (w *row) check() {
	for i, cell := range w.cells[:min(len(w.cells), len(w.columns))] {
		switch {
		case len(cell) > maxCell:
			w.fail(i, "format.sheet.cell_too_long", "Max", maxCell)
		case w.columns[i].field != nil && isFormulaError(cell):
			w.fail(i, "format.sheet.formula_error", "Text", cell)
		case cell != "" && w.nameless[i]:
			w.warn(i, "format.sheet.nameless_column", "Text", shorten(cell))
			delete(w.nameless, i)
		}
	}
	for i := len(w.columns); i < len(w.cells); i++ {
		if strings.TrimSpace(w.cells[i]) != "" {
			w.warn(i, "format.sheet.beyond_header", "Text", shorten(w.cells[i]))
			return
		}
	}
}

// first gives the first column of a field, or -1.
func (w *row) first(f *field) int {
	if len(w.at[f]) == 0 {
		return -1
	}
	return w.at[f][0]
}

// place is a cell of the row; a column of -1 is the row as a whole.
func (w *row) place(column int) formats.Place {
	if column < 0 {
		return formats.Place{Row: w.n}
	}
	return formats.Place{Row: w.n, Cell: cellName(column)}
}

// fail says that something is wrong: the question is left out.
func (w *row) fail(column int, id string, args ...any) {
	w.failed = true
	w.reader.fail(w.place(column), w.label, id, args...)
	w.doc.Problems.Keyed(w.key)
}

// skip says why the question, with which nothing is wrong, is left out.
func (w *row) skip(column int, id string, args ...any) {
	w.failed = true
	w.doc.Problems.Add(formats.Skipped, w.place(column), w.label, id, args...)
}

func (w *row) warn(column int, id string, args ...any) {
	w.doc.Problems.Add(formats.Warning, w.place(column), w.label, id, args...)
}

// cell gives what a cell says.
func (w *row) cell(column int) string {
	if column < 0 || column >= len(w.cells) {
		return ""
	}
	text := clean(w.cells[column])
	if w.plain && w.columns[column].field.localised {
		return markup.FromPlain(text)
	}
	return text
}

// clean takes off what spreadsheets put around a text.
func clean(cell string) string { return strings.TrimSpace(lineEnds.Replace(unguard(cell))) }

// value gives the first cell of a field that says something, and its column; else the
// field's first column.
func (w *row) value(f *field) (string, int) {
	w.used[f] = true
	for _, i := range w.at[f] {
		if text := w.cell(i); text != "" {
			return text, i
		}
	}
	return "", w.first(f)
}

// langsOf tells which languages a column speaks for.
func (w *row) langsOf(column int) []string {
	switch c := w.columns[column]; {
	case c.lang != "":
		return []string{c.lang}
	case c.field.everywhere:
		return w.langs
	}
	return w.langs[:1]
}

// texts gives what a field says in each language.
func (w *row) texts(f *field) map[string]string {
	w.used[f] = true
	var texts map[string]string
	for _, i := range w.at[f] {
		if text := w.cell(i); text != "" {
			for _, lang := range w.langsOf(i) {
				texts = with(texts, lang, text)
			}
		}
	}
	return texts
}

// list is a field that has parts, as one language has them.
type list struct {
	lang   string
	column int
	parts  []string
}

// lists gives the parts of a field in each language that has any, in the order of the header.
func (w *row) lists(f *field, several bool) (lists []list) {
	w.used[f] = true
	for _, column := range w.at[f] {
		text := w.cell(column)
		parts := []string{text}
		if !w.columns[column].own {
			parts = splitList(text, several && len(w.at[f]) <= len(w.langs))
		}
		for _, lang := range w.langsOf(column) {
			at := slices.IndexFunc(lists, func(l list) bool { return l.lang == lang })
			if at < 0 {
				lists = append(lists, list{lang: lang, column: column})
				at = len(lists) - 1
			}
			lists[at].parts = append(lists[at].parts, parts...)
		}
	}
	return slices.DeleteFunc(lists, func(l list) bool { return filledParts(l.parts) == 0 })
}

// filledParts counts the parts up to the last that is not empty.
func filledParts(parts []string) int {
	n := len(parts)
	for n > 0 && parts[n-1] == "" {
		n--
	}
	return n
}

// parts gives the parts of a field, each by language.
func (w *row) parts(f *field, several bool) []map[string]string {
	return together(w.lists(f, several))
}

func together(lists []list) (parts []map[string]string) {
	for _, l := range lists {
		for i, text := range l.parts[:filledParts(l.parts)] {
			for len(parts) <= i {
				parts = append(parts, nil)
			}
			if text != "" {
				parts[i] = with(parts[i], l.lang, text)
			}
		}
	}
	return parts
}

// alike gives the parts of a field that must correspond in all languages, one by one.
func (w *row) alike(f *field) []map[string]string {
	lists := w.lists(f, true)
	for _, l := range lists[min(1, len(lists)):] {
		most, mine := filledParts(lists[0].parts), filledParts(l.parts)
		if mine > most || len(l.parts) < most {
			w.fail(l.column, "format.sheet.parts_differ", "Found", mine, "Language", l.lang, "Wanted", most, "Other", lists[0].lang)
		}
	}
	return together(lists)
}

// unused reports what a row says in columns that its kind has no use for.
func (w *row) unused(kind string) {
	for i := range w.columns {
		f := w.columns[i].field
		if f == nil || w.used[f] || w.cell(i) == "" {
			continue
		}
		w.warn(i, "format.sheet.unused_cell", "Column", f.word(w.spanish), "Kind", kinds.word(kind, w.spanish), "Text", shorten(w.cell(i)))
	}
}

// isFormulaError recognises what spreadsheets show for a formula that fails.
func isFormulaError(cell string) bool {
	switch cell {
	case "#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#N/D", "#¡REF!", "#¡VALOR!", "#¿NOMBRE?", "#¡DIV/0!",
		"#¡NULO!", "#¡NUM!":
		return true
	}
	return false
}
