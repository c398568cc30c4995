package library

import (
	"cmp"
	"maps"
	"slices"

	"google.golang.org/protobuf/reflect/protoreflect"

	aulav1 "aula/proto/aula/v1"
)

// Every map in a set is a text by language (BCP 47).

// languagesOf lists the languages of a set, the main one first.
func languagesOf(set *aulav1.QuestionSet) []string {
	return slices.SortedFunc(maps.Keys(set.GetTitle()), func(a, b string) int {
		switch set.GetLanguage() {
		case a:
			return -1
		case b:
			return 1
		}
		return cmp.Compare(a, b)
	})
}

func key(lang string) protoreflect.MapKey { return protoreflect.ValueOfString(lang).MapKey() }

// eachText calls visit for every text in m, in no order.
func eachText(m protoreflect.Message, visit func(texts protoreflect.Map)) {
	eachField(m, func(texts protoreflect.Map) bool { visit(texts); return true })
}

// eachField is eachText that ends, and reports false, where visit does.
func eachField(m protoreflect.Message, visit func(texts protoreflect.Map) bool) bool {
	going := true
	m.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		switch {
		case field.IsMap():
			going = visit(value.Map())
		case field.Message() == nil:
		case field.IsList():
			for i := 0; i < value.List().Len() && going; i++ {
				going = eachField(value.List().Get(i).Message(), visit)
			}
		default:
			going = eachField(value.Message(), visit)
		}
		return going
	})
	return going
}

// rename puts texts of one language under others, where they have none yet.
func rename(m protoreflect.Message, from string, to ...string) {
	eachText(m, func(texts protoreflect.Map) {
		if !texts.Has(key(from)) {
			return
		}
		for _, lang := range to {
			if !texts.Has(key(lang)) {
				texts.Set(key(lang), texts.Get(key(from)))
			}
		}
		texts.Clear(key(from))
	})
}

// written reports whether anything in m is written in one of some languages.
func written(m protoreflect.Message, languages ...string) bool {
	return !eachField(m, func(texts protoreflect.Map) bool { return !holds(texts, languages) })
}

func holds(texts protoreflect.Map, languages []string) bool {
	return slices.ContainsFunc(languages, func(lang string) bool { return texts.Has(key(lang)) })
}

// languagesIn notes the languages that anything in m is written in.
func languagesIn(m protoreflect.Message, found map[string]bool) {
	eachText(m, func(texts protoreflect.Map) {
		texts.Range(func(lang protoreflect.MapKey, _ protoreflect.Value) bool {
			if !found[lang.String()] {
				found[lang.String()] = true
			}
			return true
		})
	})
}

// inOrder gives the texts of m in one language, in the order of the fields.
func inOrder(m protoreflect.Message, lang string) []string {
	var texts []string
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		field := fields.Get(i)
		if !m.Has(field) {
			continue
		}
		value := m.Get(field)
		switch {
		case field.IsMap():
			if text := value.Map().Get(key(lang)); text.IsValid() {
				texts = append(texts, text.String())
			}
		case field.Message() == nil:
		case field.IsList():
			for j := range value.List().Len() {
				texts = append(texts, inOrder(value.List().Get(j).Message(), lang)...)
			}
		default:
			texts = append(texts, inOrder(value.Message(), lang)...)
		}
	}
	return texts
}

// sameTexts reports whether two messages of a type say the same in lang, whatever the order
// of what has an id. Either may be empty.
func sameTexts(a, b protoreflect.Message, lang string) bool {
	fields := a.Descriptor().Fields()
	for i := range fields.Len() {
		field := fields.Get(i)
		if !a.Has(field) && !b.Has(field) {
			continue
		}
		x, y := a.Get(field), b.Get(field)
		switch {
		case field.IsMap():
			s, t := x.Map().Get(key(lang)), y.Map().Get(key(lang))
			if s.IsValid() != t.IsValid() || s.IsValid() && s.String() != t.String() {
				return false
			}
		case field.Message() == nil:
		case field.IsList():
			if !sameLists(x.List(), y.List(), lang) {
				return false
			}
		case !sameTexts(x.Message(), y.Message(), lang):
			return false
		}
	}
	return true
}

// sameLists is sameTexts for lists: of what has no ids only that counts which is written in
// lang, in its order.
func sameLists(a, b protoreflect.List, lang string) bool {
	p := pairing{left: indexes(a.Len()), right: indexes(b.Len())}
	p.left = keep(p.left, func(i int) bool { return written(a.Get(i).Message(), lang) })
	p.right = keep(p.right, func(j int) bool { return written(b.Get(j).Message(), lang) })
	p.by(func(i int) string { return labelOf(a.Get(i).Message()) }, func(j int) string { return labelOf(b.Get(j).Message()) })
	p.byOrder()
	if len(p.left)+len(p.right) > 0 {
		return false
	}
	return !slices.ContainsFunc(p.pairs, func(pair [2]int) bool {
		return !sameTexts(a.Get(pair[0]).Message(), b.Get(pair[1]).Message(), lang)
	})
}
