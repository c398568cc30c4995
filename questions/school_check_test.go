package questions_test

import (
	"errors"
	"testing"

	aulav1 "aula/proto/aula/v1"
	"aula/questions"
)

// schoolMistakes are edits that spoil a good set, and what the author is told of each.
var schoolMistakes = []struct {
	question, path, id string
	edit               func(*aulav1.Question)
}{
	{"weighed", `questions[0] "weighed": choice.options`, "check.choice_weights", func(q *aulav1.Question) { q.GetChoice().GetOptions()[0].Weight = new(0.5) }},
	{"weighed", `questions[0] "weighed": choice.options[3].weight`, "check.choice_contradiction", func(q *aulav1.Question) {
		q.GetChoice().GetOptions()[3].Correct, q.GetChoice().GetOptions()[3].Weight = true, new(0.0)
	}},
	{"weighed", `questions[0] "weighed": choice.options`, "check.choice_no_key", func(q *aulav1.Question) {
		q.GetChoice().GetOptions()[0].Weight, q.GetChoice().GetOptions()[2].Weight = nil, nil
	}},
	{"weighed", `questions[0] "weighed": choice.options`, "check.choice_no_distractor", func(q *aulav1.Question) {
		for _, option := range q.GetChoice().GetOptions() {
			option.Weight = new(0.2)
		}
	}},
	{"fixed", `questions[1] "fixed": choice.options[2].weight`, "check.choice_contradiction", func(q *aulav1.Question) { q.GetChoice().GetOptions()[2].Weight = new(1.0) }},
	{"fixed", `questions[1] "fixed": choice.options[1].weight`, "check.choice_contradiction", func(q *aulav1.Question) { q.GetChoice().GetOptions()[1].Weight = new(-1.0) }},
	{"fixed", `questions[1] "fixed": choice.options`, "check.choice_single_key", func(q *aulav1.Question) { q.GetChoice().GetOptions()[1].Weight = new(0.5) }},

	{"judged", `questions[2] "judged": exam_only`, "check.exam_only_card", func(q *aulav1.Question) {
		q.Kind, q.ExamOnly = &aulav1.Question_Card{Card: &aulav1.CardQuestion{Back: map[string]string{"en": "It is.", "es": "Lo es."}}}, true
	}},
	{"judged", `questions[2] "judged": true_false.feedback`, "check.language_not_in_title", func(q *aulav1.Question) { q.GetTrueFalse().Feedback["pt"] = "É." }},

	{"blanks", `questions[4] "blanks": text`, "check.cloze_not_once", func(q *aulav1.Question) { q.Text["es"] = "En el [[sea]] desemboca el [[river]]." }},
	{"blanks", `questions[4] "blanks": text`, "check.cloze_not_once", func(q *aulav1.Question) { q.Text["en"] += " [[sea]]" }},
	{"blanks", `questions[4] "blanks": text`, "check.cloze_no_such_blank", func(q *aulav1.Question) { q.Text["en"] += " [[Sea]]" }},
	{"blanks", `questions[4] "blanks": cloze.blanks[2].id`, "check.duplicate_id", func(q *aulav1.Question) {
		q.GetCloze().GetBlanks()[2].Id = "river"
		q.Text = map[string]string{"en": "[[river]] [[sea]]", "es": "[[river]] [[sea]]"}
	}},
	{"blanks", `questions[4] "blanks": cloze.blanks[0].choice.options[3].id`, "check.duplicate_id", func(q *aulav1.Question) {
		q.GetCloze().GetBlanks()[0].GetChoice().GetOptions()[3].Id = "pacific"
	}},
	{"blanks", `questions[4] "blanks": cloze.blanks[0].choice.options`, "check.choice_single_key", func(q *aulav1.Question) {
		q.GetCloze().GetBlanks()[0].GetChoice().GetOptions()[0].Correct = false
	}},

	{"steps", `questions[5] "steps": order.items[2].id`, "check.duplicate_id", func(q *aulav1.Question) { q.GetOrder().GetItems()[2].Id = "a" }},
	{"steps", `questions[5] "steps": order.items[0].text`, "check.language_not_in_title", func(q *aulav1.Question) { q.GetOrder().GetItems()[0].Text["pt"] = "um" }},
	{"steps", `questions[5] "steps": order.items[0].tied`, "check.order_first_tied", func(q *aulav1.Question) { q.GetOrder().GetItems()[0].Tied = true }},
	{"steps", `questions[5] "steps": order.items`, "check.order_any", func(q *aulav1.Question) {
		q.GetOrder().GetItems()[1].Tied, q.GetOrder().GetItems()[2].Tied = true, true
	}},
	{"steps", `questions[5] "steps": order.items`, "check.order_any", func(q *aulav1.Question) {
		for _, item := range q.GetOrder().GetItems() {
			item.Text = map[string]string{"en": "one", "es": "uno"}
		}
	}},
	{"steps", `questions[5] "steps": order.items[2].text`, "check.order_same_text", func(q *aulav1.Question) { q.GetOrder().GetItems()[2].Text["es"] = " Uno" }},

	{"pairs", `questions[6] "pairs": match.pairs[1].left.id`, "check.duplicate_id", func(q *aulav1.Question) { q.GetMatch().GetPairs()[1].Left.Id = "cat" }},
	{"pairs", `questions[6] "pairs": match.distractors[0].id`, "check.duplicate_id", func(q *aulav1.Question) { q.GetMatch().GetDistractors()[0].Id = "y" }},
	{"pairs", `questions[6] "pairs": match.pairs[2].left.text`, "check.match_same_text", func(q *aulav1.Question) { q.GetMatch().GetPairs()[2].Left.Text["en"] = "CAT" }},
	{"pairs", `questions[6] "pairs": match.distractors[0].text`, "check.match_same_text", func(q *aulav1.Question) { q.GetMatch().GetDistractors()[0].Text["es"] = "Ratón" }},
	{"pairs", `questions[6] "pairs": match.pairs[1].right.text`, "check.match_right_differs", func(q *aulav1.Question) { q.GetMatch().GetPairs()[1].Right.Text["es"] = "Ratona" }},
	{"pairs", `questions[6] "pairs": match.pairs`, "check.match_one_right", func(q *aulav1.Question) {
		q.GetMatch().Distractors, q.GetMatch().Pairs = nil, q.GetMatch().GetPairs()[:2]
	}},
	{"pairs", `questions[6] "pairs": match.distractors[0].text`, "check.language_not_in_title", func(q *aulav1.Question) { q.GetMatch().GetDistractors()[0].Text["pt"] = "Neve" }},
	{"pairs", `questions[6] "pairs": match.pairs[0].left.text`, "check.language_not_in_title", func(q *aulav1.Question) { q.GetMatch().GetPairs()[0].Left.Text["pt"] = "Gata" }},

	{"blanks", `questions[4] "blanks": cloze.blanks[1]`, "check.cloze_no_kind", func(q *aulav1.Question) { q.GetCloze().GetBlanks()[1].Kind = nil }},
	{"word", `questions[7] "word": card.back`, "check.language_not_in_title", func(q *aulav1.Question) { q.GetCard().Back["pt"] = "O quadro" }},
}

// Each mistake is found where it is, and nothing else is.
func TestSchoolMistakes(t *testing.T) {
	for _, m := range schoolMistakes {
		source := schoolSource(t)
		m.edit(named(source, m.question))
		_, err := questions.Compile(source, schoolWords)
		var problems questions.Problems
		if !errors.As(err, &problems) {
			t.Errorf("no problem where %s: %s is expected", m.path, m.id)
			continue
		}
		// A blank without a kind is not written in any language either.
		if problems[0].Path != m.path || problems[0].ID != m.id || len(problems) > 1 && m.id != "check.cloze_no_kind" {
			t.Errorf("found\n%v\nwant only %s: %s", problems, m.path, m.id)
		}
	}
}
