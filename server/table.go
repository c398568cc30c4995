package main

import (
	"bytes"
	"io"
	"math"
	"strings"
	"text/tabwriter"

	"golang.org/x/text/message"
	"golang.org/x/text/number"
)

const columnGap = 2

// table prints rows in columns.
type table struct {
	out   io.Writer
	lines bytes.Buffer
	rows  int // with that of the headings
	*tabwriter.Writer
}

// table begins one; headings are ids of sentences.
func (t *terminal) table(headings ...string) *table {
	out := &table{out: t.stdout}
	out.Writer = tabwriter.NewWriter(&out.lines, 0, 0, columnGap, ' ', 0)
	for i, id := range headings {
		headings[i] = t.text(id, nil)
	}
	out.row(headings...)
	return out
}

// row adds one.
func (w *table) row(cells ...string) {
	w.rows++
	for i, cell := range cells {
		cells[i] = oneLine(cell)
	}
	_, _ = io.WriteString(w, strings.Join(cells, "\t")+"\n") // into memory
}

// print shows the rows, without the space that follows the last word of each.
func (w *table) print() error {
	if err := w.Flush(); err != nil {
		return err
	}
	for line := range strings.Lines(w.lines.String()) {
		if _, err := io.WriteString(w.out, strings.TrimRight(line, " \n")+"\n"); err != nil {
			return err
		}
	}
	return nil
}

// number is one as the reader's language writes it, with so many decimals; a dash where it is
// none.
func (t *terminal) number(x float64, decimals int) string {
	if math.IsNaN(x) {
		return "–"
	}
	return message.NewPrinter(t.locale.Tag()).Sprint(number.Decimal(x, number.Scale(decimals)))
}

// joined is both texts, or the one there is.
func joined(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + ", " + b
}
