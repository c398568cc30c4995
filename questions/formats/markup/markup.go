// Package markup turns what other programs write texts in into CommonMark, and back. What
// comes in is sanitised first: nothing of it can run, load or hide.
package markup

import (
	"bytes"
	"strings"
	"sync"

	"github.com/JohannesKaufmann/html-to-markdown/v2/converter"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/base"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/commonmark"
	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
)

var policy = sync.OnceValue(bluemonday.UGCPolicy)

var toCommonMark = sync.OnceValue(func() *converter.Converter {
	return converter.NewConverter(converter.WithPlugins(base.NewBasePlugin(), commonmark.NewCommonmarkPlugin()))
})

// FromHTML gives CommonMark without raw HTML that says what the HTML says.
func FromHTML(html string) string {
	text, err := toCommonMark().ConvertString(policy().Sanitize(html))
	if err != nil { // a string can be read to its end
		return FromPlain(html)
	}
	return strings.TrimSpace(text)
}

// FromPlain gives CommonMark that shows a text letter by letter.
func FromPlain(text string) string {
	var b strings.Builder
	for _, r := range text {
		if strings.ContainsRune("\\`*_[]<>&#", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// ToHTML gives HTML for CommonMark.
func ToHTML(text string) string {
	var b bytes.Buffer
	if err := goldmark.Convert([]byte(text), &b); err != nil { // a buffer takes all
		return ""
	}
	return strings.TrimSpace(b.String())
}
