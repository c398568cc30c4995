package api

import (
	"cmp"
	"strings"
	"sync"
	"unicode"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// tidy drops the unknown fields of a message and of all it holds, so that they are not
// stored and told again, and returns the path of a string with a control character, which
// no one types and PostgreSQL may refuse.
func tidy(m protoreflect.Message) (path string) {
	if len(m.GetUnknown()) > 0 {
		m.SetUnknown(nil)
	}
	for _, field := range tidied(m.Descriptor()) {
		if m.Has(field) {
			if at := tidyField(field, m.Get(field)); at != "" {
				path = at
			}
		}
	}
	return path
}

// tidiedFields are, of each message, the fields that tidy looks into: the strings and the
// messages. To look them up takes less than to walk over a message.
var tidiedFields sync.Map // of a protoreflect.MessageDescriptor: []protoreflect.FieldDescriptor

func tidied(m protoreflect.MessageDescriptor) []protoreflect.FieldDescriptor {
	if known, ok := tidiedFields.Load(m); ok {
		return known.([]protoreflect.FieldDescriptor) //nolint:errcheck // nothing else is stored
	}
	var fields []protoreflect.FieldDescriptor
	for i := range m.Fields().Len() {
		field := m.Fields().Get(i)
		if rules, ok := proto.GetExtension(field.Options(), validate.E_Field).(*validate.FieldRules); ok &&
			rules.GetRepeated().GetItems().GetIgnore() == validate.Ignore_IGNORE_ALWAYS {
			continue // whose items the handler checks one by one
		}
		if field.Kind() == protoreflect.StringKind || field.Message() != nil {
			fields = append(fields, field)
		}
	}
	tidiedFields.Store(m, fields)
	return fields
}

func tidyField(field protoreflect.FieldDescriptor, value protoreflect.Value) (path string) {
	switch {
	case field.IsMap():
		return tidyMap(field, value.Map())
	case field.IsList():
		for i := range value.List().Len() {
			path = cmp.Or(tidyValue(field, field.Kind(), value.List().Get(i)), path)
		}
		return path
	}
	return tidyValue(field, field.Kind(), value)
}

func tidyMap(field protoreflect.FieldDescriptor, value protoreflect.Map) (path string) {
	value.Range(func(k protoreflect.MapKey, v protoreflect.Value) bool {
		if field.MapKey().Kind() == protoreflect.StringKind {
			path = cmp.Or(tidyValue(field, protoreflect.StringKind, k.Value()), path)
		}
		path = cmp.Or(tidyValue(field, field.MapValue().Kind(), v), path)
		return true
	})
	return path
}

func tidyValue(field protoreflect.FieldDescriptor, kind protoreflect.Kind, value protoreflect.Value) string {
	switch kind {
	case protoreflect.StringKind:
		if hasControl(value.String()) {
			return string(field.Name())
		}
	case protoreflect.MessageKind, protoreflect.GroupKind:
		if inner := tidy(value.Message()); inner != "" {
			return string(field.Name()) + "." + inner
		}
	default: // numbers, enums and bytes
	}
	return ""
}

func hasControl(text string) bool {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c >= 0x7f {
			return strings.ContainsFunc(text[i:], isControl)
		}
	}
	return false
}

func isControl(r rune) bool { return unicode.IsControl(r) && !unicode.IsSpace(r) }
