package questions

import (
	"cmp"
	"slices"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"
)

const dotAbove = '\u0307'

// alphabet knows which letters a language takes for letters of their own, and which for
// others with an accent. It does not change once made.
type alphabet struct {
	turkic bool // I is the capital of ı, and İ of i
	// letters holds, by lower-case letter and mark, what is left of the two without
	// accents where that is not the letter alone: ñ itself in Spanish, ö in Hungarian of ő.
	// With the mark 0 it holds what a foreign letter is written as: o in English of ø.
	// The values are decomposed.
	letters map[[2]rune]string
}

// maxAlphabets bounds the cache of alphabets, as tags come from outside.
const maxAlphabets = 200

var alphabets = bounded[language.Tag, *alphabet]{size: maxAlphabets}

// alphabetOf gives the alphabet of a language, in which that of its parent is found
// (es-EC -> es). Making one takes about a millisecond.
func alphabetOf(tag language.Tag) *alphabet {
	return alphabets.get(tag, func() *alphabet { return newAlphabet(tag) })
}

// lower gives a letter in lower case.
func (a *alphabet) lower(r rune) rune {
	if a.turkic {
		return unicode.TurkishCase.ToLower(r)
	}
	return unicode.ToLower(r)
}

// plain gives chars without accents: the same slice where there are none.
func (a *alphabet) plain(chars []char) []char {
	accented := func(c char) bool { return c.kind == charLetter && (c.runes[0] >= utf8.RuneSelf || c.runes[1] != 0) }
	first := slices.IndexFunc(chars, accented)
	if first < 0 {
		return chars
	}
	out := append(make([]char, 0, len(chars)+4), chars[:first]...)
	for _, c := range chars[first:] {
		if accented(c) {
			out = a.appendPlain(out, c)
		} else {
			out = append(out, c)
		}
	}
	return out
}

func (a *alphabet) appendPlain(out []char, c char) []char {
	kept := c
	kept.runes = [4]rune{c.runes[0]}
	for _, mark := range c.runes[1:] {
		if mark == 0 {
			break
		}
		own, ok := a.letters[[2]rune{unicode.ToLower(kept.runes[0]), mark}]
		switch {
		case ok:
			kept, _ = spell(kept, own)
		case a.turkic && kept.runes[0] == 'I' && mark == dotAbove, !isAccent(mark):
			kept = withMark(kept, mark)
		}
	}
	if kept.runes[0] < utf8.RuneSelf {
		return append(out, kept)
	}
	foreign, ok := a.letters[[2]rune{unicode.ToLower(kept.runes[0]), 0}]
	if !ok {
		return append(out, kept)
	}
	for foreign != "" {
		kept, foreign = spell(kept, foreign)
		out = append(out, kept)
		kept.runes, kept.gap = [4]rune{kept.runes[0]}, 0
	}
	return out
}

// spell gives c with its base replaced by the first letter of text and that letter's
// marks, in the case of c, and what of text is left over.
func spell(c char, text string) (char, string) {
	upper := unicode.IsUpper(c.runes[0])
	for i, r := range text {
		switch {
		case i == 0 && upper:
			c.runes[0] = unicode.ToUpper(r)
		case i == 0:
			c.runes[0] = r
		case unicode.IsMark(r):
			c = withMark(c, r)
		default:
			return c, text[i:]
		}
	}
	return c, ""
}

// withMark adds a mark where there is room.
func withMark(c char, mark rune) char {
	for i, r := range c.runes {
		if r == 0 {
			c.runes[i] = mark
			break
		}
	}
	return c
}

// isAccent tells accents from the marks that are part of a letter, by canonical combining
// class (Unicode Character Database, DerivedCombiningClass.txt): 200 and above are set over
// or under a letter, 10 to 35 are Hebrew points and Arabic vowels. Left out are overlays (1,
// which negate a sign), Indic nuktas and viramas (7, 9), the voicing of kana (8), and the
// vowels and tones of Thai, Lao and Tibetan (103 to 132), as are Indic vowels (0).
func isAccent(mark rune) bool {
	var encoded [utf8.UTFMax]byte
	class := norm.NFD.Properties(utf8.AppendRune(encoded[:0], mark)).CCC()
	return class >= 200 || 10 <= class && class <= 35
}

// variant is a letter, decomposed, and what it is written as where it is not known.
type variant struct{ letter, base string }

// undecomposed are the letters that Unicode takes for no other letter with a mark, as the
// transform Latin-ASCII of CLDR has them.
var undecomposed = []variant{
	{"ø", "o"}, {"ł", "l"}, {"đ", "d"}, {"ð", "d"}, {"ħ", "h"}, {"æ", "ae"}, {"œ", "oe"}, {"ı", "i"}, {"þ", "th"},
}

// apart names who has the letters that the root collation keeps apart in every language.
var apart = map[string][]string{"ı": {"tr", "az"}, "þ": {"is"}}

// sameLetters completes the collations of x/text, which leave out those that CLDR imports
// from another language (the first line), and those of alphabets CLDR has no collation for.
var sameLetters = map[string]string{
	"no": "nn", "nb": "nn", "bs": "hr", "sr-Latn": "hr", "gl": "es",
	"ast": "es", "ay": "es", "eu": "es", "gn": "es", "qu": "es",
}

// composed are the letters that are another letter with one accent, in lower case.
var composed = sync.OnceValue(func() []variant {
	var found []variant
	for r := rune(0xc0); r < 0x2000; r++ {
		if !unicode.IsLetter(r) || unicode.ToLower(r) != r {
			continue
		}
		letter := norm.NFD.String(string(r))
		parts := []rune(letter)
		if len(parts) == 2 && isAccent(parts[1]) {
			found = append(found, variant{letter, string(parts[0])})
		}
	}
	return found
})

// newAlphabet reads an alphabet off the collation of its language (CLDR): a letter that
// differs from its base at the primary level is a letter of its own, unless it is sorted as
// a form of an unrelated letter, as Danish does with ü under y.
func newAlphabet(tag language.Tag) *alphabet {
	base, script, _ := tag.Raw()
	a := &alphabet{letters: map[[2]rune]string{}, turkic: base.String() == "tr" || base.String() == "az"}
	for _, name := range []string{base.String() + "-" + script.String(), base.String()} {
		if same, ok := sameLetters[name]; ok {
			tag = language.Make(same)
			break
		}
	}
	loose := collate.New(tag, collate.Loose)
	var own []variant
	for _, v := range composed() {
		if loose.CompareString(v.letter, v.base) != 0 {
			own = append(own, v)
		}
	}
	for _, v := range undecomposed {
		with, listed := apart[v.letter]
		switch {
		case listed && slices.Contains(with, base.String()):
		case !listed && loose.CompareString(v.letter, v.base) != 0:
			own = append(own, v)
		default:
			a.letters[key(v.letter)] = v.base
		}
	}
	order := collate.New(tag)
	for _, v := range own {
		if first := leader(v, own, loose, order); first.base[0] == v.base[0] {
			a.letters[key(v.letter)] = first.letter
		} else if key(v.letter)[1] == 0 {
			a.letters[key(v.letter)] = v.base
		}
	}
	return a
}

// leader gives the first of the letters that are sorted as forms of the same one as v.
func leader(v variant, own []variant, loose, order *collate.Collator) variant {
	first := v
	consider := func(other variant) {
		if loose.CompareString(other.letter, v.letter) != 0 {
			return
		}
		// Some are equal in order, as Romanian takes ş for ș.
		if cmp.Or(order.CompareString(other.letter, first.letter), cmp.Compare(other.letter, first.letter)) < 0 {
			first = other
		}
	}
	for _, other := range own {
		consider(other)
	}
	for r := 'a'; r <= 'z'; r++ {
		consider(variant{string(r), string(r)})
	}
	return first
}

// key gives the letter and the mark, 0 for none, that a decomposed letter consists of.
func key(letter string) [2]rune {
	var k [2]rune
	copy(k[:], []rune(letter))
	return k
}
