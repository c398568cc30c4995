package questions

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strings"

	"golang.org/x/text/language"

	aulav1 "aula/proto/aula/v1"
)

// maxDistractors is how many values stand beside the key of a derived question, and
// maxSiblings how many facts are looked at to find them: enough unless almost all say the
// same, and the time to expand a set stays in proportion to its facts.
const (
	maxDistractors = 3
	maxSiblings    = 100
)

// alternative is a value that can stand where a fact has its own.
type alternative struct {
	id   string            // as an option
	text map[string]string // as each language writes it
	// That and the other ways to write it, by language.
	folded map[string][]preparedText
}

func (e *expander) alternative(v *aulav1.FactValue) alternative {
	a := alternative{text: map[string]string{}, folded: map[string][]preparedText{}}
	for i, lang := range e.languages {
		text := writeValue(v, lang, e.words)
		if i == 0 {
			a.id = fmt.Sprintf("o-%06x", hashOf(canonical(v, lang))&0xffffff)
		}
		if text == "" {
			continue
		}
		options := textOptions{tag: language.Make(lang), articles: e.words(lang, "articles")}
		a.text[lang] = text
		a.folded[lang] = append(a.folded[lang], prepare(text, options))
		for _, also := range nameOf(v).GetAlso() {
			if text := also.GetText()[lang]; text != "" {
				a.folded[lang] = append(a.folded[lang], prepare(text, options))
			}
		}
	}
	return a
}

// like reports whether two values are the same to a reader of some language: in any of the
// ways to write them, whatever the case, accents, article and division into words.
func (a *alternative) like(b *alternative) bool {
	for lang, texts := range a.folded {
		for i := range texts {
			for j := range b.folded[lang] {
				if _, _, same := findPair(&texts[i].bare, &b.folded[lang][j].bare, equalChars); same {
					return true
				}
			}
		}
	}
	return false
}

// standsFor reports whether a is written in every language that b is.
func (a *alternative) standsFor(b *alternative) bool {
	for lang := range b.text {
		if a.text[lang] == "" {
			return false
		}
	}
	return true
}

// distractors gives up to three values to stand beside that of the fact, none of them like
// it or like another. For numbers and days they are the author's others, then those near
// the value by rule; for people, places and organisations the values other facts have of
// that type, in the facts' order from one that depends on the fact's id, then the others;
// for texts the others. The same set always gives the same.
func (e *expander) distractors(f *fact) []alternative {
	var chosen []alternative
	add := func(a alternative) {
		clash := func(b *alternative) bool { return a.id == b.id || a.like(b) }
		if len(chosen) == maxDistractors || !a.standsFor(&f.value) || clash(&f.value) ||
			slices.ContainsFunc(chosen, func(b alternative) bool { return clash(&b) }) || f.says(a) {
			return
		}
		chosen = append(chosen, a)
	}
	hash := hashOf(f.GetId())
	kind := typeOf(f.GetValue())
	if kind == "person" || kind == "place" || kind == "organisation" {
		// The fact itself is among them, and refused as what it is.
		pool := e.byType[kind]
		from := int(hash % uint64(len(pool)))
		for i := range min(len(pool), maxSiblings) {
			if len(chosen) == maxDistractors {
				break
			}
			add(pool[(from+i)%len(pool)].value)
		}
	}
	for _, other := range f.GetOthers() {
		add(e.alternative(other))
	}
	for _, value := range near(f.GetValue(), hash) {
		if len(chosen) == maxDistractors {
			break
		}
		add(e.alternative(value))
	}
	return chosen
}

// says reports whether a value already stands in the statement or the question, in any
// language: "Guayaquil is in Guayaquil" is nobody's mistake.
func (f *fact) says(a alternative) bool {
	for lang, text := range a.text {
		text = strings.ToLower(text)
		said := strings.ToLower(f.GetStatement()[lang] + "\n" + f.GetQuestion()[lang])
		if strings.Contains(said, text) {
			return true
		}
	}
	return false
}

// hashOf is a number that depends on a text and on nothing else.
func hashOf(text string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(text))
	return h.Sum64()
}
