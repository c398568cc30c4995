package sets_test

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	aulav1 "aula/proto/aula/v1"
	"aula/questions"
	"aula/questions/sets"
)

// localeWords are the words that ship in the locale files, read as data.
func localeWords(t *testing.T) questions.Words {
	t.Helper()
	words := map[string]map[string]any{}
	for _, lang := range []string{"en", "es"} {
		text, err := os.ReadFile("../../locales/active." + lang + ".json")
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
		switch sentence := words[lang]["words."+id].(type) {
		case string:
			return strings.Split(sentence, "|")
		case map[string]any:
			return strings.Split(sentence["other"].(string), "|")
		}
		return nil
	}
}

// expanded is the set of the article with the questions that its facts ask for.
func expanded(t *testing.T) *aulav1.QuestionSet {
	t.Helper()
	set, problems := questions.Expand(shipped(t), localeWords(t))
	if problems != nil {
		t.Fatal(problems)
	}
	return set
}

func kindOf(q *aulav1.Question) string {
	m := q.ProtoReflect()
	return string(m.WhichOneof(m.Descriptor().Oneofs().ByName("kind")).Name())
}

// The set of the article is large enough to be drawn from, asks in every way there is, and
// asks of each fact in more ways than one.
func TestCoverage(t *testing.T) {
	set := expanded(t)
	if n := len(set.GetQuestions()); n < 60 {
		t.Errorf("%d questions, want 60 or more", n)
	}
	times, ways := map[string]int{}, map[string]map[string]bool{}
	for _, q := range set.GetQuestions() {
		kind := kindOf(q)
		if q.GetChoice().GetMultiple() {
			kind = "multiple choice"
		}
		times[kind]++
		if ways[q.GetFact()] == nil {
			ways[q.GetFact()] = map[string]bool{}
		}
		ways[q.GetFact()][kind] = true
	}
	kinds := []string{"multiple choice"}
	oneof := (&aulav1.Question{}).ProtoReflect().Descriptor().Oneofs().ByName("kind")
	for i := range oneof.Fields().Len() {
		kinds = append(kinds, string(oneof.Fields().Get(i).Name()))
	}
	for _, kind := range kinds {
		if times[kind] < 3 {
			t.Errorf("%d questions of kind %s, want 3 or more", times[kind], kind)
		}
	}
	for _, fact := range set.GetFacts() {
		if len(ways[fact.GetId()]) < 2 {
			t.Errorf("the fact %s is asked in one way only: %v", fact.GetId(), ways[fact.GetId()])
		}
	}
}

// Every kind of derived question is shown, but for numbers, which the written ones ask for
// already; and they are as whole as the written ones.
func TestDerivedQuestions(t *testing.T) {
	asked := map[aulav1.Fact_Ask]bool{}
	for _, fact := range shipped(t).GetFacts() {
		for _, ask := range fact.GetAsk() {
			asked[ask] = true
		}
	}
	for ask := range aulav1.Fact_Ask_name {
		kind := aulav1.Fact_Ask(ask)
		if !asked[kind] && kind != aulav1.Fact_ASK_UNSPECIFIED && kind != aulav1.Fact_NUMERIC {
			t.Errorf("no fact asks for %s", kind)
		}
	}
	right := map[bool]int{}
	for _, q := range expanded(t).GetQuestions() {
		for _, lang := range []string{"en", "es"} {
			if q.GetText()[lang] == "" || q.GetExplanation()[lang] == "" || strings.Contains(q.GetText()[lang], "{value}") {
				t.Errorf("%s is not whole in %s: %q", q.GetId(), lang, q.GetText()[lang])
			}
		}
		if options := q.GetChoice().GetOptions(); options != nil && len(options) < 4 {
			t.Errorf("%s has %d options only", q.GetId(), len(options))
		}
		if q.GetTrueFalse() != nil {
			right[q.GetTrueFalse().GetCorrect()]++
		}
	}
	if min(right[true], right[false])*3 < max(right[true], right[false]) {
		t.Errorf("%d statements are true and %d false", right[true], right[false])
	}
}

// Questions can be chosen by how hard they are and what they are about.
func TestDifficultyAndTags(t *testing.T) {
	word := regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)
	all, err := sets.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	for _, source := range all {
		set, problems := questions.Expand(source, localeWords(t))
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		times := map[aulav1.Question_Difficulty]int{}
		for _, q := range set.GetQuestions() {
			times[q.GetDifficulty()]++
			if n := len(q.GetTags()); n < 1 || n > 3 {
				t.Errorf("%s: %s has %d tags", set.GetId(), q.GetId(), n)
			}
			if i := slices.IndexFunc(q.GetTags(), func(tag string) bool { return !word.MatchString(tag) }); i >= 0 {
				t.Errorf("%s: %s has the tag %q", set.GetId(), q.GetId(), q.GetTags()[i])
			}
		}
		if n := times[aulav1.Question_DIFFICULTY_UNSPECIFIED]; n > 0 {
			t.Errorf("%s: of %d questions it is not said how hard they are", set.GetId(), n)
		}
		for _, d := range []aulav1.Question_Difficulty{aulav1.Question_EASY, aulav1.Question_MEDIUM, aulav1.Question_HARD} {
			if share := float64(times[d]) / float64(len(set.GetQuestions())); share < 0.15 || share > 0.55 {
				t.Errorf("%s: %d questions of %d are %s", set.GetId(), times[d], len(set.GetQuestions()), d)
			}
		}
	}
}

// What a set can do beyond asking is used often enough to be met.
func TestFeaturesAreUsed(t *testing.T) {
	used := map[string]int{}
	note := func(feature string, is bool) {
		if is {
			used[feature]++
		}
	}
	for _, q := range shipped(t).GetQuestions() {
		note("hints", len(q.GetHints()) > 0)
		note("tries", q.GetTries() > 1)
		note("tolerance", q.GetNumeric().GetTolerance() > 0)
		note("wrong texts", len(q.GetTextEntry().GetWrong()) > 0)
		last := func(o *aulav1.ChoiceOption) bool { return o.GetLast() }
		note("last options", slices.ContainsFunc(q.GetChoice().GetOptions(), last))
	}
	want := map[string]int{"hints": 10, "tries": 6, "tolerance": 2, "wrong texts": 2, "last options": 2}
	for feature, least := range want {
		if used[feature] < least {
			t.Errorf("%s: used %d times, want %d or more", feature, used[feature], least)
		}
	}
}

// The flashcards teach the other language in each: what the English side asks is what the
// Spanish side answers. Only the name of the language asked for differs.
func TestFlashcards(t *testing.T) {
	all, err := sets.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(all, func(s *aulav1.QuestionSet) bool { return s.GetId() == "words-in-class" })
	if i < 0 {
		t.Fatal("words-in-class is not shipped")
	}
	if n := len(all[i].GetQuestions()); n != 25 {
		t.Errorf("%d cards, want 25", n)
	}
	spanish := strings.NewReplacer("English", "Spanish")
	for _, q := range all[i].GetQuestions() {
		back := q.GetCard().GetBack()
		if back == nil {
			t.Errorf("%s is not a card", q.GetId())
			continue
		}
		if front := q.GetText()["en"]; !strings.HasPrefix(front, spanish.Replace(back["es"])) {
			t.Errorf("%s: the English front %q is not the English back %q", q.GetId(), front, back["es"])
		}
		for _, lang := range []string{"en", "es"} {
			if q.GetText()[lang] == back[lang] || q.GetExplanation()[lang] == "" {
				t.Errorf("%s teaches nothing in %s", q.GetId(), lang)
			}
		}
	}
}
