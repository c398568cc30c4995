package questions

import (
	"slices"
	"strings"
)

// matchKind says how a typed text agrees with another, the best first.
type matchKind uint8

const (
	matchExact       matchKind = iota + 1 // but for what never matters
	matchPunctuation                      // the same letters, divided otherwise or with another article
	matchAccent                           // an accent is missing or wrong
	matchTypo
	matchNone
)

// match is how a typed text agrees with an accepted one.
type match struct {
	kind matchKind
	// The bytes of the typed text of the first difference: empty where something is
	// missing. Both are 0 for matchExact, and when a wildcard leaves that open.
	from, to int
	edits    int    // for matchTypo, how many: 1 or 2
	divided  bool   // for matchPunctuation, whether words are run together or torn apart
	wild     bool   // whether wildcards helped
	expected string // the accepted text as it was written, with … for wildcards
}

// pattern is an accepted text, prepared once.
type pattern struct {
	preparedText
	opts    textOptions
	wild    bool
	letters int     // without the article; what allows typos
	credit  float64 // of an accepted text
}

// compilePattern prepares an accepted text. With wildcards, * stands for any run of chars,
// none included, and \* and \\ for themselves. In a pattern with a * no typo is forgiven
// and the division into words does not matter. Its raw text has … for each.
func compilePattern(text string, opts textOptions, wildcards bool) pattern {
	pieces := []string{text}
	if wildcards {
		pieces = splitWild(text)
	}
	p := pattern{preparedText: prepareAround(pieces, opts), opts: opts, wild: len(pieces) > 1}
	p.raw = strings.Join(pieces, "…")
	for _, c := range p.right.views[p.right.n-1] {
		if c.kind == charLetter {
			p.letters++
		}
	}
	return p
}

// splitWild gives what stands between the wildcards of a text, without escapes.
func splitWild(text string) []string {
	pieces := []string{}
	var piece strings.Builder
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '*':
			pieces = append(pieces, piece.String())
			piece.Reset()
		case text[i] == '\\' && i+1 < len(text) && (text[i+1] == '*' || text[i+1] == '\\'):
			i++
			fallthrough
		default:
			piece.WriteByte(text[i])
		}
	}
	return append(pieces, piece.String())
}

// empty says that there is nothing to compare, not even punctuation.
func (t *preparedText) empty() bool { return len(t.exact.views[0]) == 0 }

// onlyWild says that a pattern has nothing beside its wildcards, and so matches everything.
func (t *preparedText) onlyWild() bool {
	return !slices.ContainsFunc(t.exact.views[0], func(c char) bool { return c.kind != charWild })
}

// match compares a typed text, prepared with the same options. A text without any char
// matches nothing and is matched by nothing.
func (p *pattern) match(typed *preparedText) match {
	none := match{kind: matchNone}
	if typed.empty() || p.empty() {
		return none
	}
	equal := equalChars
	if p.wild {
		equal = globChars
	}
	if i, j, ok := findPair(&p.exact, &typed.exact, equal); ok {
		if p.wild {
			return match{kind: matchExact, wild: true, expected: p.raw}
		}
		return p.matchDivision(typed, i, j)
	}
	if i, j, ok := findPair(&p.right, &typed.right, equal); ok {
		m := match{kind: matchAccent, wild: p.wild, expected: p.raw}
		if !p.wild {
			written, read := p.exact.views[i], typed.exact.views[j]
			m.from, m.to = typed.span(read, firstDifference(written, read), 1)
		}
		return m
	}
	if limit := typosAllowed(p.letters); p.opts.typos && !p.wild && limit > 0 {
		return p.matchTypo(typed, limit)
	}
	return none
}

// matchTypo forgives up to limit typos, but no accent and no capital that is required by
// the way: the distance must be the same with neither considered.
func (p *pattern) matchTypo(typed *preparedText, limit int) match {
	edits, i, j := nearest(&p.right, &typed.right, limit)
	if edits > limit {
		return match{kind: matchNone}
	}
	if p.opts.caseSensitive || p.opts.accents == accentsRequire {
		if bare, _, _ := nearest(&p.bare, &typed.bare, limit); bare < edits {
			return match{kind: matchNone}
		}
	}
	read := typed.right.views[j]
	if !typosByWord(p.right.views[i], read) {
		return match{kind: matchNone}
	}
	at, length := firstEdit(p.right.views[i], read, edits)
	m := match{kind: matchTypo, edits: edits, expected: p.raw}
	m.from, m.to = typed.span(read, at, length)
	return m
}

// matchDivision tells equal texts from texts that only have equal letters, given the views
// of the two that are equal.
func (p *pattern) matchDivision(typed *preparedText, i, j int) match {
	m := match{kind: matchExact, expected: p.raw}
	whole, read := typed.exact.views[0], typed.exact.views[j]
	written := p.exact.views[i]
	article := len(whole) - len(read)
	at := firstDivision(written, read)
	switch {
	case i != 0 || j != 0:
		m.kind = matchPunctuation
		m.from, m.to = typed.span(whole, 0, article)
	case at < len(read):
		m.kind = matchPunctuation
		m.from, m.to = rawOffset(typed.raw, read[at-1].to), rawOffset(typed.raw, read[at].from)
	}
	for ; at < len(read) && !m.divided; at++ {
		within := read[at-1].kind == charLetter && read[at].kind == charLetter
		m.divided = within && written[at].gap.divides()^read[at].gap.divides() == gapSpace
	}
	return m
}

// findPair finds a view of p and one of typed that are equal.
func findPair(p, typed *form, equal func(p, typed []char) bool) (i, j int, ok bool) {
	for i, a := range p.all() {
		for j, b := range typed.all() {
			if equal(a, b) {
				return i, j, true
			}
		}
	}
	return 0, 0, false
}

// nearest finds the view of p and the one of typed with the least distance.
func nearest(p, typed *form, limit int) (edits, i, j int) {
	edits = limit + 1
	for a, written := range p.all() {
		for b, read := range typed.all() {
			if d := distance(written, read, limit); d < edits {
				edits, i, j = d, a, b
			}
		}
	}
	return edits, i, j
}

func equalChars(a, b []char) bool {
	return len(a) == len(b) && firstDifference(a, b) == len(a)
}

// firstDivision gives the index of the first of equal chars that are divided otherwise from
// those before them, or their number.
func firstDivision(a, b []char) int {
	for i := 1; i < len(a); i++ {
		if a[i].gap.divides() != b[i].gap.divides() {
			return i
		}
	}
	return len(a)
}

// firstDifference gives the index of the first chars to differ, or the lesser length.
func firstDifference(a, b []char) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i].runes != b[i].runes {
			return i
		}
	}
	return n
}

// globChars compares with wildcards, returning to the last one when the chars after it do
// not fit: at worst the product of both lengths, of which the pattern's is the author's.
func globChars(p, typed []char) bool {
	i, j, wild, resume := 0, 0, -1, 0
	for j < len(typed) {
		switch {
		case i < len(p) && p[i].kind == charWild:
			wild, resume = i, j
			i++
		case i < len(p) && p[i].runes == typed[j].runes:
			i++
			j++
		case wild >= 0:
			resume++
			i, j = wild+1, resume
		default:
			return false
		}
	}
	for i < len(p) && p[i].kind == charWild {
		i++
	}
	return i == len(p)
}

// span gives the bytes of the typed text that length chars from index at on were read
// from: the place between two chars when length is 0.
func (t *preparedText) span(chars []char, at, length int) (from, to int) {
	switch {
	case at >= len(chars):
		end := rawOffset(t.raw, chars[len(chars)-1].to)
		return end, end
	case length == 0:
		from = rawOffset(t.raw, chars[at].from)
		return from, from
	default:
		return rawOffset(t.raw, chars[at].from), rawOffset(t.raw, chars[at+length-1].to)
	}
}

// typosByWord says whether each word of a text is within the typos that its own length
// allows: "sí a las bases" is not "no a las bases" with two typos, and no word may come or
// go.
func typosByWord(a, b []char) bool {
	for len(a) > 0 && len(b) > 0 {
		i, j := wordEnd(a), wordEnd(b)
		letters := 0
		for _, c := range a[:i] {
			if c.kind == charLetter {
				letters++
			}
		}
		if limit := typosAllowed(letters); limit == 0 && !equalChars(a[:i], b[:j]) || limit > 0 && distance(a[:i], b[:j], limit) > limit {
			return false
		}
		a, b = a[i:], b[j:]
	}
	return len(a) == len(b)
}

// wordEnd gives the length of the first word.
func wordEnd(chars []char) int {
	for i := 1; i < len(chars); i++ {
		if chars[i].gap.divides() != 0 {
			return i
		}
	}
	return len(chars)
}

const (
	maxTypos = 2
	// maxTypoLength is the most chars a text with a typo can have.
	maxTypoLength = 1000
)

// typosAllowed scales the typos forgiven to the letters of the accepted text: none up to
// 3, one up to 7, two above.
func typosAllowed(letters int) int {
	switch {
	case letters <= 3:
		return 0
	case letters <= 7:
		return 1
	default:
		return maxTypos
	}
}

// distance gives the optimal string alignment distance of two texts, the restricted form
// of Damerau's (1964): how many letters are left out, put in, exchanged, or swapped with
// their neighbour, when no letter is touched twice; see Boytsov, Indexing methods for
// approximate dictionary searching (2011), section 2. What is no letter cannot be touched.
// Above limit (at most maxTypos) it is limit+1, for which a band of 2*limit+1 around the
// diagonal is enough (Ukkonen, Algorithms for approximate string matching, 1985): the time
// is linear in the length.
func distance(a, b []char, limit int) int {
	over := limit + 1
	if len(a)-len(b) > limit || len(b)-len(a) > limit || max(len(a), len(b)) > maxTypoLength {
		return over
	}
	t := table{a: a, b: b, limit: limit}
	leastAbove := over
	for i := 0; i <= len(a); i++ {
		least := over
		for d := range 2*limit + 1 {
			t.row[d] = t.cell(i, d)
			least = min(least, t.row[d])
		}
		if least == over && leastAbove == over {
			return over
		}
		t.before, t.above, leastAbove = t.above, t.row, least
	}
	return t.above[len(b)-len(a)+limit]
}

// table is the part of the table of distances that is still needed: the row being filled
// and the two above it. Column d of row i has the distance of the first i chars of a and
// the first i+d-limit of b.
type table struct {
	a, b               []char
	limit              int
	before, above, row [2*maxTypos + 1]int
}

// cell gives the distance in column d of row i, at most limit+1.
func (t *table) cell(i, d int) int {
	best := t.limit + 1
	j := i + d - t.limit
	switch {
	case j < 0 || j > len(t.b):
		return best
	case i == 0 && j == 0:
		return 0
	}
	if i > 0 && d < 2*t.limit {
		best = min(best, t.above[d+1]+touch(t.a[i-1], best))
	}
	if j > 0 && d > 0 {
		best = min(best, t.row[d-1]+touch(t.b[j-1], best))
	}
	if i == 0 || j == 0 {
		return best
	}
	best = min(best, t.above[d]+exchange(t.a[i-1], t.b[j-1], best))
	if i > 1 && j > 1 && swapped(t.a[i-2:], t.b[j-2:]) {
		best = min(best, t.before[d]+1)
	}
	return best
}

// touch gives the cost of leaving c out or putting it in: never when it is no letter.
func touch(c char, never int) int {
	if c.kind == charLetter {
		return 1
	}
	return never
}

// exchange gives the cost of reading b for a.
func exchange(a, b char, never int) int {
	if a.runes == b.runes {
		return 0
	}
	return max(touch(a, never), touch(b, never))
}

// swapped says whether both begin with the same two letters in opposite order.
func swapped(a, b []char) bool {
	return a[0].runes == b[1].runes && a[1].runes == b[0].runes && a[0].kind == charLetter && a[1].kind == charLetter
}

// firstEdit gives what chars of b the first of the edits that make it of a concerns, none
// for a letter left out. Texts may be compared from their first difference on without
// changing the distance, so the first edit is the one that leaves one edit less.
func firstEdit(a, b []char, edits int) (at, length int) {
	at = firstDifference(a, b)
	a, b = a[at:], b[at:]
	rest := func(i, j int) bool {
		return i <= len(a) && j <= len(b) && distance(a[i:], b[j:], edits-1) == edits-1
	}
	switch {
	case len(a) > 1 && len(b) > 1 && swapped(a, b) && rest(2, 2):
		return at, 2
	case len(a) > 0 && len(b) > 0 && exchange(a[0], b[0], 2) == 1 && rest(1, 1):
		return at, 1
	case len(b) > 0 && b[0].kind == charLetter && rest(0, 1):
		return at, 1
	default:
		return at, 0
	}
}
