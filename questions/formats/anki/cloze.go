package anki

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// maxNesting bounds how deep deletions lie within each other. Openings beyond it are text.
const maxNesting = 8

// piece is a run of HTML or, where hole is not nil, a deletion.
type piece struct {
	html string
	hole *deletion
}

// deletion is what a cloze note asks for: {{c1::inner::hint}}.
type deletion struct {
	open     string // as it was opened
	ordinals []int  // of the cards it is deleted on
	inner    []piece
	hint     string
	hinted   bool
}

// clozeMark finds where deletions begin and end.
var clozeMark = regexp.MustCompile(`\{\{[cC]([0-9]{1,3}(?:,[0-9]{1,3})*)::|\}\}`)

// parseCloze cuts HTML at its deletions. What only looks like one is text.
func parseCloze(html string) []piece {
	var p clozeParser
	from := 0
	for _, m := range clozeMark.FindAllStringSubmatchIndex(html, -1) {
		if m[0] > from {
			p.add(piece{html: html[from:m[0]]})
		}
		from = m[1]
		mark, begins := html[m[0]:m[1]], m[2] >= 0
		var ordinals []int
		if begins {
			ordinals = parseOrdinals(html[m[2]:m[3]])
		}
		switch {
		case begins && len(ordinals) > 0 && len(p.open) < maxNesting:
			p.open = append(p.open, &deletion{open: mark, ordinals: ordinals})
		case !begins && len(p.open) > 0:
			p.add(piece{hole: p.pop()})
		default:
			p.add(piece{html: mark})
		}
	}
	if from < len(html) {
		p.add(piece{html: html[from:]})
	}
	return p.end()
}

// clozeParser puts pieces where they belong.
type clozeParser struct {
	all  []piece
	open []*deletion // each within the one before it
}

// add adds a piece to the deletion that is open or, if there is none, to the others.
func (p *clozeParser) add(next piece) {
	if len(p.open) == 0 {
		p.all = append(p.all, next)
		return
	}
	p.open[len(p.open)-1].add(next)
}

// pop closes the innermost deletion.
func (p *clozeParser) pop() *deletion {
	d := p.open[len(p.open)-1]
	p.open = p.open[:len(p.open)-1]
	return d
}

// end gives all pieces. Deletions that were never closed are text after all.
func (p *clozeParser) end() []piece {
	for len(p.open) > 0 {
		d := p.pop()
		p.add(piece{html: d.open})
		for _, within := range d.inner {
			p.add(within)
		}
		if d.hinted {
			p.add(piece{html: "::" + d.hint})
		}
	}
	return p.all
}

// add takes in what lies within the deletion.
func (d *deletion) add(p piece) {
	switch {
	case d.hinted && p.hole == nil:
		d.hint += p.html
		return
	case p.hole == nil:
		text, hint, found := strings.Cut(p.html, "::")
		p.html, d.hint, d.hinted = text, hint, found
	}
	d.inner = append(d.inner, p)
}

// parseOrdinals reads "1,3". None is 0.
func parseOrdinals(list string) (ordinals []int) {
	for text := range strings.SplitSeq(list, ",") {
		if n, err := strconv.Atoi(text); err == nil && n > 0 {
			ordinals = append(ordinals, n)
		}
	}
	return ordinals
}

// ordinals lists the cards that the deletions make, in order.
func ordinals(pieces []piece) (all []int) {
	for _, p := range pieces {
		if p.hole != nil {
			all = append(all, p.hole.ordinals...)
			all = append(all, ordinals(p.hole.inner)...)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// nested reports whether a deletion lies within the deletion.
func (d *deletion) nested() bool {
	return slices.ContainsFunc(d.inner, func(p piece) bool { return p.hole != nil })
}

// write writes pieces, with what hole gives for a deletion. Where that is false, the
// deletion is shown.
func write(pieces []piece, hole func(*deletion) (string, bool)) string {
	var b strings.Builder
	for _, p := range pieces {
		if p.hole == nil {
			b.WriteString(p.html)
		} else if instead, ok := hole(p.hole); ok {
			b.WriteString(instead)
		} else {
			b.WriteString(write(p.hole.inner, hole))
		}
	}
	return b.String()
}

// reveal writes pieces with nothing deleted.
func reveal(pieces []piece) string {
	return write(pieces, func(*deletion) (string, bool) { return "", false })
}
