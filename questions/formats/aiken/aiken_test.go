package aiken_test

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"buf.build/go/protoyaml"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats"
	"aula/questions/formats/aiken"
)

var update = flag.Bool("update", false, "write the golden files anew")

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

// told writes problems a line each.
func told(problems formats.Problems) string {
	var b strings.Builder
	for _, p := range problems {
		fmt.Fprintf(&b, "%d %s %q %s", p.Place.Line, p.Severity, p.Question, strings.TrimPrefix(p.ID, "format."))
		for _, name := range slices.Sorted(maps.Keys(p.Args)) {
			fmt.Fprintf(&b, " %s=%v", name, p.Args[name])
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func read(t testing.TB, text string) *formats.Document {
	t.Helper()
	doc, err := aiken.Read(t.Context(), []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if len(doc.Places) != len(doc.Set.GetQuestions()) {
		t.Fatalf("%d questions have %d places", len(doc.Set.GetQuestions()), len(doc.Places))
	}
	return doc
}

func TestReadGolden(t *testing.T) {
	text, err := os.ReadFile("testdata/quiz.txt")
	if err != nil {
		t.Fatal(err)
	}
	doc := read(t, string(text))
	var b bytes.Buffer
	for i, q := range doc.Set.GetQuestions() {
		fmt.Fprintf(&b, "%d: %s\n", doc.Places[i].Line, plain(q.GetText()[formats.Unknown]))
		for _, option := range q.GetChoice().GetOptions() {
			fmt.Fprintf(&b, "  %t %s\n", option.GetCorrect(), plain(option.GetText()[formats.Unknown]))
		}
	}
	b.WriteString(told(doc.Problems))
	golden(t, "quiz.golden", b.Bytes())
	if score := aiken.Detect("quiz.txt", text); score < 90 {
		t.Errorf("it is Aiken by %d", score)
	}
}

// plain takes out the marks that say that a text is plain, which are markup's affair.
func plain(text string) string {
	return strings.NewReplacer(`\`, "", "  \n", " / ", "\n", " / ").Replace(text)
}

func TestDetect(t *testing.T) {
	for text, want := range map[string]int{
		"What?\nA. x\nB. y\nANSWER: A":                   95,
		"What?\r\nA) x\r\nB) y\r\n\r\nANSWER: B\r\n":     95,
		"What?\nA. x\nB. y\nThe answer is A":             30,
		"What?{=a ~b}":                                   0,
		"a\tb":                                           0,
		"<p>A. x\nANSWER: A</p>":                         0,
		"id: a\nquestions:\n  - text: {en: 'ANSWER: A'}": 0,
		"":     0,
		"\xff": 0,
	} {
		if got := aiken.Detect("x.txt", []byte(text)); got != want {
			t.Errorf("%q is Aiken by %d, want %d", text, got, want)
		}
	}
}

func TestLimits(t *testing.T) {
	long := strings.Repeat("x", 5000)
	for _, test := range []struct{ file, want string }{
		{long + "\nA. a\nB. b\nANSWER: A", "stem_too_long"},
		{"Q\nA. " + long + "\nB. b\nANSWER: A", "option_too_long"},
		{"Q\nA. " + strings.Repeat("x", 10<<20) + "\nB. b\nANSWER: A", "option_too_long"},
		{strings.Repeat("line\n", 200_000) + "A. a\nB. b\nANSWER: A", "stem_too_long"},
		{"Q\n" + strings.Repeat("A. a\n", 200_000) + "ANSWER: A", "option_count"},
		{strings.Repeat("ANSWER: A\n", 200_000), "too_many"},
	} {
		doc := read(t, test.file)
		if problems := told(doc.Problems); !strings.Contains(problems, test.want) || len(doc.Set.GetQuestions()) > 0 {
			t.Errorf("%.20q is told as %.500s, want %s", test.file, problems, test.want)
		}
	}
}

func TestWriteGolden(t *testing.T) {
	text, err := os.ReadFile("testdata/set.yaml")
	if err != nil {
		t.Fatal(err)
	}
	set := &aulav1.QuestionSet{}
	if err := protoyaml.Unmarshal(text, set); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	problems, err := aiken.Write(&b, set, []string{"es"})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "set.es.txt", b.Bytes())
	golden(t, "set.es.problems", []byte(told(problems)))
}

// Whatever Aiken can say comes back as it was.
func TestRoundTrip(t *testing.T) {
	word := rapid.StringMatching(`[a-zñ¿?.:,;]{0,6}[a-z日]( [a-zA-Z()]{1,5}){0,3}`)
	said := func(t *rapid.T) map[string]string { return map[string]string{formats.Unknown: word.Draw(t, "text")} }
	rapid.Check(t, func(t *rapid.T) {
		set := &aulav1.QuestionSet{}
		for range rapid.IntRange(1, 4).Draw(t, "questions") {
			c := &aulav1.ChoiceQuestion{}
			n := rapid.IntRange(2, 20).Draw(t, "options")
			right := rapid.IntRange(0, n-1).Draw(t, "right")
			for i := range n {
				c.Options = append(c.Options, &aulav1.ChoiceOption{Text: said(t), Correct: i == right})
			}
			set.Questions = append(set.Questions, &aulav1.Question{Text: said(t), Kind: &aulav1.Question_Choice{Choice: c}})
		}
		var b bytes.Buffer
		problems, err := aiken.Write(&b, set, nil)
		if err != nil || len(problems) > 0 {
			t.Fatalf("%v %s", err, told(problems))
		}
		doc, err := aiken.Read(t.Context(), b.Bytes())
		if err != nil || len(doc.Problems) > 0 || !proto.Equal(doc.Set, set) {
			t.Errorf("%v %s written:\n%s", err, told(doc.Problems), b.String())
		}
	})
}

// FuzzRead reads anything: every question has its place, one right option and its texts.
func FuzzRead(f *testing.F) {
	text, err := os.ReadFile("testdata/quiz.txt")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	for block := range bytes.SplitSeq(text, []byte("\n\n")) {
		f.Add(block)
	}
	for _, text := range []string{
		"", "A.", "ANSWER:", "ANSWER: A", "Q\nA.\tx\nB) y\nanswer:a", "\xff\xfeQ\x00", "Q\x00\nA. a\nB. b\nANSWER: A",
		"Q\r\r\x00\nA. a\nB. b\nANSWER: A", "Q\nA. \x00\nB. b\nANSWER: B",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		aiken.Detect("", data)
		doc, err := aiken.Read(t.Context(), data)
		if err != nil {
			return
		}
		if len(doc.Places) != len(doc.Set.GetQuestions()) {
			t.Fatal("a question has no place")
		}
		for _, q := range doc.Set.GetQuestions() {
			right := 0
			for _, option := range q.GetChoice().GetOptions() {
				if option.GetCorrect() {
					right++
				}
				if option.GetText()[formats.Unknown] == "" {
					t.Errorf("an option of %v is empty", q)
				}
			}
			if n := len(q.GetChoice().GetOptions()); right != 1 || n < 2 || n > 20 || q.GetText()[formats.Unknown] == "" {
				t.Errorf("%v has %d options, %d right", q, n, right)
			}
		}
	})
}
