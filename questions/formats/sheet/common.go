package sheet

import (
	"cmp"
	"regexp"
	"strings"

	"google.golang.org/protobuf/types/known/durationpb"

	aulav1 "aula/proto/aula/v1"
)

var idPattern = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z]+(-[a-z]+)*)?$`)

// name reads what the question is known by. An id that Aula could not keep, such as "Q1", is
// a key: the question is recognised by it as well.
func (w *row) name(q *aulav1.Question) {
	id, column := w.value(idField)
	q.Name, _ = w.value(nameField)
	q.Key, _ = w.value(keyField)
	q.Fact, _ = w.value(factField)
	text := ""
	for _, lang := range w.langs {
		text = cmp.Or(text, q.GetText()[lang])
	}
	w.key = cmp.Or(id, q.GetKey())
	w.label = shorten(cmp.Or(id, q.GetName(), q.GetKey(), text))
	switch {
	case len(id) <= 64 && (id == "" || idPattern.MatchString(id)):
		q.Id = id
	case q.GetKey() == "" || q.GetKey() == id:
		q.Key = id
	default:
		w.fail(column, "format.sheet.bad_id", "Text", shorten(id))
	}
}

// common reads what all kinds of questions have.
func (w *row) common(q *aulav1.Question) {
	q.Explanation = w.texts(explanationField)
	q.Points = w.whole(pointsField, 1, 1000)
	q.Tries = w.whole(triesField, 1, 10)
	if text, column := w.value(penaltyField); text != "" {
		penalty := w.share(column, text, 0, 1)
		q.Penalty = &penalty
	}
	if text, column := w.value(timeField); text != "" {
		limit, ok := parseTime(text)
		if !ok || limit <= 0 || limit.Seconds() > 3600 {
			w.fail(column, "format.sheet.bad_time", "Text", shorten(text))
		}
		q.TimeLimit = durationpb.New(limit)
	}
	if text, column := w.value(difficultyField); text != "" {
		name, known := difficulties.find(text)
		if !known {
			w.fail(column, "format.sheet.bad_difficulty", "Text", shorten(text))
		}
		q.Difficulty = aulav1.Question_Difficulty(aulav1.Question_Difficulty_value[name])
	}
	if text, _ := w.value(tagsField); text != "" {
		q.Tags = splitWords(text)
	}
	w.hints(q)
}

func (w *row) hints(q *aulav1.Question) {
	costs := w.credits(hintCostField, 0, 1)
	for i, text := range w.parts(hintField, false) {
		hint := &aulav1.Hint{Text: text}
		if i < len(costs) && costs[i] != nil {
			hint.Cost = *costs[i]
		}
		q.Hints = append(q.Hints, hint)
	}
}

// whole reads a whole number; 0 where there is none.
func (w *row) whole(f *field, low, high int32) int32 {
	text, column := w.value(f)
	if text == "" {
		return 0
	}
	n := parseNumber(text)
	whole := int32(n.value)
	if n.problem != "" || n.percent || n.value < float64(low) || n.value > float64(high) || float64(whole) != n.value {
		w.fail(column, "format.sheet.not_whole", "Text", shorten(text), "Column", f.word(w.spanish), "Low", low, "High", high)
	}
	return whole
}

// share reads a part of 1.
func (w *row) share(column int, text string, low, high float64) float64 {
	n := fraction(text)
	if n.problem != "" || n.value < low || n.value > high {
		w.fail(column, "format.sheet.bad_share", "Text", shorten(text), "Low", low, "High", high)
	}
	return n.value
}

// credits reads a list of parts of 1; nil where one is left out.
func (w *row) credits(f *field, low, high float64) (credits []*float64) {
	for _, column := range w.at[f] {
		for _, text := range w.unmixed(column) {
			if text == "" {
				credits = append(credits, nil)
				continue
			}
			credit := w.share(column, text, low, high)
			credits = append(credits, &credit)
		}
	}
	w.used[f] = true
	return credits
}

// unmixed gives the parts of a cell that has no texts.
func (w *row) unmixed(column int) []string {
	text := w.cell(column)
	if w.columns[column].own {
		return []string{text}
	}
	return splitList(text, true)
}

// ids reads the ids of parts. They are of use only if there is one for each part; when parts
// have come or gone, those are recognised by what they say.
func (w *row) ids(parts int) []string {
	text, column := w.value(partIDsField)
	if text == "" {
		return make([]string, parts)
	}
	ids := splitList(text, true)
	if len(ids) != parts {
		w.warn(column, "format.sheet.ids_differ", "Found", len(ids), "Wanted", parts)
		return make([]string, parts)
	}
	return ids
}

// pair cuts a text at its equals sign, or else at an arrow.
func pair(text string) (left, right string, ok bool) {
	if sides := splitAt(text, '='); len(sides) > 1 {
		rest := strings.Join(sides[1:], "=")
		return strings.TrimSpace(unescape(sides[0], '=')), strings.TrimSpace(unescape(rest, '=')), true
	}
	for _, arrow := range []string{"->", "→"} {
		if left, right, ok = strings.Cut(text, arrow); ok {
			return strings.TrimSpace(unescape(left, '=')), strings.TrimSpace(unescape(right, '=')), true
		}
	}
	return unescape(text, '='), "", false
}
