// Package packed keeps sets with their questions in wire form. As messages, with a map for
// every text, questions take ten times as much memory: a set of 100,000 has them so only
// one at a time.
package packed

import (
	"io"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	aulav1 "aula/proto/aula/v1"
)

// deterministic is the wire form that is kept: equal questions have equal bytes, unless
// they were packed by different versions of this program.
var deterministic = proto.MarshalOptions{Deterministic: true}

// Set is a set in wire form. It must not be changed.
type Set struct {
	Head      *aulav1.QuestionSet // all but the questions
	Questions [][]byte
}

// Numbers of fields in wire form.
const (
	questionsField protowire.Number = 7 // of a set
	idField        protowire.Number = 1 // of a question
)

// Pack gives a question in wire form. The error is of a text that is not UTF-8.
func Pack(q *aulav1.Question) ([]byte, error) { return deterministic.Marshal(q) }

// Repack is Pack of what was unpacked and changed, in which texts are UTF-8.
func Repack(q *aulav1.Question) []byte {
	wire, err := Pack(q)
	if err != nil {
		panic("packed: encode a question: " + err.Error())
	}
	return wire
}

// Unpack gives a question, which is the caller's own. It panics where wire is none.
func Unpack(wire []byte) *aulav1.Question {
	q := &aulav1.Question{}
	if err := proto.Unmarshal(wire, q); err != nil {
		panic("packed: decode a question: " + err.Error())
	}
	return q
}

// ID is the id of a question.
func ID(wire []byte) string {
	for len(wire) > 0 {
		number, kind, n := protowire.ConsumeTag(wire)
		if n < 0 {
			break
		}
		if number == idField && kind == protowire.BytesType {
			id, _ := protowire.ConsumeString(wire[n:])
			return id
		}
		value := protowire.ConsumeFieldValue(number, kind, wire[n:])
		if value < 0 {
			break
		}
		wire = wire[n+value:]
	}
	return ""
}

// Of packs a set, which it shares all but the questions with. The error is of a text that
// is not UTF-8.
func Of(set *aulav1.QuestionSet) (*Set, error) {
	s := &Set{Head: Head(set), Questions: make([][]byte, len(set.GetQuestions()))}
	for i, q := range set.GetQuestions() {
		var err error
		if s.Questions[i], err = Pack(q); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Head is a set without its questions, which it shares the rest with.
func Head(set *aulav1.QuestionSet) *aulav1.QuestionSet {
	return fields(set, func(number protowire.Number) bool { return number != questionsField })
}

// fields is a set with some of its fields, which it shares.
func fields(set *aulav1.QuestionSet, wanted func(protowire.Number) bool) *aulav1.QuestionSet {
	some := &aulav1.QuestionSet{}
	set.ProtoReflect().Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		if wanted(field.Number()) {
			some.ProtoReflect().Set(field, value)
		}
		return true
	})
	return some
}

// Message gives the set as a message that shares nothing with it but its head.
func (s *Set) Message() *aulav1.QuestionSet {
	if s == nil {
		return nil
	}
	set := Head(s.Head)
	if len(s.Questions) > 0 {
		set.Questions = make([]*aulav1.Question, len(s.Questions))
	}
	for i, wire := range s.Questions {
		set.Questions[i] = Unpack(wire)
	}
	return set
}

// Encode writes the set as the deterministic wire form of its message, piece by piece.
func (s *Set) Encode(w io.Writer) error {
	before, err := deterministic.Marshal(fields(s.Head, func(number protowire.Number) bool { return number < questionsField }))
	if err != nil {
		return err
	}
	after, err := deterministic.Marshal(fields(s.Head, func(number protowire.Number) bool { return number > questionsField }))
	if err != nil {
		return err
	}
	if _, err := w.Write(before); err != nil {
		return err
	}
	tag := protowire.AppendTag(nil, questionsField, protowire.BytesType)
	var start []byte
	for _, q := range s.Questions {
		start = protowire.AppendVarint(append(start[:0], tag...), uint64(len(q)))
		if _, err := w.Write(start); err != nil {
			return err
		}
		if _, err := w.Write(q); err != nil {
			return err
		}
	}
	_, err = w.Write(after)
	return err
}

// Decoder reads what Encode has written, part by part.
type Decoder struct {
	head, rest []byte
	questions  [][]byte
}

// Add takes the next part, whatever it ends in the middle of.
func (d *Decoder) Add(part []byte) {
	wire := slices.Concat(d.rest, part) // questions stay in it
	for {
		number, kind, n := protowire.ConsumeTag(wire)
		if n < 0 {
			break
		}
		value := protowire.ConsumeFieldValue(number, kind, wire[n:])
		if value < 0 {
			break
		}
		if number == questionsField && kind == protowire.BytesType {
			q, _ := protowire.ConsumeBytes(wire[n:])
			d.questions = append(d.questions, q)
		} else {
			d.head = append(d.head, wire[:n+value]...)
		}
		wire = wire[n+value:]
	}
	d.rest = wire
}

// Set gives what was read.
func (d *Decoder) Set() (*Set, error) {
	if len(d.rest) > 0 {
		return nil, io.ErrUnexpectedEOF
	}
	s := &Set{Head: &aulav1.QuestionSet{}, Questions: d.questions}
	if err := proto.Unmarshal(d.head, s.Head); err != nil {
		return nil, err
	}
	return s, nil
}
