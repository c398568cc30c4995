package questions

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"

	aulav1 "aula/proto/aula/v1"
)

// askNames are the kinds of derived questions as their ids say them.
var askNames = map[aulav1.Fact_Ask]string{
	aulav1.Fact_CHOICE: "choice", aulav1.Fact_TRUE_FALSE: "true-false", aulav1.Fact_NUMERIC: "numeric",
	aulav1.Fact_CLOZE: "cloze", aulav1.Fact_TEXT: "text", aulav1.Fact_CARD: "card",
}

// derivedID is the id of a question that a fact asks for.
func derivedID(fact string, ask aulav1.Fact_Ask) string { return fact + "." + askNames[ask] }

// derive appends the questions that a fact asks for.
func (e *expander) derive(f *fact) {
	if f.GetValue() == nil || len(f.GetAsk()) == 0 {
		return
	}
	e.checkGaps(f)
	distractors := e.distractors(f)
	for i, ask := range f.GetAsk() {
		path := fmt.Sprintf("ask[%d] %s", i, ask)
		if instead := askInstead(ask, f.GetValue()); instead != "" {
			e.add(path, "check.ask_of_type", map[string]any{"Ask": ask.String(), "Type": typeOf(f.GetValue()), "Instead": instead})
			continue
		}
		q := &aulav1.Question{
			Id: derivedID(f.GetId(), ask), Fact: f.GetId(), Explanation: f.told,
			Difficulty: f.GetDifficulty(), Tags: f.GetTags(), Stale: f.GetStale(),
		}
		if !e.ask(q, ask, f, distractors) {
			e.add(path, "check.no_distractor", nil)
			continue
		}
		e.set.Questions = append(e.set.Questions, q)
		e.paths = append(e.paths, f.path+": "+path)
	}
}

// askInstead gives what to ask where a value of this type cannot be asked so, else "".
func askInstead(ask aulav1.Fact_Ask, v *aulav1.FactValue) string {
	number := isNumber(v)
	switch {
	case ask == aulav1.Fact_NUMERIC && nameOf(v) != nil:
		return aulav1.Fact_TEXT.String()
	case ask == aulav1.Fact_TEXT && number:
		return aulav1.Fact_NUMERIC.String()
	case (ask == aulav1.Fact_NUMERIC || ask == aulav1.Fact_TEXT) && nameOf(v) == nil && !number:
		return aulav1.Fact_CHOICE.String() // a day
	}
	return ""
}

func isNumber(v *aulav1.FactValue) bool {
	switch v.GetKind().(type) {
	case *aulav1.FactValue_Number, *aulav1.FactValue_Percent, *aulav1.FactValue_Year:
		return true
	}
	return false
}

// ask makes q ask for the fact's value. It reports false where that takes a distractor and
// there is none.
func (e *expander) ask(q *aulav1.Question, ask aulav1.Fact_Ask, f *fact, distractors []alternative) bool {
	switch ask {
	case aulav1.Fact_CHOICE:
		q.Text = e.stem(f)
		q.Kind = &aulav1.Question_Choice{Choice: choiceAmong(f, distractors)}
		return len(distractors) > 0
	case aulav1.Fact_TRUE_FALSE:
		e.judge(q, f, distractors)
	case aulav1.Fact_NUMERIC:
		q.Text = e.stem(f)
		q.Kind = &aulav1.Question_Numeric{Numeric: numericOf(f.GetValue())}
	case aulav1.Fact_CLOZE:
		return e.blank(q, f, distractors)
	case aulav1.Fact_TEXT:
		q.Text = e.stem(f)
		q.Kind = &aulav1.Question_TextEntry_{TextEntry: textOf(f)}
	case aulav1.Fact_CARD:
		q.Text = e.stem(f)
		q.Kind = &aulav1.Question_Card{Card: &aulav1.CardQuestion{Back: f.value.text}}
	}
	return true
}

// stem is the fact's question or, in a language without one, its statement with a gap.
func (e *expander) stem(f *fact) map[string]string {
	stem := map[string]string{}
	for _, lang := range e.languages {
		if question := f.GetQuestion()[lang]; question != "" {
			stem[lang] = strings.ReplaceAll(question, placeholder, gapLine)
		} else if text := e.instruct(f, lang, "complete"); text != "" {
			stem[lang] = strings.ReplaceAll(text, placeholder, gapLine)
		}
	}
	return stem
}

// instruct gives the statement, still with its {value}, in what the language has to say
// before it; "" where it has nothing, or the statement no {value}.
func (e *expander) instruct(f *fact, lang, id string) string {
	pattern := e.words.one(lang, id)
	if pattern == "" || !f.hasGap(lang) {
		return ""
	}
	return strings.ReplaceAll(pattern, "{statement}", f.GetStatement()[lang])
}

func choiceAmong(f *fact, distractors []alternative) *aulav1.ChoiceQuestion {
	choice := &aulav1.ChoiceQuestion{Options: []*aulav1.ChoiceOption{{Id: f.value.id, Text: f.value.text, Correct: true}}}
	for _, d := range distractors {
		choice.Options = append(choice.Options, &aulav1.ChoiceOption{Id: d.id, Text: d.text})
	}
	return choice
}

// judge makes q the statement, with its value or with a distractor.
func (e *expander) judge(q *aulav1.Question, f *fact, distractors []alternative) {
	hash := hashOf(q.GetId())
	stated := f.value.text
	right := hash%2 == 0 || len(distractors) == 0
	if !right {
		stated = distractors[hash/2%uint64(len(distractors))].text
	}
	q.Text = map[string]string{}
	for _, lang := range e.languages {
		if f.hasGap(lang) && stated[lang] != "" {
			q.Text[lang] = state(f.GetStatement()[lang], stated[lang], lang)
		}
	}
	q.Kind = &aulav1.Question_TrueFalse{TrueFalse: &aulav1.TrueFalseQuestion{Correct: right}}
}

// state puts a value into a text: with a capital where it begins it.
func state(text, value, lang string) string {
	if rest, begins := strings.CutPrefix(text, placeholder); begins {
		_, size := utf8.DecodeRuneInString(value)
		text = cases.Upper(language.Make(lang)).String(value[:size]) + value[size:] + rest
	}
	return strings.ReplaceAll(text, placeholder, value)
}

func numericOf(v *aulav1.FactValue) *aulav1.NumericQuestion {
	switch kind := v.GetKind().(type) {
	case *aulav1.FactValue_Percent:
		return &aulav1.NumericQuestion{Value: kind.Percent, Unit: aulav1.NumericQuestion_PERCENT}
	case *aulav1.FactValue_Year:
		return &aulav1.NumericQuestion{Value: float64(kind.Year), Unit: aulav1.NumericQuestion_YEAR}
	}
	numeric := &aulav1.NumericQuestion{Value: v.GetNumber().GetValue()}
	if unit := v.GetNumber().GetUnit(); len(unit) > 0 {
		numeric.Units = []*aulav1.MeasureUnit{{Text: unit, Factor: 1}} // it may be written or left out
	}
	return numeric
}

func textOf(f *fact) *aulav1.TextQuestion {
	accepted := []*aulav1.AcceptedText{{Text: f.value.text}}
	return &aulav1.TextQuestion{Accepted: append(accepted, nameOf(f.GetValue()).GetAlso()...)}
}

// blank makes q the statement with a blank for the value, which is typed where it is a
// number or a name and chosen where it is a day. A value said again in the statement is
// left out there too.
func (e *expander) blank(q *aulav1.Question, f *fact, distractors []alternative) bool {
	q.Text = map[string]string{}
	for _, lang := range e.languages {
		if text := e.instruct(f, lang, "fill"); text != "" {
			text = strings.Replace(text, placeholder, "[[value]]", 1)
			q.Text[lang] = strings.ReplaceAll(text, placeholder, gapLine)
		}
	}
	b := &aulav1.Blank{Id: "value"}
	q.Kind = &aulav1.Question_Cloze{Cloze: &aulav1.ClozeQuestion{Blanks: []*aulav1.Blank{b}}}
	switch {
	case isNumber(f.GetValue()):
		b.Kind = &aulav1.Blank_Numeric{Numeric: numericOf(f.GetValue())}
	case nameOf(f.GetValue()) != nil:
		b.Kind = &aulav1.Blank_TextEntry{TextEntry: textOf(f)}
	default:
		b.Kind = &aulav1.Blank_Choice{Choice: choiceAmong(f, distractors)}
		return len(distractors) > 0
	}
	return true
}
