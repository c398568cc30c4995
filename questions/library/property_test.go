package library

import (
	"fmt"
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	aulav1 "aula/proto/aula/v1"
	"aula/questions"
)

// drawSet draws a good set in English or in two languages: questions of rivers, worded anew.
func drawSet(t *rapid.T, base *aulav1.QuestionSet, words questions.Words) *aulav1.QuestionSet {
	set := proto.CloneOf(base)
	set.Questions = nil
	word := rapid.SampledFrom([]string{"river", "Río", "ñandú", "3.5", "delta", "**mud**", "a < b", "ΔΩ", "agua", "[x]"})
	n := rapid.IntRange(1, 12).Draw(t, "questions")
	for i := range n {
		q := proto.CloneOf(rapid.SampledFrom(base.Questions).Draw(t, "question"))
		q.Id = fmt.Sprintf("q%d", i)
		q.Key = ""
		q.Name = rapid.SampledFrom([]string{"", "", "A name", fmt.Sprint("Name ", i)}).Draw(t, "name")
		if q.GetCloze() == nil && rapid.Bool().Draw(t, "reworded") {
			for lang := range q.Text {
				q.Text[lang] = ""
				for range rapid.IntRange(1, 6).Draw(t, "words") {
					q.Text[lang] += word.Draw(t, "word") + " "
				}
			}
		}
		set.Questions = append(set.Questions, q)
	}
	if _, err := questions.Compile(set, words); err != nil {
		t.Skip(err)
	}
	return set
}

// Loading any set over itself changes nothing, in a native file and in one language.
func TestLoadingASetOverItself(t *testing.T) {
	base, words := parse(t, rivers), localeWords(t)
	rapid.Check(t, func(t *rapid.T) {
		set := drawSet(t, base, words)
		if r := loadOver(set, fileOf(inNative, set, Options{}), words); r.Set == nil || r.Changed || !proto.Equal(r.Set, set) {
			t.Fatalf("native: %s%s", tellChanges(r.Changes), problemsOf(r))
		}
		o := Options{Set: "rivers", ContentLanguage: "en"}
		named := &format{name: "named", languages: one, says: []string{"explanation", "hints"}}
		if r := loadOver(set, fileOf(named, inOne(set, "en"), o), words); r.Set == nil || r.Changed {
			t.Fatalf("in English: %s%s", tellChanges(r.Changes), problemsOf(r))
		}
	})
}

// Whatever is left out, doubled or put elsewhere in a file, loading it again changes nothing,
// and no two questions get the same id.
func TestLoadingAFileTwice(t *testing.T) {
	base, words := parse(t, rivers), localeWords(t)
	rapid.Check(t, func(t *rapid.T) {
		set := drawSet(t, base, words)
		file := inOne(set, "en")
		for _, q := range file.Questions {
			q.Explanation = nil // some rest on a fact, which a second one of them would not have
		}
		file.Questions = rapid.SliceOfN(rapid.SampledFrom(file.Questions), 1, 15).Draw(t, "file")
		for i, q := range file.Questions {
			file.Questions[i] = proto.CloneOf(q)
		}
		f := fileOf(plain, file, Options{Set: "rivers", ContentLanguage: "en"})
		r := loadOver(set, f, words)
		if r.Set == nil {
			t.Fatal(problemsOf(r))
		}
		given := ids(r.Set)
		slices.Sort(given)
		if len(slices.Compact(given)) != len(file.Questions) {
			t.Fatalf("ids %q", given)
		}
		if again := loadOver(r.Set, f, words); again.Changed {
			t.Fatalf("again: %s", tellChanges(again.Changes))
		}
	})
}

// A translation that is loaded twice is loaded once, with Replace and without.
func TestTranslatingTwice(t *testing.T) {
	base, words := parse(t, rivers), localeWords(t)
	rapid.Check(t, func(t *rapid.T) {
		set := drawSet(t, base, words)
		spanish := inOne(set, "es")
		if rapid.Bool().Draw(t, "only English before") {
			set = loadOver(nil, fileOf(plain, inOne(set, "en"), Options{Set: "rivers", ContentLanguage: "en"}), words).Set
			if set == nil {
				t.Skip("rests on facts")
			}
		}
		o := toSpanish
		o.Replace, o.Partial = rapid.Bool().Draw(t, "replace"), true
		if rapid.Bool().Draw(t, "fewer") {
			spanish.Questions = spanish.Questions[:rapid.IntRange(1, len(spanish.Questions)).Draw(t, "questions")]
		}
		r := loadOver(set, fileOf(plain, spanish, o), words)
		if r.Set == nil {
			t.Fatal(problemsOf(r))
		}
		if again := loadOver(r.Set, fileOf(plain, spanish, o), words); again.Changed {
			t.Fatalf("again: %s%s", tellChanges(again.Changes), problemsOf(again))
		}
	})
}
