package questions_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	aulav1 "aula/proto/aula/v1"
	"aula/questions"
)

// drawWeighed makes a random choice of several, its positive weights adding up to 1 but
// for what sixths and sevenths lose.
func drawWeighed(t *rapid.T) (set *questions.Set, ids []string) {
	right := rapid.IntRange(1, 9).Draw(t, "right")
	wrong := rapid.IntRange(1, 9).Draw(t, "wrong")
	shares := rapid.SliceOfN(rapid.IntRange(1, 7), right, right).Draw(t, "shares")
	whole := 0
	for _, share := range shares {
		whole += share
	}
	source := &aulav1.ChoiceQuestion{Multiple: true}
	for i := range right + wrong {
		option := &aulav1.ChoiceOption{Id: fmt.Sprint("o", i), Text: map[string]string{"en": fmt.Sprint("option ", i)}, Correct: i < right}
		if i < right {
			weight := float64(shares[i]) / float64(whole)
			option.Weight = &weight
		} else if rapid.Bool().Draw(t, "weighed") {
			weight := -rapid.Float64Range(0, 1).Draw(t, "weight")
			option.Weight = &weight
		}
		option.Last = rapid.IntRange(0, 5).Draw(t, "last") == 0
		source.Options = append(source.Options, option)
		ids = append(ids, option.GetId())
	}
	set, err := questions.Compile(&aulav1.QuestionSet{
		Id: "choice", Title: map[string]string{"en": "Choice"}, Language: "en",
		Questions: []*aulav1.Question{{Id: "choice", Text: map[string]string{"en": "Choose."}, Kind: &aulav1.Question_Choice{Choice: source}}},
	}, schoolWords)
	if err != nil {
		t.Fatal(err)
	}
	return set, ids
}

func fractionOf(t *rapid.T, set *questions.Set, chosen []string) float64 {
	t.Helper()
	answer := &aulav1.Answer{Kind: &aulav1.Answer_Choice{Choice: &aulav1.ChoiceAnswer{Options: chosen}}}
	g, err := set.Grade(set.Questions[0], answer, in("en"), in("en"), shuffledBy(rapid.Int64().Draw(t, "seed")))
	if err != nil || !(g.Fraction >= 0 && g.Fraction <= 1) {
		t.Fatalf("%v earns %+v, %v", chosen, g, err)
	}
	return g.Fraction
}

// Whatever the weights, the key earns everything, choosing everything nothing, and the
// order of the answer changes not even the last digit.
func TestWeights(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set, ids := drawWeighed(t)
		outcome := &aulav1.Outcome{}
		set.Reveal(set.Questions[0], outcome, in("en"), shuffledBy(1))
		var key []string
		for _, option := range outcome.GetKey().GetChoice().GetOptions() {
			key = append(key, option.GetId())
		}
		if got := fractionOf(t, set, key); got != 1 {
			t.Fatalf("the key %v earns %v", key, got)
		}
		if got := fractionOf(t, set, ids); got != 0 {
			t.Fatalf("everything earns %v", got)
		}
		chosen := rapid.SliceOfNDistinct(rapid.SampledFrom(ids), 1, len(ids), rapid.ID).Draw(t, "chosen")
		want := fractionOf(t, set, chosen)
		slices.Sort(chosen)
		if got := fractionOf(t, set, chosen); got != want {
			t.Fatalf("%v earns %v, in another order %v", chosen, got, want)
		}
	})
}
