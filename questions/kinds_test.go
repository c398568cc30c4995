package questions

import (
	"os"
	"strings"
	"testing"
	"unicode"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	aulav1 "aula/proto/aula/v1"
)

// shownAs says which kind of prompt learners see where a kind has none of its own.
var shownAs = map[protoreflect.Name]protoreflect.Name{"true_false": "choice"}

// Every kind of question is whole: it is in the table, has a prompt, an answer and a key
// of its own or of the kind it is shown as, a file here, and golden cases of its grading.
func TestKindsAreComplete(t *testing.T) {
	asked := kindFields(&aulav1.Question{})
	if asked.Len() != len(kinds) {
		t.Errorf("Question has %d kinds, the table %d", asked.Len(), len(kinds))
	}
	for i := range asked.Len() {
		name := asked.Get(i).Name()
		entry, ok := kinds[string(name)]
		if !ok {
			t.Errorf("the table lacks the kind %s", name)
			continue
		}
		noun := strings.TrimSuffix(messageName(asked.Get(i)), "Question")
		shown := asked.Get(i)
		if as, ok := shownAs[name]; ok {
			shown = asked.ByName(as)
		}
		seen := strings.TrimSuffix(messageName(shown), "Question")
		answer := protoreflect.Name(entry.answer)
		for _, place := range []struct {
			message proto.Message
			field   protoreflect.Name
			want    string
		}{
			{&aulav1.Prompt{}, shown.Name(), seen + "Prompt"},
			{&aulav1.Answer{}, answer, seen + "Answer"},
			{&aulav1.Key{}, answer, seen + "Key"},
		} {
			in := place.message.ProtoReflect().Descriptor().Name()
			switch field := kindFields(place.message).ByName(place.field); {
			case field == nil:
				t.Errorf("%s: no field %s in %s.kind", name, place.field, in)
			case messageName(field) != place.want:
				t.Errorf("%s: %s.%s is a %s, want a %s", name, in, place.field, messageName(field), place.want)
			}
		}
		for _, file := range []string{
			snakeCase(noun) + ".go",
			"../server/api/testdata/grading/" + string(name) + ".yaml",
		} {
			if _, err := os.Stat(file); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	for _, message := range []proto.Message{&aulav1.Prompt{}, &aulav1.Answer{}, &aulav1.Key{}} {
		if n := kindFields(message).Len(); n != asked.Len()-len(shownAs) {
			t.Errorf("%s has %d kinds, Question %d and %d of them shown as others",
				message.ProtoReflect().Descriptor().Name(), n, asked.Len(), len(shownAs))
		}
	}
}

func kindFields(m proto.Message) protoreflect.FieldDescriptors {
	return m.ProtoReflect().Descriptor().Oneofs().ByName("kind").Fields()
}

func messageName(field protoreflect.FieldDescriptor) string {
	return string(field.Message().Name())
}

// snakeCase writes TrueFalse as true_false.
func snakeCase(name string) string {
	var b strings.Builder
	for i, r := range name {
		if unicode.IsUpper(r) && i > 0 {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
