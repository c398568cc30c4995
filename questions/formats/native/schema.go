package native

import (
	"strings"
	"sync"

	"google.golang.org/protobuf/reflect/protoreflect"

	aulav1 "aula/proto/aula/v1"
)

// schema is what the fields of a message are called in a file, and what they hold.
type schema struct {
	byName map[string]*field
	names  []string // as in the proto, in its order
}

// field of a message.
type field struct {
	protoreflect.FieldDescriptor
	index   int
	name    string
	message *schema // of its values, or nil
	choice  int     // of the oneof, from 1; 0 where it is in none
}

// setSchema is that of aula.v1.QuestionSet.
var setSchema = sync.OnceValue(func() *schema {
	return newSchema((&aulav1.QuestionSet{}).ProtoReflect().Descriptor(), map[protoreflect.FullName]*schema{})
})

func newSchema(d protoreflect.MessageDescriptor, known map[protoreflect.FullName]*schema) *schema {
	if s := known[d.FullName()]; s != nil {
		return s
	}
	s := &schema{byName: map[string]*field{}}
	known[d.FullName()] = s
	for i := range d.Fields().Len() {
		f := &field{FieldDescriptor: d.Fields().Get(i), index: i, name: string(d.Fields().Get(i).Name())}
		if of := f.Message(); of != nil && !f.IsMap() && of.FullName() != durationName {
			f.message = newSchema(of, known)
		}
		if one := f.ContainingOneof(); one != nil && !one.IsSynthetic() {
			f.choice = one.Index() + 1
		}
		s.byName[f.name] = f
		s.byName[f.JSONName()] = f
		s.names = append(s.names, f.name)
	}
	return s
}

const durationName = "google.protobuf.Duration"

// closest finds the field whose name is most like another; empty where none is.
func (s *schema) closest(name string) string {
	name = strings.ToLower(separators.Replace(name[:min(len(name), 40)]))
	best, distance := "", len(name)/3+2
	for _, known := range s.names {
		if d := editDistance(name, known, distance); d < distance {
			best, distance = known, d
		}
	}
	return best
}

var separators = strings.NewReplacer("-", "_", " ", "_")

// editDistance counts the letters to add, leave out or change, as far as most.
func editDistance(a, b string, most int) int {
	if len(a)-len(b) >= most || len(b)-len(a) >= most {
		return most
	}
	var buffer [64]int
	row := append(buffer[:0], make([]int, len(b)+1)...)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
