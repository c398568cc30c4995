package sheet

import (
	"slices"
	"strings"

	aulav1 "aula/proto/aula/v1"
)

// The settings that a question may have, by name.
const (
	several       = "several"        // of the options may be chosen, though one is right
	single        = "single"         // option may be chosen
	fixedOrder    = "fixed order"    // of the options
	last          = "last"           // "last E": the option stays below the others
	ruleExact     = "exact"          // how an order is credited
	ruleAdjacent  = "adjacent"       //
	ruleRelative  = "relative"       //
	accents       = "accents"        // must be right
	ignoreAccents = "ignore accents" // are not even mentioned
	forgive       = "forgive accents"
	capitals      = "capitals"    // matter
	punctuation   = "punctuation" // matters
	spelling      = "spelling"    // must be right
	wildcards     = "wildcards"   // * stands for anything
	examOnly      = "exam only"   // it is not asked in practice
)

var settingWords = vocabularyOf(
	term{several, []string{several}, []string{"varias"}},
	term{single, []string{single}, []string{"una sola"}},
	term{fixedOrder, []string{fixedOrder}, []string{"orden fijo"}},
	term{last, []string{last}, []string{"al final"}},
	term{ruleExact, []string{ruleExact}, []string{"exacto"}},
	term{ruleAdjacent, []string{ruleAdjacent}, []string{"vecinos"}},
	term{ruleRelative, []string{ruleRelative}, []string{"relativo"}},
	term{accents, []string{accents}, []string{"tildes", "acentos"}},
	term{ignoreAccents, []string{ignoreAccents}, []string{"sin tildes", "sin acentos"}},
	term{forgive, []string{forgive}, []string{"perdonar tildes", "perdonar acentos"}},
	term{capitals, []string{capitals}, []string{"mayúsculas"}},
	term{punctuation, []string{punctuation}, []string{"puntuación"}},
	term{spelling, []string{spelling}, []string{"ortografía"}},
	term{wildcards, []string{wildcards}, []string{"comodines"}},
	term{examOnly, []string{examOnly}, []string{"solo en exámenes", "sólo en exámenes", "solo examen"}},
)

// settings of a question, with the cell they stand in. What a kind takes is taken out.
type settings struct {
	column int
	on     map[string]bool
	last   map[int]bool // options, from 0
}

func (w *row) settings() settings {
	text, column := w.value(settingsField)
	s := settings{column, map[string]bool{}, map[int]bool{}}
	for _, word := range splitWords(text) {
		if name, known := settingWords.find(word); known && name != last {
			s.on[name] = true
			continue
		}
		if i := strings.LastIndexByte(word, ' '); i > 0 {
			if name, known := settingWords.find(word[:i]); known && name == last {
				if at := optionIndex(word[i+1:]); at >= 0 {
					s.last[at] = true
					continue
				}
			}
		}
		w.fail(column, "format.sheet.bad_setting", "Text", shorten(word), "Known", strings.Join(settingWords.words(w.spanish), ", "))
	}
	return s
}

func (s settings) take(name string) bool {
	on := s.on[name]
	delete(s.on, name)
	return on
}

func (s settings) rule() aulav1.OrderQuestion_Rule {
	switch {
	case s.take(ruleAdjacent):
		return aulav1.OrderQuestion_ADJACENT
	case s.take(ruleRelative):
		return aulav1.OrderQuestion_RELATIVE
	case s.take(ruleExact):
		return aulav1.OrderQuestion_EXACT
	}
	return aulav1.OrderQuestion_RULE_UNSPECIFIED
}

func (s settings) accents() aulav1.TextQuestion_Accents {
	switch {
	case s.take(accents):
		return aulav1.TextQuestion_REQUIRE
	case s.take(ignoreAccents):
		return aulav1.TextQuestion_IGNORE
	case s.take(forgive):
		return aulav1.TextQuestion_FORGIVE
	}
	return aulav1.TextQuestion_ACCENTS_UNSPECIFIED
}

// unused reports the settings that the question's kind did not take.
func (s settings) unused(w *row, kind string) {
	var left []string
	for name := range s.on {
		left = append(left, name)
	}
	for at := range s.last {
		left = append(left, last+" "+letter(at))
	}
	slices.Sort(left)
	for _, name := range left {
		w.warn(s.column, "format.sheet.unused_setting", "Text", settingName(name, w.spanish), "Kind", kinds.word(kind, w.spanish))
	}
}

// settingName is a setting's name in the words of the sheet.
func settingName(name string, spanish bool) string {
	if option, ok := strings.CutPrefix(name, last+" "); ok {
		return settingWords.word(last, spanish) + " " + option
	}
	return settingWords.word(name, spanish)
}
