package sheet

import (
	"io"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats"
)

// WriteXLSX is WriteCSV as an Excel workbook.
func WriteXLSX(w io.Writer, set *aulav1.QuestionSet, languages []string) (formats.Problems, error) {
	t, problems := tableOf(set, languages, excelize.TotalCellChars)
	book := excelize.NewFile()
	defer book.Close()
	if err := t.fill(book); err != nil {
		return problems, err
	}
	return problems, book.Write(w)
}

// fill puts the table into the workbook's first sheet.
func (t *table) fill(book *excelize.File) error {
	name := "Questions"
	if t.spanish {
		name = "Preguntas"
	}
	if err := book.SetSheetName("Sheet1", name); err != nil {
		return err
	}
	headerRow := t.firstRow() - 1
	if err := t.dress(book, name, headerRow); err != nil {
		return err
	}
	styles, err := newStyles(book)
	if err != nil {
		return err
	}
	out, err := book.NewStreamWriter(name)
	if err != nil {
		return err
	}
	for i, h := range t.heads {
		if err := out.SetColWidth(i+1, i+1, h.width()); err != nil {
			return err
		}
	}
	if err := out.SetPanes(frozen(headerRow)); err != nil {
		return err
	}
	n := 0
	for row := range t.all() {
		n++
		values := make([]any, len(row))
		for i, text := range row {
			values[i] = t.value(text, n, headerRow, i, styles)
		}
		if err := out.SetRow("A"+writeNumber(float64(n)), values); err != nil {
			return err
		}
	}
	return out.Flush()
}

// value is a cell: a number where it is one and the column is of no language.
func (t *table) value(text string, row, headerRow, column int, s styles) any {
	switch {
	case row < headerRow:
		return excelize.Cell{StyleID: s.block, Value: text}
	case row == headerRow:
		return excelize.Cell{StyleID: s.header, Value: text}
	case text == "":
		return nil
	}
	if number, ok := plainNumber(text); ok && numeric[t.heads[column].field] && shortest(number) == text && !strings.Contains(text, "e") {
		return excelize.Cell{StyleID: s.body, Value: number}
	}
	return excelize.Cell{StyleID: s.body, Value: text}
}

// numeric are the fields whose numbers are numbers to a spreadsheet.
var numeric = map[*field]bool{
	correctField: true, creditField: true, toleranceField: true, hintCostField: true, pointsField: true, timeField: true,
	triesField: true, penaltyField: true,
}

// printable leaves out what XML cannot say.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0xFFFE || r == 0xFFFF || r == utf8.RuneError {
			return -1
		}
		return r
	}, text)
}

func (h head) width() float64 {
	if h.field.width == 0 {
		return usual
	}
	return h.field.width
}

// dress gives the sheet what helps to fill it in: a list of the kinds, and filters.
func (t *table) dress(book *excelize.File, sheet string, headerRow int) error {
	const below = 2000 // rows for questions to come
	for i, h := range t.heads {
		if h.field != kindField {
			continue
		}
		column := cellName(i)
		first, last := writeNumber(float64(headerRow+1)), writeNumber(float64(headerRow+len(t.lines)+below))
		list := excelize.NewDataValidation(true)
		list.SetSqref(column + first + ":" + column + last)
		list.ShowErrorMessage = false // other words for a kind will do as well
		if err := list.SetDropList(kinds.words(t.spanish)); err != nil {
			return err
		}
		if err := book.AddDataValidation(sheet, list); err != nil {
			return err
		}
	}
	from, to := "A"+writeNumber(float64(headerRow)), cellName(len(t.heads)-1)+writeNumber(float64(headerRow+len(t.lines)))
	return book.AutoFilter(sheet, from+":"+to, nil)
}

func frozen(headerRow int) *excelize.Panes {
	below := "A" + writeNumber(float64(headerRow+1))
	return &excelize.Panes{
		Freeze: true, YSplit: headerRow, TopLeftCell: below, ActivePane: "bottomLeft",
		Selection: []excelize.Selection{{SQRef: below, ActiveCell: below, Pane: "bottomLeft"}},
	}
}

// styles are the looks of cells.
type styles struct{ block, header, body int }

func newStyles(book *excelize.File) (s styles, err error) {
	if s.block, err = book.NewStyle(&excelize.Style{Font: &excelize.Font{Color: "44546A"}}); err != nil {
		return s, err
	}
	if s.header, err = book.NewStyle(&excelize.Style{
		Font:      &excelize.Font{Bold: true, Color: "FFFFFF"},
		Fill:      excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"1F4E78"}},
		Alignment: &excelize.Alignment{Vertical: "center", WrapText: true},
	}); err != nil {
		return s, err
	}
	s.body, err = book.NewStyle(&excelize.Style{Alignment: &excelize.Alignment{Vertical: "top", WrapText: true}})
	return s, err
}
