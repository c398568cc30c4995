package markup

import (
	"strings"

	"golang.org/x/net/html"
)

// Reference is a picture, a sound or a file that HTML shows or leads to.
type Reference struct {
	Source string // as the HTML has it: a URL, or the name of a file that came along
	Alt    string // what it shows, in the author's words; empty where they say nothing
}

// TakeMedia takes pictures, sounds and films out of HTML, and tells of the files within the
// same site that it links to. What is left is to be given to FromHTML.
func TakeMedia(source string) (rest string, taken []Reference) {
	return takeMedia(source, false)
}

// mediaTags are where TakeMedia finds something to take.
var mediaTags = [...]string{"<img", "<audio", "<video", "<source", "<embed", "<object", "<a"}

// takeMedia takes the media out, or puts their alternative text in their place.
func takeMedia(source string, inPlace bool) (rest string, taken []Reference) {
	lower := strings.ToLower(source)
	found := false
	for _, tag := range mediaTags {
		found = found || strings.Contains(lower, tag)
	}
	if !found {
		return source, nil
	}
	t := taker{Tokenizer: html.NewTokenizer(strings.NewReader(source)), inPlace: inPlace}
	for t.Next() != html.ErrorToken {
		t.token()
	}
	return t.rest.String(), t.taken
}

type taker struct {
	*html.Tokenizer

	inPlace bool
	playing bool // within a player: texts are for those who have none
	rest    strings.Builder
	taken   []Reference
}

func (t *taker) token() {
	raw := string(t.Raw()) // before it is parsed in place
	token := t.Token()
	switch token.Type {
	case html.StartTagToken, html.SelfClosingTagToken:
		t.open(token, raw)
		return
	case html.EndTagToken:
		switch token.Data {
		case "audio", "video", "object", "embed", "source", "track":
			t.playing = false
			return
		}
	case html.TextToken:
		if t.playing {
			return
		}
	case html.CommentToken, html.DoctypeToken, html.ErrorToken:
		return
	}
	t.rest.WriteString(raw)
}

func (t *taker) open(token html.Token, raw string) {
	switch token.Data {
	case "img":
		t.take(attribute(token, "src"), attribute(token, "alt"))
	case "audio", "video", "object":
		t.playing = token.Type == html.StartTagToken
		t.take(attribute(token, "src")+attribute(token, "data"), attribute(token, "title")+attribute(token, "aria-label"))
	case "source", "embed":
		t.take(attribute(token, "src"), attribute(token, "title"))
	case "track":
	case "a":
		href := attribute(token, "href")
		if href != "" && !strings.HasPrefix(href, "#") && !strings.Contains(href, ":") {
			t.taken = append(t.taken, Reference{Source: href})
		}
		fallthrough
	default:
		t.playing = false
		t.rest.WriteString(raw)
	}
}

func (t *taker) take(source, alt string) {
	source, alt = strings.TrimSpace(source), strings.TrimSpace(collapse(alt))
	if source != "" {
		t.taken = append(t.taken, Reference{source, alt})
	}
	if t.inPlace {
		t.rest.WriteString(html.EscapeString(alt))
	}
}

func attribute(token html.Token, name string) string {
	for _, a := range token.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// HTMLText gives the text of HTML alone, a line a paragraph.
func HTMLText(source string) string {
	source = clean(source)
	if !strings.ContainsAny(source, "<&") {
		return strings.TrimSpace(collapse(source))
	}
	source, _ = takeMedia(source, true)
	var b strings.Builder
	hidden := false // within a script or the like
	for t := html.NewTokenizer(strings.NewReader(source)); ; {
		switch t.Next() {
		case html.ErrorToken:
			return strings.TrimSpace(b.String())
		case html.TextToken:
			if !hidden {
				b.WriteString(collapse(clean(string(t.Text()))))
			}
		case html.StartTagToken, html.SelfClosingTagToken, html.EndTagToken:
			name, _ := t.TagName()
			switch string(name) {
			case "script", "style":
				hidden = !hidden
			case "br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "blockquote":
				if text := b.String(); text != "" && !strings.HasSuffix(text, "\n") {
					b.WriteByte('\n')
				}
			case "td", "th":
				b.WriteByte(' ')
			}
		case html.CommentToken, html.DoctypeToken:
		}
	}
}
