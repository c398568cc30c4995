package gift

import (
	"math"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats/plaintext"
)

// choice reads answers with ~: one may be chosen where one of them has =, else several.
func (q *question) choice(p part) {
	answers := q.answers(p)
	if n := len(answers); n < plaintext.MinOptions || n > plaintext.MaxOptions {
		q.refuse(p.from, "format.gift.option_count", "Count", n, "Min", plaintext.MinOptions, "Max", plaintext.MaxOptions)
		return
	}
	c := &aulav1.ChoiceQuestion{Multiple: true}
	q.read.Kind = &aulav1.Question_Choice{Choice: c}
	weights := make([]float64, len(answers))
	for i, a := range answers {
		weight, rest, found := q.weight(a.part)
		if a.sign == '=' {
			c.Multiple = false
			if !found {
				weight = 1
			}
		}
		weights[i] = weight
		c.Options = append(c.Options, q.option(rest))
	}
	if c.GetMultiple() {
		q.weighSeveral(p.from, c.GetOptions(), weights)
	} else {
		q.weighOne(p.from, c.GetOptions(), weights)
	}
}

func (q *question) option(p part) *aulav1.ChoiceOption {
	text, feedback, _ := q.cut(p, "#")
	option := &aulav1.ChoiceOption{
		Text:     q.written(text, plaintext.MaxOption, "format.gift.option_too_long"),
		Feedback: q.feedback(feedback),
	}
	if len(option.GetText()) == 0 {
		q.refuse(p.from, "format.gift.option_empty")
	}
	return option
}

func (q *question) feedback(p part) map[string]string {
	return q.written(p, plaintext.MaxFeedback, "format.gift.feedback_too_long")
}

// weighOne enters the weights of options of which one may be chosen.
func (q *question) weighOne(at int, options []*aulav1.ChoiceOption, weights []float64) {
	right := 0
	for i, option := range options {
		switch weight := weights[i]; weight {
		case 1:
			right++
			option.Correct = true
		case 0:
		default:
			option.Weight = &weight
		}
	}
	switch {
	case right == 0:
		q.refuse(at, "format.gift.none_right")
	case right > 1:
		q.refuse(at, "format.gift.several_right", "Count", right, "Weight", percent(nearest(1/float64(right))))
	}
}

// weighSeveral enters the weights of options of which several may be chosen.
func (q *question) weighSeveral(at int, options []*aulav1.ChoiceOption, weights []float64) {
	right, sum, least, most := 0, 0., 1., 0.
	for _, weight := range weights {
		if weight > 0 {
			right++
			sum += weight
			least, most = min(least, weight), max(most, weight)
		}
	}
	// Three times 33% are meant to be everything.
	const rounding, hair = 0.0201, 1e-6
	equal := most-least < hair && math.Abs(sum-1) < rounding
	switch {
	case right == 0:
		q.refuse(at, "format.gift.none_right")
	case right == len(options):
		q.refuse(at, "format.gift.none_wrong")
	case !equal && math.Abs(sum-1) > hair:
		q.refuse(at, "format.gift.weight_sum", "Sum", math.Round(sum*1e4)/1e2)
	}
	for i, option := range options {
		weight := weights[i]
		option.Correct = weight > 0
		usual := -1 / float64(len(options)-right)
		if math.Abs(weight-usual) > 1e-4 && (!option.GetCorrect() || !equal) {
			option.Weight = &weight
		}
	}
}
