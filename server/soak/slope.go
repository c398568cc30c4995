package main

import (
	"fmt"
	"time"
)

// What leaks does so by a little all the time, which the noise of a few minutes hides from a
// comparison, and a restart wipes. So memory, goroutines and files are also judged by how much
// they grow in an hour: by Theil and Sen, as the median of the slopes between any two samples
// of a life. Those of all lives are taken together, so that a long one, which says more, has
// more of them.

// hourlyTimes and hourlyMore are how much a figure may grow in an hour: half of its level, and
// a little. Values that jump about by a tenth stay below it in a run of an hour.
const (
	hourlyTimes = 0.5
	hourlyMore  = 60
)

const (
	// enough is how long the lives must be together, after the warm-up, for a slope to be told
	// from noise.
	enough = 5 * time.Minute
	// maxPoints bounds of how many samples of a life slopes are taken, as there are half its
	// square.
	maxPoints = 400
)

// growth is how a figure grows.
type growth struct {
	level, hourly float64
	told          bool // there are samples enough
}

func (g growth) most() float64 { return g.level*hourlyTimes + hourlyMore }

func (g growth) flat() bool { return !g.told || g.hourly <= g.most() }

func (g growth) String() string {
	if !g.told {
		return "–\t–"
	}
	return fmt.Sprintf("%+.0f\t%.0f", g.hourly, g.most())
}

// growths are those of the figures that are judged by them. Memory has a warm-up of its own: what
// was played and loaded stays in caches, which take many minutes to fill.
func growths(lives [][]sample, warmUp, filled time.Duration) map[figure]growth {
	return map[figure]growth{
		resident:   growthOf(lives, resident, filled),
		heap:       growthOf(lives, heap, filled),
		goroutines: growthOf(lives, goroutines, warmUp),
		files:      growthOf(lives, files, warmUp),
	}
}

// growthOf is that of a figure in what comes of each life after an age.
func growthOf(lives [][]sample, f figure, after time.Duration) growth {
	var slopes, levels []float64
	var long time.Duration
	for _, l := range lives {
		warm := between(l, after, last(l).age)
		if len(warm) < leastSamples {
			continue
		}
		long += last(warm).age - warm[0].age
		slopes = append(slopes, slopesOf(warm, f)...)
		levels = append(levels, medianOf(warm, f))
	}
	return growth{level: middle(levels), hourly: middle(slopes), told: long >= enough}
}

// slopesOf are those between any two samples of a life, in an hour.
func slopesOf(samples []sample, f figure) (slopes []float64) {
	step := (len(samples) + maxPoints - 1) / maxPoints
	for i := 0; i < len(samples); i += step {
		for j := i + step; j < len(samples); j += step {
			if took := samples[j].age - samples[i].age; took > 0 {
				slopes = append(slopes, (samples[j].values[f]-samples[i].values[f])/took.Hours())
			}
		}
	}
	return slopes
}
