package questions

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	aulav1 "aula/proto/aula/v1"
)

// measure is a unit of measure as one language writes it.
type measure struct {
	source *aulav1.MeasureUnit
	text   string
	folded string
	before bool // the learner wrote it before the number
}

// unitsByLanguage lists the units in each language that has any, in the author's order.
func unitsByLanguage(units []*aulav1.MeasureUnit) map[string][]measure {
	byLang := map[string][]measure{}
	for _, unit := range units {
		for lang, text := range unit.GetText() {
			byLang[lang] = append(byLang[lang], measure{source: unit, text: text, folded: foldUnit(text)})
		}
	}
	return byLang
}

// foldUnit reduces a unit to what tells it from others: m² is m2, µg is μg, km / h is km/h;
// but mW is not MW.
func foldUnit(text string) string {
	folded, _ := foldWithStarts(text)
	return folded
}

// cutUnit takes a unit off a text, the longest that stands behind the number, or else
// before it, as "$" may. It returns nil and the whole text where there is none. The time is
// linear in the text.
func cutUnit(text string, units []measure) (number string, unit *measure) {
	if len(units) == 0 || len(text) > maxNumberBytes {
		return text, nil
	}
	folded, starts := foldWithStarts(text)
	cut := len(folded)
	for i := range units {
		at := len(folded) - len(units[i].folded)
		if at >= 0 && at < cut && starts[at] >= 0 && strings.HasSuffix(folded, units[i].folded) {
			cut, unit = at, &units[i]
		}
	}
	if unit != nil {
		return strings.TrimFunc(text[:starts[cut]], invisible), unit
	}
	cut = 0
	var found measure
	for i := range units {
		at := len(units[i].folded)
		if at <= len(folded) && at > cut && starts[at] >= 0 && strings.HasPrefix(folded, units[i].folded) {
			cut, found = at, units[i]
		}
	}
	if cut == 0 {
		return text, nil
	}
	found.before = true
	return strings.TrimFunc(text[starts[cut]:], invisible), &found
}

// invisible reports whether nobody sees a rune.
func invisible(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) }

// foldWithStarts folds a text as foldUnit does, and tells for each byte of what comes out
// where in the text the character begins that it is the first byte of, -1 within one. Behind
// the last byte is the end of the text.
func foldWithStarts(text string) (folded string, starts []int) {
	var iter norm.Iter
	iter.InitString(norm.NFKC, text)
	out := make([]byte, 0, len(text))
	starts = make([]int, 0, len(text)+1)
	for !iter.Done() {
		start := iter.Pos()
		for _, r := range string(iter.Next()) {
			if invisible(r) {
				continue
			}
			out = utf8.AppendRune(out, r)
			for len(starts) < len(out) {
				starts = append(starts, start)
				start = -1
			}
		}
	}
	return string(out), append(starts, len(text))
}

// leads reports whether a unit stands before its number in every language we know of, as
// the signs of the dollar, the pound and the yen do; the euro's place differs.
func leads(unit string) bool {
	last, _ := utf8.DecodeLastRuneInString(unit)
	return last == '$' || last == '£' || last == '¥'
}

// write gives a number that is already written with the unit in a language, or as it was
// found where that language has no word for it: behind the number, but where the learner had
// it before.
func (m *measure) write(number, lang string) string {
	text := m.source.GetText()[lang]
	if text == "" {
		text = m.text
	}
	first, _ := utf8.DecodeRuneInString(text)
	switch {
	case leads(text), m.before && unicode.Is(unicode.Sc, first):
		return text + number
	case m.before:
		return text + "\u00a0" + number
	case strings.Trim(text, "°′″'\"") == "": // signs of angles stand close
		return number + text
	}
	return number + "\u00a0" + text
}

// checkUnits reports what is wrong with the units of a numeric question.
func (n numeric) checkUnits(r *report) {
	units := n.question.GetUnits()
	if len(units) == 0 {
		return
	}
	if units[0].GetFactor() != 1 {
		r.add("numeric.units[0].factor", "check.unit_first_factor", map[string]any{"Factor": units[0].GetFactor()})
	}
	if n.question.GetUnit() != aulav1.NumericQuestion_UNIT_UNSPECIFIED {
		r.add("numeric.units", "check.unit_with_units", map[string]any{"Unit": n.question.GetUnit().String()})
	}
	for i, unit := range units {
		r.texts(numericPath("units", i, "text"), unit.GetText())
	}
	for _, lang := range r.languages {
		seen := map[string]bool{}
		for i, unit := range units {
			text, written := unit.GetText()[lang]
			folded := foldUnit(text)
			first, _ := utf8.DecodeRuneInString(folded)
			switch {
			case !written:
			case folded == "" || unicode.IsNumber(first):
				r.add(numericPath("units", i, "text"), "check.unit_like_number", map[string]any{"Text": text})
			case seen[folded]:
				r.add(numericPath("units", i, "text"), "check.unit_same_text", map[string]any{"Text": text, "Language": lang})
			}
			seen[folded] = true
		}
	}
}

// coversUnits reports whether lang has a word for every unit. Where several entries have
// one factor, as a plural has, one of them is enough; but the key is written in the first.
func (n numeric) coversUnits(lang string) bool {
	units := n.question.GetUnits()
	written := map[float64]bool{}
	for _, m := range n.units[lang] {
		written[m.source.GetFactor()] = true
	}
	for _, unit := range units {
		if !written[unit.GetFactor()] {
			return false
		}
	}
	return len(units) == 0 || units[0].GetText()[lang] != ""
}
