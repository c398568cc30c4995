package questions

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	aulav1 "aula/proto/aula/v1"
)

// matching asks to find what belongs together.
type matching struct {
	question *aulav1.MatchQuestion
	right    []*aulav1.MatchItem // what there is to choose from, each once
}

func newMatch(q *aulav1.MatchQuestion) matching {
	m := matching{question: q}
	for _, pair := range q.GetPairs() {
		if !hasItem(m.right, pair.GetRight().GetId()) {
			m.right = append(m.right, pair.GetRight())
		}
	}
	m.right = append(m.right, q.GetDistractors()...)
	return m
}

func hasItem(items []*aulav1.MatchItem, id string) bool {
	return slices.ContainsFunc(items, func(item *aulav1.MatchItem) bool { return item.GetId() == id })
}

func (m matching) left() []*aulav1.MatchItem {
	left := make([]*aulav1.MatchItem, len(m.question.GetPairs()))
	for i, pair := range m.question.GetPairs() {
		left[i] = pair.GetLeft()
	}
	return left
}

func (m matching) check(r *report) {
	lefts, rights := map[string]bool{}, map[string]map[string]string{}
	var leftTexts, rightTexts []labelled
	for i, pair := range m.question.GetPairs() {
		path := fmt.Sprintf("match.pairs[%d]", i)
		r.unique(path+".left.id", pair.GetLeft().GetId(), lefts)
		r.texts(path+".left.text", pair.GetLeft().GetText())
		leftTexts = append(leftTexts, labelled{path + ".left.text", pair.GetLeft().GetText()})

		id, text := pair.GetRight().GetId(), pair.GetRight().GetText()
		r.texts(path+".right.text", text)
		if first, shared := rights[id]; !shared {
			rightTexts = append(rightTexts, labelled{path + ".right.text", text})
			rights[id] = text
		} else if !maps.Equal(first, text) {
			r.add(path+".right.text", "check.match_right_differs", map[string]any{"ID": id})
		}
	}
	for i, item := range m.question.GetDistractors() {
		path := fmt.Sprintf("match.distractors[%d]", i)
		if _, taken := rights[item.GetId()]; taken {
			r.add(path+".id", "check.duplicate_id", map[string]any{"ID": item.GetId()})
		}
		r.texts(path+".text", item.GetText())
		rightTexts = append(rightTexts, labelled{path + ".text", item.GetText()})
		rights[item.GetId()] = item.GetText()
	}
	if len(rights) < 2 {
		r.add("match.pairs", "check.match_one_right", nil)
	}
	r.alike("check.match_same_text", leftTexts)
	r.alike("check.match_same_text", rightTexts)
}

func (m matching) covers(lang string) bool {
	lacks := func(item *aulav1.MatchItem) bool { return item.GetText()[lang] == "" }
	return !slices.ContainsFunc(m.left(), lacks) && !slices.ContainsFunc(m.right, lacks)
}

func (m matching) prompt(p *aulav1.Prompt, v view) {
	p.Kind = &aulav1.Prompt_Match{Match: &aulav1.MatchPrompt{
		Left:  shownItems(m.left(), v.side("left")),
		Right: shownItems(m.right, v.side("right")),
	}}
}

// side is the view of one side, which has an order of its own.
func (v view) side(name string) view {
	v.id += "/" + name
	return v
}

func shownItems(items []*aulav1.MatchItem, v view) []*aulav1.MatchPromptItem {
	shown := make([]*aulav1.MatchPromptItem, len(items))
	for i, j := range v.order(len(items)) {
		shown[i] = &aulav1.MatchPromptItem{Id: items[j].GetId(), Text: items[j].GetText()[v.lang]}
	}
	return shown
}

func (m matching) grade(a *aulav1.Answer, by, _ view) (Grade, error) {
	made := a.GetMatch().GetPairs()
	var g Grade
	right, found := 0, 0
	for _, pair := range m.question.GetPairs() {
		part := &aulav1.Part{Id: pair.GetLeft().GetId(), Fraction: new(float64)}
		g.Parts = append(g.Parts, part)
		partner, ok := made[part.GetId()]
		if !ok {
			continue
		}
		found++
		if !hasItem(m.right, partner) {
			return Grade{}, m.noSuchItem(made, by)
		}
		if partner == pair.GetRight().GetId() {
			*part.Fraction = 1
			right++
		}
	}
	if found < len(made) {
		return Grade{}, m.noSuchItem(made, by)
	}
	g.Fraction = float64(right) / float64(len(g.Parts))
	if right < len(g.Parts) {
		g.Feedback = []Message{tallyOf("match.tally", right, len(g.Parts))}
	}
	return g, nil
}

// noSuchItem refuses the first pair, by the alphabet, that names what is not there.
func (m matching) noSuchItem(made map[string]string, v view) *Refusal {
	for _, left := range slices.Sorted(maps.Keys(made)) {
		field := fmt.Sprintf("match.pairs[%q]", left)
		if items := m.left(); !hasItem(items, left) {
			return &Refusal{Field: field, ID: "match.no_such_left", Args: map[string]any{
				"Item": left, "Items": shownIDs(items, v.side("left")),
			}}
		}
		if !hasItem(m.right, made[left]) {
			return &Refusal{Field: field, ID: "match.no_such_right", Args: map[string]any{
				"Item": made[left], "Items": shownIDs(m.right, v.side("right")),
			}}
		}
	}
	return nil
}

func shownIDs(items []*aulav1.MatchItem, v view) string {
	ids := make([]string, len(items))
	for i, item := range shownItems(items, v) {
		ids[i] = item.GetId()
	}
	return strings.Join(ids, ", ")
}

func (m matching) key(k *aulav1.Key, v view) {
	key := &aulav1.MatchKey{Pairs: map[string]string{}}
	lines := make([]string, len(m.question.GetPairs()))
	for i, pair := range m.question.GetPairs() {
		key.Pairs[pair.GetLeft().GetId()] = pair.GetRight().GetId()
		lines[i] = pair.GetLeft().GetText()[v.lang] + " → " + pair.GetRight().GetText()[v.lang]
	}
	k.Kind, k.Display = &aulav1.Key_Match{Match: key}, strings.Join(lines, "\n")
}
