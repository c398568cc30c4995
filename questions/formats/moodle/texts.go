package moodle

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"aula/questions/formats"
	"aula/questions/formats/markup"
)

func (t text) string() string { return string(t) }

// maxText bounds a text in HTML, pictures within it aside: no question needs so much, and
// what it is pasted from may bring along any amount of styles.
const maxText = 1 << 20 // bytes

// bounded gives CommonMark for HTML without pictures.
func (t *task) bounded(source string) string {
	if len(source) > maxText {
		t.fail("format.moodle.long_text", "Max", maxText>>10)
		return ""
	}
	return markup.FromHTML(source)
}

// The formats of texts.
const (
	formatAuto     = "moodle_auto_format"
	formatPlain    = "plain_text"
	formatMarkdown = "markdown"
)

// toHTML gives HTML for a text in one of Moodle's formats.
func toHTML(source, format string) string {
	switch format {
	case formatMarkdown:
		return markup.MarkdownToHTML(source)
	case formatPlain:
		return markup.ToHTML(markup.FromPlain(source))
	case formatAuto:
		if strings.Contains(source, "\n") && !blockTag().MatchString(source) {
			return strings.ReplaceAll(strings.TrimSpace(source), "\n", "<br>\n")
		}
	}
	return source
}

var blockTag = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)<(?:p|div|br|ul|ol|table|pre|h[1-6]|blockquote)\b`)
})

// stem converts the question's text in each language, and takes its pictures and sounds in.
func (t *task) stem(written map[string]string) map[string]string {
	texts := map[string]string{}
	for _, lang := range t.languages {
		source, ok := written[lang]
		if !ok {
			continue
		}
		rest, shown := markup.TakeMedia(toHTML(source, t.source.Text.Format))
		for _, reference := range shown {
			t.show(reference, lang, t.source.Text.Files)
		}
		if text := t.bounded(rest); text != "" {
			texts[lang] = text
		}
	}
	t.showOld()
	if len(texts) == 0 && !t.failed {
		t.fail("format.moodle.no_text")
	}
	return texts
}

// option converts a text that learners choose by. A picture in it is shown with the
// question; where there is nothing else, what it shows is the text.
func (t *task) option(written map[string]string, r rich) map[string]string {
	texts := map[string]string{}
	for _, lang := range t.languages {
		source, ok := written[lang]
		if !ok {
			continue
		}
		rest, shown := markup.TakeMedia(toHTML(source, or(r.Format, t.source.Text.Format)))
		var alts []string
		for _, reference := range shown {
			if t.show(reference, lang, r.Files) {
				t.moved(reference)
			}
			alts = append(alts, reference.Alt)
		}
		text := t.bounded(rest)
		if text == "" {
			text = markup.FromPlain(strings.TrimSpace(strings.Join(alts, " ")))
		}
		if text != "" {
			texts[lang] = text
		}
	}
	return texts
}

func (t *task) moved(reference markup.Reference) {
	t.add(formats.Warning, "format.moodle.option_media", "File", fileName(reference.Source))
}

// feedback converts a text that is shown with the outcome. Its pictures are left out: shown
// with the question they would give it away.
func (t *task) feedback(r rich) map[string]string {
	return t.feedbackIn(split(r.Text.string(), t.languages), r.Format)
}

func (t *task) feedbackIn(written map[string]string, format string) map[string]string {
	var texts map[string]string
	for _, lang := range t.languages {
		source := written[lang]
		if strings.TrimSpace(source) == "" {
			continue
		}
		rest, shown := markup.TakeMedia(toHTML(source, format))
		for _, reference := range shown {
			t.add(formats.Warning, "format.moodle.feedback_media", "File", fileName(reference.Source))
		}
		if text := t.bounded(rest); text != "" {
			if texts == nil {
				texts = map[string]string{}
			}
			texts[lang] = text
		}
	}
	return texts
}

// plainTexts gives texts without marks: those that answers are compared with.
func plainTexts(written map[string]string) map[string]string {
	texts := map[string]string{}
	for lang, text := range written {
		if text = strings.TrimSpace(strings.ReplaceAll(text, "\u00A0", " ")); text != "" {
			texts[lang] = text
		}
	}
	return texts
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// yes reads a switch as the versions of Moodle write it.
func yes(written string, otherwise bool) bool {
	switch written = strings.ToLower(strings.TrimSpace(written)); {
	case written == "":
		return otherwise
	case slices.Contains([]string{"1", "true", "yes"}, written):
		return true
	}
	return false
}
