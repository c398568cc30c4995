package sheet

import (
	"context"
	_ "embed"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/language"
	"google.golang.org/protobuf/reflect/protoreflect"

	aulav1 "aula/proto/aula/v1"
	"aula/questions"
)

// template has two examples of every kind of question, in English and Spanish.
//
//go:embed template.csv
var template []byte

// Say words a sentence of the locale files.
type Say = func(id string, args map[string]any) string

// Template writes a sheet to start from, as csv, tsv or xlsx: two examples of every kind of
// question, with columns for each of the languages. Of statements to judge there are none
// where words knows no true and false in the set's main language. A workbook explains every column on a
// second sheet, in the words of each of says. The error is w's, or names a format that is
// none of these.
func Template(w io.Writer, format string, languages []string, words questions.Words, says ...Say) error {
	if len(languages) == 0 {
		languages = []string{"en", "es"}
	}
	set, err := examples(languages, words)
	if err != nil {
		return err
	}
	switch format {
	case "csv":
		_, err = WriteCSV(w, set, languages)
	case "tsv":
		_, err = WriteTSV(w, set, languages)
	case "xlsx":
		err = writeTemplate(w, set, languages, says)
	default:
		err = fmt.Errorf("no template of format %q", format)
	}
	return err
}

// examples gives the set of the template in those languages. One that is neither English
// nor Spanish, by itself, starts from the English texts.
func examples(languages []string, words questions.Words) (*aulav1.QuestionSet, error) {
	doc, err := ReadCSV(context.Background(), template)
	if err != nil {
		return nil, err
	}
	texts := map[string]string{} // the language of the examples by the one to be written
	for _, lang := range languages {
		base, _ := language.Make(lang).Base()
		if written := base.String(); written == "en" || written == "es" {
			texts[lang] = written
		}
	}
	if len(texts) == 0 {
		texts[languages[0]] = "en"
	}
	main := languages[slices.IndexFunc(languages, func(lang string) bool { return texts[lang] != "" })]
	if len(words(main, "true")) == 0 || len(words(main, "false")) == 0 {
		for _, q := range doc.Set.GetQuestions() {
			chooseTruth(q, words)
		}
	}
	inLanguages(doc.Set.ProtoReflect(), texts)
	doc.Set.Language = main
	return doc.Set, nil
}

// chooseTruth makes a statement to judge a choice between the English words.
func chooseTruth(q *aulav1.Question, words questions.Words) {
	judged := q.GetTrueFalse()
	if judged == nil {
		return
	}
	choice := &aulav1.ChoiceQuestion{FixedOrder: true}
	for _, truth := range []bool{true, false} {
		word := words("en", strconv.FormatBool(truth))
		choice.Options = append(choice.Options, &aulav1.ChoiceOption{
			Text: map[string]string{"en": word[0]}, Correct: judged.GetCorrect() == truth,
		})
	}
	q.Kind = &aulav1.Question_Choice{Choice: choice}
}

// inLanguages puts the texts of one language under another's tag.
func inLanguages(m protoreflect.Message, texts map[string]string) {
	eachMap(m, func(f protoreflect.Map) {
		written := map[string]string{}
		f.Range(func(lang protoreflect.MapKey, text protoreflect.Value) bool {
			written[lang.String()] = text.String()
			f.Clear(lang)
			return true
		})
		for lang, from := range texts {
			if written[from] != "" {
				f.Set(protoreflect.ValueOfString(lang).MapKey(), protoreflect.ValueOfString(written[from]))
			}
		}
	})
}

func writeTemplate(w io.Writer, set *aulav1.QuestionSet, languages []string, says []Say) error {
	t, _ := tableOf(set, languages, excelize.TotalCellChars)
	book := excelize.NewFile()
	defer book.Close()
	if err := t.fill(book); err != nil {
		return err
	}
	if err := help(book, says); err != nil {
		return err
	}
	return book.Write(w)
}

// help adds the sheet that explains the columns.
func help(book *excelize.File, says []Say) error {
	const sheet = "Ayuda - Help"
	if _, err := book.NewSheet(sheet); err != nil {
		return err
	}
	styles, err := newStyles(book)
	if err != nil {
		return err
	}
	out, err := book.NewStreamWriter(sheet)
	if err != nil {
		return err
	}
	if err := out.SetColWidth(1, 1, wide); err != nil {
		return err
	}
	if err := out.SetColWidth(2, 1+max(1, len(says)), 2*wide); err != nil {
		return err
	}
	rows := [][]string{append([]string{"Aula"}, said(says, "format.sheet.help")...)}
	for _, f := range fields {
		rows = append(rows, append([]string{f.inBoth()}, said(says, "format.sheet.help."+f.name)...))
	}
	for n, row := range rows {
		values := make([]any, len(row))
		for i, text := range row {
			values[i] = excelize.Cell{StyleID: styles.body, Value: text}
			if n == 0 {
				values[i] = excelize.Cell{StyleID: styles.header, Value: text}
			}
		}
		if err := out.SetRow("A"+writeNumber(float64(n+1)), values); err != nil {
			return err
		}
	}
	return out.Flush()
}

func said(says []Say, id string) []string {
	texts := make([]string, len(says))
	for i, say := range says {
		texts[i] = say(id, nil)
	}
	return texts
}

// inBoth is the field's name in both languages, in a cell that is no column's name.
func (f *field) inBoth() string {
	lang := ""
	if f.localised {
		lang = inBrackets("xx")
	}
	if f.en[0] == f.es[0] {
		return f.en[0] + lang
	}
	return f.en[0] + lang + " · " + f.es[0] + lang
}
