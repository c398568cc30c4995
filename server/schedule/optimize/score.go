package optimize

import (
	"cmp"
	"math"
	"slices"

	"aula/server/schedule"
)

// Scores say how well recall was predicted.
type Scores struct {
	Reviews int // that were predicted
	// LogLoss is the mean of -ln of the probability that what happened had. Less is better.
	LogLoss float64
	// RMSE is by how much the mean prediction and the share recalled differ, over bins of
	// reviews with a similar interval, number and lapses. Less is better.
	RMSE float64
	// AUC is the probability that one which was recalled was given a higher chance than one
	// which was forgotten. More is better; NaN where either does not occur.
	AUC float64
}

// prediction is the probability of recall before a review, and what came of it.
type prediction struct {
	bin      bin
	turn     int32
	recalled bool
	loss     float64
	r        float64
}

// score compares what weights predict from one turn to before another with what happened.
func (h *history) score(w *schedule.Weights, from, to int) Scores {
	return scores(h.predict(w, from, to))
}

// predict gives what weights predict from one turn to before another.
func (h *history) predict(w *schedule.Weights, from, to int) []prediction {
	m := newModel(w)
	var all []prediction
	for _, card := range h.cards {
		card = until(card, to)
		m.forward(card)
		reviews, lapses := 1, 0 // on days of their own
		for i := range card {
			s, rec := &card[i], &m.tape[i]
			if s.turn < 0 {
				continue
			}
			reviews++
			if s.turn >= int32(from) {
				p := prediction{bin: binOf(s.days, reviews, lapses), turn: s.turn, recalled: s.recalled(), loss: logLoss(rec, s), r: rec.r}
				all = append(all, p)
			}
			if !s.recalled() {
				lapses++
			}
		}
	}
	slices.SortFunc(all, func(a, b prediction) int { return cmp.Compare(a.turn, b.turn) })
	return all
}

func scores(all []prediction) Scores {
	s := Scores{Reviews: len(all), LogLoss: math.NaN(), RMSE: math.NaN(), AUC: math.NaN()}
	if len(all) == 0 {
		return s
	}
	loss := 0.0
	for i := range all {
		loss += all[i].loss
	}
	s.LogLoss = loss / float64(len(all))
	s.RMSE, s.AUC = rmse(all), auc(all)
	return s
}

// bin is what reviews with a similar interval, number and lapses have in common.
type bin struct{ days, reviews, lapses int }

// binOf finds a review's bin, by the logarithms of what the bins are about. Which bases there
// are is the benchmark's choice.
func binOf(days int32, reviews, lapses int) bin {
	b := bin{days: level(int(days), 3.62), reviews: level(reviews, 1.89), lapses: -1}
	if lapses > 0 {
		b.lapses = level(lapses, 1.73)
	}
	return b
}

func level(n int, base float64) int { return int(math.Floor(math.Log(float64(n)) / math.Log(base))) }

func rmse(all []prediction) float64 {
	type sums struct{ predicted, recalled, count float64 }
	bins := map[bin]*sums{}
	var order []*sums // sums depend on it, and a map has none
	for i := range all {
		of := bins[all[i].bin]
		if of == nil {
			of = &sums{}
			bins[all[i].bin] = of
			order = append(order, of)
		}
		of.predicted += all[i].r
		of.count++
		if all[i].recalled {
			of.recalled++
		}
	}
	total := 0.0
	for _, of := range order {
		off := (of.predicted - of.recalled) / of.count
		total += off * off * of.count
	}
	return math.Sqrt(total / float64(len(all)))
}

// auc counts, by ranks, which pairs of one recalled and one forgotten are in the right order;
// one that is in none counts half.
func auc(all []prediction) float64 {
	all = slices.SortedStableFunc(slices.Values(all), func(a, b prediction) int { return cmp.Compare(a.r, b.r) })
	var recalled, ranks float64
	for begin := 0; begin < len(all); {
		end, same := begin, 0.0
		for ; end < len(all) && all[end].r == all[begin].r; end++ {
			if all[end].recalled {
				same++
			}
		}
		recalled += same
		ranks += same * float64(begin+1+end) / 2
		begin = end
	}
	forgotten := float64(len(all)) - recalled
	return (ranks - recalled*(recalled+1)/2) / (recalled * forgotten)
}
