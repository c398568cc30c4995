package library

import (
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	aulav1 "aula/proto/aula/v1"
)

// english is rivers before it was translated.
func english(t testing.TB) *aulav1.QuestionSet {
	t.Helper()
	set := parse(t, rivers)
	delete(set.Title, "es")
	delete(set.Description, "es")
	only := func(texts protoreflect.Map) { keepOnly(texts, []string{"en"}) }
	for _, f := range set.Facts {
		eachText(f.ProtoReflect(), only)
	}
	for _, q := range set.Questions {
		eachText(q.ProtoReflect(), only)
		if accepted := acceptedOf(q); accepted != nil {
			*accepted = slices.DeleteFunc(*accepted, func(a *aulav1.AcceptedText) bool { return len(a.Text) == 0 })
		}
	}
	return set
}

func inSpanish(t testing.TB) *aulav1.QuestionSet {
	t.Helper()
	return inOne(parse(t, rivers), "es")
}

var toSpanish = Options{File: "rios.gift", Set: "rivers", Translate: true, ContentLanguage: "es", Title: "Ríos"}

// A file in one language becomes that language of the set, question by question.
func TestTranslate(t *testing.T) {
	r := load(t, english(t), fileOf(plain, inSpanish(t), toSpanish))
	want := parse(t, rivers)
	delete(want.Description, "es")                                                                           // of which the file says nothing,
	eachText(want.Facts[0].ProtoReflect(), func(texts protoreflect.Map) { keepOnly(texts, []string{"en"}) }) // nor of facts
	if !proto.Equal(r.Set, want) {
		t.Errorf("translated:\n%s", tellChanges(changesOf(want, r.Set)))
	}
	if got := strings.Count(problemsOf(r), "library.matched_by_order"); got != 8 {
		t.Errorf("%d doubtful matches are told:\n%s", got, problemsOf(r))
	}
	if r.Changes.Changed != 8 || r.Changes.Questions[0].Match != aulav1.QuestionChange_BY_ORDER || r.LeftOut != 0 {
		t.Error(tellChanges(r.Changes))
	}
	// Once translated, questions are known by what they say.
	again := load(t, r.Set, fileOf(plain, inSpanish(t), toSpanish))
	if again.Changed || has(again, "library.matched_by_order") {
		t.Error(problemsOf(again))
	}
}

// What a translation may get wrong.
func TestTranslateMistakes(t *testing.T) {
	for name, test := range map[string]struct {
		edit func(s *aulav1.QuestionSet)
		want string // severity, line, question, id
		bad  bool
	}{
		"unmatched": {func(s *aulav1.QuestionSet) {
			s.Questions = append(s.Questions, proto.CloneOf(s.Questions[1]))
			s.Questions[8].Text["und"] = "No hay otra."
		}, `WARNING 90 "No hay otra." library.translation_unmatched`, false},
		"missing": {func(s *aulav1.QuestionSet) {
			for i, q := range s.Questions {
				q.Id = english(t).Questions[i].Id
			}
			s.Questions = s.Questions[:7]
		}, `NOTE 0 "card" library.translation_missing ID=card`, false},
		"key": {func(s *aulav1.QuestionSet) {
			s.Questions[0].Key = "100"
			s.Questions[0].GetChoice().Options[0].Correct = false
			s.Questions[0].GetChoice().Options[1].Correct = true
		}, `ERROR 10 "¿Qué río es el más largo del continente?" library.translation_key ID=longest`, true},
		"options": {func(s *aulav1.QuestionSet) {
			s.Questions[0].GetChoice().Options = s.Questions[0].GetChoice().Options[:2]
		}, `library.translation_options Count=2 ID=longest Wanted=3`, true},
		"items":  {func(s *aulav1.QuestionSet) { s.Questions[5].GetOrder().Items = s.Questions[5].GetOrder().Items[1:] }, "library.translation_items Count=2", true},
		"blanks": {func(s *aulav1.QuestionSet) { s.Questions[4].GetCloze().Blanks = s.Questions[4].GetCloze().Blanks[1:] }, "library.translation_blanks Count=1", true},
		"true":   {func(s *aulav1.QuestionSet) { s.Questions[1].GetTrueFalse().Correct = false }, "library.translation_key ID=napo-flows", true},
		"value":  {func(s *aulav1.QuestionSet) { s.Questions[2].GetNumeric().Value = 1057 }, "WARNING 30 \"¿Cuánto mide el Napo?\" library.translation_value ID=napo-length", false},
		"numbers": {
			func(s *aulav1.QuestionSet) { s.Questions[1].Text["und"] = "El Napo mide 1.075,5 km." },
			"library.translation_numbers Before= ID=napo-flows Language=es Numbers=10755", false,
		},
		"extra": {
			func(s *aulav1.QuestionSet) { s.Questions[1].Explanation = map[string]string{"und": "Así es."} },
			"library.translation_extra Count=1 Language=es", false,
		},
		"no title": {func(s *aulav1.QuestionSet) { s.Title = nil }, "library.title_untranslated Language=es Title=Rivers", false},
	} {
		t.Run(name, func(t *testing.T) {
			edited := inSpanish(t)
			test.edit(edited)
			f := fileOf(plain, edited, toSpanish)
			if name == "no title" {
				f.options.Title = ""
			}
			var r *loaded
			if test.bad {
				r = tryLoad(t, english(t), f)
				if r.Set != nil {
					t.Error("it is loaded")
				}
				f.options.Partial = true
				if partial := load(t, english(t), f); partial.LeftOut != 1 || len(partial.Set.Questions) != 8 {
					t.Errorf("%d left out, %d questions", partial.LeftOut, len(partial.Set.Questions))
				}
			} else {
				r = load(t, english(t), f)
			}
			if !strings.Contains(problemsOf(r), test.want) {
				t.Errorf("not told: %s\n%s", test.want, problemsOf(r))
			}
		})
	}
}

// The languages that a translation needs.
func TestTranslateLanguages(t *testing.T) {
	for name, test := range map[string]struct {
		current *aulav1.QuestionSet
		file    *File
		want    string
	}{
		"no set":            {nil, fileOf(plain, inSpanish(t), toSpanish), "library.translate_what"},
		"same language":     {english(t), fileOf(plain, inSpanish(t), Options{Translate: true, Set: "rivers", ContentLanguage: "en"}), "library.translate_same_language"},
		"detected the same": {english(t), fileOf(plain, inOne(english(t), "en"), Options{Translate: true, Set: "rivers"}), "library.translate_same_language"},
		"not in it":         {english(t), fileOf(inNative, parse(t, rivers), Options{Translate: true, Set: "rivers", ContentLanguage: "fr"}), "library.not_in_language"},
	} {
		r := tryLoad(t, test.current, test.file)
		if r.Set != nil || !has(r, test.want) {
			t.Errorf("%s: %s", name, problemsOf(r))
		}
	}
	// A file in several languages brings those that are asked for, or all but the set's own.
	r := load(t, english(t), fileOf(inNative, parse(t, rivers), Options{Translate: true, Set: "rivers"}))
	if !proto.Equal(r.Set, parse(t, rivers)) || has(r, "library.matched_by_order") {
		t.Errorf("%s%s", problemsOf(r), tellChanges(changesOf(parse(t, rivers), r.Set)))
	}
}

// Blanks are called what the set calls them, and texts there are stay unless they are to be
// replaced.
func TestTranslateKeeps(t *testing.T) {
	file := inSpanish(t)
	cloze := file.Questions[4]
	cloze.Text["und"] = strings.NewReplacer("[[river]]", "[[1]]", "[[country]]", "[[2]]").Replace(cloze.Text["und"])
	cloze.GetCloze().Blanks[0].Id, cloze.GetCloze().Blanks[1].Id = "1", "2"
	r := load(t, english(t), fileOf(plain, file, toSpanish))
	if got := r.Set.Questions[4].Text["es"]; got != "El [[river]] nace en el [[country]]." {
		t.Errorf("stem %q", got)
	}
	translated := r.Set
	file.Questions[7].Text["und"] = "ribera"
	file.Questions[3].GetTextEntry().Accepted = file.Questions[3].GetTextEntry().Accepted[:1]
	file.Questions[3].GetTextEntry().Accepted[0].Text["und"] = "piragua"
	r = load(t, translated, fileOf(plain, file, toSpanish))
	if r.Changed || strings.Count(problemsOf(r), "library.translation_kept") != 2 {
		t.Errorf("%s%s", tellChanges(r.Changes), problemsOf(r))
	}
	replace := toSpanish
	replace.Replace = true
	r = load(t, translated, fileOf(plain, file, replace))
	if got := r.Set.Questions[3].GetTextEntry().Accepted; r.Set.Questions[7].Text["es"] != "ribera" || len(got) != 2 || got[0].Text["es"] != "piragua" || got[1].Text["es"] != "" {
		t.Errorf("replaced: %v\n%s", r.Set.Questions, problemsOf(r))
	}
}

// The life of a translation: made, left behind by an edit, served all the same, and touched.
func TestStale(t *testing.T) {
	set := load(t, english(t), fileOf(plain, inSpanish(t), toSpanish)).Set
	check := func(what string, r *loaded, want ...string) {
		t.Helper()
		var got []string
		for _, q := range r.Set.Questions {
			if slices.Equal(q.Stale, []string{"es"}) {
				got = append(got, q.Id)
			}
		}
		stale := int32(0)
		for _, c := range r.Coverage {
			stale += c.Stale
		}
		if !slices.Equal(got, want) || int(stale) != len(want) {
			t.Errorf("%s: stale are %q, counted %d; want %q", what, got, stale, want)
		}
	}
	edited := inOne(set, "en")
	edited.Questions[1].Text["und"] = "The Napo flows into the Amazon River."
	edited.Questions[7].GetCard().Back["und"] = "the side of a river"
	r := load(t, set, fileOf(plain, edited, Options{Set: "rivers"}))
	check("edited", r, "napo-flows", "card")
	if r.Set.Questions[1].Text["es"] != set.Questions[1].Text["es"] || !r.Published.Questions[1].ProtoReflect().IsValid() {
		t.Error("the translation is gone")
	}
	// A native file without the marks, as its author keeps it, carries them over.
	authored := proto.CloneOf(r.Set)
	for _, q := range authored.Questions {
		q.Stale = nil
	}
	check("loaded without marks", load(t, r.Set, fileOf(inNative, authored, Options{})), "napo-flows", "card")
	authored.Questions[7].GetCard().Back["es"] = "el lado de un río"
	check("one touched", load(t, r.Set, fileOf(inNative, authored, Options{})), "napo-flows")
	// One that was exported while it had the marks loses them where it is edited.
	exported := proto.CloneOf(r.Set)
	exported.Questions[1].Text["es"] = "El Napo desemboca en el río Amazonas."
	check("exported and touched", load(t, r.Set, fileOf(inNative, exported, Options{})), "card")
	// A translation that is loaded again leaves what it does not change; to replace it says
	// that it is right.
	check("translated again", load(t, r.Set, fileOf(plain, inSpanish(t), toSpanish)), "napo-flows", "card")
	replace := toSpanish
	replace.Replace = true
	check("replaced", load(t, r.Set, fileOf(plain, inSpanish(t), replace)))
}

// Facts, and the title, go stale as questions do; so do the questions that facts ask for.
func TestStaleFacts(t *testing.T) {
	current, edited := parse(t, rivers), parse(t, rivers)
	edited.Title["en"] = "The rivers"
	edited.Facts[0].Statement["en"] = "The river Napo is {value} long."
	r := load(t, current, fileOf(inNative, edited, Options{}))
	if !slices.Equal(r.Set.Stale, []string{"es"}) || !slices.Equal(r.Set.Facts[0].Stale, []string{"es"}) || !slices.Equal(r.Published.Questions[8].Stale, []string{"es"}) {
		t.Errorf("stale: set %q, fact %q, derived %q", r.Set.Stale, r.Set.Facts[0].Stale, r.Published.Questions[8].Stale)
	}
	edited = proto.CloneOf(r.Set)
	edited.Title["es"] = "Los ríos"
	edited.Facts[0].Statement["es"] = "El río Napo mide {value}."
	if r = load(t, r.Set, fileOf(inNative, edited, Options{})); r.Set.Stale != nil || r.Set.Facts[0].Stale != nil {
		t.Errorf("stale: set %q, fact %q", r.Set.Stale, r.Set.Facts[0].Stale)
	}
}
