package questions

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	aulav1 "aula/proto/aula/v1"
)

// cloze asks to fill the blanks of a text.
type cloze struct {
	source *aulav1.ClozeQuestion
	blanks []blank
	text   map[string][]clozePiece // by language
}

// clozePiece is a run of text or, where id is not empty, a blank.
type clozePiece struct {
	text string
	id   string
	at   int // among the blanks, -1 where there is none of that id
}

// gapLine stands for a blank in plain text.
const gapLine = "_____"

// clozeMarker is how an author writes where a blank stands.
var clozeMarker = regexp.MustCompile(`\[\[([^\[\]]+)\]\]`)

func newCloze(q *aulav1.Question, words Words) cloze {
	c := cloze{source: q.GetCloze(), text: map[string][]clozePiece{}}
	for _, written := range c.source.GetBlanks() {
		c.blanks = append(c.blanks, newBlank(q.GetId(), written, words))
	}
	for lang, text := range q.GetText() {
		c.text[lang] = c.split(text)
	}
	return c
}

// split cuts a text at its markers.
func (c cloze) split(text string) (pieces []clozePiece) {
	from := 0
	for _, found := range clozeMarker.FindAllStringSubmatchIndex(text, -1) {
		if found[0] > from {
			pieces = append(pieces, clozePiece{text: text[from:found[0]]})
		}
		id := text[found[2]:found[3]]
		pieces = append(pieces, clozePiece{id: id, at: c.find(id)})
		from = found[1]
	}
	if from < len(text) {
		pieces = append(pieces, clozePiece{text: text[from:]})
	}
	return pieces
}

func (c cloze) find(id string) int {
	return slices.IndexFunc(c.blanks, func(b blank) bool { return b.id == id })
}

// order lists the blanks in the order in which a language's text has them.
func (c cloze) order(lang string) (blanks []int) {
	for _, piece := range c.text[lang] {
		if piece.id != "" {
			blanks = append(blanks, piece.at)
		}
	}
	return blanks
}

func (c cloze) check(r *report) {
	ids := map[string]bool{}
	for i, b := range c.blanks {
		path := fmt.Sprintf("cloze.blanks[%d]", i)
		r.unique(path+".id", b.id, ids)
		if b.kind == nil {
			r.add(path, "check.cloze_no_kind", nil)
			continue
		}
		within := &report{languages: r.languages}
		b.kind.check(within)
		for _, problem := range within.problems {
			r.add(path+"."+problem.Path, problem.ID, problem.Args)
		}
	}
	for _, lang := range slices.Sorted(maps.Keys(c.text)) {
		count := make([]int, len(c.blanks))
		for _, piece := range c.text[lang] {
			switch {
			case piece.id == "":
			case piece.at < 0:
				r.add("text", "check.cloze_no_such_blank", map[string]any{"Blank": piece.id, "Language": lang})
			default:
				count[piece.at]++
			}
		}
		for i, b := range c.blanks {
			if count[i] != 1 && c.find(b.id) == i {
				r.add("text", "check.cloze_not_once", map[string]any{"Blank": b.id, "Language": lang, "Times": count[i]})
			}
		}
	}
}

func (c cloze) covers(lang string) bool {
	return !slices.ContainsFunc(c.blanks, func(b blank) bool { return b.kind == nil || !b.kind.covers(lang) })
}

func (c cloze) prompt(p *aulav1.Prompt, v view) {
	prompt := &aulav1.ClozePrompt{}
	for _, piece := range c.text[v.lang] {
		shown := &aulav1.ClozePiece{Piece: &aulav1.ClozePiece_Text{Text: piece.text}}
		if piece.id != "" {
			shown.Piece = &aulav1.ClozePiece_Blank{Blank: c.blanks[piece.at].ask(v)}
		}
		prompt.Pieces = append(prompt.Pieces, shown)
	}
	p.Text = c.write(v.lang, func(int) string { return gapLine })
	p.Kind = &aulav1.Prompt_Cloze{Cloze: prompt}
}

// write writes the text in a language, its blanks filled.
func (c cloze) write(lang string, fill func(blank int) string) string {
	var text strings.Builder
	for _, piece := range c.text[lang] {
		text.WriteString(piece.text)
		if piece.id != "" {
			text.WriteString(fill(piece.at))
		}
	}
	return text.String()
}

func (c cloze) grade(a *aulav1.Answer, by, to view) (Grade, error) {
	filled := a.GetCloze().GetBlanks()
	for _, id := range slices.Sorted(maps.Keys(filled)) {
		if c.find(id) < 0 {
			return Grade{}, &Refusal{Field: blankField(id), ID: "cloze.no_such_blank", Args: map[string]any{
				"Blank": id, "Blanks": c.ids(by.lang),
			}}
		}
	}
	grades := make([]Grade, len(c.blanks))
	var sum, whole float64
	for i, b := range c.blanks {
		if answer, ok := filled[b.id]; ok {
			var err error
			if grades[i], err = b.grade(answer, by, to); err != nil {
				return Grade{}, err
			}
		}
		sum += b.weight * grades[i].Fraction
		whole += b.weight
	}
	g := Grade{Fraction: sum / whole}
	for number, i := range c.order(to.lang) {
		g.Parts = append(g.Parts, c.blanks[i].part(grades[i]))
		if len(grades[i].Feedback) == 0 {
			continue
		}
		if len(c.blanks) > 1 {
			g.Feedback = append(g.Feedback, Message{ID: "cloze.blank", Args: map[string]any{"Number": number + 1}})
		}
		g.Feedback = append(g.Feedback, grades[i].Feedback...)
	}
	return g, nil
}

// ids lists the blanks' for an error that says what there is to fill.
func (c cloze) ids(lang string) string {
	var ids []string
	for _, i := range c.order(lang) {
		ids = append(ids, c.blanks[i].id)
	}
	return strings.Join(ids, ", ")
}

func (c cloze) key(k *aulav1.Key, v view) {
	key := &aulav1.ClozeKey{Blanks: map[string]*aulav1.BlankKey{}}
	displays := make([]string, len(c.blanks))
	for i, b := range c.blanks {
		key.Blanks[b.id], displays[i] = b.solution(v)
	}
	k.Kind = &aulav1.Key_Cloze{Cloze: key}
	k.Display = c.write(v.lang, func(i int) string { return displays[i] })
}
