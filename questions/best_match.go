package questions

// bestMatch finds the accepted text that a typed one is taken for, -1 and matchNone for
// none. wrong is how it agrees best with the texts known to be wrong: what is nearer to one
// of those is not forgiven.
//
// Of several, the same letters count above all, so that half credit for one spelling is not
// turned into full credit for a typo in another. Next comes what earns most, as the learner
// gets the benefit of the doubt, and then what is nearest.
func bestMatch(accepted []pattern, typed *preparedText, wrong match) (int, match) {
	index, best, credit := -1, match{kind: matchNone}, 0.0
	for i := range accepted {
		p := &accepted[i]
		m := p.match(typed)
		if m.kind == matchNone || wrong.nearness() < m.nearness() {
			continue
		}
		if index < 0 || m.before(best, p.credit, credit) {
			index, best, credit = i, m, p.credit
		}
	}
	return index, best
}

// nearestMatch finds the text that a typed one is nearest to, the first of equals, -1 and
// matchNone for none.
func nearestMatch(texts []pattern, typed *preparedText) (int, match) {
	index, best := -1, match{kind: matchNone}
	for i := range texts {
		if m := texts[i].match(typed); m.nearness() < best.nearness() {
			index, best = i, m
		}
	}
	return index, best
}

// before says whether m, which earns credit, is to be preferred to than.
func (m match) before(than match, credit, thanCredit float64) bool {
	near, far := m.nearness(), than.nearness()
	switch {
	case near != far && min(near, far) <= int(matchPunctuation):
		return near < far
	case credit != thanCredit:
		return credit > thanCredit
	}
	return near < far
}

// nearness ranks matches, the nearest lowest. What only a wildcard admits is farther than a
// text that has a wrong accent, and nearer than one that has a typo.
func (m match) nearness() int {
	switch {
	case m.kind == matchNone:
		return 100
	case m.kind == matchTypo:
		return 10 + m.edits
	case m.wild:
		return 10
	}
	return int(m.kind)
}
