package anki

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"aula/questions/formats"
)

// logColumns are what the columns of a log are called: in Anki's own table, and in the files
// that FSRS is tried on.
var logColumns = map[string]logColumn{
	"id": timeColumn, "review_time": timeColumn,
	"cid": cardColumn, "card_id": cardColumn,
	"ease": ratingColumn, "review_rating": ratingColumn,
	"type": kindColumn, "review_state": stateColumn,
	"factor": factorColumn,
}

type logColumn int

const (
	timeColumn logColumn = iota
	cardColumn
	ratingColumn
	kindColumn
	stateColumn // counts one more than kindColumn
	factorColumn
	columnCount
)

// maxHead bounds the first line of a log, in bytes.
const maxHead = 4 << 10

// writtenEntries reads a log that is written as text, with the names of its columns in the first
// line.
func writtenEntries(data []byte) (entries []entry, err error) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	head, _, _ := bytes.Cut(data, []byte("\n"))
	if len(head) > maxHead || !utf8.Valid(head) || bytes.IndexByte(head, 0) >= 0 {
		return nil, &formats.Unreadable{ID: "format.anki.no_log"}
	}
	r := csv.NewReader(bytes.NewReader(data))
	r.ReuseRecord, r.TrimLeadingSpace = true, true
	for _, comma := range ",;\t" {
		if bytes.ContainsRune(head, comma) {
			r.Comma = comma
			break
		}
	}
	names, err := r.Read()
	if err != nil {
		return nil, &formats.Unreadable{ID: "format.anki.no_log"}
	}
	where, err := findColumns(names)
	if err != nil {
		return nil, err
	}
	for {
		row, err := r.Read()
		if err == io.EOF {
			return entries, nil
		}
		if failed, ok := errors.AsType[*csv.ParseError](err); ok {
			return nil, badRow(failed.Line)
		}
		e, ok := where.entry(row)
		if !ok {
			line, _ := r.FieldPos(0)
			return nil, badRow(line)
		}
		entries = append(entries, e)
		if err := tooMany(entries); err != nil {
			return nil, err
		}
	}
}

func badRow(line int) error {
	return &formats.Unreadable{ID: "format.anki.log_row", Args: map[string]any{"Line": line}}
}

// places says in which cell of a row a column stands, from 1; 0 for one that is not there.
type places [columnCount]int

// findColumns finds the columns by their names. Those of the table revlog go first.
func findColumns(names []string) (where places, err error) {
	for i, name := range names {
		column, known := logColumns[strings.ToLower(strings.TrimSpace(name))]
		if known && where[column] == 0 {
			where[column] = i + 1
		}
	}
	if where[timeColumn] == 0 || where[cardColumn] == 0 || where[ratingColumn] == 0 {
		return where, &formats.Unreadable{ID: "format.anki.no_log"}
	}
	return where, nil
}

// entry reads a row. It returns false where a cell that matters is no number.
func (p *places) entry(row []string) (entry, bool) {
	var cells [columnCount]int64
	for column, place := range p {
		if place == 0 {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(row[place-1]), 10, 64)
		if err != nil {
			return entry{}, false
		}
		cells[column] = n
	}
	kind := cells[kindColumn]
	if p[kindColumn] == 0 && cells[stateColumn] > 0 {
		kind = cells[stateColumn] - 1
	}
	noEase := p[factorColumn] != 0 && cells[factorColumn] == 0
	return newEntry(cells[timeColumn], cells[cardColumn], cells[ratingColumn], kind, noEase), true
}
