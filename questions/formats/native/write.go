package native

import (
	"bufio"
	"io"
	"slices"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats"
)

// WriteYAML writes a set as YAML that a teacher would like to edit, in languages: texts in
// others are left out; none are all. Media need their data. The problems name what is not
// written in any of the languages. The error is w's.
func WriteYAML(w io.Writer, set *aulav1.QuestionSet, languages []string) (formats.Problems, error) {
	set, problems := within(set, languages)
	b := bufio.NewWriterSize(w, 64<<10)
	y := &yamlWriter{b: b}
	y.set(newOutline(set, languages), set)
	return problems, b.Flush()
}

// WriteJSON writes a set as JSON, otherwise as WriteYAML does.
func WriteJSON(w io.Writer, set *aulav1.QuestionSet, languages []string) (formats.Problems, error) {
	set, problems := within(set, languages)
	b := bufio.NewWriterSize(w, 64<<10)
	j := &jsonWriter{b: b}
	j.set(newOutline(set, languages), set)
	return problems, b.Flush()
}

// newOutline orders texts as they are asked for, or the set's own language first.
func newOutline(set *aulav1.QuestionSet, languages []string) *outline {
	if len(languages) == 0 {
		languages = []string{set.GetLanguage()}
	}
	return &outline{languages: slices.Clone(languages)}
}
