package sheet

import (
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats"
)

// unsaid finds out what the layout cannot say of a set: it reads what is written, and
// compares.
func (t *table) unsaid(set *aulav1.QuestionSet) (problems formats.Problems) {
	own := proto.CloneOf(&aulav1.QuestionSet{
		Id: set.GetId(), Title: set.GetTitle(), Description: set.GetDescription(), Language: set.GetLanguage(),
		Sources: set.GetSources(), Facts: set.GetFacts(), Media: set.GetMedia(), Certainty: set.GetCertainty(),
	})
	t.tidy(own.ProtoReflect())
	r := newReader(&formats.Document{Set: &aulav1.QuestionSet{}})
	for i, row := range t.block {
		r.row(i+1, row)
	}
	r.header(len(t.block)+1, t.header())
	if paths := differences("", own.ProtoReflect(), r.doc.Set.ProtoReflect()); len(paths) > 0 {
		problems.Add(formats.Warning, formats.Place{}, "", "format.sheet.set_unsaid", "Fields", strings.Join(paths, ", "))
	}
	for i, q := range set.GetQuestions() {
		t.unsaidOf(&problems, q, r, t.firstRow()+i, t.lines[i])
	}
	return problems
}

func (t *table) unsaidOf(problems *formats.Problems, q *aulav1.Question, r *reader, row int, l line) {
	q = proto.CloneOf(q)
	q.Stale = nil // is found out at every loading
	t.tidy(q.ProtoReflect())
	r.doc = &formats.Document{Set: &aulav1.QuestionSet{}}
	r.question(row, t.cells(l))
	place, label := formats.Place{Row: row}, q.GetId()
	switch {
	case len(q.GetText()) == 0:
		problems.Add(formats.Warning, place, label, "format.sheet.not_in_language", "Languages", strings.Join(t.langs, ", "))
	case len(r.doc.Set.GetQuestions()) == 0:
		problems.Add(formats.Warning, place, label, "format.sheet.unwritable")
	default:
		if paths := differences("", q.ProtoReflect(), r.doc.Set.GetQuestions()[0].ProtoReflect()); len(paths) > 0 {
			problems.Add(formats.Warning, place, label, "format.sheet.unsaid", "Fields", strings.Join(paths, ", "))
		}
	}
}

// tidy takes out the languages that are not written, and what no cell keeps: spaces around a
// text, and other systems' line ends.
func (t *table) tidy(m protoreflect.Message) {
	eachMap(m, func(texts protoreflect.Map) {
		texts.Range(func(lang protoreflect.MapKey, text protoreflect.Value) bool {
			tidied := strings.TrimSpace(lineEnds.Replace(text.String()))
			if tidied == "" || !slices.Contains(t.langs, lang.String()) {
				texts.Clear(lang)
			} else {
				texts.Set(lang, protoreflect.ValueOfString(tidied))
			}
			return true
		})
	})
}

// eachMap calls do with every localised text within a message; all its maps are such.
func eachMap(m protoreflect.Message, do func(texts protoreflect.Map)) {
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case f.IsMap():
			do(v.Map())
			if v.Map().Len() == 0 {
				m.Clear(f)
			}
		case f.Message() == nil:
		case f.IsList():
			for i := range v.List().Len() {
				eachMap(v.List().Get(i).Message(), do)
			}
		default:
			eachMap(v.Message(), do)
		}
		return true
	})
}

// differences lists the fields in which two messages differ, as paths without indexes.
func differences(path string, a, b protoreflect.Message) (paths []string) {
	fields := a.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		va, vb := a.Get(f), b.Get(f)
		at := strings.TrimPrefix(path+"."+string(f.Name()), ".")
		var found []string
		switch {
		case va.Equal(vb) && a.Has(f) == b.Has(f):
		case f.IsList() && f.Message() != nil && va.List().Len() == vb.List().Len():
			for j := range va.List().Len() {
				found = append(found, differences(at, va.List().Get(j).Message(), vb.List().Get(j).Message())...)
			}
		case !f.IsMap() && !f.IsList() && f.Message() != nil && a.Has(f) && b.Has(f):
			found = differences(at, va.Message(), vb.Message())
		default:
			found = []string{at}
		}
		for _, p := range found {
			if !slices.Contains(paths, p) {
				paths = append(paths, p)
			}
		}
	}
	return paths
}
