package plaintext_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats"
	"aula/questions/formats/plaintext"
)

func TestLines(t *testing.T) {
	for text, want := range map[string][]string{
		"":                   nil,
		"a":                  {"1 a"},
		"a\n":                {"1 a"},
		"a\nb\r\nc\rd":       {"1 a", "2 b", "3 c", "4 d"},
		"\n\r\n\r\r\na":      {"1 ", "2 ", "3 ", "4 ", "5 a"},
		"a\u2028b\u0085c\vd": {"1 a\u2028b\u0085c\vd"},
	} {
		var got []string
		for number, line := range plaintext.Lines(text) {
			got = append(got, fmt.Sprint(number, " ", line))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q has the lines %q, want %q", text, got, want)
		}
	}
}

func TestShort(t *testing.T) {
	for text, want := range map[string]string{
		"¿Qué?":                        "¿Qué?",
		"two\n  lines":                 "two lines",
		strings.Repeat("ñandú ", 1000): strings.TrimSpace(strings.Repeat("ñandú ", 9)) + "…",
		strings.Repeat("日", 1000):      strings.Repeat("日", 60) + "…",
	} {
		if got := plaintext.Short(text); got != want {
			t.Errorf("%.20q is called %q, want %q", text, got, want)
		}
	}
}

func TestClip(t *testing.T) {
	for _, test := range []struct {
		text  string
		limit int
		want  string
		long  int
	}{{"ñañ", 3, "ñañ", 0}, {"ñañ", 2, "ña", 3}, {"a b", 2, "a", 3}, {"", 1, "", 0}} {
		if got, long := plaintext.Clip(test.text, test.limit), plaintext.TooLong(test.text, test.limit); got != test.want || long != test.long {
			t.Errorf("%q is clipped to %q and %d long, want %q and %d", test.text, got, long, test.want, test.long)
		}
	}
}

// What is shown of a text is one line, and loses its marks.
func TestShown(t *testing.T) {
	for text, want := range map[string]struct {
		shown string
		lost  int
	}{
		"plain":                      {"plain", 0},
		"two\n\nparagraphs":          {"two paragraphs", 1},
		"**bold** [link](https://x)": {"bold link", 1},
		`a \* b`:                     {"a * b", 1}, // it need not be escaped
		`\*a`:                        {"*a", 0},
	} {
		var problems formats.Problems
		if got := plaintext.Shown(&problems, "q", text); got != want.shown || len(problems) != want.lost {
			t.Errorf("%q shows %q and loses %v, want %+v", text, got, problems, want)
		}
	}
}

func TestUnsaid(t *testing.T) {
	q := &aulav1.Question{Id: "a", Points: 5, Tags: []string{"x"}, Kind: &aulav1.Question_Card{}}
	if got := plaintext.Unsaid(q, "id", "card"); !slices.Equal(got, []string{"points", "tags"}) {
		t.Errorf("%q are not said", got)
	}
}
