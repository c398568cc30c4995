package native

import (
	"bufio"
	"encoding/json"
	"strings"

	aulav1 "aula/proto/aula/v1"
)

type jsonWriter struct{ b *bufio.Writer }

func (j *jsonWriter) text(parts ...string) {
	for _, part := range parts {
		_, _ = j.b.WriteString(part) // Flush tells
	}
}

// set writes a set, its questions one by one.
func (j *jsonWriter) set(o *outline, set *aulav1.QuestionSet) {
	m := set.ProtoReflect()
	next := ""
	j.text("{")
	for _, f := range fieldsOf(m.Descriptor()) {
		if !m.Has(f) {
			continue
		}
		j.text(next, "\n  ", jsonString(string(f.Name())), ": ")
		next = ","
		if f.Message() == nil || f.IsMap() {
			j.value(o.field(f, m.Get(f)), 2)
			continue
		}
		entries := m.Get(f).List()
		for i := range entries.Len() {
			j.text([]string{"[", ","}[min(i, 1)], "\n    ")
			j.value(o.message(entries.Get(i).Message()), 4)
		}
		j.text("\n  ]")
	}
	j.text("\n}\n")
}

func (j *jsonWriter) value(o out, indent int) {
	switch {
	case o.kind == quoted || o.kind == plain && !jsonWord(o.text):
		j.text(jsonString(o.text))
		return
	case o.kind == plain:
		j.text(o.text)
		return
	case len(o.items) == 0:
		j.text(map[kind]string{list: "[]", dict: "{}"}[o.kind])
		return
	}
	brackets := map[kind]string{list: "[]", dict: "{}"}[o.kind]
	line := "\n" + strings.Repeat(" ", indent+2)
	for i, item := range o.items {
		if i == 0 {
			j.text(brackets[:1], line)
		} else {
			j.text(",", line)
		}
		if o.kind == dict {
			j.text(jsonString(o.keys[i]), ": ")
		}
		j.value(item, indent+2)
	}
	j.text("\n", strings.Repeat(" ", indent), brackets[1:])
}

// jsonWord reports whether a value that YAML takes as it is needs no quotes in JSON either.
func jsonWord(text string) bool { return text == "true" || text == "false" || jsonNumber(text) }

func jsonString(text string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(text) // a string can be encoded
	return strings.TrimSuffix(b.String(), "\n")
}
