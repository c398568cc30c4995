package questions_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	aulav1 "aula/proto/aula/v1"
	"aula/questions"
	"aula/questions/sets"
)

// earns is what a grade is worth in points to a learner's first answer.
func earns(q *questions.Question, g questions.Grade) int32 {
	return q.Credit(g, questions.History{}, aulav1.Certainty_CERTAINTY_UNSPECIFIED, questions.Play{}).Points
}

// shippedSets are the sets that come with Aula, compiled.
func shippedSets(t testing.TB) (compiled []*questions.Set) {
	t.Helper()
	shipped, err := sets.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	for _, source := range shipped {
		compiled = append(compiled, compile(t, source))
	}
	return compiled
}

// readers asks in the languages of the sets, in countries that write numbers differently,
// and in a language the sets lack.
var readers = []string{"en", "en-ZA", "es", "es-EC", "es-MX", "es-419", "ja"}

// Whoever answers with what is revealed as the key is right, and there is nothing to add.
func TestKeyIsRight(t *testing.T) {
	for _, set := range shippedSets(t) {
		for _, q := range set.Questions {
			for _, asked := range readers {
				for _, answer := range keys(set, q, asked) {
					g, err := set.Grade(q, answer, reader(asked), reader(asked), questions.Play{Seed: 1})
					if err != nil || g.Fraction != 1 || g.Verdict != aulav1.Outcome_CORRECT || earns(q, g) != q.Points {
						t.Errorf("%s in %s: %v earns %+v, %v", q.Source.GetId(), asked, answer, g, err)
					}
					for _, m := range g.Feedback {
						if m.ID != "" && m.ID != "choice.tally" {
							t.Errorf("%s in %s: %v is met with %v", q.Source.GetId(), asked, answer, m)
						}
					}
				}
			}
		}
	}
}

// keys are the answers a revealed key allows.
func keys(set *questions.Set, q *questions.Question, asked string) (answers []*aulav1.Answer) {
	outcome := &aulav1.Outcome{}
	set.Reveal(q, outcome, reader(asked), questions.Play{Seed: 1})
	switch key := outcome.GetKey().GetKind().(type) {
	case *aulav1.Key_Choice:
		var options []string
		for _, option := range key.Choice.GetOptions() {
			options = append(options, option.GetId())
		}
		answers = append(answers, choose(options...))
	case *aulav1.Key_Numeric:
		answers = append(answers, number(key.Numeric.GetText()))
	case *aulav1.Key_Text:
		for _, text := range key.Text.GetAccepted() {
			answers = append(answers, write(text))
		}
	}
	return answers
}

// Keyboards send the same letters as different characters: nobody can see it, and nobody
// is told of it.
func TestNormalFormsAreTheSame(t *testing.T) {
	for _, set := range append(shippedSets(t), compile(t, moonSet(t))) {
		for _, q := range set.Questions {
			for _, answer := range keys(set, q, "es") {
				text := answer.GetText().GetText()
				if text == "" {
					continue
				}
				for _, form := range []norm.Form{norm.NFC, norm.NFD, norm.NFKC, norm.NFKD} {
					g, err := set.Grade(q, write(form.String(text)), reader("es"), reader("es"), questions.Play{Seed: 1})
					if err != nil || g.Fraction != 1 || len(g.Feedback) > 0 {
						t.Errorf("%s: %+q earns %+v, %v", q.Source.GetId(), form.String(text), g, err)
					}
				}
			}
		}
	}
}

// What a choice earns depends on the options chosen alone: not on their order, nor on that
// in which they were shown, nor on any language.
func TestChoiceDependsOnTheOptionsAlone(t *testing.T) {
	set := compile(t, moonSet(t))
	q := set.Question("visited")
	options := optionIDs(set, "visited", "en", 1)
	rapid.Check(t, func(t *rapid.T) {
		chosen := rapid.SliceOfNDistinct(rapid.SampledFrom(options), 1, len(options), rapid.ID).Draw(t, "chosen")
		want, err := grade(set, "visited", choose(slices.Sorted(slices.Values(chosen))...), "en")
		if err != nil {
			t.Fatal(err)
		}
		asked, told := rapid.SampledFrom(readers).Draw(t, "asked"), rapid.SampledFrom(readers).Draw(t, "told")
		got, err := set.Grade(q, choose(chosen...), reader(asked), reader(told), questions.Play{Seed: rapid.Int64().Draw(t, "seed")})
		if err != nil || got.Fraction != want.Fraction || got.Verdict != want.Verdict || earns(q, got) != earns(q, want) {
			t.Fatalf("%v earns %+v (%v), want %+v", chosen, got, err, want)
		}
	})
}

// Choosing one right option more never costs, choosing one wrong option more never pays.
func TestChoiceCreditGrowsWithRightOptions(t *testing.T) {
	set := compile(t, moonSet(t))
	options := find(set.Source, "visited").GetChoice().GetOptions()
	rapid.Check(t, func(t *rapid.T) {
		order := rapid.Permutation(options).Draw(t, "order")
		var chosen []string
		before := 0.
		for _, option := range order {
			chosen = append(chosen, option.GetId())
			g, err := grade(set, "visited", choose(chosen...), "es")
			if err != nil {
				t.Fatal(err)
			}
			if option.GetCorrect() && g.Fraction < before || !option.GetCorrect() && g.Fraction > before {
				t.Fatalf("%v earns %v, %v without the last", chosen, g.Fraction, before)
			}
			if g.Fraction < 0 || g.Fraction > 1 {
				t.Fatalf("%v earns %v", chosen, g.Fraction)
			}
			before = g.Fraction
		}
		if before != 0 {
			t.Fatalf("everything earns %v", before)
		}
	})
}

// Where the answer was given decides what it says, not where someone looks back on it.
func TestAnswerIsReadWhereItWasGiven(t *testing.T) {
	set := compile(t, moonSet(t))
	for _, c := range []struct {
		question   string
		answer     *aulav1.Answer
		asked      string
		want       float64
		wantNumber string // in the feedback, told in Mexico
	}{
		{"distance", number("384.400"), "es-EC", 1, "384,400"},
		{"distance", number("384.400"), "es-MX", 0, "384.4"},
		{"distance", number("384.400"), "en", 0, "384.4"},
		{"distance", number("384,400"), "en", 1, ""},
		{"distance", number("384,400"), "es-EC", 0, "384.4"},
		{"holes", write("los crateres"), "es-EC", 1, ""},
		{"holes", write("los crateres"), "en", 0, ""},
		{"holes", write("pits"), "en", 1, ""},
		{"holes", write("pits"), "es", 0, ""},
		{"holes", write("craters"), "ja", 1, ""},
	} {
		q := set.Question(c.question)
		g, err := set.Grade(q, c.answer, reader(c.asked), reader("es-MX"), questions.Play{Seed: 1})
		if err != nil || g.Fraction != c.want {
			t.Errorf("%v in %s earns %v (%v), want %v", c.answer, c.asked, g.Fraction, err, c.want)
		}
		read := ""
		for _, m := range g.Feedback {
			if m.ID == "number.read_as" {
				read = m.Args["Number"].(string)
			}
		}
		if read != c.wantNumber {
			t.Errorf("%v in %s is told as %q, want %q", c.answer, c.asked, read, c.wantNumber)
		}
	}
}

// FuzzGrade throws texts at numeric and text questions: whatever is typed is right, wrong,
// or refused at the field it was typed in.
func FuzzGrade(f *testing.F) {
	set := compile(f, moonSet(f))
	asks := []string{"landing", "distance", "gravity", "holes"}
	for i, text := range []string{
		"", " ", "\x00", "\xff\xfe", "384.400", "384,400", "−384 400", "16,6\u00a0%", "16.6 por ciento", "1/0", "1e999", "1e-999", "½½",
		"٣٨٤٤٠٠", "%%", "NaN", "-", ".", "10^", "1'2'3", "cra\u0301teres", "CRATERES", "los", "los los cráteres", "¿?", "\u200d\u200b",
		"🌙", "a" + strings.Repeat("\u0301", 50), strings.Repeat("9", 500), strings.Repeat("el ", 170), "ﷺ", "\U000e0001",
	} {
		for question := range asks {
			f.Add(text, uint8(question), uint8(i), uint8(i/2))
		}
	}
	f.Fuzz(func(t *testing.T, text string, question, asked, told uint8) {
		q := set.Question(asks[int(question)%len(asks)])
		answer, field := number(text), "numeric.text"
		if q.Kind == "text_entry" {
			answer, field = write(text), "text.text"
		}
		by, to := reader(readers[int(asked)%len(readers)]), reader(readers[int(told)%len(readers)])
		g, err := set.Grade(q, answer, by, to, questions.Play{Seed: 1})
		refusal, refused := errors.AsType[*questions.Refusal](err)
		switch {
		case refused:
			if refusal.Field != field || refusal.ID == "" {
				t.Errorf("refused with %+v", refusal)
			}
		case err != nil:
			t.Error(err)
		case g.Fraction == 1 && g.Verdict == aulav1.Outcome_CORRECT && earns(q, g) == q.Points:
		case g.Fraction == 0 && g.Verdict == aulav1.Outcome_INCORRECT && earns(q, g) == 0:
		default:
			t.Errorf("earns %+v", g)
		}
	})
}
