package moodle

import (
	"math"
	"slices"
	"strconv"
	"strings"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats"
	"aula/questions/formats/markup"
)

// answer writes an alternative. The fraction is one that Moodle takes.
func (x *writer) answer(fraction float64, format, content string, feedback map[string]string, more ...string) {
	x.raw("    <answer fraction=\"" + percent(x.allowed(fraction)) + `"` + format + "><text>" + escaped(content) + "</text>" +
		"<feedback" + asHTML + "><text>" + escaped(x.html(feedback)) + "</text></feedback>" + strings.Join(more, "") + "</answer>\n")
}

// moodleFractions are all that Moodle takes, and their negatives.
var moodleFractions = [...]float64{
	0, 1, .9, 5.0 / 6, .8, .75, .7, 2.0 / 3, .6, .5, .4, 1.0 / 3, .3, .25, .2, 1.0 / 6, 1.0 / 7, .125, 1.0 / 9, .1, .05,
}

// allowed gives the nearest fraction that Moodle takes, and notes where it is another.
func (x *writer) allowed(fraction float64) float64 {
	best := 0.0
	for _, f := range moodleFractions {
		if f = math.Copysign(f, fraction); math.Abs(f-fraction) < math.Abs(best-fraction) {
			best = f
		}
	}
	if math.Abs(best-fraction) > 1e-4 {
		x.add(formats.Warning, "format.moodle.rounded", "Fraction", percent(fraction), "Nearest", percent(best))
	}
	return best
}

func percent(fraction float64) string {
	const most = 1e5
	return strconv.FormatFloat(math.Round(fraction*100*most)/most, 'f', -1, 64)
}

func (x *writer) choice(c *aulav1.ChoiceQuestion) {
	x.line("single", strconv.FormatBool(!c.GetMultiple()))
	x.line("shuffleanswers", strconv.FormatBool(!c.GetFixedOrder()))
	x.line("answernumbering", "abc")
	for i, option := range c.GetOptions() {
		x.answer(weight(c, i), asHTML, x.html(option.GetText()), option.GetFeedback())
	}
	x.last(c)
}

func (x *writer) last(c *aulav1.ChoiceQuestion) {
	if slices.ContainsFunc(c.GetOptions(), (*aulav1.ChoiceOption).GetLast) && !c.GetFixedOrder() {
		x.lost("last")
	}
}

// weight is what choosing an option is worth.
func weight(c *aulav1.ChoiceQuestion, i int) float64 {
	option := c.GetOptions()[i]
	if option.Weight != nil {
		return option.GetWeight()
	}
	right := 0
	for _, o := range c.GetOptions() {
		if o.GetCorrect() {
			right++
		}
	}
	return usualWeight(option.GetCorrect(), c.GetMultiple(), right, len(c.GetOptions()))
}

func (x *writer) trueFalse(k *aulav1.TrueFalseQuestion) {
	for _, judgement := range []bool{true, false} {
		fraction, feedback := 0.0, k.GetFeedback()
		if judgement == k.GetCorrect() {
			fraction, feedback = 1, nil
		}
		x.answer(fraction, ` format="moodle_auto_format"`, strconv.FormatBool(judgement), feedback)
	}
}

func (x *writer) shortAnswer(k *aulav1.TextQuestion) {
	x.line("usecase", map[bool]string{true: "1", false: "0"}[k.GetCaseSensitive()])
	for _, a := range x.texts(k) {
		x.answer(a.fraction, ` format="moodle_auto_format"`, a.text, a.feedback)
	}
}

// typedText is an answer to type.
type typedText struct {
	text     string // with \* for what is no wildcard
	fraction float64
	feedback map[string]string
}

// texts lists the answers to type of all languages: Moodle compares with each of them,
// whatever language it is seen in.
func (x *writer) texts(k *aulav1.TextQuestion) (all []typedText) {
	add := func(texts map[string]string, fraction float64, feedback map[string]string, wildcards bool) {
		for i, text := range x.distinct(texts) {
			if i == 1 {
				x.add(formats.Warning, "format.moodle.typed_languages", "Text", text)
			}
			if !wildcards {
				text = strings.ReplaceAll(text, "*", `\*`)
			}
			all = append(all, typedText{text, fraction, feedback})
		}
	}
	for _, accepted := range k.GetAccepted() {
		fraction := 1.0
		if accepted.Fraction != nil {
			fraction = accepted.GetFraction()
		}
		add(accepted.GetText(), fraction, accepted.GetFeedback(), k.GetWildcards())
	}
	for _, wrong := range k.GetWrong() {
		add(wrong.GetText(), 0, wrong.GetFeedback(), false)
	}
	if k.GetAccents() != aulav1.TextQuestion_ACCENTS_UNSPECIFIED {
		x.lost("accents")
	}
	if k.GetPunctuation() {
		x.lost("punctuation")
	}
	if k.GetExactSpelling() {
		x.lost("exact_spelling")
	}
	return all
}

// distinct lists a text in the languages wanted, each way to write it once.
func (x *writer) distinct(texts map[string]string) (all []string) {
	for _, lang := range x.languages {
		if text := texts[lang]; text != "" && !slices.Contains(all, text) {
			all = append(all, text)
		}
	}
	return all
}

// acceptedNumber is a number to type.
type acceptedNumber struct {
	value, tolerance, fraction float64
	feedback                   map[string]string
}

// numbers lists the numbers to type. Moodle knows one way to be near enough: so much to
// either side.
func (x *writer) numbers(k *aulav1.NumericQuestion) []acceptedNumber {
	key := acceptedNumber{k.GetValue(), k.GetTolerance(), 1, nil}
	switch {
	case k.GetRange() != nil:
		low, high := k.GetRange().GetLow(), k.GetRange().GetHigh()
		key.value, key.tolerance = tidy(low/2+high/2), tidy(high/2-low/2)
		x.add(formats.Note, "format.moodle.tolerance", "Field", "range", "Value", key.value, "Tolerance", key.tolerance)
	case k.GetRelativeTolerance() != 0:
		key.tolerance = tidy(math.Abs(key.value) * k.GetRelativeTolerance())
		x.add(formats.Note, "format.moodle.tolerance", "Field", "relative_tolerance", "Value", key.value, "Tolerance", key.tolerance)
	case k.GetSignificantFigures() != 0 && key.value != 0:
		magnitude := math.Floor(math.Log10(math.Abs(key.value)))
		key.tolerance = tidy(math.Pow(10, magnitude-float64(k.GetSignificantFigures())+1) / 2)
		x.add(formats.Note, "format.moodle.tolerance", "Field", "significant_figures", "Value", key.value, "Tolerance", key.tolerance)
	}
	all := []acceptedNumber{key}
	for _, also := range k.GetAlso() {
		all = append(all, acceptedNumber{also.GetValue(), also.GetTolerance(), also.GetFraction(), also.GetFeedback()})
	}
	if k.GetUnit() == aulav1.NumericQuestion_YEAR {
		x.lost("unit")
	}
	return all
}

func (x *writer) numerical(k *aulav1.NumericQuestion) {
	for _, a := range x.numbers(k) {
		x.answer(a.fraction, ` format="moodle_auto_format"`, float(a.value), a.feedback, "<tolerance>"+float(a.tolerance)+"</tolerance>")
	}
	units := k.GetUnits()
	percentUnit := k.GetUnit() == aulav1.NumericQuestion_PERCENT
	if len(units) == 0 && !percentUnit {
		return
	}
	x.raw("    <units>\n")
	if percentUnit {
		x.unit("%", 1)
	}
	for _, unit := range units {
		for i, text := range x.distinct(unit.GetText()) {
			if i == 1 {
				x.add(formats.Warning, "format.moodle.typed_languages", "Text", text)
			}
			x.unit(text, unit.GetFactor())
		}
	}
	x.raw("    </units>\n")
	grading := "0"
	if k.GetUnitPenalty() > 0 {
		const ofAll = "2"
		grading = ofAll
	}
	x.line("unitgradingtype", grading)
	x.line("unitpenalty", decimal(k.GetUnitPenalty()))
	const typed = "0" // beside the number, not chosen from a list
	x.line("showunits", typed)
	x.line("unitsleft", "0")
}

func (x *writer) unit(name string, factor float64) {
	x.raw("      <unit><multiplier>" + float(tidy(1/factor)) + "</multiplier><unit_name>" + escaped(name) + "</unit_name></unit>\n")
}

func float(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }

func (x *writer) matching(k *aulav1.MatchQuestion) {
	x.line("shuffleanswers", "true")
	for _, pair := range k.GetPairs() {
		x.subquestion(x.html(pair.GetLeft().GetText()), pair.GetRight())
	}
	for _, item := range k.GetDistractors() {
		x.subquestion("", item)
	}
}

// subquestion writes a row of a matching question. What stands on the right is chosen from a
// list, which shows no marks.
func (x *writer) subquestion(left string, right *aulav1.MatchItem) {
	plain := map[string]string{}
	marked := false
	for _, lang := range x.languages {
		text := right.GetText()[lang]
		if text == "" {
			continue
		}
		plain[lang] = attribute(markup.Text(text))
		marked = marked || markup.FromHTML(plain[lang]) != text
	}
	if marked {
		x.add(formats.Warning, "format.moodle.marks", "Text", x.in(right.GetText()))
	}
	x.raw("    <subquestion" + asHTML + "><text>" + escaped(left) + "</text><answer><text>" + escaped(x.spans(plain, false)) +
		"</text></answer></subquestion>\n")
}

func (x *writer) ordering(k *aulav1.OrderQuestion) {
	grading := "ABSOLUTE_POSITION"
	switch k.GetRule() {
	case aulav1.OrderQuestion_ADJACENT:
		grading = "RELATIVE_NEXT_EXCLUDE_LAST"
	case aulav1.OrderQuestion_RELATIVE:
		grading = "LONGEST_ORDERED_SUBSET"
	case aulav1.OrderQuestion_RULE_UNSPECIFIED, aulav1.OrderQuestion_EXACT:
	}
	x.line("layouttype", "VERTICAL")
	x.line("selecttype", "ALL")
	x.line("selectcount", "0")
	x.line("gradingtype", grading)
	x.line("showgrading", "SHOW")
	x.line("numberingstyle", "none")
	for i, item := range k.GetItems() {
		x.raw("    <answer fraction=\"" + strconv.Itoa(i+1) + `.0000000"` + asHTML + "><text>" + escaped(x.html(item.GetText())) +
			"</text></answer>\n")
	}
	if slices.ContainsFunc(k.GetItems(), (*aulav1.OrderItem).GetTied) {
		x.lost("tied")
	}
}
