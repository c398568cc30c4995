package native

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	aulav1 "aula/proto/aula/v1"
	"aula/proto/packed"
	"aula/questions/formats"
)

// seedYAML adds what is written and what is odd about YAML.
func seedYAML(f *testing.F) {
	for _, pattern := range []string{"../../sets/*.yaml", "../../testdata/*.yaml"} {
		names, _ := filepath.Glob(pattern) // of a pattern that is right
		for _, name := range names {
			data, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(string(data[:min(len(data), 500)]))
		}
	}
	for _, text := range []string{
		"a: b", "a: b # c\nd: 'it''s'\ne: \"x\\n\\u00e9 y\"\n", "a:\n- b\n- c: d\n  e: f\n", "a:\n  b\n\n  c\n d\n", "a: |\n  x\n   y\n\n  z\n\nb: >-\n  x\n  y\n\n  z\n",
		"a: {b: c, 'd':\"e\", f: [g, h,], i: {}}\n", "a: {b: c\n  , d: e # x\n}\n", "a: \"x\n  y\n\n  z\"\nb: 'x \n y'\n", "---\na: b\n...\n", "a: -1\nb: - c\n", "a: b: c\n",
		"a: [b: c]\n", "a:\tb\n", "? a\n: b\n", "a: &x b\nc: *x\n", "a: !!str 5\n", "a: |+\n  x\n\n", "a: >\n\n  x\n  y\n# c\nb: |2\n   x\n", "a: {b: c?d}\n", "a: http://x.y/z\n", "a:\n- - b\n  - c\n-\n",
		"a: b\n  c: d\n", "a: ~\nb:\nc: null\n", "a: x#y\nb: x #y\n", "questions:\n - id: a\n\n # c\n - id: b\n", "a: \"\\\n x\"\n", "a: '\n---\n'\n", "a: [\n---\n]\n", "a-b: c\n-a: b\n",
		"a: |\n  x\n y: z\n", "a: |\n\n   \n  x\n", "a: >\n  x\n   y\n  z\n", "a: \"b\"c: d\n", "a: [-]\nb: [- ]\n", "a: {-: b}\n", "a: x\n\n\n  y\n", "a: x\n  # c\n  y\n", "a: \u00a0x\u2028y\n",
	} {
		f.Add(text)
	}
}

// FuzzYAML holds yamlText to package yaml: what it reads, the other reads as the same.
func FuzzYAML(f *testing.F) {
	seedYAML(f)
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.ToValidUTF8(text, "?")
		ours := &tree{most: maxNodes}
		ours.reset()
		y := yamlAt(ours, text, 0)
		y.check(0, len(text))
		n := y.whole()
		if n == 0 {
			if y.err == nil || int(y.err.at) > len(text) {
				t.Fatalf("stopped with %v", y.err)
			}
			return
		}
		theirs := &tree{most: maxNodes}
		theirs.reset()
		root, err := fullYAML(theirs, text, 0, gap{})
		if err != nil {
			if err.id == "format.native.yaml_too_much" {
				return
			}
			t.Fatalf("package yaml does not read it: %v", err)
		}
		same(t, ours, n, theirs, root)
	})
}

// same fails where two trees differ.
func same(t interface{ Fatalf(string, ...any) }, a *tree, n int32, b *tree, m int32) {
	x, y := a.nodes[n], b.nodes[m]
	if x.null() && y.null() {
		return
	}
	if x.kind != y.kind || x.text != y.text || x.at != y.at {
		t.Fatalf("%+v, but package yaml reads %+v", x, y)
	}
	n, m = x.first, y.first
	for n != 0 && m != 0 {
		same(t, a, n, b, m)
		n, m = a.nodes[n].next, b.nodes[m].next
	}
	if n != m && (n == 0 || m == 0) {
		t.Fatalf("%+v and %+v have not as many children", x, y)
	}
}

// FuzzReadYAML reads anything, and what it reads question by question as when it reads it
// at once.
func FuzzReadYAML(f *testing.F) {
	seedYAML(f)
	f.Fuzz(func(t *testing.T, text string) {
		d, err := ReadYAML(t.Context(), []byte(text))
		if err != nil || len(d.Problems) > 0 {
			return
		}
		r, err := newReader(t.Context(), []byte(strings.ReplaceAll(text, "\r\n", "\n")))
		if err != nil {
			t.Fatal(err)
		}
		whole := &tree{most: maxNodes}
		whole.reset()
		root, fault := fullYAML(whole, r.text, 0, gap{})
		if fault != nil {
			t.Fatalf("package yaml does not read it: %v", fault)
		}
		if fault := r.all(whole, root); fault != nil {
			t.Fatal(fault)
		}
		if again, err := r.finish(nil); err != nil || !proto.Equal(messageOf(again), messageOf(d)) {
			t.Errorf("read as %v, at once as %v, %v", messageOf(d), again, err)
		}
	})
}

// FuzzReadJSON reads anything, and what package protojson reads and is right as that does.
func FuzzReadJSON(f *testing.F) {
	for _, text := range []string{
		`{"id": "s", "title": {"en": "T"}, "language": "en", "questions": [{"id": "a", "text": {"en": "A\u00e9\ud83d\ude00"}, "timeLimit": "1.5s", "card": {"back": {"en": "B"}}}]}`,
		`{"questions": [{"id": "a"}, {"id": [}, {"id": "b"}]}`, `{"questions": [`, `{"media": [{"id": "m", "data": "AQID"}], "facts": [{"id": "f", "value": {"number": {"value": -1.5e3}}}]}`,
		"{\"questions\": [\n  {\"id\": \"a},\n  {\"id\": \"b\"}}\n  {\"id\": \"c\"}\n]}", `{"questions":[[],{},1,"x",null,]}`, `{}`, `{"id":"a"}x`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := ReadJSON(t.Context(), []byte(text))
		want := &aulav1.QuestionSet{}
		if protojson.Unmarshal([]byte(text), want) != nil || err != nil || len(d.Problems) > 0 {
			return
		}
		if !proto.Equal(messageOf(d), want) {
			t.Errorf("read as %v, by package protojson as %v", messageOf(d), want)
		}
	})
}

// Files put together of what matters in YAML are read as package yaml reads them.
func TestYAMLAlike(t *testing.T) {
	tokens := []string{
		"a", "b", "bc d", "é", "1", "a: ", "b: ", "'c': ", "\"d\":", ":", ": ", " ", "  ", "\n", "\n", "\n\n", "\n  ", "\n    ", "\n- ", "\n  - ", "- ",
		"'", "''", "\"", "\\n", "\\", "{", "}", "[", "]", ", ", ",", "#", " # x", "|", ">", "|-", ">-\n  ", "|\n  ", "-", "?", "---", "...", "&x ", "*x", "!!str ", "~", "http://x",
		"{a: b, c: [d, \"e\"]}", "'x'", "\"x\"", "k: |\n  x\n  y\n", "k: >\n  x\n\n  y\n", "k: x\n  y\n", "\nk: ", "\n  k: ", "- k: v\n  l: w\n", "\nk:\n- a\n- b\n",
	}
	read := 0
	rapid.Check(t, func(t *rapid.T) {
		text := "k: " + strings.Join(rapid.SliceOfN(rapid.SampledFrom(tokens), 0, 14).Draw(t, "tokens"), "")
		ours := &tree{most: maxNodes}
		ours.reset()
		y := yamlAt(ours, text, 0)
		y.check(0, len(text))
		n := y.whole()
		if n == 0 {
			return
		}
		read++
		theirs := &tree{most: maxNodes}
		theirs.reset()
		root, err := fullYAML(theirs, text, 0, gap{})
		if err != nil {
			t.Fatalf("package yaml does not read %q: %v", text, err)
		}
		same(t, ours, n, theirs, root)
	})
	if read == 0 {
		t.Error("nothing was read")
	}
}

// messageOf is what was read with the questions as messages.
func messageOf(d *formats.Document) *aulav1.QuestionSet {
	return (&packed.Set{Head: d.Set, Questions: d.Packed}).Message()
}
