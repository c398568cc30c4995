package gift

import (
	"bufio"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats"
	"aula/questions/formats/plaintext"
)

// Write writes a set, in the first of languages or else its own. The problems are what GIFT
// cannot say; the error is one of w.
func Write(w io.Writer, set *aulav1.QuestionSet, languages []string) (formats.Problems, error) {
	lang := plaintext.Language(set, languages)
	var problems formats.Problems
	plaintext.LostOfSet(&problems, set, lang, "title", "facts")
	b := bufio.NewWriter(w)
	if title := plaintext.OneLine(set.GetTitle()[lang]); title != "" {
		b.WriteString(categoryMark + " " + strings.ReplaceAll(title, "/", "//") + "\n\n")
	}
	told := false
	for _, q := range set.GetQuestions() {
		if !told && q.GetFact() != "" {
			told = true
			problems.Add(formats.Note, formats.Place{}, "", "format.plaintext.facts")
		}
		if plaintext.Complete(&problems, q, lang) {
			one := &writer{lang: lang, label: plaintext.Name(q, lang)}
			b.WriteString(one.question(q))
			problems = append(problems, one.problems...)
		}
	}
	return problems, b.Flush()
}

// writer writes one question.
type writer struct {
	lang     string
	label    string
	format   string // of the stem
	b        strings.Builder
	unsaid   []string // fields
	problems formats.Problems
	left     bool // out, with the reason told
}

// tell notes a problem, once.
func (w *writer) tell(severity formats.Severity, id string, args ...any) {
	var one formats.Problems
	one.Add(severity, formats.Place{}, w.label, id, args...)
	same := func(p formats.Problem) bool { return p.ID == id && maps.Equal(p.Args, one[0].Args) }
	if !slices.ContainsFunc(w.problems, same) {
		w.problems = append(w.problems, one...)
	}
}

// leave leaves the question out. What else there was to tell of it does not matter then.
func (w *writer) leave(id string, args ...any) {
	if !w.left {
		w.left = true
		w.problems = nil
		w.tell(formats.Skipped, id, args...)
	}
}

func (w *writer) leaveKind(q *aulav1.Question) {
	w.left = true
	w.problems = nil
	plaintext.Left(&w.problems, w.label, q)
}

// lacks leaves the question out because it is not wholly written in the language.
func (w *writer) lacks() {
	w.leave("format.plaintext.no_text", "Language", w.lang)
}

// lose notes the fields of a message that are filled in and not said.
func (w *writer) lose(m proto.Message, said ...string) {
	w.unsaid = append(w.unsaid, plaintext.Unsaid(m, said...)...)
}

// question gives the question as GIFT, or nothing where GIFT has no such question.
func (w *writer) question(q *aulav1.Question) string {
	w.lose(q, "id", "fact", "text", "explanation", "tags", "name", "key", "stale",
		"choice", "numeric", "text_entry", "true_false", "cloze", "match")
	w.comments(q)
	if name := plaintext.OneLine(q.GetName()); name != "" {
		w.b.WriteString("::" + escape(name) + "::")
	}
	w.kind(q)
	if w.left {
		w.problems = w.problems[:1]
		return ""
	}
	plaintext.Lost(&w.problems, w.label, w.unsaid)
	return w.b.String()
}

func (w *writer) kind(q *aulav1.Question) {
	stem, explanation := q.GetText()[w.lang], q.GetExplanation()[w.lang]
	switch kind := q.GetKind().(type) {
	case *aulav1.Question_Choice:
		w.around(stem, "", explanation, func() { w.choice(kind.Choice) })
	case *aulav1.Question_TrueFalse:
		w.around(stem, "", explanation, func() { w.trueFalse(kind.TrueFalse) })
	case *aulav1.Question_TextEntry_:
		w.around(stem, "", explanation, func() { w.textEntry(kind.TextEntry) })
	case *aulav1.Question_Numeric:
		w.around(stem, "", explanation, func() { w.numeric(kind.Numeric) })
	case *aulav1.Question_Match:
		w.around(stem, "", explanation, func() { w.match(kind.Match) })
	case *aulav1.Question_Cloze:
		w.cloze(q, kind.Cloze)
	default:
		w.leaveKind(q)
	}
}

// around writes the stem, which goes on behind the answers where there is such a text.
func (w *writer) around(stem, behind, explanation string, answers func()) {
	whole := strings.TrimSpace(stem)
	if strings.TrimSpace(behind) == "" {
		behind = ""
	} else {
		whole = strings.TrimSpace(stem + gap + behind)
	}
	w.format = moodle
	if !asTyped(whole) {
		w.format = markdown
		w.b.WriteString("[" + markdown + "]")
	}
	w.b.WriteString(escape(strings.TrimLeft(stem, " \t\n")) + "{")
	from := w.b.Len()
	answers()
	if explanation != "" {
		w.b.WriteString("\n\t####" + w.text(explanation))
	}
	if strings.Contains(w.b.String()[from:], "\n\t") {
		w.b.WriteByte('\n')
	}
	w.b.WriteString("}" + escape(strings.TrimRight(behind, " \t\n")) + "\n\n")
}

// cloze writes a text with one gap as what GIFT calls a missing word.
func (w *writer) cloze(q *aulav1.Question, c *aulav1.ClozeQuestion) {
	marker := ""
	if len(c.GetBlanks()) == 1 {
		marker = "[[" + c.GetBlanks()[0].GetId() + "]]"
	}
	before, behind, found := strings.Cut(q.GetText()[w.lang], marker)
	if marker == "" || !found || strings.TrimSpace(before+behind) == "" {
		w.leaveKind(q)
		return
	}
	w.tell(formats.Note, "format.gift.missing_word")
	w.around(before, behind, q.GetExplanation()[w.lang], func() {
		switch kind := c.GetBlanks()[0].GetKind().(type) {
		case *aulav1.Blank_Choice:
			w.choice(kind.Choice)
		case *aulav1.Blank_Numeric:
			w.numeric(kind.Numeric)
		case *aulav1.Blank_TextEntry:
			w.textEntry(kind.TextEntry)
		}
	})
}

// comments write what GIFT keeps in comments.
func (w *writer) comments(q *aulav1.Question) {
	var marks []string
	mark := func(name, value string) {
		if value == "" {
			return
		}
		if plaintext.OneLine(value) != value || strings.HasSuffix(value, `\`) {
			w.tell(formats.Warning, "format.gift.comment_lost", "Value", plaintext.Short(value))
			return
		}
		marks = append(marks, "["+name+":"+strings.ReplaceAll(value, "]", `\]`)+"]")
	}
	if questionID.MatchString(q.GetId()) {
		mark("aula", q.GetId())
	}
	mark("id", q.GetKey())
	for _, tag := range q.GetTags() {
		mark("tag", tag)
	}
	if len(marks) > 0 {
		w.b.WriteString("// " + strings.Join(marks, " ") + "\n")
	}
}

// text writes a text within the answers.
func (w *writer) text(text string) string {
	plainly := w.format == markdown && text == strings.TrimSpace(text) && !formatPrefix.MatchString(text) &&
		!strings.HasPrefix(text, "%") || w.format == moodle && asTyped(text)
	if plainly {
		return escape(text)
	}
	return "[" + markdown + "]" + escape(text)
}

// needed writes a text that the question cannot do without.
func (w *writer) needed(texts map[string]string) string {
	if texts[w.lang] == "" {
		w.lacks()
	}
	return w.text(texts[w.lang])
}

func (w *writer) feedback(feedback map[string]string) string {
	if text := feedback[w.lang]; text != "" {
		return "#" + w.text(text)
	}
	return ""
}

// asTyped reports whether a text that names no format is read as it is.
func asTyped(text string) bool {
	return !strings.HasPrefix(text, "%") && !strings.HasPrefix(text, "//") && !formatPrefix.MatchString(text) &&
		toCommonMark(text, moodle) == text
}

var signs = strings.NewReplacer(`\`, `\\`, "#", `\#`, "=", `\=`, "~", `\~`, "{", `\{`, "}", `\}`, ":", `\:`, "\n", `\n`)

// lineBreak is one before what would make a command of TeX of \n.
var lineBreak = regexp.MustCompile(`\n[a-z]+`)

// escape writes a text so that it holds no sign of GIFT.
func escape(text string) string {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	if !strings.Contains(text, "\n") {
		return signs.Replace(text)
	}
	var b strings.Builder
	for from := 0; from < len(text); {
		at := lineBreak.FindStringIndex(text[from:])
		for at != nil && !isCommand("n"+text[from+at[0]+1:]) {
			b.WriteString(signs.Replace(text[from : from+at[1]]))
			from += at[1]
			at = lineBreak.FindStringIndex(text[from:])
		}
		if at == nil {
			b.WriteString(signs.Replace(text[from:]))
			break
		}
		b.WriteString(signs.Replace(text[from:from+at[0]]) + "\n")
		from += at[0] + 1
	}
	return b.String()
}
