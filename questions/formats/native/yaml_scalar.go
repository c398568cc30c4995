package native

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// scalar reads a value that is no block collection, whose parent is at the column indent.
func (p *yamlText) scalar(indent int) int32 {
	var n int32
	switch c := p.s[p.pos]; c {
	case '"', '\'':
		n = p.quoted()
	case '{', '[':
		n = p.flow()
	case '|', '>':
		return p.blockScalar(indent)
	default:
		if p.special() {
			return p.stop(p.pos, "format.native.yaml_start", "Character", string(c))
		}
		return p.plain(indent)
	}
	after := "format.native.yaml_after_quote"
	if n != 0 && !p.t.nodes[n].scalar() {
		after = "format.native.yaml_flow"
	}
	if n == 0 || !p.finish(after) {
		return 0
	}
	return n
}

// special reports whether a plain scalar cannot begin here, or hardly does.
func (p *yamlText) special() bool {
	c := p.s[p.pos]
	return strings.IndexByte("&*!|>%@`,[]{}#?:\"'", c) >= 0 || c == '-' && p.blank(p.pos+1)
}

// line gives the plain text from pos to the end of the line or a comment.
func (p *yamlText) line() (text string, comment, ok bool) {
	text = p.s[p.pos:]
	if end := strings.IndexByte(text, '\n'); end >= 0 {
		text = text[:end]
	}
	if i := strings.Index(text, " #"); i >= 0 {
		text, comment = text[:i], true
	}
	for from := 0; ; {
		i := strings.IndexByte(text[from:], ':')
		if i < 0 {
			break
		}
		if from += i + 1; from == len(text) || text[from] == ' ' {
			p.stop(p.pos+from-1, "format.native.yaml_colon")
			return "", false, false
		}
	}
	return strings.TrimRight(text, " "), comment, true
}

// plain reads a scalar without quotes, which goes on on lines further in than indent.
func (p *yamlText) plain(indent int) int32 {
	at := p.pos
	text, comment, ok := p.line()
	if !ok {
		return 0
	}
	var b strings.Builder
	for {
		p.skipLine()
		if comment {
			break
		}
		breaks := p.blankLines()
		col := 0
		for p.pos+col < len(p.s) && p.s[p.pos+col] == ' ' {
			col++
		}
		if col <= indent || p.pos+col == len(p.s) || p.s[p.pos+col] == '#' {
			break
		}
		p.pos += col
		if b.Len() == 0 {
			b.WriteString(text)
		}
		if text, comment, ok = p.line(); !ok {
			return 0
		}
		fold(&b, breaks)
		b.WriteString(text)
	}
	p.seek()
	if b.Len() > 0 {
		text = b.String()
	}
	return p.t.add(plain, at, text)
}

// blankLines goes over lines with nothing in them and counts them.
func (p *yamlText) blankLines() int {
	for n := 0; ; n++ {
		i := p.pos
		for i < len(p.s) && p.s[i] == ' ' {
			i++
		}
		if i >= len(p.s) || p.s[i] != '\n' {
			return n
		}
		p.pos = i + 1
	}
}

// fold writes what stands for a line break and some empty lines after it.
func fold(b *strings.Builder, empty int) {
	if empty == 0 {
		b.WriteByte(' ')
	}
	for range empty {
		b.WriteByte('\n')
	}
}

// quoted reads a scalar in quotes.
func (p *yamlText) quoted() int32 {
	at, quote := p.pos, p.s[p.pos]
	rest := p.s[at+1:]
	end := strings.IndexByte(rest, quote)
	if end < 0 {
		return p.stop(at, "format.native.yaml_quote")
	}
	text := rest[:end]
	if strings.IndexByte(text, '\n') >= 0 || quote == '"' && strings.IndexByte(text, '\\') >= 0 ||
		quote == '\'' && strings.HasPrefix(rest[end+1:], "'") {
		return p.escaped(at, quote)
	}
	p.pos = at + end + 2
	return p.t.add(quoted, at, text)
}

// escaped reads a scalar in quotes that has escapes in it or goes over several lines.
func (p *yamlText) escaped(at int, quote byte) int32 {
	var b []byte
	kept := 0 // what no line break takes spaces off
	for p.pos++; p.pos < len(p.s); {
		switch c := p.s[p.pos]; {
		case quote == '\'' && strings.HasPrefix(p.s[p.pos:], "''"):
			b = append(b, c)
			p.pos += 2
		case c == quote:
			p.pos++
			return p.t.add(quoted, at, string(b))
		case c == '\\' && quote == '"':
			r, size := yamlEscape(p.s[p.pos+1:])
			if size == 0 {
				return p.stop(p.pos, "format.native.bad_escape")
			}
			b = utf8.AppendRune(b, r)
			kept = len(b)
			p.pos += 1 + size
		case c == '\n':
			for len(b) > kept && b[len(b)-1] == ' ' {
				b = b[:len(b)-1]
			}
			if b = p.lineBreak(b); p.err != nil {
				return p.stop(at, "format.native.yaml_quote")
			}
			kept = len(b)
		default:
			b = append(b, c)
			p.pos++
		}
	}
	return p.stop(at, "format.native.yaml_quote")
}

// lineBreak goes over line breaks within quotes and adds what they stand for.
func (p *yamlText) lineBreak(b []byte) []byte {
	p.pos++
	empty := p.blankLines()
	p.bol = p.pos
	for p.pos < len(p.s) && p.s[p.pos] == ' ' {
		p.pos++
	}
	if p.pos == p.bol { // whatever it is, such a text does not look as it should
		p.stop(p.pos, "format.native.yaml_quote")
	}
	if empty == 0 {
		return append(b, ' ')
	}
	return append(b, strings.Repeat("\n", empty)...)
}

// yamlEscape reads what follows a backslash; size 0: nothing that is known here.
func yamlEscape(s string) (r rune, size int) {
	if s == "" {
		return 0, 0
	}
	switch s[0] {
	case 'n':
		return '\n', 1
	case 't':
		return '\t', 1
	case 'r':
		return '\r', 1
	case '"', '\\', '/', ' ':
		return rune(s[0]), 1
	case '_':
		return '\u00a0', 1
	case 'x':
		return hex(s, 2)
	case 'u':
		return hex(s, 4)
	case 'U':
		return hex(s, 8)
	}
	return 0, 0
}

// hex reads the character whose number is in digits behind a letter.
func hex(s string, digits int) (r rune, size int) {
	if len(s) <= digits {
		return 0, 0
	}
	if r = parseHex(s[1 : digits+1]); !utf8.ValidRune(r) {
		return 0, 0
	}
	return r, digits + 1
}

// parseHex reads up to eight hexadecimal digits; -1: they are none.
func parseHex(s string) rune {
	n, err := strconv.ParseUint(s, 16, 31)
	if err != nil {
		return -1
	}
	return rune(n)
}

// blockScalar reads the lines below | or >, which are further in than indent.
func (p *yamlText) blockScalar(indent int) int32 {
	at, literal := p.pos, p.s[p.pos] == '|'
	p.pos++
	strip := p.pos < len(p.s) && p.s[p.pos] == '-'
	if strip {
		p.pos++
	}
	from := p.pos
	for p.pos < len(p.s) && p.s[p.pos] == ' ' {
		p.pos++
	}
	if p.pos >= len(p.s) || p.s[p.pos] != '\n' && (p.s[p.pos] != '#' || p.pos == from) {
		return p.stop(at, "format.native.yaml_block")
	}
	p.skipLine()
	var b strings.Builder
	if !p.blockLines(&b, indent, literal) {
		return p.stop(at, "format.native.yaml_block")
	}
	if !strip {
		b.WriteByte('\n')
	}
	p.seek()
	return p.t.add(quoted, at, b.String())
}

// blockLines reads the lines of a block scalar, but for its last line break. It reports
// false for those that package yaml had better read.
func (p *yamlText) blockLines(b *strings.Builder, indent int, literal bool) bool {
	in := -1 // where the lines begin
	empty, widest := 0, 0
	for p.pos < len(p.s) {
		end := strings.IndexByte(p.s[p.pos:], '\n')
		if end < 0 {
			return false
		}
		line := p.s[p.pos : p.pos+end]
		col := len(line) - len(strings.TrimLeft(line, " "))
		if col == len(line) && (in < 0 || col <= in) {
			empty, widest = empty+1, max(widest, col)
			p.pos += end + 1
			continue
		}
		switch {
		case in < 0:
			if col <= indent || widest > col {
				return false
			}
			in = col
			b.WriteString(strings.Repeat("\n", empty))
		case col < in:
			return true
		case literal:
			b.WriteString(strings.Repeat("\n", empty+1))
		case col > in:
			return false
		default:
			fold(b, empty)
		}
		empty = 0
		b.WriteString(line[in:])
		p.pos += end + 1
	}
	return in >= 0
}
