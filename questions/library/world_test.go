package library

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"buf.build/go/protoyaml"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	aulav1 "aula/proto/aula/v1"
	"aula/proto/packed"
	"aula/questions"
	"aula/questions/formats"
)

// localeWords are the words that ship in the locale files, read as data.
func localeWords(t testing.TB) questions.Words {
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

// parse reads a set in YAML that may lack what formats leave to library.
func parse(t testing.TB, text string) *aulav1.QuestionSet {
	t.Helper()
	set := &aulav1.QuestionSet{}
	if err := protoyaml.Unmarshal([]byte(text), set); err != nil {
		t.Fatal(err)
	}
	return set
}

// The formats that tests load files of.
var (
	inNative = &format{name: "yaml", languages: all, says: optional}
	inSheet  = &format{name: "csv", languages: several, says: []string{"explanation", "points", "hints", "tags", "name", "key"}}
	bare     = &format{name: "aiken", languages: one, says: []string{"explanation"}}
	plain    = &format{name: "gift", languages: one, says: []string{"explanation", "name", "key"}}
)

// fileOf is a file of that format as its reader would give it: question i stands in line
// 10 i + 10.
func fileOf(f *format, set *aulav1.QuestionSet, o Options) *File {
	d := &formats.Document{Set: packed.Head(set)}
	for i, q := range set.GetQuestions() {
		d.Add(q, formats.Place{Line: 10*i + 10})
	}
	d.Pack()
	return &File{Format: f.name, Document: d, format: f, options: o}
}

// loaded is the result of a load with its sets as messages.
type loaded struct {
	*Result

	Set, Published *aulav1.QuestionSet
}

func loadOver(current *aulav1.QuestionSet, f *File, words questions.Words) *loaded {
	r := f.load(context.Background(), pack(current), words)
	return &loaded{r, r.Set.Message(), r.Published.Message()}
}

func pack(set *aulav1.QuestionSet) *packed.Set {
	if set == nil {
		return nil
	}
	content, err := packed.Of(set)
	if err != nil {
		panic(err)
	}
	return content
}

func changesOf(from, to *aulav1.QuestionSet) *Changes { return Compare(pack(from), pack(to)) }

// load loads a file that must be fine, and makes sure that neither it nor the current set is
// changed, and that loading it again over the result changes nothing.
func load(t testing.TB, current *aulav1.QuestionSet, f *File) *loaded {
	t.Helper()
	r := tryLoad(t, current, f)
	if r.Set == nil {
		t.Fatalf("refused:\n%s", problemsOf(r))
	}
	if again := tryLoad(t, r.Set, f); again.Changed || again.Set == nil || !proto.Equal(again.Set, r.Set) {
		t.Errorf("the same file again changes %v:\n%s", tellChanges(again.Changes), problemsOf(again))
	}
	return r
}

func tryLoad(t testing.TB, current *aulav1.QuestionSet, f *File) *loaded {
	t.Helper()
	before, document, wire := proto.CloneOf(current), proto.CloneOf(f.Document.Set), bytes.Join(f.Document.Packed, nil)
	r := loadOver(current, f, localeWords(t))
	if !proto.Equal(before, current) || !proto.Equal(document, f.Document.Set) || !bytes.Equal(wire, bytes.Join(f.Document.Packed, nil)) {
		t.Error("loading changes what it is given")
	}
	if r.Set != nil {
		if _, err := questions.Compile(r.Set, localeWords(t)); err != nil {
			t.Errorf("what is loaded does not compile: %v", err)
		}
		if r.Changed != (current == nil || !proto.Equal(current, r.Set)) {
			t.Errorf("Changed is %v", r.Changed)
		}
	}
	return r
}

// problemsOf lists problems, a line each: severity, line, question, id, arguments.
func problemsOf(r *loaded) string {
	var b strings.Builder
	for _, p := range r.Problems {
		fmt.Fprintf(&b, "%s %d %q %s", p.Severity, p.Place.Line, p.Question, p.ID)
		for _, name := range slices.Sorted(mapKeys(p.Args)) {
			fmt.Fprintf(&b, " %s=%v", name, p.Args[name])
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func mapKeys(m map[string]any) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// has reports whether a problem with that id is told.
func has(r *loaded, id string) bool {
	return slices.ContainsFunc(r.Problems, func(p formats.Problem) bool { return p.ID == id })
}

func tellChanges(c *Changes) string {
	var b strings.Builder
	fmt.Fprintf(&b, "+%d ~%d -%d =%d\n", c.Added, c.Changed, c.Removed, c.Unchanged)
	for _, f := range c.Set {
		fmt.Fprintf(&b, "set %s: %q -> %q\n", f.GetPath(), f.GetBefore(), f.GetAfter())
	}
	for _, q := range c.Questions {
		fmt.Fprintf(&b, "%s %s %s\n", q.Change, q.ID, q.Match)
		for _, f := range q.Fields {
			fmt.Fprintf(&b, "  %s: %q -> %q\n", f.GetPath(), f.GetBefore(), f.GetAfter())
		}
	}
	return b.String()
}

func ids(set *aulav1.QuestionSet) []string {
	var all []string
	for _, q := range set.GetQuestions() {
		all = append(all, q.GetId())
	}
	return all
}

// rivers is a set in two languages, with a question of every kind and a fact.
const rivers = `
id: rivers
title: {en: Rivers, es: Ríos}
description: {en: Of South America, es: De Sudamérica}
language: en
facts:
  - id: length
    statement: {en: "The Napo is {value} long.", es: "El Napo mide {value}."}
    value: {number: {value: 1075, unit: {en: km, es: km}}}
    ask: [NUMERIC]
questions:
  - id: longest
    name: The longest
    key: "100"
    text: {en: "Which river is the longest of the continent?", es: "¿Qué río es el más largo del continente?"}
    choice:
      options:
        - {id: b, text: {en: The Amazon, es: El Amazonas}, correct: true}
        - {id: c, text: {en: The Orinoco, es: El Orinoco}, feedback: {en: It is the third., es: Es el tercero.}}
        - {id: a, text: {en: The Napo, es: El Napo}}
    explanation: {en: It is 6400 km long., es: Mide 6400 km.}
    time_limit: 30s
    tags: [geography]
  - id: napo-flows
    text: {en: The Napo flows into the Amazon., es: El Napo desemboca en el Amazonas.}
    true_false: {correct: true}
  - id: napo-length
    fact: length
    text: {en: "How long is the Napo?", es: "¿Cuánto mide el Napo?"}
    numeric: {value: 1075, tolerance: 25, units: [{text: {en: km, es: km}, factor: 1}]}
    explanation: {en: "It is {value} long.", es: "Mide {value}."}
  - id: boat
    text: {en: "What do people travel in on the Napo?", es: "¿En qué se viaja por el Napo?"}
    text_entry:
      accepted: [{text: {en: canoe, es: canoa}}, {text: {en: boat, es: bote}}, {text: {es: lancha}}]
      wrong: [{text: {en: train, es: tren}, feedback: {en: There is none., es: No hay.}}]
  - id: cloze
    text: {en: "The [[river]] begins in [[country]].", es: "El [[river]] nace en el [[country]]."}
    cloze:
      blanks:
        - {id: river, text_entry: {accepted: [{text: {en: Napo, es: Napo}}]}}
        - {id: country, choice: {options: [{id: a, text: {en: Peru, es: Perú}}, {id: b, text: {en: Ecuador, es: Ecuador}, correct: true}]}}
  - id: order
    text: {en: From the shortest to the longest, es: Del más corto al más largo}
    order: {items: [{id: c, text: {en: Napo, es: Napo}}, {id: a, text: {en: Orinoco, es: Orinoco}}, {id: b, text: {en: Amazon, es: Amazonas}}]}
  - id: match
    text: {en: "Where is the mouth?", es: "¿Dónde está la desembocadura?"}
    match:
      pairs:
        - {left: {id: b, text: {en: Orinoco, es: Orinoco}}, right: {id: "1", text: {en: Venezuela, es: Venezuela}}}
        - {left: {id: a, text: {en: Amazon, es: Amazonas}}, right: {id: "3", text: {en: Brazil, es: Brasil}}}
      distractors: [{id: "2", text: {en: Chile, es: Chile}}]
  - id: card
    text: {en: riverbank, es: orilla}
    card: {back: {en: the edge of a river, es: el borde de un río}}
    hints: [{text: {en: You can sit on it., es: En ella te puedes sentar.}, cost: 0.2}]
`

// inOne is what a format that holds one language would read of a set in that language: texts
// whose language is unknown, and no ids, names and keys.
func inOne(set *aulav1.QuestionSet, lang string) *aulav1.QuestionSet {
	set = proto.CloneOf(set)
	set.Id, set.Title, set.Description, set.Language, set.Facts, set.Stale = "", nil, nil, "", nil, nil
	for _, q := range set.GetQuestions() {
		q.Id, q.Name, q.Key, q.Fact, q.Stale = "", "", "", "", nil
		keepLanguage(q, lang)
		left, right := sidesOf(q.GetMatch())
		for _, parts := range [][]part{optionsOf(q.GetChoice()), itemsOf(q.GetOrder()), left, right} {
			for _, p := range parts {
				*p.id = ""
			}
		}
		for _, b := range q.GetCloze().GetBlanks() {
			for _, p := range optionsOf(b.GetChoice()) {
				*p.id = ""
			}
		}
	}
	return set
}

// keepLanguage leaves the texts of a question in one language, as unknown.
func keepLanguage(q *aulav1.Question, lang string) {
	m := q.ProtoReflect()
	eachText(m, func(texts protoreflect.Map) { keepOnly(texts, []string{lang}) })
	rename(m, lang, formats.Unknown)
	for _, list := range []*[]*aulav1.AcceptedText{acceptedOf(q)} {
		if list != nil {
			*list = slices.DeleteFunc(*list, func(a *aulav1.AcceptedText) bool { return len(a.GetText()) == 0 })
		}
	}
}

func acceptedOf(q *aulav1.Question) *[]*aulav1.AcceptedText {
	if q.GetTextEntry() == nil {
		return nil
	}
	return &q.GetTextEntry().Accepted
}
