package anki

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats"
)

var update = flag.Bool("update", false, "write the golden files")

// golden compares with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; run with -update and look at the difference:\n%s", name, got)
	}
}

// told writes a document for a golden file.
func told(t *testing.T, doc *formats.Document) string {
	t.Helper()
	var b strings.Builder
	set := proto.Clone(doc.Set).(*aulav1.QuestionSet)
	for _, m := range set.GetMedia() {
		m.Data = m.GetData()[:min(len(m.GetData()), 4)]
	}
	all := set.GetQuestions()
	set.Questions = nil
	line := func(m proto.Message) {
		raw, err := protojson.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		var compact bytes.Buffer
		if err := json.Compact(&compact, raw); err != nil {
			t.Fatal(err)
		}
		b.Write(append(compact.Bytes(), '\n'))
	}
	line(set)
	for i, q := range all {
		fmt.Fprintf(&b, "%+v: ", doc.Places[i])
		line(q)
	}
	for _, p := range doc.Problems {
		fmt.Fprintf(&b, "%v %+v %q %s %v\n", p.Severity, p.Place, p.Question, p.ID, p.Args)
	}
	return b.String()
}

// A deck says the same in whichever version of a package it comes.
func TestReadPackageOfAnyVersion(t *testing.T) {
	f := mountains()
	for name, data := range map[string][]byte{
		"anki2":   f.legacy(t, collections[1]),
		"anki21":  f.legacy(t, collections[2]),
		"anki21b": f.latest(t),
	} {
		t.Run(name, func(t *testing.T) {
			doc, err := ReadPackage(t.Context(), data)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, "mountains.txt", told(t, doc))
			if got := DetectPackage("x", data[:min(len(data), 64<<10)]); got != certain {
				t.Errorf("detected with %d", got)
			}
		})
	}
}

// samples are other people's files, which lie outside the repository.
func samples(t *testing.T) string {
	t.Helper()
	root := os.Getenv("AULA_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "..", "..", "shared")
	}
	dir := filepath.Join(root, "samples", "anki")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("no samples at ", dir)
	}
	return dir
}

func TestReadSamples(t *testing.T) {
	dir := samples(t)
	for name, want := range map[string]struct {
		title     string
		questions int
		problems  []string
	}{
		"ap_gov_vocab_anki11.apkg": {"Gov Vocab", 484, nil},
		"empty-latest.apkg":        {"", 0, []string{"format.anki.no_notes"}},
		"empty-legacy-2.apkg":      {"", 0, []string{"format.anki.no_notes"}},
	} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		doc, err := ReadPackage(t.Context(), data)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var problems []string
		for _, p := range doc.Problems {
			problems = append(problems, p.ID)
		}
		title := doc.Set.GetTitle()[formats.Unknown]
		if title != want.title || len(doc.Set.GetQuestions()) != want.questions || !slices.Equal(problems, want.problems) {
			t.Errorf("%s: %q with %d questions and %v, want %+v", name, title, len(doc.Set.GetQuestions()), problems, want)
		}
	}
}

func TestDetectPackage(t *testing.T) {
	zip := zipped(t, member{"a.txt", []byte("a")})
	for _, c := range []struct {
		name, head string
		want       int
	}{
		{"deck.apkg", string(zip), certain},
		{"DECK.COLPKG", string(zip), certain},
		{"deck.zip", string(zip), 0},
		{"deck.zip", string(zipped(t, member{collections[3], nil})), certain},
		{"deck.apkg", "SQLite format 3\x00", named},
		{"deck.apkg", "", named},
		{"deck.txt", "a\tb\n", 0},
		{"", "", 0},
	} {
		if got := DetectPackage(c.name, []byte(c.head)); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

// unreadable gives the reason why a package is refused, "" where it is not.
func unreadable(t *testing.T, data []byte) string {
	t.Helper()
	doc, err := ReadPackage(t.Context(), data)
	if why, ok := errors.AsType[*formats.Unreadable](err); ok {
		if doc != nil {
			t.Error("a document as well as an error")
		}
		return strings.TrimPrefix(why.ID, "format.anki.")
	}
	if err != nil {
		t.Errorf("%v is no *formats.Unreadable", err)
	}
	return ""
}

// What a package says besides is in the golden files: this is what it must not say.
func TestReadTemplates(t *testing.T) {
	for _, c := range []struct{ side, want string }{
		{"{{A}}{{B}}", "<a>"},
		{"{{ A }}", "<a>"},
		{"{{#A}}x{{#B}}y{{/B}}z{{/A}}{{^B}}n{{/B}}", "xzn"},
		{"{{#B}}{{#A}}x{{/A}}{{A}}{{/B}}.", "."},
		{"{{/A}}{{/B}}x{{#A}}", "x"},
		{"{{A", "{{A"},
		{"a}}{{}}{{#}}b", "a}}"},
		{"{{text:A}}{{kana:kanji:A}}{{unknown}}", "<a><a>"},
		{"{{tts en_US voices=x:A}}|", "|"},
		{"{{type:A}}{{hint:A}}|{{hint:B}}", "|"},
		{"{{x:y}}", "c"},
		{"{{FrontSide}}{{c1}}{{#c1}}.{{/c1}}", ""},
	} {
		f := &face{front: true, fields: map[string]string{"A": "<a>", "B": "", "x:y": "c"}}
		if got := f.render(c.side); got != c.want {
			t.Errorf("%s: %q, want %q", c.side, got, c.want)
		}
	}
}

func TestParseCloze(t *testing.T) {
	for _, c := range []struct {
		html, shown, asked string
		ordinals           []int
	}{
		{"plain", "plain", "plain", nil},
		{"{{c1::a}} b", "a b", "_ b", []int{1}},
		{"{{c2::a::h}}{{C10::b}}", "ab", "_(h)_", []int{2, 10}},
		{"{{c1,3::a}}", "a", "_", []int{1, 3}},
		{"{{c1::a {{c2::b}} c}}", "a b c", "_", []int{1, 2}},
		{"{{c1::a {{c2::b}} c::h}}", "a b c", "_(h)", []int{1, 2}},
		{"{{c0::a}} {{c1::}}", "{{c0::a}} ", "{{c0::a}} _", []int{1}},
		{"{{c1::open {{c2::b}}", "{{c1::open b", "{{c1::open _", []int{2}},
		{"{{c1::open::hint", "{{c1::open::hint", "{{c1::open::hint", nil},
		{"a}}b{{c::x}}", "a}}b{{c::x}}", "a}}b{{c::x}}", nil},
		{`{{c1::\frac{1}{2}}}`, `\frac{1}{2}`, "_}", []int{1}}, // Anki ends it at the first }}, too
	} {
		pieces := parseCloze(c.html)
		asked := write(pieces, func(d *deletion) (string, bool) {
			if d.hint != "" {
				return "_(" + d.hint + ")", true
			}
			return "_", true
		})
		if got := reveal(pieces); got != c.shown || asked != c.asked || !slices.Equal(ordinals(pieces), c.ordinals) {
			t.Errorf("%s: %q and %q and %v, want %+v", c.html, got, asked, ordinals(pieces), c)
		}
	}
}

func TestSplit(t *testing.T) {
	for source, want := range map[string]string{
		"a <b>c</b>":                             "a <b>c</b>",
		`a<img src="x y.png" alt=" An x "/>b`:    "a b|x y.png=An x",
		`<IMG SRC=x.png>[sound:a &amp; b.mp3]`:   "  |a & b.mp3=|x.png=",
		`<audio src=a.mp3></audio><img alt="x">`: "   |a.mp3=",
		"[sound:]":                               "[sound:]",
		"a < b":                                  "a < b",
	} {
		rest, found := split(source)
		for _, one := range found {
			rest += "|" + one.name + "=" + one.alt
		}
		if rest != want {
			t.Errorf("%s: %q, want %q", source, rest, want)
		}
	}
}

func TestMediaIDs(t *testing.T) {
	m := media{ids: map[string]bool{}}
	for _, c := range []struct{ name, want string }{
		{"Ñandú ágil.JPG", "nandu-agil"},
		{"nandu--agil.png", "nandu-agil-2"},
		{"漢字.png", "media"},
		{".png", "media-2"},
		{strings.Repeat("ab-", 60) + ".gif", strings.Repeat("ab-", 18) + "a"},
	} {
		got := m.newID(c.name)
		if got != c.want || len(got) > maxMediaID {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}
