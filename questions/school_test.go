package questions_test

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"

	"golang.org/x/text/language"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	aulav1 "aula/proto/aula/v1"
	"aula/questions"
	"aula/questions/sets"
)

// schoolSource reads testdata/school.yaml, a good set with the kinds that are made of items.
func schoolSource(t testing.TB) *aulav1.QuestionSet {
	t.Helper()
	const file = "testdata/school.yaml"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	source, err := sets.Parse(file, text)
	if err != nil {
		t.Fatal(err)
	}
	return source
}

func schoolWords(lang, id string) []string {
	return map[string][]string{
		"en true": {"True"}, "en false": {"False"}, "en articles": {"the"},
		"es true": {"Verdadero"}, "es false": {"Falso"}, "es articles": {"el"},
	}[lang+" "+id]
}

func school(t testing.TB) *questions.Set {
	t.Helper()
	set, err := questions.Compile(schoolSource(t), schoolWords)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func in(tag string) questions.Reader { return questions.Reader{language.MustParse(tag)} }

func shuffledBy(seed int64) questions.Play { return questions.Play{Seed: seed} }

// fromKey is the answer that a revealed key tells.
func fromKey(t testing.TB, set *questions.Set, q *questions.Question, tag string, play questions.Play) *aulav1.Answer {
	t.Helper()
	outcome := &aulav1.Outcome{}
	set.Reveal(q, outcome, in(tag), play)
	options := func(key *aulav1.ChoiceKey) *aulav1.ChoiceAnswer {
		answer := &aulav1.ChoiceAnswer{}
		for _, option := range key.GetOptions() {
			answer.Options = append(answer.Options, option.GetId())
		}
		return answer
	}
	switch key := outcome.GetKey().GetKind().(type) {
	case *aulav1.Key_Choice:
		return &aulav1.Answer{Kind: &aulav1.Answer_Choice{Choice: options(key.Choice)}}
	case *aulav1.Key_Cloze:
		blanks := map[string]*aulav1.BlankAnswer{}
		for id, blank := range key.Cloze.GetBlanks() {
			switch {
			case blank.GetChoice() != nil:
				blanks[id] = &aulav1.BlankAnswer{Kind: &aulav1.BlankAnswer_Choice{Choice: options(blank.GetChoice())}}
			case blank.GetNumeric() != nil:
				blanks[id] = &aulav1.BlankAnswer{Kind: &aulav1.BlankAnswer_Numeric{Numeric: &aulav1.NumericAnswer{Text: blank.GetNumeric().GetText()}}}
			default:
				blanks[id] = &aulav1.BlankAnswer{Kind: &aulav1.BlankAnswer_Text{Text: &aulav1.TextAnswer{Text: blank.GetText().GetAccepted()[0]}}}
			}
		}
		return &aulav1.Answer{Kind: &aulav1.Answer_Cloze{Cloze: &aulav1.ClozeAnswer{Blanks: blanks}}}
	case *aulav1.Key_Order:
		answer := &aulav1.OrderAnswer{}
		for _, item := range key.Order.GetItems() {
			answer.Items = append(answer.Items, item.GetId())
		}
		return &aulav1.Answer{Kind: &aulav1.Answer_Order{Order: answer}}
	case *aulav1.Key_Match:
		return &aulav1.Answer{Kind: &aulav1.Answer_Match{Match: &aulav1.MatchAnswer{Pairs: key.Match.GetPairs()}}}
	case *aulav1.Key_Card:
		return &aulav1.Answer{Kind: &aulav1.Answer_Card{Card: &aulav1.CardAnswer{Rating: aulav1.CardAnswer_HARD}}}
	}
	t.Fatalf("%s has the key %v", q.Source.GetId(), outcome.GetKey())
	return nil
}

// Whoever answers with the key earns everything, in whatever language and order it was shown.
func TestSchoolKeysAreRight(t *testing.T) {
	set := school(t)
	for _, q := range set.Questions {
		for _, tag := range []string{"en", "es-EC", "es-MX", "ja"} {
			for seed := range int64(20) {
				answer := fromKey(t, set, q, tag, shuffledBy(seed))
				g, err := set.Grade(q, answer, in(tag), in("es"), shuffledBy(seed+1))
				if err != nil || g.Fraction != 1 || g.Verdict != aulav1.Outcome_CORRECT {
					t.Errorf("%s in %s: %v earns %+v, %v", q.Source.GetId(), tag, answer, g, err)
				}
				for _, part := range g.Parts {
					if part.Fraction == nil || part.GetFraction() != 1 {
						t.Errorf("%s in %s: the part %v of a right answer", q.Source.GetId(), tag, part)
					}
				}
			}
		}
	}
}

// What a learner sees, whole.
func TestSchoolPrompts(t *testing.T) {
	set := school(t)
	option := func(id, text string) *aulav1.ChoicePromptOption {
		return &aulav1.ChoicePromptOption{Id: id, Text: text}
	}
	text := func(text string) *aulav1.ClozePiece {
		return &aulav1.ClozePiece{Piece: &aulav1.ClozePiece_Text{Text: text}}
	}
	blank := func(blank *aulav1.BlankPrompt) *aulav1.ClozePiece {
		return &aulav1.ClozePiece{Piece: &aulav1.ClozePiece_Blank{Blank: blank}}
	}
	p := set.Prompt(set.Question("judged"), in("es-EC"), shuffledBy(5))
	want := &aulav1.ChoicePrompt{Options: []*aulav1.ChoicePromptOption{option("true", "Verdadero"), option("false", "Falso")}}
	if !proto.Equal(p.GetChoice(), want) {
		t.Errorf("a statement is shown as %v", p)
	}
	p = set.Prompt(set.Question("fixed"), in("en"), shuffledBy(5))
	want = &aulav1.ChoicePrompt{Options: []*aulav1.ChoicePromptOption{option("few", "1 to 3"), option("some", "4 to 6"), option("many", "7 to 9")}}
	if !proto.Equal(p.GetChoice(), want) {
		t.Errorf("a fixed order is shown as %v", p)
	}
	p = set.Prompt(set.Question("blanks"), in("en"), shuffledBy(5))
	if p.GetText() != "_____ is _____ km long and flows into the _____." {
		t.Errorf("a cloze is shown as %q", p.GetText())
	}
	pieces := p.GetCloze().GetPieces()
	if len(pieces) != 6 {
		t.Fatalf("pieces: %v", pieces)
	}
	sea := pieces[4].GetBlank()
	if sea.GetId() != "sea" || len(sea.GetChoice().GetOptions()) != 4 {
		t.Errorf("a blank to choose for is shown as %v", sea)
	}
	for i, want := range map[int]*aulav1.ClozePiece{
		0: blank(&aulav1.BlankPrompt{Id: "river", Kind: &aulav1.BlankPrompt_TextEntry{TextEntry: &aulav1.TextPrompt{}}}),
		1: text(" is "),
		3: text(" km long and flows into the "),
		5: text("."),
	} {
		if !proto.Equal(pieces[i], want) {
			t.Errorf("piece %d is %v, want %v", i, pieces[i], want)
		}
	}
	p = set.Prompt(set.Question("word"), in("es"), shuffledBy(5))
	if p.GetText() != "La pizarra" || !proto.Equal(p.GetCard(), &aulav1.CardPrompt{}) {
		t.Errorf("a card is shown as %v", p)
	}
}

// The key as plain text.
func TestSchoolKeyDisplays(t *testing.T) {
	set := school(t)
	for _, c := range []struct{ question, tag, want string }{
		{"fixed", "es", "4 a 6"},
		{"judged", "en", "True"},
		{"blanks", "en", "The Amazon is 6,400 km long and flows into the Atlantic."},
		{"blanks", "es-EC", "En el Atlántico desemboca el Amazonas, de 6.400 km."},
		{"steps", "es", "uno\ndos\ntres"},
		{"pairs", "en", "Cat → Mouse\nOwl → Mouse\nCow → Grass"},
		{"word", "en", "La pizarra"},
	} {
		outcome := &aulav1.Outcome{}
		set.Reveal(set.Question(c.question), outcome, in(c.tag), shuffledBy(1))
		if got := outcome.GetKey().GetDisplay(); got != c.want {
			t.Errorf("%s in %s: %q, want %q", c.question, c.tag, got, c.want)
		}
	}
	outcome := &aulav1.Outcome{}
	set.Reveal(set.Question("weighed"), outcome, in("en"), shuffledBy(1))
	if got := outcome.GetKey().GetDisplay(); got != "Amazon\nNapo" && got != "Napo\nAmazon" {
		t.Errorf("several options: %q", got)
	}
}

// shownIDs is what a prompt shows, in its order.
func shownIDs(p *aulav1.Prompt) (ids []string) {
	for _, option := range p.GetChoice().GetOptions() {
		ids = append(ids, option.GetId())
	}
	for _, item := range p.GetOrder().GetItems() {
		ids = append(ids, item.GetId())
	}
	for _, item := range p.GetMatch().GetLeft() {
		ids = append(ids, item.GetId())
	}
	for _, item := range p.GetMatch().GetRight() {
		ids = append(ids, item.GetId())
	}
	for _, piece := range p.GetCloze().GetPieces() {
		for _, option := range piece.GetBlank().GetChoice().GetOptions() {
			ids = append(ids, option.GetId())
		}
	}
	return ids
}

// Every item is shown in every order, and the same attempt always has the same one; what
// the author keeps last stays last.
func TestSchoolOrdersAreShuffled(t *testing.T) {
	set := school(t)
	for question, orders := range map[string]int{"weighed": 6, "fixed": 1, "blanks": 24, "steps": 6, "pairs": 36, "judged": 1} {
		q := set.Question(question)
		seen := map[string]bool{}
		for seed := range int64(500) {
			ids := shownIDs(set.Prompt(q, in("en"), shuffledBy(seed)))
			if again := shownIDs(set.Prompt(q, in("es"), shuffledBy(seed))); !slices.Equal(ids, again) {
				t.Fatalf("%s is shown as %v, then %v", question, ids, again)
			}
			if question == "weighed" && !slices.Equal(ids[3:], []string{"none", "all"}) {
				t.Fatalf("the last options are shown as %v", ids)
			}
			seen[fmt.Sprint(ids)] = true
		}
		if len(seen) != orders {
			t.Errorf("%s is shown in %d orders, want %d", question, len(seen), orders)
		}
	}
}

// A question counts as written in a language only when all of it is.
func TestSchoolCovers(t *testing.T) {
	set := school(t)
	if set.Question("english").Covers("es") || !set.Question("judged").Covers("es") {
		t.Error("judged is written in Spanish, english is not")
	}
	for question, spoil := range map[string]func(*aulav1.Question){
		"judged": func(q *aulav1.Question) { delete(q.GetTrueFalse().GetFeedback(), "es") },
		"blanks": func(q *aulav1.Question) {
			delete(q.GetCloze().GetBlanks()[0].GetChoice().GetOptions()[1].GetText(), "es")
		},
		"steps": func(q *aulav1.Question) { delete(q.GetOrder().GetItems()[2].GetText(), "es") },
		"pairs": func(q *aulav1.Question) { delete(q.GetMatch().GetDistractors()[0].GetText(), "es") },
		"word":  func(q *aulav1.Question) { delete(q.GetCard().GetBack(), "es") },
	} {
		source := schoolSource(t)
		spoil(named(source, question))
		spoiled, err := questions.Compile(source, schoolWords)
		if err != nil {
			t.Fatal(err)
		}
		if q := spoiled.Question(question); q.Covers("es") || !q.Covers("en") {
			t.Errorf("%s: Spanish %v, English %v", question, q.Covers("es"), q.Covers("en"))
		}
	}
	source := schoolSource(t)
	source.Title["qu"], source.Questions = "Yachaywasi", source.GetQuestions()[2:3]
	source.GetQuestions()[0].Text["qu"], source.GetQuestions()[0].GetTrueFalse().Feedback["qu"] = "Napu mayu kan.", "Arí."
	quechua, err := questions.Compile(source, schoolWords)
	if err != nil {
		t.Fatal(err)
	}
	if quechua.Questions[0].Covers("qu") {
		t.Error("a language without words for true and false is covered")
	}
}

func named(s *aulav1.QuestionSet, id string) *aulav1.Question {
	i := slices.IndexFunc(s.GetQuestions(), func(q *aulav1.Question) bool { return q.GetId() == id })
	return s.GetQuestions()[i]
}

// Refusals name the field at fault, within blanks too.
func TestSchoolRefusals(t *testing.T) {
	set := school(t)
	cloze := func(id string, blank *aulav1.BlankAnswer) *aulav1.Answer {
		return &aulav1.Answer{Kind: &aulav1.Answer_Cloze{Cloze: &aulav1.ClozeAnswer{Blanks: map[string]*aulav1.BlankAnswer{id: blank}}}}
	}
	number := func(text string) *aulav1.BlankAnswer {
		return &aulav1.BlankAnswer{Kind: &aulav1.BlankAnswer_Numeric{Numeric: &aulav1.NumericAnswer{Text: text}}}
	}
	options := func(ids ...string) *aulav1.BlankAnswer {
		return &aulav1.BlankAnswer{Kind: &aulav1.BlankAnswer_Choice{Choice: &aulav1.ChoiceAnswer{Options: ids}}}
	}
	order := func(ids ...string) *aulav1.Answer {
		return &aulav1.Answer{Kind: &aulav1.Answer_Order{Order: &aulav1.OrderAnswer{Items: ids}}}
	}
	match := func(left, right string) *aulav1.Answer {
		return &aulav1.Answer{Kind: &aulav1.Answer_Match{Match: &aulav1.MatchAnswer{Pairs: map[string]string{left: right}}}}
	}
	for _, c := range []struct {
		question  string
		answer    *aulav1.Answer
		field, id string
	}{
		{"blanks", cloze("length", number("long")), `cloze.blanks["length"].numeric.text`, "number.unreadable"},
		{"blanks", cloze("sea", options("atlantic", "baltic")), `cloze.blanks["sea"].choice.options`, "choice.one_only"},
		{"blanks", cloze("sea", options("baltic")), `cloze.blanks["sea"].choice.options[0]`, "choice.no_such_option"},
		{"blanks", cloze("lake", number("1")), `cloze.blanks["lake"]`, "cloze.no_such_blank"},
		{"blanks", cloze("sea", number("1")), `cloze.blanks["sea"]`, "cloze.other_kind"},
		{"blanks", cloze("sea", nil), `cloze.blanks["sea"]`, "cloze.other_kind"},
		{"blanks", cloze("sea", &aulav1.BlankAnswer{}), `cloze.blanks["sea"]`, "cloze.other_kind"},
		{"steps", order("a", "b", "d"), "order.items[2]", "order.no_such_item"},
		{"steps", order("a", "b", "b"), "order.items[2]", "order.item_twice"},
		{"steps", order("a", "b"), "order.items", "order.missing"},
		{"steps", order(), "order.items", "order.missing"},
		{"pairs", match("dog", "x"), `match.pairs["dog"]`, "match.no_such_left"},
		{"pairs", match("cat", "dog"), `match.pairs["cat"]`, "match.no_such_right"},
		{"word", &aulav1.Answer{Kind: &aulav1.Answer_Card{Card: &aulav1.CardAnswer{}}}, "card.rating", "card.no_rating"},
		{"word", &aulav1.Answer{Kind: &aulav1.Answer_Card{Card: &aulav1.CardAnswer{Rating: 9}}}, "card.rating", "card.no_rating"},
	} {
		_, err := set.Grade(set.Question(c.question), c.answer, in("en"), in("es"), shuffledBy(1))
		var refusal *questions.Refusal
		if !errors.As(err, &refusal) || refusal.Field != c.field || refusal.ID != c.id {
			t.Errorf("%v: %+v, want %s at %s", c.answer, err, c.id, c.field)
		}
	}
}

// Every answer a learner can send earns between nothing and everything, the same in every
// order in which the question was shown and in every language.
func TestSchoolGradesDependOnTheAnswerAlone(t *testing.T) {
	set := school(t)
	rapid.Check(t, func(t *rapid.T) {
		var answer *aulav1.Answer
		question := rapid.SampledFrom([]string{"weighed", "fixed", "judged", "steps", "pairs"}).Draw(t, "question")
		q := set.Question(question)
		ids := shownIDs(set.Prompt(q, in("en"), shuffledBy(0)))
		switch question {
		case "steps":
			answer = &aulav1.Answer{Kind: &aulav1.Answer_Order{Order: &aulav1.OrderAnswer{Items: rapid.Permutation(ids).Draw(t, "items")}}}
		case "pairs":
			pairs := rapid.MapOf(rapid.SampledFrom([]string{"cat", "owl", "cow"}), rapid.SampledFrom([]string{"x", "y", "z"})).Draw(t, "pairs")
			answer = &aulav1.Answer{Kind: &aulav1.Answer_Match{Match: &aulav1.MatchAnswer{Pairs: pairs}}}
		default:
			most := 1
			if q.Source.GetChoice().GetMultiple() {
				most = len(ids)
			}
			chosen := rapid.SliceOfNDistinct(rapid.SampledFrom(ids), 1, most, rapid.ID).Draw(t, "options")
			answer = &aulav1.Answer{Kind: &aulav1.Answer_Choice{Choice: &aulav1.ChoiceAnswer{Options: chosen}}}
		}
		want, err := set.Grade(q, answer, in("en"), in("en"), shuffledBy(0))
		if err != nil || !(want.Fraction >= 0 && want.Fraction <= 1) {
			t.Fatalf("%v earns %v, %v", answer, want, err)
		}
		got, err := set.Grade(q, answer, in("es-EC"), in("ja"), shuffledBy(rapid.Int64().Draw(t, "seed")))
		if err != nil || got.Fraction != want.Fraction || got.Verdict != want.Verdict {
			t.Fatalf("%v earns %v, then %v, %v", answer, want, got, err)
		}
	})
}
