package sheet

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/protobuf/proto"

	aulav1 "aula/proto/aula/v1"
)

// gap is a blank within a text, with what is right in it.
type gap struct {
	id    string
	parts []string
}

var gapID = regexp.MustCompile(`^([a-z0-9]+(?:-[a-z0-9]+)*):\s`)

// gaps finds the blanks of a text: "[[100]]", "[[Quito | San Francisco de Quito]]",
// "[[*Quito | Guayaquil]]", each after an id or counted. rest is the text with their ids in
// their places; ok is false where a blank is empty or has no end.
func gaps(text string) (rest string, found []gap, ok bool) {
	var b strings.Builder
	for {
		before, after, more := strings.Cut(text, "[[")
		b.WriteString(before)
		if !more {
			return b.String(), found, true
		}
		end := gapEnd(after)
		if end <= 0 {
			return "", nil, false
		}
		g := gap{id: strconv.Itoa(len(found) + 1)}
		inside := unescape(after[:end], ']')
		if m := gapID.FindStringSubmatch(inside); m != nil {
			g.id, inside = m[1], inside[len(m[0]):]
		}
		for _, part := range splitAt(inside, '|') {
			g.parts = append(g.parts, strings.TrimSpace(unescape(part, '|')))
		}
		found = append(found, g)
		b.WriteString("[[" + g.id + "]]")
		text = after[end+2:]
	}
}

// gapEnd finds the brackets that close a blank; -1 where there are none.
func gapEnd(s string) int {
	for i := 0; i+1 < len(s); i++ {
		switch {
		case s[i] == '\\' && s[i+1] == ']':
			i++
		case s[i] == ']' && s[i+1] == ']':
			return i
		}
	}
	return -1
}

// cloze reads the blanks out of the texts, and leaves their ids in their places.
func (w *row) cloze(q *aulav1.Question, s settings) *aulav1.ClozeQuestion {
	var order []string
	in := map[string][]list{} // by blank
	count := 0
	for _, lang := range w.langs {
		if q.GetText()[lang] == "" {
			continue
		}
		column := w.columnOf(textField, lang)
		rest, found, ok := gaps(q.GetText()[lang])
		if !ok {
			w.fail(column, "format.sheet.bad_blank")
			return nil
		}
		q.Text[lang] = rest
		if count == 0 {
			count = len(found)
		}
		if len(found) != count {
			w.fail(column, "format.sheet.blanks_differ", "Found", len(found), "Wanted", count)
			return nil
		}
		for _, g := range found {
			if in[g.id] == nil {
				order = append(order, g.id)
			}
			in[g.id] = append(in[g.id], list{lang, column, g.parts})
		}
	}
	if len(order) == 0 {
		w.fail(w.first(textField), "format.sheet.no_blanks")
	}
	cloze := &aulav1.ClozeQuestion{}
	for _, id := range order {
		blank := w.blank(in[id])
		blank.Id = id
		cloze.Blanks = append(cloze.Blanks, blank)
	}
	w.blankIDs(cloze)
	w.blankWeights(cloze)
	keepOrder(cloze, s)
	return cloze
}

// columnOf gives the column in which a field is in a language.
func (w *row) columnOf(f *field, lang string) int {
	for _, i := range w.at[f] {
		if slices.Contains(w.langsOf(i), lang) {
			return i
		}
	}
	return -1
}

// blank makes a blank of what each language has in it.
func (w *row) blank(lists []list) *aulav1.Blank {
	switch {
	case !slices.ContainsFunc(lists[0].parts, func(part string) bool { return !w.isNumber(part) }):
		return &aulav1.Blank{Kind: &aulav1.Blank_Numeric{Numeric: w.blankNumber(lists)}}
	case slices.ContainsFunc(lists[0].parts, func(part string) bool { return strings.HasPrefix(part, "*") }):
		return &aulav1.Blank{Kind: &aulav1.Blank_Choice{Choice: w.blankChoice(lists)}}
	}
	for i, l := range lists {
		for j, part := range l.parts {
			lists[i].parts[j] = unquote(part)
		}
	}
	text := &aulav1.TextQuestion{}
	for _, texts := range together(lists) {
		text.Accepted = append(text.Accepted, &aulav1.AcceptedText{Text: texts})
	}
	if len(text.GetAccepted()) == 0 {
		w.fail(lists[0].column, "format.sheet.bad_blank")
	}
	return &aulav1.Blank{Kind: &aulav1.Blank_TextEntry{TextEntry: text}}
}

// unquote takes off the quotes that make a text of a number, or the backslash that makes an
// ordinary star of a mark.
func unquote(part string) string {
	for _, quotes := range []string{`""`, `“”`} {
		runes := []rune(quotes)
		if inside, ok := strings.CutPrefix(part, string(runes[0])); ok {
			if inside, ok = strings.CutSuffix(inside, string(runes[1])); ok {
				return inside
			}
		}
	}
	if rest, ok := strings.CutPrefix(part, `\*`); ok {
		return "*" + rest
	}
	return part
}

// blankNumber reads numbers, which must be the same in all languages.
func (w *row) blankNumber(lists []list) (q *aulav1.NumericQuestion) {
	for _, l := range lists {
		read := &aulav1.NumericQuestion{}
		for i, part := range l.parts {
			k, problem, at := parseKey(part)
			switch {
			case problem != "":
				w.failNumber(l.column, problem, at)
			case i == 0:
				k.put(read)
			default:
				read.Also = append(read.Also, &aulav1.AcceptedNumber{Value: k.value, Tolerance: k.tolerance, Fraction: 1})
			}
		}
		if q != nil && !proto.Equal(q, read) {
			w.fail(l.column, "format.sheet.numbers_differ", "Text", shorten(joinList(l.parts)), "Wanted", shorten(joinList(lists[0].parts)))
		}
		if q == nil {
			q = read
		}
	}
	return q
}

// blankChoice reads options, of which the same must be right in all languages.
func (w *row) blankChoice(lists []list) *aulav1.ChoiceQuestion {
	q := &aulav1.ChoiceQuestion{}
	for range lists[0].parts {
		q.Options = append(q.Options, &aulav1.ChoiceOption{})
	}
	right := 0
	for n, l := range lists {
		if len(l.parts) != len(q.GetOptions()) {
			w.fail(l.column, "format.sheet.parts_differ", "Found", len(l.parts), "Language", l.lang, "Wanted", len(q.GetOptions()),
				"Other", lists[0].lang)
			return nil
		}
		for i, part := range l.parts {
			o := q.GetOptions()[i]
			text, correct := strings.CutPrefix(part, "*")
			if n == 0 && correct {
				o.Correct = true
				right++
			}
			if correct != o.GetCorrect() {
				w.fail(l.column, "format.sheet.stars_differ", "Text", shorten(part), "Other", lists[0].lang)
			}
			if text = unquote(strings.TrimSpace(text)); text != "" {
				o.Text = with(o.GetText(), l.lang, text)
			}
		}
	}
	q.Multiple = right > 1
	return q
}

// blankIDs puts the blanks in the order of their ids under part ids, and gives options
// theirs: "river | sea = atlantic, pacific".
func (w *row) blankIDs(q *aulav1.ClozeQuestion) {
	ids := w.ids(len(q.GetBlanks()))
	ordered := make([]*aulav1.Blank, 0, len(ids))
	for _, entry := range ids {
		id, options, _ := pair(entry)
		i := slices.IndexFunc(q.GetBlanks(), func(b *aulav1.Blank) bool { return b.GetId() == id })
		if i < 0 || slices.Contains(ordered, q.GetBlanks()[i]) {
			return
		}
		blank := q.GetBlanks()[i]
		for j, option := range splitWords(options) {
			if j < len(blank.GetChoice().GetOptions()) {
				blank.GetChoice().GetOptions()[j].Id = option
			}
		}
		ordered = append(ordered, blank)
	}
	q.Blanks = ordered
}

// keepOrder keeps the options of every blank in their order, where a setting says so.
func keepOrder(q *aulav1.ClozeQuestion, s settings) {
	choices := choicesOf(q)
	if len(choices) == 0 || !s.take(fixedOrder) {
		return
	}
	for _, choice := range choices {
		choice.FixedOrder = true
	}
}

// choicesOf gives the blanks that have options.
func choicesOf(q *aulav1.ClozeQuestion) (choices []*aulav1.ChoiceQuestion) {
	for _, blank := range q.GetBlanks() {
		if blank.GetChoice() != nil {
			choices = append(choices, blank.GetChoice())
		}
	}
	return choices
}

func (w *row) blankWeights(q *aulav1.ClozeQuestion) {
	weights := w.credits(creditField, 0, 100)
	if len(weights) > len(q.GetBlanks()) {
		w.fail(w.first(creditField), "format.sheet.too_many_credits", "Wanted", len(q.GetBlanks()))
		return
	}
	for i, weight := range weights {
		q.Blanks[i].Weight = weight
	}
}
