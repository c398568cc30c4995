package sheet

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"aula/questions/formats"
)

// column is what the header says of a column.
type column struct {
	field *field // nil: not a column of the layout
	lang  string // of a localised field; empty where the header does not say
	own   bool   // the cell is one part of a list, not the list
	// spanish: the name is Spanish and not English.
	spanish bool
}

var fieldByWord = sync.OnceValue(func() map[string]*field {
	index := map[string]*field{}
	for _, f := range fields {
		for _, word := range slices.Concat(f.en, f.es) {
			index[fold(word)] = f
		}
	}
	return index
})

var (
	inParentheses = regexp.MustCompile(`^(.*?)\s*[(\[]\s*([^()\[\]]+?)\s*[)\]]\s*$`)
	numbered      = regexp.MustCompile(`^(.*?) ?\d{1,2}$`)
	lastWord      = regexp.MustCompile(`^(.*\S)[ _]+([A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*|\p{L}{5,})$`)
)

// parseColumn understands a cell of the header. Kahoot's have a limit behind a dash.
func parseColumn(cell string) (c column, ok bool) {
	if len(cell) > longestWord {
		return column{}, false
	}
	name, _, _ := strings.Cut(strings.TrimSpace(cell), "\n")
	for _, dash := range []string{" - ", " – ", " — "} {
		name, _, _ = strings.Cut(name, dash)
	}
	if c, ok = named(name); ok {
		return c, true
	}
	if m := inParentheses.FindStringSubmatch(name); m != nil {
		return inLanguage(m[1], m[2])
	}
	if m := lastWord.FindStringSubmatch(name); m != nil {
		return inLanguage(m[1], m[2])
	}
	return column{}, false
}

// named finds the field of a name, which may end in the number of a part.
func named(name string) (column, bool) {
	folded := fold(name)
	if f := fieldByWord()[folded]; f != nil {
		return column{field: f, spanish: !f.inEnglish(folded)}, true
	}
	if m := numbered.FindStringSubmatch(folded); m != nil {
		if f := fieldByWord()[m[1]]; f != nil && f.list {
			return column{field: f, own: true, spanish: !f.inEnglish(m[1])}, true
		}
	}
	return column{}, false
}

// inEnglish tells whether a folded name is one of the field's in English.
func (f *field) inEnglish(folded string) bool {
	return slices.ContainsFunc(f.en, func(word string) bool { return fold(word) == folded })
}

// inLanguage finds the field of a name that is followed by a language.
func inLanguage(name, lang string) (column, bool) {
	c, ok := named(name)
	if !ok || !c.field.localised {
		return column{}, false
	}
	c.lang = tagOf(lang)
	return c, c.lang != ""
}

// parseHeader understands a row as the header. known is how many of its columns are.
func parseHeader(cells []string) (columns []column, known int, isHeader bool) {
	columns = make([]column, len(cells))
	text := false
	for i, cell := range cells {
		c, ok := parseColumn(unguard(cell))
		if !ok {
			continue
		}
		columns[i] = c
		known++
		text = text || c.field == textField
	}
	return columns, known, text && known > 1
}

// closestColumn gives the name nearest to one that is not known, or nothing.
func closestColumn(cell string) string {
	name, rest := cell, ""
	if m := inParentheses.FindStringSubmatch(cell); m != nil {
		name, rest = m[1], " ("+m[2]+")"
	}
	folded, best, least := fold(name), "", maxDistance(name)+1
	for _, f := range fields {
		for _, word := range slices.Concat(f.en, f.es) {
			if d := distance(folded, fold(word)); d < least {
				best, least = word, d
			}
		}
	}
	if best == "" {
		return ""
	}
	return best + rest
}

// languagesOf lists the languages that a header names, in its order. Where it names none, or
// one column of a field names one and another does not, some texts are of a language that is
// not known.
func languagesOf(columns []column) (langs []string) {
	labelled := map[*field]bool{}
	for _, c := range columns {
		if c.lang == "" {
			continue
		}
		labelled[c.field] = true
		if !slices.Contains(langs, c.lang) {
			langs = append(langs, c.lang)
		}
	}
	for i, c := range columns {
		if c.field != nil && c.field.localised && c.lang == "" && labelled[c.field] {
			columns[i].lang = formats.Unknown
		}
	}
	unlabelled := slices.ContainsFunc(columns, func(c column) bool { return c.lang == formats.Unknown })
	if len(langs) == 0 || unlabelled {
		langs = append(langs, formats.Unknown)
	}
	return langs
}
