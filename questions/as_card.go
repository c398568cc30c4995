package questions

import (
	aulav1 "aula/proto/aula/v1"
)

// cardKind is the kind whose answers learners rate themselves.
const cardKind = "card"

// asCard shows a question of another kind as a card: its stem, and what there was to
// choose from, on the front; its key on the back.
type asCard struct{ kind }

// as is the kind as an attempt shows it.
func (q *Question) as(p Play) kind {
	if p.Cards && q.Kind != cardKind {
		return asCard{q.kind()}
	}
	return q.kind()
}

// KindIn is the name of the kind as which an attempt asks the question: its own, or card.
func (q *Question) KindIn(p Play) string {
	if p.Cards {
		return cardKind
	}
	return q.Kind
}

// SelfRated reports whether learners rate their answers to the question themselves.
func (q *Question) SelfRated(p Play) bool { return q.KindIn(p) == cardKind }

func (c asCard) prompt(p *aulav1.Prompt, v view) {
	c.kind.prompt(p, v)
	front := &aulav1.CardPrompt{}
	switch shown := p.GetKind().(type) {
	case *aulav1.Prompt_Choice:
		for _, option := range shown.Choice.GetOptions() {
			front.Options = append(front.Options, option.GetText())
		}
	case *aulav1.Prompt_Order:
		for _, item := range shown.Order.GetItems() {
			front.Options = append(front.Options, item.GetText())
		}
	case *aulav1.Prompt_Match:
		for _, item := range shown.Match.GetLeft() {
			front.Options = append(front.Options, item.GetText())
		}
	}
	p.Kind = &aulav1.Prompt_Card{Card: front}
}

func (c asCard) grade(a *aulav1.Answer, _, _ view) (Grade, error) { return gradeCard(a) }

func (c asCard) key(k *aulav1.Key, v view) {
	c.kind.key(k, v)
	k.Kind = &aulav1.Key_Card{Card: &aulav1.CardKey{Back: k.GetDisplay()}}
}

// Back returns the back of a question that the attempt shows as a card, what there is to
// say about it, and their language. ok is false if the question is not shown as a card.
func (s *Set) Back(q *Question, r Reader, p Play) (back, explanation, lang string, ok bool) {
	if !q.SelfRated(p) {
		return "", "", "", false
	}
	v, _ := s.view(q, r, p)
	key := &aulav1.Key{}
	q.as(p).key(key, v)
	return key.GetCard().GetBack(), q.Source.GetExplanation()[v.lang], v.lang, true
}
