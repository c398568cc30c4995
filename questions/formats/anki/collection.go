package anki

import (
	"cmp"
	"database/sql"
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"

	"aula/questions/formats"
)

// Versions of the database that there are.
const (
	schema11 = 11 // all but notes and cards is JSON
	schema18 = 18 // note types and decks have tables
)

// collection is what a database says, but for its notes.
type collection struct {
	types   map[int64]*noteType
	decks   map[int64]deck
	cards   map[int64][]card // by note
	studied bool             // somebody has answered cards of it
}

// noteType is a kind of note: its fields, and what makes cards of them.
type noteType struct {
	name      string
	cloze     bool
	fields    []string
	templates []template // by their ordinal
}

// template makes the two sides of a card.
type template struct{ name, front, back string }

// deck is what cards lie in. The levels of its name are divided by "::".
type deck struct{ name, description string }

// card is one card of a note: made by which template or, of a cloze note, for which deletion.
type card struct {
	ordinal int
	deck    int64
}

// note is a note, as it is written.
type note struct {
	id, kind int64
	guid     string
	tags     []string
	fields   []string
	tooLong  bool // it has more than maxNote, and no fields here
}

// collection reads all but the notes. The error is a *formats.Unreadable.
func (d *database) collection() (*collection, error) {
	if err := d.plain("col", "notes", "cards"); err != nil {
		return nil, err
	}
	version, models, decks := int64(0), "", ""
	err := d.each(func(row *sql.Rows) error { return row.Scan(&version, &models, &decks) },
		`SELECT CAST(ver AS INTEGER), COALESCE(models, ''), COALESCE(decks, '') FROM col LIMIT 1`)
	if err != nil {
		return nil, err
	}
	d.left = maxValue
	c := &collection{types: map[int64]*noteType{}, decks: map[int64]deck{}, cards: map[int64][]card{}}
	switch {
	case version == schema11:
		err = c.fromJSON(models, decks)
	case version == schema18:
		err = c.fromTables(d)
	case version > schema18:
		err = &formats.Unreadable{ID: "format.anki.too_new"}
	default:
		err = &formats.Unreadable{ID: "format.anki.too_old", Args: map[string]any{"Version": version}}
	}
	if err != nil {
		return nil, err
	}
	for _, t := range c.types {
		for i := range t.templates {
			t.templates[i].clean()
		}
	}
	return c, c.readCards(d)
}

// fromJSON takes note types and decks as schema 11 has them.
func (c *collection) fromJSON(models, decks string) error {
	type written struct {
		Name string `json:"name"`
		Ord  int    `json:"ord"`
		Q    string `json:"qfmt"`
		A    string `json:"afmt"`
	}
	var types map[string]struct {
		Name      string    `json:"name"`
		Type      int       `json:"type"`
		Fields    []written `json:"flds"`
		Templates []written `json:"tmpls"`
	}
	var boxes map[string]struct {
		Name        string `json:"name"`
		Description string `json:"desc"`
	}
	if json.Unmarshal([]byte(models), &types) != nil || json.Unmarshal([]byte(decks), &boxes) != nil {
		return &formats.Unreadable{ID: "format.anki.corrupt"}
	}
	byOrd := func(a, b written) int { return cmp.Compare(a.Ord, b.Ord) }
	for key, t := range types {
		id, err := strconv.ParseInt(key, 10, 64)
		if err != nil {
			return &formats.Unreadable{ID: "format.anki.corrupt"}
		}
		made := &noteType{name: t.Name, cloze: t.Type == 1}
		slices.SortStableFunc(t.Fields, byOrd)
		for _, f := range t.Fields {
			made.fields = append(made.fields, f.Name)
		}
		slices.SortStableFunc(t.Templates, byOrd)
		for _, f := range t.Templates {
			made.templates = append(made.templates, template{f.Name, f.Q, f.A})
		}
		c.types[id] = made
	}
	for key, box := range boxes {
		id, err := strconv.ParseInt(key, 10, 64)
		if err != nil {
			return &formats.Unreadable{ID: "format.anki.corrupt"}
		}
		c.decks[id] = deck{box.Name, box.Description}
	}
	return nil
}

// fromTables takes note types and decks as schema 18 has them.
func (c *collection) fromTables(d *database) error {
	if err := d.plain("notetypes", "fields", "templates", "decks"); err != nil {
		return err
	}
	err := d.parts(`SELECT rowid, 0, COALESCE(name, ''), config FROM notetypes NOT INDEXED LIMIT ?`, func(p part) {
		c.types[p.id] = &noteType{name: p.name, cloze: uintField(p.config, 1) == 1}
	})
	if err != nil {
		return err
	}
	err = d.parts(`SELECT CAST(ntid AS INTEGER), CAST(ord AS INTEGER), COALESCE(name, ''), NULL FROM fields NOT INDEXED LIMIT ?`,
		func(p part) {
			if t := c.types[p.id]; t != nil {
				t.fields = append(t.fields, p.name)
			}
		})
	if err != nil {
		return err
	}
	err = d.parts(`SELECT CAST(ntid AS INTEGER), CAST(ord AS INTEGER), COALESCE(name, ''), config FROM templates NOT INDEXED LIMIT ?`,
		func(p part) {
			if t := c.types[p.id]; t != nil {
				made := template{p.name, valid(string(bytesField(p.config, 1))), valid(string(bytesField(p.config, 2)))}
				t.templates = append(t.templates, made)
			}
		})
	if err != nil {
		return err
	}
	return d.parts(`SELECT rowid, 0, COALESCE(name, ''), kind FROM decks NOT INDEXED LIMIT ?`, func(p part) {
		description := bytesField(bytesField(p.config, 1), 4) // of what is no filtered deck
		c.decks[p.id] = deck{strings.ReplaceAll(p.name, "\x1f", "::"), valid(string(description))}
	})
}

// part is a row of the tables of schema 18: a note type or a deck, or a field or a template
// of a note type.
type part struct {
	id, ord int64
	name    string
	config  []byte
}

// parts calls add for each part that a query finds, by their order in the note type.
func (d *database) parts(query string, add func(part)) error {
	var all []part
	err := d.each(func(row *sql.Rows) error {
		var p part
		if err := row.Scan(&p.id, &p.ord, &p.name, &p.config); err != nil {
			return err
		}
		p.name = valid(p.name)
		all = append(all, p)
		return d.spend(len(p.name), len(p.config))
	}, query, maxRows)
	if err != nil {
		return err
	}
	slices.SortStableFunc(all, func(a, b part) int { return cmp.Compare(a.ord, b.ord) })
	for _, p := range all {
		add(p)
	}
	return nil
}

// readCards notes which cards there are of each note. One that lies in a filtered deck for a
// while counts for the deck it came from.
func (c *collection) readCards(d *database) error {
	return d.each(func(row *sql.Rows) error {
		var note, home, answered int64
		var one card
		if err := row.Scan(&note, &one.ordinal, &one.deck, &home, &answered); err != nil {
			return err
		}
		one.deck = cmp.Or(home, one.deck)
		c.studied = c.studied || answered > 0
		c.cards[note] = append(c.cards[note], one)
		return nil
	}, `SELECT CAST(nid AS INTEGER), CAST(ord AS INTEGER), CAST(did AS INTEGER), CAST(odid AS INTEGER), CAST(reps AS INTEGER)
		FROM cards NOT INDEXED ORDER BY rowid LIMIT ?`, maxCards)
}

// notes calls visit for each note, in the order in which they were written, until it
// returns false. It stops behind formats.MaxQuestions. The error is a *formats.Unreadable.
func (d *database) notes(visit func(note) bool) error {
	d.left = formats.MaxUnpacked
	last := int64(math.MinInt64)
	for count := 0; count <= formats.MaxQuestions; {
		batch, err := d.batch(last)
		if err != nil || len(batch) == 0 {
			return err
		}
		for _, n := range batch {
			if n.id <= last {
				return &formats.Unreadable{ID: "format.anki.corrupt"}
			}
			if last = n.id; !visit(n) {
				return nil
			}
		}
		count += len(batch)
	}
	return nil
}

// batch reads the notes that come after one.
func (d *database) batch(last int64) (batch []note, err error) {
	err = d.each(func(row *sql.Rows) error {
		var n note
		var tags string
		var fields sql.NullString
		if err := row.Scan(&n.id, &n.guid, &n.kind, &tags, &fields); err != nil {
			return err
		}
		if err := d.spend(len(n.guid), len(tags), len(fields.String)); err != nil {
			return err
		}
		n.guid, n.tags = valid(n.guid), strings.Fields(valid(tags))
		n.fields, n.tooLong = strings.Split(valid(fields.String), "\x1f"), !fields.Valid
		batch = append(batch, n)
		return nil
	}, `SELECT rowid, COALESCE(guid, ''), CAST(mid AS INTEGER), COALESCE(tags, ''), CASE WHEN octet_length(flds) <= $1 THEN flds END
		FROM notes NOT INDEXED WHERE rowid > $2 ORDER BY rowid LIMIT $3`, maxNote, last, maxBatch)
	return batch, err
}

// valid gives a text without what is not UTF-8 and what no text should have.
func valid(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
}
