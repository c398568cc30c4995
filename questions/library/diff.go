package library

import (
	"fmt"
	"maps"
	"slices"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/durationpb"

	aulav1 "aula/proto/aula/v1"
)

// diff finds what differs between two messages, field by field.
type diff struct {
	found []*aulav1.FieldChange
	most  int  // are listed
	named bool // paths lead to what has an id by it
}

func (d *diff) add(path, before, after string) {
	if before != after && len(d.found) < d.most {
		d.found = append(d.found, &aulav1.FieldChange{
			Path: path, Before: shorten(before, maxValue-1), After: shorten(after, maxValue-1),
		})
	}
}

// messages compares two messages of a type, either of which may be empty.
func (d *diff) messages(path string, a, b protoreflect.Message) {
	fields := a.Descriptor().Fields()
	for i := 0; i < fields.Len() && len(d.found) < d.most; i++ {
		field := fields.Get(i)
		if !a.Has(field) && !b.Has(field) {
			continue
		}
		at := path + string(field.Name())
		x, y := a.Get(field), b.Get(field)
		switch {
		case field.IsMap():
			d.texts(at, x.Map(), y.Map())
		case field.IsList() && field.Message() != nil:
			d.lists(at, x.List(), y.List())
		case field.IsList():
			d.add(at, listValues(field, x.List()), listValues(field, y.List()))
		case field.Message() == nil:
			d.add(at, shown(field, a, x), shown(field, b, y))
		case field.Message().FullName() == "google.protobuf.Duration":
			d.add(at, durationOf(a, field), durationOf(b, field))
		default:
			told := len(d.found)
			d.messages(at+".", x.Message(), y.Message())
			if len(d.found) == told { // it came or went with nothing in it to tell
				d.add(at, mark(a.Has(field)), mark(b.Has(field)))
			}
		}
	}
}

func mark(there bool) string {
	if there {
		return "✓"
	}
	return ""
}

func (d *diff) texts(path string, a, b protoreflect.Map) {
	languages := map[string]bool{}
	for _, texts := range []protoreflect.Map{a, b} {
		texts.Range(func(lang protoreflect.MapKey, _ protoreflect.Value) bool {
			languages[lang.String()] = true
			return true
		})
	}
	for _, lang := range slices.Sorted(maps.Keys(languages)) {
		d.add(path+"."+lang, textIn(a, lang), textIn(b, lang))
	}
}

func textIn(texts protoreflect.Map, lang string) string {
	if text := texts.Get(key(lang)); text.IsValid() {
		return text.String()
	}
	return ""
}

// lists compares two lists of messages, element by element: those that have ids by them.
// Elements have the index they have now or, where they are gone, had before; or go by their id.
func (d *diff) lists(path string, a, b protoreflect.List) {
	p := pairUp(a, b, nil)
	slices.SortFunc(p.pairs, func(x, y [2]int) int { return x[1] - y[1] })
	labels := func(l protoreflect.List, in []int) string {
		ids := make([]string, len(in))
		for k, i := range in {
			ids[k] = labelOf(l.Get(i).Message())
		}
		return listed(ids)
	}
	var before, after []int
	for _, pair := range p.pairs {
		d.messages(d.within(path, b, pair[1]), a.Get(pair[0]).Message(), b.Get(pair[1]).Message())
		before, after = append(before, pair[0]), append(after, pair[1])
	}
	if slices.Sort(before); len(p.pairs) > 0 {
		d.add(path, labels(a, before), labels(b, after))
	}
	for _, j := range p.right {
		m := b.Get(j).Message()
		d.messages(d.within(path, b, j), m.Type().Zero(), m)
	}
	for _, i := range p.left {
		m := a.Get(i).Message()
		d.messages(d.within(path, a, i), m, m.Type().Zero())
	}
}

// within is the path into element i of a list.
func (d *diff) within(path string, l protoreflect.List, i int) string {
	if id := labelOf(l.Get(i).Message()); d.named && id != "" {
		return fmt.Sprintf("%s[%s].", path, id)
	}
	return fmt.Sprintf("%s[%d].", path, i)
}

func listValues(field protoreflect.FieldDescriptor, l protoreflect.List) string {
	values := make([]string, min(l.Len(), maxValue))
	for i := range values {
		values[i] = scalar(field, l.Get(i))
	}
	return listed(values)
}

// shown is a field's value as an author would write it; empty where it is not set.
func shown(field protoreflect.FieldDescriptor, m protoreflect.Message, value protoreflect.Value) string {
	if !m.Has(field) {
		return ""
	}
	return scalar(field, value)
}

func scalar(field protoreflect.FieldDescriptor, value protoreflect.Value) string {
	switch field.Kind() { //nolint:exhaustive // the others are written as they are
	case protoreflect.EnumKind:
		if name := field.Enum().Values().ByNumber(value.Enum()); name != nil {
			return string(name.Name())
		}
	case protoreflect.BytesKind:
		return fmt.Sprintf("%d B", len(value.Bytes()))
	}
	return value.String()
}

func durationOf(m protoreflect.Message, field protoreflect.FieldDescriptor) string {
	if !m.Has(field) {
		return ""
	}
	d, ok := m.Get(field).Message().Interface().(*durationpb.Duration)
	if !ok {
		return ""
	}
	return d.AsDuration().String()
}
