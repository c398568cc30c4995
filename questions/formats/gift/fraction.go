package gift

import (
	"math"
	"regexp"
	"strconv"
	"strings"
)

// fractions that Moodle knows.
var fractions = []float64{
	0, 1, 0.9, 5. / 6, 0.8, 0.75, 0.7, 2. / 3, 0.6, 0.5, 0.4, 1. / 3, 0.3, 0.25, 0.2, 1. / 6, 1. / 7, 0.125, 1. / 9, 0.1, 0.05,
}

const (
	fractionBelowOne = 0.9
	leastFraction    = 0.05
)

// nearest gives the fraction nearest to one, of the same sign.
func nearest(fraction float64) float64 {
	best := 0.
	for _, f := range fractions {
		if f = math.Copysign(f, fraction); math.Abs(f-fraction) < math.Abs(best-fraction) {
			best = f
		}
	}
	return best
}

// exactly undoes the rounding of a fraction that was written in a few digits.
func exactly(fraction float64) float64 {
	const rounding = 5e-4
	if near := nearest(fraction); math.Abs(near-fraction) < rounding {
		return near
	}
	return fraction
}

var percentage = regexp.MustCompile(`^%\s*(-?\d*[.,]?\d+|-?\d+[.,])\s*%`)

// weight reads the percentage before an answer. Without one found is false.
func (q *question) weight(p part) (weight float64, rest part, found bool) {
	written := percentage.FindStringSubmatch(q.block.text[p.from:p.to])
	if written == nil {
		return 0, p, false
	}
	weight, err := strconv.ParseFloat(strings.Replace(written[1], ",", ".", 1), 64)
	if err != nil || math.Abs(weight) > 100 {
		q.refuse(p.from, "format.gift.bad_weight", "Weight", written[0])
		weight = 0
	}
	return exactly(weight / 100), q.trim(part{p.from + len(written[0]), p.to}), true
}

// percent writes a fraction as Moodle does.
func percent(fraction float64) string {
	return "%" + strconv.FormatFloat(math.Round(fraction*1e7)/1e5, 'f', -1, 64) + "%"
}
