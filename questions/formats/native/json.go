package native

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// jsonText reads JSON (RFC 8259) into a tree. It stops at the first mistake.
type jsonText struct {
	s     string // up to the end of what is read
	t     *tree
	pos   int
	depth int
	err   *fault
}

func (p *jsonText) stop(at int, id string, args ...any) int32 {
	if p.err == nil {
		p.err = mistake(int32(at), id, args...)
	}
	return 0
}

func (p *jsonText) space() {
	for p.pos < len(p.s) && strings.IndexByte(" \n\t\r", p.s[p.pos]) >= 0 {
		p.pos++
	}
}

// peek goes to the next character that is no space and gives it; 0: the end.
func (p *jsonText) peek() byte {
	p.space()
	if p.pos == len(p.s) {
		return 0
	}
	return p.s[p.pos]
}

func (p *jsonText) value() int32 {
	switch c := p.peek(); c {
	case '{', '[':
		return p.collection(c)
	case '"':
		return p.str()
	}
	at := p.pos
	for p.pos < len(p.s) && strings.IndexByte(" \n\t\r,:{}[]\"", p.s[p.pos]) < 0 {
		p.pos++
	}
	word := p.s[at:p.pos]
	if word == "true" || word == "false" || word == "null" || jsonNumber(word) {
		return p.t.add(plain, at, word)
	}
	return p.stop(at, "format.native.json_value", "Found", found(p.s[at:]))
}

// found shows where a reader stands.
func found(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "\n")
	if utf8.RuneCountInString(s) > 20 {
		s = string([]rune(s[:min(len(s), 80)])[:20]) + "…"
	}
	return strings.Clone(s)
}

// jsonNumber reports whether a word is a number as JSON has them.
func jsonNumber(s string) bool {
	s = strings.TrimPrefix(s, "-")
	rest, ok := digits(s)
	if !ok || s[0] == '0' && len(s)-len(rest) > 1 {
		return false
	}
	if fraction, dot := strings.CutPrefix(rest, "."); dot {
		if rest, ok = digits(fraction); !ok {
			return false
		}
	}
	if rest != "" && rest[0]|0x20 == 'e' {
		if rest = rest[1:]; rest != "" && (rest[0] == '+' || rest[0] == '-') {
			rest = rest[1:]
		}
		if rest, ok = digits(rest); !ok {
			return false
		}
	}
	return rest == ""
}

// digits goes over at least one.
func digits(s string) (rest string, ok bool) {
	rest = strings.TrimLeft(s, "0123456789")
	return rest, len(rest) < len(s)
}

func (p *jsonText) collection(opening byte) int32 {
	if p.depth++; p.depth > maxNesting {
		return p.stop(p.pos, "format.native.too_deep")
	}
	defer func() { p.depth-- }()
	k, closing := list, byte(']')
	if opening == '{' {
		k, closing = dict, '}'
	}
	n := p.t.add(k, p.pos, "")
	p.pos++
	var children chain
	if p.peek() == closing {
		p.pos++
		return n
	}
	for {
		if k == dict && !p.key(&children) {
			return 0
		}
		v := p.value()
		if v == 0 {
			return 0
		}
		p.t.link(&children, v)
		if p.t.full() {
			return p.stop(p.pos, "format.native.too_much")
		}
		switch p.peek() {
		case ',':
			p.pos++
		case closing:
			p.pos++
			p.t.nodes[n].first = children.first
			return n
		default:
			return p.stop(p.pos, "format.native.json_comma", "Bracket", string(closing), "Found", found(p.s[p.pos:]))
		}
	}
}

func (p *jsonText) key(fields *chain) bool {
	if p.peek() != '"' {
		p.stop(p.pos, "format.native.json_key", "Found", found(p.s[p.pos:]))
		return false
	}
	key := p.str()
	if key == 0 {
		return false
	}
	p.t.link(fields, key)
	if p.peek() != ':' {
		p.stop(p.pos, "format.native.json_key", "Found", found(p.s[p.pos:]))
		return false
	}
	p.pos++
	return true
}

func (p *jsonText) str() int32 {
	at := p.pos
	for i := at + 1; i < len(p.s); i++ {
		switch c := p.s[i]; {
		case c == '"':
			p.pos = i + 1
			return p.t.add(quoted, at, p.s[at+1:i])
		case c == '\\':
			return p.escaped(at, i)
		case c < ' ':
			return p.control(at, i)
		}
	}
	return p.stop(at, "format.native.json_quote")
}

// control blames a string with a control character: most likely its end is missing.
func (p *jsonText) control(at, i int) int32 {
	if p.s[i] == '\n' || p.s[i] == '\r' {
		return p.stop(at, "format.native.json_quote")
	}
	return p.stop(i, "format.native.control_character")
}

// escaped reads a string from its first backslash on.
func (p *jsonText) escaped(at, i int) int32 {
	var b strings.Builder
	b.WriteString(p.s[at+1 : i])
	for i < len(p.s) {
		switch c := p.s[i]; {
		case c == '"':
			p.pos = i + 1
			return p.t.add(quoted, at, b.String())
		case c == '\\':
			r, size := jsonEscape(p.s[i+1:])
			if size == 0 {
				return p.stop(i, "format.native.bad_escape")
			}
			b.WriteRune(r)
			i += 1 + size
		case c < ' ':
			return p.control(at, i)
		default:
			b.WriteByte(c)
			i++
		}
	}
	return p.stop(at, "format.native.json_quote")
}

// jsonEscape reads what follows a backslash; size 0: nothing that JSON knows.
func jsonEscape(s string) (r rune, size int) {
	if s == "" {
		return 0, 0
	}
	if i := strings.IndexByte(`"\/bfnrt`, s[0]); i >= 0 {
		return rune("\"\\/\b\f\n\r\t"[i]), 1
	}
	if s[0] != 'u' {
		return 0, 0
	}
	if len(s) >= 11 && s[5:7] == `\u` {
		both := utf16.DecodeRune(parseHex(s[1:5]), parseHex(s[7:11]))
		if both != utf8.RuneError {
			return both, 11
		}
	}
	return hex(s, 4)
}
