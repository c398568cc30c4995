package anki

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats"
)

func TestReadTextFile(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("testdata", "notas.txt"))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := ReadText(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "notas.golden.txt", told(t, doc))
}

// brief writes questions in a line each, to compare.
func brief(doc *formats.Document) (all []string) {
	for i, q := range doc.Set.GetQuestions() {
		text := fmt.Sprintf("%d %s", doc.Places[i].Line, q.GetText()[formats.Unknown])
		switch kind := q.GetKind().(type) {
		case *aulav1.Question_Card:
			text += " = " + kind.Card.GetBack()[formats.Unknown]
		case *aulav1.Question_TextEntry_:
			text += " > " + kind.TextEntry.GetAccepted()[0].GetText()[formats.Unknown]
		case *aulav1.Question_Cloze:
			for _, b := range kind.Cloze.GetBlanks() {
				text += " > " + b.GetTextEntry().GetAccepted()[0].GetText()[formats.Unknown]
			}
		}
		if more := q.GetExplanation()[formats.Unknown]; more != "" {
			text += " (" + more + ")"
		}
		all = append(all, text)
	}
	for _, p := range doc.Problems {
		all = append(all, fmt.Sprintf("%d %s", p.Place.Line, strings.TrimPrefix(p.ID, "format.")))
	}
	return all
}

func TestReadText(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string
	}{
		{"", nil},
		{"#separator:tab\n", nil},
		{"a\tb\n", []string{"1 a = b"}},
		{"a;b\r\nc;d\r\n", []string{"1 a = b", "2 c = d"}},
		{"a\tb\rc\td", []string{"1 a = b", "2 c = d"}},
		{"a|b, c; d\n", []string{"1 a = b, c; d"}},
		{"a:b\n", []string{"1 a = b"}},
		{"a,b\n", []string{"1 a = b"}},
		{"#separator:Comma\na;b,c\n", []string{"2 a;b = c"}},
		{"#separator:;\na,b;c\n", []string{"2 a,b = c"}},
		{"# comment: x\n#html:false\na\tR&D b\n#later\nc\td\n", []string{`3 a = R&D b`, "5 c = d"}},
		{"#html:true\na\t<b>x</b>\n", []string{"2 a = **x**"}},
		{"a\t<b>x</b>\n", []string{"1 a = **x**"}},
		{"\"a \"\"q\"\"\nline\"\tb\nc\td\n", []string{"1 a \"q\"  \nline = b", "3 c = d"}},
		{"a \"q\" b\tc\n", []string{`1 a "q" b = c`}},
		{"a\tb\tmore\tand more\n", []string{"1 a = b (more\n\nand more)"}},
		{"alone\n\nb\tc\n", []string{"3 b = c", "1 anki.empty_back"}},
		{"\tb\n", []string{"1 anki.empty_front"}},
		{"It is {{c1::so}}\tyes\n", []string{"1 It is [[c1]] > so (yes)"}},
		{"#notetype:Basic (type in the answer)\na\tb\n", []string{"2 a > b"}},
		{"#notetype:Básico (teclea la respuesta)\na\tb\n", []string{"2 a > b"}},
		{"#notetype:Basic (and reversed card)\na\tb\n", []string{"2 a = b", "2 b = a"}},
		{
			"#notetype column:1\n#deck column:3\nBasic\ta\tD::1\tb\nCloze\t{{c1::x}} y\tD::2\t\nCloze\tnone\tD\t\n",
			[]string{"3 a = b", "4 [[c1]] y > x", "5 anki.no_deletion"},
		},
		{"#columns:Back\tFront\tNotes\nb\ta\tn\n", []string{"2 a = b (n)"}},
		{"#columns:Word\tMeaning\na\tb\n", []string{"2 a = b"}},
		{"#guid column:99\n#tags column:x\na\tb\n", []string{"3 a = b"}},
		{"a\t<img src=\"x.png\">b\nc<img src=\"x.png\">\td\n", []string{"1 a = b", "2 c = d", "1 anki.media_on_back", "2 anki.text_has_no_media"}},
		{"\xef\xbb\xbfa\tb\n", []string{"1 a = b"}},
		{"a\xf1o\tb\n", []string{"1 año = b", "0 windows_1252"}},
	} {
		doc, err := ReadText(t.Context(), []byte(c.text))
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
		} else if got := brief(doc); !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
}

func TestReadTextInUTF16(t *testing.T) {
	data := []byte{0xFF, 0xFE}
	for _, unit := range utf16.Encode([]rune("año\tyear 😀\n")) {
		data = append(data, byte(unit), byte(unit>>8))
	}
	doc, err := ReadText(t.Context(), data)
	if err != nil || !slices.Equal(brief(doc), []string{"1 año = year 😀"}) {
		t.Error(doc, err)
	}
}

func TestReadNoText(t *testing.T) {
	_, err := ReadText(t.Context(), []byte("a\x00\xff\tb"))
	if _, ok := errors.AsType[*formats.Unreadable](err); !ok {
		t.Error(err)
	}
}

// Lines of any length and rows of any number end at the limits.
func TestReadHugeText(t *testing.T) {
	doc, err := ReadText(t.Context(), []byte(strings.Repeat("x", 10<<20)+"\tb\n"+"c\td\n"))
	if err != nil || !slices.Equal(brief(doc), []string{"2 c = d", "1 anki.too_long"}) {
		t.Error(err, doc.Problems)
	}
	doc, err = ReadText(t.Context(), []byte(strings.Repeat("\t\n", formats.MaxQuestions+5)))
	if last := doc.Problems[len(doc.Problems)-1]; err != nil || last.ID != "format.anki.too_many_notes" {
		t.Error(err, last)
	}
}

func TestDetectText(t *testing.T) {
	for _, c := range []struct {
		name, head string
		want       int
	}{
		{"notes.txt", "#separator:tab\na\tb\n", headed},
		{"notes.csv", "\xef\xbb\xbf#html:true\r\n", headed},
		{"notes", "#tags column:3\n#x\n", headed},
		{"notes.txt", "# Title: of a text\nHello\n", 0},
		{"notes.txt", "a\tb\nc\td\n", rows},
		{"notes.txt", "#html:true\na\xc3", headed}, // cut in the middle of ñ
		{"notes.csv", "a,b\n", 0},
		{"notes.txt", "Hello.\n", 0},
		{"notes.txt", "\x00\xff", 0},
		{"", "", 0},
	} {
		if got := DetectText(c.name, []byte(c.head)); got != c.want {
			t.Errorf("%s %q: %d, want %d", c.name, c.head, got, c.want)
		}
	}
}
