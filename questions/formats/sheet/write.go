package sheet

import (
	"slices"
	"strconv"
	"strings"

	aulav1 "aula/proto/aula/v1"
)

// line writes a question.
func (t *table) line(q *aulav1.Question) line {
	l := line{}
	l.put(idField, q.GetId())
	l.put(nameField, q.GetName())
	l.put(keyField, q.GetKey())
	l.put(factField, q.GetFact())
	l.texts(textField, q.GetText(), t.langs)
	l.texts(explanationField, q.GetExplanation(), t.langs)
	l.put(pointsField, count(q.GetPoints()))
	l.put(triesField, count(q.GetTries()))
	if q.Penalty != nil {
		l.put(penaltyField, writeNumber(q.GetPenalty()))
	}
	if q.GetTimeLimit() != nil {
		l.put(timeField, writeNumber(q.GetTimeLimit().AsDuration().Seconds()))
	}
	if q.GetDifficulty() != aulav1.Question_DIFFICULTY_UNSPECIFIED {
		l.put(difficultyField, difficulties.word(q.GetDifficulty().String(), t.spanish))
	}
	l.put(tagsField, joinWords(q.GetTags()))
	t.hints(l, q)
	t.kind(l, q)
	if q.GetExamOnly() {
		t.settings(l, []string{examOnly})
	}
	return l
}

// count writes a number where it is not left to the default.
func count(n int32) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(int(n))
}

func (t *table) hints(l line, q *aulav1.Question) {
	var texts []map[string]string
	var costs []string
	for _, hint := range q.GetHints() {
		texts = append(texts, hint.GetText())
		cost := ""
		if hint.GetCost() != 0 {
			cost = writeNumber(hint.GetCost())
		}
		costs = append(costs, cost)
	}
	l.parts(hintField, texts, t.langs)
	l.put(hintCostField, joinList(costs))
}

func (t *table) kind(l line, q *aulav1.Question) {
	kind := ""
	switch k := q.GetKind().(type) {
	case *aulav1.Question_Choice:
		kind = "choice"
		t.choice(l, k.Choice)
	case *aulav1.Question_TrueFalse:
		kind = "true_false"
		l.put(correctField, strings.ToUpper(truths.word(strconv.FormatBool(k.TrueFalse.GetCorrect()), t.spanish)))
		l.texts(feedbackField, k.TrueFalse.GetFeedback(), t.langs)
	case *aulav1.Question_Numeric:
		kind = "numeric"
		t.numeric(l, k.Numeric)
	case *aulav1.Question_TextEntry_:
		kind = "text_entry"
		t.textEntry(l, k.TextEntry)
	case *aulav1.Question_Cloze:
		kind = "cloze"
		t.cloze(l, q)
	case *aulav1.Question_Order:
		kind = "order"
		t.order(l, k.Order)
	case *aulav1.Question_Match:
		kind = "match"
		t.match(l, k.Match)
	case *aulav1.Question_Card:
		kind = "card"
		l.texts(answerField, k.Card.GetBack(), t.langs)
	}
	l.put(kindField, kinds.word(kind, t.spanish))
}

// settings writes a list of settings, after those there are, in the words of the layout.
func (t *table) settings(l line, names []string) {
	words := splitWords(l[head{settingsField, ""}])
	for _, name := range names {
		words = append(words, settingName(name, t.spanish))
	}
	l.put(settingsField, joinWords(words))
}

// writeWeights writes credits, where any is said.
func writeWeights(weights []*float64) string {
	texts := make([]string, len(weights))
	for i, weight := range weights {
		if weight != nil {
			texts[i] = writeNumber(*weight)
		}
	}
	return joinList(texts[:filledParts(texts)])
}

func (t *table) choice(l line, q *aulav1.ChoiceQuestion) {
	var texts, feedback []map[string]string
	var ids, correct, names []string
	var weights []*float64
	for i, o := range q.GetOptions() {
		texts, feedback = append(texts, o.GetText()), append(feedback, o.GetFeedback())
		ids, weights = append(ids, o.GetId()), append(weights, o.Weight) //nolint:protogetter // nil is left out
		if o.GetCorrect() {
			correct = append(correct, letter(i))
		}
		if o.GetLast() {
			names = append(names, last+" "+letter(i))
		}
	}
	l.parts(optionsField, texts, t.langs)
	l.parts(feedbackField, feedback, t.langs)
	l.put(correctField, strings.Join(correct, ", "))
	l.put(creditField, writeWeights(weights))
	l.put(partIDsField, joinList(ids))
	if q.GetFixedOrder() {
		names = append(names, fixedOrder)
	}
	if seems := seemsMultiple(q); q.GetMultiple() && !seems {
		names = append(names, several)
	} else if seems && !q.GetMultiple() {
		names = append(names, single)
	}
	t.settings(l, names)
}

func (t *table) textEntry(l line, q *aulav1.TextQuestion) {
	var texts, wrong, feedback []map[string]string
	var credits []*float64
	for _, a := range q.GetAccepted() {
		texts, feedback = append(texts, a.GetText()), append(feedback, a.GetFeedback())
		credits = append(credits, a.Fraction) //nolint:protogetter // nil is left out
	}
	for _, a := range q.GetWrong() {
		wrong, feedback = append(wrong, a.GetText()), append(feedback, a.GetFeedback())
	}
	l.parts(answerField, texts, t.langs)
	l.parts(wrongField, wrong, t.langs)
	l.parts(feedbackField, feedback, t.langs)
	l.put(creditField, writeWeights(credits))
	var names []string
	switch q.GetAccents() {
	case aulav1.TextQuestion_REQUIRE:
		names = append(names, accents)
	case aulav1.TextQuestion_IGNORE:
		names = append(names, ignoreAccents)
	case aulav1.TextQuestion_FORGIVE:
		names = append(names, forgive)
	default:
	}
	for name, on := range map[string]bool{
		capitals: q.GetCaseSensitive(), punctuation: q.GetPunctuation(), spelling: q.GetExactSpelling(), wildcards: q.GetWildcards(),
	} {
		if on {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	t.settings(l, names)
}

func (t *table) order(l line, q *aulav1.OrderQuestion) {
	var texts []map[string]string
	var ids []string
	for _, item := range q.GetItems() {
		written := map[string]string{}
		for lang, text := range item.GetText() {
			if text = strings.TrimSpace(text); strings.HasPrefix(text, "=") || escapedTie.MatchString(text) {
				text = `\` + text
			}
			if item.GetTied() {
				text = "= " + text
			}
			written[lang] = text
		}
		texts, ids = append(texts, written), append(ids, item.GetId())
	}
	l.parts(optionsField, texts, t.langs)
	l.put(partIDsField, joinList(ids))
	switch q.GetRule() {
	case aulav1.OrderQuestion_EXACT:
		t.settings(l, []string{ruleExact})
	case aulav1.OrderQuestion_ADJACENT:
		t.settings(l, []string{ruleAdjacent})
	case aulav1.OrderQuestion_RELATIVE:
		t.settings(l, []string{ruleRelative})
	default:
	}
}

func (t *table) match(l line, q *aulav1.MatchQuestion) {
	var texts, distractors []map[string]string
	var ids []string
	for _, p := range q.GetPairs() {
		written := map[string]string{}
		for _, lang := range t.langs {
			left, right := strings.TrimSpace(p.GetLeft().GetText()[lang]), strings.TrimSpace(p.GetRight().GetText()[lang])
			if left != "" || right != "" {
				written[lang] = escape(left, '=') + " = " + escape(right, '=')
			}
		}
		texts, ids = append(texts, written), append(ids, pairOfIDs(p.GetLeft().GetId(), p.GetRight().GetId()))
	}
	for _, d := range q.GetDistractors() {
		distractors, ids = append(distractors, d.GetText()), append(ids, d.GetId())
	}
	l.parts(optionsField, texts, t.langs)
	l.parts(wrongField, distractors, t.langs)
	l.put(partIDsField, joinList(ids))
}

func pairOfIDs(left, right string) string {
	if left == "" && right == "" {
		return ""
	}
	return left + " = " + right
}
