package native

import "strings"

// yamlText reads the YAML that people write by hand into a tree: block and flow collections,
// plain and quoted scalars on a line, block scalars. It stops at everything else, right or
// wrong; package yaml, many times slower, then decides. What yamlText does read it reads as
// package yaml does: a fuzz target holds it to that.
type yamlText struct {
	s     string // up to the end of what is read
	t     *tree
	pos   int
	bol   int // where the line begins
	col   int // of pos, where that is at the beginning of a line's content; -1 at the end
	depth int

	// From the line that begins at hole, which is a key without its value, reading goes on at
	// tail.
	hole, tail int

	err *fault
}

// maxNesting is how deep the values of a file may be nested. A set needs 12.
const maxNesting = 64

// stop ends the reading; 0 is no node.
func (p *yamlText) stop(at int, id string, args ...any) int32 {
	if p.err == nil {
		p.err = mistake(int32(at), id, args...)
	}
	return 0
}

// yamlAt makes ready to read s from the line at pos on, up to its end.
func yamlAt(t *tree, s string, pos int) yamlText {
	return yamlText{s: s, t: t, pos: pos, bol: pos, hole: -1}
}

// check stops where there are characters between from and to that are not to be read here.
func (p *yamlText) check(from, to int) {
	if at, id := odd(p.s[from:to]); at >= 0 {
		p.stop(from+at, id)
	}
}

// odd finds characters that yamlText leaves alone: tabs, line breaks of other systems and
// whatever is not allowed in YAML.
func odd(s string) (at int, id string) {
	for i := range len(s) {
		switch c := s[i]; {
		case c >= ' ' && c < 0x7f || c == '\n':
		case c == '\t':
			return i, "format.native.yaml_tab"
		case c < ' ' || c == 0x7f:
			return i, "format.native.control_character"
		case c == 0xc2 && s[i+1] < 0xa0, c == 0xe2 && s[i+1] == 0x80 && s[i+2]&^1 == 0xa8,
			c == 0xef && s[i+1] == 0xbb && s[i+2] == 0xbf, c == 0xef && s[i+1] == 0xbf && s[i+2] >= 0xbe:
			return i, "format.native.control_character"
		}
	}
	return -1, ""
}

// whole reads a mapping that is a whole document, or 0.
func (p *yamlText) whole() int32 {
	if p.err != nil {
		return 0
	}
	if strings.HasPrefix(p.s, "---\n") {
		p.pos, p.bol = 4, 4
	}
	p.seek()
	if p.col != 0 || p.dash() {
		return p.stop(p.pos, "format.native.not_a_set")
	}
	n := p.mapping(0)
	if n != 0 && p.col >= 0 {
		return p.stop(p.pos, "format.native.yaml_indent")
	}
	return n
}

// entry reads one entry of a list, from its dash to the end of the text, or 0.
func (p *yamlText) entry() int32 {
	if p.err != nil {
		return 0
	}
	p.seek()
	col := p.col
	p.pos++
	n := p.value(col, true)
	if n != 0 && p.col >= 0 {
		return p.stop(p.pos, "format.native.yaml_indent")
	}
	return n
}

// seek goes from the beginning of a line to the next content.
func (p *yamlText) seek() {
	for p.pos < len(p.s) {
		p.bol = p.pos
		for p.pos < len(p.s) && p.s[p.pos] == ' ' {
			p.pos++
		}
		if p.pos == len(p.s) {
			break
		}
		switch p.s[p.pos] {
		case '\n':
			p.pos++
		case '#':
			p.skipLine()
		default:
			p.col = p.pos - p.bol
			return
		}
	}
	p.col = -1
}

func (p *yamlText) skipLine() {
	if i := strings.IndexByte(p.s[p.pos:], '\n'); i >= 0 {
		p.pos += i + 1
	} else {
		p.pos = len(p.s)
	}
}

// finish goes to the next content where nothing but a comment follows on the line.
func (p *yamlText) finish(id string) bool {
	from := p.pos
	for p.pos < len(p.s) && p.s[p.pos] == ' ' {
		p.pos++
	}
	switch {
	case p.pos == len(p.s), p.s[p.pos] == '\n', p.s[p.pos] == '#' && p.pos > from:
		p.skipLine()
		p.seek()
		return true
	}
	p.stop(p.pos, id)
	return false
}

// blank reports whether a space, a line break or the end is at i.
func (p *yamlText) blank(i int) bool { return i >= len(p.s) || p.s[i] == ' ' || p.s[i] == '\n' }

func (p *yamlText) dash() bool {
	return p.pos < len(p.s) && p.s[p.pos] == '-' && p.blank(p.pos+1)
}

// value reads what follows a key or a dash at the column indent: on the same line or below.
// Like every reader of a block it goes on to the next content.
func (p *yamlText) value(indent int, inList bool) int32 {
	at := p.pos
	for p.pos < len(p.s) && p.s[p.pos] == ' ' {
		p.pos++
	}
	if p.pos < len(p.s) && p.s[p.pos] != '\n' && (p.s[p.pos] != '#' || p.pos == at) {
		if inList {
			return p.block(p.pos-p.bol, indent)
		}
		if p.dash() {
			return p.stop(p.pos, "format.native.yaml_indent")
		}
		return p.scalar(indent)
	}
	p.skipLine()
	p.seek()
	switch {
	case p.col > indent:
		return p.block(p.col, indent)
	case p.col == indent && !inList && p.dash():
		return p.list(indent)
	}
	return p.t.add(plain, at, "")
}

// block reads a value at the column col of a parent at the column indent.
func (p *yamlText) block(col, indent int) int32 {
	if p.depth++; p.depth > maxNesting {
		return p.stop(p.pos, "format.native.too_deep")
	}
	defer func() { p.depth-- }()
	if p.dash() {
		return p.list(col)
	}
	if _, _, after := p.key(); after > 0 {
		return p.mapping(col)
	}
	return p.scalar(indent)
}

func (p *yamlText) list(col int) int32 {
	n := p.t.add(list, p.pos, "")
	var items chain
	for {
		p.pos++
		v := p.value(col, true)
		if v == 0 {
			return 0
		}
		p.t.link(&items, v)
		if p.t.full() {
			return p.stop(p.pos, "format.native.too_much")
		}
		if p.col > col {
			return p.stop(p.pos, "format.native.yaml_indent")
		}
		if p.col < col || !p.dash() {
			p.t.nodes[n].first = items.first
			return n
		}
	}
}

func (p *yamlText) mapping(col int) int32 {
	n := p.t.add(dict, p.pos, "")
	var fields chain
	for {
		text, k, after := p.key()
		if after == 0 {
			return p.stop(p.pos, "format.native.yaml_key")
		}
		p.t.link(&fields, p.t.add(k, p.pos, text))
		v := p.field(col, after)
		if v == 0 {
			return 0
		}
		p.t.link(&fields, v)
		if p.t.full() {
			return p.stop(p.pos, "format.native.too_much")
		}
		if p.col > col || p.col == col && p.dash() {
			return p.stop(p.pos, "format.native.yaml_indent")
		}
		if p.col < col {
			p.t.nodes[n].first = fields.first
			return n
		}
	}
}

// field reads the value of the key at pos in a mapping at the column col.
func (p *yamlText) field(col, after int) int32 {
	if p.pos == p.hole {
		p.pos = p.tail
		p.seek()
		return p.t.add(plain, after, "")
	}
	p.pos = after
	return p.value(col, false)
}

// key looks for a key and its colon at pos; after is where they end, 0 where there is none.
// Keys are words: those of a set are names of fields and languages.
func (p *yamlText) key() (text string, k kind, after int) {
	i := p.pos
	if i < len(p.s) && (p.s[i] == '"' || p.s[i] == '\'') {
		rest := p.s[i+1 : min(len(p.s), i+maxKey)]
		end := strings.IndexByte(rest, p.s[i])
		if end < 0 || strings.ContainsAny(rest[:end], "\\\n") {
			return "", 0, 0
		}
		text, k = rest[:end], quoted
		i += end + 2
	} else {
		for i < len(p.s) && wordly(p.s[i]) && i-p.pos < maxKey {
			i++
		}
		text = p.s[p.pos:i]
		if text == "" || text[0] == '-' {
			return "", 0, 0
		}
	}
	if i >= len(p.s) || p.s[i] != ':' || !p.blank(i+1) {
		return "", 0, 0
	}
	return text, k, i + 1
}

// maxKey is how long a key may be that is told at a glance.
const maxKey = 100

func wordly(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-'
}
