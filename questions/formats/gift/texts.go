package gift

import (
	"bytes"
	"regexp"
	"strings"
	"sync"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/renderer/html"
	source "github.com/yuin/goldmark/text"

	"aula/questions/formats/markup"
)

// The formats that texts are written in.
const (
	moodle   = "moodle" // as Moodle shows what is typed: HTML with its lines as lines
	inHTML   = "html"
	markdown = "markdown"
	plain    = "plain"
)

var formatPrefix = regexp.MustCompile(`^\[(moodle|html|markdown|plain)\]`)

// splitFormat takes the name of its format off a text; other is that of a text without.
func splitFormat(text, other string) (format, rest string) {
	found := formatPrefix.FindStringSubmatch(text)
	if found == nil {
		return other, text
	}
	return found[1], strings.TrimSpace(text[len(found[0]):])
}

var (
	htmlTag = regexp.MustCompile(`(?i)</?(?:a|abbr|audio|b|big|blockquote|br|center|code|dd|del|div|dl|dt|em|embed|figure|font|` +
		`h[1-6]|hr|i|iframe|img|ins|kbd|li|mark|object|ol|p|pre|q|s|samp|script|section|small|span|strike|strong|style|sub|sup|` +
		`table|tbody|td|tfoot|th|thead|tr|tt|u|ul|var|video)(?:\s[^<>]*)?/?>|<!--`)
	htmlEntity = regexp.MustCompile(`&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});`)
	htmlEscape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
)

// toCommonMark turns a text into CommonMark without raw HTML.
func toCommonMark(text, format string) string {
	text = strings.TrimSpace(text)
	switch format {
	case inHTML:
		return markup.FromHTML(text)
	case plain:
		return markup.FromPlain(text)
	case markdown:
		return fromMarkdown(text)
	}
	if !htmlTag.MatchString(text) && !htmlEntity.MatchString(text) {
		text = htmlEscape.Replace(text)
	}
	return markup.FromHTML(strings.ReplaceAll(text, "\n", "<br>\n"))
}

// withHTML writes the HTML within Markdown as it is; markup sanitises it.
var withHTML = sync.OnceValue(func() goldmark.Markdown {
	return goldmark.New(goldmark.WithRendererOptions(html.WithUnsafe()))
})

// rawHTML is what HTML within Markdown begins with.
var rawHTML = regexp.MustCompile(`<[A-Za-z/!?]`)

// hasHTML reports whether Markdown has HTML in it, as links in < and > are not.
func hasHTML(text string) bool {
	found := false
	document := withHTML().Parser().Parse(source.NewReader([]byte(text)))
	// The walk fails only where its function does.
	_ = ast.Walk(document, func(n ast.Node, _ bool) (ast.WalkStatus, error) {
		if n.Kind() == ast.KindRawHTML || n.Kind() == ast.KindHTMLBlock {
			found = true
			return ast.WalkStop, nil
		}
		return ast.WalkContinue, nil
	})
	return found
}

// fromMarkdown leaves Markdown as it is, unless it has HTML in it.
func fromMarkdown(text string) string {
	if !rawHTML.MatchString(text) || !hasHTML(text) {
		return text
	}
	var b bytes.Buffer
	if err := withHTML().Convert([]byte(text), &b); err != nil { // a buffer takes all
		return markup.FromPlain(text)
	}
	return markup.FromHTML(b.String())
}
