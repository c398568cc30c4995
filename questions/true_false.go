package questions

import aulav1 "aula/proto/aula/v1"

// trueFalse asks to judge a statement: a choice of two, in the language's own words.
type trueFalse struct {
	choice

	question *aulav1.TrueFalseQuestion
}

// newTrueFalse has no words in languages that words knows none in, and does not cover them.
func newTrueFalse(q *aulav1.Question, words Words) trueFalse {
	t := trueFalse{question: q.GetTrueFalse()}
	options := &aulav1.ChoiceQuestion{FixedOrder: true}
	for _, judgement := range []struct {
		id      string
		correct bool
	}{{"true", t.question.GetCorrect()}, {"false", !t.question.GetCorrect()}} {
		option := &aulav1.ChoiceOption{Id: judgement.id, Correct: judgement.correct, Text: map[string]string{}}
		for lang := range q.GetText() {
			if known := words(lang, judgement.id); len(known) > 0 {
				option.Text[lang] = known[0]
			}
		}
		if !judgement.correct {
			option.Feedback = t.question.GetFeedback()
		}
		options.Options = append(options.Options, option)
	}
	t.choice = newChoice(options)
	return t
}

func (t trueFalse) check(r *report) {
	r.texts("true_false.feedback", t.question.GetFeedback())
}
