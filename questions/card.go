package questions

import aulav1 "aula/proto/aula/v1"

// card asks to recall what is on the back; its front is the question's text.
type card struct {
	question *aulav1.CardQuestion
}

func (c card) check(r *report) { r.texts("card.back", c.question.GetBack()) }

func (c card) covers(lang string) bool { return c.question.GetBack()[lang] != "" }

func (c card) prompt(p *aulav1.Prompt, _ view) {
	p.Kind = &aulav1.Prompt_Card{Card: &aulav1.CardPrompt{}}
}

func (c card) grade(a *aulav1.Answer, _, _ view) (Grade, error) { return gradeCard(a) }

// gradeCard takes the learner's word for it.
func gradeCard(a *aulav1.Answer) (Grade, error) {
	switch a.GetCard().GetRating() {
	case aulav1.CardAnswer_AGAIN:
		return Grade{}, nil
	case aulav1.CardAnswer_HARD, aulav1.CardAnswer_GOOD, aulav1.CardAnswer_EASY:
		return Grade{Fraction: 1}, nil
	default:
		return Grade{}, &Refusal{Field: "card.rating", ID: "card.no_rating"}
	}
}

func (c card) key(k *aulav1.Key, v view) {
	back := c.question.GetBack()[v.lang]
	k.Kind, k.Display = &aulav1.Key_Card{Card: &aulav1.CardKey{Back: back}}, back
}
