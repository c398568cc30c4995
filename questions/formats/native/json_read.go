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
		var v int32
		if !seen && r.rest.nodes[fields.last].text == "questions" && p.peek() == '[' {
			seen = true
			v = p.t.add(plain, p.pos, "")
			whole = r.jsonQuestions(p)
		} else if v = p.value(); v == 0 {
			return p.err
		}
		p.t.link(&fields, v)
		if p.t.full() {
			return mistake(int32(p.pos), "format.native.too_much")
		}
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
		if r.tooMany || r.ctx.Err() != nil {
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
		if resumed := resume(r.text, int(last.at)); resumed > 0 && (resumed < p.pos || next != ']' && !r.beginsAfter(p.pos)) {
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

// beginsAfter reports whether a question seems to begin after the comma at pos.
func (r *reader) beginsAfter(pos int) bool {
	return pos < len(r.text) && r.text[pos] == ',' && strings.HasPrefix(strings.TrimLeft(r.text[pos+1:], " \n\t\r"), "{")
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
		p.pos = r.jsonPartEnd(p.pos)
		parts = append(parts, part{spot: at, end: int32(p.pos)})
		if len(parts) == size || p.peek() != ',' {
			return parts
		}
		p.pos++
	}
}

// jsonPartEnd finds the end of the question at pos by its brackets. Where those are not
// closed before the next one seems to begin, it looks further; but in a file in which that
// happens again and again, it ends the question there.
func (r *reader) jsonPartEnd(pos int) int {
	next := resume(r.text, pos)
	if next < 0 {
		end, _ := jsonEnd(r.text, pos)
		return end
	}
	end, closed := jsonEnd(r.text[:next], pos)
	if !closed && r.looked < maxLooked*len(r.text) {
		end, _ = jsonEnd(r.text, pos)
		r.looked += end - pos
	}
	return end
}

// maxLooked is how often a file may be looked through for brackets in all.
const maxLooked = 4

// jsonEnd finds the end of a value by its brackets and quotes.
func jsonEnd(s string, pos int) (end int, closed bool) {
	depth := 0
	for ; pos < len(s); pos++ {
		switch s[pos] {
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth < 0 {
				return pos, true
			}
			if depth == 0 {
				return pos + 1, true
			}
		case '"':
			if pos = quoteEnd(s, pos); depth == 0 {
				return min(pos+1, len(s)), pos < len(s)
			}
		case ',':
			if depth == 0 {
				return pos, true
			}
		}
	}
	return len(s), false
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
		pos++ // over what is escaped
	}
	return len(s)
}

// resume finds where a line begins as the one does on which a question begins at pos, after
// it; -1: nowhere.
func resume(text string, pos int) int {
	indent := text[strings.LastIndexByte(text[max(0, pos-maxIndent):pos], '\n')+1+max(0, pos-maxIndent) : pos]
	if indent == "" || strings.Trim(indent, " \t") != "" {
		return -1
	}
	i := strings.Index(text[pos:min(len(text), pos+maxResume)], "\n"+indent+"{")
	if i < 0 {
		return -1
	}
	return pos + i + 1 + len(indent)
}

const (
	maxIndent = 100     // of a question in a line of its own
	maxResume = 4 << 20 // how far off, in bytes, the next question may begin
)
