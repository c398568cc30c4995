package native

import (
	"strings"

	"aula/questions/formats"
)

// part is a question or the like, as it stands in the file.
type part struct {
	spot        // where its line begins, its dash or its bracket
	end   int32 // offset
	stray bool  // begins further out than it should
	node  int32 // of the tree of the whole file, where that was read at once
}

// layout is a YAML file whose questions can be read one by one: a block list under
// `questions:`.
type layout struct {
	hole, tail int // the line of `questions:`, and what comes after the list
	parts      []part
}

// split finds the questions of a file by their dashes. It only looks at the beginnings of
// lines: where those deceive, some part cannot be read.
func split(text string) (layout, bool) {
	const key = "questions:"
	l := layout{hole: strings.Index(text, "\n"+key) + 1}
	if l.hole == 0 && !strings.HasPrefix(text, key) {
		return l, false
	}
	pos, line := l.hole, start.to(text, int32(l.hole)).line
	rest, _, ended := strings.Cut(text[pos+len(key):], "\n")
	if rest = strings.TrimLeft(rest, " "); !ended || rest != "" && rest[0] != '#' {
		return l, false
	}
	indent := -1
	for pos += strings.IndexByte(text[pos:], '\n') + 1; pos < len(text); {
		line++
		next := len(text)
		if i := strings.IndexByte(text[pos:], '\n'); i >= 0 {
			next = pos + i + 1
		}
		content := strings.TrimLeft(text[pos:next], " ")
		col := next - pos - len(content)
		switch {
		case strings.TrimRight(content, "\n") == "" || content[0] == '#':
		case dashed(content) && (indent < 0 || col <= indent):
			indent = max(indent, col)
			l.begin(part{spot: spot{at: int32(pos), line: line, column: 1}, stray: col < indent})
		case indent < 0:
			return l, false
		case content[0] == '\t' && col <= indent:
			return l, false
		case col < indent || col == 0:
			return l.close(pos), len(l.parts) > 0
		}
		pos = next
	}
	return l.close(len(text)), len(l.parts) > 0
}

func (l *layout) begin(p part) {
	if len(l.parts) > formats.MaxQuestions { // more are not read
		return
	}
	l.close(int(p.at))
	l.parts = append(l.parts, p)
}

// close ends the last part.
func (l *layout) close(at int) layout {
	if n := len(l.parts); n > 0 {
		l.parts[n-1].end = int32(at)
	}
	l.tail = at
	return *l
}

// dashed reports whether a line begins with the dash of a list.
func dashed(line string) bool {
	return line == "-" || strings.HasPrefix(line, "- ") || strings.HasPrefix(line, "-\n")
}
