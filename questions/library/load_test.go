package library

import (
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats"
)

// A new native file is what it says, and the same again changes nothing.
func TestLoadNative(t *testing.T) {
	source := parse(t, rivers)
	r := load(t, nil, fileOf(inNative, source, Options{File: "rivers.yaml"}))
	if !proto.Equal(r.Set, source) || !r.Changed || r.Changes.Added != 8 || r.ID != "rivers" {
		t.Errorf("loaded %v", r.Set)
	}
	if len(r.Published.GetQuestions()) != 9 || strings.Contains(r.Published.String(), "{value}") {
		t.Errorf("published %v", r.Published)
	}
	for _, c := range r.Coverage {
		if c.GetQuestions() != 9 || !c.GetComplete() || c.GetStale() != 0 {
			t.Errorf("coverage %v", c)
		}
	}
}

// A file in one language that was exported of a set loads back as that set, with its ids,
// its other language and what the format cannot say.
func TestLoadBack(t *testing.T) {
	source := parse(t, rivers)
	r := load(t, source, fileOf(bare, inOne(source, "en"), Options{Set: "rivers"}))
	if r.Changed || !proto.Equal(r.Set, source) {
		t.Errorf("changes\n%s%s", tellChanges(r.Changes), problemsOf(r))
	}
	if r.Language != "en" || !r.Detected {
		t.Errorf("taken to be in %q", r.Language)
	}
}

// Identity of questions in a file that has no ids.
func TestIdentity(t *testing.T) {
	for name, test := range map[string]struct {
		edit  func(s *aulav1.QuestionSet)
		ids   string
		match aulav1.QuestionChange_Match
		note  bool
	}{
		"key": {func(s *aulav1.QuestionSet) {
			s.Questions[0].Key, s.Questions[0].Text["und"] = "100", "Another stem altogether, in few words"
		}, "longest", aulav1.QuestionChange_BY_KEY, false},
		"name": {func(s *aulav1.QuestionSet) {
			s.Questions[0].Name, s.Questions[0].Text["und"] = "the  LONGEST", "Another stem altogether, in few words"
		}, "longest", aulav1.QuestionChange_BY_NAME, false},
		"same stem": {func(s *aulav1.QuestionSet) {
			s.Questions[0].GetChoice().Options[2].Text["und"] = "The Paraná, which flows through Brazil and Argentina"
		}, "longest", aulav1.QuestionChange_BY_CONTENT, true},
		"similar": {func(s *aulav1.QuestionSet) {
			s.Questions[0].Text["und"] = "Which river is the longest one of the whole continent?"
		}, "longest", aulav1.QuestionChange_BY_CONTENT, true},
		"new": {func(s *aulav1.QuestionSet) {
			s.Questions[0].Text["und"] = "¿Ñandú o águila? Choose what Darwin saw"
			s.Questions[0].GetChoice().Options[0].Text["und"] = "Both birds"
			s.Questions[0].GetChoice().Options[1].Text["und"] = "None of these"
		}, "nandu-o-aguila-choose-what-darwin-saw", 0, false},
		"other kind": {func(s *aulav1.QuestionSet) {
			s.Questions[0].Kind = &aulav1.Question_Card{Card: &aulav1.CardQuestion{Back: map[string]string{"und": "Amazon"}}}
		}, "which-river-is-the-longest-of-the-continent", 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			current := parse(t, rivers)
			edited := inOne(current, "en")
			test.edit(edited)
			r := load(t, current, fileOf(plain, edited, Options{Set: "rivers", ContentLanguage: "en"}))
			want := ids(current)
			want[0] = test.ids
			if got := ids(r.Set); !slices.Equal(got, want) {
				t.Fatalf("ids %q, want %q", got, want)
			}
			if r.Changes.Questions[0].Match != test.match || has(r, "library.matched_by_content") != test.note {
				t.Errorf("%s%s", tellChanges(r.Changes), problemsOf(r))
			}
			if options := r.Set.Questions[0].GetChoice().GetOptions(); test.match != 0 {
				for i, was := range current.Questions[0].GetChoice().GetOptions() {
					if options[i].GetId() != was.GetId() {
						t.Errorf("option %d is %q, was %q", i, options[i].GetId(), was.GetId())
					}
				}
			}
		})
	}
}

// Questions that say the same are told apart by their order, and an id is never taken twice.
func TestIdentityOfDoubles(t *testing.T) {
	card := func(front, back string) *aulav1.Question {
		q := &aulav1.Question{Kind: &aulav1.Question_Card{Card: &aulav1.CardQuestion{Back: map[string]string{"und": back}}}}
		q.Text = map[string]string{"und": front}
		return q
	}
	set := &aulav1.QuestionSet{Questions: []*aulav1.Question{card("ser", "to be"), card("ser", "being"), card("ser", "to be"), card("你好", "hello")}}
	o := Options{File: `C:\decks\Mis verbos.txt`, ContentLanguage: "es"}
	r := load(t, nil, fileOf(plain, set, o))
	if r.ID != "mis-verbos" || r.Set.GetTitle()["es"] != "Mis verbos" {
		t.Errorf("set %q is called %q", r.ID, r.Set.GetTitle())
	}
	got := ids(r.Set)
	if want := []string{"ser", "ser-2", "ser-3"}; !slices.Equal(got[:3], want) || !strings.HasPrefix(got[3], "q-") {
		t.Errorf("ids %q", got)
	}
	gone := proto.CloneOf(set)
	gone.Questions = gone.Questions[1:]
	fewer := load(t, r.Set, fileOf(plain, gone, o))
	if fewer.Changes.Removed != 1 || fewer.Changes.Unchanged != 3 {
		t.Errorf("one less: %s", tellChanges(fewer.Changes))
	}
}

// What has no id gets one that does not tell what is right: the right option, the order and
// the pairs stand first in most files.
func TestIDsTellNothing(t *testing.T) {
	firsts := map[string]int{}
	sorted := 0
	for i := range 100 {
		stem := map[string]string{"und": strings.Repeat("x", i+1)}
		options := []*aulav1.ChoiceOption{{Text: map[string]string{"und": "right"}, Correct: true}, {Text: map[string]string{"und": "wrong"}}, {Text: map[string]string{"und": "bad"}}}
		q := &aulav1.Question{Id: slug(stem["und"], 50), Text: stem, Kind: &aulav1.Question_Choice{Choice: &aulav1.ChoiceQuestion{Options: options}}}
		giveIDs(q, nil, "und")
		firsts[options[0].GetId()]++
		match := &aulav1.MatchQuestion{}
		for _, side := range []string{"one", "two", "three"} {
			match.Pairs = append(match.Pairs, &aulav1.MatchPair{
				Left: &aulav1.MatchItem{Text: map[string]string{"und": side}}, Right: &aulav1.MatchItem{Text: map[string]string{"und": side + "!"}},
			})
		}
		match.Pairs[2].Right.Text["und"] = "two!"
		q.Kind = &aulav1.Question_Match{Match: match}
		giveIDs(q, nil, "und")
		if match.Pairs[1].Right.GetId() != match.Pairs[2].Right.GetId() || match.Pairs[0].Right.GetId() == match.Pairs[1].Right.GetId() {
			t.Fatalf("ids on the right: %v", match)
		}
		if match.Pairs[0].Left.GetId() == "a" && match.Pairs[0].Right.GetId() == "1" {
			sorted++
		}
	}
	if len(firsts) != 3 || firsts["a"] > 60 || sorted > 50 {
		t.Errorf("ids of the right option %v, first pairs %d", firsts, sorted)
	}
}

// Loading one language keeps the texts of the others.
func TestKeepsOtherLanguages(t *testing.T) {
	current := parse(t, rivers)
	edited := inOne(current, "en")
	q := edited.Questions[0]
	q.Explanation = nil
	q.GetChoice().Options = append(q.GetChoice().Options[1:], &aulav1.ChoiceOption{Text: map[string]string{"und": "The Amazon River"}, Correct: true})
	entry := edited.Questions[3].GetTextEntry()
	entry.Accepted = append(entry.Accepted, &aulav1.AcceptedText{Text: map[string]string{"und": "ferry"}})
	r := load(t, current, fileOf(plain, edited, Options{Set: "rivers"}))
	got := r.Set.Questions[0]
	if got.Text["es"] != current.Questions[0].Text["es"] || got.Explanation != nil || got.TimeLimit == nil || len(got.Tags) != 1 {
		t.Errorf("kept %v", got)
	}
	if options := got.GetChoice().Options; options[0].Id != "c" || options[0].Feedback["es"] != "Es el tercero." || options[2].Id != "d" || options[2].Text["es"] != "" {
		t.Errorf("options %v", options)
	}
	if got := r.Set.Questions[3].GetTextEntry().Accepted; len(got) != 4 || got[0].Text["es"] != "canoa" || got[3].Text["es"] != "lancha" || len(got[3].Text) != 1 {
		t.Errorf("accepted %v", got)
	}
	if entry := r.Set.Questions[3]; !slices.Equal(entry.Stale, []string{"es"}) || got.Stale != nil || r.Coverage[1].GetLanguage() != "es" || r.Coverage[1].GetComplete() {
		t.Errorf("stale %v, coverage %v", got.Stale, r.Coverage)
	}
	// A native file says everything: what it leaves out is gone.
	english := proto.CloneOf(r.Set)
	delete(english.Title, "es")
	delete(english.Description, "es")
	for _, q := range english.Questions {
		eachText(q.ProtoReflect(), func(texts protoreflect.Map) { keepOnly(texts, []string{"en"}) })
	}
	english.Questions[3].GetTextEntry().Accepted = english.Questions[3].GetTextEntry().Accepted[:3]
	eachText(english.Facts[0].ProtoReflect(), func(texts protoreflect.Map) { keepOnly(texts, []string{"en"}) })
	r = load(t, r.Set, fileOf(inNative, english, Options{}))
	if len(r.Set.Title) != 1 || r.Set.Questions[0].Text["es"] != "" || r.Set.Questions[0].Stale != nil {
		t.Errorf("a native file leaves %v", r.Set.Questions[0])
	}
}

// A file in another language than the set's own is a translation, and is not taken for the set.
func TestOtherLanguage(t *testing.T) {
	current := parse(t, rivers)
	r := tryLoad(t, current, fileOf(plain, inOne(current, "es"), Options{Set: "rivers"}))
	if r.Set != nil || !has(r, "library.other_language") || r.Language != "es" {
		t.Errorf("in %q: %s", r.Language, problemsOf(r))
	}
	r = tryLoad(t, nil, fileOf(plain, inOne(parse(t, rivers), "es"), Options{ContentLanguage: "not a language"}))
	if r.Set != nil || !has(r, "library.bad_language") {
		t.Error(problemsOf(r))
	}
	short := &aulav1.QuestionSet{Questions: []*aulav1.Question{{
		Text: map[string]string{"und": "1 + 1"}, Kind: &aulav1.Question_Numeric{Numeric: &aulav1.NumericQuestion{Value: 2}},
	}}}
	r = tryLoad(t, nil, fileOf(plain, short, Options{}))
	if r.Set != nil || !has(r, "library.language_unsure") {
		t.Error(problemsOf(r))
	}
	alone := inOne(current, "es")
	alone.Questions[2].Explanation = nil // it rests on a fact that the file does not have
	spanish := load(t, nil, fileOf(plain, alone, Options{File: "ríos.gift"}))
	if spanish.Language != "es" || spanish.Set.Language != "es" || spanish.Set.Title["es"] != "ríos" || spanish.ID != "rios" {
		t.Errorf("in %q: %v", spanish.Language, spanish.Set)
	}
}

// Texts without a language among others that have one are for all of them.
func TestMixedLanguages(t *testing.T) {
	set := parse(t, `
questions:
  - text: {en: "How many moons does Mars have?", es: "¿Cuántas lunas tiene Marte?"}
    choice: {options: [{text: {und: "2"}, correct: true}, {text: {und: "3"}}]}
  - text: {und: Only in English}
    true_false: {correct: true}
`)
	r := load(t, nil, fileOf(inSheet, set, Options{File: "moons", ContentLanguage: "en"}))
	if got := r.Set.Questions[0].GetChoice().Options[0].Text; got["en"] != "2" || got["es"] != "2" || len(got) != 2 {
		t.Errorf("option %v", got)
	}
	if got := r.Set.Questions[1].Text; got["en"] == "" || len(got) != 1 || r.Set.Title["es"] == "" || !has(r, "library.title_untranslated") {
		t.Errorf("stem %v, title %v", got, r.Set.Title)
	}
}

// Without Partial one mistake keeps everything out; with it, only what is wrong.
func TestPartial(t *testing.T) {
	source := parse(t, rivers)
	source.Questions[0].GetChoice().Options[1].Correct = true            // two right ones
	source.Questions[1].Text["en"] = ""                                  // breaks a rule
	source.Questions[7].Id = "match"                                     // taken
	source.Questions[6].GetMatch().Pairs[0].Left.Text["es"] = "Amazonas" // as another
	f := fileOf(inNative, source, Options{})
	f.Document.Problems.Add(formats.Skipped, formats.Place{Line: 5}, "Describe a river", "format.essay")
	f.Document.Problems.Add(formats.Error, formats.Place{Line: 6}, "Broken", "format.broken")
	f.Document.Problems.Add(formats.Error, formats.Place{Line: 7}, "Broken", "format.broken")
	r := tryLoad(t, nil, f)
	if r.Set != nil || r.Published != nil || r.Changed || r.LeftOut == 0 {
		t.Errorf("loaded %v", r.Set)
	}
	for _, want := range []string{
		`ERROR 10 "The longest" check.choice_single_key Count=2 Path=choice.options`,
		`ERROR 20 "napo-flows" rule.string.min_len `,
		`ERROR 80 "match" check.duplicate_id`,
		`ERROR 70 "match" check.match_same_text`,
	} {
		if !strings.Contains(problemsOf(r), want) {
			t.Errorf("not told: %s", want)
		}
	}
	f.Document.Where = func(path string) (formats.Place, bool) {
		return formats.Place{Line: 74}, path == `questions[6] "match": match.pairs[1].left.text`
	}
	if r = tryLoad(t, nil, f); !strings.Contains(problemsOf(r), `ERROR 74 "match" check.match_same_text`) {
		t.Error(problemsOf(r))
	}
	f.options.Partial = true
	r = load(t, nil, f)
	if got := ids(r.Set); !slices.Equal(got, []string{"napo-length", "boat", "cloze", "order"}) || r.LeftOut != 6 {
		t.Errorf("loaded %q, left out %d\n%s", got, r.LeftOut, problemsOf(r))
	}
	for _, q := range source.Questions {
		q.Text = nil
	}
	source.Facts = nil
	problems := f.Document.Problems
	f = fileOf(inNative, source, f.options)
	f.Document.Problems = problems
	if r = tryLoad(t, nil, f); r.Set != nil {
		t.Errorf("loaded although all is wrong: %v", r.Set)
	}
	source.Questions = nil
	if r = tryLoad(t, parse(t, rivers), fileOf(inNative, source, f.options)); r.Set != nil || !has(r, "library.nothing_to_load") {
		t.Errorf("loaded although nothing is there: %s", problemsOf(r))
	}
}

// A slip takes nothing from learners: what they have of a question stays until a file says
// it right, in every language.
func TestPartialKeepsWhatWasThere(t *testing.T) {
	current, slipped := parse(t, rivers), parse(t, rivers)
	slipped.Questions[6].GetMatch().Pairs = nil
	r := load(t, current, fileOf(inNative, slipped, Options{Partial: true}))
	if !proto.Equal(r.Set.Questions[6], current.Questions[6]) || len(r.Set.Questions) != len(current.Questions) || r.LeftOut != 1 {
		t.Errorf("of %d questions, %d left out: %v", len(r.Set.Questions), r.LeftOut, r.Set.Questions[6])
	}
	spanish := inOne(parse(t, rivers), "es")
	for _, option := range spanish.Questions[0].GetChoice().GetOptions() {
		option.Text["und"] = strings.Repeat("x", 2000) // too long
	}
	r = load(t, current, fileOf(plain, spanish, Options{
		Set: "rivers", ContentLanguage: "es", Translate: true, Replace: true, Partial: true,
	}))
	if !proto.Equal(r.Set.Questions[0], current.Questions[0]) || len(r.Set.Questions) != len(current.Questions) {
		t.Errorf("of %d questions: %v", len(r.Set.Questions), r.Set.Questions[0])
	}
}

// A file that has only its name in common with a set is taken for another, until its
// teacher says which set it is.
func TestSameName(t *testing.T) {
	file := inOne(parse(t, rivers), "en")
	file.Questions[2].Explanation = nil // it rests on a fact that the file does not have
	current := load(t, nil, fileOf(plain, file, Options{File: "rivers.gift", ContentLanguage: "en"})).Set
	other := &aulav1.QuestionSet{Questions: []*aulav1.Question{{
		Text: map[string]string{"und": "In which year did the war end?"}, Kind: &aulav1.Question_Numeric{Numeric: &aulav1.NumericQuestion{Value: 1945}},
	}}}
	r := tryLoad(t, current, fileOf(plain, other, Options{File: "rivers.gift", ContentLanguage: "en"}))
	if r.Set != nil || !has(r, "library.same_name") {
		t.Error(problemsOf(r))
	}
	load(t, current, fileOf(plain, other, Options{File: "rivers.gift", ContentLanguage: "en", Set: "rivers"}))
}
