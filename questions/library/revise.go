package library

import (
	"bytes"
	"cmp"
	"context"
	"slices"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	aulav1 "aula/proto/aula/v1"
	"aula/proto/packed"
	"aula/questions/formats"
	"aula/questions/internal/parallel"
)

// revise makes the new set of the document, and keeps of the current one what the document
// cannot say.
func (l *loading) revise(ctx context.Context) {
	l.begin(l.file.Document.Set, l.file.Document.Packed)
	for i := range l.entries {
		l.entries[i].at = int32(i)
	}
	l.speak()
	l.set.Id = l.file.ID()
	l.entitle()
	l.identify(ctx)
	if l.current != nil && l.file.format.languages != all {
		l.keepRest()
	}
	languages := languagesOf(l.set)
	parallel.Until(ctx, len(l.entries), func(i int) { l.reviseQuestion(i, languages) })
	if l.current != nil {
		l.markRest(languages)
		l.keepUnread(ctx)
	}
}

// reviseQuestion gives the parts of question i their ids, keeps of what it was before what
// the document cannot say, and validates it.
func (l *loading) reviseQuestion(i int, languages []string) {
	q, changed := l.question(i), false
	defer l.validateQuestion(i, q)
	before := l.entries[i].was
	if before >= 0 && bytes.Equal(l.questions[i], l.old[before]) {
		return
	}
	var was *aulav1.Question
	if before >= 0 {
		was, changed = packed.Unpack(l.old[before]), true
	}
	if lacksIDs(q) {
		giveIDs(q, was, l.first())
		changed = true
	}
	if was != nil {
		if l.file.format.languages != all {
			l.keepOf(q, was, languages)
		}
		markStale(q, was, languages)
	}
	if changed {
		l.put(i, q)
	}
}

// first is the first language of the file, or "".
func (l *loading) first() string {
	if len(l.in) == 0 {
		return ""
	}
	return l.in[0]
}

// lacksIDs reports whether a part of a question may lack an id.
func lacksIDs(q *aulav1.Question) bool {
	lacking := func(parts []part) bool { return slices.ContainsFunc(parts, func(p part) bool { return *p.id == "" }) }
	switch kind := q.GetKind().(type) {
	case *aulav1.Question_Choice:
		return lacking(optionsOf(kind.Choice))
	case *aulav1.Question_Order:
		return lacking(itemsOf(kind.Order))
	case *aulav1.Question_Match:
		left, right := sidesOf(kind.Match)
		return lacking(left) || lacking(right)
	}
	return q.GetCloze() != nil
}

// entitle gives the set a title and a main language, where the file does not.
func (l *loading) entitle() {
	if l.set.GetLanguage() == "" {
		switch main := l.current.GetLanguage(); {
		case main != "" && (len(l.in) == 0 || slices.Contains(l.in, main)):
			l.set.Language = main
		case len(l.in) > 0:
			l.set.Language = l.in[0]
		}
	}
	if len(l.set.GetTitle()) > 0 && l.file.format.languages == all {
		return
	}
	if len(l.set.GetTitle()) == 0 {
		l.set.Title = map[string]string{}
		if first := l.main(); first != "" {
			l.set.Title[first] = cmp.Or(l.current.GetTitle()[first], l.options().Title, l.baseTitle())
		}
	}
	for _, lang := range l.in {
		l.entitleIn(lang)
	}
}

// entitleIn sees to it that the set has a title in lang: one that is to be translated is
// better than none, without which the set is not in that language.
func (l *loading) entitleIn(lang string) {
	if l.set.GetTitle()[lang] != "" {
		return
	}
	if l.set.Title[lang] = l.current.GetTitle()[lang]; l.set.GetTitle()[lang] != "" {
		return
	}
	l.set.Title[lang] = cmp.Or(l.set.GetTitle()[l.main()], l.baseTitle())
	l.note(formats.Warning, -1, "library.title_untranslated", "Language", lang, "Title", l.set.GetTitle()[lang])
}

// main is the language (BCP 47) that the new set falls back to.
func (l *loading) main() string { return l.set.GetLanguage() }

// baseTitle is a title for a set whose file has none.
func (l *loading) baseTitle() string {
	if name := l.file.baseName(); name != "" {
		return shorten(name, 199)
	}
	return l.file.ID()
}

// keepRest keeps what the current set says outside its questions in other languages, and
// what files of this format say nothing of.
func (l *loading) keepRest() {
	mergeTexts(l.set.ProtoReflect(), share(l.current, "media").ProtoReflect(), l.others(languagesOf(l.current)), l.in)
	rest := share(l.current, "media", "id", "title", "description", "language", "stale")
	if len(l.set.GetFacts()) > 0 {
		rest.Facts = nil
	}
	if len(l.set.GetSources()) > 0 {
		rest.Sources = nil
	}
	if len(l.set.GetDescription()) == 0 {
		rest.Description = l.current.GetDescription()
	}
	proto.Merge(l.set, rest)
}

// others are those of some languages that the file is not in.
func (l *loading) others(languages []string) []string {
	var others []string
	for _, lang := range languages {
		if !slices.Contains(l.in, lang) {
			others = append(others, lang)
		}
	}
	return others
}

// keepOf keeps of what a question was the texts in other languages, and what files of this
// format say nothing of.
func (l *loading) keepOf(q, was *aulav1.Question, languages []string) {
	m, before := q.ProtoReflect(), &aulav1.Question{}
	was.ProtoReflect().Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		name := string(field.Name())
		if slices.Contains(optional, name) && !slices.Contains(l.file.format.says, name) && !m.Has(field) {
			before.ProtoReflect().Set(field, value)
		}
		return true
	})
	proto.Merge(q, before)
	mergeTexts(m, was.ProtoReflect(), l.others(languages), l.in)
}

// mergeTexts puts texts in some languages from one message into another of its type, where
// that has none. What was written in one of the file's languages before and is no more is
// gone in all.
func mergeTexts(to, from protoreflect.Message, languages, file []string) {
	from.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		switch {
		case field.IsMap():
			mergeMap(to, field, value.Map(), languages, file)
		case field.Message() == nil:
		case field.IsList():
			mergeList(to, field, value.List(), languages, file)
		case to.Has(field):
			mergeTexts(to.Get(field).Message(), value.Message(), languages, file)
		}
		return true
	})
}

func mergeMap(to protoreflect.Message, field protoreflect.FieldDescriptor, from protoreflect.Map, languages, file []string) {
	if holds(from, file) && !holds(to.Get(field).Map(), file) {
		return
	}
	for _, lang := range languages {
		if text := from.Get(key(lang)); text.IsValid() && !to.Get(field).Map().Has(key(lang)) {
			to.Mutable(field).Map().Set(key(lang), text)
		}
	}
}

func mergeList(to protoreflect.Message, field protoreflect.FieldDescriptor, from protoreflect.List, languages, file []string) {
	list := to.Get(field).List()
	p := pairUp(list, from, file)
	for _, pair := range p.pairs {
		mergeTexts(list.Get(pair[0]).Message(), from.Get(pair[1]).Message(), languages, file)
	}
	for _, j := range p.right { // such as an answer that is accepted in another language only
		element := from.Get(j).Message()
		if labelOf(element) != "" || !written(element, languages...) || written(element, file...) {
			continue
		}
		kept := proto.Clone(element.Interface()).ProtoReflect()
		eachText(kept, func(texts protoreflect.Map) { keepOnly(texts, languages) })
		to.Mutable(field).List().Append(protoreflect.ValueOfMessage(kept))
	}
}

func keepOnly(texts protoreflect.Map, languages []string) {
	texts.Range(func(lang protoreflect.MapKey, _ protoreflect.Value) bool {
		if !slices.Contains(languages, lang.String()) {
			texts.Clear(lang)
		}
		return true
	})
}
