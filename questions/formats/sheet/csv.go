package sheet

import (
	"bytes"
	"context"
	"encoding/csv"
	"io"
	"iter"
	"slices"
	"strings"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats"
)

// separators between cells, the likeliest first.
var separators = []byte{',', ';', '\t'}

// How sure Detect functions are.
const (
	certain  = 95  // the header says a good deal
	likely   = 75  // it says little
	byName   = 40  // only the file's name speaks for it
	enough   = 3   // known columns
	headRows = 100 // in which the header is looked for
)

// DetectCSV tells how likely a file is a spreadsheet as text, its cells divided by commas or
// semicolons: 0 to 100.
func DetectCSV(name string, head []byte) int { return detectText(name, head, ".csv", ",;") }

// DetectTSV is DetectCSV for tabs.
func DetectTSV(name string, head []byte) int { return detectText(name, head, ".tsv", "\t") }

func detectText(name string, head []byte, extension, own string) int {
	text, _, err := formats.Text(wholeLines(head))
	if err != nil {
		return 0
	}
	_, separator, known := sniff(text)
	mine := strings.IndexByte(own, separator) >= 0
	switch {
	case known >= enough && mine:
		return certain
	case known > 0 && mine:
		return likely
	case known == 0 && strings.HasSuffix(strings.ToLower(name), extension):
		return byName
	}
	return 0
}

// wholeLines cuts off the line that the head of a file ends in the middle of, lest a letter
// in two halves pass for another encoding.
func wholeLines(head []byte) []byte {
	const whole = 64 << 10
	if len(head) < whole {
		return head
	}
	if end := bytes.LastIndexByte(head, '\n'); end > 0 {
		return head[:end+1]
	}
	return head
}

// sniff finds the separator under which a text has the best header. known is how many
// columns that header has that are known, 0 where there is none. A first line "sep=;", as
// Excel writes it, decides and is taken off.
func sniff(text string) (rest string, separator byte, known int) {
	first, others, _ := strings.Cut(text, "\n")
	sign, told := strings.CutPrefix(strings.TrimRight(first, "\r"), "sep=")
	if told && len(sign) == 1 && isSeparator(sign[0]) {
		return others, sign[0], headerColumns(others, sign[0])
	}
	separator = separators[0]
	for _, s := range separators {
		if n := headerColumns(text, s); n > known {
			separator, known = s, n
		}
	}
	return text, separator, known
}

func isSeparator(sign byte) bool { return sign == '|' || bytes.IndexByte(separators, sign) >= 0 }

func headerColumns(text string, separator byte) int {
	seen := 0
	for _, r := range records(text, separator) {
		if _, known, ok := parseHeader(r.cells); ok {
			return known
		}
		if seen++; seen == headRows {
			break
		}
	}
	return 0
}

// ReadCSV reads a spreadsheet as text, whatever divides its cells: commas, semicolons or
// tabs. The error is a *formats.Unreadable or ctx's.
func ReadCSV(ctx context.Context, data []byte) (*formats.Document, error) {
	doc := &formats.Document{Set: &aulav1.QuestionSet{}}
	text, err := doc.Decode(data)
	if err != nil {
		return nil, err
	}
	text, separator, _ := sniff(text)
	r := newReader(doc)
	for n, record := range records(text, separator) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if record.unclosed > 0 {
			r.fail(formats.Place{Row: n, Cell: cellName(record.unclosed - 1)}, "", "format.sheet.unclosed_quote")
			if r.columns != nil {
				continue
			}
		}
		if !r.row(n, record.cells) {
			break
		}
	}
	return r.finish()
}

// ReadTSV is ReadCSV: tabs are found out like the other separators.
func ReadTSV(ctx context.Context, data []byte) (*formats.Document, error) { return ReadCSV(ctx, data) }

// WriteCSV writes a set as a spreadsheet, with columns for each of the languages side by
// side. The problems are what the layout cannot say; the error is w's.
func WriteCSV(w io.Writer, set *aulav1.QuestionSet, languages []string) (formats.Problems, error) {
	return writeText(w, set, languages, ',')
}

// WriteTSV is WriteCSV with tabs.
func WriteTSV(w io.Writer, set *aulav1.QuestionSet, languages []string) (formats.Problems, error) {
	return writeText(w, set, languages, '\t')
}

func writeText(w io.Writer, set *aulav1.QuestionSet, languages []string, separator rune) (formats.Problems, error) {
	t, problems := tableOf(set, languages, 0)
	// Without the mark Excel takes the file for Windows-1252.
	if _, err := io.WriteString(w, "\uFEFF"); err != nil {
		return problems, err
	}
	out := csv.NewWriter(w)
	out.Comma = separator
	for row := range t.all() {
		if err := out.Write(row); err != nil {
			return problems, err
		}
	}
	out.Flush()
	return problems, out.Error()
}

// record is a row of a text.
type record struct {
	cells    []string
	unclosed int // the cell, from 1, whose opening quote has no closing one
}

// maxUnclosed bounds how often a text is read to its end for a quote that is not there.
const maxUnclosed = 3

// records gives the rows of a text with their numbers as a spreadsheet counts them, empty
// ones left out. Quotes are read as spreadsheets write them, and those within a cell that
// does not begin with one are letters. A quote that is never closed is a letter, too.
func records(text string, separator byte) iter.Seq2[int, record] {
	return func(yield func(int, record) bool) {
		s := scanner{text: text, separator: separator}
		for n := 1; s.at < len(s.text); n++ {
			start := s.at
			r := s.record()
			if r.unclosed > 0 {
				s.unclosed++
				s.at, s.literal = start, true
				r.cells = s.record().cells
				s.literal = s.unclosed >= maxUnclosed
			}
			empty := !slices.ContainsFunc(r.cells, func(cell string) bool { return strings.TrimSpace(cell) != "" })
			if !empty && !yield(n, r) {
				return
			}
		}
	}
}

// scanner reads records one after the other.
type scanner struct {
	text      string
	separator byte
	at        int
	literal   bool // quotes are letters
	unclosed  int  // quotes so far
}

// record reads on to the end of a row.
func (s *scanner) record() (r record) {
	for {
		cell, closed := s.cell()
		if !closed && r.unclosed == 0 {
			r.unclosed = len(r.cells) + 1
		}
		if len(r.cells) <= maxColumns { // one more than there may be tells that there are too many
			r.cells = append(r.cells, cell)
		}
		if s.at >= len(s.text) {
			return r
		}
		if s.text[s.at] == s.separator {
			s.at++
			continue
		}
		if strings.HasPrefix(s.text[s.at:], "\r\n") {
			s.at++
		}
		s.at++
		return r
	}
}

// cell reads on to what ends a cell: a separator, a line end, or the end.
func (s *scanner) cell() (cell string, closed bool) {
	if rest := strings.TrimLeft(s.text[s.at:], " "); !s.literal && strings.HasPrefix(rest, `"`) {
		s.at = len(s.text) - len(rest) + 1
		return s.quoted()
	}
	start := s.at
	for s.at < len(s.text) && s.text[s.at] != s.separator && s.text[s.at] != '\n' && s.text[s.at] != '\r' {
		s.at++
	}
	return s.text[start:s.at], true
}

// quoted reads a cell behind its opening quote.
func (s *scanner) quoted() (cell string, closed bool) {
	var b strings.Builder
	for {
		length := strings.IndexByte(s.text[s.at:], '"')
		if length < 0 {
			s.at = len(s.text)
			return "", false
		}
		b.WriteString(s.text[s.at : s.at+length])
		s.at += length + 1
		spaceless := strings.TrimLeft(s.text[s.at:], " ")
		switch {
		case strings.HasPrefix(s.text[s.at:], `"`): // two stand for one
			b.WriteByte('"')
			s.at++
		case spaceless == "" || spaceless[0] == s.separator || spaceless[0] == '\n' || spaceless[0] == '\r':
			s.at = len(s.text) - len(spaceless)
			return lineEnds.Replace(b.String()), true
		default:
			b.WriteByte('"')
		}
	}
}

var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n")
