package questions

import (
	"bytes"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// The ids of the sentences that refuse a number.
const (
	numberUnreadable     = "number.unreadable" // Text, Example
	numberAmbiguous      = "number.ambiguous"  // Text, First, Second
	numberTooLarge       = "number.too_large"
	numberDivisionByZero = "number.division_by_zero"
)

// maxNumberBytes is more than the longest number format writes (some 340 digits of four bytes), so whatever is longer
// is refused unread.
const maxNumberBytes = 4096

// read understands a number as a learner types it: decimal, grouped, a fraction (1 1/2, ½), with a power of ten (6e2,
// 6×10²), in the digits of any one script, as a percentage by its sign or by one of percentWords. Where the language's
// own convention does not say what a separator is, its place may ("1.5" has no group of three); text that still has two
// values is refused as number.ambiguous. The value is finite. A text over 4096 bytes is number.unreadable.
func (s *numberStyle) read(text string, percentWords []string) (reading, *Refusal) {
	unreadable := func() (reading, *Refusal) {
		return reading{}, &Refusal{ID: numberUnreadable, Args: map[string]any{
			"Text": shortened(text), "Example": s.format(1234.5),
		}}
	}
	if len(text) > maxNumberBytes {
		return unreadable()
	}
	rest, percent := cutPercentWord(withoutFullStop(strings.TrimSpace(strings.Map(dropBidiMark, text))), percentWords)
	signs, ok := foldNumber(rest)
	if !ok {
		return unreadable()
	}
	body, negative, percent := peel(signs, percent)
	first, second, problem := s.evaluate(body)
	if negative {
		first, second = 0-first, 0-second
	}
	switch {
	case problem == numberUnreadable:
		return unreadable()
	case problem != "":
		return reading{}, &Refusal{ID: problem, Args: map[string]any{"Text": shortened(text)}}
	case first != second:
		unmistakable := *s
		unmistakable.clear = true
		write := unmistakable.format
		if percent {
			write = unmistakable.formatPercent
		}
		return reading{}, &Refusal{ID: numberAmbiguous, Args: map[string]any{
			"Text": shortened(text), "First": write(first), "Second": write(second),
		}}
	}
	return reading{value: first, percent: percent}, nil
}

// withoutFullStop drops what ends a sentence, and no number: the point of "12." may be the
// number's own.
func withoutFullStop(text string) string {
	rest, found := strings.CutSuffix(text, ".")
	if last, _ := utf8.DecodeLastRuneInString(rest); !found || unicode.IsDigit(last) || last == '.' {
		return text
	}
	return rest
}

func dropBidiMark(r rune) rune {
	if unicode.Is(unicode.Bidi_Control, r) {
		return -1
	}
	return r
}

// shortened gives what was typed, to be shown again: 40 letters of it, then "…" if there were more.
func shortened(text string) string {
	text = strings.TrimSpace(text)
	letters := 0
	for i := range text {
		if letters == 40 {
			text = text[:i] + "…"
			break
		}
		letters++
	}
	return strings.ToValidUTF8(text, "\uFFFD")
}

// cutPercentWord takes one of the words for "percent" off either end, the longest that is there.
func cutPercentWord(text string, words []string) (rest string, found bool) {
	if strings.IndexFunc(text, unicode.IsLetter) < 0 {
		return text, false
	}
	plain := func(s string) string {
		return strings.ToLower(norm.NFC.String(strings.Join(strings.Fields(s), " ")))
	}
	text = plain(text)
	rest = text
	for _, word := range words {
		word = plain(word)
		cut, ok := strings.CutSuffix(text, word)
		if !ok {
			cut, ok = strings.CutPrefix(text, word)
		}
		if ok && len(cut) < len(rest) {
			rest, found = cut, true
		}
	}
	return rest, found
}

// The separators as foldNumber writes them. The Arabic ٫ and ٬ are never anything but decimal and grouping.
const (
	arabicDecimal     = 'D'
	arabicGroup       = 'G'
	decimalSeparators = ".,D"
	groupSeparators   = ".,' G"
)

// foldNumber rewrites a number so that each thing in it has one byte: the digits 0 to 9, the separators . , ' space D G, and
// + - / % e x ^. Raised digits become "^2 " and vulgar fractions " 1/2 ", spaced so as not to run into their neighbours.
// ok is false if there is anything else, or digits of two scripts.
func foldNumber(text string) (out []byte, ok bool) {
	out = make([]byte, 0, len(text)+8)
	var script rune // the zero of the digits so far
	raised := false
	for _, r := range text {
		switch was := raised; {
		case isRaised(r) && !was:
			out = append(out, '^')
		case was && !isRaised(r):
			out = append(out, ' ')
		}
		raised = isRaised(r)
		switch value, zero, isDigit := digit(r); {
		case isDigit && script != 0 && script != zero:
			return nil, false
		case isDigit:
			script = zero
			out = append(out, '0'+value)
		default:
			if out, ok = appendSign(out, r); !ok {
				return nil, false
			}
		}
	}
	return out, true
}

// digit gives the value of a decimal digit, and the zero of its script. Unicode has them in tens, in order, so a digit's
// place among its neighbours tells both.
func digit(r rune) (value byte, zero rune, ok bool) {
	if !unicode.IsDigit(r) {
		return 0, 0, false
	}
	before := rune(0)
	for unicode.IsDigit(r - before - 1) {
		before++
	}
	return byte(before % 10), r - before%10, true
}

func isRaised(r rune) bool {
	switch r {
	case '¹', '²', '³', '⁰', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹', '⁺', '⁻':
		return true
	}
	return false
}

// appendSign folds what is not a digit, by itself or as Unicode's plainer form of it (％ is %, ½ is 1⁄2).
func appendSign(out []byte, r rune) ([]byte, bool) {
	if b := sign(r); b != 0 {
		return append(out, b), true
	}
	plain := string(norm.NFKC.PropertiesString(string(r)).Decomposition())
	first, size := utf8.DecodeRuneInString(plain)
	switch {
	case strings.Contains(plain, "⁄"):
		out = append(append(out, ' '), strings.Replace(plain, "⁄", "/", 1)...)
		return append(out, ' '), true
	case isRaised(r) && unicode.IsDigit(first):
		return append(out, byte(first)), true
	case size == len(plain) && sign(first) != 0:
		return append(out, sign(first)), true
	}
	return out, false
}

// sign gives the byte foldNumber writes for a rune that is not a digit, 0 if no number has it.
func sign(r rune) byte {
	switch r {
	case '.', ',', '\'', '+', '-', '/', '%', '^':
		return byte(r)
	case '’':
		return '\''
	case '،':
		return ','
	case '٫':
		return arabicDecimal
	case '٬':
		return arabicGroup
	case '٪':
		return '%'
	case '−', '–', '‐':
		return '-'
	case '⁄', '∕':
		return '/'
	case 'e', 'E':
		return 'e'
	case 'x', 'X', '*', '×', '·', '⋅':
		return 'x'
	}
	if unicode.Is(unicode.Zs, r) {
		return ' '
	}
	return 0
}

// peel takes the sign and the percent sign off, in whatever order a language has them (Turkish -%5), and the spaces
// between. What it leaves is unsigned.
func peel(body []byte, percent bool) (rest []byte, negative, isPercent bool) {
	signed := false
	for {
		body = bytes.Trim(body, " ")
		switch {
		case !signed && (bytes.HasPrefix(body, []byte("-")) || bytes.HasPrefix(body, []byte("+"))):
			signed, negative = true, body[0] == '-'
			body = body[1:]
		case !percent && bytes.HasPrefix(body, []byte("%")):
			percent, body = true, body[1:]
		case !percent && bytes.HasSuffix(body, []byte("%")):
			percent, body = true, body[:len(body)-1]
		default:
			return body, negative, percent
		}
	}
}

// evaluate gives the value of an unsigned number. second is another value only if the text truly has two readings.
// problem is the id of a refusal, or "".
func (s *numberStyle) evaluate(body []byte) (first, second float64, problem string) {
	if left, right, ok := bytes.Cut(body, []byte("/")); ok {
		return s.fraction(bytes.TrimRight(left, " "), bytes.TrimLeft(right, " "))
	}
	mantissa, power, ok := cutPower(body)
	one, other := s.readings(mantissa)
	if !ok || one == "" {
		return 0, 0, numberUnreadable
	}
	first, problem = decimal(one + power)
	if second = first; other != "" && problem == "" {
		second, problem = decimal(other + power)
	}
	return first, second, problem
}

// decimal gives the value of a decimal number in Go's notation.
func decimal(text string) (value float64, problem string) {
	value, err := strconv.ParseFloat(text, 64)
	if err != nil { // the notation is right, so it can only be the range
		return 0, numberTooLarge
	}
	return value, ""
}

// cutPower takes the power of ten off ("6e2", "6x10^2", "10^2") and gives it as Go writes it: "e2", or "" for none.
func cutPower(body []byte) (mantissa []byte, power string, ok bool) {
	mantissa, exponent, found := bytes.Cut(body, []byte("10^"))
	switch {
	case !found:
		if mantissa, exponent, found = bytes.Cut(body, []byte("e")); !found {
			return body, "", true
		}
	case len(mantissa) == 0:
		mantissa = []byte("1")
	default:
		if mantissa, ok = bytes.CutSuffix(bytes.TrimRight(mantissa, " "), []byte("x")); !ok {
			return nil, "", false
		}
		mantissa = bytes.TrimRight(mantissa, " ")
	}
	exponent = bytes.TrimRight(exponent, " ")
	digits := exponent
	if len(digits) > 0 && (digits[0] == '-' || digits[0] == '+') {
		digits = digits[1:]
	}
	return mantissa, "e" + string(exponent), len(digits) > 0 && onlyDigits(digits)
}

func onlyDigits(text []byte) bool {
	return !slices.ContainsFunc(text, notDigit)
}

func notDigit(c byte) bool { return c < '0' || c > '9' }

// fraction gives the value of left/right, where left may be mixed: "1 1/2".
func (s *numberStyle) fraction(left, right []byte) (first, second float64, problem string) {
	var whole, numerator, improper string
	space := bytes.LastIndexByte(left, ' ')
	if space >= 0 {
		whole, numerator = s.integer(bytes.TrimRight(left[:space], " ")), s.integer(left[space+1:])
	}
	if space < 0 || s.typedGroup == ' ' {
		improper = s.integer(left)
	}
	mixed := whole != "" && numerator != ""
	denominator := s.integer(right)
	if denominator == "" || improper == "" && !mixed {
		return 0, 0, numberUnreadable
	}
	if !mixed {
		whole, numerator = "0", improper
	}
	first, problem = quotient(whole, numerator, denominator)
	second = first
	if mixed && improper != "" && problem == "" { // in French 1 234/5 is 1234/5, or 1 and 234/5
		second, problem = quotient("0", improper, denominator)
	}
	return first, second, problem
}

func quotient(whole, numerator, denominator string) (value float64, problem string) {
	// Out of range is an infinity, and shows in the value.
	w, _ := strconv.ParseFloat(whole, 64)
	n, _ := strconv.ParseFloat(numerator, 64)
	d, _ := strconv.ParseFloat(denominator, 64)
	if d == 0 {
		return 0, numberDivisionByZero
	}
	value = (w*d + n) / d
	if math.IsInf(value, 0) || math.IsNaN(value) {
		return 0, numberTooLarge
	}
	return value, ""
}

// integer gives the digits of a whole number, "" if the text is something else.
func (s *numberStyle) integer(text []byte) string {
	digits, _ := s.readings(text)
	if strings.Contains(digits, ".") {
		return ""
	}
	return digits
}

// readings gives a number of digits and separators in Go's notation, "" if it is none. other is a second reading, where
// neither the place of the separator nor the language says what it is; then the first is the whole number.
func (s *numberStyle) readings(text []byte) (one, other string) {
	grouped, pointed := s.grouped(text), s.pointed(text)
	if grouped == "" || pointed == "" {
		return grouped + pointed, ""
	}
	// Both can be only where there is one separator, with three digits after it.
	switch separator := text[slices.IndexFunc(text, notDigit)]; {
	case s.undecided:
	case separator == s.typedGroup:
		return grouped, ""
	case separator == s.typedDecimal:
		return pointed, ""
	}
	return grouped, pointed
}

// grouped reads text with all its separators as grouping: one kind of them, and well placed.
func (s *numberStyle) grouped(text []byte) string {
	i := slices.IndexFunc(text, notDigit)
	if i < 0 {
		return string(text)
	}
	separator := text[i]
	digits := bytes.ReplaceAll(text, text[i:i+1], nil)
	if strings.IndexByte(groupSeparators, separator) < 0 || !onlyDigits(digits) ||
		!wellPlaced(text, separator, 3, 3) && !wellPlaced(text, separator, s.primary, s.secondary) {
		return ""
	}
	return string(digits)
}

// wellPlaced checks the sizes of groups, from the last one back. A lone 0 cannot be followed by a group.
func wellPlaced(text []byte, separator byte, primary, secondary int) bool {
	size := primary
	for {
		i := bytes.LastIndexByte(text, separator)
		if i < 0 {
			return 0 < len(text) && len(text) <= size && string(text) != "0"
		}
		if len(text)-i-1 != size {
			return false
		}
		text, size = text[:i], secondary
	}
}

// pointed reads text with its last separator as the decimal one, those before it as grouping of another kind.
func (s *numberStyle) pointed(text []byte) string {
	i := len(text) - 1
	for i >= 0 && !notDigit(text[i]) {
		i--
	}
	if i < 0 || len(text) == 1 || strings.IndexByte(decimalSeparators, text[i]) < 0 ||
		bytes.IndexByte(text[:i], text[i]) >= 0 {
		return ""
	}
	whole := s.grouped(text[:i])
	if i > 0 && whole == "" {
		return ""
	}
	return whole + "." + string(text[i+1:])
}
