package library

import (
	"context"
	"slices"

	"google.golang.org/protobuf/proto"

	aulav1 "aula/proto/aula/v1"
	"aula/proto/packed"
	"aula/questions/formats"
	"aula/questions/internal/parallel"
)

// translate makes the new set of the current one, with the document's texts in the languages
// it brings.
func (l *loading) translate(ctx context.Context) {
	l.begin(l.current, l.old)
	for i := range l.entries {
		l.entries[i].was, l.entries[i].match = int32(i), aulav1.QuestionChange_BY_ID
	}
	spoken := l.spokenDocument()
	r := l.counterparts(ctx, spoken.Questions)
	for at, wire := range spoken.Questions {
		if ctx.Err() != nil {
			return
		}
		i := r.found[at]
		if i < 0 {
			l.note(formats.Warning, at, "library.translation_unmatched")
			l.leftOut++
			continue
		}
		l.entries[i].at, l.entries[i].match = int32(at), r.how[at]
		l.translateQuestion(i, packed.Unpack(wire), r.alike[at])
	}
	for i := range l.entries {
		if l.entries[i].at < 0 {
			q := packed.Unpack(l.old[i])
			l.problems.Add(formats.Note, formats.Place{}, labelled(q), "library.translation_missing", "Language", l.in[0], "ID", q.GetId())
		}
	}
	parallel.Until(ctx, len(l.questions), func(i int) { l.validateQuestion(i, l.question(i)) })
	l.translateRest(spoken.Head)
}

// spokenDocument is the document with every text under its language.
func (l *loading) spokenDocument() *packed.Set {
	reading := &loading{file: l.file, lang: l.lang}
	reading.begin(l.file.Document.Set, l.file.Document.Packed)
	reading.speak()
	return &packed.Set{Head: reading.set, Questions: reading.questions}
}

// counterparts finds the questions that those of the file are versions of: as recognise does,
// and then by their order where what is left is of the same kinds.
func (l *loading) counterparts(ctx context.Context, fresh [][]byte) *recogniser {
	r := recognise(ctx, fresh, l.old, l.compared, true)
	var left, right []int
	for at := range fresh {
		if r.found[at] < 0 {
			left = append(left, at)
		}
	}
	for i := range r.old {
		if !r.taken[i] {
			right = append(right, i)
		}
	}
	if len(left) != len(right) {
		return r
	}
	for k := range left {
		if kindOf(packed.Unpack(fresh[left[k]])) != kindOf(packed.Unpack(r.old[right[k]])) {
			return r
		}
	}
	for k, at := range left {
		r.take(at, right[k], aulav1.QuestionChange_BY_ORDER)
	}
	return r
}

// translateQuestion puts the texts of q into question i.
func (l *loading) translateQuestion(i int, q *aulav1.Question, alike bool) {
	at, match := int(l.entries[i].at), l.entries[i].match
	was := packed.Unpack(l.old[i])
	stem := shorten(was.GetText()[l.current.GetLanguage()], 100)
	switch {
	case match == aulav1.QuestionChange_BY_ORDER:
		l.note(formats.Warning, at, "library.matched_by_order", "ID", was.GetId(), "Before", stem)
	case alike:
		l.note(formats.Warning, at, "library.matched_by_content", "ID", was.GetId(), "Before", stem)
	}
	if id, args := differ(q, was); id != "" {
		l.note(formats.Error, at, id, append(args, "ID", was.GetId())...)
		l.leftOut++
		return
	}
	for _, lang := range l.in {
		t := translation{lang: lang, replace: l.options().Replace, question: true}
		fresh := proto.CloneOf(q)
		renameBlanks(fresh, was, lang)
		to := l.question(i)
		t.put(to.ProtoReflect(), fresh.ProtoReflect())
		changed := !sameTexts(to.ProtoReflect(), was.ProtoReflect(), lang)
		to.Stale = t.stale(to.GetStale(), changed, written(fresh.ProtoReflect(), lang))
		l.put(i, to)
		if t.kept > 0 {
			l.note(formats.Warning, at, "library.translation_kept", "Language", lang, "Count", t.kept)
		}
		if t.extra > 0 {
			l.note(formats.Warning, at, "library.translation_extra", "Language", lang, "Count", t.extra)
		}
		l.compareNumbers(at, q, was, lang)
	}
}

// stale takes the language off the marks where its texts have changed, or where the file is
// to replace them and brings them: those are right as they are.
func (t translation) stale(marks []string, changed, brought bool) []string {
	if !changed && (!t.replace || !brought) {
		return marks
	}
	marks = slices.DeleteFunc(slices.Clone(marks), func(lang string) bool { return lang == t.lang })
	if len(marks) == 0 {
		return nil
	}
	return marks
}

// translateRest puts the document's texts into the title, the description, the facts, the
// sources and what describes the media.
func (l *loading) translateRest(spoken *aulav1.QuestionSet) {
	before := share(l.current, "media")
	for _, lang := range l.in {
		t := translation{lang: lang, replace: l.options().Replace}
		if title := l.options().Title; title != "" && spoken.GetTitle()[lang] == "" {
			if spoken.Title == nil {
				spoken.Title = map[string]string{}
			}
			spoken.Title[lang] = title
		}
		rest := share(spoken, "media")
		t.put(l.set.ProtoReflect(), rest.ProtoReflect())
		if t.kept > 0 {
			l.note(formats.Warning, -1, "library.translation_kept", "Language", lang, "Count", t.kept)
		}
		t.unmarkRest(l.set, before, spoken)
		l.entitleIn(lang)
	}
}

// unmarkRest takes the language off the marks of what is now, and was before, outside the
// questions and the media.
func (t translation) unmarkRest(now, was, file *aulav1.QuestionSet) {
	same := sameTexts(heading(now), heading(was), t.lang)
	now.Stale = t.stale(now.GetStale(), !same, headed(file, now, t.lang))
	facts := byID(file.GetFacts())
	for i, f := range now.GetFacts() {
		same := sameTexts(f.ProtoReflect(), was.GetFacts()[i].ProtoReflect(), t.lang)
		f.Stale = t.stale(f.GetStale(), !same, written(facts[f.GetId()].ProtoReflect(), t.lang))
	}
	sources := byID(file.GetSources())
	for i, s := range now.GetSources() {
		same := sameTexts(s.ProtoReflect(), was.GetSources()[i].ProtoReflect(), t.lang)
		s.Stale = t.stale(s.GetStale(), !same, written(sources[s.GetId()].ProtoReflect(), t.lang))
	}
}

// headed reports whether a file says what the set is called in lang and, where the set has
// that, what it is about: a mark stands for both.
func headed(file, set *aulav1.QuestionSet, lang string) bool {
	return file.GetTitle()[lang] != "" && (file.GetDescription()[lang] != "" || set.GetDescription()[lang] == "")
}
