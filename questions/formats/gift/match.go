package gift

import (
	"crypto/sha256"
	"encoding/hex"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats/markup"
	"aula/questions/formats/plaintext"
)

const arrow = "->"

// match reads pairs. What belongs to nothing stands behind an arrow alone.
func (q *question) match(p part) {
	m := &aulav1.MatchQuestion{}
	q.read.Kind = &aulav1.Question_Match{Match: m}
	for _, a := range q.answers(p) {
		written, partner, found := q.cut(a.part, arrow)
		if !found {
			q.refuse(a.part.from, "format.gift.no_arrow", "Text", plaintext.Short(q.said(a.part)))
			continue
		}
		left := q.written(written, plaintext.MaxItem, "format.gift.item_too_long")
		right := q.limited(partner.from, markup.FromPlain(plaintext.OneLine(q.said(partner))), plaintext.MaxItem, "format.gift.item_too_long")
		switch {
		case len(right) == 0:
			q.refuse(a.part.from, "format.gift.no_partner")
		case len(left) == 0:
			m.Distractors = append(m.Distractors, &aulav1.MatchItem{Text: right})
		default:
			m.Pairs = append(m.Pairs, &aulav1.MatchPair{Left: &aulav1.MatchItem{Text: left}, Right: &aulav1.MatchItem{Text: right}})
		}
	}
	if q.refused {
		return
	}
	if n := len(m.GetPairs()); n < plaintext.MinOptions || n > plaintext.MaxOptions {
		q.refuse(p.from, "format.gift.pair_count", "Count", n, "Min", plaintext.MinOptions, "Max", plaintext.MaxOptions)
	}
	if n := len(m.GetDistractors()); n > plaintext.MaxOptions {
		q.refuse(p.from, "format.gift.distractor_count", "Count", n, "Max", plaintext.MaxOptions)
	}
	q.share(p.from, m)
}

// share gives items on the right that say the same one id, and ids to the others then: what
// is made of the text alone tells nothing of what belongs together. A distractor that says
// what another item says is left out.
func (q *question) share(at int, m *aulav1.MatchQuestion) {
	count := map[string]int{}
	for _, pair := range m.GetPairs() {
		count[textOf(pair.GetRight().GetText())]++
	}
	var distractors []*aulav1.MatchItem
	for _, item := range m.GetDistractors() {
		text := textOf(item.GetText())
		if count[text] > 0 {
			q.warn(at, "format.gift.distractor_twice", "Text", text)
			continue
		}
		count[text]++
		distractors = append(distractors, item)
	}
	m.Distractors = distractors
	if len(count) == len(m.GetPairs())+len(distractors) {
		return
	}
	for _, pair := range m.GetPairs() {
		pair.Right.Id = itemID(textOf(pair.GetRight().GetText()))
	}
	for _, item := range distractors {
		item.Id = itemID(textOf(item.GetText()))
	}
}

func itemID(text string) string {
	const size = 4
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:size])
}
