package sheet_test

import (
	"fmt"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"pgregory.net/rapid"

	aulav1 "aula/proto/aula/v1"
)

var langs = []string{"en", "es"}

// drawText draws a text made of what the layout has a meaning for.
func drawText(t *rapid.T) string {
	pieces := rapid.SampledFrom([]string{
		"a", "Quito", "ñandú", "5", "1,234", "3.5", "-", "+", "=", "@", "|", `\`, `\|`, `"`, "'", "[", "]", "]]", "*", ";", ",", "\n",
		" ", "#", "->", "→", "%", "±", "..", " to ", "TRUE", "(es)", ":", "sea: ", "_x0041_", "😀", "\t", "~", "<", "&",
	})
	text := strings.Join(rapid.SliceOfN(pieces, 1, 6).Draw(t, "text"), "")
	if text = strings.TrimSpace(text); text == "" {
		return "x"
	}
	return text
}

// drawTexts draws a text in both languages, or in one.
func drawTexts(t *rapid.T) map[string]string {
	texts := map[string]string{"en": drawText(t)}
	if rapid.IntRange(0, 3).Draw(t, "both") > 0 {
		texts["es"] = drawText(t)
	}
	return texts
}

func maybeTexts(t *rapid.T) map[string]string {
	if rapid.Bool().Draw(t, "texts") {
		return drawTexts(t)
	}
	return nil
}

func drawNumber(t *rapid.T) float64 {
	return rapid.OneOf(
		rapid.Map(rapid.IntRange(-5000, 5000), func(n int) float64 { return float64(n) }),
		rapid.Map(rapid.IntRange(-5000, 5000), func(n int) float64 { return float64(n) / 100 }),
		rapid.Float64Range(-1e20, 1e20),
	).Draw(t, "number") + 0 // no negative zero
}

func drawShare(t *rapid.T, low int) float64 {
	return float64(rapid.IntRange(low, 100).Draw(t, "share")) / 100
}

func maybeShare(t *rapid.T, low int) *float64 {
	if !rapid.Bool().Draw(t, "has share") {
		return nil
	}
	share := drawShare(t, low)
	return &share
}

func partID(i int) string { return fmt.Sprintf("p-%d", i) }

func drawChoice(t *rapid.T) *aulav1.ChoiceQuestion {
	q := &aulav1.ChoiceQuestion{Multiple: rapid.Bool().Draw(t, "multiple"), FixedOrder: rapid.Bool().Draw(t, "fixed")}
	n := rapid.IntRange(2, 5).Draw(t, "options")
	right := rapid.IntRange(0, n-1).Draw(t, "right")
	for i := range n {
		q.Options = append(q.Options, &aulav1.ChoiceOption{
			// What is left out of a list of ids would shift the others.
			Id: partID(i), Text: map[string]string{"en": fmt.Sprint(drawText(t), " ~", i), "es": fmt.Sprint(drawText(t), " ~", i)},
			Correct: i == right || rapid.Bool().Draw(t, "correct"), Weight: maybeShare(t, -100), Last: rapid.Bool().Draw(t, "last"),
			Feedback: maybeTexts(t),
		})
	}
	return q
}

func drawNumeric(t *rapid.T) *aulav1.NumericQuestion {
	q := &aulav1.NumericQuestion{Value: drawNumber(t)}
	switch rapid.IntRange(0, 4).Draw(t, "margin") {
	case 0:
		q.Tolerance = drawShare(t, 0)
	case 1:
		q.RelativeTolerance = drawShare(t, 0)
	case 2:
		q.SignificantFigures = rapid.Int32Range(1, 15).Draw(t, "figures")
	case 3:
		q.Value, q.Range = 0, &aulav1.NumericRange{Low: drawNumber(t), High: drawNumber(t)}
	}
	switch rapid.IntRange(0, 3).Draw(t, "unit") {
	case 0:
		if q.GetRelativeTolerance() == 0 { // 5% of a percentage would be five points
			q.Unit = aulav1.NumericQuestion_PERCENT
		}
	case 1:
		q.Unit = aulav1.NumericQuestion_YEAR
	case 2:
		q.Units = []*aulav1.MeasureUnit{
			{Text: map[string]string{"en": "km", "es": "km"}, Factor: 1},
			{Text: map[string]string{"en": "mi", "es": rapid.SampledFrom([]string{"mi", "milla"}).Draw(t, "mile")}, Factor: 1.609},
		}
	}
	for range rapid.IntRange(0, 2).Draw(t, "also") {
		q.Also = append(q.Also, &aulav1.AcceptedNumber{
			Value: drawNumber(t), Tolerance: drawShare(t, 0), Fraction: drawShare(t, 0), Feedback: maybeTexts(t),
		})
	}
	return q
}

func drawTextEntry(t *rapid.T) *aulav1.TextQuestion {
	q := &aulav1.TextQuestion{
		Accents:       aulav1.TextQuestion_Accents(rapid.Int32Range(0, 3).Draw(t, "accents")),
		CaseSensitive: rapid.Bool().Draw(t, "case"), Punctuation: rapid.Bool().Draw(t, "punctuation"),
		ExactSpelling: rapid.Bool().Draw(t, "spelling"), Wildcards: rapid.Bool().Draw(t, "wildcards"),
	}
	for range rapid.IntRange(1, 3).Draw(t, "accepted") {
		q.Accepted = append(q.Accepted, &aulav1.AcceptedText{Text: drawTexts(t), Fraction: maybeShare(t, 1), Feedback: maybeTexts(t)})
	}
	for range rapid.IntRange(0, 2).Draw(t, "wrong") {
		q.Wrong = append(q.Wrong, &aulav1.WrongText{Text: drawTexts(t), Feedback: maybeTexts(t)})
	}
	return q
}

// drawCloze draws a cloze and its stem, whose blanks need not be in the same order in every
// language.
func drawCloze(t *rapid.T) (stem map[string]string, q *aulav1.ClozeQuestion) {
	q = &aulav1.ClozeQuestion{}
	var ids []string
	for i := range rapid.IntRange(1, 3).Draw(t, "blanks") {
		b := &aulav1.Blank{Id: rapid.SampledFrom([]string{"b", "c-1", ""}).Draw(t, "id") + fmt.Sprint(i+1), Weight: maybeShare(t, 1)}
		switch rapid.IntRange(0, 2).Draw(t, "kind") {
		case 0:
			b.Kind = &aulav1.Blank_TextEntry{TextEntry: &aulav1.TextQuestion{Accepted: []*aulav1.AcceptedText{
				{Text: map[string]string{"en": drawText(t), "es": drawText(t)}}, {Text: drawTexts(t)},
			}}}
		case 1:
			b.Kind = &aulav1.Blank_Numeric{Numeric: &aulav1.NumericQuestion{
				Value: drawNumber(t), Tolerance: drawShare(t, 0), Unit: aulav1.NumericQuestion_Unit(rapid.Int32Range(0, 2).Draw(t, "unit")),
			}}
		default:
			b.Kind = &aulav1.Blank_Choice{Choice: &aulav1.ChoiceQuestion{Options: []*aulav1.ChoiceOption{
				{Id: "x", Text: map[string]string{"en": drawText(t), "es": drawText(t)}},
				{Id: "y", Text: map[string]string{"en": drawText(t), "es": drawText(t)}, Correct: true},
			}}}
		}
		q.Blanks = append(q.Blanks, b)
		ids = append(ids, b.GetId())
	}
	if rapid.Bool().Draw(t, "fixed") {
		for _, b := range q.GetBlanks() {
			if b.GetChoice() != nil {
				b.GetChoice().FixedOrder = true
			}
		}
	}
	stem = map[string]string{}
	for _, lang := range langs {
		stem[lang] = "Fill"
		for _, id := range rapid.Permutation(ids).Draw(t, "order") {
			stem[lang] += " = | [[" + id + "]], "
		}
		stem[lang] += "please."
	}
	return stem, q
}

func drawItems(t *rapid.T) *aulav1.OrderQuestion {
	q := &aulav1.OrderQuestion{Rule: aulav1.OrderQuestion_Rule(rapid.Int32Range(0, 3).Draw(t, "rule"))}
	for i := range rapid.IntRange(2, 4).Draw(t, "items") {
		q.Items = append(q.Items, &aulav1.OrderItem{Id: partID(i), Text: drawTexts(t), Tied: i > 0 && rapid.Bool().Draw(t, "tied")})
	}
	return q
}

func drawMatch(t *rapid.T) *aulav1.MatchQuestion {
	q := &aulav1.MatchQuestion{}
	n := rapid.IntRange(2, 4).Draw(t, "pairs")
	for i := range n {
		q.Pairs = append(q.Pairs, &aulav1.MatchPair{
			Left: &aulav1.MatchItem{Id: partID(i), Text: drawTexts(t)}, Right: &aulav1.MatchItem{Id: partID(n - i), Text: drawTexts(t)},
		})
	}
	for i := range rapid.IntRange(0, 2).Draw(t, "distractors") {
		q.Distractors = append(q.Distractors, &aulav1.MatchItem{Id: fmt.Sprint("d-", i), Text: drawTexts(t)})
	}
	return q
}

// drawQuestion draws a question that the layout can say all of.
func drawQuestion(t *rapid.T, i int) *aulav1.Question {
	q := &aulav1.Question{
		Id: fmt.Sprintf("q-%d", i), Text: drawTexts(t), Explanation: maybeTexts(t), Points: rapid.Int32Range(0, 1000).Draw(t, "points"),
		Tries: rapid.Int32Range(0, 10).Draw(t, "tries"), Penalty: maybeShare(t, 0),
		Difficulty: aulav1.Question_Difficulty(rapid.Int32Range(0, 3).Draw(t, "difficulty")),
	}
	if rapid.Bool().Draw(t, "named") {
		q.Name, q.Key, q.Fact = drawText(t), drawText(t), "fact"
	}
	q.ExamOnly = rapid.Bool().Draw(t, "exam only")
	if rapid.Bool().Draw(t, "limited") {
		q.TimeLimit = durationpb.New(time.Duration(rapid.IntRange(1, 36_000).Draw(t, "time")) * 100 * time.Millisecond)
	}
	for range rapid.IntRange(0, 2).Draw(t, "tags") {
		q.Tags = append(q.Tags, drawText(t))
	}
	for range rapid.IntRange(0, 2).Draw(t, "hints") {
		q.Hints = append(q.Hints, &aulav1.Hint{Text: drawTexts(t), Cost: drawShare(t, 0)})
	}
	switch rapid.IntRange(0, 7).Draw(t, "kind") {
	case 0:
		q.Kind = &aulav1.Question_Choice{Choice: drawChoice(t)}
	case 1:
		q.Kind = &aulav1.Question_TrueFalse{TrueFalse: &aulav1.TrueFalseQuestion{
			Correct: rapid.Bool().Draw(t, "true"), Feedback: maybeTexts(t),
		}}
	case 2:
		q.Kind = &aulav1.Question_Numeric{Numeric: drawNumeric(t)}
	case 3:
		q.Kind = &aulav1.Question_TextEntry_{TextEntry: drawTextEntry(t)}
	case 4:
		stem, cloze := drawCloze(t)
		q.Text, q.Kind = stem, &aulav1.Question_Cloze{Cloze: cloze}
	case 5:
		q.Kind = &aulav1.Question_Order{Order: drawItems(t)}
	case 6:
		q.Kind = &aulav1.Question_Match{Match: drawMatch(t)}
	default:
		q.Kind = &aulav1.Question_Card{Card: &aulav1.CardQuestion{Back: drawTexts(t)}}
	}
	return q
}

func drawSet(t *rapid.T) *aulav1.QuestionSet {
	set := &aulav1.QuestionSet{
		Id: "set", Title: map[string]string{"en": drawText(t), "es": drawText(t)}, Description: maybeTexts(t), Language: "en",
		Certainty: rapid.Bool().Draw(t, "certainty"),
	}
	for i := range rapid.IntRange(1, 4).Draw(t, "questions") {
		set.Questions = append(set.Questions, drawQuestion(t, i))
	}
	return set
}
