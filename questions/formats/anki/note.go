package anki

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats"
	"aula/questions/formats/markup"
)

// extraField is the field that Anki's own cloze notes have for what the back shows besides.
const extraField = "Back Extra"

// imageStem is the text of a question that has but a picture or a sound to ask with.
const imageStem = "?"

// source is a note that becomes questions.
type source struct {
	*reader
	note  note
	kind  *noteType
	at    formats.Place
	label string // names the note in the report
	tags  []string
}

func (s *source) problem(severity formats.Severity, id string, args ...any) {
	s.doc.Problems.Add(severity, s.at, s.label, id, args...)
	s.doc.Problems.Keyed(s.note.guid)
}

// deckTag notes in which deck below the common one the note lies.
func (s *source) deckTag(name string) {
	levels := strings.Split(name, "::")
	if len(levels) > len(s.common) {
		s.tags = append(s.tags, strings.Join(levels[len(s.common):], "::"))
	}
}

// read makes the questions. A note without cards, as texts have them, has all that its type
// makes.
func (s *source) read(cards []card) {
	s.tags = s.fitTags()
	if s.kind.cloze {
		s.readCloze()
		return
	}
	var made []int
	for _, card := range cards {
		made = append(made, card.ordinal)
	}
	slices.Sort(made)
	if len(made) == 0 {
		for i := range s.kind.templates {
			made = append(made, i)
		}
	}
	for _, i := range slices.Compact(made) {
		if i >= 0 && i < len(s.kind.templates) {
			s.readCard(i)
		}
	}
}

// face makes a renderer of the note's fields.
func (s *source) face(t template) *face {
	f := &face{fields: map[string]string{
		"Tags": strings.Join(s.note.tags, " "), "Type": s.kind.name, "Card": t.name,
		"Deck": "", "Subdeck": "", "CardFlag": "", "FrontSide": "",
	}}
	for i, name := range s.kind.fields {
		if i < len(s.note.fields) {
			f.fields[name] = s.note.fields[i]
		} else {
			f.fields[name] = ""
		}
	}
	return f
}

// readCard makes a question of one card.
func (s *source) readCard(ordinal int) {
	t := s.kind.templates[ordinal]
	f := s.face(t)
	f.front = true
	front := s.side(f.render(t.front))
	f.front = false
	q := &aulav1.Question{Text: und(front.text)}
	told := []side{front}
	if f.typed == "" {
		told = append(told, s.readBack(q, f, t, front.text)...)
	} else {
		told = append(told, s.readTyped(q, f, t, front.text)...)
	}
	for _, hint := range f.hints {
		if text := s.side(hint).text; text != "" {
			q.Hints = append(q.Hints, &aulav1.Hint{Text: und(text)})
		}
	}
	s.add(q, ordinal, told, f.long)
}

// readBack takes the back of a card as what is to be recalled.
func (s *source) readBack(q *aulav1.Question, f *face, t template, front string) (told []side) {
	if strings.Contains(t.back, extraField) {
		extra := s.side(f.fields[extraField])
		f.fields[extraField] = ""
		if extra.text != "" {
			q.Explanation = und(extra.text)
		}
		told = append(told, extra)
	}
	back := s.back(f.render(t.back), front)
	q.Kind = &aulav1.Question_Card{Card: &aulav1.CardQuestion{Back: und(back.text)}}
	return append(told, back)
}

// readTyped takes the field that the front asks to type as what is accepted, and what else
// is on the back as the explanation. What cannot be typed is recalled.
func (s *source) readTyped(q *aulav1.Question, f *face, t template, front string) (told []side) {
	accepted := plain(f.fields[f.typed])
	back := s.back(f.render(t.back), front)
	if !typeable(accepted) {
		s.problem(formats.Warning, "format.anki.cannot_type")
		back.add(s.side(f.fields[f.typed]))
		q.Kind = &aulav1.Question_Card{Card: &aulav1.CardQuestion{Back: und(back.text)}}
		return []side{back}
	}
	q.Kind = typed(accepted)
	if strings.Contains(t.front, "nc:"+f.typed) || strings.Contains(t.front, "nc:type:") { // "no combining" signs
		q.GetTextEntry().Accents = aulav1.TextQuestion_IGNORE
	}
	if back.text != "" && back.text != s.side(f.fields[f.typed]).text {
		q.Explanation = und(back.text)
	}
	return []side{back}
}

// typed asks to type a text.
func typed(text string) *aulav1.Question_TextEntry_ {
	return &aulav1.Question_TextEntry_{TextEntry: textEntry(text)}
}

func textEntry(text string) *aulav1.TextQuestion {
	return &aulav1.TextQuestion{Accepted: []*aulav1.AcceptedText{{Text: und(text)}}}
}

// side is what one side of a card shows.
type side struct {
	text  string // CommonMark
	media []shown
	long  bool // it was too long to be read
}

// add puts another side's text first.
func (s *side) add(before side) {
	s.text = strings.TrimSpace(before.text + "\n\n" + s.text)
	s.media = append(s.media, before.media...)
	s.long = s.long || before.long
}

// side reads HTML.
func (s *source) side(html string) side {
	s.rendered += len(html)
	if strings.TrimSpace(html) == "" {
		return side{}
	}
	rest, found := split(html)
	if len(rest) > maxHTML {
		return side{long: true}
	}
	return side{text: markup.FromHTML(rest), media: found}
}

// back reads the back of a card, where the front is often repeated.
func (s *source) back(html, front string) side {
	at := answer.FindStringIndex(html)
	if at == nil {
		return s.side(html)
	}
	before, after := s.side(html[:at[0]]), s.side(html[at[1]:])
	if before.text != front {
		after.add(before)
	}
	return after
}

// add takes a question into the document, unless it is wrong. told are the front and
// whatever else its texts are from: only what the front shows can be shown.
func (s *source) add(q *aulav1.Question, ordinal int, told []side, long bool) {
	front := told[0]
	if front.text == "" && len(front.media) > 0 {
		q.Text = und(imageStem)
	}
	long = long || slices.ContainsFunc(told, func(one side) bool { return one.long })
	for _, text := range []map[string]string{q.GetText(), q.GetExplanation(), q.GetCard().GetBack()} {
		long = long || utf8.RuneCountInString(text[formats.Unknown]) > maxText
	}
	switch behind := slices.ContainsFunc(told[1:], func(one side) bool { return len(one.media) > 0 }); {
	case long:
		s.problem(formats.Error, "format.anki.too_long", "Max", maxText)
		return
	case q.GetText()[formats.Unknown] == "":
		s.problem(formats.Error, "format.anki.empty_front")
		return
	case q.GetCard() != nil && q.GetCard().GetBack()[formats.Unknown] == "" && behind:
		s.problem(formats.Skipped, "format.anki.only_media_on_back")
		return
	case q.GetCard() != nil && q.GetCard().GetBack()[formats.Unknown] == "":
		s.problem(formats.Error, "format.anki.empty_back")
		return
	case behind:
		s.problem(formats.Warning, "format.anki.media_on_back")
	}
	if len(q.GetHints()) > maxHints {
		q.Hints = q.GetHints()[:maxHints]
	}
	for _, hint := range q.GetHints() {
		hint.Text = und(clip(hint.GetText()[formats.Unknown], maxHint))
	}
	q.Key = s.key(ordinal)
	q.Tags = slices.Clone(s.tags)
	q.Media = s.show(front.media)
	s.doc.Add(q, s.at)
}

// key is what a question is known by: the guid of the note and, but for the first card's,
// the number of the card.
func (s *source) key(ordinal int) string {
	if s.note.guid == "" {
		return ""
	}
	key := s.note.guid
	if ordinal > 0 {
		key = fmt.Sprintf("%s/%d", key, ordinal+1)
	}
	switch {
	case utf8.RuneCountInString(key) > maxKey:
		s.problem(formats.Warning, "format.anki.long_guid", "Max", maxKey)
		return ""
	case s.keys[key]:
		s.problem(formats.Warning, "format.anki.same_guid", "Guid", key)
		return ""
	}
	s.keys[key] = true
	return key
}

// fitTags keeps to the limits of tags.
func (s *source) fitTags() (fit []string) {
	cut := false
	for _, tag := range s.tags {
		short := clip(oneLine(tag), maxTag)
		cut = cut || utf8.RuneCountInString(tag) > maxTag
		switch {
		case short == "" || slices.Contains(fit, short):
		case len(fit) == maxTags:
			cut = true
		default:
			fit = append(fit, short)
		}
	}
	if cut {
		s.problem(formats.Warning, "format.anki.tags_cut", "Max", maxTags, "Length", maxTag)
	}
	return fit
}
