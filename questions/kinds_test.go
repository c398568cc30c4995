package questions

import (
	"os"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	aulav1 "aula/proto/aula/v1"
)

// Every kind of question is whole: it is in the table, has a prompt, an answer and a key
// of its own, a file here, and golden cases of its grading.
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
		answer := protoreflect.Name(entry.answer)
		for _, place := range []struct {
			message proto.Message
			field   protoreflect.Name
			want    string
		}{
			{&aulav1.Prompt{}, name, noun + "Prompt"},
			{&aulav1.Answer{}, answer, noun + "Answer"},
			{&aulav1.Key{}, answer, noun + "Key"},
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
			strings.ToLower(noun) + ".go",
			"../server/api/testdata/grading/" + string(name) + ".yaml",
		} {
			if _, err := os.Stat(file); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	for _, message := range []proto.Message{&aulav1.Prompt{}, &aulav1.Answer{}, &aulav1.Key{}} {
		if n := kindFields(message).Len(); n != asked.Len() {
			t.Errorf("%s has %d kinds, Question %d", message.ProtoReflect().Descriptor().Name(), n, asked.Len())
		}
	}
}

func kindFields(m proto.Message) protoreflect.FieldDescriptors {
	return m.ProtoReflect().Descriptor().Oneofs().ByName("kind").Fields()
}

func messageName(field protoreflect.FieldDescriptor) string {
	return string(field.Message().Name())
}
