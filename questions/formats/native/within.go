package native

import (
	"slices"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats"
)

// within gives a set in some of its languages, the first in place of its own where that is
// not among them. What has no text in any of them is left out; questions and facts of which
// that is true are told.
func within(set *aulav1.QuestionSet, languages []string) (*aulav1.QuestionSet, formats.Problems) {
	all := len(languages) == 0
	if !all {
		all = true
		for lang := range set.GetTitle() {
			all = all && slices.Contains(languages, lang)
		}
	}
	if all {
		return set, nil
	}
	set = proto.CloneOf(set)
	var problems formats.Problems
	prune(set.ProtoReflect(), languages, func(m protoreflect.Message) {
		var label string
		switch m := m.Interface().(type) {
		case *aulav1.Question:
			label = m.GetId()
		case *aulav1.Fact:
			label = m.GetId()
		default:
			return
		}
		problems.Add(formats.Skipped, formats.Place{}, label, "format.native.not_in_languages", "Language", languages[0])
	})
	if !slices.Contains(languages, set.GetLanguage()) {
		set.Language = languages[0]
	}
	return set, problems
}

// prune takes texts in other languages out of a message. It reports false where the message
// says nothing then: its main text is in none of the languages.
func prune(m protoreflect.Message, languages []string, gone func(protoreflect.Message)) bool {
	whole := true
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case f.IsMap():
			if !pruneTexts(v.Map(), languages) {
				m.Clear(f)
				whole = whole && f.Name() != "text" && f.Name() != "statement" && f.Name() != "back"
			}
		case f.IsList() && f.Message() != nil:
			pruneList(v.List(), languages, gone)
		case f.Name() == "stale":
			m.Set(f, protoreflect.ValueOfList(only(m.NewField(f).List(), v.List(), languages)))
		case f.Message() != nil && !f.IsList() && f.Message().FullName() != durationName:
			whole = prune(v.Message(), languages, gone) && whole
		}
		return true
	})
	return whole
}

func pruneTexts(texts protoreflect.Map, languages []string) bool {
	texts.Range(func(key protoreflect.MapKey, _ protoreflect.Value) bool {
		if !slices.Contains(languages, key.String()) {
			texts.Clear(key)
		}
		return true
	})
	return texts.Len() > 0
}

func pruneList(values protoreflect.List, languages []string, gone func(protoreflect.Message)) {
	n := 0
	for i := range values.Len() {
		if prune(values.Get(i).Message(), languages, gone) {
			values.Set(n, values.Get(i))
			n++
		} else {
			gone(values.Get(i).Message())
		}
	}
	values.Truncate(n)
}

// only adds those of some languages to a list.
func only(to, from protoreflect.List, languages []string) protoreflect.List {
	for i := range from.Len() {
		if slices.Contains(languages, from.Get(i).String()) {
			to.Append(from.Get(i))
		}
	}
	return to
}
