package library

import (
	"fmt"
	"slices"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	aulav1 "aula/proto/aula/v1"
	"aula/questions"
	"aula/questions/formats"
)

// loading is one Load under way. It makes the new set of questions that are the document's or
// the current set's own until something has to be written into them.
type loading struct {
	file    *File
	current *aulav1.QuestionSet // nil where there is none
	words   questions.Words

	lang     string // of the texts whose language the file does not say; empty where it says all
	detected bool
	in       []string // the languages of the file, the set's main one first; of a translation those it brings
	compared string   // the language in which a translation is compared with the set

	set     *aulav1.QuestionSet
	entries []entry // of set.Questions, in the same order

	media    map[string][]byte // what the file brought, by digest
	problems formats.Problems
	leftOut  int
}

// entry is what is known of a question of the new set.
type entry struct {
	at    int              // its index in the document, -1 where it is not from there
	was   *aulav1.Question // what it was before; nil where it is new
	match aulav1.QuestionChange_Match
	owned bool // whether it is a copy
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
		path = fmt.Sprintf("questions[%d] %q: %s", at, l.file.Document.Set.GetQuestions()[at].GetId(), path)
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
	return labelled(l.file.Document.Set.GetQuestions()[at])
}

// labelOf is what the author knows question i of the new set by: in the file, where it is
// from there.
func (l *loading) labelOf(i int) string {
	if at := l.entries[i].at; at >= 0 {
		return l.label(at)
	}
	return labelled(l.set.GetQuestions()[i])
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

// own gives question i of the new set to be written into.
func (l *loading) own(i int) *aulav1.Question {
	if !l.entries[i].owned {
		l.set.Questions[i] = proto.CloneOf(l.set.GetQuestions()[i])
		l.entries[i].owned = true
	}
	return l.set.GetQuestions()[i]
}

// begin makes the new set of another, whose questions it shares.
func (l *loading) begin(of *aulav1.QuestionSet) {
	l.set = proto.CloneOf(share(of, "questions", "media"))
	l.set.Questions = slices.Clone(of.GetQuestions())
	l.entries = make([]entry, len(l.set.GetQuestions()))
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
