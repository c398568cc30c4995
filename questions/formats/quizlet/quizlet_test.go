package quizlet_test

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats"
	"aula/questions/formats/quizlet"
)

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
	doc, err := quizlet.Read(t.Context(), []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if len(doc.Places) != len(doc.Set.GetQuestions()) {
		t.Fatalf("%d questions have %d places", len(doc.Set.GetQuestions()), len(doc.Places))
	}
	return doc
}

func card(front, back string) *aulav1.Question {
	return &aulav1.Question{
		Text: map[string]string{formats.Unknown: front},
		Kind: &aulav1.Question_Card{Card: &aulav1.CardQuestion{Back: map[string]string{formats.Unknown: back}}},
	}
}

func TestRead(t *testing.T) {
	for _, test := range []struct {
		text     string
		cards    []*aulav1.Question
		problems string
	}{
		{"the house\tla casa\nthe dog\tel perro\n", []*aulav1.Question{card("the house", "la casa"), card("the dog", "el perro")}, ""},
		{"\ufeffa\tb\r\n\r\n  c  \t d  d \r", []*aulav1.Question{card("a", "b"), card("c", "d d")}, ""},
		{"ma\xf1ana\ttomorrow", []*aulav1.Question{card("mañana", "tomorrow")}, "0 WARNING \"\" windows_1252\n"},
		{"a\tb\nno tab\n\tno term\nno definition\t\n", []*aulav1.Question{card("a", "b")}, "2 ERROR \"no tab\" quizlet.no_tab\n" +
			"3 ERROR \"no term\" quizlet.no_term\n4 ERROR \"no definition\" quizlet.no_definition\n"},
		{"a\tb\tc", []*aulav1.Question{card("a", "b c")}, "1 WARNING \"a\" quizlet.more_columns\n"},
		{"a\t" + strings.Repeat("x", 10<<20), nil, "1 ERROR \"a\" quizlet.too_long Length=10485760 Max=4000\n"},
		{"", nil, ""},
	} {
		doc := read(t, test.text)
		if got := told(doc.Problems); got != test.problems {
			t.Errorf("%.40q is told as %s, want %s", test.text, got, test.problems)
		}
		if want := (&aulav1.QuestionSet{Questions: test.cards}); !proto.Equal(doc.Set, want) {
			t.Errorf("%.40q is read as %v, want %v", test.text, doc.Set, want)
		}
	}
	if doc := read(t, strings.Repeat("x\n", formats.MaxQuestions+100)); len(doc.Problems) != formats.MaxQuestions+1 {
		t.Errorf("%d problems", len(doc.Problems))
	}
}

func TestDetect(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       int
	}{
		{"x.txt", "the house\tla casa\nthe dog\tel perro\n", 40},
		{"Quizlet export.txt", "the house\tla casa\n", 60},
		{"x.txt", "#separator:tab\na\tb\n", 0},
		{"x.tsv", "id\tkind\n1\tchoice\n", 0},
		{"x.tsv", "texto (es)\trespuesta\nuno\tdos\n", 0},
		{"x.txt", "a\tb\nc\n", 0},
		{"x.txt", "a\tb\tc\n", 0},
		{"x.txt", "What?{=a ~b}", 0},
		{"x.txt", "", 0},
		{"x.txt", strings.Repeat("term\tdefinition\n", 4096) + "ter", 40},
		{"x.txt", strings.Repeat("término\tdefinición\n", 4096)[:64<<10-1] + "\xc3", 40},
	} {
		if got := quizlet.Detect(test.name, []byte(test.text)); got != test.want {
			t.Errorf("%s %.40q is Quizlet's by %d, want %d", test.name, test.text, got, test.want)
		}
	}
}

func TestWrite(t *testing.T) {
	set := &aulav1.QuestionSet{
		Title:    map[string]string{"en": "Words", "es": "Palabras"},
		Language: "en",
		Questions: []*aulav1.Question{
			{
				Id: "a", Tags: []string{"x"}, Text: map[string]string{"en": "A **bold**\tword", "es": "Una"},
				Kind: &aulav1.Question_Card{Card: &aulav1.CardQuestion{Back: map[string]string{"en": "back\nside", "es": "b"}}},
			},
			{Id: "b", Text: map[string]string{"en": "True?"}, Kind: &aulav1.Question_TrueFalse{TrueFalse: &aulav1.TrueFalseQuestion{}}},
			{
				Id: "c", Text: map[string]string{"en": "Front"},
				Kind: &aulav1.Question_Card{Card: &aulav1.CardQuestion{Back: map[string]string{"es": "Reverso"}}},
			},
			{Id: "d", Text: map[string]string{"es": "Anverso"}},
		},
	}
	var b bytes.Buffer
	problems, err := quizlet.Write(&b, set, nil)
	if err != nil {
		t.Fatal(err)
	}
	if want := "A bold word\tback side\n"; b.String() != want {
		t.Errorf("written %q, want %q", b.String(), want)
	}
	const want = `0 WARNING "" plaintext.one_language Language=en Others=es
0 WARNING "" plaintext.lost Fields=title
0 WARNING "a" plaintext.marks_lost Text=A bold word
0 WARNING "a" plaintext.marks_lost Text=back side
0 WARNING "a" plaintext.lost Fields=tags
0 SKIPPED "b" plaintext.kind Kind=kind.true_false
0 SKIPPED "c" plaintext.no_text Language=en
0 SKIPPED "d" plaintext.no_text Language=en
`
	if got := told(problems); got != want {
		t.Errorf("told:\n%s", got)
	}
}

// Whatever Quizlet can say comes back as it was.
func TestRoundTrip(t *testing.T) {
	side := rapid.StringMatching(`[a-zñ¿"',;]{0,6}[a-z日]( [a-zA-Z()]{1,5}){0,3}`)
	rapid.Check(t, func(t *rapid.T) {
		set := &aulav1.QuestionSet{}
		for range rapid.IntRange(1, 9).Draw(t, "cards") {
			set.Questions = append(set.Questions, card(side.Draw(t, "front"), side.Draw(t, "back")))
		}
		var b bytes.Buffer
		problems, err := quizlet.Write(&b, set, nil)
		if err != nil || len(problems) > 0 {
			t.Fatalf("%v %s", err, told(problems))
		}
		doc, err := quizlet.Read(t.Context(), b.Bytes())
		if err != nil || len(doc.Problems) > 0 || !proto.Equal(doc.Set, set) {
			t.Errorf("%v %s written:\n%s", err, told(doc.Problems), b.String())
		}
	})
}

// FuzzRead reads anything: every card has a place and two sides.
func FuzzRead(f *testing.F) {
	for _, text := range []string{"", "a\tb", "a\tb\r\nc\td", "\t", "a\t\tb", "\xff\xfea\x00\t\x00b\x00", "#html:true\na\tb", "a\x00\tb", "*\t`", "\u00a0\tb"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		quizlet.Detect("", data)
		doc, err := quizlet.Read(t.Context(), data)
		if err != nil {
			return
		}
		if len(doc.Places) != len(doc.Set.GetQuestions()) {
			t.Fatal("a card has no place")
		}
		for i, q := range doc.Set.GetQuestions() {
			if q.GetText()[formats.Unknown] == "" || q.GetCard().GetBack()[formats.Unknown] == "" || doc.Places[i].Line < 1 {
				t.Errorf("%v lacks a side or a place", q)
			}
		}
	})
}
