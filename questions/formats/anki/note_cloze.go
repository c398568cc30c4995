package anki

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats"
)

// occlusion begins what a note deletes that hides parts of a picture.
const occlusion = "image-occlusion:"

// readCloze makes questions of a cloze note: one with a blank for each deletion where all
// can be typed, else a card for each of its cards.
func (s *source) readCloze() {
	t := s.kind.templates[0]
	parsed := map[string][]piece{} // by field
	var cards []int
	read := func(field, html string) string {
		if parsed[field] == nil && len(html) <= maxHTML {
			parsed[field] = parseCloze(html)
			cards = append(cards, ordinals(parsed[field])...)
		}
		return ""
	}
	f := s.face(t)
	f.front, f.cloze = true, read
	f.render(strings.ReplaceAll(t.front, "type:cloze:", "cloze:")) // finds the fields
	slices.Sort(cards)
	cards = slices.Compact(cards)
	switch {
	case slices.ContainsFunc(s.note.fields, func(html string) bool { return strings.Contains(html, occlusion) }):
		s.problem(formats.Skipped, "format.anki.image_occlusion")
		return
	case slices.ContainsFunc(s.note.fields, func(html string) bool { return len(html) > maxHTML }):
		s.problem(formats.Error, "format.anki.too_long", "Max", maxText)
		return
	case len(cards) == 0:
		s.problem(formats.Error, "format.anki.no_deletion")
		return
	}
	c := &clozeNote{source: s, template: t, parsed: parsed}
	if q, told, ok := c.question(); ok {
		s.add(q, 0, told, false)
		return
	}
	s.problem(formats.Warning, "format.anki.cloze_as_cards", "Max", maxBlanks)
	for _, ordinal := range cards {
		c.card(ordinal)
	}
}

// clozeNote is a cloze note that has deletions.
type clozeNote struct {
	*source
	template template
	parsed   map[string][]piece // the fields with deletions, by name
}

// render writes the front or the back with what cloze gives for fields with deletions.
func (c *clozeNote) render(front bool, cloze func([]piece) string) (html string, long bool) {
	f := c.face(c.template)
	f.front = front
	f.cloze = func(field, _ string) string { return cloze(c.parsed[field]) }
	html = c.template.back
	if front {
		html = c.template.front
	}
	html = f.render(html)
	return html, f.long
}

// question makes a cloze question, or tells that there can be none: something deleted
// cannot be typed, lies within another deletion, or stands where text cannot.
func (c *clozeNote) question() (q *aulav1.Question, told []side, ok bool) {
	var all []*aulav1.Blank
	var names []string // in pairs: what stands in the text for a blank, and its marker
	seen := map[string]int{}
	ok = true
	sum := sha256.Sum256([]byte(strings.Join(c.note.fields, "\x1f")))
	word := "gap" + hex.EncodeToString(sum[:8]) // stands in no text by chance
	html, long := c.render(true, func(pieces []piece) string {
		return write(pieces, func(d *deletion) (string, bool) {
			inner, found := split(reveal(d.inner))
			text := plain(inner)
			ok = ok && !d.nested() && len(found) == 0 && typeable(text)
			id := fmt.Sprintf("c%d", d.ordinals[0])
			if seen[id]++; seen[id] > 1 {
				id = fmt.Sprintf("%s-%d", id, seen[id])
			}
			all = append(all, &aulav1.Blank{Id: id, Kind: &aulav1.Blank_TextEntry{TextEntry: textEntry(text)}})
			names = append(names, fmt.Sprintf("%sn%dx", word, len(all)), "[["+id+"]]")
			if hint := strings.TrimSpace(d.hint); hint != "" {
				return names[len(names)-2] + " (" + hint + ")", true
			}
			return names[len(names)-2], true
		})
	})
	if !ok || long || len(all) > maxBlanks {
		return nil, nil, false
	}
	front := c.side(html)
	front.text = strings.ReplaceAll(front.text, "[[", `[\[`) // what only looks like a marker
	for i := 0; i < len(names); i += 2 {
		if strings.Count(front.text, names[i]) != 1 {
			return nil, nil, false
		}
	}
	front.text = strings.NewReplacer(names...).Replace(front.text)
	html, _ = c.render(false, func([]piece) string { return "" })
	back := c.back(html, "")
	q = &aulav1.Question{
		Text: und(front.text), Kind: &aulav1.Question_Cloze{Cloze: &aulav1.ClozeQuestion{Blanks: all}},
	}
	if back.text != "" {
		q.Explanation = und(back.text)
	}
	return q, []side{front, back}, true
}

// card makes a card of what is deleted under one ordinal.
func (c *clozeNote) card(ordinal int) {
	asked := func(d *deletion) bool { return slices.Contains(d.ordinals, ordinal) }
	html, long := c.render(true, func(pieces []piece) string {
		return write(pieces, func(d *deletion) (string, bool) {
			hint := strings.TrimSpace(d.hint)
			if hint == "" {
				hint = "..."
			}
			return "[" + hint + "]", asked(d)
		})
	})
	front := c.side(html)
	html, _ = c.render(false, func(pieces []piece) string {
		return write(pieces, func(d *deletion) (string, bool) {
			return "<b>" + reveal(d.inner) + "</b>", asked(d)
		})
	})
	back := c.side(html)
	q := &aulav1.Question{
		Text: und(front.text),
		Kind: &aulav1.Question_Card{Card: &aulav1.CardQuestion{Back: und(back.text)}},
	}
	// What the whole note shows is not on the back alone.
	back.media = slices.DeleteFunc(back.media, func(one shown) bool { return slices.Contains(front.media, one) })
	c.add(q, ordinal-1, []side{front, back}, long)
}
