package markup

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// FromPlain gives CommonMark that shows a text letter by letter, and its lines as lines.
func FromPlain(text string) string {
	text = strings.Trim(clean(text), "\n")
	var b strings.Builder
	b.Grow(len(text) + len(text)/16)
	blank := true // nothing before, or an empty line
	for line := range strings.SplitSeq(text, "\n") {
		content := strings.TrimLeft(line, " \t")
		if strings.TrimSpace(content) == "" {
			if !blank {
				b.WriteString("\n\n")
			}
			blank = true
			continue
		}
		if !blank {
			b.WriteString("  \n")
		}
		// CommonMark drops what a line is indented by.
		if b.Len() > 0 {
			for _, r := range line[:len(line)-len(content)] {
				b.WriteString(strings.Repeat("\u00A0", map[rune]int{' ': 1, '\t': 4}[r]))
			}
		}
		b.WriteString(escapeText(strings.TrimRightFunc(content, unicode.IsSpace), escaper{lineStart: true}))
		blank = false
	}
	return finish(b.String())
}

// escaper puts a backslash before what CommonMark would take for more than the sign it is,
// and nowhere else: texts are read by people, too.
type escaper struct {
	lineStart bool // the text begins a line
	math      bool // TeX is left alone
	link      bool // within a link, which ] would end
	cell      bool // in a table, where | parts cells
	more      bool // something stands behind the text in its line

	text string
	b    strings.Builder
}

// marks are the signs that are looked at one by one; others are copied.
const marks = "\\`*_[]<>&~$|!"

func escapeText(text string, e escaper) string {
	e.text = text
	start := -1
	if e.lineStart {
		start = lineMark(text)
	}
	if start < 0 && !strings.ContainsAny(text, marks) {
		return text
	}
	e.b.Grow(len(text) + 8)
	i := 0
	if start >= 0 {
		e.b.WriteString(text[:start])
		e.b.WriteByte('\\')
		e.copy(text[start])
		i = start + 1
	}
	for i < len(text) {
		next := strings.IndexAny(text[i:], marks)
		if next < 0 {
			break
		}
		e.b.WriteString(text[i : i+next])
		i = e.mark(i + next)
	}
	e.b.WriteString(text[i:])
	return e.b.String()
}

// mark writes the sign at i, escaped where need be, and what belongs to it. It returns where
// to go on.
func (e *escaper) mark(i int) int {
	if e.math {
		if end := e.formula(i); end > i {
			return end
		}
	}
	if strings.IndexByte("*_~$", e.text[i]) >= 0 {
		return e.run(i)
	}
	if e.special(e.text[i], e.text[i+1:]) {
		e.b.WriteByte('\\')
	}
	e.copy(e.text[i])
	return i + 1
}

// special reports whether a sign would mean something to CommonMark where rest follows.
func (e *escaper) special(c byte, rest string) bool {
	switch c {
	case '\\':
		return rest == "" || isPunct(rest[0])
	case '`', '[':
		return true
	case ']': // what is not opened is not closed
		return e.link
	case '!':
		return rest == "" && e.more
	case '<': // only a letter, or / ! ?, opens a tag
		return rest == "" || !strings.ContainsRune(" =0123456789", rune(rest[0]))
	case '&':
		return rest == "" && e.more || isEntity(rest)
	case '|':
		return e.cell
	}
	return false
}

// isEntity reports whether a text goes on, behind &, as an entity does.
func isEntity(rest string) bool {
	const longest = 32
	name, _, ok := strings.Cut(rest[:min(len(rest), longest+2)], ";")
	name = strings.TrimPrefix(name, "#")
	return ok && name != "" && strings.IndexFunc(name, func(r rune) bool { return !isWord(r) }) < 0
}

// run writes the run of one sign that begins at i and returns its end. Between spaces, and
// of underscores within a word, it means nothing but itself.
func (e *escaper) run(i int) (end int) {
	c := e.text[i]
	for end = i; end < len(e.text) && e.text[end] == c; {
		end++
	}
	edge := strings.TrimSpace(e.text[:i]) == "" || strings.TrimSpace(e.text[end:]) == ""
	before, _ := utf8.DecodeLastRuneInString(e.text[:i])
	after, _ := utf8.DecodeRuneInString(e.text[end:])
	literal := !edge && unicode.IsSpace(before) && unicode.IsSpace(after)
	switch c {
	case '_':
		literal = literal || !edge && isWord(before) && isWord(after)
	case '$':
		literal = end-i == 1
	}
	for ; i < end; i++ {
		if !literal {
			e.b.WriteByte('\\')
		}
		e.b.WriteByte(c)
	}
	return end
}

// copy writes a sign. The converter would write < as an entity, so another stands for it.
func (e *escaper) copy(c byte) {
	switch c {
	case '<':
		e.b.WriteRune(lessThan)
	case '>':
		e.b.WriteRune(greaterThan)
	default:
		e.b.WriteByte(c)
	}
}

// maxFormula bounds how far the end of a formula is looked for.
const maxFormula = 4000 // bytes

// formula writes the TeX that begins at i and returns its end, i where there is none. \[ and
// \] become $$: \[ is how CommonMark writes a bracket.
func (e *escaper) formula(i int) int {
	for _, f := range [...]struct{ open, closing, as, end string }{
		{`\(`, `\)`, `\(`, `\)`}, {`\[`, `\]`, `$$`, `$$`}, {`$$`, `$$`, `$$`, `$$`},
	} {
		rest, ok := strings.CutPrefix(e.text[i:], f.open)
		if !ok {
			continue
		}
		tex, _, ok := strings.Cut(rest[:min(len(rest), maxFormula)], f.closing)
		if !ok || strings.TrimSpace(tex) == "" || strings.Contains(tex, "\n") {
			return i
		}
		e.b.WriteString(f.as)
		e.b.WriteString(texSigns().Replace(tex))
		e.b.WriteString(f.end)
		return i + len(f.open) + len(tex) + len(f.closing)
	}
	return i
}

// texSigns keeps out of a formula what would be HTML, code or a blank around it.
var texSigns = sync.OnceValue(func() *strings.Replacer {
	return strings.NewReplacer("<", `\lt `, ">", `\gt `, "[[", "[ [", "]]", "] ]", "`", "'")
})

// lineMark finds what would make of a line something else than a paragraph, -1 for nothing.
func lineMark(line string) int {
	trimmed := strings.TrimLeft(line, " \t")
	if trimmed == "" {
		return -1
	}
	at := len(line) - len(trimmed)
	body := strings.TrimLeft(trimmed, trimmed[:1])
	count := len(trimmed) - len(body)
	ends := func(s string) bool { return s == "" || s[0] == ' ' || s[0] == '\t' }
	special := false
	switch trimmed[0] {
	case '>':
		special = true
	case '#':
		special = count <= 6 && ends(body)
	case '=':
		special = strings.TrimSpace(body) == ""
	case '+', '-':
		special = count == 1 && ends(body) || isRule(trimmed)
	case '|', ':':
		special = isRule(trimmed)
	case '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		body = strings.TrimLeft(trimmed, "0123456789")
		at += len(trimmed) - len(body)
		special = body != "" && (body[0] == '.' || body[0] == ')') && ends(body[1:])
	}
	if !special {
		return -1
	}
	return at
}

// isRule reports whether a line would divide, underline or begin a table.
func isRule(line string) bool {
	return strings.Contains(line, "-") && strings.Trim(line, "|:- \t") == ""
}

func isPunct(c byte) bool {
	return c >= '!' && c <= '/' || c >= ':' && c <= '@' || c >= '[' && c <= '`' || c >= '{' && c <= '~'
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }
