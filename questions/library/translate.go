package library

import (
	"context"
	"slices"

	"google.golang.org/protobuf/proto"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats"
)

// translate makes the new set of the current one, with the document's texts in the languages
// it brings.
func (l *loading) translate(ctx context.Context) {
	l.begin(l.current)
	for i := range l.entries {
		l.entries[i] = entry{at: -1, was: l.current.GetQuestions()[i], match: aulav1.QuestionChange_BY_ID}
	}
	spoken := l.spokenDocument()
	r := l.counterparts(ctx, spoken.GetQuestions())
	for at, q := range spoken.GetQuestions() {
		if ctx.Err() != nil {
			return
		}
		i := r.found[at]
		if i < 0 {
			l.note(formats.Warning, at, "library.translation_unmatched")
			l.leftOut++
			continue
		}
		l.entries[i].at, l.entries[i].match = at, r.how[at]
		l.translateQuestion(i, q, r.alike[at])
	}
	for i := range l.entries {
		if l.entries[i].at < 0 {
			q := l.current.GetQuestions()[i]
			l.problems.Add(formats.Note, formats.Place{}, labelled(q), "library.translation_missing", "Language", l.in[0], "ID", q.GetId())
		}
	}
	l.translateRest(spoken)
}

// spokenDocument is the document with every text under its language.
func (l *loading) spokenDocument() *aulav1.QuestionSet {
	reading := &loading{file: l.file, lang: l.lang}
	reading.begin(l.file.Document.Set)
	reading.speak()
	return reading.set
}

// counterparts finds the questions that those of the file are versions of: as recognise does,
// and then by their order where what is left is of the same kinds.
func (l *loading) counterparts(ctx context.Context, fresh []*aulav1.Question) *recogniser {
	r := recognise(ctx, fresh, l.current.GetQuestions(), l.compared, true)
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
		if kindOf(fresh[left[k]]) != kindOf(r.old[right[k]]) {
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
	e := &l.entries[i]
	was := e.was
	stem := shorten(was.GetText()[l.current.GetLanguage()], 100)
	switch {
	case e.match == aulav1.QuestionChange_BY_ORDER:
		l.note(formats.Warning, e.at, "library.matched_by_order", "ID", was.GetId(), "Before", stem)
	case alike:
		l.note(formats.Warning, e.at, "library.matched_by_content", "ID", was.GetId(), "Before", stem)
	}
	if id, args := differ(q, was); id != "" {
		l.note(formats.Error, e.at, id, append(args, "ID", was.GetId())...)
		l.leftOut++
		return
	}
	for _, lang := range l.in {
		t := translation{lang: lang, replace: l.options().Replace, question: true}
		fresh := proto.CloneOf(q)
		renameBlanks(fresh, was, lang)
		to := proto.CloneOf(l.set.GetQuestions()[i])
		t.put(to.ProtoReflect(), fresh.ProtoReflect())
		to.Stale = t.stale(to.GetStale(), !sameTexts(to.ProtoReflect(), was.ProtoReflect(), lang))
		if !proto.Equal(to, l.set.GetQuestions()[i]) {
			l.set.Questions[i], e.owned = to, true
		}
		if t.kept > 0 {
			l.note(formats.Warning, e.at, "library.translation_kept", "Language", lang, "Count", t.kept)
		}
		if t.extra > 0 {
			l.note(formats.Warning, e.at, "library.translation_extra", "Language", lang, "Count", t.extra)
		}
		l.compareNumbers(e.at, q, was, lang)
	}
}

// stale takes a language off the marks where its texts are new or were said to be right.
func (t translation) stale(marks []string, changed bool) []string {
	if !changed && !t.replace {
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
	before := share(l.current, "questions", "media")
	for _, lang := range l.in {
		t := translation{lang: lang, replace: l.options().Replace}
		if title := l.options().Title; title != "" && spoken.GetTitle()[lang] == "" {
			if spoken.Title == nil {
				spoken.Title = map[string]string{}
			}
			spoken.Title[lang] = title
		}
		rest := share(spoken, "questions", "media")
		t.put(l.set.ProtoReflect(), rest.ProtoReflect())
		if t.kept > 0 {
			l.note(formats.Warning, -1, "library.translation_kept", "Language", lang, "Count", t.kept)
		}
		l.set.Stale = t.stale(l.set.GetStale(), l.set.GetTitle()[lang] != before.GetTitle()[lang] ||
			l.set.GetDescription()[lang] != before.GetDescription()[lang])
		for i, f := range l.set.GetFacts() {
			brought := slices.ContainsFunc(spoken.GetFacts(), func(s *aulav1.Fact) bool { return s.GetId() == f.GetId() })
			if brought {
				f.Stale = t.stale(f.GetStale(), !sameTexts(f.ProtoReflect(), before.GetFacts()[i].ProtoReflect(), lang))
			}
		}
		l.entitleIn(lang)
	}
}
