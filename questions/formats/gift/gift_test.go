package gift_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"buf.build/go/protoyaml"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats"
	"aula/questions/formats/gift"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares with a file of testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is out of date (go test -update writes it), got:\n%s", path, got)
	}
}

// read reads a file that can be read.
func read(t testing.TB, text string) *formats.Document {
	t.Helper()
	doc, err := gift.Read(t.Context(), []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if len(doc.Places) != len(doc.Set.GetQuestions()) {
		t.Fatalf("%d questions have %d places", len(doc.Set.GetQuestions()), len(doc.Places))
	}
	return doc
}

// one is the only question of a file.
func one(t testing.TB, text string) *aulav1.Question {
	t.Helper()
	doc := read(t, text)
	if len(doc.Set.GetQuestions()) != 1 {
		t.Fatalf("%q has %d questions: %s", text, len(doc.Set.GetQuestions()), told(doc.Problems))
	}
	return doc.Set.GetQuestions()[0]
}

// told writes problems a line each.
func told(problems formats.Problems) string {
	var b strings.Builder
	for _, p := range problems {
		fmt.Fprintf(&b, "%d:%d %s %q %s", p.Place.Line, p.Place.Column, p.Severity, p.Question, strings.TrimPrefix(p.ID, "format."))
		for _, name := range slices.Sorted(maps.Keys(p.Args)) {
			fmt.Fprintf(&b, " %s=%v", name, p.Args[name])
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func yamlOf(t testing.TB, set *aulav1.QuestionSet) []byte {
	t.Helper()
	text, err := protoyaml.MarshalOptions{Indent: 2, UseProtoNames: true}.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// What the project's own files are read as, and what is told of them.
func TestReadGolden(t *testing.T) {
	for _, name := range []string{"quiz", "mistakes"} {
		text, err := os.ReadFile(filepath.Join("testdata", name+".gift"))
		if err != nil {
			t.Fatal(err)
		}
		doc := read(t, string(text))
		golden(t, name+".yaml", yamlOf(t, doc.Set))
		golden(t, name+".problems", []byte(told(doc.Problems)))
	}
}

func TestDetect(t *testing.T) {
	for _, test := range []struct {
		name, text string
		least      int
		most       int
	}{
		{"x.txt", "::A::What?{=a ~b}", 90, 100},
		{"x.txt", "What?{\n  =a\n  ~b\n}", 80, 100},
		{"x.gift", "What?{}", 50, 60},
		{"x.txt", "$CATEGORY: a/b\n\nTrue?{T}", 90, 100},
		{"x.gift", "\xff\xfeW\x00?\x00{\x00T\x00}\x00", 90, 100},
		{"x.gift", "<quiz><question type=\"essay\"></question></quiz>", 0, 0},
		{"x.json", `{"id": "a", "title": {"en": "x = {T}"}}`, 0, 0},
		{"x.yaml", "id: a\ntitle: {en: The moon, es: La luna}\nquestions:\n  - numeric: {value: 600}\n", 0, 0},
		{"x.txt", "What?\nA. x\nB. y\nANSWER: A\n", 0, 0},
		{"x.txt", "front\tback\n", 0, 0},
		{"x.csv", "id,kind,text (es)\n1,choice,¿Qué?\n", 0, 0},
		{"x.txt", "", 0, 0},
		{"x.gift", "", 0, 0},
		{"x.gift", "\x00\xff\x00", 0, 0},
	} {
		if got := gift.Detect(test.name, []byte(test.text)); got < test.least || got > test.most {
			t.Errorf("%s %q is GIFT by %d, want %d to %d", test.name, test.text, got, test.least, test.most)
		}
	}
}

// Signs, escapes and formats of texts.
func TestTexts(t *testing.T) {
	for _, test := range []struct{ file, want string }{
		{`A\: 1 \= 1 \~ \{x\}{T}`, `A: 1 = 1 ~ {x}`},
		{"[markdown]one\\ntwo\nthree{T}", "one\ntwo\nthree"},
		{`[markdown]a\\nb{T}`, `a\nb`},
		{`[markdown]$a \neq b$ and \neq{T}`, "$a \\neq b$ and \neq"},
		{`[markdown]$\frac{1}{2}$ and $\\frac\{1\}\{2\}${T}`, `$\frac{1}{2}$ and $\frac{1}{2}$`},
		{`[markdown]\(\sqrt{2}\) \\(\\sqrt\{2\}\\){T}`, `\(\sqrt{2}\) \(\sqrt{2}\)`},
		{"[html]<p>One <b>bold</b> word</p>{T}", "One **bold** word"},
		{"[markdown]**bold** <https://example.org>{T}", "**bold** <https://example.org>"},
		{"[markdown]**bold** <b>too</b>{T}", "**bold** **too**"},
		{"[html]<script>alert(1)</script>Seen{T}", "Seen"},
		{"[plain]*no emphasis*{T}", `\*no emphasis\*`},
		{"[other]What?{T}", `\[other\]What?`},
		{"Before {T} after", "Before GAP after"},
		{"{T} after", "GAP after"},
		{"Stray {T}\";", "Stray GAP\";"},
		{"\ufeffMark{T}", "Mark"},
		{"One{T}\r\n\r\n// the end\r\n", "One"},
		{"One\rtwo{T}\r\r", "One  \ntwo"},
		{"// comment\nOne{T}\n  // comment", "One"},
		{"Ma\xf1ana{T}", "Mañana"},
	} {
		got := one(t, test.file).GetText()[formats.Unknown]
		// How the gap is escaped is markup's affair, and so is a bracket.
		if strings.Contains(test.want, "GAP") {
			got = strings.ReplaceAll(strings.ReplaceAll(got, `\_`, "_"), "_____", "GAP")
		}
		if strings.HasPrefix(test.want, `\[`) {
			got, test.want = strings.ReplaceAll(got, `\`, ""), strings.ReplaceAll(test.want, `\`, "")
		}
		if got != test.want {
			t.Errorf("%q reads %q, want %q", test.file, got, test.want)
		}
	}
}

// A $ may be money, and then what stands around it keeps its meaning.
func TestMoneyIsNoFormula(t *testing.T) {
	for file, options := range map[string]int{
		"How much?{=$5 ~$6 ~$7}":        3,
		"How much?{=5$ ~6$ ~7$}":        3,
		"How much?{=US$5=US$6 ~US$7}":   0, // two are right
		"It costs $5 {=now ~then} $6.":  2,
		"It costs $x {=now ~then}, $y.": 2,
	} {
		doc := read(t, file)
		got := 0
		for _, q := range doc.Set.GetQuestions() {
			got = len(q.GetChoice().GetOptions())
		}
		if got != options {
			t.Errorf("%q has %d options, want %d: %s", file, got, options, told(doc.Problems))
		}
	}
}

// What a text shows and the file has not is told, and what an answer may mean.
func TestDoubts(t *testing.T) {
	for file, want := range map[string]string{
		`<img src="@@PLUGINFILE@@/map.png">What is this?{T}`: `1:1 WARNING "What is this?" gift.picture Tag=<img src="@@PLUGINFILE@@/map.png">`,
		"[html]<p>Listen</p><audio src=x></audio>{T}":        `1:1 WARNING "Listen" gift.picture Tag=<audio src=x>`,
		"::A::Is it so?{v}": `1:16 WARNING "A" gift.maybe_true_false Answer=v`,
		"Is it so?{=v}":     "",
		"Ma\xf1ana{T}":      `0:0 WARNING "" windows_1252`,
	} {
		if got := strings.TrimSpace(told(read(t, file).Problems)); got != want {
			t.Errorf("%q is told as %s, want %s", file, got, want)
		}
	}
}

// A file that is no text is refused.
func TestUnreadable(t *testing.T) {
	var unreadable *formats.Unreadable
	if _, err := gift.Read(t.Context(), []byte("\xff\x00")); !errors.As(err, &unreadable) {
		t.Errorf("bytes are refused with %v", err)
	}
}

// A file may be large, and a line as well: what is too much is told.
func TestLimits(t *testing.T) {
	long := strings.Repeat("x", 5000)
	many := "Many{=a" + strings.Repeat(" ~b", 30) + "}"
	tags := "// " + strings.Repeat("[tag:"+long+"]", 1)
	for i := range 30 {
		tags += fmt.Sprintf(" [tag:%d]", i)
	}
	for _, test := range []struct{ file, want string }{
		{long + "{T}", "stem_too_long"},
		{"Q{T####" + long + "}", "explanation_too_long"},
		{"Q{T#" + long + "}", "feedback_too_long"},
		{"Q{=a ~" + long + "}", "option_too_long"},
		{"Q{=" + long + "}", "answer_too_long"},
		{"Q{=" + long + " -> a =b -> c}", "item_too_long"},
		{"::" + long + "::Q{T}", "name_clipped"},
		{"// [id:" + long + "]\nQ{T}", "key_lost"},
		{tags + "\nQ{T}", "tag_clipped"},
		{tags + "\nQ{T}", "tag_lost"},
		{many, "option_count"},
		{"Q{" + strings.Repeat("=a ", 60) + "}", "answer_count"},
		{"Q{#=1" + strings.Repeat(" =%50%2", 30) + "}", "number_count"},
		{"Q{" + strings.Repeat("=a->b ", 30) + "}", "pair_count"},
		{"Q{=a->b =c->d" + strings.Repeat(" =->e", 30) + "}", "distractor_count"},
		{strings.Repeat("a line\n", 100_000) + "{T}", "too_large"},
		{strings.Repeat("x", 10<<20), "too_large"},
		{strings.Repeat("Q{}\n\n", formats.MaxQuestions+1), "too_many"},
	} {
		doc := read(t, test.file)
		problems := told(doc.Problems)
		if !strings.Contains(problems, test.want) {
			t.Errorf("%.20q is told as %.500s, want %s", test.file, problems, test.want)
		}
	}
	if n := len(read(t, "Q{"+strings.Repeat("=", 100_000)+"}").Problems); n > 100 {
		t.Errorf("one question has %d problems", n)
	}
}
