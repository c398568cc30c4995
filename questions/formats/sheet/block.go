package sheet

import (
	"cmp"
	"strings"

	"golang.org/x/text/language"

	"aula/questions/formats"
)

// What the rows above the header may say of the set.
const (
	setID          = "id"
	setTitle       = "title"
	setDescription = "description"
	setLanguage    = "language"
	setCertainty   = "certainty"
)

var setWords = vocabularyOf(
	term{setID, []string{"id"}, []string{"id", "identificador"}},
	term{setTitle, []string{"title"}, []string{"título"}},
	term{setDescription, []string{"description"}, []string{"descripción"}},
	term{setLanguage, []string{"language", "default language"}, []string{"idioma", "idioma principal", "lengua"}},
	term{setCertainty, []string{"certainty"}, []string{"certeza"}},
)

// block is what the rows above the header say of the set. Texts without a language wait for
// the header, which tells the first.
type block struct {
	language string
}

// row takes in a row that begins with a # and tells whether it is one. A header may begin
// with # as well: it has more columns.
func (b *block) row(r *reader, n int, cells []string) bool {
	first := 0
	for first < len(cells)-1 && strings.TrimSpace(cells[first]) == "" {
		first++
	}
	name, ok := strings.CutPrefix(strings.TrimSpace(unguard(cells[first])), "#")
	if !ok {
		return false
	}
	value := ""
	if first+1 < len(cells) {
		value = clean(cells[first+1])
	}
	if _, _, isHeader := parseHeader(cells); isHeader {
		return false
	}
	lang := ""
	if m := inParentheses.FindStringSubmatch(name); m != nil {
		name, lang = m[1], tagOf(m[2])
	}
	what, known := setWords.find(name)
	switch {
	case !known:
		r.doc.Problems.Add(formats.Warning, formats.Place{Row: n, Cell: cellName(first)}, "", "format.sheet.unknown_setting_row",
			"Row", "#"+shorten(name), "Known", "#"+strings.Join(setWords.words(false), ", #"))
	case value == "":
	default:
		b.set(r, formats.Place{Row: n, Cell: cellName(first + 1)}, what, lang, value)
	}
	return true
}

func (b *block) set(r *reader, place formats.Place, what, lang, value string) {
	set := r.doc.Set
	switch what {
	case setID:
		set.Id = value
	case setLanguage:
		if b.language = tagOf(value); b.language == "" {
			r.doc.Problems.Add(formats.Error, place, "", "format.sheet.bad_language", "Text", shorten(value))
		}
	case setCertainty:
		truth, known := truths.find(value)
		if !known {
			r.doc.Problems.Add(formats.Error, place, "", "format.sheet.bad_truth", "Text", shorten(value))
		}
		set.Certainty = truth == "true"
	case setTitle:
		set.Title = with(set.GetTitle(), lang, value)
	default:
		set.Description = with(set.GetDescription(), lang, value)
	}
}

// finish settles, once the header is known, in which language the set is.
func (b *block) finish(r *reader) {
	set := r.doc.Set
	set.Language = b.language
	if b.language == "" && r.langs[0] != formats.Unknown {
		set.Language = r.langs[0]
	}
	main := cmp.Or(set.GetLanguage(), r.langs[0])
	for _, texts := range []map[string]string{set.GetTitle(), set.GetDescription()} {
		if text, ok := texts[""]; ok {
			delete(texts, "")
			if texts[main] == "" {
				texts[main] = text
			}
		}
	}
}

// with adds a text to those of other languages.
func with(texts map[string]string, lang, text string) map[string]string {
	if texts == nil {
		texts = map[string]string{}
	}
	texts[lang] = text
	return texts
}

// tagOf gives the tag of a language by its tag or name, or nothing.
func tagOf(text string) string {
	if tag, found := languageNames.find(text); found {
		return tag
	}
	tag, err := language.Parse(strings.TrimSpace(text))
	if err != nil || tag == language.Und {
		return ""
	}
	return tag.String()
}
