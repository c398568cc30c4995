package library

import (
	"cmp"
	"slices"
	"strconv"

	aulav1 "aula/proto/aula/v1"
)

// part is an option, item, side of a pair or blank: what has an id within a question.
type part struct {
	id   *string
	text map[string]string
}

// giveIDs gives the parts of a question that lack an id those they had before, or new ones
// that do not tell what is right: files tend to begin with the right option, and have the
// items in order and the pairs together. was may be nil; lang is the file's.
func giveIDs(q, was *aulav1.Question, lang string) {
	g := giver{seed: q.GetId(), lang: lang}
	switch kind := q.GetKind().(type) {
	case *aulav1.Question_Choice:
		g.give(optionsOf(kind.Choice), optionsOf(was.GetChoice()), letter, false)
	case *aulav1.Question_Order:
		g.give(itemsOf(kind.Order), itemsOf(was.GetOrder()), letter, false)
	case *aulav1.Question_Match:
		left, right := sidesOf(kind.Match)
		wasLeft, wasRight := sidesOf(was.GetMatch())
		g.give(left, wasLeft, letter, false)
		g.give(right, wasRight, number, true)
	case *aulav1.Question_Cloze:
		g.give(blanksOf(kind.Cloze), blanksOf(was.GetCloze()), number, false)
		for _, blank := range kind.Cloze.GetBlanks() {
			if blank.GetChoice() == nil {
				continue
			}
			g.seed = q.GetId() + " " + blank.GetId()
			g.give(optionsOf(blank.GetChoice()), optionsOf(blankOf(was.GetCloze(), blank.GetId()).GetChoice()), letter, false)
		}
	}
}

func optionsOf(q *aulav1.ChoiceQuestion) []part {
	parts := make([]part, len(q.GetOptions()))
	for i, option := range q.GetOptions() {
		parts[i] = part{&option.Id, option.GetText()}
	}
	return parts
}

func itemsOf(q *aulav1.OrderQuestion) []part {
	parts := make([]part, len(q.GetItems()))
	for i, item := range q.GetItems() {
		parts[i] = part{&item.Id, item.GetText()}
	}
	return parts
}

func sidesOf(q *aulav1.MatchQuestion) (left, right []part) {
	for _, pair := range q.GetPairs() {
		if item := pair.GetLeft(); item != nil {
			left = append(left, part{&item.Id, item.GetText()})
		}
		if item := pair.GetRight(); item != nil {
			right = append(right, part{&item.Id, item.GetText()})
		}
	}
	for _, item := range q.GetDistractors() {
		right = append(right, part{&item.Id, item.GetText()})
	}
	return left, right
}

func blanksOf(q *aulav1.ClozeQuestion) []part {
	parts := make([]part, len(q.GetBlanks()))
	for i, blank := range q.GetBlanks() {
		parts[i] = part{id: &blank.Id}
	}
	return parts
}

func blankOf(q *aulav1.ClozeQuestion, id string) *aulav1.Blank {
	i := slices.IndexFunc(q.GetBlanks(), func(b *aulav1.Blank) bool { return b.GetId() == id })
	if i < 0 {
		return nil
	}
	return q.GetBlanks()[i]
}

// letter is the i-th of a, b … z, aa, ab …
func letter(i int) string {
	if i < 26 {
		return string(rune('a' + i))
	}
	return letter(i/26-1) + letter(i%26)
}

func number(i int) string { return strconv.Itoa(i + 1) }

// giver gives ids to the parts of one question.
type giver struct{ seed, lang string }

// give gives ids to the parts of one list. shared: parts with the same text are the same.
func (g giver) give(parts, was []part, name func(i int) string, shared bool) {
	ids := known{used: map[string]bool{}, byText: map[string]string{}, lang: g.lang, shared: shared}
	lacking := false
	for _, p := range parts {
		if *p.id == "" {
			lacking = true
		} else {
			ids.note(p)
		}
	}
	if !lacking {
		return
	}
	for _, old := range was {
		for _, p := range parts {
			if text := p.text[g.lang]; text != "" && text == old.text[g.lang] {
				ids.give(p, *old.id)
			}
		}
	}
	if len(parts) == len(was) {
		for i, p := range parts {
			ids.give(p, *was[i].id)
		}
	}
	for _, old := range was {
		ids.used[*old.id] = true // what is gone does not come back as something else
	}
	g.invent(parts, ids, name)
}

// known are the ids of a list.
type known struct {
	used   map[string]bool
	byText map[string]string
	lang   string
	shared bool // parts with the same text may have the same
}

func (k known) note(p part) {
	k.used[*p.id] = true
	if text := p.text[k.lang]; text != "" {
		k.byText[text] = *p.id
	}
}

// same gives the id of a part that is the same, or "".
func (k known) same(p part) string {
	if !k.shared || p.text[k.lang] == "" {
		return ""
	}
	return k.byText[p.text[k.lang]]
}

// give gives a part an id, if it lacks one and no other part has that.
func (k known) give(p part, id string) {
	if id == "" || *p.id != "" || k.used[id] && k.same(p) != id {
		return
	}
	*p.id = id
	k.note(p)
}

// invent gives new ids to the parts that still lack one, in an order that has nothing to do
// with theirs.
func (g giver) invent(parts []part, ids known, name func(i int) string) {
	var lacking []part
	for _, p := range parts {
		if *p.id == "" {
			lacking = append(lacking, p)
		}
	}
	if len(lacking) > 0 && lacking[0].text != nil { // blanks stand in the open
		slices.SortStableFunc(lacking, func(a, b part) int {
			return cmp.Compare(hashOf(g.seed, a.text[g.lang]), hashOf(g.seed, b.text[g.lang]))
		})
	}
	next := 0
	for _, p := range lacking {
		id := ids.same(p)
		for id == "" || ids.used[id] && id != ids.same(p) {
			id = name(next)
			next++
		}
		ids.give(p, id)
	}
}
