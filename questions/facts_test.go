package questions

import (
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"buf.build/go/protoyaml"
	"golang.org/x/text/language"
	"google.golang.org/protobuf/proto"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/sets"
)

var update = flag.Bool("update", false, "write the golden files anew")

// localeWords reads the words of the locale files.
func localeWords(t testing.TB) Words {
	t.Helper()
	words := map[string]map[string]any{}
	for _, lang := range []string{"en", "es"} {
		text, err := os.ReadFile("../locales/active." + lang + ".json")
		if err != nil {
			t.Fatal(err)
		}
		sentences := map[string]any{}
		if err := json.Unmarshal(text, &sentences); err != nil {
			t.Fatal(err)
		}
		words[lang] = sentences
	}
	return func(lang, id string) []string {
		sentence, ok := words[lang]["words."+id].(map[string]any)
		if !ok {
			return nil
		}
		return strings.Split(sentence["other"].(string), "|")
	}
}

func parseSet(t testing.TB, name string) *aulav1.QuestionSet {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	set, err := sets.Parse(name, text)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// What the facts of testdata/facts.yaml ask, as `aula check --expand` prints it.
func TestExpand(t *testing.T) {
	const golden = "testdata/facts.expanded.yaml"
	source := parseSet(t, "testdata/facts.yaml")
	written := proto.CloneOf(source)
	expanded, problems := Expand(source, localeWords(t))
	if problems != nil {
		t.Fatal(problems)
	}
	if !proto.Equal(source, written) {
		t.Error("Expand changed the source")
	}
	if *update {
		text, err := protoyaml.MarshalOptions{Indent: 2, UseProtoNames: true}.Marshal(expanded)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	// Read back, it must also keep the constraints of the proto, as a written set does.
	if want := parseSet(t, golden); !proto.Equal(expanded, want) {
		text, _ := protoyaml.MarshalOptions{Indent: 2, UseProtoNames: true}.Marshal(expanded)
		t.Errorf("go test -update writes the golden file anew; got\n%s", text)
	}
	if again, _ := Expand(expanded, localeWords(t)); !proto.Equal(again, expanded) {
		t.Error("expanding an expanded set changed it")
	}
}

// rightAnswer is the answer that a key describes, as a learner types or taps it.
func rightAnswer(k *aulav1.Key) *aulav1.Answer {
	switch kind := k.GetKind().(type) {
	case *aulav1.Key_Choice:
		return &aulav1.Answer{Kind: &aulav1.Answer_Choice{Choice: chosen(kind.Choice)}}
	case *aulav1.Key_Numeric:
		return &aulav1.Answer{Kind: &aulav1.Answer_Numeric{Numeric: &aulav1.NumericAnswer{Text: kind.Numeric.GetText()}}}
	case *aulav1.Key_Text:
		return &aulav1.Answer{Kind: &aulav1.Answer_Text{Text: &aulav1.TextAnswer{Text: kind.Text.GetAccepted()[0]}}}
	case *aulav1.Key_Cloze:
		blank := kind.Cloze.GetBlanks()["value"]
		filled := &aulav1.BlankAnswer{}
		switch {
		case blank.GetChoice() != nil:
			filled.Kind = &aulav1.BlankAnswer_Choice{Choice: chosen(blank.GetChoice())}
		case blank.GetNumeric() != nil:
			filled.Kind = &aulav1.BlankAnswer_Numeric{Numeric: &aulav1.NumericAnswer{Text: blank.GetNumeric().GetText()}}
		default:
			filled.Kind = &aulav1.BlankAnswer_Text{Text: &aulav1.TextAnswer{Text: blank.GetText().GetAccepted()[0]}}
		}
		cloze := &aulav1.ClozeAnswer{Blanks: map[string]*aulav1.BlankAnswer{"value": filled}}
		return &aulav1.Answer{Kind: &aulav1.Answer_Cloze{Cloze: cloze}}
	}
	return &aulav1.Answer{Kind: &aulav1.Answer_Card{Card: &aulav1.CardAnswer{Rating: aulav1.CardAnswer_GOOD}}}
}

func chosen(key *aulav1.ChoiceKey) *aulav1.ChoiceAnswer {
	answer := &aulav1.ChoiceAnswer{}
	for _, option := range key.GetOptions() {
		answer.Options = append(answer.Options, option.GetId())
	}
	return answer
}

// Derived questions are asked and graded like written ones: the key, typed as it is shown,
// earns everything in either language.
func TestDerivedQuestionsAreGraded(t *testing.T) {
	source := parseSet(t, "testdata/facts.yaml")
	set, err := Compile(source, localeWords(t))
	if err != nil {
		t.Fatal(err)
	}
	if len(source.GetQuestions()) != 1 || set.Source != source {
		t.Error("the source does not stay as written")
	}
	for _, lang := range []language.Tag{language.English, language.MustParse("es-EC")} {
		reader := Reader{lang}
		for _, q := range set.Questions {
			var o aulav1.Outcome
			set.Reveal(q, &o, reader, Play{})
			g, err := set.Grade(q, rightAnswer(o.GetKey()), reader, reader, Play{})
			if err != nil || g.Fraction != 1 {
				t.Errorf("%s in %s: %v earns %v, %v", q.Source.GetId(), lang, o.GetKey(), g.Fraction, err)
			}
			if p := set.Prompt(q, reader, Play{}); p.GetFallback() || strings.Contains(p.GetText(), "{") {
				t.Errorf("%s in %s reads %q", q.Source.GetId(), lang, p.GetText())
			}
		}
	}
}

// setOf parses a set of the facts and questions given in YAML.
func setOf(t testing.TB, rest string) *aulav1.QuestionSet {
	t.Helper()
	set, err := sets.Parse("test.yaml", []byte("id: test\ntitle: {en: Test, es: Prueba}\nlanguage: en\n"+rest))
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// What a value is in each language.
func TestWriteValue(t *testing.T) {
	words := localeWords(t)
	for _, c := range []struct{ value, en, es, esMX string }{
		{`number: {value: 1234567.5}`, "1,234,567.5", "1.234.567,5", "1,234,567.5"},
		{`number: {value: 10000, unit: {en: km, es: km}}`, "10,000\u00a0km", "10.000\u00a0km", ""},
		{`number: {value: -3, unit: {en: °C, es: °C}}`, "-3\u00a0°C", "-3\u00a0°C", ""},
		{`percent: 600`, "600%", "600\u00a0%", "600\u00a0%"},
		{`percent: 1234.5`, "1,234.5%", "1234,5\u00a0%", "1,234.5\u00a0%"},
		{`year: 2008`, "2008", "2008", "2008"},
		{`month_day: {month: 11, day: 16}`, "November 16", "16 de noviembre", ""},
		{`month_day: {month: 2, day: 29}`, "February 29", "29 de febrero", ""},
		{`date: "2025-11-16"`, "November 16, 2025", "16 de noviembre de 2025", ""},
		{`place: {text: {en: Galapagos, es: Galápagos}}`, "Galapagos", "Galápagos", ""},
		{`text: {text: {en: tuna}}`, "tuna", "", ""},
	} {
		var v aulav1.FactValue
		if err := protoyaml.Unmarshal([]byte(c.value), &v); err != nil {
			t.Fatal(err)
		}
		for lang, want := range map[string]string{"en": c.en, "es": c.es, "es-MX": c.esMX} {
			if got := writeValue(&v, lang, words); got != want {
				t.Errorf("%s in %s is %q, want %q", c.value, lang, got, want)
			}
		}
	}
}

// A language whose months Aula does not know lacks what names a month, and nothing else.
func TestValueInUnknownLanguage(t *testing.T) {
	set := setOf(t, `
facts:
  - id: day
    statement: {en: "It was {value}.", es: "Fue el {value}."}
    value: {month_day: {month: 11, day: 16}}
    ask: [TRUE_FALSE]
  - id: share
    statement: {en: "It was {value}.", es: "Fue el {value}."}
    value: {percent: 5}
    ask: [TRUE_FALSE]
`)
	words := func(lang, id string) []string {
		if lang == "es" && id == "months" {
			return nil
		}
		return localeWords(t)(lang, id)
	}
	compiled, err := Compile(set, words)
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]bool{"day.true-false": false, "share.true-false": true} {
		q := compiled.Question(id)
		if !q.Covers("en") || q.Covers("es") != want {
			t.Errorf("%s is asked in %v", id, q.languages())
		}
	}
	if day, _ := Expand(set, words); day.GetFacts()[0].GetStatement()["es"] != "" {
		t.Errorf("the statement in es is %q", day.GetFacts()[0].GetStatement()["es"])
	}
}
