package moodle

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats"
	"aula/questions/formats/markup"
)

// cloze gives the text of a cloze with its sub-questions in it. Each blank stands there once: the languages are marked between them.
func (x *writer) cloze(q *aulav1.Question) string {
	languages := x.clozeLanguages(q)
	html := map[string]string{}
	for _, lang := range languages {
		html[lang] = signs().Replace(markup.ToHTML(marked(q.GetText()[lang])))
	}
	inline := true
	for _, written := range html {
		inline = inline && isParagraph(written)
	}
	if !inline {
		return x.pieces(html, languages, x.subquestions(q.GetCloze()))
	}
	for lang, written := range html {
		html[lang] = inParagraph(written)
	}
	return "<p>" + x.pieces(html, languages, x.subquestions(q.GetCloze())) + "</p>"
}

// clozeLanguages are the languages wanted whose text has the blanks in the same order as
// that of the first.
func (x *writer) clozeLanguages(q *aulav1.Question) (languages []string) {
	var order []string
	for _, lang := range x.languages {
		text := q.GetText()[lang]
		if text == "" {
			continue
		}
		theirs := marker().FindAllString(text, -1)
		switch {
		case len(languages) == 0:
			order = theirs
		case !slices.Equal(order, theirs):
			x.add(formats.Warning, "format.moodle.cloze_order", "Language", lang)
			continue
		}
		languages = append(languages, lang)
	}
	return languages
}

// marker is where a blank stands.
var marker = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\[\[([^\[\]]+)\]\]`) })

// marked puts signs in the place of the marks of blanks, which go through Markdown as they are.
func marked(text string) string { return marker().ReplaceAllString(text, blankOpen+"$1"+blankClose) }

// signs keeps the text of a cloze from looking like a sub-question.
var signs = sync.OnceValue(func() *strings.Replacer { return strings.NewReplacer("{", "&#123;", "}", "&#125;") })

// pieces writes the runs of text and the blanks in turn. Marks may open in one run and close
// in another: the filter leaves those of one language.
func (x *writer) pieces(html map[string]string, languages []string, blanks map[string]string) string {
	runs := map[string][]string{}
	var ids []string
	for _, lang := range languages {
		runs[lang], ids = cutBlanks(html[lang])
	}
	var b strings.Builder
	marked := false // so that the text is known to be in several languages
	for i := range runs[languages[0]] {
		texts := map[string]string{}
		for _, lang := range languages {
			texts[lang] = runs[lang][i]
		}
		force := !marked && strings.TrimSpace(texts[languages[0]]) != ""
		marked = marked || force
		b.WriteString(x.spans(texts, force))
		if i < len(ids) {
			b.WriteString(blanks[ids[i]])
		}
	}
	return b.String()
}

// cutBlanks cuts a text at its blanks: one more run than there are blanks.
func cutBlanks(written string) (runs, ids []string) {
	for {
		before, rest, found := strings.Cut(written, blankOpen)
		runs = append(runs, before)
		if !found {
			return runs, ids
		}
		id, after, _ := strings.Cut(rest, blankClose)
		ids = append(ids, id)
		written = after
	}
}

// subquestions writes the blanks, by id.
func (x *writer) subquestions(k *aulav1.ClozeQuestion) map[string]string {
	scale := x.weightScale(k)
	written := map[string]string{}
	for _, b := range k.GetBlanks() {
		weight := int(math.Max(1, math.Round(weightOf(b)*scale)))
		written[b.GetId()] = "{" + strconv.Itoa(weight) + ":" + x.subquestionOf(b) + "}"
	}
	return written
}

// weightScale makes whole numbers of the weights: Moodle has no others.
func (x *writer) weightScale(k *aulav1.ClozeQuestion) float64 {
	whole := func(scale float64) bool {
		return !slices.ContainsFunc(k.GetBlanks(), func(b *aulav1.Blank) bool {
			scaled := weightOf(b) * scale
			return math.Abs(scaled-math.Round(scaled)) > 1e-9 || math.Round(scaled) < 1
		})
	}
	for _, scale := range []float64{1, 2, 3, 4, 5, 10, 20, 100} {
		if whole(scale) {
			if scale > 1 {
				x.add(formats.Note, "format.moodle.cloze_scaled", "Factor", int(scale))
			}
			return scale
		}
	}
	x.lost("weight")
	return 1
}

func (x *writer) subquestionOf(b *aulav1.Blank) string {
	var answers []string
	name := ""
	switch kind := b.GetKind().(type) {
	case *aulav1.Blank_Choice:
		name = "MULTICHOICE"
		if kind.Choice.GetMultiple() {
			name = "MULTIRESPONSE"
		}
		if !kind.Choice.GetFixedOrder() {
			name += "_S"
		}
		for i, option := range kind.Choice.GetOptions() {
			answers = append(answers, x.clozeAnswer(weight(kind.Choice, i), x.inlineHTML(option.GetText()), option.GetFeedback()))
		}
		x.last(kind.Choice)
	case *aulav1.Blank_TextEntry:
		name = "SHORTANSWER"
		if kind.TextEntry.GetCaseSensitive() {
			name += "_C"
		}
		for _, a := range x.texts(kind.TextEntry) {
			answers = append(answers, x.clozeAnswer(a.fraction, attribute(a.text), a.feedback))
		}
	case *aulav1.Blank_Numeric:
		name = "NUMERICAL"
		for _, a := range x.numbers(kind.Numeric) {
			answers = append(answers, x.clozeAnswer(a.fraction, float(a.value)+":"+float(a.tolerance), a.feedback))
		}
		if len(kind.Numeric.GetUnits()) > 0 {
			x.lost("units")
		}
		if kind.Numeric.GetUnit() == aulav1.NumericQuestion_PERCENT {
			x.lost("unit")
		}
	}
	return name + ":" + strings.Join(answers, "~")
}

// inlineHTML gives a text as HTML without a paragraph around it.
func (x *writer) inlineHTML(texts map[string]string) string {
	written := x.html(texts)
	if isParagraph(written) {
		return inParagraph(written)
	}
	return written
}

func (x *writer) clozeAnswer(fraction float64, text string, feedback map[string]string) string {
	fraction = x.allowed(fraction)
	mark := "%" + percent(fraction) + "%"
	if fraction == 1 {
		mark = "="
	}
	written := mark + clozeSigns().Replace(text)
	if told := x.inlineHTML(feedback); told != "" {
		written += "#" + clozeSigns().Replace(told)
	}
	return written
}

// clozeSigns keeps signs from parting answers, and what is no such sign from a backslash.
var clozeSigns = sync.OnceValue(func() *strings.Replacer {
	return strings.NewReplacer(
		"&#34;", "&quot;", "&#39;", "'", // whose # is none
		`\`, "&#92;", "}", `\}`, "~", `\~`, "#", `\#`,
	)
})
