package gift

import (
	"cmp"
	"math"
	"strings"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats"
	"aula/questions/formats/plaintext"
)

// rounded gives the fraction within limits that Moodle knows, and reports one that it does
// not.
func (w *writer) rounded(fraction, least, most float64) float64 {
	near := max(least, min(most, nearest(fraction)))
	if math.Abs(near-fraction) > 1e-5 {
		w.tell(formats.Warning, "format.gift.rounded", "Weight", percent(fraction), "Rounded", percent(near))
	}
	return near
}

func (w *writer) choice(c *aulav1.ChoiceQuestion) {
	w.lose(c, "multiple", "options")
	right := 0
	for _, option := range c.GetOptions() {
		if option.GetCorrect() {
			right++
		}
	}
	sum := 0.
	for _, option := range c.GetOptions() {
		w.lose(option, "id", "text", "correct", "weight", "feedback")
		weight := usualWeight(c, option, right)
		if option.Weight != nil {
			weight = option.GetWeight()
		}
		mark, most := "~", 1.
		if !c.GetMultiple() {
			most = fractionBelowOne
		}
		if !c.GetMultiple() && weight == 1 {
			mark = "="
		} else if weight = w.rounded(weight, -1, most); weight != 0 {
			mark += percent(weight)
		}
		sum += max(0, weight)
		w.b.WriteString("\n\t" + mark + w.needed(option.GetText()) + w.feedback(option.GetFeedback()))
	}
	if c.GetMultiple() && math.Abs(sum-1) > 1e-6 && !w.left {
		w.leave("format.gift.weights_unsaid", "Count", right)
	}
}

// usualWeight is that of an option whose author gave it none.
func usualWeight(c *aulav1.ChoiceQuestion, option *aulav1.ChoiceOption, right int) float64 {
	switch {
	case c.GetMultiple() && option.GetCorrect():
		return 1 / float64(right)
	case c.GetMultiple():
		return -1 / float64(len(c.GetOptions())-right)
	case option.GetCorrect():
		return 1
	}
	return 0
}

func (w *writer) trueFalse(t *aulav1.TrueFalseQuestion) {
	if t.GetCorrect() {
		w.b.WriteString("TRUE")
	} else {
		w.b.WriteString("FALSE")
	}
	w.b.WriteString(w.feedback(t.GetFeedback()))
}

func (w *writer) textEntry(t *aulav1.TextQuestion) {
	w.strict(t)
	write := func(text map[string]string, fraction float64, wildcards bool, feedback map[string]string) {
		answer := text[w.lang]
		if answer == "" {
			return // another language's
		}
		written, ok := toWildcards(plaintext.OneLine(answer), wildcards)
		feedback = map[string]string{w.lang: strings.ReplaceAll(feedback[w.lang], arrow, `-\>`)}
		switch {
		case !ok || strings.Contains(written, arrow):
			w.leave("format.gift.answer_unsaid", "Answer", answer)
		case strings.HasPrefix(written, "[") && formatPrefix.MatchString(written):
			written = "[" + plain + "]" + written
		}
		w.b.WriteString("\n\t=")
		if fraction != 1 || strings.HasPrefix(written, "%") {
			w.b.WriteString(percent(fraction))
		}
		w.b.WriteString(escape(written) + w.feedback(feedback))
	}
	said := false
	for _, accepted := range t.GetAccepted() {
		said = said || accepted.GetText()[w.lang] != ""
		fraction := 1.
		if accepted.Fraction != nil {
			fraction = w.rounded(accepted.GetFraction(), leastFraction, 1)
		}
		write(accepted.GetText(), fraction, t.GetWildcards(), accepted.GetFeedback())
	}
	if !said {
		w.lacks()
	}
	for _, wrong := range t.GetWrong() {
		write(wrong.GetText(), 0, false, wrong.GetFeedback())
	}
}

// strict reports where Moodle is stricter with what is typed than the question, or less so.
func (w *writer) strict(t *aulav1.TextQuestion) {
	strict := !t.GetCaseSensitive() && t.GetPunctuation() && t.GetExactSpelling() && t.GetAccents() == aulav1.TextQuestion_REQUIRE
	if !strict {
		w.tell(formats.Warning, "format.gift.strict")
	}
}

func (w *writer) numeric(n *aulav1.NumericQuestion) {
	w.lose(n, "value", "tolerance", "relative_tolerance", "range", "also")
	key := writeNumber(n.GetValue())
	tolerance := cmp.Or(n.GetTolerance(), n.GetRelativeTolerance()*math.Abs(n.GetValue()))
	if figures := n.GetSignificantFigures(); figures > 0 && n.GetValue() != 0 {
		tolerance = math.Pow(10, math.Floor(math.Log10(math.Abs(n.GetValue())))-float64(figures)+1) / 2
	}
	if tolerance != 0 {
		key += ":" + writeNumber(tolerance)
	}
	if limits := n.GetRange(); limits != nil {
		key = writeNumber(limits.GetLow()) + ".." + writeNumber(limits.GetHigh())
	}
	w.b.WriteString("#")
	if len(n.GetAlso()) == 0 {
		w.b.WriteString(key)
		return
	}
	w.b.WriteString("\n\t=" + key)
	for _, also := range n.GetAlso() {
		w.b.WriteString("\n\t=")
		if fraction := w.rounded(also.GetFraction(), 0, 1); fraction != 1 {
			w.b.WriteString(percent(fraction))
		}
		w.b.WriteString(writeNumber(also.GetValue()))
		if also.GetTolerance() != 0 {
			w.b.WriteString(":" + writeNumber(also.GetTolerance()))
		}
		w.b.WriteString(w.feedback(also.GetFeedback()))
	}
}

func (w *writer) match(m *aulav1.MatchQuestion) {
	write := func(left, right *aulav1.MatchItem) {
		item := right.GetText()[w.lang]
		if item == "" {
			w.lacks()
		}
		shown := plaintext.Shown(&w.problems, w.label, item)
		w.b.WriteString("\n\t=")
		if left != nil {
			text := w.needed(left.GetText())
			if strings.Contains(text, arrow) {
				w.leave("format.gift.answer_unsaid", "Answer", left.GetText()[w.lang])
			}
			w.b.WriteString(text + " ")
		}
		w.b.WriteString(arrow + " " + escape(shown))
	}
	for _, pair := range m.GetPairs() {
		write(pair.GetLeft(), pair.GetRight())
	}
	for _, item := range m.GetDistractors() {
		write(nil, item)
	}
}
