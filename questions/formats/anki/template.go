package anki

import (
	"regexp"
	"slices"
	"strings"
)

// Limits on templates. What is longer is cut off: nothing but a program is that long.
const (
	maxTemplate = 64 << 10 // bytes of a template without its programs and styles
	maxFace     = 1 << 20  // bytes of one side of a card
)

var (
	program = regexp.MustCompile(`(?is)<script\b.*?(?:</script\s*>|$)|<style\b.*?(?:</style\s*>|$)|<!--.*?(?:-->|$)`)
	answer  = regexp.MustCompile(`(?i)<hr\b[^<>]*\bid\s*=\s*["']?answer\b[^<>]*>`)
)

// clean takes away from the template what is not text.
func (t *template) clean() {
	for _, side := range []*string{&t.front, &t.back} {
		*side = program.ReplaceAllString(*side, "")
		*side = strings.ToValidUTF8((*side)[:min(len(*side), maxTemplate)], "")
	}
}

// face makes one side of a card of a template.
type face struct {
	fields map[string]string               // HTML by name
	cloze  func(field, html string) string // what to show of a field with deletions
	typed  string                          // the field that the front asks to type, "" where it asks for none
	hints  []string                        // HTML of the fields that are shown on demand
	front  bool
	long   bool // it would be longer than maxFace
}

// render writes a side. Sections nest; an unknown field is empty, as is what only Anki
// knows, such as the front on the back: cards have the two apart.
func (f *face) render(side string) string {
	var b strings.Builder
	var open sections
	write := func(text string) {
		if b.Len()+len(text) > maxFace {
			f.long = true
			return
		}
		b.WriteString(text)
	}
	for {
		before, rest, found := strings.Cut(side, "{{")
		tag, after, closed := strings.Cut(rest, "}}")
		if !found || !closed {
			before = side // what is left is text
		}
		if open.hidden == 0 {
			write(before)
		}
		if !found || !closed {
			return b.String()
		}
		side = after
		switch kind, name := tagKind(strings.TrimSpace(tag)); kind {
		case '#', '^':
			open.begin(f.filled(name) == (kind == '#'))
		case '/':
			open.end()
		default:
			if open.hidden == 0 {
				write(f.field(name))
			}
		}
	}
}

// sections are those that are open at a place of a template.
type sections struct {
	shown  []bool
	hidden int // how many are not shown
}

func (s *sections) begin(shown bool) {
	s.shown = append(s.shown, shown)
	if !shown {
		s.hidden++
	}
}

func (s *sections) end() {
	last := len(s.shown) - 1
	if last < 0 {
		return // never begun
	}
	if !s.shown[last] {
		s.hidden--
	}
	s.shown = s.shown[:last]
}

// tagKind tells the sections of a template (#, ^ and /) from its fields (0).
func tagKind(tag string) (kind byte, name string) {
	if tag != "" && strings.IndexByte("#^/", tag[0]) >= 0 {
		return tag[0], strings.TrimSpace(tag[1:])
	}
	return 0, tag
}

var cardNumber = regexp.MustCompile(`^c[0-9]+$`)

// filled reports whether a section that depends on a field is shown.
func (f *face) filled(name string) bool {
	html, ok := f.fields[name]
	if !ok {
		return f.cloze != nil && cardNumber.MatchString(name) // there is such a card of the note
	}
	return strings.TrimSpace(html) != ""
}

// field writes a field through its filters.
func (f *face) field(tag string) string {
	if html, ok := f.fields[tag]; ok {
		return html
	}
	filters := strings.Split(tag, ":")
	name := strings.TrimSpace(filters[len(filters)-1])
	html := f.fields[name]
	filters = filters[:len(filters)-1]
	has := func(filter string) bool {
		return slices.ContainsFunc(filters, func(one string) bool { return strings.TrimSpace(one) == filter })
	}
	switch {
	case has("type") && has("cloze"):
		return ""
	case has("type") && f.front:
		f.typed = name
		return ""
	case has("type") && f.typed == name:
		return ""
	case has("cloze"):
		if f.cloze == nil {
			return html
		}
		return f.cloze(name, html)
	case has("hint") && f.front:
		if strings.TrimSpace(html) != "" {
			f.hints = append(f.hints, html)
		}
		return ""
	case len(filters) > 0 && strings.HasPrefix(strings.TrimSpace(filters[0]), "tts"):
		return "" // read aloud by Anki
	}
	return html
}
