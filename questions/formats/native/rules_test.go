package native_test

import (
	"slices"
	"strings"
	"testing"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	aulav1 "aula/proto/aula/v1"
)

// worded are rules that have sentences of their own by the field.
var worded = []string{"string.pattern", "string.uri", "string.prefix"}

// Every constraint that a set can break has a sentence.
func TestEveryRuleHasASentence(t *testing.T) {
	known := sentences(t)
	seen := map[protoreflect.FullName]bool{}
	var walk func(d protoreflect.MessageDescriptor)
	var rules func(at protoreflect.FullName, r *validate.FieldRules)
	rules = func(at protoreflect.FullName, r *validate.FieldRules) {
		r.ProtoReflect().Range(func(of protoreflect.FieldDescriptor, v protoreflect.Value) bool {
			if of.Message() == nil {
				return true
			}
			var names []string
			v.Message().Range(func(rule protoreflect.FieldDescriptor, v protoreflect.Value) bool {
				if nested, ok := v.Interface().(protoreflect.Message); ok && rule.Message().FullName() == r.ProtoReflect().Descriptor().FullName() {
					rules(at, nested.Interface().(*validate.FieldRules))
				} else if rule.Name() != "finite" {
					names = append(names, string(rule.Name()))
				}
				return true
			})
			slices.Sort(names)
			joined := string(of.Name()) + "." + strings.Join(names, "_")
			if of.Name() == "string" || of.Name() == "repeated" || of.Name() == "map" || of.Name() == "enum" {
				for _, name := range names {
					if id := string(of.Name()) + "." + name; !known["rule."+id] && !slices.Contains(worded, id) {
						t.Errorf("%s: no sentence rule.%s", at, id)
					}
				}
			} else if len(names) > 0 && !known["rule."+joined] {
				t.Errorf("%s: no sentence rule.%s", at, joined)
			}
			return true
		})
	}
	walk = func(d protoreflect.MessageDescriptor) {
		if seen[d.FullName()] || !strings.HasPrefix(string(d.FullName()), "aula.") {
			return
		}
		seen[d.FullName()] = true
		for i := range d.Fields().Len() {
			f := d.Fields().Get(i)
			if r, ok := proto.GetExtension(f.Options(), validate.E_Field).(*validate.FieldRules); ok && r != nil {
				rules(f.FullName(), r)
			}
			if f.Message() != nil {
				walk(f.Message())
			}
		}
	}
	walk((&aulav1.QuestionSet{}).ProtoReflect().Descriptor())
	if len(seen) < 20 {
		t.Errorf("only %d messages", len(seen))
	}
	for _, id := range []string{"rule.double.finite", "rule.required"} {
		if !known[id] {
			t.Errorf("no sentence %s", id)
		}
	}
}
