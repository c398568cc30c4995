package questions

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"
)

// accentPolicy says what becomes of an accent that is missing or wrong. A letter of its
// own (ñ in Spanish, å in Danish) is never an accented one.
type accentPolicy uint8

const (
	accentsForgive accentPolicy = iota // right, as matchAccent
	accentsIgnore                      // right, and not noticed
	accentsRequire                     // wrong
)

// textOptions says what matters when texts are compared. These never do: the normal form
// (NFC, NFD, full-width, ligatures), the kind and amount of space, zero-width and
// bidirectional marks, the style of quotes and dashes. Unless punctuation is set, quotes
// and punctuation at either end do not matter either, nor a dash for a space; punctuation
// within, and a word divided or joined, is forgiven as matchPunctuation. The texts of one
// comparison are prepared with the same options.
type textOptions struct {
	tag           language.Tag // whose letters and case
	accents       accentPolicy
	caseSensitive bool
	punctuation   bool     // punctuation counts, in whatever style of quote or dash
	articles      []string // may stand or not before the text: "the", "la", "l'"
	typos         bool     // see typosAllowed
}

// charKind says what a char is, and so whether a typo may touch it.
type charKind uint8

const (
	charLetter charKind = iota // the only kind that typos are forgiven in
	charDigit
	charSymbol // a sign, punctuation that counts, or a Han character: a word, not a letter
	charWild   // any run of chars, in a pattern
	charMark   // joins the char before it; never in a folded text
)

// gaps is what stands before a char that is not itself compared, a set.
type gaps uint8

const (
	gapSpace gaps = 1 << iota
	gapDash
	gapQuote
	gapMark // other punctuation
)

// divides reduces a gap to what tells two spellings apart: a dash is as good as a space
// and a quote is nothing, so that anti-drug is anti drug, though not quite antidrug.
func (g gaps) divides() gaps {
	switch {
	case g&gapMark != 0:
		return gapMark
	case g&(gapSpace|gapDash) != 0:
		return gapSpace
	default:
		return 0
	}
}

// char is one letter, digit or sign as a reader sees it, folded. Texts are the same when
// the runes of their chars are.
type char struct {
	runes    [4]rune // NFKD: what carries the marks, then the first three of them, zero-filled
	from, to int32   // the bytes of the cleaned text it was read from
	gap      gaps
	kind     charKind
}

// form is a text at one degree of tolerance, in one or two views: whole, and without its
// leading article.
type form struct {
	views [2][]char
	n     int
}

func (f *form) all() [][]char { return f.views[:f.n] }

// preparedText is a text folded for comparison. Forms that come out alike share memory.
type preparedText struct {
	raw   string
	exact form // accents and case as far as either can matter
	right form // exact without what is forgiven
	bare  form // neither accents nor case: what a typo is told from a missing accent by
}

// prepare folds a text in time linear in its length. A text of nothing but punctuation is
// kept as it is, so that "¿" can be an answer.
func prepare(text string, opts textOptions) preparedText {
	return prepareAround([]string{text}, opts)
}

// prepareAround folds the pieces of a text that wildcards stand between.
func prepareAround(pieces []string, opts textOptions) preparedText {
	s := scanner{opts: &opts, alphabet: alphabetOf(opts.tag)}
	s.chars = make([]char, 0, len(pieces[0]))
	for i, piece := range pieces {
		if i > 0 {
			s.gap = 0
			s.push(0, charWild, s.offset, s.offset)
		}
		s.scan(strings.Map(clean, piece))
	}
	if len(s.chars) == 0 {
		s.verbatim, s.gap, s.offset = true, 0, 0
		s.scan(strings.Map(clean, pieces[0]))
	}

	exact := s.chars
	plain := s.alphabet.plain(exact)
	if opts.accents == accentsIgnore {
		exact = plain
	}
	right := plain
	if opts.accents == accentsRequire {
		right = exact
	}
	bare := plain
	if opts.caseSensitive {
		bare = s.lower(plain)
	}
	cut := s.articleEnd(bare)
	return preparedText{pieces[0], viewsOf(exact, cut), viewsOf(right, cut), viewsOf(bare, cut)}
}

// viewsOf gives the form of a text whose leading article ends at the byte cut.
func viewsOf(chars []char, cut int32) form {
	f := form{views: [2][]char{chars}, n: 1}
	if cut > 0 {
		i := 0
		for chars[i].from < cut {
			i++
		}
		f.views[1], f.n = chars[i:], 2
	}
	return f
}

// clean drops the runes that only guide rendering, and turns the acute accent some type
// as an apostrophe into one before NFKD makes a space of it.
func clean(r rune) rune {
	switch {
	case r < utf8.RuneSelf:
		if r < ' ' && !unicode.IsSpace(r) || r == 0x7f {
			return -1
		}
	case r == '´':
		return '\''
	case stretches(r):
		return -1
	case unicode.In(r, unicode.Cf, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point):
		return -1
	case unicode.Is(unicode.Cc, r) && !unicode.IsSpace(r):
		return -1
	}
	return r
}

// stretches reports whether a rune is an Arabic tatweel, which stretches a word and is no
// part of it, or shows a mark on one by itself.
func stretches(r rune) bool {
	switch r {
	case 'ـ', '\uFCF2', '\uFCF3', '\uFCF4', '\uFE71', '\uFE77', '\uFE79', '\uFE7B', '\uFE7D', '\uFE7F':
		return true
	}
	return false
}

// rawOffset gives the byte of raw that stands at a byte of it cleaned.
func rawOffset(raw string, cleaned int32) int {
	n := int32(0)
	for i, r := range raw {
		c := clean(r)
		if c < 0 {
			continue
		}
		if n >= cleaned {
			return i
		}
		n += int32(utf8.RuneLen(c))
	}
	return len(raw)
}

// scanner reads a text into chars.
type scanner struct {
	opts     *textOptions
	alphabet *alphabet
	iter     norm.Iter
	verbatim bool // every sign counts, as it was typed

	marksOver bool // a letter has more marks than norm puts in order
	chars     []char

	offset  int32 // where the text being scanned begins
	gap     gaps  // since the last char
	gapFrom int32
	dashEnd int32 // where the last dash ended
}

func (s *scanner) scan(text string) {
	s.iter.InitString(norm.NFKD, text)
	for !s.iter.Done() {
		from := s.offset + int32(s.iter.Pos())
		segment := s.iter.Next()
		to := s.offset + int32(s.iter.Pos())
		for len(segment) > 0 {
			r, size := utf8.DecodeRune(segment)
			segment = segment[size:]
			s.add(r, from, to)
		}
	}
	s.offset += int32(len(text))
}

// add takes the next rune, which was read from the bytes from to to.
func (s *scanner) add(r rune, from, to int32) {
	const joiner = '\u034f' // which norm puts into runs of more than 30 marks
	if r == joiner {
		s.marksOver = true // those behind it are out of order
		return
	}
	kind, gap := classify(r)
	if kind != charMark || gap != 0 {
		s.marksOver = false
	}
	if gap > gapSpace && (s.opts.punctuation || s.verbatim) {
		if !s.verbatim {
			r = unify(r, gap)
		}
		kind, gap = charSymbol, 0
	}
	switch {
	case gap != 0:
		s.addGap(gap, from, to)
	case kind == charMark:
		s.addMark(r, to)
	case kind == charDigit:
		s.separate(from)
		if value, _, ok := digit(r); ok {
			r = '0' + rune(value) // of any script
		}
		s.push(r, charDigit, from, to)
	case kind == charLetter:
		s.addLetter(r, from, to)
	default:
		s.push(r, kind, from, to)
	}
}

func (s *scanner) push(r rune, kind charKind, from, to int32) {
	s.chars = append(s.chars, char{runes: [4]rune{r}, from: from, to: to, gap: s.gap, kind: kind})
	s.gap = 0
}

func (s *scanner) addGap(gap gaps, from, to int32) {
	if s.gap == 0 {
		s.gapFrom = from
	}
	s.gap |= gap
	if gap == gapDash {
		s.dashEnd = to
	}
}

// separate keeps what the digit at from would lose: a sign before the whole text, and any
// separator between two digits. 1.5 is 1,5 and 10 000 is 10.000, but neither is 15 or
// 10000, and -5 is not 5.
func (s *scanner) separate(from int32) {
	switch n := len(s.chars); {
	case s.gap == 0:
	case n == 0 && s.gap&gapDash != 0 && s.dashEnd == from:
		s.push('-', charSymbol, s.gapFrom, from)
	case n > 0 && s.chars[n-1].kind == charDigit:
		s.gap = 0
		s.push(' ', charSymbol, s.gapFrom, from)
	}
}

// addLetter takes a letter, which may be the vowel or the tail of a Korean syllable.
func (s *scanner) addLetter(r rune, from, to int32) {
	const firstLead, lastLead, firstVowel, lastTail = 0x1100, 0x115f, 0x1160, 0x11ff
	if n := len(s.chars); firstVowel <= r && r <= lastTail && n > 0 && s.gap == 0 {
		if lead := s.chars[n-1].runes[0]; firstLead <= lead && lead <= lastLead {
			s.addMark(r, to)
			return
		}
	}
	switch r = s.fold(r); r {
	case 'ß':
		s.push('s', charLetter, from, to)
		s.push('s', charLetter, from, to)
	case 'ẞ':
		s.push('S', charLetter, from, to)
		s.push('S', charLetter, from, to)
	default:
		s.push(r, charLetter, from, to)
	}
}

// fold gives a letter in lower case, by language, unless case counts. The final form of
// the Greek sigma is a sigma.
func (s *scanner) fold(r rune) rune {
	switch {
	case r == 'ς':
		return 'σ'
	case s.opts.caseSensitive:
		return r
	default:
		return s.alphabet.lower(r)
	}
}

// addMark joins a mark to the char before it; a mark alone counts for nothing.
func (s *scanner) addMark(r rune, to int32) {
	n := len(s.chars)
	if s.marksOver || n == 0 || s.gap != 0 || s.chars[n-1].kind == charWild {
		return
	}
	last := &s.chars[n-1]
	if s.alphabet.turkic && !s.opts.caseSensitive && last.runes[0] == 'ı' && r == dotAbove {
		last.runes[0] = 'i' // İ
		return
	}
	last.to = to
	*last = withMark(*last, r)
}

// lower gives chars in lower case, for the comparison that no option can make strict.
func (s *scanner) lower(chars []char) []char {
	out := make([]char, len(chars))
	for i, c := range chars {
		c.runes[0] = s.alphabet.lower(c.runes[0])
		out[i] = c
	}
	return out
}

// articleEnd gives the byte after the article that chars begin with, 0 for none. Something
// must follow it, and a space or an apostrophe between: "la" alone is an answer.
func (s *scanner) articleEnd(chars []char) int32 {
	const longest = 8
	word := 1
	for word < len(chars) && word <= longest && chars[word].gap == 0 {
		word++
	}
	if word >= len(chars) || chars[word].kind == charWild ||
		chars[word].gap&(gapSpace|gapQuote) == 0 || chars[word].gap&(gapDash|gapMark) != 0 {
		return 0
	}
	opts := *s.opts
	opts.caseSensitive = false
	article := scanner{opts: &opts, alphabet: s.alphabet}
	for _, text := range s.opts.articles {
		article.chars, article.gap = article.chars[:0], 0
		article.scan(text)
		if equalChars(s.alphabet.plain(article.chars), chars[:word]) {
			return chars[word].from
		}
	}
	return 0
}

// classify says what a rune is: a kind of char, or else a gap.
func classify(r rune) (charKind, gaps) {
	switch {
	case 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z':
		return charLetter, 0
	case unicode.IsSpace(r):
		return 0, gapSpace
	case unicode.IsMark(r):
		return charMark, 0
	case unicode.Is(unicode.Quotation_Mark, r) || strings.ContainsRune("`ʼʻ׳״", r):
		return 0, gapQuote
	case unicode.Is(unicode.Dash, r):
		return 0, gapDash
	case r == '⁄', unicode.IsPunct(r) && !strings.ContainsRune("#%&*@§‰", r):
		return 0, gapMark
	case unicode.IsNumber(r):
		return charDigit, 0
	case unicode.IsLetter(r) && !unicode.Is(unicode.Han, r):
		return charLetter, 0
	default:
		return charSymbol, 0
	}
}

// unify gives the one sign that stands for all of its kind.
func unify(r rune, gap gaps) rune {
	switch gap {
	case gapQuote:
		return '\''
	case gapDash:
		return '-'
	default:
		return r
	}
}
