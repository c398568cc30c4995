package sheet_test

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"google.golang.org/protobuf/proto"

	aulav1 "aula/proto/aula/v1"
	"aula/questions"
	"aula/questions/formats"
	"aula/questions/formats/sheet"
)

func sayID(id string, _ map[string]any) string { return id }

// truths are words for true and false, in any language but Portuguese.
func truths(lang, id string) []string {
	if strings.HasPrefix(lang, "pt") {
		return nil
	}
	return []string{id}
}

// giveIDs does what loading does for parts without ids.
func giveIDs(set *aulav1.QuestionSet) {
	for _, q := range set.GetQuestions() {
		for i, o := range q.GetChoice().GetOptions() {
			o.Id = fmt.Sprint(i)
		}
		for _, b := range q.GetCloze().GetBlanks() {
			for i, o := range b.GetChoice().GetOptions() {
				o.Id = fmt.Sprint(i)
			}
		}
		for i, item := range q.GetOrder().GetItems() {
			item.Id = fmt.Sprint(i)
		}
		for i, p := range q.GetMatch().GetPairs() {
			p.Left.Id, p.Right.Id = fmt.Sprint(i), fmt.Sprint(i)
		}
		for i, d := range q.GetMatch().GetDistractors() {
			d.Id = fmt.Sprint("d", i)
		}
	}
}

// TestTemplate loads what a teacher starts from, in every format: two questions of every
// kind, which can be published as they are.
func TestTemplate(t *testing.T) {
	for name, f := range flavours {
		for _, langs := range [][]string{{"en", "es"}, {"es-EC"}, {"qu", "es"}, {"fr"}, {"pt-BR"}, nil} {
			var file bytes.Buffer
			if err := sheet.Template(&file, name, langs, truths, sayID, sayID); err != nil {
				t.Fatal(err)
			}
			doc, err := f.read(t.Context(), file.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			if len(doc.Problems) > 0 {
				t.Errorf("%s %v: %v", name, langs, doc.Problems)
			}
			kinds := map[string]int{}
			for _, q := range doc.Set.GetQuestions() {
				kinds[fmt.Sprintf("%T", q.GetKind())]++
			}
			for kind, n := range kinds {
				want, most := 2, 8
				if langs != nil && langs[0] == "pt-BR" {
					most = 7 // no true and false, which are choices
					if kind == fmt.Sprintf("%T", &aulav1.Question_Choice{}) {
						want = 4
					}
				}
				if n != want || len(kinds) != most {
					t.Errorf("%s %v: %d of %s, %d kinds", name, langs, n, kind, len(kinds))
				}
			}
			giveIDs(doc.Set)
			if _, err := questions.Compile(doc.Set, truths); err != nil {
				t.Errorf("%s %v: %v", name, langs, err)
			}
		}
	}
	if err := sheet.Template(&bytes.Buffer{}, "gift", nil, truths); err == nil {
		t.Error("there is a template in GIFT")
	}
}

// TestTemplateWorkbook looks at what helps a teacher to fill it in.
func TestTemplateWorkbook(t *testing.T) {
	var file bytes.Buffer
	if err := sheet.Template(&file, "xlsx", []string{"es", "en"}, truths, sayID); err != nil {
		t.Fatal(err)
	}
	book, err := excelize.OpenReader(&file)
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	if sheets := book.GetSheetList(); len(sheets) != 2 || sheets[0] != "Preguntas" || sheets[1] != "Ayuda - Help" {
		t.Errorf("sheets %v", sheets)
	}
	panes, err := book.GetPanes("Preguntas")
	if err != nil || !panes.Freeze || panes.YSplit != 5 {
		t.Errorf("panes %+v, %v", panes, err)
	}
	lists, err := book.GetDataValidations("Preguntas")
	if err != nil || len(lists) != 1 || !strings.Contains(lists[0].Formula1, "verdadero/falso") || !strings.HasPrefix(lists[0].Sqref, "B6:B") {
		t.Errorf("lists %+v, %v", lists, err)
	}
	rows, err := book.GetRows("Ayuda - Help")
	if err != nil || len(rows) < 20 || rows[3][0] != "text (xx) · texto (xx)" || rows[3][1] != "format.sheet.help.text" {
		t.Errorf("help %v, %v", rows, err)
	}
}

var formula = regexp.MustCompile(`(?m)(?:^|,|")(?:[=@\t\r]|[+-][^0-9])`)

// TestFormulas writes texts that a spreadsheet would run, and reads them back.
func TestFormulas(t *testing.T) {
	for _, text := range []string{
		"=1+1", "+1-800", "-x", "@SUM(A1)", "=cmd|'/c calc'!A1", "'=quoted", "'-ing' forms", "-dogs' tails", "''", "'", "' =x", "''=x", "'tis", "-5", "+5",
	} {
		set := &aulav1.QuestionSet{Title: map[string]string{"en": text}, Language: "en", Questions: []*aulav1.Question{{
			Id: "q", Text: map[string]string{"en": text}, Explanation: map[string]string{"en": text},
			Kind: &aulav1.Question_Card{Card: &aulav1.CardQuestion{Back: map[string]string{"en": text}}},
		}}}
		for name, f := range flavours {
			var file bytes.Buffer
			if problems, err := f.write(&file, set, nil); err != nil || len(problems) > 0 {
				t.Fatal(problems, err)
			}
			if name == "csv" && formula.Match(file.Bytes()) {
				t.Errorf("%q is written as a formula:\n%s", text, file.String())
			}
			doc, err := f.read(t.Context(), file.Bytes())
			if err != nil || !proto.Equal(doc.Set, set) {
				t.Errorf("%s: %q reads as %v, %v", name, text, doc, err)
			}
		}
	}
	// What teachers write themselves keeps its apostrophes.
	doc, err := sheet.ReadCSV(t.Context(), []byte("text,answer\n'-ing' forms,'tis\n"))
	if err != nil || doc.Set.GetQuestions()[0].GetText()[formats.Unknown] != "'-ing' forms" {
		t.Error(doc, err)
	}
}

// twoOptions are those of a blank.
func twoOptions(fixed bool) *aulav1.ChoiceQuestion {
	return &aulav1.ChoiceQuestion{FixedOrder: fixed, Options: []*aulav1.ChoiceOption{
		{Id: "a", Text: map[string]string{"en": "a", "es": "a"}, Correct: true}, {Id: "b", Text: map[string]string{"en": "b", "es": "b"}},
	}}
}

// TestUnsaid reports what the layout has no place for, and nothing else.
func TestUnsaid(t *testing.T) {
	set := &aulav1.QuestionSet{
		Title: map[string]string{"en": "T", "es": "T"}, Language: "en", Stale: []string{"es"},
		Facts: []*aulav1.Fact{{Id: "f"}}, Media: []*aulav1.Media{{Id: "m"}},
		Questions: []*aulav1.Question{
			{
				Id: "shown", Text: map[string]string{"en": "What?", "es": "¿Qué?"}, Media: []string{"m"}, Stale: []string{"es"},
				Kind: &aulav1.Question_Numeric{Numeric: &aulav1.NumericQuestion{Value: 1, UnitPenalty: 0.5}},
			},
			{
				Id: "blanks", Text: map[string]string{"en": "[[1]] [[2]]", "es": "[[1]] [[2]]"},
				Kind: &aulav1.Question_Cloze{Cloze: &aulav1.ClozeQuestion{Blanks: []*aulav1.Blank{
					{Id: "1", Kind: &aulav1.Blank_Choice{Choice: twoOptions(true)}}, {Id: "2", Kind: &aulav1.Blank_Choice{Choice: twoOptions(false)}},
				}}},
			},
			{
				Id: "spanish", Text: map[string]string{"es": "la mesa"},
				Kind: &aulav1.Question_Card{Card: &aulav1.CardQuestion{Back: map[string]string{"es": "table"}}},
			},
		},
	}
	var file bytes.Buffer
	problems, err := sheet.WriteCSV(&file, set, []string{"en"})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range problems {
		got = append(got, fmt.Sprintf("%d%s %s %v", p.Place.Row, p.Question, p.ID, p.Args))
	}
	want := []string{
		"0 format.sheet.set_unsaid map[Fields:facts, media]",
		"5shown format.sheet.unsaid map[Fields:numeric.unit_penalty, media]",
		"6blanks format.sheet.unsaid map[Fields:cloze.blanks.choice.fixed_order]",
		"7spanish format.sheet.not_in_language map[Languages:en]",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestTranslate fills the empty cells of an export, as translators do.
func TestTranslate(t *testing.T) {
	doc, err := sheet.ReadCSV(t.Context(), []byte("#title (en),Colours\nid,text (en),options (en),correct,part ids\nsky,Which?,blue | red,A,x | y\n"))
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if _, err := sheet.WriteCSV(&file, doc.Set, []string{"en", "es"}); err != nil {
		t.Fatal(err)
	}
	filled := strings.NewReplacer("Which?,", "Which?,¿Cuál?", "blue | red,", "blue | red,azul | rojo").Replace(file.String())
	doc, err = sheet.ReadCSV(t.Context(), []byte(filled))
	if err != nil || len(doc.Problems) > 0 {
		t.Fatal(doc, err)
	}
	q := doc.Set.GetQuestions()[0]
	if o := q.GetChoice().GetOptions()[1]; q.GetText()["es"] != "¿Cuál?" || o.GetText()["es"] != "rojo" || o.GetId() != "y" {
		t.Errorf("%v", q)
	}
}
