package plaintext

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats"
	"aula/questions/formats/markup"
)

// Language is the one that a set is written in where a format carries only one.
func Language(set *aulav1.QuestionSet, languages []string) string {
	if len(languages) > 0 {
		return languages[0]
	}
	return cmp.Or(set.GetLanguage(), formats.Unknown)
}

// Name is what to call a question in a report on writing it.
func Name(q *aulav1.Question, lang string) string {
	return cmp.Or(q.GetName(), q.GetId(), Short(q.GetText()[lang]))
}

// Unsaid lists the fields of a message that are filled in, other than those that a format
// can say, as an author writes them.
func Unsaid(m proto.Message, said ...string) []string {
	var fields []string
	m.ProtoReflect().Range(func(field protoreflect.FieldDescriptor, _ protoreflect.Value) bool {
		if name := string(field.Name()); !slices.Contains(said, name) {
			fields = append(fields, name)
		}
		return true
	})
	slices.Sort(fields)
	return fields
}

// Lost reports fields that a format cannot say. question is empty for those of the set.
func Lost(ps *formats.Problems, question string, fields []string) {
	if len(fields) == 0 {
		return
	}
	slices.Sort(fields)
	ps.Add(formats.Warning, formats.Place{}, question, "format.plaintext.lost",
		"Fields", strings.Join(slices.Compact(fields), ", "))
}

// LostOfSet reports what a format that carries questions in one language cannot say of a
// set: its other languages, and the fields of its own that are not said.
func LostOfSet(ps *formats.Problems, set *aulav1.QuestionSet, lang string, said ...string) {
	var others []string
	for _, other := range slices.Sorted(maps.Keys(set.GetTitle())) {
		if other != lang {
			others = append(others, other)
		}
	}
	if len(others) > 0 {
		ps.Add(formats.Warning, formats.Place{}, "", "format.plaintext.one_language",
			"Language", lang, "Others", strings.Join(others, ", "))
	}
	Lost(ps, "", Unsaid(set, append(said, "id", "language", "questions", "stale")...))
}

// Left reports a question that a format leaves out because it has no such kind.
func Left(ps *formats.Problems, question string, q *aulav1.Question) {
	ps.Add(formats.Skipped, formats.Place{}, question, "format.plaintext.kind", "Kind", formats.Kind(q))
}

// Complete reports whether a question has its text in a language, and reports one that has
// not, or whose text still has the place for the value of a fact.
func Complete(ps *formats.Problems, q *aulav1.Question, lang string) bool {
	switch text := q.GetText()[lang]; {
	case text == "":
		ps.Add(formats.Skipped, formats.Place{}, Name(q, lang), "format.plaintext.no_text", "Language", lang)
		return false
	case q.GetFact() != "" && strings.Contains(text, "{value}"):
		ps.Add(formats.Skipped, formats.Place{}, Name(q, lang), "format.plaintext.fact_value")
		return false
	}
	return true
}

// Shown is the one line of plain text that CommonMark shows. It reports what is lost so.
func Shown(ps *formats.Problems, question, text string) string {
	shown := OneLine(markup.Text(text))
	if markup.FromPlain(shown) != text {
		ps.Add(formats.Warning, formats.Place{}, question, "format.plaintext.marks_lost", "Text", Short(shown))
	}
	return shown
}
