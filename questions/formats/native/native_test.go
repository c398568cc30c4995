package native_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	aulav1 "aula/proto/aula/v1"
	"aula/proto/packed"
	"aula/questions"
	"aula/questions/formats"
	"aula/questions/formats/native"
	"aula/questions/sets"
)

// writtenSets are the set files of the repository, by their names.
func writtenSets(t testing.TB) map[string][]byte {
	files := map[string][]byte{}
	for _, pattern := range []string{"../../sets/*.yaml", "../../testdata/*.yaml"} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			files[name] = data
		}
	}
	if len(files) == 0 {
		t.Fatal("no set files")
	}
	return files
}

// What people have written is read as it was before, from YAML and from JSON, and is the
// same after it was written and read again by either reader.
func TestWrittenSets(t *testing.T) {
	for name, data := range writtenSets(t) {
		want, err := sets.Parse(name, data)
		if err != nil {
			t.Fatal(err)
		}
		compact, err := protojson.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var yaml, json bytes.Buffer
		for _, err := range []error{errorOf(native.WriteYAML(&yaml, want, nil)), errorOf(native.WriteJSON(&json, want, nil))} {
			if err != nil {
				t.Fatal(err)
			}
		}
		windows := bytes.ReplaceAll(data, []byte("\n"), []byte("\r\n"))
		wide := []byte{0xff, 0xfe}
		for _, unit := range utf16.Encode([]rune(string(data))) {
			wide = append(wide, byte(unit), byte(unit>>8))
		}
		for i, text := range [][]byte{data, compact, yaml.Bytes(), json.Bytes(), windows, wide, append([]byte("\uFEFF"), data...)} {
			d, err := native.Read(t.Context(), text)
			if err != nil || len(d.Problems) > 0 || !proto.Equal(whole(d), want) {
				t.Errorf("%s, %d: %v, %v", name, i, err, d)
			}
		}
		for _, text := range [][]byte{yaml.Bytes(), json.Bytes()} {
			if again, err := sets.Parse(name, text); err != nil || !proto.Equal(again, want) {
				t.Errorf("%s: package protoyaml reads another set: %v", name, err)
			}
		}
		if score := native.DetectYAML("", data); score < 60 {
			t.Errorf("%s scores %d as YAML", name, score)
		}
		if score := native.DetectJSON("", compact); score < 60 {
			t.Errorf("%s scores %d as JSON", name, score)
		}
	}
}

// What teachers have that is no set is not taken for one.
func TestDetectOthers(t *testing.T) {
	for name, text := range map[string]string{
		"quiz.txt":     "Which is a lake?\nA. Quilotoa\nB. Napo\nANSWER: A\n",
		"quiz.gift":    "::Q1:: Which is a lake? {=Quilotoa ~Napo}\n",
		"quiz.csv":     "id,question,answer\n1,Which?,This\n",
		"quiz.xml":     "<?xml version=\"1.0\"?>\n<quiz></quiz>",
		"package.json": `{"name": "x", "version": "1.0.0"}`,
		"list.json":    `[{"id": 1}]`,
		"gift.gift":    "{=yes ~no}",
		"other.yaml":   "name: x\nversion: 1\n",
		"empty":        "",
	} {
		if score := native.Detect(name, []byte(text)); score >= 30 {
			t.Errorf("%s scores %d", name, score)
		}
	}
}

// Every place is that of its question, and every path that Compile blames is found.
func TestWhere(t *testing.T) {
	const file = `id: s
title: {en: T, es: T}
language: en
facts:
  - {id: wrong}
  - id: f
    statement: {en: S}
questions:
  - id: bad
    txt: {en: Ñandú}
  - id: ñ
  - id: good
    text: {en: "¿Ñandú?", es: A}
    choice:
      options:
        - {id: x, text: {en: X}, correct: true}
        - {id: y, text: {en: X}}
  - id: json
    timeLimit: 3s
    text: {en: A}
    card: {back: {en: C}}
`
	d, err := native.Read(t.Context(), []byte(file))
	if err != nil {
		t.Fatal(err)
	}
	if want := []formats.Place{{Line: 12, Column: 5}, {Line: 18, Column: 5}}; !slices.Equal(d.Places, want) {
		t.Errorf("places %v, want %v", d.Places, want)
	}
	for path, want := range map[string]string{
		`questions[0] "good": choice.options[1].text`: "17:25",
		`questions[0].text.es`:                        "13:31",
		`questions[0].text["es"]`:                     "13:31",
		`questions[0] "good"`:                         "12:5",
		`questions[0] "good": explanation`:            "12:5",
		`questions[1] "json": time_limit`:             "19:16",
		`facts[0] "f": statement`:                     "7:16",
		`title`:                                       "2:8",
		`questions`:                                   "8:11",
	} {
		place, ok := d.Where(path)
		if got := fmt.Sprintf("%d:%d", place.Line, place.Column); got != want || !ok {
			t.Errorf("%s is at %s, want %s", path, got, want)
		}
	}
	for _, path := range []string{"", "media", "questions[2]", "facts[1]", "nonsense[3].x"} {
		if place, ok := d.Where(path); ok {
			t.Errorf("%q is found at %v", path, place)
		}
	}
	_, err = questions.Compile(whole(d), func(lang, id string) []string { return nil })
	problems, _ := errors.AsType[questions.Problems](err)
	for _, p := range problems {
		if _, ok := d.Where(p.Path); !ok {
			t.Errorf("%s is not found", p.Path)
		}
	}
	if len(problems) == 0 {
		t.Error("nothing is wrong")
	}
}

// What cannot be read question by question is read at once.
func TestUnusualYAML(t *testing.T) {
	want, err := native.Read(t.Context(), []byte(head+`questions:
  - {id: a, text: {en: "A - b", es: "x: y"}, card: {back: {en: C}}}
  - {id: b, text: {en: "A - b", es: "x: y"}, card: {back: {en: C}}}
`))
	if err != nil || len(want.Problems) > 0 || len(want.Packed) != 2 {
		t.Fatal(err, want)
	}
	for name, text := range map[string]string{
		"in brackets":     head + `questions: [{id: a, text: {en: A - b, es: "x: y"}, card: {back: {en: C}}}, {id: b, text: {en: A - b, es: "x: y"}, card: {back: {en: C}}}]`,
		"anchors":         head + "questions:\n- id: a\n  text: &t {en: A - b, es: \"x: y\"}\n  card: &c {back: {en: C}}\n- id: b\n  text: *t\n  card: *c\n",
		"long quotes":     head + "questions:\n- id: a\n  text: {en: \"A\n- b\", es: 'x:\n\n  y'}\n  card: {back: {en: C}}\n- {id: b, text: {en: \"A - b\", es: \"x: y\"}, card: {back: {en: C}}}\n",
		"document marks":  "# a set\n---\n" + head + "questions:\n- {id: a, text: {en: A - b, es: \"x: y\"}, card: {back: {en: C}}}\n- {id: b, text: {en: A - b, es: \"x: y\"}, card: {back: {en: C}}}\n...\n",
		"tags":            head + "questions:\n- {id: !!str a, text: {en: A - b, es: \"x: y\"}, card: {back: {en: C}}}\n- ? id\n  : b\n  text: {en: A - b, es: \"x: y\"}\n  card: {back: {en: C}}\n",
		"questions first": "questions:\n  - {id: a, text: {en: A - b, es: \"x: y\"}, card: {back: {en: C}}}\n  - {id: b, text: {en: A - b, es: \"x: y\"}, card: {back: {en: C}}}\n" + head,
	} {
		d, err := native.ReadYAML(t.Context(), []byte(text))
		if name == "long quotes" && err == nil {
			q := packed.Unpack(d.Packed[0])
			q.Text["es"] = strings.ReplaceAll(q.GetText()["es"], "\n", " ")
			d.Packed[0] = packed.Repack(q)
		}
		if err != nil || len(d.Problems) > 0 || !proto.Equal(whole(d), whole(want)) {
			t.Errorf("%s: %v, %v", name, err, d)
		}
	}
}

// Text in an encoding that has to be guessed is read, and that is told.
func TestWindows1252(t *testing.T) {
	d, err := native.Read(t.Context(), []byte(head+"questions:\n- {id: a, text: {en: \"a\xf1o\"}, card: {back: {en: C}}}\n- {id: b, txt: {en: x}}\n"))
	if err != nil || len(d.Packed) != 1 || packed.Unpack(d.Packed[0]).Text["en"] != "año" {
		t.Fatal(err, d)
	}
	if len(d.Problems) != 2 || d.Problems[0].ID != "format.windows_1252" || d.Problems[1].ID != "format.native.unknown_field" {
		t.Errorf("problems %v", d.Problems)
	}
}

// Questions after one with brackets missing are found by how their lines begin.
func TestBrokenJSON(t *testing.T) {
	set := manyQuestions(50)
	var b bytes.Buffer
	if _, err := native.WriteJSON(&b, set, nil); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(b.String(), "\n")
	var broken int
	for i, line := range lines {
		if line == `      "text": {` && i%3 == 0 {
			lines[i] = []string{`      "text": `, `      "text": {{`, `      "text: {`}[broken%3]
			broken++
		}
	}
	d, err := native.ReadJSON(t.Context(), []byte(strings.Join(lines, "\n")))
	if err != nil {
		t.Fatal(err)
	}
	if broken < 10 || len(d.Packed) != 50-broken || len(d.Problems) != broken {
		t.Errorf("of 50 with %d broken: %d questions, %d problems: %v", broken, len(d.Packed), len(d.Problems), d.Problems)
	}
	d, err = native.ReadJSON(t.Context(), []byte(`{"questions": [{"id": "a", "text": {"en": "x"]}, {"id": "b"`))
	if err != nil || d.Problems[len(d.Problems)-1].ID != "format.native.json_lost" {
		t.Error(err, d.Problems)
	}
}

// peakOf tells how many bytes the heap has at most while something is done, as far as
// looking at it now and then shows.
func peakOf(do func()) uint64 {
	done := make(chan struct{})
	go func() {
		defer close(done)
		do()
	}()
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	var peak uint64
	for {
		metrics.Read(sample)
		peak = max(peak, sample[0].Value.Uint64())
		select {
		case <-done:
			return peak
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// Files made to take memory or time do not get much of either.
func TestHostile(t *testing.T) {
	const n, many = 10 << 20, 2 << 20
	item := "- {id: a, text: {en: A}, card: {back: {en: C}}}\n"
	for name, text := range map[string]string{
		"long line":      head + "description: {en: " + strings.Repeat("x", n) + "}\n",
		"long question":  head + "questions:\n- id: a\n  text: {en: \"" + strings.Repeat("ñ\\n", n/4) + "\"}\n  card: {back: {en: C}}\n",
		"deep":           head + "description: " + strings.Repeat("[", n),
		"deep dashes":    strings.Repeat("- ", n/2),
		"deep JSON":      strings.Repeat(`{"title":`, n/9),
		"deep questions": `{"questions":` + strings.Repeat("[", n),
		"comments":       head + "questions:\n" + item + strings.Repeat("#\n", many/2) + item,
		"open quotes":    head + "questions:\n" + strings.Repeat("- {id: \"a}\n", many/10),
		"unknown fields": head + "questions:\n" + strings.Repeat("- {a: 1, b: 2, c: 3, d: 4, e: 5, f: 6, g: 7, h: 8, i: 9, j: 1, k: 2}\n", many/70),
		"questions":      head + "questions:\n" + strings.Repeat("- a\n", many/4),
		"JSON questions": `{"questions":[` + strings.Repeat("1,", many/2),
		"broken JSON":    "{\"questions\":[" + strings.Repeat("\n {\"id\": [}", many/10),
		"keys":           head + strings.Repeat("x: 1\n", many/5),
		"anchors":        head + "questions:\n- &a {id: a, tags: [x, y]}\n" + strings.Repeat("- *a\n", many/5),
	} {
		t.Run(name, func(t *testing.T) {
			runtime.GC()
			var d *formats.Document
			var err error
			peak := peakOf(func() { d, err = native.Read(t.Context(), []byte(text)) })
			if err == nil && len(d.Problems) == 0 && name != "comments" {
				t.Error("all is well")
			}
			if peak > 1<<30 {
				t.Errorf("%d MB were in use", peak>>20)
			}
		})
	}
	_, err := native.ReadJSON(t.Context(), []byte("["+`{"stale": [`+strings.Repeat("1,", 9_000_000)+"1]}"))
	if u, ok := errors.AsType[*formats.Unreadable](err); !ok || u.ID != "format.native.not_a_set" {
		t.Errorf("%v", err)
	}
	_, err = native.ReadJSON(t.Context(), []byte(`{"stale": [`+strings.Repeat("1,", 9_000_000)+"1]}"))
	if u, ok := errors.AsType[*formats.Unreadable](err); !ok || u.ID != "format.native.too_much" {
		t.Errorf("%v", err)
	}
	text := head + "questions:\n- &a {id: a}\n" + strings.Repeat("- {id: b, fact: *a}\n", 100_000)
	_, err = native.ReadYAML(t.Context(), []byte(strings.Replace(text, "questions:", "questions: # many", 1)))
	if err != nil {
		t.Error(err)
	}
	_, err = native.ReadYAML(t.Context(), []byte(head+"questions: ["+strings.Repeat("{id: a, text: {en: *a}}, ", 100_000)+"]"))
	if u, ok := errors.AsType[*formats.Unreadable](err); !ok || u.ID != "format.native.yaml_too_much" {
		t.Errorf("%v", err)
	}
}

// A set in some of its languages has nothing of the others, and tells what it lost.
func TestWriteWithin(t *testing.T) {
	set := &aulav1.QuestionSet{
		Id: "s", Title: map[string]string{"en": "T", "es": "T"}, Language: "en", Stale: []string{"es"},
		Questions: []*aulav1.Question{
			{
				Id: "a", Text: map[string]string{"en": "A", "es": "B"}, Stale: []string{"es", "en"},
				Kind: &aulav1.Question_TextEntry_{TextEntry: &aulav1.TextQuestion{Accepted: []*aulav1.AcceptedText{
					{Text: map[string]string{"en": "A", "es": "B"}}, {Text: map[string]string{"en": "only"}},
				}}},
			},
			{Id: "b", Text: map[string]string{"en": "A"}, Kind: &aulav1.Question_Card{Card: &aulav1.CardQuestion{Back: map[string]string{"en": "A"}}}},
		},
	}
	before := proto.CloneOf(set)
	var b strings.Builder
	problems, err := native.WriteYAML(&b, set, []string{"es"})
	if err != nil {
		t.Fatal(err)
	}
	if want := `id: s
title: {es: T}
language: es
stale: [es]

questions:
  - id: a
    text: {es: B}
    text_entry:
      accepted:
        - {text: {es: B}}
    stale: [es]
`; b.String() != want {
		t.Errorf("written as\n%s", b.String())
	}
	if len(problems) == 0 || problems[len(problems)-1].Question != "b" || problems[len(problems)-1].ID != "format.native.not_in_languages" {
		t.Errorf("problems %v", problems)
	}
	if !proto.Equal(set, before) {
		t.Error("the set itself was changed")
	}
}

// whole is what was read with the questions as messages.
func whole(d *formats.Document) *aulav1.QuestionSet {
	return (&packed.Set{Head: d.Set, Questions: d.Packed}).Message()
}
