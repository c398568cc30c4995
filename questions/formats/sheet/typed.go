package sheet

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	aulav1 "aula/proto/aula/v1"
)

// values gives the texts of all languages, in the order of their tags.
func values(texts map[string]string) (all []string) {
	for _, lang := range slices.Sorted(maps.Keys(texts)) {
		all = append(all, texts[lang])
	}
	return all
}

// textEntry reads the answers that are accepted. An answer under correct holds for all
// languages. Feedback is of the accepted answers first, then of the wrong ones.
func (w *row) textEntry(s settings) *aulav1.TextQuestion {
	accepted := w.parts(answerField, false)
	if len(accepted) == 0 {
		text, _ := w.value(correctField)
		parts := splitList(text, false)
		lists := make([]list, len(w.langs))
		for i, lang := range w.langs {
			lists[i] = list{lang: lang, parts: parts}
		}
		accepted = together(lists)
	}
	if len(accepted) == 0 {
		w.fail(w.first(answerField), "format.sheet.no_accepted")
	}
	q := &aulav1.TextQuestion{
		Accents: s.accents(), CaseSensitive: s.take(capitals), Punctuation: s.take(punctuation), ExactSpelling: s.take(spelling),
		Wildcards: s.take(wildcards),
	}
	wrong := w.parts(wrongField, false)
	feedback := w.feedback(len(accepted) + len(wrong))
	feedback = append(feedback, make([]map[string]string, len(accepted)+len(wrong)-len(feedback))...)
	credits := w.credits(creditField, 0, 1)
	if len(credits) > len(accepted) {
		w.fail(w.first(creditField), "format.sheet.too_many_credits", "Wanted", len(accepted))
		return nil
	}
	for i, texts := range accepted {
		a := &aulav1.AcceptedText{Text: texts, Feedback: feedback[i]}
		if i < len(credits) {
			a.Fraction = credits[i]
		}
		q.Accepted = append(q.Accepted, a)
	}
	for i, texts := range wrong {
		q.Wrong = append(q.Wrong, &aulav1.WrongText{Text: texts, Feedback: feedback[len(accepted)+i]})
	}
	return q
}

// match reads pairs, and what belongs to none.
func (w *row) match() *aulav1.MatchQuestion {
	parts := w.alike(optionsField)
	if len(parts) < 2 {
		w.fail(w.first(optionsField), "format.sheet.no_pairs")
		return nil
	}
	q := &aulav1.MatchQuestion{}
	for _, part := range parts {
		p := &aulav1.MatchPair{Left: &aulav1.MatchItem{}, Right: &aulav1.MatchItem{}}
		for _, lang := range slices.Sorted(maps.Keys(part)) {
			left, right, ok := pair(part[lang])
			if !ok {
				w.fail(w.first(optionsField), "format.sheet.not_pair", "Text", shorten(part[lang]))
			}
			if left != "" {
				p.Left.Text = with(p.GetLeft().GetText(), lang, left)
			}
			if right != "" {
				p.Right.Text = with(p.GetRight().GetText(), lang, right)
			}
		}
		q.Pairs = append(q.Pairs, p)
	}
	for _, text := range w.parts(wrongField, false) {
		q.Distractors = append(q.Distractors, &aulav1.MatchItem{Text: text})
	}
	w.matchIDs(q)
	return q
}

// matchIDs reads the ids of pairs and distractors. Without any, what stands on the right
// twice gets one that says no more than its text: that is how pairs share it.
func (w *row) matchIDs(q *aulav1.MatchQuestion) {
	ids := w.ids(len(q.GetPairs()) + len(q.GetDistractors()))
	for i, p := range q.GetPairs() {
		p.Left.Id, p.Right.Id, _ = pair(ids[i])
	}
	for i, d := range q.GetDistractors() {
		d.Id = ids[len(q.GetPairs())+i]
	}
	for i, p := range q.GetPairs() {
		for _, other := range q.GetPairs()[:i] {
			if p.GetRight().GetId() == "" && maps.Equal(p.GetRight().GetText(), other.GetRight().GetText()) {
				if other.GetRight().GetId() == "" {
					other.Right.Id = slug(other.GetRight().GetText(), i)
				}
				p.Right.Id = other.GetRight().GetId()
			}
		}
	}
}

// slug makes an id of a text; n makes it one that no other has.
func slug(texts map[string]string, n int) string {
	var b strings.Builder
	for _, r := range fold(shorten(strings.Join(values(texts), " "))) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case r == ' ':
			b.WriteByte('-')
		}
	}
	words := strings.FieldsFunc(b.String(), func(r rune) bool { return r == '-' })
	return strings.Join(append(words, strconv.Itoa(n)), "-")
}
