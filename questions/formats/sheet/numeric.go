package sheet

import (
	"regexp"
	"slices"
	"strings"

	aulav1 "aula/proto/aula/v1"
)

// key is a number as a cell gives it, with how far off an answer may be.
type key struct {
	value, tolerance, relative, low, high float64

	isRange, percent, isYear bool
}

var (
	plusMinus = regexp.MustCompile(`\s*(?:±|\+/-|\+-)\s*`)
	fromTo    = regexp.MustCompile(`(?i)\s*(?:\.\.\.?|…)\s*|\s+(?:to|a|hasta)\s+`)
	yearWord  = regexp.MustCompile(`(?i)\s*\(?(?:years?|años?)\)?$`)
)

// parseKey reads "9.8", "9.8 ± 0.1", "9.8 ± 5%", "10..20", "60%" and "1822 (year)". problem is
// the number whose problem it is.
func parseKey(text string) (k key, problem string, at string) {
	if len(text) > 3*longestNumber {
		return k, notNumber, text
	}
	if rest := yearWord.ReplaceAllString(text, ""); rest != text {
		text, k.isYear = rest, true
	}
	parts := plusMinus.Split(text, 2)
	ends := fromTo.Split(parts[0], 2)
	first := parseNumber(ends[0])
	if first.problem != "" {
		return k, first.problem, ends[0]
	}
	k.value, k.percent = first.value, first.percent
	if len(ends) == 2 {
		second := parseNumber(ends[1])
		if second.problem != "" {
			return k, second.problem, ends[1]
		}
		k.isRange, k.low, k.high, k.value = true, first.value, second.value, 0
		k.percent = k.percent || second.percent
	}
	if len(parts) == 2 {
		margin := parseNumber(parts[1])
		switch {
		case margin.problem != "" || margin.value < 0 || k.isRange:
			return k, notNumber, text
		case margin.percent && !k.percent:
			k.relative = margin.value / 100
		default:
			k.tolerance = margin.value
		}
	}
	return k, "", ""
}

func (w *row) isNumber(text string) bool {
	_, problem, _ := parseKey(splitList(text, true)[0])
	return problem != notNumber
}

// failNumber says what is wrong with a number.
func (w *row) failNumber(column int, problem, text string) {
	if problem != ambiguousNumber {
		w.fail(column, problem, "Text", shorten(text))
		return
	}
	w.fail(column, problem, "Text", shorten(text), "First", strings.ReplaceAll(text, ",", ""), "Second", strings.ReplaceAll(text, ",", "."))
}

// numeric reads the number that is right and others that earn something.
func (w *row) numeric() *aulav1.NumericQuestion {
	texts, column := w.numbers()
	if len(texts) == 0 {
		w.fail(max(w.first(correctField), w.first(answerField)), "format.sheet.no_number")
		return nil
	}
	q := &aulav1.NumericQuestion{}
	credits, feedback := w.credits(creditField, 0, 1), w.feedback(len(texts))
	for i, text := range texts {
		k, problem, at := parseKey(text)
		if problem != "" {
			w.failNumber(column, problem, at)
			continue
		}
		if i == 0 {
			k.put(q)
			continue
		}
		also := &aulav1.AcceptedNumber{Value: k.value, Tolerance: k.tolerance, Fraction: 1}
		if k.isRange || k.relative > 0 {
			w.fail(column, "format.sheet.number_in_list", "Text", shorten(text))
		}
		if i < len(credits) && credits[i] != nil {
			also.Fraction = *credits[i]
		}
		if i < len(feedback) {
			also.Feedback = feedback[i]
		}
		q.Also = append(q.Also, also)
	}
	if len(feedback) > 0 && len(feedback[0]) > 0 {
		w.warn(w.first(feedbackField), "format.sheet.feedback_of_key")
	}
	w.tolerance(q)
	w.unit(q)
	return q
}

// put writes the key into a question.
func (k key) put(q *aulav1.NumericQuestion) {
	q.Value, q.Tolerance, q.RelativeTolerance = k.value, k.tolerance, k.relative
	if k.isRange {
		q.Range = &aulav1.NumericRange{Low: k.low, High: k.high}
	}
	switch {
	case k.percent:
		q.Unit = aulav1.NumericQuestion_PERCENT
	case k.isYear:
		q.Unit = aulav1.NumericQuestion_YEAR
	}
}

// numbers gives the numbers of a row: those of correct, or else of the answers, which must
// be the same in all languages.
func (w *row) numbers() (texts []string, column int) {
	for _, column := range w.at[correctField] {
		w.used[correctField] = true
		if texts = splitList(w.cell(column), true); filledParts(texts) > 0 {
			return texts[:filledParts(texts)], column
		}
	}
	lists := w.lists(answerField, true)
	for _, l := range lists[min(1, len(lists)):] {
		if !slices.Equal(l.parts, lists[0].parts) {
			w.fail(l.column, "format.sheet.numbers_differ", "Text", shorten(joinList(l.parts)), "Wanted", shorten(joinList(lists[0].parts)))
		}
	}
	if len(lists) == 0 {
		return nil, w.first(answerField)
	}
	return lists[0].parts[:filledParts(lists[0].parts)], lists[0].column
}

var figures = regexp.MustCompile(`(?i)^(\d{1,2})\s*(?:sf|s\.?f\.?|significant figures?|cs|c\.?s\.?|cifras significativas)$`)

// tolerance reads how far off an answer may be: "0.1", "5%" or "3 sf".
func (w *row) tolerance(q *aulav1.NumericQuestion) {
	text, column := w.value(toleranceField)
	if text == "" {
		return
	}
	if m := figures.FindStringSubmatch(text); m != nil {
		q.SignificantFigures = int32(parseNumber(m[1]).value)
		return
	}
	unit, _ := w.value(unitField)
	n := parseNumber(strings.TrimSpace(plusMinus.ReplaceAllString(text, "")))
	switch {
	case n.problem != "" || n.value < 0:
		w.fail(column, "format.sheet.bad_tolerance", "Text", shorten(text))
	case n.percent && q.GetUnit() != aulav1.NumericQuestion_PERCENT && !isPercent(unit):
		q.RelativeTolerance = n.value / 100
	default:
		q.Tolerance = n.value
	}
}

func isPercent(unit string) bool {
	switch fold(unit) {
	case "percent", "percentage", "porcentaje", "por ciento":
		return true
	}
	return strings.TrimSpace(unit) == "%"
}

func isYear(unit string) bool {
	switch fold(unit) {
	case "year", "ano":
		return true
	}
	return false
}

// unit reads what the number counts, or the units of measure that it may have.
func (w *row) unit(q *aulav1.NumericQuestion) {
	text, _ := w.value(unitField)
	switch {
	case text == "":
		return
	case isPercent(text):
		q.Unit = aulav1.NumericQuestion_PERCENT
		return
	case isYear(text):
		q.Unit = aulav1.NumericQuestion_YEAR
		return
	}
	column := w.first(unitField)
	for i, part := range w.parts(unitField, true) {
		unit := &aulav1.MeasureUnit{Factor: 1}
		for lang, text := range part {
			name, factor, told := pair(text)
			unit.Text = with(unit.GetText(), lang, name)
			if !told {
				continue
			}
			n := parseNumber(factor)
			if n.problem != "" || n.percent {
				w.failNumber(column, notNumber, factor)
			}
			unit.Factor = n.value
		}
		if i > 0 && !slices.ContainsFunc(values(part), hasFactor) {
			w.warn(column, "format.sheet.no_factor", "Text", shorten(values(unit.GetText())[0]))
		}
		q.Units = append(q.Units, unit)
	}
}

func hasFactor(text string) bool {
	_, _, ok := pair(text)
	return ok
}
