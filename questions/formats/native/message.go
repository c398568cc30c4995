package native

import (
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// maxFaults is how many faults of one question are told.
const maxFaults = 10

// reading turns nodes into a message and notes what is not as it should be.
type reading struct {
	t      *tree
	path   []step
	faults []fault
}

// fault notes that something is wrong at a node. args are names and values in turn; the
// path is added as Field.
func (r *reading) fault(n int32, id string, args ...any) {
	if len(r.faults) < maxFaults {
		r.faults = append(r.faults, *mistake(r.t.nodes[n].at, id, append(args, "Field", pathString(r.path))...))
	}
}

func (r *reading) in(s step) { r.path = append(r.path, s) }
func (r *reading) out()      { r.path = r.path[:len(r.path)-1] }

// message fills m from a dict. Fields it has no value for are left out.
func (r *reading) message(m protoreflect.Message, s *schema, n int32) {
	if r.t.nodes[n].kind != dict {
		r.fault(n, "format.native.not_fields", "Known", strings.Join(s.names, ", "))
		return
	}
	var seen uint64
	var chosen [3]*field
	for key := r.t.nodes[n].first; key != 0 && len(r.faults) < maxFaults; {
		value := r.t.nodes[key].next
		f := s.byName[r.t.nodes[key].text]
		switch {
		case f == nil:
			r.unknown(s, key)
		case seen&(1<<f.index) != 0:
			r.in(step{name: f.name})
			r.fault(key, "format.native.duplicate")
			r.out()
		case !r.t.nodes[value].null():
			if other := chosen[f.choice]; f.choice > 0 && other != nil {
				r.fault(key, "format.native.two_kinds", "First", other.name, "Second", f.name)
				break
			}
			chosen[f.choice] = f
			r.in(step{name: f.name})
			r.field(m, f, value)
			r.out()
		}
		if f != nil {
			seen |= 1 << f.index
		}
		key = r.t.nodes[value].next
	}
}

// unknown blames a field that there is not.
func (r *reading) unknown(s *schema, key int32) {
	name := r.t.nodes[key].text
	r.in(step{name: shorten(name)})
	defer r.out()
	if closest := s.closest(name); closest != "" {
		r.fault(key, "format.native.unknown_field", "Closest", closest)
	} else {
		r.fault(key, "format.native.unknown_field_of", "Known", strings.Join(s.names, ", "))
	}
}

func (r *reading) field(m protoreflect.Message, f *field, n int32) {
	switch {
	case f.IsMap():
		r.texts(m, f, n)
	case f.IsList():
		r.list(m, f, n)
	case f.message != nil:
		r.message(m.Mutable(f.FieldDescriptor).Message(), f.message, n)
	default:
		if v, ok := r.value(f, n); ok {
			m.Set(f.FieldDescriptor, v)
		}
	}
}

// texts reads a text in several languages: all maps of a set are such.
func (r *reading) texts(m protoreflect.Message, f *field, n int32) {
	if r.t.nodes[n].kind != dict {
		r.fault(n, "format.native.not_texts")
		return
	}
	if r.t.nodes[n].first == 0 {
		return
	}
	texts := m.Mutable(f.FieldDescriptor).Map()
	for key := r.t.nodes[n].first; key != 0 && len(r.faults) < maxFaults; {
		value := r.t.nodes[key].next
		lang := protoreflect.ValueOfString(r.t.nodes[key].text).MapKey()
		r.in(step{name: r.t.nodes[key].text})
		switch of := &r.t.nodes[value]; {
		case texts.Has(lang):
			r.fault(key, "format.native.duplicate")
		case of.null():
			r.fault(value, "format.native.no_text")
		case !of.scalar():
			r.fault(value, "format.native.not_text")
		default:
			texts.Set(lang, protoreflect.ValueOfString(of.text))
		}
		r.out()
		key = r.t.nodes[value].next
	}
}

func (r *reading) list(m protoreflect.Message, f *field, n int32) {
	if r.t.nodes[n].kind != list {
		r.fault(n, "format.native.not_list")
		return
	}
	if r.t.nodes[n].first == 0 {
		return
	}
	values := m.Mutable(f.FieldDescriptor).List()
	i := 0
	for item := r.t.nodes[n].first; item != 0 && len(r.faults) < maxFaults; item = r.t.nodes[item].next {
		r.in(step{index: i})
		switch {
		case r.t.nodes[item].null():
			r.fault(item, "format.native.empty_entry")
		case f.message != nil:
			r.message(values.AppendMutable().Message(), f.message, item)
		default:
			if v, ok := r.value(f, item); ok {
				values.Append(v)
			}
		}
		r.out()
		i++
	}
}
