package optimize

import (
	"math"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	aulav1 "aula/proto/aula/v1"
	"aula/server/schedule"
)

// another is the memory of a learner unlike most: they forget sooner, and gain less by what is
// easy.
var another = schedule.Weights{
	0.1, 0.6, 1.1, 3.5, 7.2, 0.6, 2.2, 0.05, 1.2, 0.25, 0.6, 1.1, 0.1, 0.2, 1.1, 0.35, 2.6, 0.3, 0.2, 0.12, 0.25,
}

// simulate lets a learner with that memory study for so many reviews: a few cards a day are
// new, and each comes again when it is due by the default weights.
func simulate(memory schedule.Weights, reviews int, seed uint64) []Review {
	r := rand.New(rand.NewPCG(seed, 7))
	type card struct {
		id             int64
		real, believed schedule.Memory
		last, due      int32
		rating         aulav1.CardAnswer_Rating
	}
	var all []Review
	var cards []*card
	for day := int32(20_000); len(all) < reviews; day++ {
		for range 12 {
			cards = append(cards, &card{id: int64(len(cards)), last: day, due: day})
		}
		for _, c := range cards {
			for c.due == day && len(all) < reviews {
				c.rating = rate(r, &memory, c.real, day-c.last)
				all = append(all, Review{Card: c.id, At: int64(len(all)), Day: day, Rating: c.rating})
				c.real = memory.Next(c.real, int(day-c.last), c.rating)
				c.believed = schedule.DefaultWeights.Next(c.believed, int(day-c.last), c.rating)
				c.last = day
				if c.rating != aulav1.CardAnswer_AGAIN || r.IntN(3) == 0 {
					days := schedule.DefaultWeights.Interval(c.believed.Stability, 0.85) * (0.7 + 0.8*r.Float64())
					c.due = day + max(int32(days), 1)
				}
			}
		}
	}
	return all
}

// rate draws what a learner says of a card.
func rate(r *rand.Rand, w *schedule.Weights, m schedule.Memory, days int32) aulav1.CardAnswer_Rating {
	switch {
	case m == schedule.Memory{}:
		return []aulav1.CardAnswer_Rating{1, 1, 2, 3, 3, 3, 4}[r.IntN(7)]
	case days > 0 && r.Float64() > w.Retrievability(float64(days), m.Stability), days == 0 && r.IntN(4) == 0:
		return aulav1.CardAnswer_AGAIN
	}
	return []aulav1.CardAnswer_Rating{2, 3, 3, 3, 3, 3, 4}[r.IntN(7)]
}

func fit(t *testing.T, reviews []Review, old schedule.Weights, relearning int) *Fitted {
	t.Helper()
	f, err := Fit(reviews, old, relearning)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := schedule.ReadWeights(f.Weights[:]); err != nil {
		t.Errorf("fitted %v", err)
	}
	return f
}

// What a learner will recall is predicted nearly as well as by the memory they have.
func TestFitRecoversALearner(t *testing.T) {
	for _, n := range []int{600, 3000, 12000} {
		f := fit(t, simulate(another, n, 1), schedule.DefaultWeights, 1)
		if !f.Better || f.Method != AllWeights {
			t.Errorf("%d reviews: %+v", n, f)
		}
		later := newHistory(simulate(another, 20000, 2))
		score := func(w schedule.Weights) float64 { return later.score(&w, 0, later.turns).LogLoss }
		usual, fitted, least := score(schedule.DefaultWeights), score(f.Weights), score(another)
		t.Logf("%d reviews: log loss %.4f by default, %.4f fitted, %.4f real", n, usual, fitted, least)
		most := map[int]float64{600: 0.5, 3000: 0.2, 12000: 0.1}[n] // of what could be gained is left
		if fitted-least > most*(usual-least) {
			t.Errorf("%d reviews: log loss %v, of the real weights %v, of the default ones %v", n, fitted, least, usual)
		}
	}
}

// These are the weights that the reference, fsrs-rs 6.5, fits to the same reviews. Where one
// batch holds them all there is no chance in it.
func TestTrainIsThatOfTheReference(t *testing.T) {
	for n, want := range map[int]schedule.Weights{
		300: {
			0.0637, 0.5454, 2.4266, 8.6540, 6.3997, 0.8481, 3.0033, 0.0010, 1.8834, 0.1770, 0.8071,
			1.4180, 0.0745, 0.1727, 1.5524, 0.5855, 1.8896, 0.4712, 0.0404, 0.0100, 0.1992,
		},
		900: {
			0.0544, 0.4916, 0.8296, 1.2955, 6.4901, 0.7935, 3.0958, 0.0032, 1.8036, 0.1497, 0.7308,
			1.4002, 0.1057, 0.1703, 1.5764, 0.5897, 1.8892, 0.4252, 0.0523, 0.0526, 0.1728,
		},
	} {
		got, _, _ := Train(simulate(another, n, 1), 1)
		for i := range got {
			if math.Abs(got[i]-want[i]) > 0.0001 {
				t.Errorf("%d reviews: w%d %v, want %v", n, i, got[i], want[i])
			}
		}
	}
	reference := schedule.Weights{
		0.1141, 0.5090, 0.7529, 1.5945, 6.6218, 0.5514, 3.1820, 0.0531, 1.5669, 0.2093, 0.5017,
		1.3675, 0.1014, 0.1909, 1.5434, 0.4299, 2.1599, 0.2470, 0.1079, 0.0935, 0.2632,
	}
	reviews := simulate(another, 12000, 1)
	got, _, _ := Train(reviews, 1)
	h := newHistory(reviews)
	ours, theirs := h.score(&got, 0, h.turns), h.score(&reference, 0, h.turns)
	if math.Abs(ours.LogLoss/theirs.LogLoss-1) > 0.005 || ours.RMSE > 1.2*theirs.RMSE {
		t.Errorf("scores %+v, those of the reference %+v", ours, theirs)
	}
}

func TestFewReviews(t *testing.T) {
	reviews := simulate(another, 3000, 1)
	seen := map[Method]bool{}
	for n := 0; n < 900; n += 9 {
		part := reviews[:n]
		w, method, usable := Train(part, 1)
		seen[method] = true
		switch {
		case usable < 8:
			if method != Defaults || w != schedule.DefaultWeights {
				t.Errorf("%d usable: %v", usable, w)
			}
		case usable < 64:
			if method != InitialStability || !reflect.DeepEqual(w[4:], schedule.DefaultWeights[4:]) || reflect.DeepEqual(w[:4], schedule.DefaultWeights[:4]) {
				t.Errorf("%d usable: %v", usable, w)
			}
		}
		f := fit(t, part, schedule.DefaultWeights, 1)
		if f.Usable < 8 && (f.Better || f.Weights != schedule.DefaultWeights) || f.Usable < 64 && f.Method == AllWeights {
			t.Errorf("%d reviews: %+v", n, f)
		}
	}
	if len(seen) != 3 {
		t.Error("tried ", seen)
	}
}

func TestFitIsDeterministic(t *testing.T) {
	reviews := simulate(another, 4000, 3)
	first := fit(t, reviews, schedule.DefaultWeights, 1)
	rand.Shuffle(len(reviews), func(i, j int) { reviews[i], reviews[j] = reviews[j], reviews[i] })
	if again := fit(t, reviews, schedule.DefaultWeights, 1); *again != *first {
		t.Errorf("%+v, then %+v", first, again)
	}
}

// Weights that predict no better are not taken.
func TestWorseIsRefused(t *testing.T) {
	for _, memory := range []schedule.Weights{another, schedule.DefaultWeights} {
		f := fit(t, simulate(memory, 700, 5), memory, 1)
		if f.Better || f.Weights != memory || f.New.LogLoss < f.Old.LogLoss {
			t.Errorf("the real weights gave way to worse ones: %+v", f)
		}
	}
	// A learner who forgets all of a sudden: what was is no measure of what comes.
	reviews := simulate(schedule.DefaultWeights, 3000, 6)
	old := fit(t, reviews, schedule.DefaultWeights, 1)
	for i := len(reviews) * 8 / 10; i < len(reviews); i++ {
		reviews[i].Rating = aulav1.CardAnswer_AGAIN
	}
	f := fit(t, reviews, another, 1)
	if f.Better || f.Weights != another {
		t.Errorf("%+v, once %+v", f, old)
	}
}

func TestBoundsHold(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 9))
	for n := range 24 {
		reviews := simulate(another, 1500, uint64(n))
		for i := range reviews { // nothing that any memory would do
			switch n % 6 {
			case 0:
				reviews[i].Rating = aulav1.CardAnswer_Rating(1 + r.IntN(4))
			case 1:
				reviews[i].Rating = aulav1.CardAnswer_AGAIN
			case 2:
				reviews[i].Rating = aulav1.CardAnswer_EASY
			case 3:
				reviews[i].Rating = aulav1.CardAnswer_Rating(1 + i%4)
			case 4:
				reviews[i].Rating = aulav1.CardAnswer_Rating(2 + reviews[i].Day%2)
			case 5:
				reviews[i].Day = int32(int64(reviews[i].Day) + reviews[i].At*reviews[i].At%1000)
			}
		}
		w, _, _ := Train(reviews, n%4)
		if _, err := schedule.ReadWeights(w[:]); err != nil {
			t.Error(n, err)
		}
		if steps := float64(n % 4); steps > 1 && w != schedule.DefaultWeights {
			// After that many steps a card that was just forgotten is no more stable than before.
			if gain := math.Log(w[11]) + math.Log(math.Pow(2, w[13])-1) + 0.3*w[14] + steps*w[17]*w[18]; gain > 1e-9 && w[17]*w[18] > 0.0101 {
				t.Errorf("%d: w17 %v, w18 %v with %v relearning steps", n, w[17], w[18], steps)
			}
		}
		fit(t, reviews, schedule.DefaultWeights, n%4)
	}
}

func TestStrangeInput(t *testing.T) {
	for name, reviews := range map[string][]Review{
		"none":           nil,
		"one":            {{Card: 1, Day: 1, Rating: 3}},
		"no such rating": {{Card: 1, Day: 1, Rating: 0}, {Card: 1, Day: 2, Rating: 9}, {Card: 1, Day: 5, Rating: -1}},
		"back in time":   {{Card: 1, At: 1, Day: 9, Rating: 3}, {Card: 1, At: 2, Day: math.MinInt32, Rating: 3}, {Card: 1, At: 3, Day: math.MaxInt32, Rating: 3}},
	} {
		if f := fit(t, reviews, schedule.DefaultWeights, 1); f.Better || f.Method != Defaults {
			t.Errorf("%s: %+v", name, f)
		}
		if e := Evaluate(reviews, schedule.DefaultWeights, 1); e.Given.Reviews != 0 || !math.IsNaN(e.Fitted.LogLoss) {
			t.Errorf("%s: %+v", name, e)
		}
	}
	old := schedule.DefaultWeights
	old[3] = math.NaN()
	if _, err := Fit(nil, old, 1); err == nil {
		t.Error("took weights that are none")
	}
	// One card, again and again.
	var many []Review
	for i := range 1000 {
		many = append(many, Review{Card: 1, At: int64(i), Day: int32(i), Rating: aulav1.CardAnswer_Rating(1 + i%4)})
	}
	fit(t, many, schedule.DefaultWeights, 1)
}

// Of a log, what was recalled counts, in the order in which it did.
func TestEvents(t *testing.T) {
	at := func(e *aulav1.ReviewEvent, id string, second int64, day int32) *aulav1.ReviewEvent {
		e.Id, e.AnsweredAt, e.ReceivedAt, e.StudyDay = id, timestamppb.New(time.Unix(second, 0)), timestamppb.New(time.Unix(1000, 0)), day
		return e
	}
	rated := func(question string, rating aulav1.CardAnswer_Rating) *aulav1.ReviewEvent {
		return &aulav1.ReviewEvent{Set: "birds", Question: question, Rated: rating}
	}
	got := Events([]*aulav1.ReviewEvent{
		at(rated("owl", aulav1.CardAnswer_GOOD), "c", 30, 12),
		at(&aulav1.ReviewEvent{Action: &aulav1.ReviewEvent_Undo{Undo: "b"}}, "u", 50, 12),
		at(rated("owl", aulav1.CardAnswer_AGAIN), "a", 10, 11),
		at(rated("owl", aulav1.CardAnswer_EASY), "b", 20, 11),
		at(&aulav1.ReviewEvent{Set: "birds", Question: "owl", Action: &aulav1.ReviewEvent_Mark_{Mark: aulav1.ReviewEvent_BURY}}, "m", 25, 11),
		at(rated("kiwi", aulav1.CardAnswer_HARD), "d", 5000, 13), // its clock was ahead
		at(rated("owl", aulav1.CardAnswer_AGAIN), "a", 10, 11),
	})
	for i := range got {
		got[i].At = 0
	}
	want := []Review{{Card: 0, Day: 11, Rating: 1}, {Card: 0, Day: 12, Rating: 3}, {Card: 1, Day: 13, Rating: 2}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
	h := newHistory(got)
	if want := [][]step{{{rating: 1, turn: -1}, {1, 3, 0}}, {{rating: 2, turn: -1}}}; !reflect.DeepEqual(h.cards, want) {
		t.Errorf("%+v, want %+v", h.cards, want)
	}
}

func BenchmarkFit(b *testing.B) {
	reviews := simulate(another, 20000, 1)
	for b.Loop() {
		if _, err := Fit(reviews, schedule.DefaultWeights, 1); err != nil {
			b.Fatal(err)
		}
	}
}
