package moodle

import (
	"bufio"
	"encoding/base64"
	"encoding/xml"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats"
	"aula/questions/formats/markup"
)

// Write writes a set as Moodle XML in the languages given, the first of which is the main
// one. Several are written as spans of the class multilang. The problems are what Moodle
// cannot say; the error is w's.
func Write(w io.Writer, set *aulav1.QuestionSet, languages []string) (formats.Problems, error) {
	if len(languages) == 0 {
		languages = []string{set.GetLanguage()}
	}
	x := &writer{out: bufio.NewWriter(w), set: set, languages: languages, media: map[string]*aulav1.Media{}}
	for _, m := range set.GetMedia() {
		x.media[m.GetId()] = m
	}
	x.raw(xml.Header + "<quiz>\n")
	x.category()
	x.ofSet()
	for _, q := range set.GetQuestions() {
		x.question(q)
	}
	x.raw("</quiz>\n")
	return x.problems, x.out.Flush()
}

// writer writes a set. Errors stay with out until they are asked for.
type writer struct {
	out       *bufio.Writer
	set       *aulav1.QuestionSet
	media     map[string]*aulav1.Media
	languages []string
	problems  formats.Problems

	q *aulav1.Question // being written
}

func (x *writer) raw(text string) { _, _ = x.out.WriteString(text) } // Flush tells the error

// line writes an element that holds one line.
func (x *writer) line(name, value string) {
	x.raw("    <" + name + ">" + escaped(value) + "</" + name + ">\n")
}

// text writes an element that holds a text, and within it whatever more there is.
func (x *writer) text(name, attributes, content string, more ...string) {
	x.raw("    <" + name + attributes + "><text>" + escaped(content) + "</text>" + strings.Join(more, "") + "</" + name + ">\n")
}

const asHTML = ` format="html"`

// escaped writes a text for XML, as CDATA where that is easier to read.
func escaped(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0xFFFE || r == 0xFFFF {
			return -1
		}
		return r
	}, text)
	if !strings.ContainsAny(text, "<>&") {
		return text
	}
	return "<![CDATA[" + strings.ReplaceAll(text, "]]>", "]]]]><![CDATA[>") + "]]>"
}

// add notes what Moodle cannot say of the question.
func (x *writer) add(severity formats.Severity, id string, args ...any) {
	name := x.q.GetName()
	if name == "" {
		name = x.q.GetId()
	}
	x.problems.Add(severity, formats.Place{}, name, id, args...)
}

// lost notes a field that Moodle has no place for.
func (x *writer) lost(field string) { x.add(formats.Warning, "format.moodle.lost", "Field", field) }

// category makes the title of the set that of a category.
func (x *writer) category() {
	titles := map[string]string{}
	for lang, title := range x.set.GetTitle() {
		titles[lang] = strings.ReplaceAll(title, "&", "&amp;")
		titles[lang] = strings.ReplaceAll(titles[lang], "<", "&lt;")
	}
	path := "$course$/top/" + strings.ReplaceAll(x.spans(titles, false), "/", "//")
	x.raw("  <question type=\"category\">\n")
	x.text("category", "", path)
	x.text("info", asHTML, x.html(x.set.GetDescription()))
	x.raw("  </question>\n")
}

// field is one that Moodle has no place for, and whether it says anything.
type field struct {
	name string
	has  bool
}

// ofSet notes what Moodle cannot say of the set as a whole.
func (x *writer) ofSet() {
	for _, f := range [...]field{
		{"certainty", x.set.GetCertainty()},
		{"facts", len(x.set.GetFacts()) > 0},
		{"sources", len(x.set.GetSources()) > 0},
	} {
		if f.has {
			x.lost(f.name)
		}
	}
}

// question writes a question, where Moodle has its kind and it is written in the languages
// wanted.
func (x *writer) question(q *aulav1.Question) {
	x.q = q
	if x.in(q.GetText()) == "" {
		x.add(formats.Skipped, "format.moodle.not_written", "Language", x.languages[0])
		return
	}
	switch kind := q.GetKind().(type) {
	case *aulav1.Question_Choice:
		x.typed("multichoice", func() { x.choice(kind.Choice) })
	case *aulav1.Question_TrueFalse:
		x.typed("truefalse", func() { x.trueFalse(kind.TrueFalse) })
	case *aulav1.Question_TextEntry_:
		x.typed("shortanswer", func() { x.shortAnswer(kind.TextEntry) })
	case *aulav1.Question_Numeric:
		x.typed("numerical", func() { x.numerical(kind.Numeric) })
	case *aulav1.Question_Match:
		x.typed("matching", func() { x.matching(kind.Match) })
	case *aulav1.Question_Order:
		x.typed("ordering", func() { x.ordering(kind.Order) })
	case *aulav1.Question_Cloze:
		x.typed("cloze", func() {})
	case *aulav1.Question_Card:
		x.add(formats.Skipped, "format.moodle.card")
	default:
		x.add(formats.Skipped, "format.moodle.no_kind")
	}
}

// typed writes what all types of question share, and within it the rest.
func (x *writer) typed(name string, rest func()) {
	q := x.q
	var stem string
	if q.GetCloze() != nil {
		stem = x.cloze(q)
	} else {
		stem = x.inAll(q.GetText(), true)
	}
	shown, files := x.shown()
	x.raw("  <question type=\"" + name + "\">\n")
	x.text("name", "", x.name())
	x.text("questiontext", asHTML, stem+shown, files)
	x.text("generalfeedback", asHTML, x.html(q.GetExplanation()))
	x.line("defaultgrade", x.grade())
	x.line("penalty", x.penalty())
	x.line("hidden", "0")
	x.line("idnumber", or(q.GetKey(), q.GetId()))
	rest()
	for _, hint := range q.GetHints() {
		x.text("hint", asHTML, x.html(hint.GetText()))
	}
	if len(q.GetTags()) > 0 {
		x.raw("    <tags>\n")
		for _, tag := range q.GetTags() {
			x.raw("      <tag><text>" + escaped(strings.ReplaceAll(strings.ReplaceAll(tag, "&", "&amp;"), "<", "&lt;")) + "</text></tag>\n")
		}
		x.raw("    </tags>\n")
	}
	x.raw("  </question>\n")
	x.unsaid()
}

// unsaid notes what Moodle has no place for.
func (x *writer) unsaid() {
	q := x.q
	for _, f := range [...]field{
		{"time_limit", q.GetTimeLimit() != nil},
		{"difficulty", q.GetDifficulty() != aulav1.Question_DIFFICULTY_UNSPECIFIED},
		{"tries", q.GetTries() > 1},
		{"penalty", q.Penalty != nil},
		{"exam_only", q.GetExamOnly()},
		{"fact", q.GetFact() != ""},
	} {
		if f.has {
			x.lost(f.name)
		}
	}
}

// name is the question's, or how it begins: Moodle wants one.
func (x *writer) name() string {
	name := or(x.q.GetName(), nameOf(x.in(x.q.GetText())))
	return strings.ReplaceAll(strings.ReplaceAll(name, "&", "&amp;"), "<", "&lt;")
}

func (x *writer) grade() string {
	const usual, perGrade = 10, 10
	points := x.q.GetPoints()
	if points == 0 {
		points = usual
	}
	return decimal(float64(points) / perGrade)
}

// penalty is what a hint costs.
func (x *writer) penalty() string {
	hints := x.q.GetHints()
	if len(hints) == 0 {
		return "0.3333333"
	}
	cost := hints[0].GetCost()
	for _, hint := range hints {
		if hint.GetCost() != cost {
			x.lost("hints.cost")
			break
		}
	}
	return decimal(cost)
}

// decimal writes a number with as many decimals as it needs, up to the seven of Moodle.
func decimal(x float64) string {
	const most = 1e7
	return strconv.FormatFloat(math.Round(x*most)/most, 'f', -1, 64)
}

// shown gives the HTML that shows the question's pictures and sounds, and the files of those
// that come along.
func (x *writer) shown() (shown, files string) {
	for _, id := range x.q.GetMedia() {
		m := x.media[id]
		if m == nil {
			continue
		}
		source := m.GetUri()
		if len(m.GetData()) > 0 {
			name := id + extensionOf(m)
			source = pluginFile + name
			files += `<file name="` + name + `" path="/" encoding="base64">` + base64.StdEncoding.EncodeToString(m.GetData()) + "</file>"
		}
		if source == "" {
			x.add(formats.Warning, "format.moodle.media_missing", "Media", id)
			continue
		}
		shown += "<p>" + x.element(m, source) + "</p>"
	}
	return shown, files
}

// element is the HTML that shows a picture or plays a sound, with its text in each language.
func (x *writer) element(m *aulav1.Media, source string) string {
	kind, _, _ := strings.Cut(or(m.GetContentType(), contentType(extensionOf(m))), "/")
	show := func(alt string) string {
		switch kind {
		case "audio", "video":
			return `<` + kind + ` controls src="` + attribute(source) + `" title="` + attribute(alt) + `"></` + kind + `>`
		}
		return `<img src="` + attribute(source) + `" alt="` + attribute(alt) + `">`
	}
	written := map[string]string{}
	for lang, alt := range m.GetAlt() {
		written[lang] = show(alt)
	}
	return or(x.spans(written, false), show(""))
}

func attribute(value string) string {
	return strings.NewReplacer("&", "&amp;", `"`, "&quot;", "<", "&lt;", ">", "&gt;").Replace(value)
}

// extensionOf is the extension for a content, by its type or by how it begins.
func extensionOf(m *aulav1.Media) string {
	for _, known := range contentTypes {
		if known[1] == m.GetContentType() {
			return known[0]
		}
	}
	data := string(m.GetData()[:min(len(m.GetData()), 16)])
	for _, magic := range [...]struct{ begins, extension string }{
		{"\x89PNG", ".png"},
		{"\xFF\xD8", ".jpg"},
		{"GIF8", ".gif"},
		{"ID3", ".mp3"},
		{"\xFF\xFB", ".mp3"},
		{"OggS", ".ogg"},
		{"<svg", ".svg"},
		{"<?xml", ".svg"},
		{"\x1A\x45\xDF\xA3", ".webm"},
	} {
		if strings.HasPrefix(data, magic.begins) {
			return magic.extension
		}
	}
	switch {
	case strings.HasPrefix(data, "RIFF") && strings.HasSuffix(data[:12], "WEBP"):
		return ".webp"
	case strings.HasPrefix(data, "RIFF"):
		return ".wav"
	case len(data) > 8 && data[4:8] == "ftyp":
		return ".mp4"
	}
	return ""
}

// in gives a text in the first of the languages wanted that it has.
func (x *writer) in(texts map[string]string) string {
	for _, lang := range x.languages {
		if texts[lang] != "" {
			return texts[lang]
		}
	}
	return ""
}

// html gives a text as HTML in the languages wanted.
func (x *writer) html(texts map[string]string) string { return x.inAll(texts, false) }

// inAll is html that marks the languages always, or where they differ.
func (x *writer) inAll(texts map[string]string, always bool) string {
	written := map[string]string{}
	inline := true
	for _, lang := range x.languages {
		if texts[lang] != "" {
			written[lang] = markup.ToHTML(texts[lang])
			inline = inline && isParagraph(written[lang])
		}
	}
	if len(written) == 0 {
		return ""
	}
	if !inline {
		return x.spans(written, always)
	}
	for lang, text := range written {
		written[lang] = inParagraph(text)
	}
	return "<p>" + x.spans(written, always) + "</p>"
}

// spans marks a text in several languages for Moodle's filter, where they differ or always.
func (x *writer) spans(written map[string]string, always bool) string {
	var there []string
	for _, lang := range x.languages {
		if written[lang] != "" {
			there = append(there, lang)
		}
	}
	if len(there) == 0 {
		return ""
	}
	differs := func(lang string) bool { return written[lang] != written[there[0]] }
	alike := len(there) == len(x.languages) && !slices.ContainsFunc(there, differs)
	if len(x.languages) == 1 || alike && !always {
		return written[there[0]]
	}
	var b strings.Builder
	for _, lang := range there {
		b.WriteString(`<span lang="` + lang + `" class="multilang">` + written[lang] + `</span>`)
	}
	return b.String()
}

func isParagraph(written string) bool {
	return strings.HasPrefix(written, "<p>") && strings.HasSuffix(written, "</p>") && strings.Count(written, "<p>") == 1 &&
		len(inParagraph(written)) == len(written)-len("<p></p>")
}

// inParagraph gives what stands in a text of one paragraph.
func inParagraph(written string) string {
	return strings.TrimSuffix(strings.TrimPrefix(written, "<p>"), "</p>")
}
