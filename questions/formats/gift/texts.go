package gift

import (
	"strings"

	"aula/questions/formats/markup"
	"aula/questions/formats/plaintext"
)

// The formats that texts are written in.
const (
	moodle   = "moodle" // as Moodle shows what is typed: HTML with its lines as lines
	inHTML   = "html"
	markdown = "markdown"
	plain    = "plain"
)

var formatPrefix = plaintext.Pattern(`^\[(moodle|html|markdown|plain)\]`)

// splitFormat takes the name of its format off a text; other is that of a text without.
func splitFormat(text, other string) (format, rest string) {
	found := formatPrefix().FindStringSubmatch(text)
	if found == nil {
		return other, text
	}
	return found[1], strings.TrimSpace(text[len(found[0]):])
}

var (
	htmlTag = plaintext.Pattern(`(?i)</?(?:a|abbr|audio|b|big|blockquote|br|center|code|dd|del|div|dl|dt|em|embed|figure|font|` +
		`h[1-6]|hr|i|iframe|img|ins|kbd|li|mark|object|ol|p|pre|q|s|samp|script|section|small|span|strike|strong|style|sub|sup|` +
		`table|tbody|td|tfoot|th|thead|tr|tt|u|ul|var|video)(?:\s[^<>]*)?/?>|<!--`)
	htmlEntity = plaintext.Pattern(`&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});`)
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
		return markup.FromMarkdown(text)
	}
	if !htmlTag().MatchString(text) && !htmlEntity().MatchString(text) {
		text = htmlEscape.Replace(text)
	}
	return markup.FromHTML(strings.ReplaceAll(text, "\n", "<br>\n"))
}
