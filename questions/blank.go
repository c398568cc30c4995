package questions

import (
	"errors"
	"fmt"
	"strings"

	aulav1 "aula/proto/aula/v1"
)

// blank is a blank of a cloze.
type blank struct {
	id     string
	view   string // id of its view: the options of each blank have an order of their own
	weight float64
	answer string // the field of BlankAnswer that answers it
	kind   kind   // choice, numeric or text; nil where the author gives none
}

func newBlank(question string, written *aulav1.Blank, words Words) blank {
	b := blank{id: written.GetId(), view: question + "/" + written.GetId(), weight: 1}
	if written.Weight != nil {
		b.weight = written.GetWeight()
	}
	switch asked := written.GetKind().(type) {
	case *aulav1.Blank_Choice:
		b.answer, b.kind = "choice", newChoice(asked.Choice)
	case *aulav1.Blank_Numeric:
		b.answer, b.kind = "numeric", newNumeric(asked.Numeric, words)
	case *aulav1.Blank_TextEntry:
		b.answer, b.kind = "text", newText(asked.TextEntry, words)
	}
	return b
}

// in is the view of the blank within that of the question.
func (b blank) in(v view) view {
	v.id = b.view
	return v
}

// blankField is the path of a blank within Answer.
func blankField(id string) string { return fmt.Sprintf("cloze.blanks[%q]", id) }

func (b blank) ask(v view) *aulav1.BlankPrompt {
	prompt := &aulav1.BlankPrompt{Id: b.id}
	switch k := b.kind.(type) {
	case choice:
		prompt.Kind = &aulav1.BlankPrompt_Choice{Choice: k.ask(b.in(v))}
	case numeric:
		prompt.Kind = &aulav1.BlankPrompt_Numeric{Numeric: k.ask(v)}
	case text:
		prompt.Kind = &aulav1.BlankPrompt_TextEntry{TextEntry: &aulav1.TextPrompt{}}
	}
	return prompt
}

// grade grades what was put into the blank. What cannot be graded is refused as it would
// be by itself, with the path to the blank.
func (b blank) grade(a *aulav1.BlankAnswer, by, to view) (Grade, error) {
	g, err := b.score(a, b.in(by), b.in(to))
	if refusal, ok := errors.AsType[*Refusal](err); ok {
		if refusal.ID == textEmpty { // the same as leaving it out
			return Grade{}, nil
		}
		within := *refusal
		within.Field = strings.TrimSuffix(blankField(b.id)+"."+refusal.Field, ".")
		return Grade{}, &within
	}
	g.Fraction = max(0, min(1, g.Fraction))
	return g, err
}

func (b blank) score(a *aulav1.BlankAnswer, by, to view) (Grade, error) {
	switch given := a.GetKind().(type) {
	case *aulav1.BlankAnswer_Choice:
		if k, ok := b.kind.(choice); ok {
			return k.score(given.Choice, to)
		}
	case *aulav1.BlankAnswer_Numeric:
		if k, ok := b.kind.(numeric); ok {
			return k.score(given.Numeric, by, to)
		}
	case *aulav1.BlankAnswer_Text:
		if k, ok := b.kind.(text); ok {
			return k.score(given.Text, by, to)
		}
	}
	return Grade{}, &Refusal{ID: "cloze.other_kind", Args: map[string]any{"Blank": b.id, "Want": b.answer}}
}

// part tells how the blank was taken.
func (b blank) part(g Grade) *aulav1.Part {
	part := &aulav1.Part{Id: b.id, Fraction: &g.Fraction}
	if len(g.Parts) == 1 {
		part.ReadAs, part.Match = g.Parts[0].GetReadAs(), g.Parts[0].GetMatch()
	}
	return part
}

// solution is what belongs in the blank, and the same as it stands in a line of text.
func (b blank) solution(v view) (*aulav1.BlankKey, string) {
	key, display := &aulav1.BlankKey{}, ""
	switch k := b.kind.(type) {
	case choice:
		solution, lines := k.solution(b.in(v))
		key.Kind, display = &aulav1.BlankKey_Choice{Choice: solution}, lines
	case numeric:
		solution, line := k.solution(v)
		key.Kind, display = &aulav1.BlankKey_Numeric{Numeric: solution}, line
	case text:
		solution, line := k.solution(v)
		key.Kind, display = &aulav1.BlankKey_Text{Text: solution}, line
	}
	return key, strings.ReplaceAll(display, "\n", ", ")
}
