package questions

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	aulav1 "aula/proto/aula/v1"
)

// numeric asks for a number.
type numeric struct {
	question *aulav1.NumericQuestion
	units    map[string][]measure // by language
	words    Words
}

func newNumeric(q *aulav1.NumericQuestion, words Words) numeric {
	return numeric{q, unitsByLanguage(q.GetUnits()), words}
}

func numericPath(list string, i int, field string) string {
	return fmt.Sprintf("numeric.%s[%d].%s", list, i, field)
}

func (n numeric) check(r *report) {
	q := n.question
	ways := 0
	for _, set := range []bool{q.GetTolerance() != 0, q.GetRelativeTolerance() != 0, q.GetSignificantFigures() != 0, q.GetRange() != nil} {
		if set {
			ways++
		}
	}
	if ways > 1 {
		r.add("numeric", "check.numeric_tolerances", nil)
	}
	low, high := q.GetRange().GetLow(), q.GetRange().GetHigh()
	if low > high {
		r.add("numeric.range", "check.numeric_range_reversed", map[string]any{"Low": low, "High": high})
	}
	if q.GetRange() != nil && q.GetValue() != 0 {
		r.add("numeric.value", "check.numeric_value_and_range", nil)
	}
	n.checkYear(r, "numeric.value", q.GetValue())
	n.checkYear(r, "numeric.range.low", low)
	n.checkYear(r, "numeric.range.high", high)
	for i, also := range q.GetAlso() {
		n.checkYear(r, numericPath("also", i, "value"), also.GetValue())
		r.texts(numericPath("also", i, "feedback"), also.GetFeedback())
	}
	n.checkUnits(r)
}

func (n numeric) checkYear(r *report, path string, value float64) {
	if n.question.GetUnit() == aulav1.NumericQuestion_YEAR && value != math.Trunc(value) {
		r.add(path, "check.year_not_whole", map[string]any{"Value": value})
	}
}

func (n numeric) covers(lang string) bool {
	for _, also := range n.question.GetAlso() {
		if len(also.GetFeedback()) > 0 && also.GetFeedback()[lang] == "" {
			return false
		}
	}
	return n.coversUnits(lang)
}

func (n numeric) prompt(p *aulav1.Prompt, v view) {
	p.Kind = &aulav1.Prompt_Numeric{Numeric: n.ask(v)}
}

// ask, score and solution are prompt, grade and key for a number that stands anywhere.
func (n numeric) ask(v view) *aulav1.NumericPrompt {
	prompt := &aulav1.NumericPrompt{}
	if n.question.GetUnit() == aulav1.NumericQuestion_PERCENT {
		prompt.Unit = styleOf(v.tag).percentSign()
	}
	for _, unit := range n.units[v.lang] {
		prompt.Units = append(prompt.Units, unit.text)
	}
	return prompt
}

func (n numeric) grade(a *aulav1.Answer, by, to view) (Grade, error) {
	return n.score(a.GetNumeric(), by, to)
}

// score tells how the number was understood wherever it is not written as the reader's
// language writes it, so that a misreading shows. A number without a unit is taken to be
// in the first.
func (n numeric) score(a *aulav1.NumericAnswer, by, to view) (Grade, error) {
	typed := a.GetText()
	value, unit, refusal := n.read(typed, by)
	if refusal != nil {
		return Grade{}, n.refuse(refusal, typed, unit, by)
	}
	factor := 1.0
	if unit != nil {
		factor = unit.source.GetFactor()
	}
	// A factor has the digits its author gave it, which conversion cannot undo to the last.
	hair := 1e-15
	if factor != 1 {
		hair = 1e-12
	}
	fraction, feedback := n.credit(value*factor, hair)
	understood := n.write(value, unit, to)
	g := Grade{}
	told := ""
	switch {
	case unit == nil && len(n.question.GetUnits()) > 0 && n.question.GetUnitPenalty() > 0:
		fraction = math.Max(0, fraction-n.question.GetUnitPenalty())
		told = "number.unit_missing"
	case !sameLook(understood, typed):
		told = "number.read_as"
	}
	if told != "" {
		g.Feedback = append(g.Feedback, Message{ID: told, Args: map[string]any{"Number": understood}})
	}
	if text := feedback[to.lang]; text != "" {
		g.Feedback = append(g.Feedback, Message{Text: text})
	}
	g.Fraction = fraction
	g.Parts = []*aulav1.Part{{ReadAs: understood, Fraction: &fraction}}
	return g, nil
}

// read understands a number with its unit, nil where it has none. The units are those of
// the language the question is read in.
func (n numeric) read(typed string, by view) (value float64, unit *measure, refusal *Refusal) {
	number, unit := cutUnit(withoutFullStop(strings.TrimSpace(typed)), n.units[by.lang])
	if n.question.GetUnit() == aulav1.NumericQuestion_YEAR {
		number = yearDigits(number)
	}
	read, refusal := styleOf(by.tag).read(number, n.percentWords(number, by))
	switch {
	case refusal != nil:
		return 0, unit, refusal
	case read.percent && len(n.units[by.lang]) > 0:
		return 0, unit, &Refusal{ID: numberUnreadable, Args: map[string]any{}}
	case read.percent && n.question.GetUnit() != aulav1.NumericQuestion_PERCENT:
		return 0, unit, &Refusal{ID: "number.no_percent", Args: map[string]any{}}
	case unit != nil && math.IsInf(read.value*unit.source.GetFactor(), 0):
		return 0, unit, &Refusal{ID: numberTooLarge, Args: map[string]any{}}
	}
	return read.value, unit, nil
}

// yearDigits drops the separator of thousands of a year, which has no fraction: 2.008 and
// 2,008 are 2008 in every language. Whatever else is typed is read as any number is.
func yearDigits(typed string) string {
	runes := []rune(strings.TrimSpace(typed))
	at := len(runes) - 4
	if at < 1 || at > 3 || !strings.ContainsRune("., ’'\u00a0\u202f\u2009", runes[at]) {
		return typed
	}
	digits := string(runes[:at]) + string(runes[at+1:])
	if strings.ContainsFunc(digits, func(r rune) bool { return !unicode.IsDigit(r) }) {
		return typed
	}
	return digits
}

// percentWords are the words for "percent" where the text may have one.
func (n numeric) percentWords(text string, v view) []string {
	if strings.IndexFunc(text, unicode.IsLetter) < 0 {
		return nil
	}
	return n.words(v.lang, "percent")
}

// refuse completes the refusal to read a number: it shows all that was typed, and says what
// units there are where there are any, as one of another kind may be what is at fault.
func (n numeric) refuse(refusal *Refusal, typed string, unit *measure, v view) *Refusal {
	refusal.Field = "numeric.text"
	refusal.Args["Text"] = shortened(typed)
	units := n.units[v.lang]
	switch {
	case n.question.GetUnit() == aulav1.NumericQuestion_YEAR && refusal.ID == numberUnreadable:
		refusal.Args["Example"] = styleOf(v.tag).plain(1999)
	case len(units) == 0:
	case refusal.ID == numberUnreadable:
		var texts []string
		for _, unit := range units {
			texts = append(texts, unit.text)
		}
		refusal.ID = "number.unreadable_unit"
		refusal.Args["Example"] = units[0].write(styleOf(v.tag).format(1234.5), v.lang)
		refusal.Args["Units"] = strings.Join(texts, ", ")
	case refusal.ID == numberAmbiguous && unit != nil:
		for _, reading := range []string{"First", "Second"} {
			refusal.Args[reading] = unit.write(fmt.Sprint(refusal.Args[reading]), v.lang)
		}
	}
	return refusal
}

// credit gives what a number in the unit of the key earns, and what the author says to it.
func (n numeric) credit(value, hair float64) (fraction float64, feedback map[string]string) {
	if n.fits(value, hair) {
		return 1, nil
	}
	for _, also := range n.question.GetAlso() {
		if within(value, also.GetValue(), also.GetTolerance(), hair) {
			return also.GetFraction(), also.GetFeedback()
		}
	}
	return 0, nil
}

// fits reports whether a number agrees with the key.
func (n numeric) fits(value, hair float64) bool {
	q := n.question
	if q.GetRange() != nil {
		low, high := q.GetRange().GetLow(), q.GetRange().GetHigh()
		return low <= value && value <= high || within(value, low, 0, hair) || within(value, high, 0, hair)
	}
	if figures := int(q.GetSignificantFigures()); figures > 0 {
		return sameFigures(value, q.GetValue(), figures)
	}
	return within(value, q.GetValue(), q.GetTolerance()+q.GetRelativeTolerance()*math.Abs(q.GetValue()), hair)
}

// within allows a hair more than the tolerance, as a fraction of the numbers, for what
// binary fractions cannot hold: 0.4 lies within 0.1 of 0.3.
func within(value, key, tolerance, hair float64) bool {
	return math.Abs(value-key) <= tolerance+hair*(math.Abs(key)+tolerance)
}

// sameFigures compares two numbers rounded to significant decimal figures. Schools round a
// number half way up (2.5 to 3) and statisticians to even (2.5 to 2): numbers agree that do
// in either way, so both 2 and 3 answer 2.5 to one figure.
func sameFigures(a, b float64, figures int) bool {
	const up = 1 + 1e-15 // moves what is half way, or just below in binary, over the edge
	var x, y [32]byte
	same := func(a, b float64) bool {
		return string(strconv.AppendFloat(x[:0], a, 'e', figures-1, 64)) == string(strconv.AppendFloat(y[:0], b, 'e', figures-1, 64))
	}
	return same(a, b) || same(a*up, b*up)
}

// sameLook tells apart what a reader would: one kind of space looks like another.
func sameLook(a, b string) bool {
	return a == b || look(a) == look(b)
}

func look(text string) string {
	return norm.NFC.String(strings.Join(strings.Fields(strings.Map(dropBidiMark, text)), ""))
}

// write gives a number as the reader's language writes it, with its unit: the first where
// none is given.
func (n numeric) write(value float64, unit *measure, v view) string {
	var number string
	switch n.question.GetUnit() {
	case aulav1.NumericQuestion_PERCENT:
		return styleOf(v.tag).formatPercent(value)
	case aulav1.NumericQuestion_YEAR:
		number = strconv.FormatFloat(value, 'f', -1, 64)
		if value != math.Trunc(value) { // not a year, but what was typed
			number = styleOf(v.tag).format(value)
		}
	default:
		number = styleOf(v.tag).format(value)
	}
	if unit == nil {
		if len(n.units[v.lang]) == 0 {
			return number
		}
		unit = &n.units[v.lang][0]
	}
	return unit.write(number, v.lang)
}

func (n numeric) key(k *aulav1.Key, v view) {
	key, display := n.solution(v)
	k.Kind, k.Display = &aulav1.Key_Numeric{Numeric: key}, display
}

func (n numeric) solution(v view) (key *aulav1.NumericKey, display string) {
	key = &aulav1.NumericKey{Value: n.question.GetValue()}
	if limits := n.question.GetRange(); limits != nil {
		key.Value = limits.GetLow()/2 + limits.GetHigh()/2 // their sum may be too large
		key.Text = n.writeRange(limits.GetLow(), limits.GetHigh(), v)
	} else {
		key.Text = n.write(key.GetValue(), nil, v)
	}
	return key, key.GetText()
}

// writeRange gives a range with its unit once. Where a sign stands with each number, the
// dash stands apart: "10% – 20%", "-5 – 5".
func (n numeric) writeRange(low, high float64, v view) string {
	dash := "–"
	if low < 0 || n.question.GetUnit() == aulav1.NumericQuestion_PERCENT {
		dash = " – "
	}
	first := n
	first.units = nil
	return first.write(low, nil, v) + dash + n.write(high, nil, v)
}
