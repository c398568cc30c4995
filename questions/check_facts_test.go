package questions_test

import (
	aulav1 "aula/proto/aula/v1"
)

func place(en, es string) *aulav1.FactValue {
	name := &aulav1.FactName{Text: map[string]string{"es": es}}
	if en != "" {
		name.Text["en"] = en
	}
	return &aulav1.FactValue{Kind: &aulav1.FactValue_Place{Place: name}}
}

// onFact is an edit of the first fact, which says where the landing was and asks for
// nothing yet.
func onFact(edit func(f *aulav1.Fact)) func(*aulav1.QuestionSet) {
	return func(s *aulav1.QuestionSet) {
		f := s.GetFacts()[0]
		f.Statement = both("They landed in the {value}.", "Llegaron al {value}.")
		f.Value = place("Sea of Tranquility", "mar de la Tranquilidad")
		f.Question = both("Where did they land?", "¿Dónde alunizaron?")
		edit(f)
	}
}

const (
	landingFact = `facts[0] "landing": `
	landing     = `questions[0] "landing": `
)

var factMistakes = []mistake{
	{"questions", "check.no_questions", func(s *aulav1.QuestionSet) { s.Questions = nil }},
	{landingFact + "date", "check.no_such_day", onFact(func(f *aulav1.Fact) { f.Date = "1969-02-29" })},
	{landingFact + "ask", "check.ask_without_value", func(s *aulav1.QuestionSet) {
		s.Facts[0].Ask = []aulav1.Fact_Ask{aulav1.Fact_CARD}
	}},
	{landingFact + "ask[0] NUMERIC", "check.ask_of_type", onFact(func(f *aulav1.Fact) {
		f.Ask = []aulav1.Fact_Ask{aulav1.Fact_NUMERIC}
	})},
	{landingFact + "ask[1] CHOICE", "check.no_distractor", onFact(func(f *aulav1.Fact) {
		f.Ask = []aulav1.Fact_Ask{aulav1.Fact_TEXT, aulav1.Fact_CHOICE}
	})},
	{landingFact + "others[0]", "check.other_type", onFact(func(f *aulav1.Fact) {
		f.Others = []*aulav1.FactValue{{Kind: &aulav1.FactValue_Year{Year: 1969}}}
	})},
	{landingFact + "others[1]", "check.other_is_right", onFact(func(f *aulav1.Fact) {
		f.Others = []*aulav1.FactValue{place("Sea of Clouds", "mar de las Nubes"), place("The sea of tranquility", "mar del Sosiego")}
	})},
	{landingFact + "value", "check.value_unwritten", func(s *aulav1.QuestionSet) { s.Facts[0].Value = place("", "mar de las Nubes") }},
	{landingFact + "statement", "check.statement_without_value", onFact(func(f *aulav1.Fact) {
		delete(f.GetQuestion(), "es")
		f.Statement["es"], f.Ask = "Llegaron al mar de la Tranquilidad.", []aulav1.Fact_Ask{aulav1.Fact_TEXT}
	})},
	{landingFact + "statement", "check.raw_html", onFact(func(f *aulav1.Fact) { f.Statement["en"] = "They landed in the <i>{value}</i>." })},
	{landing + "explanation", "check.raw_html", func(s *aulav1.QuestionSet) { s.Questions[0].Explanation["es"] = "En julio<br>de 1969." }},
	{landing + "text", "check.value_without_value", func(s *aulav1.QuestionSet) { s.Questions[0].Text["en"] = "When was {value}?" }},
	{`questions[2] "gravity": text`, "check.value_without_fact", func(s *aulav1.QuestionSet) { s.Questions[2].Text["en"] = "Is it {value}?" }},
	{landing + "media[0]", "check.no_such_media", func(s *aulav1.QuestionSet) { s.Questions[0].Media = []string{"photograph"} }},
	{`media[0] "photograph"`, "check.media_one_place", func(s *aulav1.QuestionSet) {
		s.Media = []*aulav1.Media{{Id: "photograph", ContentType: "image/png"}}
	}},
	{`media[0] "photograph": content_type`, "check.media_without_type", func(s *aulav1.QuestionSet) {
		s.Media = []*aulav1.Media{{Id: "photograph", Uri: "https://example.org/1.png"}}
	}},
	{landing + "hints", "check.hint_costs", func(s *aulav1.QuestionSet) {
		s.Questions[0].Hints = []*aulav1.Hint{{Text: both("Recently.", "Hace poco."), Cost: 0.7}, {Text: both("In summer.", "En verano."), Cost: 0.4}}
	}},
	{landing + "hints[0].text", "check.language_not_in_title", func(s *aulav1.QuestionSet) {
		s.Questions[0].Hints = []*aulav1.Hint{{Text: map[string]string{"en": "Recently.", "pt": "Há pouco."}}}
	}},
	{landing + "text", "check.incomplete", func(s *aulav1.QuestionSet) {
		s.Questions[0].Hints = []*aulav1.Hint{{Text: map[string]string{"es": "Hace poco."}}}
	}},
	{landing + "penalty", "check.penalty_without_tries", func(s *aulav1.QuestionSet) { s.Questions[0].Penalty = new(0.5) }},
	{landing + "tries", "check.certainty_once", func(s *aulav1.QuestionSet) { s.Certainty, s.Questions[0].Tries = true, 2 }},
}
