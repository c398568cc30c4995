package sheet

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	aulav1 "aula/proto/aula/v1"
)

// choice reads options and which of them are right.
func (w *row) choice(s settings) *aulav1.ChoiceQuestion {
	f := optionsField
	if w.answersAreOptions() {
		f = answerField
	}
	parts := w.alike(f)
	if len(parts) < 2 {
		w.fail(w.first(f), "format.sheet.no_options")
		return nil
	}
	q := &aulav1.ChoiceQuestion{FixedOrder: s.take(fixedOrder)}
	ids := w.ids(len(parts))
	for i, part := range parts {
		q.Options = append(q.Options, &aulav1.ChoiceOption{Id: ids[i], Text: part, Last: s.last[i]})
		delete(s.last, i)
	}
	for i, credit := range w.credits(creditField, -1, 1) {
		if i < len(q.GetOptions()) {
			q.Options[i].Weight = credit
		} else if credit != nil {
			w.fail(w.first(creditField), "format.sheet.too_many_credits", "Wanted", len(parts))
		}
	}
	for i, feedback := range w.feedback(len(parts)) {
		q.Options[i].Feedback = feedback
	}
	w.mark(q, f)
	if w.plain && !slices.ContainsFunc(q.GetOptions(), func(o *aulav1.ChoiceOption) bool { return !o.GetCorrect() }) {
		w.skip(w.first(correctField), "format.sheet.kahoot_all_right")
		return nil
	}
	q.Multiple = !s.take(single) && (s.take(several) || seemsMultiple(q))
	return q
}

// answersAreOptions tells whether the options have columns named after answers, as Kahoot's
// do: several of them, and correct says which of them is right.
func (w *row) answersAreOptions() bool {
	if correct, _ := w.value(correctField); correct == "" || len(w.lists(optionsField, true)) > 0 {
		return false
	} else if _, ok := indexes(correct, len(w.parts(answerField, true))); !ok {
		return false
	}
	return len(w.parts(answerField, true)) > 1
}

// seemsMultiple tells whether several options are right, or would have to be chosen to earn
// everything.
func seemsMultiple(q *aulav1.ChoiceQuestion) bool {
	correct, worth := 0, 0
	whole := false
	for _, o := range q.GetOptions() {
		if o.GetCorrect() {
			correct++
		}
		if o.GetWeight() > 0 {
			worth++
		}
		whole = whole || o.GetWeight() == 1
	}
	return correct > 1 || correct == 0 && worth > 1 && !whole
}

// feedback reads the feedback of each of so many parts.
func (w *row) feedback(parts int) []map[string]string {
	feedback := w.parts(feedbackField, true)
	if len(feedback) > parts {
		w.fail(w.first(feedbackField), "format.sheet.too_many_feedbacks", "Found", len(feedback), "Wanted", parts)
		return nil
	}
	return feedback
}

// mark reads which options are right: as correct says, else the stars in front of them. A
// question whose options have credits need not say it.
func (w *row) mark(q *aulav1.ChoiceQuestion, options *field) {
	key, column := w.value(correctField)
	if key == "" && options != answerField {
		key, column = w.keyCell()
	}
	if key != "" {
		right, ok := w.chosen(q, column, key)
		for _, i := range right {
			q.Options[i].Correct = true
		}
		if !ok {
			w.fail(column, "format.sheet.no_such_option", "Text", shorten(key), "Last", letter(len(q.GetOptions())-1))
		}
		return
	}
	if credit, _ := w.value(creditField); credit != "" {
		return
	}
	marked := false
	for _, o := range q.GetOptions() {
		for lang, text := range o.GetText() {
			if rest, star := unstar(text); star {
				o.Text[lang], o.Correct, marked = rest, true, true
			}
		}
	}
	if !marked {
		w.fail(w.first(correctField), "format.sheet.no_correct", "Last", letter(len(q.GetOptions())-1))
	}
}

// chosen finds the options that a cell names, by their letters or numbers or by what they
// say. One that is a number itself must not be mistaken for its neighbour.
func (w *row) chosen(q *aulav1.ChoiceQuestion, column int, key string) (right []int, ok bool) {
	byText, said := saying(q, key)
	byIndex, counted := indexes(key, len(q.GetOptions()))
	if said && counted && !slices.Equal(byText, byIndex) {
		w.fail(column, "format.sheet.ambiguous_option", "Text", shorten(key), "First", letter(byIndex[0]), "Second", letter(byText[0]))
		return nil, true
	}
	if said {
		return byText, true
	}
	return byIndex, counted
}

// saying finds the options that say what a cell does: all of it, else its parts.
func saying(q *aulav1.ChoiceQuestion, key string) (found []int, ok bool) {
	for _, parts := range [][]string{{key}, splitList(key, true)} {
		found = nil
		for _, part := range parts {
			at := slices.IndexFunc(q.GetOptions(), func(o *aulav1.ChoiceOption) bool {
				for _, text := range o.GetText() {
					if strings.EqualFold(text, part) {
						return true
					}
				}
				return false
			})
			if at < 0 {
				found = nil
				break
			}
			found = append(found, at)
		}
		if found != nil {
			return found, true
		}
	}
	return nil, false
}

var (
	betweenIndexes = regexp.MustCompile(`(?i)\s*(?:[,;|/&+\n]|\s(?:y|and)\s|\s)\s*`)
	twoIndexes     = regexp.MustCompile(`^\d{1,2}\.\d{1,2}$`)
)

// indexes reads letters or numbers of n options. A spreadsheet that writes 1,3 with a
// decimal comma hands it on as 1.3, and numbers as 2.0.
func indexes(key string, n int) (found []int, ok bool) {
	if len(key) > longestWord {
		return nil, false
	}
	key = strings.Trim(strings.TrimSpace(key), ".)")
	if whole, ok := strings.CutSuffix(key, ".0"); ok {
		key = whole
	} else if twoIndexes.MatchString(key) {
		key = strings.Replace(key, ".", ",", 1)
	}
	for _, word := range betweenIndexes.Split(key, -1) {
		i := optionIndex(word)
		if i < 0 || i >= n {
			return nil, false
		}
		found = append(found, i)
	}
	return found, true
}

// optionIndex reads the letter or number of an option; -1 if it is neither.
func optionIndex(word string) int {
	word = strings.ToUpper(strings.Trim(word, ".) "))
	if len(word) == 1 && word[0] >= 'A' && word[0] <= 'Z' {
		return int(word[0] - 'A')
	}
	n, err := strconv.Atoi(word)
	if err != nil || n < 1 {
		return -1
	}
	return n - 1
}
