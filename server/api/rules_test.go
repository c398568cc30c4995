package api_test

import (
	"fmt"
	"testing"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"golang.org/x/text/language"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"aula/locales"
	aulav1 "aula/proto/aula/v1"
)

// Whatever constraint a request can break, and whatever reason a call can fail for, has a
// sentence.
func TestEveryErrorHasASentence(t *testing.T) {
	bundle, err := locales.Load(withFrench(t))
	if err != nil {
		t.Fatal(err)
	}
	want := func(id string) {
		for _, tag := range []language.Tag{language.English, language.Spanish} {
			if _, in := bundle.Match(tag).TextIn(id, map[string]any{"Count": 2}); in != tag {
				t.Errorf("no sentence %s in %s", id, tag)
			}
		}
	}
	for _, name := range aulav1.ErrorReason_name {
		if name != "ERROR_REASON_UNSPECIFIED" {
			want("error." + name)
		}
	}
	seen := map[protoreflect.FullName]bool{}
	eachService(func(service protoreflect.ServiceDescriptor) {
		for i := range service.Methods().Len() {
			eachField(service.Methods().Get(i).Input(), seen, func(field protoreflect.FieldDescriptor) {
				rules, _ := proto.GetExtension(field.Options(), validate.E_Field).(*validate.FieldRules)
				for _, id := range ruleIDs(rules) {
					want("rule." + id)
				}
			})
		}
	})
	if !seen["aula.v1.ChoiceAnswer"] {
		t.Errorf("the walk missed messages: %v", seen)
	}
	want("rule.required") // of a oneof
}

// ruleIDs lists the ids protovalidate reports for a field's constraints.
func ruleIDs(rules *validate.FieldRules) (ids []string) {
	if rules.GetRequired() {
		ids = append(ids, "required")
	}
	set := rules.ProtoReflect()
	if kind := set.WhichOneof(set.Descriptor().Oneofs().ByName("type")); kind != nil {
		typed := set.Get(kind).Message()
		low, above, high := false, false, false
		typed.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
			switch name := string(f.Name()); name {
			case "gte":
				low = true
			case "gt":
				above = true
			case "lte":
				high = true
			case "items", "keys", "values":
				ids = append(ids, ruleIDs(v.Message().Interface().(*validate.FieldRules))...)
			default:
				ids = append(ids, fmt.Sprintf("%s.%s", kind.Name(), name))
			}
			return true
		})
		switch {
		case above && high:
			ids = append(ids, fmt.Sprintf("%s.gt_lte", kind.Name()))
		case above:
			ids = append(ids, fmt.Sprintf("%s.gt", kind.Name()))
		case low && high:
			ids = append(ids, fmt.Sprintf("%s.gte_lte", kind.Name()))
		case low:
			ids = append(ids, fmt.Sprintf("%s.gte", kind.Name()))
		case high:
			ids = append(ids, fmt.Sprintf("%s.lte", kind.Name()))
		}
	}
	return ids
}

func eachService(visit func(protoreflect.ServiceDescriptor)) {
	protoregistry.GlobalFiles.RangeFilesByPackage("aula.v1", func(file protoreflect.FileDescriptor) bool {
		for i := range file.Services().Len() {
			visit(file.Services().Get(i))
		}
		return true
	})
}

// eachField visits every field of a message and of all it holds.
func eachField(m protoreflect.MessageDescriptor, seen map[protoreflect.FullName]bool, visit func(protoreflect.FieldDescriptor)) {
	if seen[m.FullName()] {
		return
	}
	seen[m.FullName()] = true
	for i := range m.Fields().Len() {
		field := m.Fields().Get(i)
		visit(field)
		if field.Message() != nil {
			eachField(field.Message(), seen, visit)
		}
	}
}
