package anki

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"html"
	"maps"
	"slices"
	"strings"

	"github.com/gabriel-vasile/mimetype"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats"
	"aula/questions/formats/markup"
)

// written is a question as a note.
type written struct {
	kind   *noteType
	guid   string
	fields []string // HTML
	tags   []string
}

// writer makes notes of the questions of a set, in one language.
type writer struct {
	set      *aulav1.QuestionSet
	lang     string
	media    map[string]*aulav1.Media // by id
	files    map[string]string        // names of the media's files by id, of those that have data
	guids    map[string]bool
	notes    []written
	problems formats.Problems
}

// newWriter makes notes of a set in the first of the languages.
func newWriter(set *aulav1.QuestionSet, languages []string) *writer {
	w := &writer{
		set: set, lang: cmp.Or(set.GetLanguage(), formats.Unknown),
		media: map[string]*aulav1.Media{}, files: map[string]string{}, guids: map[string]bool{},
	}
	if len(languages) > 0 {
		w.lang = languages[0]
	}
	if len(set.GetFacts()) > 0 || set.GetCertainty() || len(set.GetSources()) > 0 {
		w.problems.Add(formats.Warning, formats.Place{}, "", "format.anki.set_loses")
	}
	others := slices.DeleteFunc(slices.Sorted(maps.Keys(set.GetTitle())), func(lang string) bool { return lang == w.lang })
	if len(others) > 0 {
		w.problems.Add(formats.Note, formats.Place{}, "", "format.anki.one_language",
			"Language", w.lang, "Others", strings.Join(others, ", "))
	}
	for _, m := range set.GetMedia() {
		w.media[m.GetId()] = m
		if len(m.GetData()) > 0 {
			w.files[m.GetId()] = m.GetId() + extension(m)
		}
	}
	for _, q := range set.GetQuestions() {
		w.question(q)
	}
	return w
}

// text is a text in the language that is written.
func (w *writer) text(texts map[string]string) string { return texts[w.lang] }

// title is the name of the deck.
func (w *writer) title() string {
	title := strings.ReplaceAll(oneLine(w.text(w.set.GetTitle())), "::", ":")
	return cmp.Or(title, w.set.GetId(), defaultDeck)
}

// question makes a note of a question.
func (w *writer) question(q *aulav1.Question) {
	label := cmp.Or(q.GetName(), q.GetId(), shorten(w.text(q.GetText())))
	n, loses := w.note(q)
	switch {
	case w.text(q.GetText()) == "" || n.kind != fillIn && plain(n.fields[1]) == "":
		w.problems.Add(formats.Skipped, formats.Place{}, label, "format.anki.no_text", "Language", w.lang)
		return
	case q.GetFact() != "" && strings.Contains(strings.Join(n.fields, " "), "{value}"):
		w.problems.Add(formats.Skipped, formats.Place{}, label, "format.anki.fact_value")
		return
	case loses != "":
		w.problems.Add(formats.Warning, formats.Place{}, label, loses)
	}
	if lost := losses(q); len(lost) > 0 {
		w.problems.Add(formats.Warning, formats.Place{}, label, "format.anki.loses", "Fields", strings.Join(lost, ", "))
	}
	n.guid = w.guid(q)
	n.fields[0] += w.shown(q)
	for i, text := range n.fields {
		n.fields[i] = strings.ReplaceAll(text, "\x1f", " ")
	}
	w.notes = append(w.notes, n)
}

// note writes a question by its kind, and gives the id of what it loses thereby, "" if that
// is nothing.
func (w *writer) note(q *aulav1.Question) (n written, loses string) {
	front, extra := field(w.text(q.GetText())), field(w.text(q.GetExplanation()))
	n.tags = tagsOf(q)
	whole := true
	switch kind := q.GetKind().(type) {
	case *aulav1.Question_Card:
		n.kind, n.fields = basic, []string{front, field(w.text(kind.Card.GetBack())), extra}
	case *aulav1.Question_TextEntry_:
		var accepted string
		accepted, whole = w.accepted(kind.TextEntry)
		loses = "format.anki.typed_loses"
		n.kind, n.fields = typeIn, []string{front, html.EscapeString(accepted), extra}
	case *aulav1.Question_Cloze:
		front, whole = w.cloze(q)
		loses = "format.anki.blanks_lose"
		n.kind, n.fields = fillIn, []string{front, extra}
	default:
		asked, key := w.ungraded(q)
		whole, loses = false, "format.anki.not_graded"
		n.kind, n.fields = basic, []string{front + asked, key, extra}
	}
	if whole {
		loses = ""
	}
	return n, loses
}

// losses names the fields of a question that a note has no place for.
func losses(q *aulav1.Question) (lost []string) {
	for _, one := range []struct {
		name string
		set  bool
	}{
		{"fact", q.GetFact() != ""},
		{"points", q.GetPoints() != 0},
		{"time_limit", q.GetTimeLimit() != nil},
		{"hints", len(q.GetHints()) > 0},
		{"tries", q.GetTries() > 1},
		{"penalty", q.Penalty != nil},
		{"exam_only", q.GetExamOnly()},
		{"difficulty", q.GetDifficulty() != aulav1.Question_DIFFICULTY_UNSPECIFIED},
		{"name", q.GetName() != ""},
		{"tags", slices.ContainsFunc(q.GetTags(), func(tag string) bool { return strings.ContainsAny(tag, " \t") })},
	} {
		if one.set {
			lost = append(lost, one.name)
		}
	}
	return lost
}

// tagsOf writes tags as Anki does, which divides them by spaces.
func tagsOf(q *aulav1.Question) (tags []string) {
	for _, tag := range q.GetTags() {
		tags = append(tags, strings.Join(strings.Fields(tag), "_"))
	}
	return tags
}

// guid is what Anki knows a question by: its key or, where it has none of its own, one that
// is always the same.
func (w *writer) guid(q *aulav1.Question) string {
	guid := q.GetKey()
	for n := 0; guid == "" || w.guids[guid]; n++ {
		sum := sha256.Sum256(fmt.Appendf(nil, "%s\x1f%s\x1f%d", w.set.GetId(), q.GetId(), n))
		guid = base64.RawURLEncoding.EncodeToString(sum[:9])
	}
	w.guids[guid] = true
	return guid
}

// field writes CommonMark as a field. What Anki would take for a deletion or a sound is
// written so that it does not.
func field(text string) string {
	source := markup.ToHTML(text)
	if inner, ok := strings.CutPrefix(source, "<p>"); ok {
		if inner, ok = strings.CutSuffix(inner, "</p>"); ok && !strings.Contains(inner, "<p>") {
			source = inner
		}
	}
	return literal(source)
}

var marks = strings.NewReplacer("{{", "{&#123;", "}}", "}&#125;", "[sound:", "&#91;sound:", "::", ":&#58;")

func literal(source string) string { return marks.Replace(source) }

// shown writes the pictures and sounds of a question.
func (w *writer) shown(q *aulav1.Question) string {
	var b strings.Builder
	for _, id := range q.GetMedia() {
		m := w.media[id]
		name := cmp.Or(w.files[id], m.GetUri())
		switch {
		case name == "":
		case !strings.HasPrefix(contentType(m), "image/"):
			fmt.Fprintf(&b, "[sound:%s]", html.EscapeString(name))
		default:
			fmt.Fprintf(&b, `<br><img src="%s" alt="%s">`, html.EscapeString(name), literal(html.EscapeString(w.text(m.GetAlt()))))
		}
	}
	return b.String()
}

// extension is what the name of a file ends in, which tells Anki its type.
func extension(m *aulav1.Media) string {
	if known := mimetype.Lookup(m.GetContentType()); known != nil {
		return known.Extension()
	}
	return mimetype.Detect(m.GetData()).Extension()
}

// contentType is the type of a picture or a sound.
func contentType(m *aulav1.Media) string {
	return cmp.Or(m.GetContentType(), mimetype.Detect(m.GetData()).String())
}

// accepted is the answer that Anki compares with, and whether it says all of the question.
func (w *writer) accepted(q *aulav1.TextQuestion) (text string, whole bool) {
	whole = len(q.GetWrong()) == 0 && q.GetAccents() == aulav1.TextQuestion_ACCENTS_UNSPECIFIED &&
		!q.GetCaseSensitive() && !q.GetPunctuation() && !q.GetExactSpelling() && !q.GetWildcards()
	for _, one := range q.GetAccepted() {
		switch written := w.text(one.GetText()); {
		case written == "":
		case text == "":
			text = written
			whole = whole && one.Fraction == nil && len(one.GetFeedback()) == 0
		default:
			whole = false
		}
	}
	return text, whole
}
