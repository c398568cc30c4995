package anki

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats"
	"aula/questions/formats/markup"
)

// Limits of a question, as the proto has them; in characters where they are of texts.
const (
	maxText   = 4000
	maxHint   = 2000
	maxKey    = 255
	maxTags   = 20
	maxTag    = 40
	maxTitle  = 200
	maxShown  = 10
	maxHints  = 10
	maxBlanks = 20
)

// maxRendered bounds the HTML, in bytes, that the templates of a file may make: a small one
// could ask for the same fields again and again.
const maxRendered = 1 << 30

// defaultDeck is what Anki calls the deck that is always there. It says nothing.
const defaultDeck = "Default"

// reader makes questions of notes.
type reader struct {
	doc      formats.Document
	media    media
	common   []string        // the levels of the deck that all notes lie in
	keys     map[string]bool // that were given
	rendered int             // bytes of HTML
	count    int             // notes
}

// ReadPackage reads a package. The error is a *formats.Unreadable or ctx's.
func ReadPackage(ctx context.Context, data []byte) (*formats.Document, error) {
	a, err := openArchive(data)
	if err != nil {
		return nil, err
	}
	name, err := a.collection()
	if err != nil {
		return nil, err
	}
	r := &reader{keys: map[string]bool{}}
	r.doc.Set = &aulav1.QuestionSet{}
	if r.media, err = a.media(&r.doc); err != nil {
		return nil, err
	}
	err = readDatabase(ctx, a.unpacking(ctx, name), r.database)
	if err != nil {
		return nil, err
	}
	return &r.doc, nil
}

// unpacking writes a collection that a package holds. The error of what it returns is a
// *formats.Unreadable, or the disk's.
func (a *archive) unpacking(ctx context.Context, name string) func(io.Writer) error {
	return func(w io.Writer) error {
		switch err := a.unpack(wanted{ctx, w}, name, formats.MaxUnpacked); {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, errTooLarge):
			return &formats.Unreadable{ID: "format.anki.too_large"}
		case err != nil && !isPathError(err):
			return &formats.Unreadable{ID: "format.anki.corrupt"}
		default:
			return err
		}
	}
}

// wanted writes for as long as somebody waits for it.
type wanted struct {
	ctx context.Context
	io.Writer
}

func (w wanted) Write(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.Writer.Write(p)
}

// database reads the notes of a package.
func (r *reader) database(d *database) error {
	c, err := d.collection()
	if err != nil {
		return err
	}
	r.decks(c)
	if c.studied {
		r.doc.Problems.Add(formats.Note, formats.Place{}, "", "format.anki.progress")
	}
	err = d.notes(func(n note) bool {
		cards := c.cards[n.id]
		decks := make([]string, len(cards))
		for i, card := range cards {
			decks[i] = c.decks[card.deck].name
		}
		r.note(n, c.types[n.kind], cards, formats.Place{Element: fmt.Sprintf("note %d", r.count+1)}, decks...)
		return r.rendered <= maxRendered
	})
	if r.count == 0 && err == nil {
		r.doc.Problems.Add(formats.Error, formats.Place{}, "", "format.anki.no_notes")
	}
	if err == nil && r.rendered > maxRendered || r.media.archive.left < 0 {
		return &formats.Unreadable{ID: "format.anki.too_large"}
	}
	return err
}

// decks gives the set the name of the deck that all cards lie in, and its description.
func (r *reader) decks(c *collection) {
	var used []string
	for _, cards := range c.cards {
		for _, card := range cards {
			used = append(used, c.decks[card.deck].name)
		}
	}
	r.entitle(used)
	for _, id := range slices.Sorted(maps.Keys(c.decks)) {
		deck := c.decks[id]
		about := markup.FromHTML(deck.description[:min(len(deck.description), maxHTML)])
		if deck.name == strings.Join(r.common, "::") && len(r.common) > 0 && about != "" {
			r.doc.Set.Description = und(clip(about, maxHint))
		}
	}
}

// entitle gives the set the name that the names of decks have in common.
func (r *reader) entitle(decks []string) {
	slices.Sort(decks)
	for i, name := range slices.Compact(decks) {
		levels := strings.Split(name, "::")
		if i == 0 {
			r.common = levels
			continue
		}
		same := 0
		for same < min(len(levels), len(r.common)) && levels[same] == r.common[same] {
			same++
		}
		r.common = r.common[:same]
	}
	if title := oneLine(strings.Join(r.common, ": ")); title != "" && title != defaultDeck {
		r.doc.Set.Title = und(clip(title, maxTitle))
	}
}

// note makes questions of a note and its cards, which lie in decks.
func (r *reader) note(n note, t *noteType, cards []card, at formats.Place, decks ...string) {
	r.count++
	s := &source{reader: r, note: n, kind: t, at: at}
	first := n.fields[0][:min(len(n.fields[0]), maxHTML)]
	if t != nil && t.cloze {
		first = reveal(parseCloze(first))
	}
	s.label = shorten(plain(first))
	switch {
	case r.count > formats.MaxQuestions || len(r.doc.Set.GetQuestions()) >= formats.MaxQuestions:
		if r.count == formats.MaxQuestions+1 {
			r.doc.Problems.Add(formats.Error, at, "", "format.anki.too_many_notes", "Max", formats.MaxQuestions)
		}
		return
	case n.tooLong:
		s.problem(formats.Error, "format.anki.too_long", "Max", maxText)
		return
	case t == nil || len(t.templates) == 0:
		s.problem(formats.Skipped, "format.anki.no_note_type")
		return
	}
	for _, deck := range decks {
		s.deckTag(deck)
	}
	s.tags = append(s.tags, n.tags...)
	s.read(cards)
}

// und is a text whose language the file does not say.
func und(text string) map[string]string { return map[string]string{formats.Unknown: text} }

// clip shortens a text to a number of characters.
func clip(text string, most int) string {
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return strings.TrimSpace(string([]rune(text)[:most-1])) + "…"
}
