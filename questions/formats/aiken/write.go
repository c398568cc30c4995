package aiken

import (
	"bufio"
	"io"
	"strings"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats"
	"aula/questions/formats/plaintext"
)

// Write writes the choices of one of a set, in the first of languages or else its own. The
// problems are what Aiken cannot say; the error is one of w.
func Write(w io.Writer, set *aulav1.QuestionSet, languages []string) (formats.Problems, error) {
	lang := plaintext.Language(set, languages)
	var problems formats.Problems
	plaintext.LostOfSet(&problems, set, lang)
	b := bufio.NewWriter(w)
	for _, q := range set.GetQuestions() {
		if plaintext.Complete(&problems, q, lang) {
			b.WriteString(write(&problems, q, lang))
		}
	}
	return problems, b.Flush()
}

// write gives a question as Aiken, or nothing where Aiken has no such question.
func write(problems *formats.Problems, q *aulav1.Question, lang string) string {
	label := plaintext.Name(q, lang)
	leave := func(id string, args ...any) string {
		problems.Add(formats.Skipped, formats.Place{}, label, id, args...)
		return ""
	}
	choice := q.GetChoice()
	if choice == nil {
		plaintext.Left(problems, label, q)
		return ""
	}
	if choice.GetMultiple() {
		return leave("format.aiken.several")
	}
	stem := plaintext.Shown(problems, label, q.GetText()[lang])
	if stem == "" || optionLine.MatchString(stem) || answerLine.MatchString(stem) {
		return leave("format.aiken.stem_unsaid")
	}
	unsaid := plaintext.Unsaid(q, "id", "fact", "text", "choice", "stale")
	unsaid = append(unsaid, plaintext.Unsaid(choice, "options")...)
	var b strings.Builder
	b.WriteString(stem + "\n")
	right := ""
	for i, option := range choice.GetOptions() {
		text := plaintext.Shown(problems, label, option.GetText()[lang])
		if text == "" {
			return leave("format.plaintext.no_text", "Language", lang)
		}
		unsaid = append(unsaid, plaintext.Unsaid(option, "id", "text", "correct", "weight")...)
		earns := option.Weight != nil && option.GetWeight() == 1
		if option.Weight != nil && option.GetWeight() != 0 && !earns {
			unsaid = append(unsaid, "weight")
		}
		name := string(rune('A' + i))
		if option.GetCorrect() || earns {
			right = name
		}
		b.WriteString(name + ". " + text + "\n")
	}
	b.WriteString("ANSWER: " + right + "\n\n")
	plaintext.Lost(problems, label, unsaid)
	return b.String()
}
