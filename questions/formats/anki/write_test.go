package anki

import (
	"bytes"
	"database/sql"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"pgregory.net/rapid"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats"
	"aula/questions/formats/markup"
)

func es(text string) map[string]string { return map[string]string{"es": text} }

// writable is a set with a question of every kind.
func writable() *aulav1.QuestionSet {
	half := 0.5
	option := func(text string, correct bool) *aulav1.ChoiceOption {
		return &aulav1.ChoiceOption{Id: strings.ToLower(text), Text: es(text), Correct: correct}
	}
	item := func(text string) *aulav1.MatchItem {
		return &aulav1.MatchItem{Id: strings.ToLower(text), Text: es(text)}
	}
	return &aulav1.QuestionSet{
		Id: "peru", Language: "es", Title: map[string]string{"es": "El Perú::hoy", "en": "Peru"}, Description: es("Sobre el **Perú**."),
		Media: []*aulav1.Media{
			{Id: "flag", Alt: es(`La "bandera" {{x}}`), Data: []byte(png)},
			{Id: "anthem", ContentType: "audio/mpeg", Data: []byte("ID3\x03\x00\x00\x00\x00\x00\x00")},
			{Id: "map", Uri: "https://example.org/map.png", ContentType: "image/png"},
		},
		Questions: []*aulav1.Question{
			{
				Id: "card", Key: "k1", Text: es("¿*Qué* es {{c1::esto}}?"), Media: []string{"flag", "anthem", "map"}, Tags: []string{"andes", "Perú"},
				Explanation: es("Por *a* & b."), Kind: &aulav1.Question_Card{Card: &aulav1.CardQuestion{Back: es("Una llama.\n\nO dos.")}},
			},
			{
				Id: "typed", Text: es("¿La capital?"), Points: 20, TimeLimit: durationpb.New(1e9), Kind: &aulav1.Question_TextEntry_{TextEntry: &aulav1.TextQuestion{
					Accepted: []*aulav1.AcceptedText{{Text: es("<Lima>")}, {Text: es("Ciudad de los Reyes"), Fraction: &half}},
				}},
			},
			{
				Id: "cloze", Key: "k3", Text: es("El [[a]] es [[b]] o [[c]]."), Kind: &aulav1.Question_Cloze{Cloze: &aulav1.ClozeQuestion{Blanks: []*aulav1.Blank{
					{Id: "a", Kind: &aulav1.Blank_TextEntry{TextEntry: &aulav1.TextQuestion{Accepted: []*aulav1.AcceptedText{{Text: es("x::y}}")}}}}},
					{Id: "b", Kind: &aulav1.Blank_Choice{Choice: &aulav1.ChoiceQuestion{Options: []*aulav1.ChoiceOption{option("Sí", true), option("No", false)}}}},
					{Id: "c", Weight: &half, Kind: &aulav1.Blank_Numeric{Numeric: &aulav1.NumericQuestion{Value: 5}}},
				}}},
			},
			{Id: "choice", Key: "k1", Text: es("¿Cuál?"), Kind: &aulav1.Question_Choice{Choice: &aulav1.ChoiceQuestion{
				Options: []*aulav1.ChoiceOption{option("Uno", true), option("Dos", false)},
			}}},
			{Id: "true", Text: es("Es cierto."), Kind: &aulav1.Question_TrueFalse{TrueFalse: &aulav1.TrueFalseQuestion{}}},
			{Id: "numeric", Text: es("¿Cuánto?"), Kind: &aulav1.Question_Numeric{Numeric: &aulav1.NumericQuestion{
				Range: &aulav1.NumericRange{Low: 1, High: 2.5}, Unit: aulav1.NumericQuestion_PERCENT,
			}}},
			{Id: "order", Text: es("Ordena."), Kind: &aulav1.Question_Order{Order: &aulav1.OrderQuestion{Items: []*aulav1.OrderItem{
				{Id: "b", Text: es("B")}, {Id: "a", Text: es("A")},
			}}}},
			{Id: "match", Text: es("Une."), Tags: []string{"dos palabras"}, Kind: &aulav1.Question_Match{Match: &aulav1.MatchQuestion{
				Pairs:       []*aulav1.MatchPair{{Left: item("L1"), Right: item("R2")}, {Left: item("L2"), Right: item("R1")}},
				Distractors: []*aulav1.MatchItem{item("R0")},
			}}},
			{Id: "english", Text: map[string]string{"en": "What?"}, Kind: &aulav1.Question_Card{Card: &aulav1.CardQuestion{Back: es("Que")}}},
			{Id: "half", Text: es("¿Y?"), Kind: &aulav1.Question_Card{Card: &aulav1.CardQuestion{Back: map[string]string{"en": "And"}}}},
		},
	}
}

// wrote lists problems for a golden file.
func wrote(problems formats.Problems) string {
	var b strings.Builder
	for _, p := range problems {
		fmt.Fprintf(&b, "%v %s %q %s %v\n", p.Severity, p.Place.Element, p.Question, p.ID, p.Args)
	}
	return b.String()
}

func TestWriteText(t *testing.T) {
	var b bytes.Buffer
	problems, err := WriteText(&b, writable(), []string{"es", "en"})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "written.txt", b.String()+"\n"+wrote(problems))
	if got := DetectText("x", b.Bytes()); got != headed {
		t.Errorf("detected with %d", got)
	}
}

// What is in the package is what Anki wants of one, and it reads back.
func TestWritePackage(t *testing.T) {
	var b, again bytes.Buffer
	problems, err := WritePackage(&b, writable(), []string{"es"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := WritePackage(&again, writable(), []string{"es"}); err != nil || !bytes.Equal(b.Bytes(), again.Bytes()) {
		t.Error("the same set gives another package", err)
	}
	a, err := openArchive(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	var dump strings.Builder
	list, err := a.read("media", 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(&dump, "%s\n%s", list, wrote(problems))
	err = readDatabase(t.Context(), func(w io.Writer) error { return a.unpack(w, collections[1], 1<<30) }, func(d *database) error {
		for _, query := range []string{
			`SELECT conf, models, decks, dconf FROM col`, `SELECT * FROM notes`, `SELECT * FROM cards`, `PRAGMA integrity_check`,
		} {
			err := d.each(func(row *sql.Rows) error {
				names, err := row.Columns()
				if err != nil {
					return err
				}
				values := make([]any, len(names))
				for i := range values {
					values[i] = new(string)
				}
				err = row.Scan(values...)
				for _, v := range values {
					fmt.Fprintf(&dump, "%s|", strings.ReplaceAll(*v.(*string), "\x1f", "\n  "))
				}
				dump.WriteByte('\n')
				return err
			}, query)
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "package.txt", dump.String())
	doc, err := ReadPackage(t.Context(), b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "back.txt", told(t, doc))
}

// failing is a file on a full disk.
type failing struct{ left int }

func (f *failing) Write(p []byte) (int, error) {
	if f.left -= len(p); f.left < 0 {
		return 0, fmt.Errorf("full")
	}
	return len(p), nil
}

func TestWriteToFullDisk(t *testing.T) {
	for _, room := range []int{0, 100, 1000, 3000} {
		if _, err := WritePackage(&failing{room}, writable(), nil); err == nil || err.Error() != "full" {
			t.Error(room, err)
		}
		if _, err := WriteText(&failing{min(room, 100)}, writable(), nil); err == nil || err.Error() != "full" {
			t.Error(room, err)
		}
	}
}

// commonMark draws a text that HTML says as it is.
func commonMark(t *rapid.T, label string) string {
	words := rapid.SliceOfN(rapid.SampledFrom([]string{
		"papá", "*énfasis*", "**fuerte**", "a < b", "R&D", "`código`", "{{c1::x}}", "}}", "::", "[sound:x.mp3]", "¿qué?", "\n\n", "  \n", "\n\n- uno\n- dos\n\n",
		"漢字", "[x]", "[enlace](https://example.org)", "1.", "#", "$x^2$", "\\(y\\)", "\"q\"", "\t", "100%", "{value}", "zgapz0z",
	}), 1, 8).Draw(t, label)
	text := markup.FromHTML(markup.ToHTML(strings.Join(words, " ")))
	if text == "" || markup.FromHTML(markup.ToHTML(text)) != text {
		t.Skip("not what CommonMark and HTML both say")
	}
	return text
}

// line draws what is typed.
func line(t *rapid.T, label string) string {
	return oneLine(rapid.SampledFrom([]string{"a", "Ñ", "5"}).Draw(t, label+"-first") +
		rapid.StringOfN(rapid.SampledFrom([]rune("ab:{}<>&;\"' [x]*_漢.#\\|")), 0, 20, -1).Draw(t, label))
}

// drawn is a set of what Anki can say.
func drawn(t *rapid.T) *aulav1.QuestionSet {
	set := &aulav1.QuestionSet{Title: und(rapid.SampledFrom([]string{"Perú", "A <b> & c", "1: 2"}).Draw(t, "title"))}
	words := rapid.SampledFrom([]string{"a", "b-c", "d::e", "#f", "ñ"})
	for i := range rapid.IntRange(1, 6).Draw(t, "questions") {
		q := &aulav1.Question{Key: fmt.Sprintf("%s%d", rapid.SampledFrom([]string{"#", "a b", `"`, "\t", "k/2", "=1+"}).Draw(t, "key"), i)}
		q.Key = strings.TrimSpace(q.Key)
		q.Tags = rapid.SliceOfNDistinct(words, 0, 3, rapid.ID[string]).Draw(t, "tags")
		q.Text = und(commonMark(t, "text"))
		if rapid.Bool().Draw(t, "explained") {
			q.Explanation = und(commonMark(t, "explanation"))
		}
		switch rapid.IntRange(0, 2).Draw(t, "kind") {
		case 0:
			q.Kind = &aulav1.Question_Card{Card: &aulav1.CardQuestion{Back: und(commonMark(t, "back"))}}
		case 1:
			q.Kind = typed(line(t, "accepted"))
			if text := line(t, "accepted"); q.GetExplanation()[formats.Unknown] == text {
				q.Explanation = nil
			}
		case 2:
			var blanks []*aulav1.Blank
			text := strings.ReplaceAll(q.GetText()[formats.Unknown], "[[", "[")
			for n := range rapid.IntRange(1, 4).Draw(t, "blanks") {
				id := fmt.Sprintf("c%d", n+1)
				text += " palabra [[" + id + "]]"
				blanks = append(blanks, &aulav1.Blank{Id: id, Kind: &aulav1.Blank_TextEntry{TextEntry: textEntry(line(t, "blank"))}})
			}
			if markup.FromHTML(markup.ToHTML(text)) != strings.ReplaceAll(text, "[[", `\[\[`) {
				t.Skip("not what CommonMark and HTML both say")
			}
			q.Text, q.Kind = und(text), &aulav1.Question_Cloze{Cloze: &aulav1.ClozeQuestion{Blanks: blanks}}
		}
		set.Questions = append(set.Questions, q)
	}
	return set
}

// What is written reads back as it was, from packages and from texts.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := drawn(t)
		var packed, text bytes.Buffer
		told, err := WritePackage(&packed, set, []string{formats.Unknown})
		if err != nil || len(told) > 0 {
			t.Fatal(told, err)
		}
		if told, err = WriteText(&text, set, []string{formats.Unknown}); err != nil || len(told) > 0 {
			t.Fatal(told, err)
		}
		fromPackage, err := ReadPackage(t.Context(), packed.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		fromText, err := ReadText(t.Context(), text.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		for name, doc := range map[string]*formats.Document{"package": fromPackage, "text": fromText} {
			for i, q := range set.GetQuestions() {
				if i >= len(doc.Set.GetQuestions()) || !proto.Equal(q, doc.Set.GetQuestions()[i]) {
					t.Fatalf("%s: %v\nbecomes %v\n%v\n%s", name, q, doc.Set.GetQuestions()[min(i, len(doc.Set.GetQuestions())-1):], doc.Problems, text.String())
				}
			}
			if !proto.Equal(set, doc.Set) || len(doc.Problems) > 0 {
				t.Fatalf("%s: %v\nbecomes %v\n%v", name, set.GetTitle(), doc.Set.GetTitle(), doc.Problems)
			}
		}
	})
}

// Media come back under their ids.
func TestMediaRoundTrip(t *testing.T) {
	set := writable()
	set.Questions = set.GetQuestions()[:1]
	var b bytes.Buffer
	if _, err := WritePackage(&b, set, []string{"es"}); err != nil {
		t.Fatal(err)
	}
	doc, err := ReadPackage(t.Context(), b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for i, m := range doc.Set.GetMedia() {
		want := set.GetMedia()[slices.Index([]string{"flag", "anthem", "map"}, m.GetId())]
		if !bytes.Equal(m.GetData(), want.GetData()) || m.GetUri() != want.GetUri() || m.GetAlt()[formats.Unknown] != want.GetAlt()["es"] {
			t.Errorf("%d: %v, want %v", i, m, want)
		}
		ids = append(ids, m.GetId())
	}
	if slices.Sort(ids); !slices.Equal(ids, []string{"anthem", "flag", "map"}) {
		t.Error(ids)
	}
}
