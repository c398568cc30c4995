package moodle_test

import (
	"fmt"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats"
	"aula/questions/formats/markup"
)

// Whatever Moodle can say of a set comes back the same, and nothing is reported lost.
func TestThereAndBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := generator{t, rapid.SampledFrom([][]string{{"en"}, {"en", "es"}, {"es", "pt-BR", "en"}}).Draw(t, "languages")}
		want := g.set()
		got, problems := roundTrip(t, want, g.languages...)
		for _, p := range append(problems, got.Problems...) {
			if p.Severity != formats.Note {
				t.Fatalf("%+v", p)
			}
		}
		if len(g.languages) == 1 { // such a file does not say which it is
			rename(got.Set, formats.Unknown, g.languages[0])
		}
		if !proto.Equal(got.Set, want) {
			t.Fatalf("%s", difference(prototext.Format(got.Set), prototext.Format(want)))
		}
	})
}

// difference shows where two texts part.
func difference(got, want string) string {
	a, b := strings.Split(got, "\n"), strings.Split(want, "\n")
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	from := max(0, i-6)
	return fmt.Sprintf("got\n%s\nwant\n%s", strings.Join(a[from:min(len(a), i+6)], "\n"), strings.Join(b[from:min(len(b), i+6)], "\n"))
}

func rename(set *aulav1.QuestionSet, from, to string) {
	written, err := prototext.Marshal(set)
	if err == nil {
		text := strings.ReplaceAll(string(written), `key:"`+from+`"`, `key:"`+to+`"`)
		proto.Reset(set)
		err = prototext.Unmarshal([]byte(text), set)
	}
	if err != nil {
		panic(err)
	}
}

type generator struct {
	*rapid.T

	languages []string
}

func (g generator) set() *aulav1.QuestionSet {
	set := &aulav1.QuestionSet{Title: g.texts("title", func(l string) string { return "The title / of <all> & " + l })}
	if g.chance("description") {
		set.Description = g.text("described")
	}
	if g.chance("media") {
		set.Media = []*aulav1.Media{
			{Id: "map", Data: []byte("\x89PNG..."), Alt: g.texts("alt", func(l string) string { return `A "map" <of> ` + l })},
			{Id: "remote-2", Uri: "https://aula.example/remote%202.mp3?x=1&y=2", ContentType: "audio/mpeg", Alt: g.texts("alt", func(string) string { return "A song" })},
		}
	}
	for i := range g.between("questions", 1, 4) {
		q := g.question(i)
		if i == 0 {
			for _, m := range set.GetMedia() {
				q.Media = append(q.Media, m.GetId())
			}
		}
		set.Questions = append(set.Questions, q)
	}
	return set
}

func (g generator) question(i int) *aulav1.Question {
	q := &aulav1.Question{Key: fmt.Sprintf("key-%d", i), Text: g.stem(), Points: int32(g.between("points", 0, 200))}
	if q.Points == 10 {
		q.Points = 0
	}
	if g.chance("named") {
		q.Name = "Name & <number> " + q.Key
	}
	if g.chance("explained") {
		q.Explanation = g.text("why")
	}
	for range g.between("hints", 0, 3) {
		q.Hints = append(q.Hints, &aulav1.Hint{Text: g.text("hint"), Cost: 0.25})
	}
	for j := range g.between("tags", 0, 2) {
		q.Tags = append(q.Tags, fmt.Sprintf("tag <%d> & co", j))
	}
	switch g.between("kind", 0, 6) {
	case 0:
		q.Kind = &aulav1.Question_Choice{Choice: g.choice(true)}
	case 1:
		k := &aulav1.TrueFalseQuestion{Correct: g.chance("true")}
		if g.chance("told") {
			k.Feedback = g.text("feedback")
		}
		q.Kind = &aulav1.Question_TrueFalse{TrueFalse: k}
	case 2:
		q.Kind = &aulav1.Question_TextEntry_{TextEntry: g.typed()}
	case 3:
		k := g.numeric()
		if g.chance("units") {
			k.Units = []*aulav1.MeasureUnit{
				{Text: g.texts("unit", func(string) string { return "km" }), Factor: 1},
				{Text: g.texts("unit", func(string) string { return "m <&>" }), Factor: 0.001},
				{Text: g.texts("unit", func(string) string { return "mi" }), Factor: 1.609344},
			}
			k.UnitPenalty = 0.1
		} else if g.chance("percent") {
			k.Unit = aulav1.NumericQuestion_PERCENT
		}
		q.Kind = &aulav1.Question_Numeric{Numeric: k}
	case 4:
		k := &aulav1.MatchQuestion{}
		for j := range g.between("pairs", 2, 4) {
			k.Pairs = append(k.Pairs, &aulav1.MatchPair{
				Left:  &aulav1.MatchItem{Text: g.text("left")},
				Right: &aulav1.MatchItem{Text: g.texts("right", func(l string) string { return fmt.Sprintf(`right < %s \_x\_ %d`, l, j) })},
			})
		}
		for j := range g.between("distractors", 0, 2) {
			k.Distractors = append(k.Distractors, &aulav1.MatchItem{Text: g.texts("right", func(string) string { return fmt.Sprint("none ", j) })})
		}
		q.Kind = &aulav1.Question_Match{Match: k}
	case 5:
		k := &aulav1.OrderQuestion{Rule: rapid.SampledFrom([]aulav1.OrderQuestion_Rule{0, 2, 3}).Draw(g.T, "rule")}
		for range g.between("items", 2, 5) {
			k.Items = append(k.Items, &aulav1.OrderItem{Text: g.text("item")})
		}
		q.Kind = &aulav1.Question_Order{Order: k}
	case 6:
		g.cloze(q)
	}
	return q
}

func (g generator) cloze(q *aulav1.Question) {
	k := &aulav1.ClozeQuestion{}
	for j := range g.between("blanks", 1, 4) {
		b := &aulav1.Blank{Id: fmt.Sprintf("b%d", j+1)}
		if g.chance("weighty") {
			b.Weight = new(float64(g.between("weight", 2, 9)))
		}
		switch g.between("blank", 0, 2) {
		case 0:
			b.Kind = &aulav1.Blank_Choice{Choice: g.choice(false)}
		case 1:
			b.Kind = &aulav1.Blank_TextEntry{TextEntry: g.typed()}
		case 2:
			b.Kind = &aulav1.Blank_Numeric{Numeric: g.numeric()}
		}
		k.Blanks = append(k.Blanks, b)
	}
	q.Text = g.texts("cloze", func(lang string) string {
		text := rapid.SampledFrom([]string{"", "First.\n\n", "- a\n- b\n\n"}).Draw(g.T, "block")
		text += "{1:SA:=no} **in " + lang + "** " + g.line("before")
		for _, b := range k.Blanks {
			text += " [[" + b.GetId() + "]]" + rapid.SampledFrom([]string{"", ",", ` {x} and \~#} more`}).Draw(g.T, "after")
		}
		return text
	})
	q.Kind = &aulav1.Question_Cloze{Cloze: k}
}

func (g generator) choice(blocks bool) *aulav1.ChoiceQuestion {
	c := &aulav1.ChoiceQuestion{Multiple: g.chance("multiple"), FixedOrder: g.chance("fixed")}
	right := g.between("right", 1, 2)
	if !c.Multiple {
		right = 1
	}
	for j := range right + g.between("wrong", 1, 2) {
		o := &aulav1.ChoiceOption{Correct: j < right, Text: g.inline("option")}
		if blocks && g.chance("blocks") {
			o.Text = g.text("option")
		}
		if j >= right && g.chance("weighed") {
			o.Weight = new(rapid.SampledFrom([]float64{-0.25, -1.0 / 3, -0.05}).Draw(g.T, "weight"))
		}
		if g.chance("told") {
			o.Feedback = g.inline("feedback")
		}
		c.Options = append(c.Options, o)
	}
	return c
}

func (g generator) typed() *aulav1.TextQuestion {
	k := &aulav1.TextQuestion{CaseSensitive: g.chance("case"), Wildcards: g.chance("wild")}
	end := ""
	if k.Wildcards {
		end = "x*"
	}
	sign := rapid.SampledFrom([]rune(`aZ1ñ }{~#=%&<>"'\:.,-`))
	for j := range g.between("accepted", 1, 3) {
		text := strings.Join(strings.Fields(rapid.StringOfN(sign, 1, 8, -1).Draw(g.T, "typed")), " ") + "q" + end
		a := &aulav1.AcceptedText{Text: g.texts("typed", func(string) string { return text })}
		if j > 0 {
			a.Fraction = new(rapid.SampledFrom([]float64{0.5, 1.0 / 3, 5.0 / 6, 0.05}).Draw(g.T, "fraction"))
			a.Feedback = g.inline("feedback")
		}
		k.Accepted = append(k.Accepted, a)
	}
	if g.chance("wrong") {
		k.Wrong = []*aulav1.WrongText{{Text: g.texts("wrong", func(string) string { return "*no*" }), Feedback: g.inline("feedback")}}
	}
	return k
}

func (g generator) numeric() *aulav1.NumericQuestion {
	number := rapid.SampledFrom([]float64{0, 1, -2.5, 3.14159, 1e21, 6.02214076e23, 1e-9, 42})
	k := &aulav1.NumericQuestion{Value: number.Draw(g.T, "value"), Tolerance: rapid.SampledFrom([]float64{0, 0.5, 1e-12}).Draw(g.T, "tolerance")}
	for range g.between("also", 0, 2) {
		also := &aulav1.AcceptedNumber{Value: number.Draw(g.T, "value"), Fraction: rapid.SampledFrom([]float64{0, 0.5, 1}).Draw(g.T, "fraction")}
		if g.chance("told") {
			also.Feedback = g.inline("feedback")
		}
		k.Also = append(k.Also, also)
	}
	return k
}

func (g generator) chance(name string) bool { return rapid.Bool().Draw(g.T, name) }

func (g generator) between(name string, low, high int) int {
	return rapid.IntRange(low, high).Draw(g.T, name)
}

func (g generator) texts(_ string, in func(lang string) string) map[string]string {
	texts := map[string]string{}
	for _, lang := range g.languages {
		texts[lang] = in(lang)
	}
	return texts
}

// stem is a text that is the same in no two languages.
func (g generator) stem() map[string]string {
	return g.texts("stem", func(lang string) string { return g.block() + "\n\nIn " + lang + "." })
}

func (g generator) text(name string) map[string]string {
	if g.chance(name + " alike") {
		text := g.block()
		return g.texts(name, func(string) string { return text })
	}
	return g.texts(name, func(string) string { return g.block() })
}

func (g generator) inline(name string) map[string]string {
	return g.texts(name, func(string) string { return g.line(name) })
}

// block is a text of one or more paragraphs.
func (g generator) block() string {
	return rapid.SampledFrom([]string{
		"", "", "- one\n- two\n\n", "```\nif x < 1 {\n\ty\n}\n```\n\n", "> quoted\n\n", "first  \nsecond ",
	}).Draw(g.T, "block") + g.line("line")
}

// line is CommonMark on one line.
func (g generator) line(name string) string {
	sign := rapid.SampledFrom([]rune("ab1 -+*_=#>~`|[](){}<>/!&;.:\\$\"'ñ%"))
	plain := rapid.StringOfN(sign, 0, 12, -1).Draw(g.T, name)
	mark := rapid.SampledFrom([]string{"", "**bold** ", "*it* ", `\( x_1 \) `, "`{c}~` ", "[a](https://aula.example/?a=1&b=2) "}).Draw(g.T, "mark")
	text := strings.ReplaceAll(mark+markup.FromPlain("x "+strings.Join(strings.Fields(plain), " ")+" y"), "$$", "")
	return markup.FromHTML(markup.ToHTML(text))
}
