package gift_test

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"buf.build/go/protoyaml"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats"
	"aula/questions/formats/gift"
)

func parse(t testing.TB, path string) *aulav1.QuestionSet {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	set := &aulav1.QuestionSet{}
	if err := protoyaml.Unmarshal(text, set); err != nil {
		t.Fatal(err)
	}
	return set
}

func write(t testing.TB, set *aulav1.QuestionSet, languages ...string) (string, formats.Problems) {
	t.Helper()
	var b bytes.Buffer
	problems, err := gift.Write(&b, set, languages)
	if err != nil {
		t.Fatal(err)
	}
	return b.String(), problems
}

// What the project's own set is written as, and what is told to be lost.
func TestWriteGolden(t *testing.T) {
	set := parse(t, "testdata/set.yaml")
	for _, lang := range []string{"es", "en"} {
		text, problems := write(t, set, lang)
		golden(t, "set."+lang+".gift", []byte(text))
		golden(t, "set."+lang+".problems", []byte(told(problems)))
		if got := gift.Detect("x.txt", []byte(text)); got < 90 {
			t.Errorf("what is written is GIFT by %d", got)
		}
	}
}

// A teacher's own file says after writing and reading what it said before.
func TestWriteAndReadAgain(t *testing.T) {
	text, err := os.ReadFile("testdata/quiz.gift")
	if err != nil {
		t.Fatal(err)
	}
	set := read(t, string(text)).Set
	again, problems := write(t, set)
	if len(problems) > 0 {
		t.Error(told(problems))
	}
	if got := read(t, again).Set; !proto.Equal(withoutItemIDs(got), withoutItemIDs(set)) {
		t.Errorf("written:\n%s\nread again:\n%s", again, yamlOf(t, got))
	}
}

// withoutItemIDs takes out the ids that stand for texts on the right of pairs.
func withoutItemIDs(set *aulav1.QuestionSet) *aulav1.QuestionSet {
	set = proto.CloneOf(set)
	for _, q := range set.GetQuestions() {
		for _, pair := range q.GetMatch().GetPairs() {
			pair.Right.Id = ""
		}
		for _, item := range q.GetMatch().GetDistractors() {
			item.Id = ""
		}
	}
	return set
}

// Whatever GIFT can say comes back as it was.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := &aulav1.QuestionSet{Title: said(drawWord(t))}
		for i := range rapid.IntRange(1, 4).Draw(t, "questions") {
			set.Questions = append(set.Questions, drawQuestion(t, i))
		}
		var b bytes.Buffer
		problems, err := gift.Write(&b, set, []string{formats.Unknown})
		if err != nil || len(problems) > 0 {
			t.Fatalf("%v %s", err, told(problems))
		}
		doc, err := gift.Read(t.Context(), b.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range doc.Problems {
			if p.Severity != formats.Note {
				t.Errorf("%+v", p)
			}
		}
		if !proto.Equal(withoutItemIDs(doc.Set), withoutItemIDs(set)) {
			t.Errorf("written:\n%s\nfrom %v\nread %v", b.String(), set, doc.Set)
		}
	})
}

func said(text string) map[string]string { return map[string]string{formats.Unknown: text} }

// Texts of all that means something in GIFT, in TeX or in Markdown, without raw HTML.
var (
	pieces = []string{
		"a", "b", "neq", "u ", "x", "ñ", "日本", " ", " ", "\n", "\n\n", "\\", "\\\\", "\\n", "#", "=", "~", "{", "}", ":", "::",
		"%", "%50%", "$", "$$", "->", "//", "[", "]", "[html]", "[[", "*", "_", "_____", "`", "&", "&amp;", "< ", "> ", "5", "T", "####", "\"", "'",
	}
	drawPieces = rapid.SliceOfN(rapid.SampledFrom(pieces), 1, 12)
)

func drawText(t *rapid.T) string {
	return rapid.Map(drawPieces, func(drawn []string) string { return strings.TrimSpace(strings.Join(drawn, "")) }).
		Filter(func(text string) bool { return text != "" }).Draw(t, "text")
}

// drawPlain is a text in one line that is compared as it is.
func drawPlain(t *rapid.T) string {
	return rapid.Map(drawPieces, func(drawn []string) string {
		line := strings.Join(strings.Fields(strings.Join(drawn, "")), " ")
		for strings.Contains(line, "->") {
			line = strings.ReplaceAll(line, "->", "")
		}
		return strings.Join(strings.Fields(line), " ")
	}).Filter(func(text string) bool { return strings.Trim(text, "* ") != "" }).Draw(t, "plain")
}

func drawWord(t *rapid.T) string {
	return rapid.StringMatching(`[a-zñ\]/:#{}=~\\\[]{0,5}[a-z日]( [a-z]{1,3}){0,2}`).Draw(t, "word")
}

func drawFeedback(t *rapid.T) map[string]string {
	if rapid.Bool().Draw(t, "told") {
		return said(drawText(t))
	}
	return nil
}

func drawQuestion(t *rapid.T, i int) *aulav1.Question {
	q := &aulav1.Question{Text: said(drawText(t)), Explanation: drawFeedback(t)}
	if rapid.Bool().Draw(t, "known") {
		q.Id, q.Key, q.Name = fmt.Sprint("question-", i), drawWord(t), drawWord(t)
		q.Tags = rapid.SliceOfNDistinct(rapid.Custom(drawWord), 0, 3, func(tag string) string { return tag }).Draw(t, "tags")
		if len(q.GetTags()) == 0 {
			q.Tags = nil
		}
	}
	switch rapid.IntRange(0, 5).Draw(t, "kind") {
	case 0:
		q.Kind = &aulav1.Question_Choice{Choice: drawOne(t)}
	case 1:
		q.Kind = &aulav1.Question_Choice{Choice: drawSeveral(t)}
	case 2:
		q.Kind = &aulav1.Question_TrueFalse{TrueFalse: &aulav1.TrueFalseQuestion{
			Correct: rapid.Bool().Draw(t, "true"), Feedback: drawFeedback(t),
		}}
	case 3:
		q.Kind = &aulav1.Question_TextEntry_{TextEntry: drawTyped(t)}
	case 4:
		q.Kind = &aulav1.Question_Numeric{Numeric: drawNumber(t)}
	case 5:
		q.Kind = &aulav1.Question_Match{Match: drawPairs(t)}
	}
	return q
}

func drawOption(t *rapid.T) *aulav1.ChoiceOption {
	return &aulav1.ChoiceOption{Text: said(drawText(t)), Feedback: drawFeedback(t)}
}

func drawOne(t *rapid.T) *aulav1.ChoiceQuestion {
	c := &aulav1.ChoiceQuestion{}
	n := rapid.IntRange(2, 5).Draw(t, "options")
	right := rapid.IntRange(0, n-1).Draw(t, "right")
	for i := range n {
		option := drawOption(t)
		if option.Correct = i == right; !option.GetCorrect() && rapid.Bool().Draw(t, "weighed") {
			weight := rapid.SampledFrom([]float64{0.5, -1. / 3, -1, 0.05, 5. / 6}).Draw(t, "weight")
			option.Weight = &weight
		}
		c.Options = append(c.Options, option)
	}
	return c
}

func drawSeveral(t *rapid.T) *aulav1.ChoiceQuestion {
	c := &aulav1.ChoiceQuestion{Multiple: true}
	for range rapid.IntRange(1, 10).Draw(t, "right") {
		option := drawOption(t)
		option.Correct = true
		c.Options = append(c.Options, option)
	}
	wrong := rapid.IntRange(1, 5).Draw(t, "wrong")
	for range wrong {
		option := drawOption(t)
		if rapid.Bool().Draw(t, "weighed") {
			weight := rapid.SampledFrom([]float64{0, -0.9, -0.3}).Draw(t, "weight")
			option.Weight = &weight
		}
		c.Options = append(c.Options, option)
	}
	return c
}

func drawTyped(t *rapid.T) *aulav1.TextQuestion {
	typed := &aulav1.TextQuestion{Accents: aulav1.TextQuestion_REQUIRE, Punctuation: true, ExactSpelling: true}
	typed.Wildcards = rapid.Bool().Draw(t, "wildcards")
	for i := range rapid.IntRange(1, 4).Draw(t, "accepted") {
		text := drawPlain(t)
		if typed.GetWildcards() {
			text = strings.NewReplacer(`\`, `\\`, "*", `\*`).Replace(text)
			if i == 0 {
				text += "s*"
			}
		}
		accepted := &aulav1.AcceptedText{Text: said(text), Feedback: drawFeedback(t)}
		if i > 0 && rapid.Bool().Draw(t, "part") {
			fraction := rapid.SampledFrom([]float64{0.5, 1. / 7, 0.125, 0.9}).Draw(t, "fraction")
			accepted.Fraction = &fraction
		}
		typed.Accepted = append(typed.Accepted, accepted)
	}
	for range rapid.IntRange(0, 2).Draw(t, "wrong") {
		typed.Wrong = append(typed.Wrong, &aulav1.WrongText{Text: said(drawPlain(t)), Feedback: drawFeedback(t)})
	}
	for _, each := range typed.GetAccepted() { // an arrow would make pairs of it
		withoutArrow(each.GetFeedback())
	}
	for _, each := range typed.GetWrong() {
		withoutArrow(each.GetFeedback())
	}
	return typed
}

func withoutArrow(texts map[string]string) {
	for lang, text := range texts {
		texts[lang] = strings.ReplaceAll(text, "->", "→")
	}
}

func drawNumber(t *rapid.T) *aulav1.NumericQuestion {
	n := &aulav1.NumericQuestion{}
	finite := rapid.Float64Range(-1e300, 1e300).Filter(func(x float64) bool { return x != 0 || 1/x > 0 })
	switch rapid.IntRange(0, 2).Draw(t, "key") {
	case 0:
		n.Value = finite.Draw(t, "value")
	case 1:
		n.Value, n.Tolerance = rapid.Float64Range(-1e6, 1e6).Draw(t, "value")+1e7, rapid.Float64Range(1e-9, 10).Draw(t, "tolerance")
	case 2:
		low := rapid.Float64Range(-1e6, 1e6).Draw(t, "low") + 1e7
		n.Range = &aulav1.NumericRange{Low: low, High: low + rapid.Float64Range(0, 1e6).Draw(t, "span")}
	}
	for range rapid.IntRange(0, 3).Draw(t, "also") {
		n.Also = append(n.Also, &aulav1.AcceptedNumber{
			Value:     finite.Draw(t, "other"),
			Tolerance: rapid.SampledFrom([]float64{0, 0.25, 1e-7}).Draw(t, "margin"),
			Fraction:  rapid.SampledFrom([]float64{0, 1, 0.5, 1. / 3}).Draw(t, "fraction"),
			Feedback:  drawFeedback(t),
		})
	}
	return n
}

func drawPairs(t *rapid.T) *aulav1.MatchQuestion {
	m := &aulav1.MatchQuestion{}
	item := rapid.StringMatching(`[a-zñ]{1,4}( [a-z]{1,4})?`)
	taken := map[string]bool{}
	for range rapid.IntRange(2, 5).Draw(t, "pairs") {
		left := drawText(t)
		for strings.Contains(left, "->") {
			left = strings.ReplaceAll(left, "->", "-")
		}
		right := item.Draw(t, "right")
		taken[right] = true
		m.Pairs = append(m.Pairs, &aulav1.MatchPair{
			Left: &aulav1.MatchItem{Text: said(left)}, Right: &aulav1.MatchItem{Text: said(right)},
		})
	}
	for range rapid.IntRange(0, 2).Draw(t, "distractors") {
		if text := item.Draw(t, "distractor"); !taken[text] {
			taken[text] = true
			m.Distractors = append(m.Distractors, &aulav1.MatchItem{Text: said(text)})
		}
	}
	return m
}
