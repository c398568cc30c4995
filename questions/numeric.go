package questions

import (
	"math"
	"strconv"
	"strings"

	aulav1 "aula/proto/aula/v1"
)

// numeric asks for a number.
type numeric struct {
	question *aulav1.NumericQuestion
	words    Words
}

func newNumeric(q *aulav1.NumericQuestion, words Words) numeric { return numeric{q, words} }

func (n numeric) check(r *report) {
	if n.question.GetUnit() == aulav1.NumericQuestion_YEAR && n.question.GetValue() != math.Trunc(n.question.GetValue()) {
		r.add("numeric.value", "check.year_not_whole", map[string]any{"Value": n.question.GetValue()})
	}
}

func (n numeric) covers(string) bool { return true }

func (n numeric) prompt(p *aulav1.Prompt, v view) {
	p.Kind = &aulav1.Prompt_Numeric{Numeric: n.ask(v)}
}

// ask, score and solution are prompt, grade and key for a number that stands anywhere.
func (n numeric) ask(v view) *aulav1.NumericPrompt {
	prompt := &aulav1.NumericPrompt{}
	if n.question.GetUnit() == aulav1.NumericQuestion_PERCENT {
		prompt.Unit = styleOf(v.tag).percentSign()
	}
	return prompt
}

func (n numeric) grade(a *aulav1.Answer, by, to view) (Grade, error) {
	return n.score(a.GetNumeric(), by, to)
}

// score tells how the number was understood wherever it is not written as the reader's
// language writes it, so that a misreading shows.
func (n numeric) score(a *aulav1.NumericAnswer, by, to view) (Grade, error) {
	const field = "numeric.text"
	typed := a.GetText()
	read, refusal := styleOf(by.tag).read(typed, n.words(by.lang, "percent"))
	if refusal != nil {
		refusal.Field = field
		return Grade{}, refusal
	}
	if read.percent && n.question.GetUnit() != aulav1.NumericQuestion_PERCENT {
		return Grade{}, &Refusal{Field: field, ID: "number.no_percent", Args: map[string]any{"Text": typed}}
	}
	understood := n.write(read.value, to)
	g := Grade{Parts: []*aulav1.Part{{ReadAs: understood}}}
	// A hair more than the tolerance, for what binary fractions cannot hold: 0.4 lies
	// within 0.1 of 0.3.
	hair := 1e-12 * (math.Abs(n.question.GetValue()) + n.question.GetTolerance())
	if math.Abs(read.value-n.question.GetValue()) <= n.question.GetTolerance()+hair {
		g.Fraction = 1
	}
	if withoutSpaces(understood) != withoutSpaces(typed) {
		g.Feedback = append(g.Feedback, Message{ID: "number.read_as", Args: map[string]any{"Number": understood}})
	}
	return g, nil
}

// withoutSpaces tells apart what a reader would: one kind of space looks like another.
func withoutSpaces(text string) string { return strings.Join(strings.Fields(text), "") }

// write gives a number as the reader's language writes it.
func (n numeric) write(value float64, v view) string {
	switch n.question.GetUnit() {
	case aulav1.NumericQuestion_PERCENT:
		return styleOf(v.tag).formatPercent(value)
	case aulav1.NumericQuestion_YEAR:
		return strconv.FormatFloat(value, 'f', -1, 64)
	}
	return styleOf(v.tag).format(value)
}

func (n numeric) key(k *aulav1.Key, v view) {
	key, display := n.solution(v)
	k.Kind, k.Display = &aulav1.Key_Numeric{Numeric: key}, display
}

func (n numeric) solution(v view) (key *aulav1.NumericKey, display string) {
	display = n.write(n.question.GetValue(), v)
	return &aulav1.NumericKey{Value: n.question.GetValue(), Text: display}, display
}
