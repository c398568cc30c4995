package questions_test

import (
	"maps"
	"testing"

	aulav1 "aula/proto/aula/v1"
	"aula/questions"
)

// both is a text in the languages of the sets here.
func both(en, es string) map[string]string { return map[string]string{"en": en, "es": es} }

func unit(factor float64, text map[string]string) *aulav1.MeasureUnit {
	return &aulav1.MeasureUnit{Factor: factor, Text: text}
}

// onNumber is an edit of the question about the distance, which is given in units here.
func onNumber(edit func(q *aulav1.NumericQuestion)) func(*aulav1.QuestionSet) {
	return func(s *aulav1.QuestionSet) {
		q := find(s, "distance").GetNumeric()
		q.Units = []*aulav1.MeasureUnit{
			unit(1, both("km", "km")), unit(1, both("kilometers", "kilómetros")), unit(1.609344, both("miles", "millas")),
		}
		q.Also = []*aulav1.AcceptedNumber{{Value: 380000, Fraction: 0.5, Feedback: both("Roughly.", "Más o menos.")}}
		edit(q)
	}
}

// onText is an edit of the question about craters, which has half credit and a known
// mistake here.
func onText(edit func(q *aulav1.TextQuestion)) func(*aulav1.QuestionSet) {
	return func(s *aulav1.QuestionSet) {
		q := find(s, "holes").GetTextEntry()
		half := 0.5
		q.Accepted = append(q.Accepted, &aulav1.AcceptedText{
			Text: both("holes", "hoyos"), Fraction: &half, Feedback: both("What kind?", "¿De qué clase?"),
		})
		q.Wrong = []*aulav1.WrongText{{Text: both("seas", "mares"), Feedback: both("Those are dark.", "Esos son oscuros.")}}
		edit(q)
	}
}

const (
	distance = `questions[1] "distance": `
	holes    = `questions[6] "holes": `
)

var numberMistakes = []mistake{
	{`questions[0] "landing": numeric.value`, "check.year_not_whole", func(s *aulav1.QuestionSet) {
		find(s, "landing").GetNumeric().Value = 1969.5
	}},
	{`questions[0] "landing": numeric.range.high`, "check.year_not_whole", func(s *aulav1.QuestionSet) {
		q := find(s, "landing").GetNumeric()
		q.Value, q.Range = 0, &aulav1.NumericRange{Low: 1968, High: 1969.5}
	}},
	{`questions[0] "landing": numeric.also[0].value`, "check.year_not_whole", func(s *aulav1.QuestionSet) {
		find(s, "landing").GetNumeric().Also = []*aulav1.AcceptedNumber{{Value: 1968.5}}
	}},
	{distance + `numeric`, "check.numeric_tolerances", onNumber(func(q *aulav1.NumericQuestion) { q.RelativeTolerance = 0.1 })},
	{distance + `numeric`, "check.numeric_tolerances", onNumber(func(q *aulav1.NumericQuestion) { q.SignificantFigures = 3 })},
	{distance + `numeric`, "check.numeric_tolerances", onNumber(func(q *aulav1.NumericQuestion) {
		q.Value, q.Range = 0, &aulav1.NumericRange{Low: 1, High: 2}
	})},
	{distance + `numeric.value`, "check.numeric_value_and_range", onNumber(func(q *aulav1.NumericQuestion) {
		q.Tolerance, q.Range = 0, &aulav1.NumericRange{Low: 1, High: 2}
	})},
	{distance + `numeric.range`, "check.numeric_range_reversed", onNumber(func(q *aulav1.NumericQuestion) {
		q.Value, q.Tolerance, q.Range = 0, 0, &aulav1.NumericRange{Low: 2, High: 1}
	})},
	{distance + `numeric.also[0].feedback`, "check.language_not_in_title", onNumber(func(q *aulav1.NumericQuestion) {
		q.Also[0].Feedback["pt"] = "Mais ou menos."
	})},
	{distance + `text`, "check.incomplete", onNumber(func(q *aulav1.NumericQuestion) { delete(q.GetAlso()[0].GetFeedback(), "en") })},

	{distance + `numeric.units[0].factor`, "check.unit_first_factor", onNumber(func(q *aulav1.NumericQuestion) {
		q.Units[0].Factor = 1000
	})},
	{distance + `numeric.units`, "check.unit_with_units", onNumber(func(q *aulav1.NumericQuestion) {
		q.Unit = aulav1.NumericQuestion_PERCENT
	})},
	{distance + `numeric.units`, "check.unit_with_units", onNumber(func(q *aulav1.NumericQuestion) {
		q.Unit = aulav1.NumericQuestion_YEAR
	})},
	{distance + `numeric.units[1].text`, "check.unit_like_number", onNumber(func(q *aulav1.NumericQuestion) {
		q.Units[1].Text["en"] = "½ km"
	})},
	{distance + `numeric.units[1].text`, "check.unit_like_number", onNumber(func(q *aulav1.NumericQuestion) {
		q.Units[1].Text["en"] = "\u00a0"
	})},
	{distance + `numeric.units[2].text`, "check.unit_same_text", onNumber(func(q *aulav1.NumericQuestion) {
		q.Units[2].Text["es"] = "k m"
	})},
	{distance + `numeric.units[2].text`, "check.language_not_in_title", onNumber(func(q *aulav1.NumericQuestion) {
		q.Units[2].Text["pt"] = "milhas"
	})},
	{distance + `text`, "check.incomplete", onNumber(func(q *aulav1.NumericQuestion) { delete(q.GetUnits()[0].GetText(), "en") })},
	{distance + `text`, "check.incomplete", onNumber(func(q *aulav1.NumericQuestion) { delete(q.GetUnits()[2].GetText(), "en") })},
}

var textMistakes = []mistake{
	{holes + `text_entry.accepted[2].text`, "check.language_not_in_title", onText(func(q *aulav1.TextQuestion) {
		q.Accepted[2].Text["pt"] = "crateras"
	})},
	{holes + `text_entry.accepted[3].feedback`, "check.language_not_in_title", onText(func(q *aulav1.TextQuestion) {
		q.Accepted[3].Feedback["pt"] = "De que tipo?"
	})},
	{holes + `text_entry.wrong[0].text`, "check.language_not_in_title", onText(func(q *aulav1.TextQuestion) {
		q.Wrong[0].Text["pt"] = "mares"
	})},
	{holes + `text_entry.wrong[0].feedback`, "check.language_not_in_title", onText(func(q *aulav1.TextQuestion) {
		q.Wrong[0].Feedback["pt"] = "Esses são escuros."
	})},
	{holes + `text`, "check.incomplete", onText(func(q *aulav1.TextQuestion) { delete(q.GetAccepted()[3].GetFeedback(), "en") })},
	{holes + `text`, "check.incomplete", onText(func(q *aulav1.TextQuestion) { delete(q.GetWrong()[0].GetFeedback(), "en") })},
	{holes + `text_entry.accepted[0].text`, "check.text_empty", onText(func(q *aulav1.TextQuestion) {
		q.Accepted[0].Text["es"] = " \u200b"
	})},
	{holes + `text_entry.wrong[0].text`, "check.text_empty", onText(func(q *aulav1.TextQuestion) { q.Wrong[0].Text["en"] = "\t\u00a0" })},
	{holes + `text_entry.accepted[1].text`, "check.text_only_wildcards", onText(func(q *aulav1.TextQuestion) {
		q.Wildcards, q.Accepted[1].Text["en"] = true, "¿*, *?"
	})},
	{holes + `text_entry.wrong[0].text`, "check.text_accepted_and_wrong", onText(func(q *aulav1.TextQuestion) {
		q.Wrong[0].Text["es"] = "¡CRA\u0301TERES!"
	})},
	{holes + `text_entry.wrong[0].text`, "check.text_accepted_and_wrong", onText(func(q *aulav1.TextQuestion) {
		q.Accents, q.Wrong[0].Text["es"] = aulav1.TextQuestion_IGNORE, "crateres"
	})},
	{holes + `text_entry.accepted`, "check.text_no_full_credit", onText(func(q *aulav1.TextQuestion) {
		part := 0.9
		q.Accepted = q.GetAccepted()[2:]
		q.Accepted[0].Fraction = &part
		delete(q.GetAccepted()[1].GetText(), "es")
		delete(q.GetWrong()[0].GetText(), "es")
	})},
}

// What looks like a mistake and is none.
func TestCheckAllows(t *testing.T) {
	for name, edit := range map[string]func(*aulav1.QuestionSet){
		"a plural in one language": onNumber(func(q *aulav1.NumericQuestion) { delete(q.GetUnits()[1].GetText(), "es") }),
		"mW and MW":                onNumber(func(q *aulav1.NumericQuestion) { q.Units[2].Text = both("Km", "Km") }),
		"one factor for two units": onNumber(func(q *aulav1.NumericQuestion) { q.Units[2].Factor = 1 }),
		"a range from a point": onNumber(func(q *aulav1.NumericQuestion) {
			q.Value, q.Tolerance, q.Range = 0, 0, &aulav1.NumericRange{Low: 3, High: 3}
		}),
		"a wrong accent": onText(func(q *aulav1.TextQuestion) { q.Wrong[0].Text["es"] = "crateres" }),
		"a required accent": onText(func(q *aulav1.TextQuestion) {
			q.Accents, q.Wrong[0].Text["es"] = aulav1.TextQuestion_REQUIRE, "crateres"
		}),
		"a wrong article":             onText(func(q *aulav1.TextQuestion) { q.Wrong[0].Text["es"] = "las cráteres" }),
		"a wrong capital":             onText(func(q *aulav1.TextQuestion) { q.CaseSensitive, q.Wrong[0].Text["en"] = true, "Craters" }),
		"a mistake within a wildcard": onText(func(q *aulav1.TextQuestion) { q.Wildcards, q.Accepted[2].Text["en"] = true, "sea*" }),
		"a star that is a star":       onText(func(q *aulav1.TextQuestion) { q.Wildcards, q.Accepted[2].Text["en"] = true, `\*` }),
		"a mistake in one language":   onText(func(q *aulav1.TextQuestion) { maps.DeleteFunc(q.GetWrong()[0].GetText(), isSpanish) }),
	} {
		if problems := check(t, edit); problems != nil {
			t.Errorf("%s is met with %v", name, problems)
		}
	}
}

func isSpanish(lang, _ string) bool { return lang == "es" }

// A problem quotes what its author wrote.
func TestTypedProblemArguments(t *testing.T) {
	problems := check(t, onText(func(q *aulav1.TextQuestion) { q.Wildcards, q.Accepted[1].Text["en"] = true, "**" }))
	if want := (questions.Problem{
		Path: holes + `text_entry.accepted[1].text`, ID: "check.text_only_wildcards", Args: map[string]any{"Text": "**", "Language": "en"},
	}); len(problems) != 1 || problems[0].Path != want.Path || !maps.Equal(problems[0].Args, want.Args) {
		t.Errorf("got %v, want %v", problems, want)
	}
}
