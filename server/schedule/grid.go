package schedule

import "math"

// The grid of memories.
const (
	difficulties = 10  // 1 to 10
	ratio        = 1.3 // from a stability to the next
	grains       = 68  // stabilities from minStability to past maxStability
	cells        = grains * difficulties
	dust         = 1e-9 // part of a card that is not worth following
	delays       = 16   // of reviews that come late
	delayRatio   = 1.25 // from one to the next, counted from the review before
)

var (
	logRatio      = math.Log(ratio)
	logDelayRatio = math.Log(delayRatio)
)

// spot is where on the grid a memory lies: the first of the four cells around it, and what of
// it each of the four has.
type spot struct {
	cell  int
	parts [4]float64
}

// corners are where the four cells are that are around a memory, as seen from the first.
var corners = [4]int{0, 1, difficulties, difficulties + 1}

func spotOf(m Memory) spot {
	row, s := math.Modf(math.Log(bounded(m.Stability, minStability, maxStability)/minStability) / logRatio)
	column, d := math.Modf(bounded(m.Difficulty, minDifficulty, maxDifficulty) - minDifficulty)
	if column == difficulties-1 {
		column, d = column-1, 1
	}
	return spot{int(row)*difficulties + int(column), [4]float64{(1 - s) * (1 - d), (1 - s) * d, s * (1 - d), s * d}}
}

// add shares out some of the cards with a memory.
func (p *spot) add(to *[cells]float64, mass float64) {
	for i, part := range p.parts {
		to[p.cell+corners[i]] += mass * part
	}
}

// pile is cards of a cell that come due on the same day.
type pile struct {
	mass   float64 // how many
	waited float64 // for how many days longer than the interval of the cell, all together
}
