// Package formats holds what the formats of question files have in common. Each format is a
// package below this one, with a function that reads a file into a Document and one that
// writes a set; package library has the table of them.
//
// Readers follow the same rules. A question that is wrong is reported, with its place, and
// left out; the others are read on. Nothing that was read is dropped in silence: what Aula
// cannot say is a problem of severity Skipped or Warning. Readers keep to the Limits
// whatever the file says of itself, never panic, and end soon after their context does.
package formats

import (
	"fmt"

	aulav1 "aula/proto/aula/v1"
	"aula/proto/packed"
)

// Unknown is the language (BCP 47) of texts whose file does not say which it is. Library
// puts the right one in its place.
const Unknown = "und"

// Limits on what is read of a file, whatever its size says.
const (
	MaxFile      = 128 << 20 // bytes
	MaxQuestions = 100_000
	MaxProblems  = 1000      // listed; the others are counted
	MaxMedia     = 16 << 20  // bytes, each
	MaxUnpacked  = 256 << 20 // bytes, of all that an archive holds
	MaxMembers   = 20_000    // of an archive
)

// Document is a file as it was read.
type Document struct {
	// Set is what the file says. The id and the title may be missing, and so may ids of
	// questions, options, items, pairs and blanks: library gives what lacks one an id. Texts
	// are under Unknown where the file does not say their language. Media have an id and their
	// data.
	Set *aulav1.QuestionSet
	// Packed are the questions in wire form (package packed), once they are in no Set.Questions.
	Packed [][]byte
	// Places of the questions, in the same order; empty where the format has no places.
	Places []Place
	// Problems in the order of the file.
	Problems Problems
	// Where finds what a path stands for, as questions.Problem has them: such as
	// `questions[3] "bases-ban": numeric.tolerance`, counted as here; the nearest thing
	// around it where the file does not say it. nil where the format has no such places.
	Where func(path string) (Place, bool)
}

// Add takes a question into the document.
func (d *Document) Add(q *aulav1.Question, at Place) {
	if d.Set == nil {
		d.Set = &aulav1.QuestionSet{}
	}
	d.Set.Questions = append(d.Set.Questions, q)
	d.Places = append(d.Places, at)
}

// Pack puts the questions into wire form, in which they take a fraction of the memory. One
// that is not UTF-8 is a problem, and left out.
func (d *Document) Pack() {
	var places []Place
	for i, q := range d.Set.GetQuestions() {
		at := Place{}
		if i < len(d.Places) {
			at = d.Places[i]
		}
		wire, err := packed.Pack(q)
		if err != nil {
			d.Problems.Add(Error, at, "", "library.invalid", "Reason", err.Error())
			continue
		}
		d.Packed, places = append(d.Packed, wire), append(places, at)
	}
	if len(d.Set.GetQuestions()) > 0 {
		d.Set.Questions, d.Places = nil, places
	}
}

// Place is where something stands in a file. What a format has no use for is zero.
type Place struct {
	Line    int    // from 1
	Column  int    // in the line, in Unicode code points from 1
	Row     int    // of a spreadsheet, from 1
	Cell    string // the spreadsheet's column: A, B … AA
	Element string // such as "note 12"
}

// Severity says how bad a problem is.
type Severity = aulav1.LoadProblem_Severity

// The severities, worst first.
const (
	Error   = aulav1.LoadProblem_ERROR   // the question cannot be loaded as it is
	Skipped = aulav1.LoadProblem_SKIPPED // Aula has no such kind of question, or the file says more than Aula can
	Warning = aulav1.LoadProblem_WARNING // loaded, and to be looked at
	Note    = aulav1.LoadProblem_NOTE    // worth knowing
)

// Problem is one thing that is wrong or doubtful in a file, or that a format cannot say.
type Problem struct {
	Severity Severity
	Place    Place
	// Question is its name, id or first words; empty where the problem is no question's.
	Question string
	// Key by which the file knows the question, where it has one; for questions that are left
	// out. Of what becomes several questions it is what stands before the / in theirs.
	Key string
	// ID of a sentence in the locale files, and its arguments. The sentence says what is wrong
	// and what would be right.
	ID   string
	Args map[string]any
}

// Word is an argument of a sentence that is itself one of the locale files, by its ID.
type Word string

// Kind is what a question's kind is called.
func Kind(q *aulav1.Question) Word {
	m := q.ProtoReflect()
	if field := m.WhichOneof(m.Descriptor().Oneofs().ByName("kind")); field != nil {
		return Word("kind." + field.Name())
	}
	return "kind.none"
}

// Problems of a file.
type Problems []Problem

// Add notes a problem. args are names and values in turn.
func (ps *Problems) Add(severity Severity, at Place, question, id string, args ...any) {
	p := Problem{Severity: severity, Place: at, Question: question, ID: id}
	for i := 0; i+1 < len(args); i += 2 {
		if p.Args == nil {
			p.Args = map[string]any{}
		}
		p.Args[args[i].(string)] = args[i+1] //nolint:errcheck,forcetypeassert // names are constants
	}
	*ps = append(*ps, p)
}

// Keyed says by which key the file knows the question of the last problem.
func (ps Problems) Keyed(key string) { ps[len(ps)-1].Key = key }

// Unreadable is why a file cannot be read at all: it is cut short, packed too tightly,
// made by a program too new. Read functions return no other error but their context's.
type Unreadable struct {
	Place Place
	// ID of a sentence in the locale files, and its arguments.
	ID   string
	Args map[string]any
}

func (e *Unreadable) Error() string { return fmt.Sprintf("unreadable: %s %v", e.ID, e.Args) }
