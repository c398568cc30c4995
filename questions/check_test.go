package questions_test

import (
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	aulav1 "aula/proto/aula/v1"
	"aula/questions"
)

// mistake is an edit that spoils a good set, and what the author is told of it.
type mistake struct {
	path, id string
	edit     func(*aulav1.QuestionSet)
}

// mistakes has every mistake there is a sentence for, one at a time.
var mistakes = slices.Concat(generalMistakes, factMistakes, numberMistakes, textMistakes)

var generalMistakes = []mistake{
	// The set.
	{`language`, "check.language_without_title", func(s *aulav1.QuestionSet) { s.Language = "pt" }},
	{`title`, "check.bad_language", func(s *aulav1.QuestionSet) { s.Title["PT_br"] = "A Lua" }},
	{`description`, "check.language_not_in_title", func(s *aulav1.QuestionSet) { s.Description["pt"] = "Nosso satélite." }},
	{`sources[1].id`, "check.duplicate_id", func(s *aulav1.QuestionSet) { s.Sources[1].Id = "atlas"; s.Facts[1].Source.Id = "atlas" }},
	{`sources[0].title`, "check.language_not_in_title", func(s *aulav1.QuestionSet) { s.Sources[0].Title["pt"] = "Um atlas" }},
	{`facts[1] "landing": id`, "check.duplicate_id", func(s *aulav1.QuestionSet) { s.Facts[1].Id = "landing"; s.Questions[1].Fact = "" }},
	{`facts[0] "landing": statement`, "check.language_not_in_title", func(s *aulav1.QuestionSet) { s.Facts[0].Statement["pt"] = "Em 1969." }},
	{`facts[0] "landing": source.id`, "check.no_such_source", func(s *aulav1.QuestionSet) { s.Facts[0].Source.Id = "atlass" }},

	// Any question.
	{`questions[0] "landing": fact`, "check.no_such_fact", func(s *aulav1.QuestionSet) { s.Questions[0].Fact = "landings" }},
	{`questions[1] "landing": id`, "check.duplicate_id", func(s *aulav1.QuestionSet) { s.Questions[1].Id = "landing" }},
	{`questions[0] "landing"`, "check.no_kind", func(s *aulav1.QuestionSet) { s.Questions[0].Kind = nil }},
	{`questions[0] "landing": text`, "check.language_not_in_title", func(s *aulav1.QuestionSet) { s.Questions[0].Text["pt"] = "Quando?" }},
	{
		`questions[0] "landing": explanation`, "check.language_not_in_title",
		func(s *aulav1.QuestionSet) { s.Questions[0].Explanation["pt"] = "Em 1969." },
	},
	{`questions[0] "landing": text`, "check.incomplete", func(s *aulav1.QuestionSet) { delete(s.GetQuestions()[0].GetText(), "en") }},
	{`questions[0] "landing": text`, "check.incomplete", func(s *aulav1.QuestionSet) { delete(s.GetQuestions()[0].GetExplanation(), "en") }},
	{`questions[3] "size": text`, "check.incomplete", func(s *aulav1.QuestionSet) { delete(option(s, "size", 1).GetText(), "en") }},
	{`questions[3] "size": text`, "check.incomplete", func(s *aulav1.QuestionSet) { delete(option(s, "size", 0).GetFeedback(), "en") }},
	{`questions[6] "holes": text`, "check.incomplete", func(s *aulav1.QuestionSet) {
		for _, accepted := range find(s, "holes").GetTextEntry().GetAccepted() {
			delete(accepted.GetText(), "en")
		}
	}},

	{`questions[0] "star": text`, "check.no_truth_words", func(s *aulav1.QuestionSet) { proto.Reset(s); proto.Merge(s, starInPortuguese()) }},

	// Choices.
	{
		`questions[3] "size": choice.options`, "check.choice_single_key",
		func(s *aulav1.QuestionSet) { option(s, "size", 1).Correct = true },
	},
	{
		`questions[3] "size": choice.options`, "check.choice_single_key",
		func(s *aulav1.QuestionSet) { option(s, "size", 0).Correct = false },
	},
	{`questions[4] "visited": choice.options`, "check.choice_no_key", func(s *aulav1.QuestionSet) {
		for i := range 3 {
			option(s, "visited", i).Correct = false
		}
	}},
	{`questions[4] "visited": choice.options`, "check.choice_no_distractor", func(s *aulav1.QuestionSet) {
		option(s, "visited", 3).Correct, option(s, "visited", 4).Correct = true, true
	}},
	{
		`questions[3] "size": choice.options[2].id`, "check.duplicate_id",
		func(s *aulav1.QuestionSet) { option(s, "size", 2).Id = "africa" },
	},
	{
		`questions[3] "size": choice.options[2].text`, "check.choice_same_text",
		func(s *aulav1.QuestionSet) { option(s, "size", 2).Text["es"] = " ÁFRICA" },
	},
	{
		`questions[3] "size": choice.options[1].text`, "check.language_not_in_title",
		func(s *aulav1.QuestionSet) { option(s, "size", 1).Text["pt"] = "Marte" },
	},
	{
		`questions[3] "size": choice.options[2].feedback`, "check.language_not_in_title",
		func(s *aulav1.QuestionSet) { option(s, "size", 2).Feedback["pt"] = "Não." },
	},
}

func option(s *aulav1.QuestionSet, question string, i int) *aulav1.ChoiceOption {
	return find(s, question).GetChoice().GetOptions()[i]
}

// check returns what is wrong with the good set after edits.
func check(t *testing.T, edits ...func(*aulav1.QuestionSet)) questions.Problems {
	t.Helper()
	source := moonSet(t)
	for _, edit := range edits {
		edit(source)
	}
	set, err := questions.Compile(source, words)
	if (set == nil) != (err != nil) {
		t.Fatalf("both or neither of a set and problems: %v", err)
	}
	var problems questions.Problems
	if err != nil && !errors.As(err, &problems) {
		t.Fatalf("no Problems but %v", err)
	}
	return problems
}

// Each mistake is found where it is, and nothing else is.
func TestCheck(t *testing.T) {
	if problems := check(t); problems != nil {
		t.Fatalf("the good set is not: %v", problems)
	}
	for _, m := range mistakes {
		problems := check(t, m.edit)
		if len(problems) != 1 || problems[0].Path != m.path || problems[0].ID != m.id {
			t.Errorf("found\n%v\nwant only %s: %s", problems, m.path, m.id)
		}
	}
}

// There is a mistake here for every sentence.
func TestMistakesAreComplete(t *testing.T) {
	text, err := os.ReadFile("../locales/active.en.json")
	if err != nil {
		t.Fatal(err)
	}
	var sentences map[string]any
	if err := json.Unmarshal(text, &sentences); err != nil {
		t.Fatal(err)
	}
	met := map[string]bool{}
	for _, m := range mistakes {
		met[m.id] = true
	}
	for _, m := range schoolMistakes {
		met[m.id] = true
	}
	for id := range sentences {
		if strings.HasPrefix(id, "check.") && !met[id] {
			t.Errorf("no mistake is met with %s", id)
		}
	}
}

// The author is told everything at once, in an order that does not change.
func TestCheckTellsEverything(t *testing.T) {
	apart := map[string]string{
		"check.language_without_title": `language`,
		"check.no_such_source":         `facts[0] "landing": source.id`,
		"check.no_such_fact":           `questions[0] "landing": fact`,
		"check.year_not_whole":         `questions[0] "landing": numeric.value`,
		"check.choice_same_text":       `questions[3] "size": choice.options[2].text`,
		"check.choice_no_distractor":   `questions[4] "visited": choice.options`,
	}
	var edits []func(*aulav1.QuestionSet)
	for _, m := range mistakes {
		if apart[m.id] == m.path {
			edits = append(edits, m.edit)
		}
	}
	problems := check(t, edits...)
	found := map[string]string{}
	for _, p := range problems {
		found[p.ID] = p.Path
	}
	for id, path := range apart {
		if found[id] != path {
			t.Errorf("%s is not found at %s", id, path)
		}
	}
	if len(problems) != len(apart) || strings.Count(problems.Error(), "\n") != len(apart)-1 {
		t.Errorf("%d problems, want %d, a line each:\n%v", len(problems), len(apart), problems)
	}
	for range 20 {
		if again := check(t, edits...); again.Error() != problems.Error() {
			t.Fatalf("found\n%v\nthen\n%v", problems, again)
		}
	}
}

// What a sentence needs to be understood is among its arguments.
func TestProblemArguments(t *testing.T) {
	for _, c := range []struct {
		id   string
		want map[string]any
	}{
		{"check.bad_language", map[string]any{"Language": "PT_br", "Canonical": "pt-BR"}},
		{"check.no_such_fact", map[string]any{"Fact": "landings"}},
		{"check.no_such_source", map[string]any{"Source": "atlass"}},
		{"check.choice_single_key", map[string]any{"Count": 2}},
		{"check.choice_same_text", map[string]any{"Text": " ÁFRICA", "Language": "es"}},
		{"check.year_not_whole", map[string]any{"Value": 1969.5}},
	} {
		i := slices.IndexFunc(mistakes, func(m mistake) bool { return m.id == c.id })
		for name, want := range c.want {
			if got := check(t, mistakes[i].edit)[0].Args[name]; got != want {
				t.Errorf("%s: %s is %v, want %v", c.id, name, got, want)
			}
		}
	}
}

// starInPortuguese has a statement to judge, in a language without words for true and false.
func starInPortuguese() *aulav1.QuestionSet {
	return &aulav1.QuestionSet{
		Id: "sol", Title: map[string]string{"pt": "O Sol"}, Language: "pt",
		Questions: []*aulav1.Question{{
			Id: "star", Text: map[string]string{"pt": "O Sol é uma estrela."},
			Kind: &aulav1.Question_TrueFalse{TrueFalse: &aulav1.TrueFalseQuestion{Correct: true}},
		}},
	}
}
