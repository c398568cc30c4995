package questions_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	aulav1 "aula/proto/aula/v1"
	"aula/questions"
)

func typedNumber(q *aulav1.NumericQuestion) *aulav1.Question {
	return &aulav1.Question{Id: "q", Text: both("How many?", "¿Cuántos?"), Kind: &aulav1.Question_Numeric{Numeric: q}}
}

func typedText(q *aulav1.TextQuestion) *aulav1.Question {
	return &aulav1.Question{Id: "q", Text: both("What?", "¿Qué?"), Kind: &aulav1.Question_TextEntry_{TextEntry: q}}
}

// inEvery gives a text in every language that numbers are known in.
func inEvery(tags []language.Tag, text string) map[string]string {
	all := map[string]string{}
	for _, tag := range tags {
		all[tag.String()] = text
	}
	return all
}

// The key, as each language writes it, is right in that language, with its unit or as a
// percentage: all but where the language itself cannot tell a point from a comma.
func TestNumericKeyIsRightInEveryLanguage(t *testing.T) {
	tags := slices.DeleteFunc(display.Supported.Tags(), func(tag language.Tag) bool {
		return language.Make(tag.String()).String() != tag.String()
	})
	titles := inEvery(tags, "Set")
	for _, unit := range []aulav1.NumericQuestion_Unit{
		aulav1.NumericQuestion_UNIT_UNSPECIFIED, aulav1.NumericQuestion_PERCENT, aulav1.NumericQuestion_YEAR,
	} {
		for _, value := range []float64{0, 7, -7, 2008, 12345, 1234567, -98765, 0.25, -1234.5, 1e21, math.Pi} {
			q := &aulav1.NumericQuestion{Value: value, Unit: unit}
			if unit == aulav1.NumericQuestion_YEAR {
				q.Value = math.Trunc(value)
			}
			if unit == aulav1.NumericQuestion_UNIT_UNSPECIFIED {
				q.Units = []*aulav1.MeasureUnit{{Factor: 1, Text: inEvery(tags, "km²")}, {Factor: 1e-6, Text: inEvery(tags, "m²")}}
				q.UnitPenalty = 1
			}
			set := compile(t, &aulav1.QuestionSet{Id: "set", Title: titles, Language: "en", Questions: []*aulav1.Question{{
				Id: "q", Text: inEvery(tags, "?"), Kind: &aulav1.Question_Numeric{Numeric: q},
			}}})
			for _, tag := range tags {
				keyIsRight(t, set, tag.String())
			}
		}
	}
}

// keyIsRight answers with the key as the language writes it.
func keyIsRight(t *testing.T, set *questions.Set, asked string) {
	t.Helper()
	outcome := &aulav1.Outcome{}
	set.Reveal(set.Question("q"), outcome, reader(asked), questions.Play{})
	text := outcome.GetKey().GetNumeric().GetText()
	g, err := grade(set, "q", number(text), asked)
	var refusal *questions.Refusal
	if errors.As(err, &refusal) && refusal.ID == "number.ambiguous" && strings.HasPrefix(asked, "es") {
		for _, reading := range []string{"First", "Second"} { // typed as shown, one of them is right
			if g, err := grade(set, "q", number(fmt.Sprint(refusal.Args[reading])), asked); err == nil && g.Fraction == 1 {
				return
			}
		}
		t.Errorf("%s: %q is neither of %v", asked, text, refusal.Args)
		return
	}
	if err != nil || g.Fraction != 1 || len(g.Feedback) > 0 || g.Parts[0].GetReadAs() != text {
		t.Errorf("%s: the key %q earns %+v, %v", asked, text, g, err)
	}
}

// A range shows its middle and its ends.
func TestRangeKey(t *testing.T) {
	for _, c := range []struct {
		low, high, value float64
		unit             aulav1.NumericQuestion_Unit
		en, es           string
	}{
		{18, 24.5, 21.25, 0, "18–24.5", "18–24,5"},
		{-5, 5, 0, 0, "-5 – 5", "-5 – 5"},
		{10, 20, 15, aulav1.NumericQuestion_PERCENT, "10% – 20%", "10\u00a0% – 20\u00a0%"},
		{1998, 2001, 1999.5, aulav1.NumericQuestion_YEAR, "1998–2001", "1998–2001"},
		{-math.MaxFloat64, math.MaxFloat64, 0, 0, "-1.7976931348623157×10³⁰⁸ – 1.7976931348623157×10³⁰⁸", ""},
	} {
		set := compileOne(t, typedNumber(&aulav1.NumericQuestion{
			Range: &aulav1.NumericRange{Low: c.low, High: c.high}, Unit: c.unit,
		}))
		for asked, want := range map[string]string{"en": c.en, "es-EC": c.es} {
			outcome := &aulav1.Outcome{}
			set.Reveal(set.Question("q"), outcome, reader(asked), questions.Play{})
			if key := outcome.GetKey().GetNumeric(); want != "" && (key.GetText() != want || key.GetValue() != c.value) {
				t.Errorf("%s: %q and %v, want %q and %v", asked, key.GetText(), key.GetValue(), want, c.value)
			}
		}
	}
}

func TestUnitsInPrompt(t *testing.T) {
	set := compileOne(t, typedNumber(roadQuestion()))
	for asked, want := range map[string]string{"en": "km kilometers kilometres m miles", "es-EC": "km kilómetros m millas"} {
		p := set.Prompt(set.Question("q"), reader(asked), questions.Play{})
		if got := strings.Join(p.GetNumeric().GetUnits(), " "); got != want {
			t.Errorf("%s: %s, want %s", asked, got, want)
		}
	}
}

func roadQuestion() *aulav1.NumericQuestion {
	return &aulav1.NumericQuestion{
		Value: 420, Tolerance: 5, UnitPenalty: 0.25,
		Also: []*aulav1.AcceptedNumber{{Value: 270, Tolerance: 10, Fraction: 0.5}},
		Units: []*aulav1.MeasureUnit{
			unit(1, both("km", "km")), unit(1, both("kilometers", "kilómetros")), unit(1, map[string]string{"en": "kilometres"}),
			unit(0.001, both("m", "m")), unit(1.609344, both("miles", "millas")),
		},
	}
}

// A number is worth the same in any of its units, however it is spaced and encoded.
func TestUnitsDoNotMatter(t *testing.T) {
	set := compileOne(t, typedNumber(roadQuestion()))
	rapid.Check(t, func(t *rapid.T) {
		km := rapid.Float64Range(-1000, 1000).Draw(t, "km")
		want, err := grade(set, "q", number(fmt.Sprintf("%.9fkm", km)), "es-EC")
		if err != nil {
			t.Fatal(err)
		}
		unit := rapid.SampledFrom([]struct {
			text   string
			factor float64
		}{{"kilómetros", 1}, {"m", 1000}, {"km", 1}}).Draw(t, "unit")
		space := rapid.SampledFrom([]string{"", " ", "\u00a0", "\u202f", "\u200b"}).Draw(t, "space")
		form := rapid.SampledFrom([]norm.Form{norm.NFC, norm.NFD, norm.NFKC, norm.NFKD}).Draw(t, "form")
		text := form.String(fmt.Sprintf("%.9f%s%s", km*unit.factor, space, unit.text))
		got, err := grade(set, "q", number(text), "es-EC")
		if err != nil || got.Fraction != want.Fraction {
			t.Fatalf("%q earns %v (%v), %v km earns %v", text, got.Fraction, err, km, want.Fraction)
		}
	})
}

// Where the text differs from the accepted one is shown between brackets, which are not
// part of it.
func TestWhereTextsDiffer(t *testing.T) {
	half := 0.5
	set := compileOne(t, typedText(&aulav1.TextQuestion{
		Wildcards: true,
		Accepted: []*aulav1.AcceptedText{
			{Text: both("Galápagos Islands", "islas Galápagos")},
			{Text: both("sobre todo", "sobre todo")},
			{Text: both("el Niño", "El Niño")},
			{Text: both("volcan*", "volcán*")},
			{Text: both("volcano lake", "lago volcánico"), Fraction: &half},
		},
	}))
	for _, c := range []struct {
		asked, typed, expected string
		kind                   aulav1.TextMatch_Kind
	}{
		{"es", "[Las] islas Galápagos", "islas Galápagos", aulav1.TextMatch_PUNCTUATION},
		{"es", "islas «Gala\u0301pagos»", "islas Galápagos", aulav1.TextMatch_EXACT},
		{"es", "islas Gal[a]pagos", "islas Galápagos", aulav1.TextMatch_ACCENT},
		{"es", "isl[a\u0301]s Galápagos", "islas Galápagos", aulav1.TextMatch_ACCENT},
		{"es", "𝗶𝘀𝗹𝗮𝘀 Gal[a]pagos", "islas Galápagos", aulav1.TextMatch_ACCENT},
		{"es", "islas Galáp[á]gos", "islas Galápagos", aulav1.TextMatch_ACCENT},
		{"en", "Galápagos I[]lands", "Galápagos Islands", aulav1.TextMatch_TYPO},
		{"en", "¡Galápagos Is[al]nds!", "Galápagos Islands", aulav1.TextMatch_TYPO},
		{"es", "sobre[]todo", "sobre todo", aulav1.TextMatch_PUNCTUATION},
		{"es", "so[ ]bre todo", "sobre todo", aulav1.TextMatch_PUNCTUATION},
		{"es", "sobre[, ]todo", "sobre todo", aulav1.TextMatch_PUNCTUATION},
		{"es", "[La] Niño", "El Niño", aulav1.TextMatch_PUNCTUATION},
		{"es", "«[]niño»", "El Niño", aulav1.TextMatch_PUNCTUATION},
		{"en", "[]volcanoes", "volcan…", aulav1.TextMatch_EXACT},
		{"es", "[]volcanes", "volcán…", aulav1.TextMatch_ACCENT},
		{"en", "volcano lake", "volcano lake", aulav1.TextMatch_EXACT},
		{"en", "[]Cotopaxi", "", aulav1.TextMatch_KIND_UNSPECIFIED},
	} {
		before, rest, _ := strings.Cut(c.typed, "[")
		between, after, marked := strings.Cut(rest, "]")
		g, err := grade(set, "q", write(before+between+after), c.asked)
		if err != nil {
			t.Fatal(err)
		}
		m := g.Parts[0].GetMatch()
		start := utf8.RuneCountInString(before)
		end := start + utf8.RuneCountInString(between)
		if !marked || c.kind == aulav1.TextMatch_KIND_UNSPECIFIED {
			start, end = 0, 0
		}
		if m.GetKind() != c.kind || c.kind != 0 && m.GetExpected() != c.expected || int(m.GetStart()) != start || int(m.GetEnd()) != end {
			t.Errorf("%q: %v, want %v of %q at %d to %d", c.typed, m, c.kind, c.expected, start, end)
		}
	}
}

// Only what has full credit is shown as the key, and patterns only where there is nothing
// else.
func TestTextKey(t *testing.T) {
	half := 0.5
	set := compileOne(t, typedText(&aulav1.TextQuestion{Wildcards: true, Accepted: []*aulav1.AcceptedText{
		{Text: both("half", "medio"), Fraction: &half}, {Text: both("whole*", `*\*entero*`)}, {Text: map[string]string{"en": "all"}},
	}}))
	for asked, want := range map[string]string{"en": "all", "es": "…*entero…"} {
		outcome := &aulav1.Outcome{}
		set.Reveal(set.Question("q"), outcome, reader(asked), questions.Play{})
		if got := strings.Join(outcome.GetKey().GetText().GetAccepted(), "|"); got != want || outcome.GetKey().GetDisplay() != want {
			t.Errorf("%s: %q, want %q", asked, got, want)
		}
	}
}

// Texts by any option, typed in any way.
func textQuestions(t *rapid.T) *aulav1.TextQuestion {
	texts := rapid.SampledFrom([]string{
		"papá", "papa", "año", "ano", "Galápagos", "galapagos", "la problema", "el problema", "problema", "sobre todo", "sobretodo",
		"2008", "2,008", "¿Viene?", "C++", "illegal", "legal", "ilegal", "recibir", "*migra*", "a*o", "Σίσυφος", "İstanbul", "ñandú",
	})
	bools := rapid.Bool()
	q := &aulav1.TextQuestion{
		Accents:       rapid.SampledFrom([]aulav1.TextQuestion_Accents{0, 1, 2, 3}).Draw(t, "accents"),
		CaseSensitive: bools.Draw(t, "case"), Punctuation: bools.Draw(t, "punctuation"),
		ExactSpelling: bools.Draw(t, "spelling"), Wildcards: bools.Draw(t, "wildcards"),
	}
	for i, text := range rapid.SliceOfN(texts, 1, 6).Draw(t, "accepted") {
		accepted := &aulav1.AcceptedText{Text: both(text, text)}
		if i > 0 {
			fraction := rapid.Float64Range(0.01, 1).Draw(t, "fraction")
			accepted.Fraction = &fraction
		}
		q.Accepted = append(q.Accepted, accepted)
	}
	for _, text := range rapid.SliceOfN(texts, 0, 3).Draw(t, "wrong") {
		q.Wrong = append(q.Wrong, &aulav1.WrongText{Text: both(text, text), Feedback: both("No.", "No.")})
	}
	return q
}

// compilable compiles a question, or skips one that contradicts itself.
func compilable(t *rapid.T, q *aulav1.Question) *questions.Set {
	set, err := questions.Compile(&aulav1.QuestionSet{
		Id: "set", Title: both("Set", "Conjunto"), Language: "en", Questions: []*aulav1.Question{q},
	}, words)
	if err != nil {
		t.Skip(err)
	}
	return set
}

// By whatever options: the key earns all, a known mistake nothing, what is accepted at
// least what its author gave it, and normal forms do not matter.
func TestTextByAnyOptions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := textQuestions(t)
		set := compilable(t, typedText(q))
		asked := rapid.SampledFrom(readers).Draw(t, "asked")
		earned := func(text string) float64 {
			g, err := grade(set, "q", write(text), asked)
			if err != nil {
				t.Fatal(err)
			}
			for _, form := range []norm.Form{norm.NFC, norm.NFD} {
				again, err := grade(set, "q", write(form.String(text)), asked)
				if err != nil || again.Fraction != g.Fraction || again.Parts[0].GetMatch().GetKind() != g.Parts[0].GetMatch().GetKind() {
					t.Fatalf("%q earns %+v, in form %d %+v", text, g, form, again)
				}
			}
			return g.Fraction
		}
		outcome := &aulav1.Outcome{}
		set.Reveal(set.Question("q"), outcome, reader(asked), questions.Play{})
		for _, text := range outcome.GetKey().GetText().GetAccepted() {
			if !strings.Contains(text, "…") && earned(text) != 1 {
				t.Fatalf("the key %q earns %v", text, earned(text))
			}
		}
		for _, accepted := range q.GetAccepted() {
			text, least := accepted.GetText()["en"], 1.0
			if accepted.Fraction != nil {
				least = accepted.GetFraction()
			}
			if !strings.Contains(text, "*") && earned(text) < least {
				t.Fatalf("%q earns %v, not %v", text, earned(text), least)
			}
		}
		for _, wrong := range q.GetWrong() {
			if text := wrong.GetText()["en"]; earned(text) != 0 {
				t.Fatalf("the mistake %q earns %v", text, earned(text))
			}
		}
	})
}

// FuzzReadUnit throws texts at questions with units: they are read, or refused with what
// would do.
func FuzzReadUnit(f *testing.F) {
	q := roadQuestion()
	q.Units = append(q.Units, unit(1, both("km²", "km²")), unit(2, both("$", "$")), unit(3, both("°", "°")), unit(4, both("µg", "µg")))
	set := compileOne(f, typedNumber(q))
	for i, text := range []string{
		"", "km", "420", "420km", "420 k m", "$420", "420$", "$420 km", "420 km km", "4 km²", "4 km2", "4 km 2", "1/2 mi", "½ m", "5 ㎞", "5 ㎢",
		"5 µg", "5 μg", "e km", "1e5m", "1e400 miles", "1.7e308 miles", "-$5", "$-5", "90°", "90 º", "\u0301km", "4 m\u0301", "420\u200bkm",
		"420 k\u200bm", "420\xffkm", "km\xff", "420 %", "420 % km", "420 km %", strings.Repeat("9", 400) + "km", strings.Repeat("k", 9000) + "m", "ﷺ km",
	} {
		f.Add(text, uint8(i))
	}
	f.Fuzz(func(t *testing.T, text string, asked uint8) {
		r := reader(readers[int(asked)%len(readers)])
		g, err := set.Grade(set.Question("q"), number(text), r, r, questions.Play{})
		var refusal *questions.Refusal
		switch {
		case errors.As(err, &refusal):
			if refusal.Field != "numeric.text" || refusal.ID == "number.unreadable" || !utf8.ValidString(fmt.Sprint(refusal.Args["Text"])) {
				t.Errorf("refused with %+v", refusal)
			}
		case err != nil:
			t.Error(err)
		case !slices.Contains([]float64{0, 0.25, 0.5, 0.75, 1}, g.Fraction) || g.Parts[0].GetReadAs() == "":
			t.Errorf("earns %+v", g)
		}
	})
}
