// Package aiken reads and writes Aiken, a text format for choices of one:
//
//	What is the capital of Ecuador?
//	A. Guayaquil
//	B. Quito
//	ANSWER: B
//
// A stem may have several lines, without an empty one between them. Options may have small
// letters, and RESPUESTA may stand for ANSWER. Nothing else can be said: no feedback, no
// names, no pictures.
package aiken

import (
	"context"
	"strings"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats"
	"aula/questions/formats/markup"
	"aula/questions/formats/plaintext"
)

// The scores of Detect.
const (
	certain = 95
	perhaps = 30
)

var (
	letter = plaintext.Pattern(`^([A-Za-z])[ \t]*[.)]?$`)

	answered = plaintext.Pattern(`(?m)^[ \t]*[A-Za-z][.)][ \t]+\S[^\r\n]*\s+(?i:ANSWER|RESPUESTA)[ \t]*:[ \t]*[A-Za-z]\b`)
	options  = plaintext.Pattern(`(?m)^[ \t]*[Aa][.)][ \t]+\S[^\r\n]*\s+[Bb][.)][ \t]+\S`)
)

// Detect tells how sure it is, 0 to 100, that a file is Aiken, from its beginning.
func Detect(_ string, head []byte) int {
	text, _, err := formats.Text(head)
	switch {
	case err != nil || strings.HasPrefix(strings.TrimSpace(text), "<"):
		return 0
	case answered().MatchString(text):
		return certain
	case options().MatchString(text):
		return perhaps
	}
	return 0
}

// Read reads a file. The error is an *formats.Unreadable or ctx's.
func Read(ctx context.Context, data []byte) (*formats.Document, error) {
	r := &reader{doc: &formats.Document{Set: &aulav1.QuestionSet{}}}
	text, err := r.doc.Decode(data)
	if err != nil {
		return nil, err
	}
	for number, line := range plaintext.Lines(text) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if len(r.doc.Set.GetQuestions())+len(r.doc.Problems) > formats.MaxQuestions {
			r.open = nil
			r.doc.Problems.Add(formats.Error, formats.Place{Line: number}, "", "format.plaintext.too_many", "Max", formats.MaxQuestions)
			break
		}
		r.line(number, strings.TrimSpace(line))
	}
	r.close("format.aiken.no_answer")
	return r.doc, nil
}

// reader reads the lines of a file.
type reader struct {
	doc  *formats.Document
	open *question // that has no ANSWER yet, nil for none
}

// question is one that is being read.
type question struct {
	at      formats.Place
	stem    strings.Builder
	ended   bool // an empty line stands behind the stem
	options []option
	refused bool
}

type option struct {
	letter string
	text   string
	at     formats.Place
}

func (r *reader) line(number int, line string) {
	at := formats.Place{Line: number}
	if markup.FromPlain(line) == "" { // it may have signs in it that nobody sees
		if r.open != nil {
			r.open.ended = true
		}
		return
	}
	if name, text, ok := cutOption(line); ok {
		r.option(option{strings.ToUpper(name), text, at})
		return
	}
	if text, ok := cutAnswer(line); ok {
		r.answer(text, at)
		return
	}
	if r.open != nil && len(r.open.options) == 0 && !r.open.ended {
		if r.open.stem.Len() <= plaintext.MaxSource {
			r.open.stem.WriteString("\n" + line)
		}
		return
	}
	r.close("format.aiken.no_answer")
	r.open = &question{at: at}
	r.open.stem.WriteString(line)
}

// cutOption reads A. Quito or A) Quito.
func cutOption(line string) (name, text string, ok bool) {
	if len(line) < 2 || (line[1] != '.' && line[1] != ')') || len(line) > 2 && line[2] != ' ' && line[2] != '\t' {
		return "", "", false
	}
	if c := line[0] | 0x20; c < 'a' || c > 'z' {
		return "", "", false
	}
	return line[:1], strings.TrimSpace(line[2:]), true
}

// cutAnswer reads what follows ANSWER.
func cutAnswer(line string) (text string, ok bool) {
	word, text, found := strings.Cut(line, ":")
	word = strings.TrimSpace(word)
	if !found || !strings.EqualFold(word, "ANSWER") && !strings.EqualFold(word, "RESPUESTA") {
		return "", false
	}
	return strings.TrimSpace(text), true
}

// close reports that the open question ends without an answer.
func (r *reader) close(id string) {
	if r.open == nil {
		return
	}
	if len(r.open.options) == 0 {
		id = "format.aiken.no_options"
	}
	r.refuse(r.open.at, id)
	r.open = nil
}

// refuse reports why the open question cannot be loaded.
func (r *reader) refuse(at formats.Place, id string, args ...any) {
	r.open.refused = true
	r.doc.Problems.Add(formats.Error, at, plaintext.Short(r.open.stem.String()), id, args...)
}

func (r *reader) option(o option) {
	if r.open == nil {
		r.doc.Problems.Add(formats.Error, o.at, plaintext.Short(o.text), "format.aiken.option_without_stem")
		return
	}
	if len(r.open.options) > plaintext.MaxOptions {
		return // one too many is told already when the answer comes
	}
	for _, before := range r.open.options {
		if before.letter == o.letter {
			r.refuse(o.at, "format.aiken.letter_twice", "Letter", o.letter)
		}
	}
	switch {
	case markup.FromPlain(o.text) == "":
		r.refuse(o.at, "format.aiken.option_empty", "Letter", o.letter)
	case len(o.text) > plaintext.MaxSource:
		o.text = o.text[:plaintext.MaxSource]
	}
	r.open.options = append(r.open.options, o)
}

// answer ends the open question.
func (r *reader) answer(text string, at formats.Place) {
	if r.open == nil {
		r.doc.Problems.Add(formats.Error, at, "", "format.aiken.answer_without_stem")
		return
	}
	defer func() { r.open = nil }()
	if n := len(r.open.options); n < plaintext.MinOptions || n > plaintext.MaxOptions {
		r.refuse(r.open.at, "format.aiken.option_count", "Min", plaintext.MinOptions, "Max", plaintext.MaxOptions)
		return
	}
	found := letter().FindStringSubmatch(text)
	if found == nil {
		r.refuse(at, "format.aiken.answer_unread", "Text", plaintext.Short(text))
		return
	}
	right := strings.ToUpper(found[1])
	q := &aulav1.Question{Text: r.text(r.open.at, r.open.stem.String(), plaintext.MaxStem, "format.aiken.stem_too_long")}
	c := &aulav1.ChoiceQuestion{}
	known := false
	for _, o := range r.open.options {
		known = known || o.letter == right
		c.Options = append(c.Options, &aulav1.ChoiceOption{
			Text:    r.text(o.at, o.text, plaintext.MaxOption, "format.aiken.option_too_long"),
			Correct: o.letter == right,
		})
	}
	if !known {
		r.refuse(at, "format.aiken.no_such_option", "Letter", right, "Letters", r.open.letters())
	}
	if !r.open.refused {
		q.Kind = &aulav1.Question_Choice{Choice: c}
		r.doc.Add(q, r.open.at)
	}
}

func (q *question) letters() string {
	letters := make([]string, len(q.options))
	for i, o := range q.options {
		letters[i] = o.letter
	}
	return strings.Join(letters, ", ")
}

// text reads a text of the open question.
func (r *reader) text(at formats.Place, plain string, limit int, tooLong string) map[string]string {
	text := markup.FromPlain(plain)
	if length := plaintext.TooLong(text, limit); length > 0 {
		r.refuse(at, tooLong, "Length", length, "Max", limit)
	}
	return plaintext.Said(text)
}
