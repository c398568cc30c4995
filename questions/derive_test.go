package questions

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	aulav1 "aula/proto/aula/v1"
)

// drawValue draws a value of any type; names often come out alike.
func drawValue(t *rapid.T, kind string) *aulav1.FactValue {
	number := rapid.OneOf(
		rapid.Float64Range(-1e18, 1e18),
		rapid.Map(rapid.IntRange(-3000, 3000), func(n int) float64 { return float64(n) }),
		rapid.Map(rapid.IntRange(-3000, 3000), func(n int) float64 { return float64(n) / 100 }),
	)
	name := func() *aulav1.FactName {
		word := rapid.SampledFrom([]string{"Noem", "NOEM", "Sucre", "Súcre", "The Sucre", "la noem", "Manta", "Mánta ", "10", "-10", "¿"})
		name := &aulav1.FactName{Text: map[string]string{"en": word.Draw(t, "en"), "es": word.Draw(t, "es")}}
		for range rapid.IntRange(0, 2).Draw(t, "also") {
			name.Also = append(name.Also, &aulav1.AcceptedText{Text: map[string]string{"en": word.Draw(t, "also")}})
		}
		return name
	}
	switch kind {
	case "number":
		n := &aulav1.FactNumber{Value: number.Draw(t, "number")}
		if rapid.Bool().Draw(t, "unit") {
			n.Unit = map[string]string{"en": "years", "es": "años"}
		}
		return &aulav1.FactValue{Kind: &aulav1.FactValue_Number{Number: n}}
	case "percent":
		return &aulav1.FactValue{Kind: &aulav1.FactValue_Percent{Percent: number.Draw(t, "percent")}}
	case "year":
		return &aulav1.FactValue{Kind: &aulav1.FactValue_Year{Year: rapid.Int32Range(1, 9999).Draw(t, "year")}}
	case "month_day", "date":
		d := day{rapid.IntRange(1, 9999).Draw(t, "year"), rapid.IntRange(1, 12).Draw(t, "month"), 0}
		if kind == "month_day" {
			d.year = 0
		}
		d.day = rapid.IntRange(1, daysIn(max(d.year, 1), d.month)).Draw(t, "day")
		return d.value()
	case "person":
		return &aulav1.FactValue{Kind: &aulav1.FactValue_Person{Person: name()}}
	}
	return &aulav1.FactValue{Kind: &aulav1.FactValue_Place{Place: name()}}
}

func drawFacts(t *rapid.T) *aulav1.QuestionSet {
	set := &aulav1.QuestionSet{Id: "drawn", Title: map[string]string{"en": "Drawn", "es": "Sorteado"}, Language: "en"}
	kinds := rapid.SampledFrom([]string{"number", "percent", "year", "month_day", "date", "person", "person", "place"})
	for i := range rapid.IntRange(1, 8).Draw(t, "facts") {
		kind := kinds.Draw(t, "kind")
		f := &aulav1.Fact{
			Id:        fmt.Sprintf("fact-%d", i),
			Statement: map[string]string{"en": "It is {value}.", "es": "Es {value}."},
			Value:     drawValue(t, kind),
			Ask:       []aulav1.Fact_Ask{aulav1.Fact_CHOICE, aulav1.Fact_TRUE_FALSE, aulav1.Fact_CLOZE, aulav1.Fact_CARD},
		}
		for range rapid.IntRange(0, 3).Draw(t, "others") {
			f.Others = append(f.Others, drawValue(t, kind))
		}
		set.Facts = append(set.Facts, f)
	}
	return set
}

// Whatever the facts say, a choice made of them has one right option, which is the value,
// and others that no reader can take for it or for one another. The same facts always ask
// the same, and what they ask passes the checks.
func TestDerivedProperties(t *testing.T) {
	words := localeWords(t)
	rapid.Check(t, func(t *rapid.T) {
		set := drawFacts(t)
		expanded, problems := Expand(set, words)
		if again, _ := Expand(set, words); !proto.Equal(again, expanded) {
			t.Fatal("the same set gives two expansions")
		}
		facts := map[string]*aulav1.Fact{}
		for _, f := range set.GetFacts() {
			facts[f.GetId()] = f
		}
		for _, q := range expanded.GetQuestions() {
			if q.GetChoice() != nil {
				checkOptions(t, q, facts[q.GetFact()], words)
			}
			if q.GetTrueFalse() != nil {
				told := q.GetText()["en"] == q.GetExplanation()["en"]
				if told != q.GetTrueFalse().GetCorrect() {
					t.Fatalf("%v", q)
				}
			}
		}
		_, err := Compile(expanded, words)
		if len(problems) == 0 && err != nil {
			t.Fatalf("the expanded set does not pass: %v", err)
		}
	})
}

func checkOptions(t *rapid.T, q *aulav1.Question, f *aulav1.Fact, words Words) {
	options := q.GetChoice().GetOptions()
	if len(options) < 2 || len(options) > 4 || !options[0].GetCorrect() {
		t.Fatalf("%v", q)
	}
	ids := map[string]bool{}
	for i, option := range options {
		if ids[option.GetId()] || option.GetCorrect() != (i == 0) {
			t.Fatalf("%v", q)
		}
		ids[option.GetId()] = true
	}
	for _, lang := range []string{"en", "es"} {
		opts := textOptions{articles: words(lang, "articles"), accents: accentsIgnore}
		right := []pattern{compilePattern(writeValue(f.GetValue(), lang, words), opts, false)}
		for _, also := range nameOf(f.GetValue()).GetAlso() {
			right = append(right, compilePattern(also.GetText()[lang], opts, false))
		}
		for i, option := range options {
			text := prepare(option.GetText()[lang], opts)
			is, _ := bestMatch(right, &text, match{kind: matchNone})
			if (is >= 0) != (i == 0) {
				t.Fatalf("in %s %q is accepted: %v; key %v", lang, option.GetText()[lang], is >= 0, f.GetValue())
			}
			right := []pattern{compilePattern(option.GetText()[lang], opts, false)}
			for _, other := range options[i+1:] {
				text := prepare(other.GetText()[lang], opts)
				if is, _ := bestMatch(right, &text, match{kind: matchNone}); is >= 0 {
					t.Fatalf("in %s %q and %q are alike", lang, option.GetText()[lang], other.GetText()[lang])
				}
			}
		}
	}
}

// Numbers near another have its sign and are written no finer; there are always enough.
func TestNearNumbers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := drawValue(t, "percent").GetPercent()
		near := nearNumbers(key, math.Inf(1), rapid.Uint64().Draw(t, "hash"))
		if len(near) < 3 {
			t.Fatalf("near %v are only %v", key, near)
		}
		figures, decimals := shape(key)
		for i, x := range near {
			f, d := shape(x)
			if x == key || x*key < 0 || f > figures || d > decimals || math.Abs(x) > 5*math.Abs(key)+3 || slices.Contains(near[:i], x) {
				t.Fatalf("near %v are %v", key, near)
			}
		}
	})
	for _, c := range []struct {
		key, most float64
		hash      uint64
		want      []float64
	}{
		{600, math.Inf(1), 0, []float64{800, 900, 1000}},
		{600, math.Inf(1), 1, []float64{400, 800, 900}},
		{600, math.Inf(1), 3, []float64{400, 300, 200}},
		{24, math.Inf(1), 2, []float64{18, 12, 36}}, // not 30, which is rounder
		{0.15, math.Inf(1), 1, []float64{0.11, 0.19, 0.22}},
		{-5, math.Inf(1), 1, []float64{-4, -6, -8}},
		{1, math.Inf(1), 1, []float64{2, 3, 4}},
		{0, math.Inf(1), 0, []float64{1, 2, 3}},
		{90, 100, 0, []float64{100, 70, 40}},
		{100, 100, 0, []float64{80, 50, 20}},
	} {
		if got := nearNumbers(c.key, c.most, c.hash); !slices.Equal(got[:3], c.want) {
			t.Errorf("near %v (hash %d) are %v, want first %v", c.key, c.hash, got, c.want)
		}
	}
}

// A unit stands behind every value in the form it has behind the key.
func TestUnitForms(t *testing.T) {
	three := &aulav1.FactNumber{Value: 3, Unit: map[string]string{"en": "years"}}
	one := &aulav1.FactNumber{Value: 1, Unit: map[string]string{"en": "year"}}
	for _, c := range []struct {
		n    *aulav1.FactNumber
		x    float64
		want bool
	}{
		{three, 4, true},
		{three, 1, false},
		{three, 1.5, true},
		{three, 10_000_001, true},
		{one, 2, false},
		{one, -1, true},
		{&aulav1.FactNumber{Value: 1}, 2, true},
		{&aulav1.FactNumber{Value: 3, Unit: map[string]string{"ru": "года"}}, 5, false},
		{&aulav1.FactNumber{Value: 3, Unit: map[string]string{"ru": "года"}}, 24, true},
	} {
		if got := sameUnitForm(c.n, c.x); got != c.want {
			t.Errorf("the unit of %v stands behind %v: %v", c.n, c.x, got)
		}
	}
}

func TestNearDaysAndYears(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		hash := rapid.Uint64().Draw(t, "hash")
		key, _ := dayOf(drawValue(t, rapid.SampledFrom([]string{"date", "month_day"}).Draw(t, "type")))
		days := nearDays(key, hash)
		if len(days) < 3 {
			t.Fatalf("near %v are only %v", key, days)
		}
		for _, d := range days {
			moved := 0
			for _, differs := range []bool{d.year != key.year, d.month != key.month, d.day != key.day} {
				if differs {
					moved++
				}
			}
			if moved != 1 || !d.exists() || (d.year == 0) != (key.year == 0) {
				t.Fatalf("near %v is %v", key, d)
			}
		}
		year := rapid.IntRange(1, 9999).Draw(t, "year")
		years := nearYears(year, hash)
		for i, y := range years {
			away := max(y-year, year-y)
			if y < 1 || y > 9999 || away < []int{1, 4, 7}[i] || away > []int{3, 6, 10}[i] {
				t.Fatalf("near %d are %v", year, years)
			}
		}
	})
}

func BenchmarkExpand(b *testing.B) {
	set, words := parseSet(b, "testdata/facts.yaml"), localeWords(b)
	b.ReportAllocs()
	for b.Loop() {
		Expand(set, words)
	}
}

// A thousand facts of one type are each other's distractors: a few are looked at for each.
func BenchmarkExpandManyNames(b *testing.B) {
	set := &aulav1.QuestionSet{Id: "many", Title: map[string]string{"en": "Many"}, Language: "en"}
	for i := range 1000 {
		name := &aulav1.FactName{Text: map[string]string{"en": strings.Repeat(string(rune('a'+i%26)), 1+i/26)}}
		set.Facts = append(set.Facts, &aulav1.Fact{
			Id: fmt.Sprintf("fact-%d", i), Statement: map[string]string{"en": "It is {value}."},
			Value: &aulav1.FactValue{Kind: &aulav1.FactValue_Person{Person: name}}, Ask: []aulav1.Fact_Ask{aulav1.Fact_CHOICE},
		})
	}
	words := localeWords(b)
	b.ReportAllocs()
	for b.Loop() {
		Expand(set, words)
	}
}
