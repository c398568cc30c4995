package questions

import (
	"math"

	aulav1 "aula/proto/aula/v1"
)

// defaultPenalty is what a try takes off the next where the author says nothing.
const defaultPenalty = 1.0 / 3

// History is what a learner did with a question before an answer.
type History struct {
	Tries int     // answers given
	Best  float64 // the credit they left, 0 to 1
	Hints int     // hints revealed
}

// Credit is what an answer earns.
type Credit struct {
	Fraction   float64 // of the question's points, 0 to 1: never less than History.Best
	Points     int32   // what the question earns now
	TryPenalty float64 // what earlier tries took off the answer's worth, 0 to 1
	HintCost   float64 // what hints took off it, 0 to 1
	TriesLeft  int32   // answers that may still be given
}

// Credit turns the worth of an answer into what it earns, given what came before.
//
// Each earlier try takes the question's penalty off and each revealed hint its cost; of
// several answers the best counts (adaptive marking, as Moodle has it). Where the set asks
// for certainty, the points are those of certainty-based marking: thirds of the question's
// points, 1, 2, 3 for what is right and 0, -2, -6 for what is wrong, by rising certainty
// (A. R. Gardner-Medwin, Confidence-based marking, 2006); partial credit scales the former.
func (q *Question) Credit(g Grade, h History, certainty aulav1.Certainty, p Play) Credit {
	c := Credit{
		TryPenalty: tidy(math.Min(1, q.penalty()*float64(h.Tries))),
		HintCost:   q.HintCost(h.Hints),
	}
	c.Fraction = math.Max(h.Best, tidy(math.Max(0, g.Fraction-c.TryPenalty-c.HintCost)))
	if g.Fraction < 1 {
		c.TriesLeft = max(0, q.tries(p)-int32(h.Tries)-1)
	}
	c.Points = q.points(c.Fraction)
	if q.certainty {
		c.Points = int32(math.Round(float64(q.Points) * certaintyMark(g.Fraction, c.Fraction, certainty)))
	}
	return c
}

// certaintyMark is the mark as a fraction of the points: -2 to 1.
func certaintyMark(worth, fraction float64, certainty aulav1.Certainty) float64 {
	right, wrong := 1.0, 0.0
	switch certainty {
	case aulav1.Certainty_FAIRLY_SURE:
		right, wrong = 2, -2
	case aulav1.Certainty_SURE:
		right, wrong = 3, -6
	case aulav1.Certainty_CERTAINTY_UNSPECIFIED, aulav1.Certainty_UNSURE:
	}
	if worth > 0 {
		return fraction * right / 3
	}
	return wrong / 3
}

// points is what a credit earns without certainty: rounded, but all of them only for all
// of it.
func (q *Question) points(fraction float64) int32 {
	points := int32(math.Round(fraction * float64(q.Points)))
	if fraction < 1 {
		points = min(points, q.Points-1)
	}
	return points
}

// Closed reports whether the question takes no more answers, and why not is seen from what
// came before: the last answer was right, or it was the last try.
func (q *Question) Closed(tries int, right bool, p Play) bool {
	return right || tries >= int(q.tries(p))
}

// tries is how many answers a learner may give.
func (q *Question) tries(p Play) int32 {
	if p.Exam || p.Cards {
		return 1
	}
	return max(1, q.Source.GetTries())
}

func (q *Question) penalty() float64 {
	if q.Source.Penalty == nil {
		return defaultPenalty
	}
	return q.Source.GetPenalty()
}

// HintCost is what the first n hints take off the credit, 0 to 1.
func (q *Question) HintCost(n int) float64 {
	sum := 0.0
	for i, hint := range q.Source.GetHints() {
		if i < n {
			sum += hint.GetCost()
		}
	}
	return tidy(math.Min(1, sum))
}

// tidy drops what binary fractions add behind the sixth decimal: 0.1+0.2 is 0.3.
func tidy(x float64) float64 { return math.Round(x*1e6) / 1e6 }

// Hints lists what may be revealed: nothing of a card, whose back shows for nothing.
func (q *Question) Hints(p Play) []*aulav1.Hint {
	if p.Cards {
		return nil
	}
	return q.Source.GetHints()
}

// Hint returns the text of hint n, from 1, and its language. n must be one there is.
func (s *Set) Hint(q *Question, n int, r Reader, p Play) (text, lang string) {
	v, _ := s.view(q, r, p)
	return q.Source.GetHints()[n-1].GetText()[v.lang], v.lang
}
