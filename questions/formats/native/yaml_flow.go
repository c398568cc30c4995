package native

import "strings"

// flow reads a collection in brackets.
func (p *yamlText) flow() int32 {
	if p.depth++; p.depth > maxNesting {
		return p.stop(p.pos, "format.native.too_deep")
	}
	defer func() { p.depth-- }()
	k, closing := list, byte(']')
	if p.s[p.pos] == '{' {
		k, closing = dict, '}'
	}
	n := p.t.add(k, p.pos, "")
	p.pos++
	var children chain
	for p.skip() {
		if p.s[p.pos] == closing {
			p.pos++
			p.t.nodes[n].first = children.first
			return n
		}
		if k == dict && !p.flowKey(&children) {
			return 0
		}
		v := p.flowValue()
		if v == 0 {
			return 0
		}
		p.t.link(&children, v)
		if p.t.full() {
			return p.stop(p.pos, "format.native.too_much")
		}
		if !p.skip() {
			break
		}
		switch p.s[p.pos] {
		case ',':
			p.pos++
		case closing:
		default:
			return p.stop(p.pos, "format.native.yaml_flow")
		}
	}
	return p.stop(int(p.t.nodes[n].at), "format.native.yaml_bracket", "Bracket", string(closing))
}

// skip goes to the next content within brackets. It reports false at the end, and where a
// line begins that might end the document.
func (p *yamlText) skip() bool {
	for p.pos < len(p.s) {
		switch c := p.s[p.pos]; {
		case c == ' ':
			p.pos++
		case c == '\n':
			p.pos++
			p.bol = p.pos
			if strings.HasPrefix(p.s[p.pos:], "---") || strings.HasPrefix(p.s[p.pos:], "...") {
				return false
			}
		case c == '#' && (p.s[p.pos-1] == ' ' || p.s[p.pos-1] == '\n'):
			if i := strings.IndexByte(p.s[p.pos:], '\n'); i >= 0 {
				p.pos += i
			} else {
				p.pos = len(p.s)
			}
		default:
			return true
		}
	}
	return false
}

// flowKey reads a key and its colon. One in quotes needs no space after it.
func (p *yamlText) flowKey(fields *chain) bool {
	text, k, after := p.key()
	switch {
	case after > 0:
		p.t.link(fields, p.t.add(k, p.pos, text))
		p.pos = after
	case p.s[p.pos] == '"' || p.s[p.pos] == '\'':
		key := p.quoted()
		if key == 0 {
			return false
		}
		p.t.link(fields, key)
		if p.pos >= len(p.s) || p.s[p.pos] != ':' || p.pos-int(p.t.nodes[key].at) > maxKey {
			p.stop(p.pos, "format.native.yaml_flow")
			return false
		}
		p.pos++
	default:
		p.stop(p.pos, "format.native.yaml_flow")
		return false
	}
	if !p.skip() {
		p.stop(p.pos, "format.native.yaml_flow")
		return false
	}
	return true
}

func (p *yamlText) flowValue() int32 {
	switch c := p.s[p.pos]; c {
	case '"', '\'':
		return p.quoted()
	case '{', '[':
		return p.flow()
	case ',', '}', ']':
		return p.stop(p.pos, "format.native.yaml_flow")
	default:
		if p.special() || c == '-' && (p.pos+1 == len(p.s) || strings.IndexByte(",[]{}", p.s[p.pos+1]) >= 0) {
			return p.stop(p.pos, "format.native.yaml_start", "Character", string(c))
		}
		return p.flowPlain()
	}
}

// flowPlain reads a scalar without quotes, on one line.
func (p *yamlText) flowPlain() int32 {
	at := p.pos
	for ; p.pos < len(p.s); p.pos++ {
		switch c := p.s[p.pos]; c {
		case ',', '}', ']':
			return p.t.add(plain, at, strings.TrimRight(p.s[at:p.pos], " "))
		case '\n':
			text := strings.TrimRight(p.s[at:p.pos], " ")
			if p.skip() && strings.IndexByte(",}]", p.s[p.pos]) < 0 {
				return p.stop(p.pos, "format.native.yaml_flow")
			}
			return p.t.add(plain, at, text)
		case '{', '[', '?':
			return p.stop(p.pos, "format.native.yaml_start_inside", "Character", string(c))
		case ':':
			if p.blank(p.pos+1) || strings.IndexByte(",[]{}", p.s[p.pos+1]) >= 0 {
				return p.stop(p.pos, "format.native.yaml_colon")
			}
		case '#':
			if p.s[p.pos-1] == ' ' {
				return p.stop(p.pos, "format.native.yaml_flow")
			}
		}
	}
	return p.stop(at, "format.native.yaml_flow")
}
