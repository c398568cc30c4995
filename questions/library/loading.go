package library

import (
	"bytes"
	"fmt"
	"slices"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	aulav1 "aula/proto/aula/v1"
	"aula/proto/packed"
	"aula/questions"
	"aula/questions/formats"
)

// loading is one Load under way. Questions are in wire form but for those at work: the new
// set shares those of the document and of the current set that it leaves as they are.
type loading struct {
	file    *File
	current *aulav1.QuestionSet // without its questions; nil where there is none
	old     [][]byte            // the questions of the current set
	words   questions.Words

	lang     string // of the texts whose language the file does not say; empty where it says all
	detected bool
	in       []string // the languages of the file, the set's main one first; of a translation those it brings
	compared string   // the language in which a translation is compared with the set

	set       *aulav1.QuestionSet // the new set, without its questions
	questions [][]byte            // of the new set
	entries   []entry             // of questions, in the same order
	broken    []formats.Problems  // for each of questions the constraints in the proto that it breaks

	media    map[string][]byte // what the file brought, by digest
	problems formats.Problems
	leftOut  int
}

// entry is what is known of a question of the new set.
type entry struct {
	at    int32 // its index in the document, -1 where it is not from there
	was   int32 // its index in the current set, -1 where it is new
	match aulav1.QuestionChange_Match
}

// note adds a problem of the document's question at; -1: of the file.
func (l *loading) note(severity formats.Severity, at int, id string, args ...any) {
	l.problems.Add(severity, l.place(at), l.label(at), id, args...)
}

func (l *loading) place(at int) formats.Place {
	if at < 0 || at >= len(l.file.Document.Places) {
		return formats.Place{}
	}
	return l.file.Document.Places[at]
}

// where is the place of a path within the document's question at or, where at is -1, within
// the set.
func (l *loading) where(at int, path string) formats.Place {
	if l.file.Document.Where == nil || len(l.problems) > formats.MaxProblems { // nobody is told
		return l.place(at)
	}
	if at >= 0 {
		path = fmt.Sprintf("questions[%d] %q: %s", at, packed.ID(l.file.Document.Packed[at]), path)
	}
	if place, found := l.file.Document.Where(path); found {
		return place
	}
	return l.place(at)
}

// label is what the author knows a question of the document by.
func (l *loading) label(at int) string {
	if at < 0 {
		return ""
	}
	return labelled(packed.Unpack(l.file.Document.Packed[at]))
}

// labelOf is what the author knows question i of the new set by: in the file, where it is
// from there.
func (l *loading) labelOf(i int) string {
	if at := l.entries[i].at; at >= 0 {
		return l.label(int(at))
	}
	return labelled(l.question(i))
}

// labelled is a question's name, id or first words.
func labelled(q *aulav1.Question) string {
	switch {
	case q.GetName() != "":
		return q.GetName()
	case q.GetId() != "":
		return q.GetId()
	}
	return shorten(anyText(q.GetText()), 60)
}

// anyText gives the text of the first language there is, by its tag.
func anyText(texts map[string]string) string {
	first := ""
	for lang := range texts {
		if first == "" || lang < first {
			first = lang
		}
	}
	return texts[first]
}

// question gives question i of the new set, a copy.
func (l *loading) question(i int) *aulav1.Question { return packed.Unpack(l.questions[i]) }

// put puts a question in place of question i of the new set. One that is as it was before is
// that one, so that there is one of them in memory.
func (l *loading) put(i int, q *aulav1.Question) {
	l.questions[i] = packed.Repack(q)
	if was := l.entries[i].was; was >= 0 && bytes.Equal(l.questions[i], l.old[was]) {
		l.questions[i] = l.old[was]
	}
}

// same reports whether two questions say the same. An earlier Aula may have written that in
// other bytes.
func same(a, b []byte) bool {
	return bytes.Equal(a, b) || proto.Equal(packed.Unpack(a), packed.Unpack(b))
}

// begin makes the new set of another.
func (l *loading) begin(head *aulav1.QuestionSet, questions [][]byte) {
	l.set = proto.CloneOf(share(head, "media"))
	l.questions = slices.Clone(questions)
	l.entries = slices.Repeat([]entry{{at: -1, was: -1}}, len(questions))
	l.broken = make([]formats.Problems, len(questions))
}

// share is a set without some fields, which shares the others with it.
func share(set *aulav1.QuestionSet, without ...protoreflect.Name) *aulav1.QuestionSet {
	rest := &aulav1.QuestionSet{}
	set.ProtoReflect().Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		if !slices.Contains(without, field.Name()) {
			rest.ProtoReflect().Set(field, value)
		}
		return true
	})
	return rest
}

// kindOf is the name of the field of Question.kind that is set, or "".
func kindOf(q *aulav1.Question) protoreflect.Name {
	m := q.ProtoReflect()
	if field := m.WhichOneof(m.Descriptor().Oneofs().ByName("kind")); field != nil {
		return field.Name()
	}
	return ""
}

// shorten cuts a text after size characters.
func shorten(text string, size int) string {
	n := 0
	for i := range text {
		if n == size {
			return text[:i] + "…"
		}
		n++
	}
	return text
}
