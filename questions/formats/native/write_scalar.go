package native

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// scalar writes a text behind a key or a dash at the column indent: on its line from col on,
// or below as a block.
func (y *yamlWriter) scalar(text string, indent, col int) {
	line := oneLine(text, false)
	switch {
	case literal(text):
		y.block(text, indent+2)
	case col+utf8.RuneCountInString(line) > width && foldable(text):
		y.folded(text, indent+2)
	default:
		y.text(line, "\n")
	}
}

// literal reports whether a text has several lines and is best written as it is.
func literal(text string) bool {
	body := strings.TrimSuffix(text, "\n")
	if !strings.Contains(body, "\n") || strings.HasSuffix(body, "\n") || body[0] == '\n' || body[0] == ' ' {
		return false
	}
	for line := range strings.SplitSeq(body, "\n") {
		if strings.HasSuffix(line, " ") || strings.ContainsFunc(line, hidden) {
			return false
		}
	}
	return true
}

func (y *yamlWriter) block(text string, indent int) {
	body, ended := strings.CutSuffix(text, "\n")
	if ended {
		y.text("|\n")
	} else {
		y.text("|-\n")
	}
	for line := range strings.SplitSeq(body, "\n") {
		if line != "" {
			y.indent(indent)
		}
		y.text(line, "\n")
	}
}

// foldable reports whether a text can be broken into lines between its words.
func foldable(text string) bool {
	return strings.Contains(text, " ") && !strings.Contains(text, "  ") && !strings.ContainsFunc(text, hidden) &&
		text[0] != ' ' && text[len(text)-1] != ' '
}

func (y *yamlWriter) folded(text string, indent int) {
	y.text(">-\n")
	col := 0
	for word := range strings.SplitSeq(text, " ") {
		n := utf8.RuneCountInString(word)
		switch {
		case col == 0:
			y.indent(indent)
			col = indent
		case col+1+n > width:
			y.text("\n")
			y.indent(indent)
			col = indent
		default:
			y.text(" ")
			col++
		}
		y.text(word)
		col += n
	}
	y.text("\n")
}

// oneLine writes a text without quotes where nobody could take it for something else.
func oneLine(text string, flow bool) string {
	if bare(text, flow) {
		return text
	}
	return quote(text)
}

// yamlKey writes the key of a field or a language.
func yamlKey(key string) string {
	for i := range len(key) {
		if !wordly(key[i]) {
			return quote(key)
		}
	}
	return oneLine(key, true)
}

// reserved are words that one YAML or another takes for values.
var reserved = map[string]bool{
	"null": true, "true": true, "false": true, "yes": true, "no": true, "on": true, "off": true, "y": true, "n": true,
}

// bare reports whether a text can do without quotes.
func bare(text string, flow bool) bool {
	first, _ := utf8.DecodeRuneInString(text)
	switch {
	case text == "" || reserved[strings.ToLower(text)] || text[len(text)-1] == ' ':
		return false
	case unicode.IsDigit(first) && (!strings.Contains(text, " ") || strings.Trim(text, "0123456789tTzZ.,:+- ") == ""):
		return false // a number or a time, or nearly
	case !unicode.IsLetter(first) && !unicode.IsDigit(first) && !strings.ContainsRune("¿¡«“(", first):
		return false
	case strings.Contains(text, ": ") || strings.HasSuffix(text, ":") || strings.Contains(text, " #"):
		return false
	case flow && strings.ContainsAny(text, ",[]{}?"):
		return false
	}
	return !strings.ContainsFunc(text, hidden)
}

// hidden reports whether a character should be seen by its number.
func hidden(r rune) bool { return !unicode.IsPrint(r) || r == utf8.RuneError }

// quote writes a text in double quotes.
func quote(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case !hidden(r) || r == utf8.RuneError:
			b.WriteRune(r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
