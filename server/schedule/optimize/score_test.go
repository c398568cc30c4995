package optimize

import (
	"math"
	"testing"

	"aula/server/schedule"
)

func near(a, b, most float64) bool { return math.Abs(a-b) <= most }

// Numbers that the reference gives.
func TestInitialStability(t *testing.T) {
	points := []point{
		{1, 0.86666667, 435}, {2, 0.90721649, 97}, {3, 0.73015873, 63}, {4, 0.76315789, 38}, {5, 0.67857143, 28},
	}
	if got := stabilityLoss(points, 0.7840586, schedule.DefaultWeights[0]); !near(got, 279.9206961069712, 1e-4) {
		t.Error("loss", got)
	}
	for i := range points {
		points[i].recall = (points[i].recall*points[i].count + 0.943_028_57) / (points[i].count + 1)
	}
	if got := fitStability(points, schedule.DefaultWeights[0]); !near(got, 0.7355089, 1e-6) {
		t.Error("stability", got)
	}
}

func TestSmooth(t *testing.T) {
	for _, c := range []struct{ s, counts, want [ratings]float64 }{
		{[4]float64{0.4, 0, 2.3, 10.9}, [4]float64{1, 0, 1, 1}, [4]float64{0.4, 1.1227008, 2.3, 10.9}}, // the reference's
		{[4]float64{0, 0.35, 0, 0}, [4]float64{0, 1, 0, 0}, [4]float64{0.05738148, 0.35, 0.6242943, 2.2453482}},
		{[4]float64{1, 2, 3, 4}, [4]float64{1, 1, 1, 1}, [4]float64{1, 2, 3, 4}},
		// Fewer cards give way.
		{[4]float64{2, 1, 3, 4}, [4]float64{9, 1, 1, 1}, [4]float64{2, 2, 3, 4}},
		{[4]float64{2, 1, 3, 4}, [4]float64{1, 9, 1, 1}, [4]float64{1, 1, 3, 4}},
		{[4]float64{9, 9, 9, 1}, [4]float64{1, 2, 3, 9}, [4]float64{1, 1, 1, 1}},
		// Two that are known say what the others are, in between or beyond.
		{[4]float64{1, 0, 0, math.Exp(1)}, [4]float64{1, 0, 0, 1}, [4]float64{1, math.Exp(0.59 * 0.54 / 0.7286), math.Exp(0.54 / 0.7286), math.Exp(1)}},
		{[4]float64{1, 0, math.Exp(1), 0}, [4]float64{1, 0, 1, 0}, [4]float64{1, math.Exp(0.59), math.Exp(1), math.Exp((1 - 0.46*0.59) / 0.54)}},
		{[4]float64{1, math.Exp(1), 0, 0}, [4]float64{1, 1, 0, 0}, [4]float64{1, math.Exp(1), math.Exp(1 / 0.59), math.Exp((1/0.59 - 0.46) / 0.54)}},
		{[4]float64{0, 1, math.Exp(1), 0}, [4]float64{0, 1, 1, 0}, [4]float64{math.Exp(-0.59 / 0.41), 1, math.Exp(1), math.Exp(1 / 0.54)}},
		{[4]float64{0, 1, 0, math.Exp(1)}, [4]float64{0, 1, 0, 1}, [4]float64{math.Exp(-0.59 * 0.54 / 0.41), 1, math.Exp(0.54), math.Exp(1)}},
		{[4]float64{0, 0, 1, math.Exp(1)}, [4]float64{0, 0, 1, 1}, [4]float64{math.Exp(-0.54 / 0.46 / 0.41), math.Exp(-0.54 / 0.46), 1, math.Exp(1)}},
	} {
		var counts [ratings]int
		for i, n := range c.counts {
			counts[i] = int(n)
		}
		got, ok := smooth(c.s, counts)
		for i := range got {
			if !ok || !near(got[i], c.want[i], 1e-6*c.want[i]) {
				t.Errorf("%v of %v cards: %v, %v, want %v", c.s, c.counts, got, ok, c.want)
				break
			}
		}
	}
	if _, ok := smooth([ratings]float64{}, [ratings]int{}); ok {
		t.Error("made something of nothing")
	}
}

func TestOutliers(t *testing.T) {
	begun := func(rating int8, days int32, n int) (cards [][]step) {
		for range n {
			cards = append(cards, []step{{rating: rating, turn: -1}, {days: days, rating: 3, turn: 0}})
		}
		return cards
	}
	join := func(all ...[][]step) (cards [][]step) {
		for _, some := range all {
			cards = append(cards, some...)
		}
		return cards
	}
	for _, c := range []struct {
		name  string
		cards [][]step
		left  int
	}{
		{"common", begun(3, 2, 100), 100},
		{"few of all", begun(3, 2, 19), 0},
		{"just enough", begun(3, 2, 20), 20},
		{"rare", join(begun(3, 2, 100), begun(3, 3, 5)), 100},
		{"rare, but past what is removed", join(begun(3, 2, 100), begun(3, 3, 15), begun(3, 4, 16)), 116},
		{"too rare, past that", join(begun(3, 2, 100), begun(3, 7, 19), begun(3, 8, 5), begun(3, 9, 5), begun(3, 10, 5), begun(3, 11, 5)), 119},
		{"too long", join(begun(3, 2, 100), begun(3, 101, 50)), 100},
		{"long, but easy", join(begun(4, 2, 100), begun(4, 101, 50)), 150},
		{"too long, though easy", join(begun(4, 2, 100), begun(4, 366, 50)), 100},
		{"5 %", join(begun(2, 2, 1000), begun(2, 3, 49)), 1000},
		{"never again", [][]step{{{rating: 3, turn: -1}}}, 0},
	} {
		if left := withoutOutliers(c.cards); len(left) != c.left {
			t.Errorf("%s: %d cards left, want %d", c.name, len(left), c.left)
		}
	}
}

func TestScores(t *testing.T) {
	told := func(r float64, recalled bool, b bin) prediction {
		p := prediction{r: r, recalled: recalled, bin: b, loss: -math.Log(1 - r)}
		if recalled {
			p.loss = -math.Log(r)
		}
		return p
	}
	a, b := bin{0, 1, 0}, bin{1, 1, 0}
	got := scores([]prediction{told(0.9, true, a), told(0.8, false, a), told(0.7, true, b), told(0.8, true, b)})
	// By hand: pairs with the one forgotten at 0.8 are right, wrong and even.
	want := Scores{4, -(math.Log(0.9) + math.Log(0.2) + math.Log(0.7) + math.Log(0.8)) / 4, math.Sqrt((0.35*0.35 + 0.25*0.25) / 2), 0.5}
	if !near(got.LogLoss, want.LogLoss, 1e-12) || !near(got.RMSE, want.RMSE, 1e-12) || !near(got.AUC, want.AUC, 1e-12) || got.Reviews != 4 {
		t.Errorf("%+v, want %+v", got, want)
	}
	for _, recalled := range []bool{true, false} {
		if got := scores([]prediction{told(0.9, recalled, a), told(0.8, recalled, a)}); !math.IsNaN(got.AUC) {
			t.Errorf("%+v, and there is nothing to tell apart", got)
		}
	}
}

func TestBins(t *testing.T) {
	same := func(a, b bin) {
		t.Helper()
		if a != b {
			t.Errorf("%v and %v are not the same bin", a, b)
		}
	}
	other := func(a, b bin) {
		t.Helper()
		if a == b {
			t.Errorf("%v is the bin of both", a)
		}
	}
	same(binOf(1, 2, 0), binOf(3, 3, 0)) // 1 to 3 days, 2 or 3 reviews
	other(binOf(3, 2, 0), binOf(4, 2, 0))
	same(binOf(4, 2, 0), binOf(13, 2, 0))
	other(binOf(13, 2, 0), binOf(14, 2, 0))
	other(binOf(1, 3, 0), binOf(1, 4, 0))
	other(binOf(1, 4, 0), binOf(1, 4, 1))
	other(binOf(1, 4, 1), binOf(1, 4, 2))
	same(binOf(1, 9, 3), binOf(1, 9, 5))
}

func TestEvaluate(t *testing.T) {
	e := Evaluate(simulate(another, 6000, 4), schedule.DefaultWeights, 1)
	if e.Reviews != 6000 || e.Method != AllWeights || e.Given.Reviews != e.Fitted.Reviews || e.Given.Reviews != e.Usable/6*5 {
		t.Errorf("%+v", e)
	}
	if !(e.Fitted.LogLoss < e.Given.LogLoss && e.Fitted.RMSE < e.Given.RMSE && e.Fitted.AUC > 0.5) {
		t.Errorf("fitting does not help: %+v, then %+v", e.Given, e.Fitted)
	}
}
