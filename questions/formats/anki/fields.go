package anki

import (
	"html"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	nethtml "golang.org/x/net/html"
)

// maxHTML bounds, in bytes, what is turned into CommonMark: a text of 4000 characters has
// less markup than that.
const maxHTML = 64 << 10

// shown is a picture or a sound that a field shows.
type shown struct {
	name string // of the file, or its address
	alt  string
}

var soundTag = regexp.MustCompile(`\[sound:([^\[\]\r\n]{1,300})\]`)

// split takes pictures and sounds out of HTML.
func split(source string) (rest string, found []shown) {
	source = soundTag.ReplaceAllStringFunc(source, func(tag string) string {
		name := html.UnescapeString(tag[len("[sound:") : len(tag)-1])
		found = append(found, shown{name: strings.TrimSpace(name)})
		return " "
	})
	if !strings.Contains(source, "<") {
		return source, found
	}
	var b strings.Builder
	for z := nethtml.NewTokenizer(strings.NewReader(source)); z.Next() != nethtml.ErrorToken; {
		raw := string(z.Raw())
		token := z.Token()
		switch token.Type {
		case nethtml.StartTagToken, nethtml.SelfClosingTagToken, nethtml.EndTagToken:
		default:
			b.WriteString(raw)
			continue
		}
		switch token.Data {
		case "img", "audio", "video", "source":
			if one := (shown{attribute(token, "src"), strings.TrimSpace(attribute(token, "alt"))}); one.name != "" {
				found = append(found, one)
			}
			b.WriteString(" ")
		default:
			b.WriteString(raw)
		}
	}
	return b.String(), found
}

func attribute(token nethtml.Token, name string) string {
	for _, a := range token.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// file is the name in Anki's media folder that an address within a field means.
func (s shown) file() string {
	if name, err := url.PathUnescape(s.name); err == nil {
		return name
	}
	return s.name
}

var elsewhere = regexp.MustCompile(`^(?i:https?:)?//|^(?i:data|file|blob):`)

// remote reports whether it is somewhere else than in the file.
func (s shown) remote() bool { return elsewhere.MatchString(s.name) }

// plain gives the text of HTML in one line, as it is typed.
func plain(source string) string {
	source = soundTag.ReplaceAllString(source, "")
	if !strings.ContainsAny(source, "<&") {
		return oneLine(source)
	}
	var b strings.Builder
	hidden := false // within a program or a style
	for z := nethtml.NewTokenizer(strings.NewReader(source)); z.Next() != nethtml.ErrorToken; {
		token := z.Token()
		switch token.Type {
		case nethtml.ErrorToken, nethtml.CommentToken, nethtml.DoctypeToken:
		case nethtml.TextToken:
			if !hidden {
				b.WriteString(token.Data)
			}
		case nethtml.StartTagToken, nethtml.EndTagToken, nethtml.SelfClosingTagToken:
			switch token.Data { // those that begin a line, or a cell
			case "br", "div", "p", "li", "tr", "td", "th", "hr", "ul", "ol", "table":
				b.WriteString(" ")
			case "script", "style":
				hidden = token.Type == nethtml.StartTagToken
			}
		}
	}
	return oneLine(b.String())
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// typeable reports whether a learner can type a text and have it graded.
func typeable(text string) bool {
	const maxAccepted = 200
	return utf8.RuneCountInString(text) <= maxAccepted &&
		strings.ContainsFunc(text, func(r rune) bool { return unicode.In(r, unicode.L, unicode.N, unicode.S) })
}

// shorten gives the first words of a text, to name a note in the report.
func shorten(text string) string {
	const most = 60
	text = oneLine(strings.ToValidUTF8(text[:min(len(text), 8*most)], "\uFFFD"))
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most-1]) + "…"
}
