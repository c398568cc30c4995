package native

import (
	"cmp"
	"encoding/base64"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/durationpb"
)

// out is a value to be written.
type out struct {
	kind  kind // plain: text is written as it is
	text  string
	keys  []string // of a dict
	items []out    // of a list or dict
	data  bool     // text is base64
}

// outline turns messages into values to be written.
type outline struct {
	languages []string // in the order texts are written in; others follow by their tags
}

// order is how the fields of some messages are written, which is how one thinks of them.
// Those of others are in the order of the proto.
var order = map[protoreflect.Name][]protoreflect.Name{
	"QuestionSet": {"id", "title", "description", "language", "certainty", "stale", "sources", "facts", "questions", "media"},
	"Question": {
		"id", "name", "key", "fact", "difficulty", "tags", "points", "time_limit", "tries", "penalty", "exam_only",
		"media",
		"text", "choice", "numeric", "text_entry", "true_false", "cloze", "order", "match", "card", "hints", "explanation", "stale",
	},
	"Fact":  {"id", "statement", "value", "ask", "difficulty", "tags", "question", "others", "date", "source", "stale"},
	"Media": {"id", "uri", "content_type", "digest", "alt", "stale", "data"},
}

var ordered sync.Map // from protoreflect.FullName to []protoreflect.FieldDescriptor

// fieldsOf gives a message's fields in the order they are written in.
func fieldsOf(d protoreflect.MessageDescriptor) []protoreflect.FieldDescriptor {
	if known, ok := ordered.Load(d.FullName()); ok {
		return known.([]protoreflect.FieldDescriptor) //nolint:errcheck,forcetypeassert // nothing else is put there
	}
	var fields []protoreflect.FieldDescriptor
	for i := range d.Fields().Len() {
		fields = append(fields, d.Fields().Get(i))
	}
	if names := order[d.Name()]; names != nil {
		slices.SortStableFunc(fields, func(a, b protoreflect.FieldDescriptor) int {
			return cmp.Compare(slices.Index(names, a.Name()), slices.Index(names, b.Name()))
		})
	}
	ordered.Store(d.FullName(), fields)
	return fields
}

// message gives what is set in a message.
func (o *outline) message(m protoreflect.Message) out {
	d := out{kind: dict}
	for _, f := range fieldsOf(m.Descriptor()) {
		if m.Has(f) {
			d.keys = append(d.keys, string(f.Name()))
			d.items = append(d.items, o.field(f, m.Get(f)))
		}
	}
	return d
}

func (o *outline) field(f protoreflect.FieldDescriptor, v protoreflect.Value) out {
	switch {
	case f.IsMap():
		return o.texts(v.Map())
	case f.IsList():
		l := out{kind: list}
		for i := range v.List().Len() {
			l.items = append(l.items, o.value(f, v.List().Get(i)))
		}
		return l
	}
	return o.value(f, v)
}

// texts gives a text in several languages: all maps of a set are such.
func (o *outline) texts(m protoreflect.Map) out {
	texts := make(map[string]string, m.Len())
	m.Range(func(key protoreflect.MapKey, v protoreflect.Value) bool {
		texts[key.String()] = v.String()
		return true
	})
	rank := func(lang string) int {
		if i := slices.Index(o.languages, lang); i >= 0 {
			return i
		}
		return len(o.languages)
	}
	d := out{kind: dict, keys: slices.SortedFunc(maps.Keys(texts), func(a, b string) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), strings.Compare(a, b))
	})}
	for _, lang := range d.keys {
		d.items = append(d.items, out{kind: quoted, text: texts[lang]})
	}
	return d
}

func (o *outline) value(f protoreflect.FieldDescriptor, v protoreflect.Value) out {
	switch f.Kind() { //nolint:exhaustive // a test writes every field of a set
	case protoreflect.MessageKind:
		if d, ok := v.Message().Interface().(*durationpb.Duration); ok {
			return out{text: seconds(d)}
		}
		return o.message(v.Message())
	case protoreflect.StringKind:
		return out{kind: quoted, text: v.String()}
	case protoreflect.BytesKind:
		return out{kind: quoted, text: base64.StdEncoding.EncodeToString(v.Bytes()), data: true}
	case protoreflect.EnumKind:
		if known := f.Enum().Values().ByNumber(v.Enum()); known != nil {
			return out{text: string(known.Name())}
		}
		return out{text: strconv.Itoa(int(v.Enum()))}
	case protoreflect.DoubleKind:
		format := byte('f')
		if n := max(v.Float(), -v.Float()); n != 0 && (n < 1e-6 || n >= 1e15) {
			format = 'e'
		}
		return out{text: strconv.FormatFloat(v.Float(), format, -1, 64)}
	}
	return out{text: v.String()} // true, false, or a whole number
}

// seconds writes a time such as 90s or 1.5s.
func seconds(d *durationpb.Duration) string {
	text := strconv.FormatInt(d.GetSeconds(), 10)
	if d.GetNanos() != 0 {
		nanos := strconv.Itoa(int(d.GetNanos()))
		text += "." + strings.TrimRight(strings.Repeat("0", max(0, 9-len(nanos)))+nanos, "0")
	}
	return text + "s"
}
