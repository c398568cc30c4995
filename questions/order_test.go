package questions_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	aulav1 "aula/proto/aula/v1"
	"aula/questions"
)

// verse is a random order question. Items of equal letters read the same, and items of
// equal lines may change places.
type verse struct {
	letters, lines []int
	set            *questions.Set
}

func drawVerse(t *rapid.T, rule aulav1.OrderQuestion_Rule, letters int) verse {
	n := rapid.IntRange(2, 8).Draw(t, "items")
	var v verse
	source := &aulav1.OrderQuestion{Rule: rule}
	line := 0
	for i := range n {
		letter := i
		if letters > 0 {
			letter = rapid.IntRange(0, letters-1).Draw(t, "letter")
		}
		tied := i > 0 && rapid.IntRange(0, 3).Draw(t, "tied") == 0
		if i > 0 && !tied {
			line++
		}
		v.letters, v.lines = append(v.letters, letter), append(v.lines, line)
		source.Items = append(source.Items, &aulav1.OrderItem{
			Id: fmt.Sprint("i", i), Text: map[string]string{"en": fmt.Sprint("letter ", letter)}, Tied: tied,
		})
	}
	var err error
	v.set, err = questions.Compile(&aulav1.QuestionSet{
		Id: "verse", Title: map[string]string{"en": "Verse"}, Language: "en",
		Questions: []*aulav1.Question{{Id: "verse", Text: map[string]string{"en": "Sort."}, Kind: &aulav1.Question_Order{Order: source}}},
	}, schoolWords)
	if err != nil {
		t.Skip("every order is right")
	}
	return v
}

func (v verse) grade(t *rapid.T, answer []int) questions.Grade {
	t.Helper()
	order := &aulav1.OrderAnswer{}
	for _, i := range answer {
		order.Items = append(order.Items, fmt.Sprint("i", i))
	}
	g, err := v.set.Grade(v.set.Questions[0], &aulav1.Answer{Kind: &aulav1.Answer_Order{Order: order}}, in("en"), in("en"), shuffledBy(1))
	if err != nil {
		t.Fatal(err)
	}
	if !(g.Fraction >= 0 && g.Fraction <= 1) || len(g.Parts) != len(answer) {
		t.Fatalf("%v earns %+v", answer, g)
	}
	return g
}

// right reports whether an answer has on each line the letters of that line.
func (v verse) right(answer []int) bool {
	lines := make([][]int, len(answer))
	for place, i := range answer {
		line := v.lines[place]
		lines[line] = append(lines[line], v.letters[i])
	}
	for i, letter := range v.letters {
		at := slices.Index(lines[v.lines[i]], letter)
		if at < 0 {
			return false
		}
		lines[v.lines[i]] = slices.Delete(lines[v.lines[i]], at, at+1)
	}
	return true
}

func (v verse) drawAnswer(t *rapid.T) []int {
	all := make([]int, len(v.letters))
	for i := range all {
		all[i] = i
	}
	return rapid.Permutation(all).Draw(t, "answer")
}

func drawRule(t *rapid.T) aulav1.OrderQuestion_Rule {
	return rapid.SampledFrom([]aulav1.OrderQuestion_Rule{
		aulav1.OrderQuestion_RULE_UNSPECIFIED, aulav1.OrderQuestion_EXACT, aulav1.OrderQuestion_ADJACENT, aulav1.OrderQuestion_RELATIVE,
	}).Draw(t, "rule")
}

// By every rule the right orders, and no others, earn everything, part by part.
func TestOnlyRightOrdersEarnEverything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := drawVerse(t, drawRule(t), 3)
		answer := v.drawAnswer(t)
		g := v.grade(t, answer)
		parts := !slices.ContainsFunc(g.Parts, func(part *aulav1.Part) bool { return part.GetFraction() < 1 })
		if right := v.right(answer); (g.Fraction == 1) != right || parts != right || (len(g.Feedback) == 0) != right {
			t.Fatalf("%v of %v on lines %v earns %+v, right: %v", answer, v.letters, v.lines, g, right)
		}
	})
}

// A right order earns everything, whichever of the items that may change places comes first.
func TestRightOrdersEarnEverything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := drawVerse(t, drawRule(t), 4)
		weight := make([]int, len(v.letters))
		for i := range weight {
			weight[i] = rapid.IntRange(0, 9).Draw(t, "weight")
		}
		answer := make([]int, len(v.letters))
		for i := range answer {
			answer[i] = i
		}
		slices.SortStableFunc(answer, func(i, j int) int {
			if v.lines[i] != v.lines[j] {
				return v.lines[i] - v.lines[j]
			}
			return weight[i] - weight[j]
		})
		if g := v.grade(t, answer); g.Fraction != 1 {
			t.Fatalf("%v of %v on lines %v earns %v", answer, v.letters, v.lines, g.Fraction)
		}
	})
}

// Nobody can tell items that read the same apart, and nor does the grade.
func TestItemsThatReadTheSameAreTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := drawVerse(t, drawRule(t), 3)
		answer := v.drawAnswer(t)
		i := rapid.IntRange(0, len(answer)-1).Draw(t, "i")
		j := rapid.IntRange(0, len(answer)-1).Draw(t, "j")
		if v.letters[answer[i]] != v.letters[answer[j]] {
			t.Skip("they differ")
		}
		before := v.grade(t, answer).Fraction
		answer[i], answer[j] = answer[j], answer[i]
		if after := v.grade(t, answer).Fraction; after != before {
			t.Fatalf("%v of %v on lines %v earns %v, before the swap %v", answer, v.letters, v.lines, after, before)
		}
	})
}

// Where no two items read the same, each rule is what its name says.
func TestOrderRules(t *testing.T) {
	rules := map[aulav1.OrderQuestion_Rule]func(lines []int) float64{
		aulav1.OrderQuestion_EXACT: func(lines []int) float64 {
			sorted, right := slices.Sorted(slices.Values(lines)), 0
			for place, line := range lines {
				if line == sorted[place] {
					right++
				}
			}
			return float64(right) / float64(len(lines))
		},
		aulav1.OrderQuestion_ADJACENT: func(lines []int) float64 {
			right := 0
			for place := range lines[1:] {
				if step := lines[place+1] - lines[place]; step == 0 || step == 1 {
					right++
				}
			}
			return float64(right) / float64(len(lines)-1)
		},
		aulav1.OrderQuestion_RELATIVE: func(lines []int) float64 {
			best := 0
			for chosen := range 1 << len(lines) { // every choice of items
				last, size := -1, 0
				for place, line := range lines {
					switch {
					case chosen>>place&1 == 0:
					case line < last:
						size = math.MinInt
					default:
						last = line
						size++
					}
				}
				best = max(best, size)
			}
			return float64(best-1) / float64(len(lines)-1)
		},
	}
	rapid.Check(t, func(t *rapid.T) {
		rule := rapid.SampledFrom([]aulav1.OrderQuestion_Rule{
			aulav1.OrderQuestion_EXACT, aulav1.OrderQuestion_ADJACENT, aulav1.OrderQuestion_RELATIVE,
		}).Draw(t, "rule")
		v := drawVerse(t, rule, 0)
		answer := v.drawAnswer(t)
		lines := make([]int, len(answer))
		for place, i := range answer {
			lines[place] = v.lines[i]
		}
		if got, want := v.grade(t, answer).Fraction, rules[rule](lines); got != want {
			t.Fatalf("%v on lines %v earns %v by %v, want %v", answer, v.lines, got, rule, want)
		}
	})
}
