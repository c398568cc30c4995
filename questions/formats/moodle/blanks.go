package moodle

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"google.golang.org/protobuf/proto"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats"
	"aula/questions/formats/markup"
)

// Signs that stand around the number of a blank while its text is converted.
const (
	blankOpen  = "\uE010"
	blankClose = "\uE011"
)

func (t *task) cloze() {
	byLang := map[string][]*blank{}
	written := map[string]string{}
	for lang, source := range split(t.source.Text.Text.string(), t.languages) {
		source = strings.NewReplacer(blankOpen, "", blankClose, "").Replace(source)
		pieces, fault := parseCloze(source)
		if fault != nil {
			t.fail(fault.id, "Text", fault.text)
			return
		}
		var b strings.Builder
		for _, p := range pieces {
			b.WriteString(p.text)
			if p.blank != nil {
				byLang[lang] = append(byLang[lang], p.blank)
				b.WriteString(blankOpen + strconv.Itoa(len(byLang[lang])) + blankClose)
			}
		}
		written[lang] = b.String()
	}
	t.q.Text = t.stem(written)
	markers := strings.NewReplacer(blankOpen, "[[b", blankClose, "]]")
	for lang, text := range t.q.GetText() {
		t.q.Text[lang] = markers.Replace(text)
	}
	t.blanks(byLang)
}

// blanks brings together what the languages have in each blank.
func (t *task) blanks(byLang map[string][]*blank) {
	count := -1
	for _, lang := range t.languages {
		if t.q.GetText()[lang] == "" {
			continue
		}
		if count >= 0 && len(byLang[lang]) != count {
			t.fail("format.moodle.cloze_languages", "Number", min(count, len(byLang[lang]))+1)
			return
		}
		count = len(byLang[lang])
	}
	const most = 20
	switch {
	case count <= 0:
		t.fail("format.moodle.cloze_no_blank")
		return
	case count > most:
		t.fail("format.moodle.cloze_blanks", "Count", count, "Max", most)
		return
	}
	kind := &aulav1.ClozeQuestion{}
	sum := 0.0
	for i := range count {
		in := map[string]*blank{}
		for lang, blanks := range byLang {
			if i < len(blanks) {
				in[lang] = blanks[i]
			}
		}
		b := t.blank(i+1, in)
		sum += weightOf(b)
		kind.Blanks = append(kind.Blanks, b)
	}
	t.q.Kind = &aulav1.Question_Cloze{Cloze: kind}
	if strings.TrimSpace(t.source.Grade) == "" { // Moodle adds up the weights
		t.points(strconv.FormatFloat(sum, 'f', -1, 64))
	}
}

func weightOf(b *aulav1.Blank) float64 {
	if b.Weight == nil {
		return 1
	}
	return b.GetWeight()
}

// blank makes a blank of what stands in it in each language.
func (t *task) blank(n int, in map[string]*blank) *aulav1.Blank {
	first := in[t.firstOf(in)]
	made := &aulav1.Blank{Id: fmt.Sprintf("b%d", n)}
	const most = 100
	switch weight, err := strconv.Atoi(or(first.weight, "1")); {
	case err != nil || weight > most:
		t.add(formats.Warning, "format.moodle.cloze_weight", "Number", n, "Max", most)
		made.Weight = proto.Float64(most)
	case weight > 1:
		made.Weight = new(float64(weight))
	}
	all, ok := t.together(in)
	if !ok {
		t.fail("format.moodle.cloze_languages", "Number", n)
		return made
	}
	if len(all) == 0 {
		t.fail("format.moodle.cloze_empty", "Number", n)
		return made
	}
	shuffled := strings.HasSuffix(first.variant, "S")
	switch first.kind {
	case "NUMERICAL":
		for i := range all {
			t.tolerance(&all[i])
		}
		made.Kind = &aulav1.Blank_Numeric{Numeric: t.numeric(all)}
	case "SHORTANSWER":
		for i := range all {
			for lang, text := range all[i].written {
				all[i].written[lang] = markup.HTMLText(text)
			}
			all[i].text.Text = text(anyText(all[i].written))
		}
		made.Kind = &aulav1.Blank_TextEntry{TextEntry: t.typed(all, first.variant == "C")}
	case "MULTICHOICE":
		made.Kind = &aulav1.Blank_Choice{Choice: t.choice(all, false, shuffled)}
	case "MULTIRESPONSE":
		shareOut(all)
		made.Kind = &aulav1.Blank_Choice{Choice: t.choice(all, true, shuffled)}
	}
	return made
}

func (t *task) firstOf(in map[string]*blank) string {
	for _, lang := range t.languages {
		if in[lang] != nil {
			return lang
		}
	}
	return ""
}

// together gives the answers of a blank with their texts in every language. They are the
// same ones where their number and credits agree; of a text to type each language may have
// its own.
func (t *task) together(in map[string]*blank) (all []alternative, ok bool) {
	first := in[t.firstOf(in)]
	alike := true
	for _, b := range in {
		if b.kind != first.kind {
			return nil, false
		}
		alike = alike && sameCredits(b, first)
	}
	switch {
	case alike:
		return t.merged(in, first), true
	case first.kind != "SHORTANSWER":
		return nil, false
	}
	for _, lang := range t.languages {
		if in[lang] != nil {
			all = append(all, t.merged(map[string]*blank{lang: in[lang]}, in[lang])...)
		}
	}
	return all, true
}

func sameCredits(a, b *blank) bool {
	if len(a.answers) != len(b.answers) {
		return false
	}
	for i := range a.answers {
		if a.answers[i].percent != b.answers[i].percent {
			return false
		}
	}
	return true
}

func (t *task) merged(in map[string]*blank, first *blank) (all []alternative) {
	for i, answer := range first.answers {
		percent, _ := number(or(answer.percent, "0"))
		feedback := map[string]string{}
		a := alternative{place: t.place, written: map[string]string{}, fraction: snap(math.Max(-1, math.Min(1, percent/100)))}
		for lang, b := range in {
			a.written[lang], feedback[lang] = b.answers[i].text, b.answers[i].feedback
		}
		a.feedback = t.feedbackIn(feedback, t.source.Text.Format)
		all = append(all, a)
	}
	return all
}

// tolerance parts a number and what it may be off by: 3.14:0.01.
func (t *task) tolerance(a *alternative) {
	for lang, written := range a.written {
		a.written[lang], a.tolerance, _ = strings.Cut(markup.HTMLText(written), ":")
	}
	for _, written := range a.written {
		if x, _ := number(written); x != firstNumber(a.written) {
			t.fail("format.moodle.cloze_numbers", "Text", written)
			return
		}
	}
}

func firstNumber(written map[string]string) float64 {
	x, _ := number(anyText(written))
	return x
}

// shareOut shares the credit among the right answers of several: Moodle writes = for each.
func shareOut(all []alternative) {
	sum, right := 0.0, 0
	for _, a := range all {
		if a.fraction > 0 {
			sum += a.fraction
			right++
		}
	}
	for i := range all {
		if sum > 1+1e-3 && all[i].fraction > 0 && sum == float64(right) {
			all[i].fraction = 1 / float64(right)
		}
	}
}
