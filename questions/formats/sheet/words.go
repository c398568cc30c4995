package sheet

import (
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// term is a word of the layout: what it stands for, and what it is called in English and
// Spanish, the word that is written first.
type term struct {
	name   string
	en, es []string
}

// kinds of questions, by their field in Question.kind.
var kinds = vocabularyOf(
	term{"choice", []string{"choice", "multiple choice", "single choice", "quiz"}, []string{
		"opción", "opción múltiple", "selección múltiple", "selección", "opción única", "selección única", "opciones",
	}},
	term{"true_false", []string{"true/false", "true or false"}, []string{
		"verdadero/falso", "verdadero o falso", "falso o verdadero", "v/f", "cierto o falso", "falso y verdadero",
	}},
	term{"numeric", []string{"number", "numeric", "numerical"}, []string{"número", "numérica", "numérico"}},
	term{"text_entry", []string{"text", "text entry", "short answer"}, []string{"texto", "respuesta corta", "respuesta breve"}},
	term{"cloze", []string{"cloze", "fill in the blanks", "fill in", "blanks", "gap fill"}, []string{
		"completar", "completa", "espacios en blanco", "llenar espacios", "rellenar huecos",
	}},
	term{"order", []string{"order", "ordering", "sequence"}, []string{"ordenar", "orden", "ordenamiento", "secuencia"}},
	term{"match", []string{"match", "matching", "pairs"}, []string{"relacionar", "emparejar", "parejas", "emparejamiento", "unir"}},
	term{"card", []string{"card", "flashcard"}, []string{"tarjeta", "ficha", "tarjeta didáctica"}},
)

// difficulties by their names in Question.Difficulty.
var difficulties = vocabularyOf(
	term{"EASY", []string{"easy"}, []string{"fácil", "baja"}},
	term{"MEDIUM", []string{"medium", "intermediate"}, []string{"media", "medio", "intermedia", "intermedio", "normal"}},
	term{"HARD", []string{"hard", "difficult"}, []string{"difícil", "alta"}},
)

// truths are how true and false are written.
var truths = vocabularyOf(
	term{"true", []string{"true", "t", "yes", "y", "right"}, []string{"verdadero", "v", "sí", "verdadera", "cierto", "cierta"}},
	term{"false", []string{"false", "f", "no", "n", "wrong"}, []string{"falso", "falsa"}},
)

// languageNames are those whose names are understood beside their tags.
var languageNames = vocabularyOf(
	term{"en", []string{"english"}, []string{"inglés"}},
	term{"es", []string{"spanish"}, []string{"español", "castellano"}},
	term{"fr", []string{"french"}, []string{"francés"}},
	term{"pt", []string{"portuguese"}, []string{"portugués"}},
	term{"de", []string{"german"}, []string{"alemán"}},
	term{"it", []string{"italian"}, []string{"italiano"}},
	term{"qu", []string{"quechua"}, []string{"quichua", "kichwa"}},
)

// vocabulary is a list of terms, found by any of their words.
type vocabulary struct {
	terms []term
	index func() map[string]string // name by folded word
}

func vocabularyOf(terms ...term) vocabulary {
	return vocabulary{terms, sync.OnceValue(func() map[string]string {
		index := map[string]string{}
		for _, t := range terms {
			for _, word := range slices.Concat([]string{t.name}, t.en, t.es) {
				index[fold(word)] = t.name
			}
		}
		return index
	})}
}

// find gives the name of what is called so in either language, or is named so.
func (v vocabulary) find(word string) (name string, found bool) {
	name, found = v.index()[fold(word)]
	return name, found
}

// word is what is written for a name.
func (v vocabulary) word(name string, spanish bool) string {
	for _, t := range v.terms {
		if t.name == name && spanish {
			return t.es[0]
		}
		if t.name == name {
			return t.en[0]
		}
	}
	return name
}

// words are all that may be written, in one language.
func (v vocabulary) words(spanish bool) []string {
	words := make([]string, len(v.terms))
	for i, t := range v.terms {
		words[i] = v.word(t.name, spanish)
	}
	return words
}

// closest gives the word nearest to one that is not known, or nothing.
func (v vocabulary) closest(word string, spanish bool) string {
	folded, best, least := fold(word), "", maxDistance(word)+1
	for known, name := range v.index() {
		d := distance(folded, known)
		if d < least || d == least && best != "" && v.word(name, spanish) < best {
			best, least = v.word(name, spanish), d
		}
	}
	return best
}

// longestWord of the layout, in bytes.
const longestWord = 100

// fold makes words alike that differ in capitals, accents and punctuation. What is too long
// to be a word of the layout gives none.
func fold(s string) string {
	if len(s) > longestWord {
		return ""
	}
	var b strings.Builder
	space := false
	for _, r := range norm.NFD.String(s) {
		switch {
		case unicode.Is(unicode.Mn, r):
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			if space && b.Len() > 0 {
				b.WriteByte(' ')
			}
			space = false
			b.WriteRune(unicode.ToLower(r))
		default:
			space = true
		}
	}
	return b.String()
}

// maxDistance is how far a word may be from one that it was meant to be.
func maxDistance(word string) int { return min(2, utf8.RuneCountInString(word)/3) }

// distance is how many letters must be added, taken out or exchanged to make one word of
// the other.
func distance(a, b string) int {
	from, to := []rune(a), []rune(b)
	last := make([]int, len(to)+1)
	for j := range last {
		last[j] = j
	}
	for i, r := range from {
		diagonal := last[0]
		last[0] = i + 1
		for j, s := range to {
			cost := diagonal
			if r != s {
				cost++
			}
			diagonal = last[j+1]
			last[j+1] = min(cost, last[j]+1, diagonal+1)
		}
	}
	return last[len(to)]
}
