package anki

import (
	"encoding/csv"
	"io"
	"strings"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats"
)

// WriteText writes a set as a text that Anki imports, in the first of the languages. The
// problems are what Anki cannot say; the error is one of w.
func WriteText(out io.Writer, set *aulav1.QuestionSet, languages []string) (formats.Problems, error) {
	w := newWriter(set, languages)
	if len(w.files) > 0 || w.text(set.GetDescription()) != "" {
		w.problems.Add(formats.Warning, formats.Place{}, "", "format.anki.text_loses")
	}
	header := "#separator:tab\n#html:true\n#notetype column:1\n#deck column:2\n#guid column:3\n#tags column:7\n"
	if _, err := io.WriteString(out, header); err != nil {
		return w.problems, err
	}
	deck := w.title()
	rows := csv.NewWriter(out)
	rows.Comma = '\t'
	for _, n := range w.notes {
		row := []string{n.kind.name, deck, n.guid, n.fields[0], n.fields[1], "", strings.Join(n.tags, " ")}
		if len(n.fields) > 2 {
			row[5] = n.fields[2]
		}
		if err := rows.Write(row); err != nil {
			return w.problems, err
		}
	}
	rows.Flush()
	return w.problems, rows.Error()
}
