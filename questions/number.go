package questions

import (
	"bytes"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"
)

// maxStyles bounds the cache of styles: tags come from callers, who could otherwise fill the memory with invented ones.
const maxStyles = 512

// minimumGroups is CLDR's minimumGroupingDigits: how many digits there must be before the last group for a number to be
// grouped at all (Spanish writes 1234 but 12.345). CLDR 48, every entry that differs from its parent's; the rest is 1.
// It stands here because x/text leaves this one fact of CLDR out of its tables.
var minimumGroups = map[string]int{
	"be": 2, "bg": 2, "ee": 3, "es": 2, "es-419": 1, "et": 2, "hu": 2, "hy": 2, "ia": 2, "ie": 2, "it": 2, "ka": 2,
	"lv": 2, "pl": 2, "pt-AO": 1, "pt-PT": 2, "ru-UA": 2, "sl": 2, "sq": 2,
}

var (
	latinAmerica = language.MustParseRegion("419")
	norwegian    = language.MustParseBase("no")
	bokmal       = language.MustParseBase("nb")
)

// affix is what stands around the digits of a number: a sign, a percent sign, spaces and bidi marks.
type affix struct{ before, after string }

// numberStyle is how one language, in one region, writes numbers. It never changes once made.
type numberStyle struct {
	zero               rune   // the digits are zero to zero+9
	decimal, group     string // the separators as written; group is "" where numbers are not grouped
	primary, secondary int    // digits in the group next to the decimal separator, and in the others (India: 3 and 2)
	minimum            int    // digits there must be before the primary group for there to be groups

	negative, percent, negativePercent affix

	clear bool // write so that no separator can be mistaken for another: 12345, 1,2340

	// typedDecimal and typedGroup are the separators as foldNumber writes them, of numbers in European digits: people who
	// write ١٬٢٣٤٫٥ have only . and , on most keyboards.
	typedDecimal, typedGroup byte

	// undecided says that . and , may each be either separator. So it is in a language whose CLDR entry for Latin
	// America has another decimal separator than its entry for everywhere, unless the tag names a country: a learner
	// of "es" or "es-419" may be from Ecuador (1.234,5) or from Mexico (1,234.5). Spanish is the only such language;
	// a few countries with a habit of their own, as en-ZA or de-CH, leave English and German decided.
	undecided bool
}

// reading is a number as it was understood. A percentage is in percent units: 600 for "600 %".
type reading struct {
	value   float64
	percent bool
}

// styleKey holds the parts of a language tag that numbers depend on.
type styleKey struct {
	base   language.Base
	script language.Script
	region language.Region
	digits string // the numbering system the tag asks for, "" for the language's own
}

var styles = bounded[styleKey, *numberStyle]{size: maxStyles}

// styleOf gives the style of a language tag. Every tag has one: unknown languages write numbers as CLDR's root does
// (1,234.5).
func styleOf(tag language.Tag) *numberStyle {
	var key styleKey
	key.base, key.script, key.region = tag.Raw()
	if digits := tag.TypeForKey("nu"); len(digits) <= 8 { // no numbering system has a longer name
		key.digits = strings.Clone(digits) // not to keep the caller's whole tag in memory
	}
	return styles.get(key, func() *numberStyle { return newStyle(key) })
}

// newStyle finds a style by looking at numbers x/text wrote, as it keeps CLDR's tables to itself.
func newStyle(key styleKey) *numberStyle {
	tag := key.tag()
	native := tag
	if key.digits != "" {
		// An unknown numbering system leaves the tag as it is.
		if with, err := tag.SetTypeForKey("nu", key.digits); err == nil {
			native = with
		}
	}
	printer := message.NewPrinter(native)
	s := &numberStyle{
		negative:        affixOf(printer.Sprint(number.Decimal(-1))),
		percent:         affixOf(printer.Sprint(number.Percent(0.01))),
		negativePercent: affixOf(printer.Sprint(number.Percent(-0.01))),
		minimum:         minimumGroup(tag),
	}
	s.setSeparators(printer.Sprint(number.Decimal(12345678901.5)))
	s.typedDecimal, s.typedGroup = typedSeparators(tag)
	if !key.region.IsCountry() {
		everywhere, _ := typedSeparators(styleKey{base: key.base}.tag())
		america, _ := typedSeparators(styleKey{base: key.base, region: latinAmerica}.tag())
		s.undecided = everywhere != america
	}
	return s
}

// tag gives the language tag under which x/text has the facts of CLDR.
func (k styleKey) tag() language.Tag {
	if k.base == norwegian {
		k.base = bokmal // "no" is empty in x/text
	}
	tag, err := language.Compose(k.base, k.script)
	// x/text loses a language's own digits once a region is named. CLDR keeps the facts of a language's likely region
	// under the language alone, so for that region nothing is lost by not naming it.
	if likely, _ := tag.Region(); err == nil && likely != k.region {
		tag, err = language.Compose(k.base, k.script, k.region)
	}
	if err != nil {
		return language.Und
	}
	return tag
}

func minimumGroup(tag language.Tag) int {
	for ; tag != language.Und; tag = tag.Parent() {
		if minimum, ok := minimumGroups[tag.String()]; ok {
			return minimum
		}
	}
	return 1
}

// setSeparators learns digits, separators and groups from how the language writes 12345678901.5.
func (s *numberStyle) setSeparators(written string) {
	runs := strings.FieldsFunc(written, func(r rune) bool { return !unicode.IsDigit(r) })
	between := strings.FieldsFunc(written, unicode.IsDigit)
	n := len(runs)
	if n < 2 || len(between) != n-1 {
		s.zero, s.decimal = '0', "." // not seen in any language
		return
	}
	first, _ := utf8.DecodeRuneInString(runs[0])
	_, s.zero, _ = digit(first)
	s.decimal = between[n-2]
	if n > 2 {
		s.group = between[n-3]
		s.primary = utf8.RuneCountInString(runs[n-2])
		s.secondary = s.primary
	}
	if n > 3 {
		s.secondary = utf8.RuneCountInString(runs[n-3])
	}
}

// typedSeparators gives the decimal and the grouping separator a language uses with European digits, as foldNumber writes
// them; 0 for one it does not have.
func typedSeparators(tag language.Tag) (decimal, group byte) {
	if european, err := tag.SetTypeForKey("nu", "latn"); err == nil {
		tag = european
	}
	var s numberStyle
	s.setSeparators(message.NewPrinter(tag).Sprint(number.Decimal(12345678901.5)))
	folded := func(separator string) byte {
		if signs, ok := foldNumber(separator); ok && len(signs) == 1 {
			return signs[0]
		}
		return 0
	}
	return folded(s.decimal), folded(s.group)
}

// affixOf cuts the digits out of a number.
func affixOf(written string) affix {
	start := strings.IndexFunc(written, unicode.IsDigit)
	end := strings.LastIndexFunc(written, unicode.IsDigit)
	if start < 0 {
		return affix{}
	}
	_, size := utf8.DecodeRuneInString(written[end:])
	return affix{before: written[:start], after: written[end+size:]}
}

// percentSign gives the sign alone, without the spaces and marks the language puts around it: "%" or "٪".
func (s *numberStyle) percentSign() string {
	return strings.TrimSpace(strings.Map(dropBidiMark, s.percent.before+s.percent.after))
}

// format writes a number with the fewest decimal digits that read back as the same number, and from 1e15 on with a
// power of ten ("1.5×10³⁰⁰"). What is not a number or not finite is written as Go does ("NaN", "+Inf").
func (s *numberStyle) format(value float64) string {
	return s.write(value, affix{}, s.negative)
}

// formatPercent writes a percentage given in percent units: 600 is "600%".
func (s *numberStyle) formatPercent(value float64) string {
	return s.write(value, s.percent, s.negativePercent)
}

func (s *numberStyle) write(value float64, around, negative affix) string {
	if math.IsNaN(value) || math.IsInf(value, 0) {
		return strconv.FormatFloat(value, 'g', -1, 64)
	}
	if value < 0 {
		value, around = -value, negative
	}
	value += 0 // -0 is written 0
	var digitRoom, room [64]byte
	layout := byte('f')
	if value >= 1e15 {
		layout = 'e'
	}
	digits := strconv.AppendFloat(digitRoom[:0], value, layout, -1, 64)
	mantissa, power, _ := bytes.Cut(digits, []byte("e+"))
	whole, fraction, _ := bytes.Cut(mantissa, []byte("."))
	if s.clear && len(fraction) == 3 { // which could pass for a group
		fraction = append(slices.Clip(fraction), '0')
	}

	out := append(room[:0], around.before...)
	for i, c := range whole {
		out = utf8.AppendRune(out, s.zero+rune(c-'0'))
		if s.groupEnds(len(whole), i+1) {
			out = append(out, s.group...)
		}
	}
	if len(fraction) > 0 {
		out = append(out, s.decimal...)
		out = s.appendDigits(out, fraction)
	}
	if len(power) > 0 {
		out = s.appendDigits(append(out, "×"...), []byte("10"))
		for _, c := range power {
			out = utf8.AppendRune(out, raisedDigits[c-'0'])
		}
	}
	return string(append(out, around.after...))
}

var raisedDigits = [...]rune{'⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'}

func (s *numberStyle) appendDigits(out, digits []byte) []byte {
	for _, c := range digits {
		out = utf8.AppendRune(out, s.zero+rune(c-'0'))
	}
	return out
}

// groupEnds says whether a group ends after the first written digits of a whole number.
func (s *numberStyle) groupEnds(digits, written int) bool {
	left := digits - written
	return s.primary > 0 && !s.clear && digits >= s.primary+s.minimum && left >= s.primary && (left-s.primary)%s.secondary == 0
}
