package moodle

import (
	"encoding/xml"
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats"
	"aula/questions/formats/markup"
)

// reader makes a document of the questions of a file.
type reader struct {
	doc        *formats.Document
	media      *media
	category   *category   // of the questions that follow
	categories []*category // of the questions read, in their order
	penalties  bool        // whether it was told what becomes of penalties
}

func newReader(doc *formats.Document) *reader {
	doc.Set = &aulav1.QuestionSet{}
	return &reader{doc: doc, media: newMedia(doc.Set), category: &category{}}
}

// task is one question on its way into the document.
type task struct {
	*reader

	scanner   *scanner
	place     formats.Place
	source    *question
	languages []string
	q         *aulav1.Question
	failed    bool // it has an error and is left out
}

// kind is what reads a type of question, nil for one that Aula has no kind for.
func kind(name string) func(*task) {
	switch name {
	case "multichoice":
		return (*task).multichoice
	case "truefalse":
		return (*task).trueFalse
	case "shortanswer":
		return (*task).shortAnswer
	case "numerical":
		return (*task).numerical
	case "matching", "match":
		return (*task).matching
	case "cloze", "multianswer":
		return (*task).cloze
	case "ordering":
		return (*task).ordering
	}
	return nil
}

// question reads the question that the scanner has found.
func (r *reader) question(s *scanner) {
	t := &task{reader: r, scanner: s, place: s.place(s.start), source: &question{}, q: &aulav1.Question{}}
	if offset, err := s.decode(t.source); err != nil {
		t.notXML(offset, err)
		return
	}
	t.source.Type = strings.ToLower(strings.TrimSpace(t.source.Type))
	if t.source.Type == "category" {
		r.enter(t)
		return
	}
	t.languages = languagesIn(t.source.texts()...)
	t.q.Name = t.name()
	read := kind(t.source.Type)
	switch {
	case slices.Contains([]string{"1", "true"}, strings.TrimSpace(t.source.Hidden)):
		t.add(formats.Skipped, "format.moodle.hidden")
		return
	case t.source.Type == "essay":
		t.add(formats.Skipped, "format.moodle.essay")
		return
	case t.source.Type == "description":
		t.add(formats.Skipped, "format.moodle.description")
		return
	case t.source.Type == "":
		t.fail("format.moodle.no_type")
		return
	case read == nil:
		t.add(formats.Skipped, "format.moodle.type", "Type", t.source.Type)
		return
	}
	t.common()
	read(t)
	t.forgetName()
	if !t.failed {
		t.keepMedia()
		r.doc.Add(t.q, t.place)
		r.categories = append(r.categories, r.category)
	}
}

func (t *task) notXML(offset int64, err error) {
	place := t.scanner.place(t.scanner.start + int(offset))
	t.q.Name = markup.HTMLText(t.source.Name.Text.string())
	if !t.scanner.closed {
		if t.scanner.end < len(t.scanner.text) { // else the file is cut short, which is told once
			t.add(formats.Error, "format.moodle.not_closed")
		}
		return
	}
	id := "format.moodle.not_xml"
	if syntax, ok := errors.AsType[*xml.SyntaxError](err); ok {
		switch {
		case strings.Contains(syntax.Msg, "entity"):
			id = "format.moodle.ampersand"
		case strings.Contains(syntax.Msg, "closed by"):
			id = "format.moodle.tags"
		}
	}
	t.place = place
	t.add(formats.Error, id)
}

// add notes a problem of the question.
func (t *task) add(severity formats.Severity, id string, args ...any) {
	t.addAt(t.place, severity, id, args...)
}

func (t *task) addAt(place formats.Place, severity formats.Severity, id string, args ...any) {
	for i, arg := range args {
		if text, ok := arg.(string); ok {
			args[i] = cut(text, longestArg)
		}
	}
	t.doc.Problems.Add(severity, place, t.label(), id, args...)
	t.doc.Problems.Keyed(cut(t.source.Key, longestKey))
}

const (
	longestArg = 100 // runes
	longestKey = 255 // runes
)

// fail notes an error, for which the question is left out.
func (t *task) fail(id string, args ...any) { t.failAt(t.place, id, args...) }

func (t *task) failAt(place formats.Place, id string, args ...any) {
	t.failed = true
	t.addAt(place, formats.Error, id, args...)
}

// label is what reports call the question.
func (t *task) label() string {
	if t.q.GetName() != "" {
		return t.q.GetName()
	}
	return cut(markup.HTMLText(t.source.Text.Text.string()), labelLength)
}

const labelLength = 60 // runes

// cut shortens a text to a number of runes.
func cut(text string, most int) string {
	text = strings.Join(strings.Fields(text), " ")
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return strings.TrimSpace(string([]rune(text)[:most-1])) + "…"
}

// texts lists all that may be marked for languages.
func (q *question) texts() []string {
	all := []string{q.Name.Text.string(), q.Text.Text.string(), q.Feedback.Text.string()}
	for _, a := range q.Answers {
		all = append(all, a.Text.string(), a.Feedback.Text.string())
	}
	for _, s := range q.Subquestions {
		all = append(all, s.Text.string(), s.Answer.Text.string())
	}
	for _, h := range q.Hints {
		all = append(all, h.Text.string())
	}
	return all
}

// name is what the author calls the question, in the first of its languages.
func (t *task) name() string {
	const most = 255
	written := split(t.source.Name.Text.string(), t.languages)
	for _, lang := range t.languages {
		if name := markup.HTMLText(written[lang]); name != "" {
			return cut(name, most)
		}
	}
	return ""
}

// forgetName leaves out a name that is only the beginning of the text, as Write gives one to
// a question that has none: Moodle wants one.
func (t *task) forgetName() {
	for _, text := range t.q.GetText() {
		if t.q.GetName() != "" && t.q.GetName() == nameOf(text) {
			t.q.Name = ""
		}
	}
}

// nameOf is the name of a question that begins so.
func nameOf(text string) string {
	const most = 80
	return cut(markup.Text(text), most)
}

// common reads what all types share.
func (t *task) common() {
	q := t.source
	t.q.Key = cut(q.Key, longestKey)
	if q.Type != "cloze" && q.Type != "multianswer" { // whose text is more than a text
		t.q.Text = t.stem(split(q.Text.Text.string(), t.languages))
	}
	t.q.Explanation = t.feedback(q.Feedback)
	t.points(q.Grade)
	for _, tag := range q.Tags {
		t.tag(tag.string())
	}
	t.hints()
	for _, r := range []rich{q.Correct, q.Partial, q.Incorrect} {
		if told := markup.HTMLText(r.Text.string()); told != "" && !slices.Contains(usualFeedback[:], strings.TrimSuffix(told, ".")) {
			t.add(formats.Warning, "format.moodle.combined_feedback", "Text", cut(told, labelLength))
			break
		}
	}
}

// usualFeedback is what Moodle says of an answer where the author does not: Aula does, too.
var usualFeedback = [...]string{
	"Your answer is correct", "Your answer is partially correct", "Your answer is incorrect",
	"Respuesta correcta", "Respuesta parcialmente correcta", "Respuesta incorrecta",
	"Tu respuesta es correcta", "Tu respuesta es parcialmente correcta", "Tu respuesta es incorrecta",
	"Su respuesta es correcta", "Su respuesta es parcialmente correcta", "Su respuesta es incorrecta",
}

// points turns Moodle's grade into points: 1 is 10 of them, the usual.
func (t *task) points(grade string) {
	if strings.TrimSpace(grade) == "" {
		return
	}
	const perGrade, most = 10, 1000
	value, ok := number(grade)
	if !ok {
		t.add(formats.Warning, "format.moodle.grade", "Grade", grade)
		return
	}
	points := math.Round(value * perGrade)
	if points < 1 || points > most {
		points = math.Max(1, math.Min(most, points))
		t.add(formats.Warning, "format.moodle.grade_clamped", "Grade", strings.TrimSpace(grade), "Points", int(points))
	}
	if points != perGrade {
		t.q.Points = int32(points)
	}
}

// hints cost what a further try does: in Moodle a hint is what comes with one.
func (t *task) hints() {
	penalty, ok := number(t.source.Penalty)
	if !ok {
		penalty = usualPenalty
	}
	penalty = snap(math.Max(0, math.Min(1, penalty)))
	var hints []*aulav1.Hint
	for _, h := range t.source.Hints {
		if text := t.feedback(h); len(text) > 0 {
			hints = append(hints, &aulav1.Hint{Text: text})
		}
	}
	const most = 10
	if len(hints) > most {
		t.add(formats.Warning, "format.moodle.hints", "Max", most, "Count", len(hints))
		hints = hints[:most]
	}
	for _, h := range hints {
		h.Cost = math.Min(penalty, 1/float64(len(hints)))
	}
	t.q.Hints = hints
	if len(hints) == 0 && penalty != 0 && math.Abs(penalty-usualPenalty) > 1e-6 && !t.penalties {
		t.penalties = true
		t.doc.Problems.Add(formats.Note, t.place, "", "format.moodle.penalty")
	}
}

const usualPenalty = 1.0 / 3

func (t *task) tag(name string) {
	const most, longest = 20, 40
	name = strings.Join(strings.Fields(markup.HTMLText(name)), " ")
	switch {
	case name == "" || slices.Contains(t.q.GetTags(), name):
	case utf8.RuneCountInString(name) > longest || len(t.q.GetTags()) == most:
		t.add(formats.Warning, "format.moodle.tag", "Tag", name, "Max", most, "Longest", longest)
	default:
		t.q.Tags = append(t.q.Tags, name)
	}
}

// number reads a number as Moodle writes it, or as it was typed with a decimal comma.
func number(written string) (float64, bool) {
	written = strings.TrimSpace(written)
	if strings.Count(written, ",") == 1 && !strings.Contains(written, ".") {
		written = strings.Replace(written, ",", ".", 1)
	}
	value, err := strconv.ParseFloat(written, 64)
	return value, err == nil && !math.IsInf(value, 0) && !math.IsNaN(value) && !strings.ContainsAny(written, "xX_pP")
}

// fractions are the ones that Moodle knows, apart from whole tenths and the like; it writes
// them with five or seven decimals.
var fractions = [...]float64{1.0 / 3, 2.0 / 3, 1.0 / 6, 5.0 / 6, 1.0 / 7, 1.0 / 9}

// snap gives the fraction that was meant by one with few decimals.
func snap(fraction float64) float64 {
	for _, exact := range fractions {
		if math.Abs(math.Abs(fraction)-exact) < 1e-4 {
			return math.Copysign(exact, fraction)
		}
	}
	return math.Round(fraction*1e9) / 1e9
}
