package library

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/abadojack/whatlanggo"
	"golang.org/x/text/language"

	"aula/proto/packed"
	"aula/questions/formats"
	"aula/questions/internal/parallel"
)

// settle finds out which languages the file is in. It reports false where the file must be
// refused.
func (l *loading) settle() bool {
	if l.options().Translate && l.current == nil {
		l.note(formats.Error, -1, "library.translate_what")
		return false
	}
	found := l.found()
	asked, ok := l.asked()
	if !ok {
		return false
	}
	if found[formats.Unknown] {
		delete(found, formats.Unknown)
		if !l.speakOf(asked, found) {
			l.note(formats.Error, -1, "library.language_unsure")
			return false
		}
		found[l.lang] = true
	}
	l.in = slices.Sorted(maps.Keys(found))
	if l.options().Translate {
		return l.settleTranslation(asked)
	}
	if main := l.current.GetLanguage(); l.current != nil && l.file.format.languages != all {
		if len(l.in) > 0 && !found[main] {
			l.note(formats.Error, -1, "library.other_language", "Language", l.in[0], "Main", main, "Set", l.file.ID())
			return false
		}
		first(l.in, main)
	} else {
		first(l.in, l.lang)
	}
	return true
}

// speakOf settles the language of the texts that do not say theirs: the one asked for, that
// of the texts or, where these tell nothing, the one that is likely among those found. A
// guess is told, and will not do for a translation.
func (l *loading) speakOf(asked string, found map[string]bool) bool {
	if l.lang = asked; asked != "" {
		return true
	}
	guessed, sure := l.detect()
	if l.lang = cmp.Or(l.likely(found), guessed); sure {
		l.lang = guessed
	}
	l.detected = l.lang != ""
	switch {
	case l.lang == "" || !sure && l.options().Translate:
		return false
	case sure:
		l.note(formats.Note, -1, "library.language_detected", "Language", l.lang)
	default:
		l.note(formats.Warning, -1, "library.language_guessed", "Language", l.lang)
	}
	return true
}

// settleTranslation finds out the languages that a translation is to bring.
func (l *loading) settleTranslation(asked string) bool {
	main := l.current.GetLanguage()
	targets := slices.DeleteFunc(slices.Clone(l.in), func(lang string) bool {
		return lang == main || asked != "" && lang != asked
	})
	switch {
	case len(targets) > 0:
		l.compared = targets[0]
		if slices.Contains(l.in, main) {
			l.compared = main
		}
		l.in = targets
		return true
	case asked == main || asked == "":
		l.note(formats.Error, -1, "library.translate_same_language", "Language", main, "Set", l.file.ID())
	default:
		l.note(formats.Error, -1, "library.not_in_language", "Language", asked)
	}
	return false
}

func (l *loading) options() Options { return l.file.options }

// first moves a language to the front, if it is there.
func first(languages []string, lang string) {
	if i := slices.Index(languages, lang); i > 0 {
		copy(languages[1:i+1], languages[:i])
		languages[0] = lang
	}
}

// found gives the languages that the file's texts are under.
func (l *loading) found() map[string]bool {
	found := map[string]bool{}
	set := l.file.Document.Set
	if l.file.format.languages == all {
		for lang := range set.GetTitle() {
			found[lang] = true
		}
		return found
	}
	languagesIn(share(set, "media").ProtoReflect(), found)
	for _, m := range set.GetMedia() {
		for lang := range m.GetAlt() {
			found[lang] = true
		}
	}
	var mu sync.Mutex
	parallel.Each(len(l.file.Document.Packed), func(i int) {
		in := map[string]bool{}
		languagesIn(packed.Unpack(l.file.Document.Packed[i]).ProtoReflect(), in)
		mu.Lock()
		defer mu.Unlock()
		maps.Copy(found, in)
	})
	return found
}

// asked gives the language that the caller says the file is in, as the set writes it; empty
// where they do not say. ok is false where it is none.
func (l *loading) asked() (lang string, ok bool) {
	if l.options().ContentLanguage == "" {
		return "", true
	}
	tag, err := language.Parse(l.options().ContentLanguage)
	if err != nil {
		l.note(formats.Error, -1, "library.bad_language", "Language", l.options().ContentLanguage)
		return "", false
	}
	return l.asSetWrites(tag.String()), true
}

// asSetWrites gives the set's tag for a language that it has in one region only: es-EC for es.
func (l *loading) asSetWrites(lang string) string {
	base, _ := language.Make(lang).Base()
	var same []string
	for _, other := range languagesOf(l.current) {
		if other == lang {
			return lang
		}
		if b, _ := language.Make(other).Base(); b == base {
			same = append(same, other)
		}
	}
	if len(same) == 1 && lang == base.String() {
		return same[0]
	}
	return lang
}

// likely is the language of texts that do not say theirs in a file where others do.
func (l *loading) likely(found map[string]bool) string {
	if len(found) == 0 {
		return ""
	}
	if found[l.current.GetLanguage()] {
		return l.current.GetLanguage()
	}
	return slices.Min(slices.Collect(maps.Keys(found)))
}

// sampleSize is how many bytes of text are enough to know their language.
const sampleSize = 64 << 10

// candidates are the languages that texts are told apart among: those that schools teach in
// or teach. More would be taken for one another.
var candidates = map[whatlanggo.Lang]bool{
	whatlanggo.Eng: true, whatlanggo.Spa: true, whatlanggo.Por: true, whatlanggo.Fra: true, whatlanggo.Deu: true,
	whatlanggo.Ita: true, whatlanggo.Nld: true, whatlanggo.Pol: true, whatlanggo.Ron: true, whatlanggo.Swe: true,
	whatlanggo.Tur: true, whatlanggo.Ces: true, whatlanggo.Hun: true, whatlanggo.Fin: true, whatlanggo.Vie: true,
	whatlanggo.Ind: true, whatlanggo.Rus: true, whatlanggo.Ukr: true, whatlanggo.Bul: true, whatlanggo.Arb: true,
	whatlanggo.Pes: true, whatlanggo.Hin: true, whatlanggo.Heb: true,
}

// detect finds out the language of the texts that do not say theirs, as the set writes it. It
// gives "" where they have no letters. sure is false for a guess.
func (l *loading) detect() (lang string, sure bool) {
	if known := l.familiar(); known != "" {
		return known, true
	}
	sample := l.sample()
	if lang := guess(sample, candidates, true); lang != "" {
		return l.asSetWrites(lang), true
	}
	// A list of words tells less than sentences do: among few languages it may be enough.
	few := map[whatlanggo.Lang]bool{whatlanggo.Eng: true, whatlanggo.Spa: true}
	for _, lang := range languagesOf(l.current) {
		base, _ := language.Make(lang).Base()
		few[whatlanggo.CodeToLang(base.ISO3())] = true
	}
	if lang := guess(sample, few, true); lang != "" {
		return l.asSetWrites(lang), true
	}
	if l.current != nil {
		return l.current.GetLanguage(), false
	}
	return guess(sample, few, false), false
}

// Of a text of some length less confidence will do: related languages are close to each
// other however long it is.
const (
	longEnough = 200 // bytes
	confident  = 0.4
)

// guess gives the language of a text, among some; "" where it has no letters or, where it
// must be sure, is not.
func guess(text string, among map[whatlanggo.Lang]bool, sure bool) string {
	info := whatlanggo.DetectWithOptions(text, whatlanggo.Options{Whitelist: among})
	if sure && !info.IsReliable() && (len(text) < longEnough || info.Confidence < confident) {
		return ""
	}
	return info.Lang.Iso6391()
}

// familiar gives the language in which the set already has stems of the file's, if there is
// one in which it has most.
func (l *loading) familiar() string {
	if l.current == nil {
		return ""
	}
	stems := map[string]bool{}
	for _, wire := range l.file.Document.Packed {
		if stem := packed.Unpack(wire).GetText()[formats.Unknown]; stem != "" {
			stems[stem] = true
		}
	}
	counts := map[string]int{}
	for _, wire := range l.old {
		for lang, stem := range packed.Unpack(wire).GetText() {
			if stems[stem] {
				counts[lang]++
			}
		}
	}
	best, tied := "", false
	for _, lang := range languagesOf(l.current) {
		switch {
		case counts[lang] > counts[best]:
			best, tied = lang, false
		case counts[lang] == counts[best]:
			tied = true
		}
	}
	if tied {
		return ""
	}
	return best
}

// sample gathers texts whose language the file does not say, from all over it.
func (l *loading) sample() string {
	var b strings.Builder
	all := l.file.Document.Packed
	step := max(1, len(all)/1000)
	for i := 0; i < len(all) && b.Len() < sampleSize; i += step {
		for _, text := range inOrder(packed.Unpack(all[i]).ProtoReflect(), formats.Unknown) {
			b.WriteString(text)
			b.WriteByte('\n')
		}
	}
	for _, text := range l.file.Document.Set.GetTitle() {
		b.WriteString(text)
	}
	return b.String()
}

// speak puts the texts whose language the file does not say under the one that was found
// out or, where the rest of their question does say, under those: they are for everybody.
func (l *loading) speak() {
	if l.lang == "" {
		return
	}
	rename(l.set.ProtoReflect(), formats.Unknown, l.lang)
	parallel.Each(len(l.questions), func(i int) {
		q, in := l.question(i), map[string]bool{}
		languagesIn(q.ProtoReflect(), in)
		if !in[formats.Unknown] {
			return
		}
		delete(in, formats.Unknown)
		to := slices.Sorted(maps.Keys(in))
		if len(to) == 0 {
			to = []string{l.lang}
		}
		rename(q.ProtoReflect(), formats.Unknown, to...)
		l.put(i, q)
	})
}
