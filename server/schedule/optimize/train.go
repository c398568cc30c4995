package optimize

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"

	"aula/server/schedule"
)

// How weights are fitted.
const (
	epochs       = 5
	batchTurns   = 512
	learningRate = 0.04
	seed         = 2023
	beta1, beta2 = 0.9, 0.999 // of Adam
	epsilon      = 1e-8
)

// spread is how far each weight lies from the usual one among learners, as a standard
// deviation: what to be far from the start is measured by.
var spread = schedule.Weights{
	6.43, 9.66, 17.58, 27.85, 0.57, 0.28, 0.6, 0.12, 0.39, 0.18, 0.33, 0.3, 0.09, 0.16, 0.57, 0.25, 1.03, 0.31, 0.32, 0.14, 0.27,
}

// training is the work of fitting all weights.
type training struct {
	model      *model
	start      schedule.Weights
	relearning int       // steps
	weight     []float64 // of the loss at each turn; 0 for those that are not to be learnt from
	turns      int       // that are
	batches    [][][]step
}

// newTraining prepares to learn from cards what led to the turns they have, the later the more.
func newTraining(cards [][]step, start schedule.Weights, relearning int) *training {
	t := &training{model: newModel(&start), start: start, relearning: relearning}
	var order []int32
	for _, card := range cards {
		for i := range card {
			if card[i].turn >= 0 {
				order = append(order, card[i].turn)
			}
		}
	}
	slices.Sort(order)
	t.turns = len(order)
	t.weight = make([]float64, order[len(order)-1]+1)
	for i, turn := range order {
		age := float64(i) / max(float64(t.turns-1), 1)
		t.weight[turn] = 0.25 + 0.75*age*age*age
	}
	t.batches = batches(cards)
	return t
}

// batches puts cards with about as many reviews together, as many as have 512 turns.
func batches(cards [][]step) (all [][][]step) {
	cards = slices.SortedStableFunc(slices.Values(cards), func(a, b []step) int { return cmp.Compare(len(a), len(b)) })
	begin, turns := 0, 0
	for i, card := range cards {
		n := countTurns(card)
		if turns > 0 && turns+n > batchTurns {
			all = append(all, cards[begin:i])
			begin, turns = i, 0
		}
		turns += n
	}
	return append(all, cards[begin:])
}

func countTurns(card []step) (n int) {
	for i := range card {
		if card[i].turn >= 0 {
			n++
		}
	}
	return n
}

// run fits the weights: of those that each epoch ends with, the ones of the least loss.
func (t *training) run() schedule.Weights {
	w, best, least := t.start, t.start, math.Inf(1)
	random := rand.New(rand.NewPCG(seed, seed)) //nolint:gosec // the same reviews give the same weights
	steps := float64(len(t.batches) * epochs)
	adam := adam{}
	for range epochs {
		random.Shuffle(len(t.batches), func(i, j int) { t.batches[i], t.batches[j] = t.batches[j], t.batches[i] })
		for _, batch := range t.batches {
			_, grad := t.loss(&w, batch, true)
			rate := learningRate * (1 + math.Cos(math.Pi*float64(adam.steps)/steps)) / 2
			adam.step(&w, &grad, rate)
			clip(&w, t.relearning)
		}
		loss := 0.0
		for _, batch := range t.batches {
			one, _ := t.loss(&w, batch, false)
			loss += one
		}
		if loss < least {
			best, least = w, loss
		}
	}
	return best
}

// loss is the weighted log loss of predicting the turns of a batch, and its share of what it
// costs to be far from the start; with how it changes with each weight, where that is asked for.
func (t *training) loss(w *schedule.Weights, batch [][]step, differentiate bool) (loss float64, grad schedule.Weights) {
	t.model.set(w)
	turns := 0
	for _, card := range batch {
		t.model.forward(card)
		for i := range card {
			if card[i].turn >= 0 {
				turns++
				loss += t.weight[card[i].turn] * logLoss(&t.model.tape[i], &card[i])
			}
		}
		if differentiate {
			t.model.backward(card, func(i int) float64 { return t.weight[card[i].turn] * slope(&t.model.tape[i], &card[i]) }, &grad)
		}
	}
	share := float64(turns) / float64(t.turns)
	for i := range w {
		far := (w[i] - t.start[i]) / spread[i]
		loss += share * far * far
		grad[i] += share * 2 * far / spread[i]
	}
	return loss, grad
}

// logLoss is what a prediction costs.
func logLoss(rec *record, s *step) float64 {
	if s.recalled() {
		return -math.Log(rec.r)
	}
	return -math.Log(rec.q)
}

// slope is how that changes with the probability of recall.
func slope(rec *record, s *step) float64 {
	if s.recalled() {
		return -1 / rec.r
	}
	return 1 / rec.q
}

// adam is the method of Kingma and Ba, https://arxiv.org/abs/1412.6980.
type adam struct {
	mean, square schedule.Weights // of the gradients, decaying
	steps        int
}

func (a *adam) step(w, grad *schedule.Weights, rate float64) {
	a.steps++
	mean, square := 1-math.Pow(beta1, float64(a.steps)), 1-math.Pow(beta2, float64(a.steps))
	for i, g := range grad {
		a.mean[i] = beta1*a.mean[i] + (1-beta1)*g
		a.square[i] = beta2*a.square[i] + (1-beta2)*g*g
		w[i] -= rate * (a.mean[i] / mean) / (math.Sqrt(a.square[i]/square) + epsilon)
	}
}

// clip takes weights into their bounds. With several relearning steps, a card that is forgotten
// and relearnt must not end up more stable than it was, which bounds w17 and w18 further.
func clip(w *schedule.Weights, relearning int) {
	for i, bounds := range schedule.Bounds {
		w[i] = min(max(w[i], bounds[0]), bounds[1])
	}
	w[19] = max(w[19], 0.01)
	if relearning > 1 {
		room := -(math.Log(w[11]) + math.Log(math.Pow(2, w[13])-1) + 0.3*w[14]) / float64(relearning)
		most := math.Sqrt(max(room, 0.01))
		w[17], w[18] = min(w[17], most), min(w[18], most)
	}
}
