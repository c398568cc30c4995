// Package markup turns what other programs write texts in into CommonMark, and back. What
// comes in is sanitised first: nothing of it can run, load or hide.
//
// Texts keep their mathematics: what stands between \( and \), or between $$ and $$, is TeX
// and not CommonMark, and goes through as it is. Tables and struck-out text are written as
// GitHub writes them, which most renderers know and the others show legibly.
package markup

import (
	"net/url"
	"strings"
	"sync"
	"unicode"

	"github.com/JohannesKaufmann/html-to-markdown/v2/converter"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/base"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/commonmark"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/strikethrough"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/table"
	"github.com/microcosm-cc/bluemonday"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// maxHTML bounds what is parsed: more than that is taken for its text alone. It is far above
// what a question may say.
const maxHTML = 1 << 20 // bytes

// policy lets through what CommonMark can say.
var policy = sync.OnceValue(func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "div", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "ul", "ol", "li",
		"pre", "code", "kbd", "samp", "tt", "var", "b", "strong", "i", "em", "u", "ins", "s", "del", "strike", "sub", "sup",
		"dl", "dt", "dd", "table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td", "section", "article")
	p.AllowAttrs("start").Matching(bluemonday.Integer).OnElements("ol")
	p.AllowAttrs("href").OnElements("a")
	p.AllowURLSchemes("mailto")
	for _, scheme := range []string{"http", "https"} {
		p.AllowURLSchemeWithCustomPolicy(scheme, func(u *url.URL) bool { return u.Host != "" })
	}
	p.AllowRelativeURLs(false)
	p.RequireParseableURLs(true)
	p.AddSpaceWhenStrippingTag(false)
	return p
})

var toCommonMark = sync.OnceValue(func() *converter.Converter {
	return converter.NewConverter(
		// Texts are escaped before, by escaper, which knows the mathematics.
		converter.WithEscapeMode(converter.EscapeModeDisabled),
		converter.WithPlugins(
			base.NewBasePlugin(),
			commonmark.NewCommonmarkPlugin(
				commonmark.WithListEndComment(false), // it is raw HTML
				commonmark.WithLinkEmptyHrefBehavior(commonmark.LinkBehaviorSkip),
				commonmark.WithLinkEmptyContentBehavior(commonmark.LinkBehaviorSkip),
			),
			strikethrough.NewStrikethroughPlugin(),
			table.NewTablePlugin(table.WithNewlineBehavior(table.NewlineBehaviorSkip)),
		),
	)
})

// FromHTML gives CommonMark without raw HTML that says what the HTML says. Links are kept
// where they lead to the web or to an address for mail. In the place of a picture stands its
// alternative text; TakeMedia hands out the pictures themselves.
func FromHTML(source string) string {
	source = clean(source)
	if !strings.ContainsAny(source, "<&") { // as in most texts
		return finish(escapeText(collapse(source), escaper{lineStart: true, math: true}))
	}
	if strings.Contains(source, "<") {
		source, _ = takeMedia(source, true)
	}
	text, ok := convert(source)
	if !ok {
		return FromPlain(HTMLText(source))
	}
	return text
}

// convert is FromHTML of what holds no pictures. It reports whether the text can be trusted:
// not where HTML is too long or too deep to be parsed, or would be left raw.
func convert(source string) (string, bool) {
	if len(source) > maxHTML {
		return "", false
	}
	body := &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body}
	nodes, err := html.ParseFragment(strings.NewReader(policy().Sanitize(source)), body)
	if err != nil {
		return "", false
	}
	for _, n := range nodes {
		body.AppendChild(n)
	}
	(&preparer{}).children(body)
	written, err := toCommonMark().ConvertNode(body)
	if err != nil {
		return "", false
	}
	text := finish(string(written))
	return text, !hasRawHTML(text)
}

// Signs that stand for others while a text is on its way through the converter.
const (
	lessThan    = '\uE000'
	greaterThan = '\uE001'
	codeNewline = '\uF002' // the converter's own
)

// clean takes out what nobody sees and what this package means something of its own by.
func clean(text string) string {
	text = strings.ToValidUTF8(text, string(unicode.ReplacementChar))
	unseen := func(r rune) bool {
		switch r {
		case '\n', '\t':
			return false
		case lessThan, greaterThan, codeNewline, '\uFEFF':
			return true
		}
		return unicode.IsControl(r)
	}
	if strings.Contains(text, "\r") {
		text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	}
	if strings.IndexFunc(text, unseen) < 0 {
		return text
	}
	return strings.Map(func(r rune) rune {
		if unseen(r) {
			return -1
		}
		return r
	}, text)
}

// collapse writes each run of white space as one space, as HTML shows it. A no-break space
// stays one where it stands between words.
func collapse(text string) string {
	if !strings.ContainsAny(text, "\t\n\f\u00A0") && !strings.Contains(text, "  ") {
		return text
	}
	var b strings.Builder
	b.Grow(len(text))
	for i := 0; i < len(text); {
		end := i
		for end < len(text) && spaceAt(text, end) > 0 {
			end += spaceAt(text, end)
		}
		switch {
		case end == i:
			next := strings.IndexAny(text[i:], " \t\n\f\u00A0")
			if next < 0 {
				next = len(text) - i
			}
			end = i + next
			b.WriteString(text[i:end])
		case text[i:end] == "\u00A0" && i > 0 && end < len(text):
			b.WriteString("\u00A0")
		default:
			b.WriteByte(' ')
		}
		i = end
	}
	return b.String()
}

// spaceAt is the length of the white space character at i, 0 where there is none.
func spaceAt(text string, i int) int {
	switch text[i] {
	case ' ', '\t', '\n', '\f':
		return 1
	}
	if strings.HasPrefix(text[i:], "\u00A0") {
		return len("\u00A0")
	}
	return 0
}

// finish puts the signs back that others stood for.
func finish(text string) string {
	text = strings.Map(func(r rune) rune {
		switch r {
		case lessThan:
			return '<'
		case greaterThan:
			return '>'
		}
		return r
	}, text)
	return strings.TrimSpace(text)
}
