package native

import (
	"strings"

	"aula/questions/formats"
)

// json reads the file field by field, and the questions one by one.
func (r *reader) json() *fault {
	p := &jsonText{s: r.text, t: r.rest}
	if p.peek() != '{' {
		return mistake(int32(p.pos), "format.native.not_a_set")
	}
	r.root = p.t.add(dict, p.pos, "")
	r.parse = r.jsonPart
	p.pos++
	var fields chain
	whole, seen := true, false
	for more := p.peek() != '}'; more; {
		if !p.key(&fields) {
			return p.err
		}
		v := int32(0)
		if !seen && r.rest.nodes[fields.last].text == "questions" && p.peek() == '[' {
			seen = true
			v = p.t.add(plain, p.pos, "")
			whole = r.jsonQuestions(p)
		} else if v = p.value(); v == 0 {
			return p.err
		}
		p.t.link(&fields, v)
		switch c := p.peek(); {
		case !whole || c == '}':
			more = false
		case c == ',':
			p.pos++
		default:
			return mistake(int32(p.pos), "format.native.json_comma", "Bracket", "}", "Found", found(p.s[p.pos:]))
		}
	}
	r.rest.nodes[r.root].first = fields.first
	if p.pos++; whole && p.peek() != 0 {
		return mistake(int32(p.pos), "format.native.json_end", "Found", found(p.s[p.pos:]))
	}
	return nil
}

// jsonPart reads one question.
func (r *reader) jsonPart(t *tree, part part) (int32, *fault) {
	p := jsonText{s: r.text[:part.end], t: t, pos: int(part.at)}
	n := p.value()
	if n != 0 && p.pos < len(p.s) {
		n = p.stop(p.pos, "format.native.json_comma", "Bracket", "]", "Found", found(p.s[p.pos:]))
	}
	return n, p.err
}

// jsonQuestions reads the list at pos and goes to its end. After a question that is no JSON
// it goes on where the next one seems to begin; it reports false where that is nowhere.
func (r *reader) jsonQuestions(p *jsonText) bool {
	p.pos++
	if p.peek() == ']' {
		p.pos++
		return true
	}
	at := start.to(r.text, int32(p.pos))
	for size := 1; ; size = min(2*size, round) {
		parts := r.jsonParts(p, at, size)
		n := r.questions(parts, true)
		if r.tooMany {
			return false
		}
		bad := n < len(parts)
		last := parts[min(n, len(parts)-1)]
		if bad {
			result := r.question(last)
			r.take(last, &result)
			p.pos, size = int(last.end), 1
		}
		if more, whole := r.jsonNext(p, last, bad); !more {
			return whole
		}
		at = last.to(r.text, int32(p.pos))
	}
}

// jsonNext goes to the next question, after one that may be no JSON. more is false where
// there is none, and whole where the list ends as it should.
func (r *reader) jsonNext(p *jsonText, last part, bad bool) (more, whole bool) {
	next := p.peek()
	sound := next == ',' || next == ']'
	if bad || !sound {
		if resumed := resume(r.text, last); resumed > 0 && (!sound || resumed < p.pos) {
			if !bad {
				r.jsonComma(p, last)
			}
			p.pos = resumed
			return true, true
		}
	}
	switch {
	case sound:
		p.pos++
		return next == ',', true
	case !bad:
		r.jsonComma(p, last)
	}
	r.document.Problems.Add(formats.Error, last.to(r.text, int32(p.pos)).place(), "", "format.native.json_lost")
	return false, false
}

// jsonComma blames what follows a question.
func (r *reader) jsonComma(p *jsonText, last part) {
	r.document.Problems = append(r.document.Problems, last.problem(r.text,
		*mistake(int32(p.pos), "format.native.json_comma", "Bracket", "]", "Found", found(p.s[p.pos:]))))
}

// jsonParts finds some questions from pos on by their brackets, and goes to where they end.
func (r *reader) jsonParts(p *jsonText, at spot, size int) (parts []part) {
	for {
		p.space()
		at = at.to(r.text, int32(p.pos))
		p.pos = jsonEnd(r.text, p.pos)
		parts = append(parts, part{spot: at, end: int32(p.pos)})
		if len(parts) == size || p.peek() != ',' {
			return parts
		}
		p.pos++
	}
}

// jsonEnd finds the end of a value by its brackets and quotes.
func jsonEnd(s string, pos int) int {
	depth := 0
	for ; pos < len(s); pos++ {
		switch s[pos] {
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth < 0 {
				return pos
			}
			if depth == 0 {
				return pos + 1
			}
		case '"':
			if pos = quoteEnd(s, pos); depth == 0 {
				return min(pos+1, len(s))
			}
		case ',':
			if depth == 0 {
				return pos
			}
		}
	}
	return len(s)
}

// quoteEnd finds the quote that ends a string.
func quoteEnd(s string, pos int) int {
	for pos++; pos < len(s); pos++ {
		i := strings.IndexAny(s[pos:], `"\`)
		if i < 0 {
			break
		}
		if pos += i; s[pos] == '"' {
			return pos
		}
	}
	return len(s)
}

// resume finds where a line begins as the one of a question does, after it; -1: nowhere.
func resume(text string, from part) int {
	indent := text[strings.LastIndexByte(text[:from.at], '\n')+1 : from.at]
	if indent == "" || strings.Trim(indent, " \t") != "" {
		return -1
	}
	i := strings.Index(text[from.at:min(len(text), int(from.at)+maxResume)], "\n"+indent+"{")
	if i < 0 {
		return -1
	}
	return int(from.at) + i + 1 + len(indent)
}

// maxResume is how far off, in bytes, the next question may begin.
const maxResume = 4 << 20
