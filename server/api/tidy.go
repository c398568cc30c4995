package api

import (
	"strings"
	"unicode"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// tidy drops the unknown fields of a message and of all it holds, so that they are not
// stored and told again, and returns the path of a string with a control character, which
// no one types and PostgreSQL may refuse.
func tidy(m protoreflect.Message) (path string) {
	m.SetUnknown(nil)
	m.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		each(field, value, func(v protoreflect.Value) {
			switch v := v.Interface().(type) {
			case string:
				if strings.ContainsFunc(v, isControl) {
					path = string(field.Name())
				}
			case protoreflect.Message:
				if inner := tidy(v); inner != "" {
					path = string(field.Name()) + "." + inner
				}
			}
		})
		return true
	})
	return path
}

// each visits the values a field holds, and the keys of a map.
func each(field protoreflect.FieldDescriptor, value protoreflect.Value, visit func(protoreflect.Value)) {
	switch {
	case field.IsMap():
		value.Map().Range(func(k protoreflect.MapKey, v protoreflect.Value) bool {
			visit(k.Value())
			visit(v)
			return true
		})
	case field.IsList():
		for i := range value.List().Len() {
			visit(value.List().Get(i))
		}
	default:
		visit(value)
	}
}

func isControl(r rune) bool { return unicode.IsControl(r) && !unicode.IsSpace(r) }
