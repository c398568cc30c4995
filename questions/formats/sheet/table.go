package sheet

import (
	"iter"
	"maps"
	"slices"
	"strings"
	"unicode/utf16"

	"golang.org/x/text/language"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats"
)

// head is a column to be written.
type head struct {
	field *field
	lang  string // empty where the field has none
}

// line is a question to be written.
type line map[head]string

func (l line) put(f *field, text string) {
	if text != "" {
		l[head{f, ""}] = text
	}
}

func (l line) texts(f *field, texts map[string]string, langs []string) {
	for _, lang := range langs {
		if text := strings.TrimSpace(texts[lang]); text != "" {
			l[head{f, lang}] = text
		}
	}
}

// parts writes the parts of a list, each by language. Options must have a place for each in
// every language, lest one that is left out shift the others.
func (l line) parts(f *field, parts []map[string]string, langs []string) {
	for _, lang := range langs {
		inLang := make([]string, len(parts))
		for i, part := range parts {
			inLang[i] = strings.TrimSpace(part[lang])
		}
		if f != optionsField {
			inLang = inLang[:filledParts(inLang)]
		}
		if text := joinList(inLang); text != "" {
			l[head{f, lang}] = text
		}
	}
}

// table is a set as it is written.
type table struct {
	spanish bool // the words of the layout are
	langs   []string
	limit   int        // of a cell's UTF-16 units; 0 is none
	block   [][]string // the rows above the header
	heads   []head
	lines   []line
}

// tableOf lays a set out. The problems are what the layout cannot say.
func tableOf(set *aulav1.QuestionSet, languages []string, limit int) (*table, formats.Problems) {
	t := &table{langs: languages, limit: limit}
	if len(t.langs) == 0 {
		t.langs = languagesOfSet(set)
	}
	base, _ := language.Make(t.langs[0]).Base()
	t.spanish = base.String() == "es"
	t.writeBlock(set)
	for _, q := range set.GetQuestions() {
		t.lines = append(t.lines, t.line(q))
	}
	t.chooseHeads()
	return t, t.unsaid(set)
}

// languagesOfSet lists the languages of a set, the one to fall back to first.
func languagesOfSet(set *aulav1.QuestionSet) []string {
	langs := slices.Sorted(maps.Keys(set.GetTitle()))
	if main := set.GetLanguage(); main != "" {
		langs = append([]string{main}, slices.DeleteFunc(langs, func(lang string) bool { return lang == main })...)
	}
	if len(langs) == 0 {
		return []string{formats.Unknown}
	}
	return langs
}

func (t *table) writeBlock(set *aulav1.QuestionSet) {
	add := func(name, lang, value string) {
		if value = strings.TrimSpace(value); value != "" {
			t.block = append(t.block, []string{"#" + setWords.word(name, t.spanish) + inBrackets(lang), t.fit(value)})
		}
	}
	add(setID, "", set.GetId())
	for _, lang := range t.langs {
		add(setTitle, lang, set.GetTitle()[lang])
	}
	for _, lang := range t.langs {
		add(setDescription, lang, set.GetDescription()[lang])
	}
	add(setLanguage, "", set.GetLanguage())
	if set.GetCertainty() {
		add(setCertainty, "", truths.word("true", t.spanish))
	}
}

func inBrackets(lang string) string {
	if lang == "" || lang == formats.Unknown {
		return ""
	}
	return " (" + lang + ")"
}

// chooseHeads decides on the columns: those of every field that has something in it, and of
// each language, so that who translates has a cell to fill.
func (t *table) chooseHeads() {
	used := maps.Clone(always)
	apart := false // some unit differs between languages
	for _, l := range t.lines {
		for h := range l {
			used[h.field] = true
			apart = apart || h.field == unitField && h.lang != ""
		}
	}
	for _, l := range t.lines {
		if text, ok := l[head{unitField, ""}]; ok && apart {
			delete(l, head{unitField, ""})
			for _, lang := range t.langs {
				l[head{unitField, lang}] = text
			}
		}
	}
	for _, f := range fields {
		switch {
		case !used[f]:
		case !f.localised || f == unitField && !apart:
			t.heads = append(t.heads, head{f, ""})
		default:
			for _, lang := range t.langs {
				t.heads = append(t.heads, head{f, lang})
			}
		}
	}
}

// header is the row that names the columns.
func (t *table) header() []string {
	cells := make([]string, len(t.heads))
	for i, h := range t.heads {
		cells[i] = h.field.word(t.spanish) + inBrackets(h.lang)
	}
	return cells
}

// cells are the row of a question.
func (t *table) cells(l line) []string {
	cells := make([]string, len(t.heads))
	for i, h := range t.heads {
		cells[i] = t.fit(l[h])
	}
	return cells
}

// fit makes a text ready for a cell. One that is too long for a spreadsheet is left out:
// half of it would pass for the whole.
func (t *table) fit(text string) string {
	text = lineEnds.Replace(text)
	if t.limit > 0 {
		text = printable(text)
	}
	text = guard(text)
	if t.limit > 0 && len(text) > t.limit && len(utf16.Encode([]rune(text))) > t.limit {
		return ""
	}
	return text
}

// all gives the rows from the top, with an empty one where the set's end and the table begins.
func (t *table) all() iter.Seq[[]string] {
	return func(yield func([]string) bool) {
		for _, row := range t.block {
			if !yield(row) {
				return
			}
		}
		if len(t.block) > 0 && !yield(nil) {
			return
		}
		if !yield(t.header()) {
			return
		}
		for _, l := range t.lines {
			if !yield(t.cells(l)) {
				return
			}
		}
	}
}

// firstRow is the number of the first question's row.
func (t *table) firstRow() int {
	if len(t.block) == 0 {
		return 2
	}
	return len(t.block) + 3
}
