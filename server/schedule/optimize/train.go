package optimize

import (
	"cmp"
	"math"
	"math/rand/v2"
	"runtime"
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
	relearning int     // steps
	turns      int     // to learn from
	batches    []batch // each with up to 512 of them
	whole      batch   // all of them
}

// batch is some of the turns.
type batch struct {
	turns int
	cards []lesson
}

// lesson is a card as it was at the last of its turns in a batch.
type lesson struct {
	card   []step
	weight []float64 // of the loss at each step; 0 where it is no turn of the batch
}

// place is where a turn is.
type place struct {
	card, step int
	turn       int32
	weight     float64
}

// newTraining prepares to learn from cards, from the later reviews the more.
func newTraining(cards [][]step, start schedule.Weights, relearning int) *training {
	var all []place
	for i, card := range cards {
		for j := range card {
			if card[j].turn >= 0 {
				all = append(all, place{card: i, step: j, turn: card[j].turn})
			}
		}
	}
	slices.SortFunc(all, func(a, b place) int { return cmp.Compare(a.turn, b.turn) })
	for i := range all {
		age := float64(i) / max(float64(len(all)-1), 1)
		all[i].weight = 0.25 + 0.75*age*age*age
	}
	// Those that come after as many reviews go together.
	slices.SortStableFunc(all, func(a, b place) int { return cmp.Compare(a.step, b.step) })
	t := &training{model: newModel(&start), start: start, relearning: relearning, turns: len(all), whole: newBatch(cards, all)}
	for some := range slices.Chunk(all, batchTurns) {
		t.batches = append(t.batches, newBatch(cards, some))
	}
	return t
}

// newBatch makes one of the turns at places, those of a card in their order.
func newBatch(cards [][]step, places []place) batch {
	b := batch{turns: len(places)}
	index := map[int]int{}
	for _, p := range places {
		at, known := index[p.card]
		if !known {
			at = len(b.cards)
			index[p.card] = at
			b.cards = append(b.cards, lesson{})
		}
		l := &b.cards[at]
		l.card = cards[p.card][:p.step+1]
		l.weight = append(l.weight, make([]float64, p.step+1-len(l.weight))...)
		l.weight[p.step] = p.weight
	}
	return b
}

// run fits the weights: of those that each epoch ends with, the ones of the least loss.
func (t *training) run() schedule.Weights {
	w, best, least := t.start, t.start, math.Inf(1)
	random := rand.New(rand.NewPCG(seed, seed)) // the same reviews give the same weights
	steps := float64((t.turns/batchTurns + 1) * epochs)
	adam := adam{}
	for range epochs {
		random.Shuffle(len(t.batches), func(i, j int) { t.batches[i], t.batches[j] = t.batches[j], t.batches[i] })
		for i := range t.batches {
			runtime.Gosched() // whoever waits for an answer goes first
			_, grad := t.loss(&w, &t.batches[i], true)
			rate := learningRate * (1 + math.Cos(math.Pi*float64(adam.steps)/steps)) / 2
			adam.step(&w, &grad, rate)
			clip(&w, t.relearning)
		}
		if loss, _ := t.loss(&w, &t.whole, false); loss < least {
			best, least = w, loss
		}
	}
	return best
}

// loss is the weighted log loss of predicting the turns of a batch, and its share of what it
// costs to be far from the start; with how it changes with each weight, where that is asked for.
func (t *training) loss(w *schedule.Weights, b *batch, differentiate bool) (loss float64, grad schedule.Weights) {
	t.model.set(w)
	for _, l := range b.cards {
		t.model.forward(l.card)
		for i := range l.card {
			if l.weight[i] > 0 {
				loss += l.weight[i] * logLoss(&t.model.tape[i], &l.card[i])
			}
		}
		if differentiate {
			t.model.backward(l.card, l.weight, &grad)
		}
	}
	share := float64(b.turns) / float64(t.turns)
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
