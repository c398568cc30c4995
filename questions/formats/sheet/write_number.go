package sheet

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	aulav1 "aula/proto/aula/v1"
)

// marker is how a text says where a blank stands.
var marker = regexp.MustCompile(`\[\[[^\[\]]+\]\]`)

func (t *table) numeric(l line, q *aulav1.NumericQuestion) {
	texts := []string{writeNumber(q.GetValue())}
	if r := q.GetRange(); r != nil {
		texts[0] = writeRange(r)
	}
	credits := []*float64{nil}
	feedback := []map[string]string{nil}
	for _, also := range q.GetAlso() {
		texts = append(texts, withTolerance(also.GetValue(), also.GetTolerance()))
		worth := also.GetFraction()
		credits, feedback = append(credits, &worth), append(feedback, also.GetFeedback())
	}
	l.put(correctField, joinList(texts))
	l.put(creditField, writeWeights(credits))
	l.parts(feedbackField, feedback, t.langs)
	switch {
	case q.GetTolerance() != 0:
		l.put(toleranceField, writeNumber(q.GetTolerance()))
	case q.GetRelativeTolerance() != 0:
		l.put(toleranceField, writePercent(q.GetRelativeTolerance()))
	case q.GetSignificantFigures() != 0:
		l.put(toleranceField, strconv.Itoa(int(q.GetSignificantFigures()))+" sf")
	}
	t.unit(l, q)
}

func (t *table) unit(l line, q *aulav1.NumericQuestion) {
	switch q.GetUnit() {
	case aulav1.NumericQuestion_PERCENT:
		l.put(unitField, "%")
		return
	case aulav1.NumericQuestion_YEAR:
		word := "year"
		if t.spanish {
			word = "año"
		}
		l.put(unitField, word)
		return
	default:
	}
	var units []map[string]string
	for _, unit := range q.GetUnits() {
		written := map[string]string{}
		for lang, text := range unit.GetText() {
			written[lang] = escape(strings.TrimSpace(text), '=')
			if unit.GetFactor() != 1 || len(units) > 0 {
				written[lang] += " = " + writeNumber(unit.GetFactor())
			}
		}
		units = append(units, written)
	}
	l.parts(unitField, units, t.langs)
	first := l[head{unitField, t.langs[0]}]
	if slices.ContainsFunc(t.langs, func(lang string) bool { return l[head{unitField, lang}] != first }) {
		return
	}
	for _, lang := range t.langs {
		delete(l, head{unitField, lang})
	}
	l.put(unitField, first)
}

func writeRange(r *aulav1.NumericRange) string {
	return writeNumber(r.GetLow()) + ".." + writeNumber(r.GetHigh())
}

func withTolerance(value, tolerance float64) string {
	if tolerance == 0 {
		return writeNumber(value)
	}
	return writeNumber(value) + " ± " + writeNumber(tolerance)
}

// writePercent writes a part of 1 as a percentage that reads as the same number, if there is
// one of a few digits.
func writePercent(part float64) string {
	for digits := range 16 {
		text := strconv.FormatFloat(part*100, 'f', digits, 64)
		if fraction(text+"%").value == part {
			return text + "%"
		}
	}
	return strconv.FormatFloat(part*100, 'f', -1, 64) + "%"
}

// cloze writes what is right into the texts.
func (t *table) cloze(l line, q *aulav1.Question) {
	blanks := map[string]*aulav1.Blank{}
	for _, blank := range q.GetCloze().GetBlanks() {
		blanks[blank.GetId()] = blank
	}
	texts := maps.Clone(q.GetText())
	var appearing []string
	for n, lang := range t.langs {
		count := 0
		texts[lang] = marker.ReplaceAllStringFunc(texts[lang], func(found string) string {
			id := found[2 : len(found)-2]
			blank := blanks[id]
			if blank == nil {
				return found
			}
			if n == 0 {
				appearing = append(appearing, id)
			}
			count++
			inside := writeBlank(blank, lang)
			if id != strconv.Itoa(count) || gapID.MatchString(inside) {
				inside = id + ": " + inside
			}
			if strings.HasSuffix(inside, `\`) {
				inside += " " // or it would escape the bracket
			}
			return "[[" + escape(inside, ']') + "]]"
		})
	}
	l.texts(textField, texts, t.langs)
	t.blankIDs(l, q.GetCloze(), appearing)
	choices := choicesOf(q.GetCloze())
	if len(choices) > 0 && !slices.ContainsFunc(choices, func(c *aulav1.ChoiceQuestion) bool { return !c.GetFixedOrder() }) {
		t.settings(l, []string{fixedOrder})
	}
}

// blankIDs writes the order of the blanks, where it is not that of the text, the ids of
// their options, and what each blank counts.
func (t *table) blankIDs(l line, q *aulav1.ClozeQuestion, appearing []string) {
	var ids []string
	var weights []*float64
	telling := false
	for i, blank := range q.GetBlanks() {
		entry := blank.GetId()
		telling = telling || i >= len(appearing) || appearing[i] != entry
		var options []string
		for _, o := range blank.GetChoice().GetOptions() {
			options = append(options, o.GetId())
		}
		if strings.Join(options, "") != "" {
			telling = true
			entry += " = " + strings.Join(options, ", ")
		}
		ids, weights = append(ids, entry), append(weights, blank.Weight) //nolint:protogetter // nil is left out
	}
	if telling {
		l.put(partIDsField, joinList(ids))
	}
	l.put(creditField, writeWeights(weights))
}

// writeBlank writes what is right in a blank, as one language has it.
func writeBlank(blank *aulav1.Blank, lang string) string {
	var parts []string
	switch k := blank.GetKind().(type) {
	case *aulav1.Blank_Numeric:
		return writeBlankNumber(k.Numeric)
	case *aulav1.Blank_Choice:
		for _, o := range k.Choice.GetOptions() {
			text := quote(o.GetText()[lang])
			if o.GetCorrect() {
				text = "*" + text
			}
			parts = append(parts, text)
		}
	case *aulav1.Blank_TextEntry:
		for _, a := range k.TextEntry.GetAccepted() {
			parts = append(parts, quote(a.GetText()[lang]))
		}
		parts = parts[:filledParts(parts)]
	}
	for i, part := range parts {
		parts[i] = escape(part, '|')
	}
	return strings.Join(parts, " | ")
}

func writeBlankNumber(q *aulav1.NumericQuestion) string {
	text := withTolerance(q.GetValue(), q.GetTolerance())
	switch {
	case q.GetRange() != nil:
		text = writeRange(q.GetRange())
	case q.GetRelativeTolerance() != 0:
		text += " ± " + writePercent(q.GetRelativeTolerance())
	}
	switch q.GetUnit() {
	case aulav1.NumericQuestion_PERCENT:
		value, rest, _ := strings.Cut(text, " ")
		text = strings.TrimSpace(value + "% " + rest)
	case aulav1.NumericQuestion_YEAR:
		text += " (year)"
	default:
	}
	parts := []string{text}
	for _, also := range q.GetAlso() {
		parts = append(parts, withTolerance(also.GetValue(), also.GetTolerance()))
	}
	return strings.Join(parts, " | ")
}

// quote writes a text so that it is no number, and a star in front no mark.
func quote(text string) string {
	text = strings.TrimSpace(text)
	_, problem, _ := parseKey(text)
	switch {
	case text == "":
		return ""
	case problem != notNumber || unquote(text) != text:
		return `"` + text + `"`
	case strings.HasPrefix(text, "*"):
		return `\` + text
	}
	return text
}
