package sheet

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	aulav1 "aula/proto/aula/v1"
)

// kind tells what kind of question a row is: what it says it is or, where it says nothing,
// what its cells make of it.
func (w *row) kind(q *aulav1.Question) (name string, known bool) {
	text, column := w.value(kindField)
	if text == "" {
		return w.infer(q)
	}
	if name, known = kinds.find(text); known {
		return name, true
	}
	if closest := kinds.closest(text, w.spanish); closest != "" {
		w.fail(column, "format.sheet.unknown_kind", "Text", shorten(text), "Closest", closest)
	} else {
		w.fail(column, "format.sheet.bad_kind", "Text", shorten(text))
	}
	return "", false
}

// infer finds out the kind. Items to be put in order look like options whose key is missing,
// so those must be named.
func (w *row) infer(q *aulav1.Question) (name string, known bool) {
	used := maps.Clone(w.used)
	defer func() { w.used = used }() // to look at a cell is not to use it
	for _, text := range q.GetText() {
		if strings.Contains(text, "[[") {
			return "cloze", true
		}
	}
	options := w.parts(optionsField, true)
	key, column := w.keyCell()
	credit, _ := w.value(creditField)
	switch {
	case len(w.texts(backField)) > 0:
		return "card", true
	case len(options) > 0 && (key != "" || credit != "" || slices.ContainsFunc(options, starred)):
		return "choice", true
	case len(options) > 0 && !slices.ContainsFunc(options, unpaired):
		return "match", true
	case len(options) > 0:
		w.fail(w.first(optionsField), "format.sheet.which_is_right")
		return "", false
	case key == "":
		w.fail(max(column, w.first(answerField)), "format.sheet.no_answer")
		return "", false
	}
	if w.answersAreOptions() {
		return "choice", true
	}
	if _, isTruth := truths.find(key); isTruth {
		return "true_false", true
	}
	if w.isNumber(key) {
		return "numeric", true
	}
	return "text_entry", true
}

// keyCell gives the cell that says what is right: that of correct or, where it is empty, the
// first answer.
func (w *row) keyCell() (text string, column int) {
	if text, column = w.value(correctField); text != "" {
		return text, column
	}
	text, at := w.value(answerField)
	return text, max(at, column)
}

// starred tells whether a part is marked as right.
func starred(part map[string]string) bool {
	for _, text := range part {
		if _, marked := unstar(text); marked {
			return true
		}
	}
	return false
}

// unstar takes a mark off: a star in front, unless another at the end makes it emphasis.
func unstar(text string) (rest string, marked bool) {
	rest, marked = strings.CutPrefix(text, "*")
	if !marked || rest == "" || strings.Contains(rest, "*") {
		return text, false
	}
	return strings.TrimSpace(rest), true
}

func unpaired(part map[string]string) bool {
	for _, text := range part {
		if _, _, ok := pair(text); !ok {
			return true
		}
	}
	return false
}

// readKind reads what is asked for in that kind of question.
func (w *row) readKind(q *aulav1.Question, kind string) {
	s := w.settings()
	q.ExamOnly = s.take(examOnly)
	switch kind {
	case "choice":
		q.Kind = &aulav1.Question_Choice{Choice: w.choice(s)}
	case "true_false":
		q.Kind = &aulav1.Question_TrueFalse{TrueFalse: w.trueFalse()}
	case "numeric":
		q.Kind = &aulav1.Question_Numeric{Numeric: w.numeric()}
	case "text_entry":
		q.Kind = &aulav1.Question_TextEntry_{TextEntry: w.textEntry(s)}
	case "cloze":
		q.Kind = &aulav1.Question_Cloze{Cloze: w.cloze(q, s)}
	case "order":
		q.Kind = &aulav1.Question_Order{Order: w.order(s)}
	case "match":
		q.Kind = &aulav1.Question_Match{Match: w.match()}
	default:
		q.Kind = &aulav1.Question_Card{Card: w.card()}
	}
	s.unused(w, kind)
}

// trueFalse reads whether a statement is true.
func (w *row) trueFalse() *aulav1.TrueFalseQuestion {
	text, column := w.keyCell()
	truth, known := truths.find(text)
	if !known && (text == "1" || text == "0") { // a spreadsheet's own true and false
		truth, known = map[string]string{"1": "true", "0": "false"}[text], true
	}
	switch {
	case text == "":
		w.fail(column, "format.sheet.no_truth")
	case !known:
		w.fail(column, "format.sheet.bad_truth", "Text", shorten(text))
	}
	return &aulav1.TrueFalseQuestion{Correct: truth == "true", Feedback: w.texts(feedbackField)}
}

// card reads the back of a card.
func (w *row) card() *aulav1.CardQuestion {
	back := w.texts(backField)
	if len(back) == 0 {
		back = w.texts(answerField)
	}
	if len(back) == 0 {
		w.fail(w.first(answerField), "format.sheet.no_back")
	}
	return &aulav1.CardQuestion{Back: back}
}

// escapedTie is an item that begins with an equals sign of its own.
var escapedTie = regexp.MustCompile(`^\\+=`)

// order reads items in their right order.
func (w *row) order(s settings) *aulav1.OrderQuestion {
	parts := w.alike(optionsField)
	if len(parts) < 2 {
		w.fail(w.first(optionsField), "format.sheet.no_items")
	}
	order := &aulav1.OrderQuestion{Rule: s.rule()}
	ids := w.ids(len(parts))
	for i, part := range parts {
		item := &aulav1.OrderItem{Id: ids[i]}
		for lang, text := range part {
			rest, tied := strings.CutPrefix(text, "=")
			item.Tied = item.GetTied() || tied
			rest = strings.TrimSpace(rest)
			if escapedTie.MatchString(rest) {
				rest = rest[1:]
			}
			if rest != "" {
				item.Text = with(item.GetText(), lang, rest)
			}
		}
		order.Items = append(order.Items, item)
	}
	return order
}
