package moodle

import (
	"cmp"
	"math"
	"strings"

	"google.golang.org/protobuf/proto"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats"
	"aula/questions/formats/markup"
)

// alternative is one of the answers that a question knows, of a question by itself or of a
// blank.
type alternative struct {
	place     formats.Place
	text      rich              // its format and files
	written   map[string]string // as it stands in the file, by language
	fraction  float64           // the credit, 0 to 1 or less
	feedback  map[string]string // CommonMark, by language
	tolerance string
}

// alternatives reads the answers of the question.
func (t *task) alternatives() (all []alternative) {
	const most = 200 // of which no kind takes so many
	if len(t.source.Answers) > most {
		t.fail("format.moodle.many_answers", "Count", len(t.source.Answers), "Max", most)
		return nil
	}
	for i := range t.source.Answers {
		a := &t.source.Answers[i]
		place := t.scanner.tag(a.at)
		percent, ok := number(cmp.Or(strings.TrimSpace(a.Fraction), "0"))
		if !ok || math.Abs(percent) > 100+1e-6 {
			t.failAt(place, "format.moodle.fraction", "Fraction", a.Fraction)
			continue
		}
		all = append(all, alternative{
			place:     place,
			text:      a.rich,
			written:   split(a.Text.string(), t.languages),
			fraction:  snap(percent / 100),
			feedback:  t.feedback(a.Feedback),
			tolerance: a.Tolerance,
		})
	}
	if len(all) == 0 && !t.failed {
		t.fail("format.moodle.no_answers")
	}
	return all
}

// anyAnswer is how Moodle writes an alternative that stands for whatever the others do not.
const anyAnswer = "*"

// isAny reports whether the alternative stands for every answer, and notes what that says:
// Aula tells nobody the same whatever they answer.
func (t *task) isAny(a alternative) bool {
	for _, text := range a.written {
		if strings.TrimSpace(text) != anyAnswer {
			return false
		}
	}
	if a.fraction > 0 {
		t.failAt(a.place, "format.moodle.any_right")
	} else if len(a.feedback) > 0 {
		t.addAt(a.place, formats.Warning, "format.moodle.any_feedback")
	}
	return true
}

func (t *task) multichoice() {
	multiple := !yes(t.source.Single, true)
	t.q.Kind = &aulav1.Question_Choice{Choice: t.choice(t.alternatives(), multiple, yes(t.source.Shuffle, true))}
}

// choice makes a choice of the alternatives.
func (t *task) choice(all []alternative, multiple, shuffled bool) *aulav1.ChoiceQuestion {
	c := &aulav1.ChoiceQuestion{Multiple: multiple, FixedOrder: !shuffled}
	right := 0
	for _, a := range all {
		if isRight(a, multiple) {
			right++
		}
	}
	for _, a := range all {
		option := &aulav1.ChoiceOption{
			Text: t.option(a.written, a.text), Feedback: a.feedback, Correct: isRight(a, multiple),
		}
		if len(option.GetText()) == 0 {
			t.failAt(a.place, "format.moodle.empty_option")
		}
		if usual := usualWeight(option.GetCorrect(), multiple, right, len(all)); math.Abs(usual-a.fraction) > 1e-4 {
			option.Weight = new(a.fraction)
		}
		c.Options = append(c.Options, option)
	}
	const fewest, most = 2, 20
	if len(all) < fewest || len(all) > most {
		t.fail("format.moodle.options", "Count", len(all), "Min", fewest, "Max", most)
	}
	return c
}

func isRight(a alternative, multiple bool) bool { return a.fraction >= 1 || multiple && a.fraction > 0 }

// usualWeight is what choosing an option is worth where its author says nothing.
func usualWeight(correct, multiple bool, right, all int) float64 {
	switch {
	case multiple && correct:
		return 1 / float64(right)
	case multiple:
		return -1 / float64(all-right)
	case correct:
		return 1
	}
	return 0
}

func (t *task) trueFalse() {
	kind := &aulav1.TrueFalseQuestion{}
	known := 0
	for _, a := range t.alternatives() {
		var judgement bool
		switch strings.ToLower(strings.TrimSpace(markup.HTMLText(a.text.Text.string()))) {
		case "true":
			judgement = true
		case "false":
		default:
			t.failAt(a.place, "format.moodle.true_false")
			return
		}
		known++
		switch {
		case a.fraction < 1:
			kind.Feedback = a.feedback
		default:
			kind.Correct = judgement
			t.praise(a)
		}
	}
	if known != 2 && !t.failed {
		t.fail("format.moodle.true_false")
	}
	t.q.Kind = &aulav1.Question_TrueFalse{TrueFalse: kind}
}

// praise keeps what is told for a right answer, where there is a place for it.
func (t *task) praise(a alternative) {
	switch {
	case len(a.feedback) == 0:
	case len(t.q.GetExplanation()) == 0:
		t.q.Explanation = a.feedback
		t.addAt(a.place, formats.Note, "format.moodle.feedback_explains")
	default:
		t.addAt(a.place, formats.Warning, "format.moodle.right_feedback")
	}
}

func (t *task) shortAnswer() {
	t.q.Kind = &aulav1.Question_TextEntry_{TextEntry: t.typed(t.alternatives(), yes(t.source.UseCase, false))}
}

// typed makes a text to type of the alternatives.
func (t *task) typed(all []alternative, caseSensitive bool) *aulav1.TextQuestion {
	kind := &aulav1.TextQuestion{CaseSensitive: caseSensitive}
	for _, a := range all {
		for _, text := range a.written {
			kind.Wildcards = kind.GetWildcards() || a.fraction > 0 && hasWildcard(text)
		}
	}
	for _, a := range all {
		text := plainTexts(a.written)
		switch {
		case len(text) == 0:
			t.failAt(a.place, "format.moodle.empty_answer")
		case t.isAny(a):
		case a.fraction > 0:
			accepted := &aulav1.AcceptedText{Text: literal(text, kind.GetWildcards()), Feedback: a.feedback}
			if a.fraction < 1 {
				accepted.Fraction = new(a.fraction)
			}
			kind.Accepted = append(kind.Accepted, accepted)
		default:
			if hasWildcard(a.text.Text.string()) {
				t.addAt(a.place, formats.Warning, "format.moodle.wrong_wildcard", "Text", a.text.Text.string())
			}
			kind.Wrong = append(kind.Wrong, &aulav1.WrongText{Text: literal(text, false), Feedback: a.feedback})
		}
	}
	if len(kind.GetAccepted()) == 0 && !t.failed {
		t.fail("format.moodle.none_right")
	}
	return kind
}

// hasWildcard reports whether a text has a * that stands for any letters.
func hasWildcard(text string) bool { return strings.Contains(strings.ReplaceAll(text, `\*`, ""), "*") }

// literal takes the backslashes off that keep * from being a wildcard, where none is one.
func literal(texts map[string]string, wildcards bool) map[string]string {
	if !wildcards {
		for lang, text := range texts {
			texts[lang] = strings.ReplaceAll(text, `\*`, "*")
		}
	}
	return texts
}

func (t *task) matching() {
	kind := &aulav1.MatchQuestion{}
	shared := map[string]*aulav1.MatchItem{} // by its texts
	for i := range t.source.Subquestions {
		s := &t.source.Subquestions[i]
		left := t.option(split(s.Text.string(), t.languages), s.rich)
		right := &aulav1.MatchItem{Text: t.option(split(s.Answer.Text.string(), t.languages), s.Answer)}
		switch {
		case len(right.GetText()) == 0 && len(left) == 0:
			continue // a row of the form that nobody filled in
		case len(right.GetText()) == 0:
			t.fail("format.moodle.no_partner", "Text", anyText(left))
		case len(left) == 0:
			kind.Distractors = append(kind.Distractors, right)
		default:
			kind.Pairs = append(kind.Pairs, &aulav1.MatchPair{
				Left: &aulav1.MatchItem{Text: left}, Right: sharedItem(right, shared),
			})
		}
	}
	const fewest, most = 2, 20
	if n := len(kind.GetPairs()); n < fewest || n > most {
		t.fail("format.moodle.pairs", "Count", n, "Min", fewest, "Max", most)
	}
	if !yes(t.source.Shuffle, true) {
		t.add(formats.Note, "format.moodle.shuffled")
	}
	t.q.Kind = &aulav1.Question_Match{Match: kind}
}

// sharedItem gives the item that reads the same as one before: pairs share it by its id.
func sharedItem(item *aulav1.MatchItem, shared map[string]*aulav1.MatchItem) *aulav1.MatchItem {
	key := anyText(item.GetText())
	first := shared[key]
	if first == nil {
		shared[key] = item
		return item
	}
	if first.GetId() == "" {
		first.Id = slug(key)
		for _, other := range shared {
			if other != first && other.GetId() == first.GetId() {
				first.Id += "-2"
			}
		}
	}
	return proto.CloneOf(first)
}

func (t *task) ordering() {
	kind := &aulav1.OrderQuestion{}
	switch strings.ToUpper(strings.TrimSpace(t.source.Grading)) {
	case "", "ABSOLUTE_POSITION":
	case "RELATIVE_NEXT_EXCLUDE_LAST":
		kind.Rule = aulav1.OrderQuestion_ADJACENT
	case "LONGEST_ORDERED_SUBSET":
		kind.Rule = aulav1.OrderQuestion_RELATIVE
	default:
		t.add(formats.Warning, "format.moodle.order_grading", "Grading", t.source.Grading)
	}
	if chosen := strings.ToUpper(strings.TrimSpace(t.source.Select)); chosen == "RANDOM" || chosen == "CONTIGUOUS" {
		t.add(formats.Warning, "format.moodle.order_all")
	}
	for i := range t.source.Answers {
		a := &t.source.Answers[i]
		text := t.option(split(a.Text.string(), t.languages), a.rich)
		if len(text) == 0 {
			t.failAt(t.scanner.tag(a.at), "format.moodle.empty_option")
		}
		kind.Items = append(kind.Items, &aulav1.OrderItem{Text: text})
	}
	const fewest, most = 2, 20
	if n := len(kind.GetItems()); n < fewest || n > most {
		t.fail("format.moodle.items", "Count", n, "Min", fewest, "Max", most)
	}
	t.q.Kind = &aulav1.Question_Order{Order: kind}
}

// anyText gives a text in one language, the first by the alphabet.
func anyText(texts map[string]string) string {
	first := ""
	for lang := range texts {
		if first == "" || lang < first {
			first = lang
		}
	}
	return texts[first]
}
