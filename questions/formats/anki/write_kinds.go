package anki

import (
	"fmt"
	"html"
	"regexp"
	"slices"
	"strconv"
	"strings"

	aulav1 "aula/proto/aula/v1"
)

var (
	marker = regexp.MustCompile(`\[\[([^\[\]]+)\]\]`)
	ownID  = regexp.MustCompile(`^c([1-9][0-9]{0,2})(?:-[0-9]+)?$`)
)

// cloze writes a cloze, and tells whether it says all of the question.
func (w *writer) cloze(q *aulav1.Question) (source string, whole bool) {
	blanks := q.GetCloze().GetBlanks()
	whole = true
	word := "zgapz" // stands for a blank while the text becomes HTML
	for strings.Contains(w.text(q.GetText()), word) {
		word = "z" + word
	}
	numbers := ordinalsOf(blanks)
	var pairs []string
	text := marker.ReplaceAllStringFunc(w.text(q.GetText()), func(mark string) string {
		i := slices.IndexFunc(blanks, func(b *aulav1.Blank) bool { return "[["+b.GetId()+"]]" == mark })
		if i < 0 {
			return mark
		}
		answer, hint, all := w.blank(blanks[i])
		whole = whole && all && blanks[i].Weight == nil
		deletion := fmt.Sprintf("{{c%d::%s", numbers[i], deletable(answer))
		if hint != "" {
			deletion += "::" + deletable(hint)
		}
		gap := fmt.Sprintf("%s%dz", word, i)
		pairs = append(pairs, gap, deletion+"}}")
		return gap
	})
	return strings.NewReplacer(pairs...).Replace(field(text)), whole
}

var braces = strings.NewReplacer("{", "&#123;", "}", "&#125;", ":", "&#58;")

// deletable writes a text within a deletion, which it could end.
func deletable(text string) string { return braces.Replace(html.EscapeString(text)) }

// ordinalsOf gives blanks the numbers in their ids if they are as reading gives them, else
// their places.
func ordinalsOf(blanks []*aulav1.Blank) []int {
	numbers := make([]int, len(blanks))
	for i, b := range blanks {
		m := ownID.FindStringSubmatch(b.GetId())
		if m == nil {
			for i := range numbers {
				numbers[i] = i + 1
			}
			return numbers
		}
		numbers[i], _ = strconv.Atoi(m[1]) // of three digits at most
	}
	return numbers
}

// blank is what is deleted for a blank, and what to choose it from.
func (w *writer) blank(b *aulav1.Blank) (answer, hint string, whole bool) {
	switch kind := b.GetKind().(type) {
	case *aulav1.Blank_TextEntry:
		answer, whole = w.accepted(kind.TextEntry)
	case *aulav1.Blank_Numeric:
		answer = w.number(kind.Numeric)
	case *aulav1.Blank_Choice:
		var options []string
		for _, option := range kind.Choice.GetOptions() {
			text := plain(field(w.text(option.GetText())))
			options = append(options, text)
			if option.GetCorrect() && answer == "" {
				answer = text
			}
		}
		hint = strings.Join(options, " / ")
	}
	return answer, hint, whole
}

// number writes the key of a numeric question.
func (w *writer) number(q *aulav1.NumericQuestion) string {
	write := func(value float64) string { return strconv.FormatFloat(value, 'f', -1, 64) }
	text := write(q.GetValue())
	if r := q.GetRange(); r != nil {
		text = write(r.GetLow()) + " – " + write(r.GetHigh())
	}
	switch {
	case q.GetUnit() == aulav1.NumericQuestion_PERCENT:
		text += " %"
	case len(q.GetUnits()) > 0:
		text += " " + w.text(q.GetUnits()[0].GetText())
	}
	return text
}

// ungraded writes what to choose from below the front and what is right on the back, for
// questions that Anki cannot grade.
func (w *writer) ungraded(q *aulav1.Question) (asked, key string) {
	switch kind := q.GetKind().(type) {
	case *aulav1.Question_Choice:
		var all, right []string
		for _, option := range kind.Choice.GetOptions() {
			text := field(w.text(option.GetText()))
			all = append(all, text)
			if option.GetCorrect() {
				right = append(right, text)
			}
		}
		return list("ul", all), strings.Join(right, "<br>")
	case *aulav1.Question_TrueFalse:
		if kind.TrueFalse.GetCorrect() {
			return list("ul", []string{"✓", "✗"}), "✓"
		}
		return list("ul", []string{"✓", "✗"}), "✗"
	case *aulav1.Question_Numeric:
		return "", html.EscapeString(w.number(kind.Numeric))
	case *aulav1.Question_Order:
		var items []string
		for _, item := range kind.Order.GetItems() {
			items = append(items, field(w.text(item.GetText())))
		}
		return list("ul", slices.Sorted(slices.Values(items))), list("ol", items)
	case *aulav1.Question_Match:
		var left, right, pairs []string
		for _, pair := range kind.Match.GetPairs() {
			l, r := field(w.text(pair.GetLeft().GetText())), field(w.text(pair.GetRight().GetText()))
			left, right, pairs = append(left, l), append(right, r), append(pairs, l+" – "+r)
		}
		for _, other := range kind.Match.GetDistractors() {
			right = append(right, field(w.text(other.GetText())))
		}
		slices.Sort(right)
		return list("ul", left) + "<p>↔</p>" + list("ul", slices.Compact(right)), list("ul", pairs)
	}
	return "", ""
}

// list writes items as a list of HTML.
func list(tag string, items []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "<%s>", tag)
	for _, item := range items {
		fmt.Fprintf(&b, "<li>%s</li>", item)
	}
	fmt.Fprintf(&b, "</%s>", tag)
	return b.String()
}
