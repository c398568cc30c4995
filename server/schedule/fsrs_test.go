package schedule

import (
	"math"
	"slices"
	"strings"
	"testing"

	aulav1 "aula/proto/aula/v1"
)

const (
	again = aulav1.CardAnswer_AGAIN
	hard  = aulav1.CardAnswer_HARD
	good  = aulav1.CardAnswer_GOOD
	easy  = aulav1.CardAnswer_EASY
)

var ratings = []aulav1.CardAnswer_Rating{again, hard, good, easy}

// near reports whether a number is that of a reference, which reckons with 32 bits.
func near(got, want float64) bool { return math.Abs(got-want) <= 1e-4*math.Abs(want) }

// The numbers of the tests in this file are those of fsrs-rs 6.6.

func TestCurve(t *testing.T) {
	for _, test := range []struct{ days, stability, want float64 }{
		{0, 1, 1},
		{1, 2, 0.9403443},
		{2, 3, 0.9253786},
		{3, 4, 0.9185229},
		{4, 4, 0.9},
		{5, 2, 0.8261359},
	} {
		if got := DefaultWeights.Retrievability(test.days, test.stability); !near(got, test.want) {
			t.Errorf("%v days after a stability of %v: recalled with %v, want %v", test.days, test.stability, got, test.want)
		}
		if test.days == 0 {
			continue
		}
		if got := DefaultWeights.Interval(test.stability, test.want); !near(got, test.days) {
			t.Errorf("a stability of %v falls to %v in %v days, want %v", test.stability, test.want, got, test.days)
		}
	}
}

func TestFirstReview(t *testing.T) {
	for i, want := range []Memory{{0.212, 6.4133}, {1.2931, 5.1121708}, {2.3065, 2.1181039}, {8.2956, 1}} {
		got := DefaultWeights.Next(Memory{}, 100, ratings[i])
		if !near(got.Stability, want.Stability) || !near(got.Difficulty, want.Difficulty) {
			t.Errorf("%v first: %v, want %v", ratings[i], got, want)
		}
	}
}

func TestDifficulty(t *testing.T) {
	f := formulasOf(&DefaultWeights)
	for i, want := range []float64{8.341763, 6.6659956, 4.990228, 3.3144615} {
		if got := f.difficulty(5, float64(ratings[i])); !near(got, want) {
			t.Errorf("5 after %v: %v, want %v", ratings[i], got, want)
		}
	}
}

func TestStability(t *testing.T) {
	f := formulasOf(&DefaultWeights)
	for _, test := range []struct {
		difficulty, r           float64
		rating                  aulav1.CardAnswer_Rating
		success, lapse, sameDay float64
	}{
		{1, .9, again, 25.602541, 1.0525396, 1.596818},
		{2, .8, hard, 28.226582, 1.1894329, 5},
		{3, .7, good, 58.656002, 1.3680838, 5},
		{4, .6, easy, 127.226685, 1.584989, 8.12961},
	} {
		before := Memory{5, test.difficulty}
		if got := f.success(before, test.r, test.rating); !near(got, test.success) {
			t.Errorf("%v at %v: %v after a success, want %v", before, test.r, got, test.success)
		}
		if got := f.lapse(before, test.r); !near(got, test.lapse) {
			t.Errorf("%v at %v: %v after a lapse, want %v", before, test.r, got, test.lapse)
		}
		if got := f.sameDay(before.Stability, test.rating); !near(got, test.sameDay) {
			t.Errorf("%v, %v on the same day: %v, want %v", before, test.rating, got, test.sameDay)
		}
	}
}

func TestMemory(t *testing.T) {
	var m Memory
	days := []int{0, 0, 1, 3, 8, 21}
	for i, rating := range []aulav1.CardAnswer_Rating{again, good, good, good, good, good} {
		m = DefaultWeights.Next(m, days[i], rating)
	}
	if want := (Memory{53.62691, 6.3574867}); !near(m.Stability, want.Stability) || !near(m.Difficulty, want.Difficulty) {
		t.Errorf("%v, want %v", m, want)
	}
}

func TestMemoryHas8Decimals(t *testing.T) {
	m := DefaultWeights.Next(Memory{5, 5}, 7, good)
	for _, x := range []float64{m.Stability, m.Difficulty} {
		if scaled := x * 1e8; math.Abs(scaled-math.Round(scaled)) > 1e-4 {
			t.Errorf("%v has more than 8 decimals", x)
		}
	}
}

func TestReadWeights(t *testing.T) {
	set := func(i int, to float64) []float64 {
		w := slices.Clone(DefaultWeights[:])
		w[i] = to
		return w
	}
	fsrs5 := []float64{
		0.40255, 1.18385, 3.173, 15.69105, 7.1949, 0.5345, 1.4604, 0.0046, 1.54575, 0.1192, 1.01925,
		1.9395, 0.11, 0.29605, 2.2698, 0.2315, 2.9898, 0.51655, 0.6621,
	}
	fsrs45 := []float64{
		0.4872, 1.4003, 3.7145, 13.8206, 5.1618, 1.2298, 0.8975, 0.031, 1.6474, 0.1367, 1.0461, 2.1072,
		0.0793, 0.3246, 1.587, 0.2272, 2.8755,
	}
	now45 := slices.Concat(fsrs45, []float64{0, 0, 0, 0.5})
	now45[4], now45[5], now45[6] = 5.1618+2*1.2298, math.Log(3*1.2298+1)/3, 1.3975
	for _, test := range []struct {
		name    string
		weights []float64
		want    []float64
		err     string
	}{
		{"of today", DefaultWeights[:], DefaultWeights[:], ""},
		{"of FSRS-5", fsrs5, slices.Concat(fsrs5, []float64{0, 0.5}), ""},
		{"of FSRS-4.5", fsrs45, now45, ""},
		{"none", nil, nil, "0 weights, want 21 (or 19 or 17 of earlier versions)"},
		{"18", make([]float64, 18), nil, "18 weights"},
		{"22", make([]float64, 22), nil, "22 weights"},
		{"too little", set(0, 0), nil, "w0 is 0, want 0.001 to 100"},
		{"too much", set(4, 10.01), nil, "w4 is 10.01, want 1 to 10"},
		{"not a number", set(20, math.NaN()), nil, "w20 is NaN, want 0.1 to 0.8"},
		{"infinite", set(8, math.Inf(1)), nil, "w8 is +Inf, want 0 to 4.5"},
		{"no logarithm", append(slices.Clone(fsrs45[:5]), append([]float64{-1}, fsrs45[6:]...)...), nil, "w5 is NaN, want 0.001 to 4"},
	} {
		w, err := ReadWeights(test.weights)
		switch {
		case test.err == "" && err != nil:
			t.Errorf("%s: %v", test.name, err)
		case test.err == "" && !slices.Equal(w[:], test.want):
			t.Errorf("%s: %v, want %v", test.name, *w, test.want)
		case test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)):
			t.Errorf("%s: error %v, want %q", test.name, err, test.err)
		}
	}
}
