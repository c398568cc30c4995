package optimize

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	aulav1 "aula/proto/aula/v1"
	"aula/server/schedule"
)

// randomCard is a card with up to so many reviews, all kinds of them.
func randomCard(r *rand.Rand, most int) []step {
	days := []int32{0, 0, 1, 1, 2, 3, 5, 8, 13, 21, 60, 200, 1000}
	card := []step{{rating: int8(1 + r.IntN(4)), turn: -1}}
	turn := int32(0)
	for range 1 + r.IntN(most) {
		s := step{days: days[r.IntN(len(days))], rating: int8(1 + r.IntN(4)), turn: -1}
		if s.days > 0 {
			s.turn = turn
			turn++
		}
		card = append(card, s)
	}
	return card
}

// randomWeights lie well within their bounds.
func randomWeights(r *rand.Rand) (w schedule.Weights) {
	for i, b := range schedule.Bounds {
		w[i] = schedule.DefaultWeights[i] * (0.7 + 0.6*r.Float64())
		room := (b[1] - b[0]) / 100
		w[i] = min(max(w[i], b[0]+room), b[1]-room)
	}
	return w
}

// totalLoss is the log loss of all turns of a card.
func totalLoss(w *schedule.Weights, card []step) (loss float64) {
	m := newModel(w)
	m.forward(card)
	for i := range card {
		if card[i].turn >= 0 {
			loss += logLoss(&m.tape[i], &card[i])
		}
	}
	return loss
}

func gradient(w *schedule.Weights, card []step) (grad schedule.Weights) {
	m := newModel(w)
	m.forward(card)
	weight := make([]float64, len(card))
	for i := range card {
		if card[i].turn >= 0 {
			weight[i] = 1
		}
	}
	m.backward(card, weight, &grad)
	return grad
}

// central is how the loss changes with a weight, by differences of the fourth order.
func central(w schedule.Weights, i int, card []step) float64 {
	h := 1e-4 * max(w[i], 0.01)
	at := func(x float64) float64 {
		moved := w
		moved[i] += x
		return totalLoss(&moved, card)
	}
	return (8*(at(h)-at(-h)) - (at(2*h) - at(-2*h))) / (12 * h)
}

// bends reports whether a formula gives way to another one so near that differences of the
// loss are of both.
func bends(w schedule.Weights, i int, card []step) bool {
	h := 1e-4 * max(w[i], 0.01)
	way := func(x float64) (all []any) {
		moved := w
		moved[i] += x
		m := newModel(&moved)
		m.forward(card)
		for _, rec := range m.tape {
			all = append(all, rec.branch, rec.inBounds, rec.dInBounds)
		}
		return all
	}
	return !slices.Equal(way(-2*h), way(2*h))
}

func TestGradients(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	touched := [21]int{}
	for n := range 600 {
		card := randomCard(r, 1+n%30)
		w := randomWeights(r)
		if n%10 == 0 {
			w = schedule.DefaultWeights
			w[7] = 0.01
		}
		grad := gradient(&w, card)
		for i := range grad {
			if bends(w, i, card) {
				continue
			}
			want := central(w, i, card)
			if grad[i] != 0 {
				touched[i]++
			}
			// Below a millionth of the whole a difference of losses has no digits left.
			if scale := max(math.Abs(want), 1e-3*totalLoss(&w, card)); math.Abs(grad[i]-want) > 1e-6*scale {
				t.Errorf("card %d %v: by w%d %v, by differences %v", n, card, i, grad[i], want)
			}
		}
	}
	for i, n := range touched {
		if n < 50 {
			t.Errorf("w%d mattered to %d cards only", i, n)
		}
	}
}

// Where a formula bends, where stability or difficulty reaches its bound, the derivative is
// that of one side.
func TestGradientsAtBounds(t *testing.T) {
	for _, card := range [][]step{
		{{rating: 4, turn: -1}, {days: 36500, rating: 4, turn: 0}, {days: 36500, rating: 4, turn: 1}, {days: 5, rating: 1, turn: 2}},
		{{rating: 1, turn: -1}, {days: 1, rating: 1, turn: 0}, {rating: 1, turn: -1}, {rating: 1, turn: -1}, {rating: 1, turn: -1}, {days: 1, rating: 1, turn: 1}},
		{{rating: 3, turn: -1}, {rating: 3, turn: -1}, {rating: 2, turn: -1}, {days: 1, rating: 3, turn: 0}},
	} {
		grad := gradient(&schedule.DefaultWeights, card)
		for i, g := range grad {
			if math.IsNaN(g) || math.IsInf(g, 0) {
				t.Errorf("%v: by w%d %v", card, i, g)
			}
		}
	}
}

// The model is that of package schedule, but for its rounding.
func TestModelIsThatOfSchedule(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 500 {
		w, card := randomWeights(r), randomCard(r, 20)
		m := newModel(&w)
		m.forward(card)
		var memory schedule.Memory
		for i, s := range card {
			rec := m.tape[i]
			if i > 0 {
				if near := math.Abs(rec.s/memory.Stability-1) + math.Abs(rec.d/memory.Difficulty-1); near > 1e-4 {
					t.Fatalf("%v: stability %v and difficulty %v before review %d, want %+v", card, rec.s, rec.d, i, memory)
				}
				want := w.Retrievability(float64(s.days), memory.Stability)
				if s.days > 0 && math.Abs(rec.r-want) > 1e-5 {
					t.Fatalf("%v: retrievability %v at review %d, want %v", card, rec.r, i, want)
				}
			}
			memory = w.Next(memory, int(s.days), aulav1.CardAnswer_Rating(s.rating))
		}
	}
}
