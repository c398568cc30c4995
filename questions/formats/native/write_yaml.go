package native

import (
	"bufio"
	"strings"
	"unicode/utf8"

	"google.golang.org/protobuf/reflect/protoreflect"

	aulav1 "aula/proto/aula/v1"
)

// width is how long lines get, in code points.
const width = 118

type yamlWriter struct{ b *bufio.Writer }

func (y *yamlWriter) text(parts ...string) {
	for _, part := range parts {
		_, _ = y.b.WriteString(part) // Flush tells
	}
}

// set writes a set: its questions one by one, with an empty line between them.
func (y *yamlWriter) set(o *outline, set *aulav1.QuestionSet) {
	m := set.ProtoReflect()
	written := false
	for _, f := range fieldsOf(m.Descriptor()) {
		if !m.Has(f) {
			continue
		}
		if f.Message() == nil || f.IsMap() {
			y.field(string(f.Name()), o.field(f, m.Get(f)), 0)
		} else {
			if written {
				y.text("\n")
			}
			y.entries(o, f, m.Get(f).List())
		}
		written = true
	}
	if !written {
		y.text("{}\n")
	}
}

// entries writes the questions or another list of the set.
func (y *yamlWriter) entries(o *outline, f protoreflect.FieldDescriptor, entries protoreflect.List) {
	y.text(string(f.Name()), ":\n")
	for i := range entries.Len() {
		if f.Name() == "questions" && i > 0 {
			y.text("\n")
		}
		entry := o.message(entries.Get(i).Message())
		if f.Name() == "questions" || f.Name() == "facts" {
			y.text("  - ")
			y.fields(entry, 4)
		} else {
			y.item(entry, 2)
		}
	}
}

// fields writes a dict, whose first key is to stand where the line is.
func (y *yamlWriter) fields(o out, indent int) {
	if len(o.keys) == 0 {
		y.text("{}\n")
	}
	for i, key := range o.keys {
		if i > 0 {
			y.indent(indent)
		}
		y.field(key, o.items[i], indent)
	}
}

func (y *yamlWriter) indent(n int) { y.text(strings.Repeat(" ", n)) }

// field writes a key and its value.
func (y *yamlWriter) field(key string, o out, indent int) {
	key = yamlKey(key) + ":"
	y.text(key)
	col := indent + utf8.RuneCountInString(key) + 1
	switch {
	case o.data:
		y.data(o.text, indent+2)
	case o.kind == plain:
		y.text(" ", o.text, "\n")
	case o.kind == quoted:
		y.text(" ")
		y.scalar(o.text, indent, col)
	case y.flow(" ", o, col):
	case o.kind == dict:
		y.text("\n")
		y.indent(indent + 2)
		y.fields(o, indent+2)
	default:
		y.text("\n")
		for _, item := range o.items {
			y.item(item, indent+2)
		}
	}
}

// item writes an entry of a list.
func (y *yamlWriter) item(o out, indent int) {
	y.indent(indent)
	switch {
	case o.kind == plain:
		y.text("- ", o.text, "\n")
	case o.kind == quoted:
		y.text("- ")
		y.scalar(o.text, indent, indent+2)
	case !y.flow("- ", o, indent+2):
		y.text("- ")
		y.fields(o, indent+2)
	}
}

// flow writes a list or dict on the line, where it fits and is simple enough.
func (y *yamlWriter) flow(before string, o out, col int) bool {
	text, ok := flowText(o, 3)
	if !ok || len(o.items) > 0 && col+utf8.RuneCountInString(text) > width {
		return false
	}
	y.text(before, text, "\n")
	return true
}

// flowText writes a list or dict in brackets. ok is false where it is nested deeper than
// depth or holds what looks better on lines of its own.
func flowText(o out, depth int) (text string, ok bool) {
	switch {
	case o.data, o.kind == quoted && strings.ContainsRune(o.text, '\n'):
		return "", false
	case o.kind == quoted:
		return oneLine(o.text, true), true
	case o.kind == plain:
		return o.text, true
	case depth == 0:
		return "", false
	}
	parts := make([]string, len(o.items))
	for i, item := range o.items {
		if o.kind == list && (item.kind == list || item.kind == dict) {
			return "", false
		}
		if parts[i], ok = flowText(item, depth-1); !ok {
			return "", false
		}
		if o.kind == dict {
			parts[i] = yamlKey(o.keys[i]) + ": " + parts[i]
		}
	}
	text = strings.Join(parts, ", ")
	if o.kind == dict {
		return "{" + text + "}", true
	}
	return "[" + text + "]", true
}

// data writes base64 on lines.
func (y *yamlWriter) data(text string, indent int) {
	y.text(" |-\n")
	for text != "" {
		n := min(len(text), 100)
		y.indent(indent)
		y.text(text[:n], "\n")
		text = text[n:]
	}
}
