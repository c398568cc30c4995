package anki

import (
	"context"
	"crypto/sha1" //nolint:gosec // Anki's checksum of the first field, not a secret
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strings"
)

// What is written of times and of steps between reviews: questions have neither.
const (
	madeAt     = 1_700_000_000 // seconds
	madeAtMs   = madeAt * 1000
	firstEase  = 2500 // per mille
	cardFormat = ".card {\n font-family: arial;\n font-size: 20px;\n text-align: center;\n color: black;\n background-color: white;\n}\n" +
		".cloze {\n font-weight: bold;\n color: blue;\n}\n"
)

// tables11 are those of schema 11, as every Anki since 2.0 reads them.
const tables11 = `
CREATE TABLE col (id integer PRIMARY KEY, crt integer NOT NULL, mod integer NOT NULL, scm integer NOT NULL, ver integer NOT NULL,
	dty integer NOT NULL, usn integer NOT NULL, ls integer NOT NULL, conf text NOT NULL, models text NOT NULL, decks text NOT NULL,
	dconf text NOT NULL, tags text NOT NULL);
CREATE TABLE notes (id integer PRIMARY KEY, guid text NOT NULL, mid integer NOT NULL, mod integer NOT NULL, usn integer NOT NULL,
	tags text NOT NULL, flds text NOT NULL, sfld integer NOT NULL, csum integer NOT NULL, flags integer NOT NULL, data text NOT NULL);
CREATE TABLE cards (id integer PRIMARY KEY, nid integer NOT NULL, did integer NOT NULL, ord integer NOT NULL, mod integer NOT NULL,
	usn integer NOT NULL, type integer NOT NULL, queue integer NOT NULL, due integer NOT NULL, ivl integer NOT NULL,
	factor integer NOT NULL, reps integer NOT NULL, lapses integer NOT NULL, left integer NOT NULL, odue integer NOT NULL,
	odid integer NOT NULL, flags integer NOT NULL, data text NOT NULL);
CREATE TABLE revlog (id integer PRIMARY KEY, cid integer NOT NULL, usn integer NOT NULL, ease integer NOT NULL, ivl integer NOT NULL,
	lastIvl integer NOT NULL, factor integer NOT NULL, time integer NOT NULL, type integer NOT NULL);
CREATE TABLE graves (usn integer NOT NULL, oid integer NOT NULL, type integer NOT NULL);
CREATE INDEX ix_notes_usn ON notes (usn);
CREATE INDEX ix_cards_usn ON cards (usn);
CREATE INDEX ix_revlog_usn ON revlog (usn);
CREATE INDEX ix_cards_nid ON cards (nid);
CREATE INDEX ix_cards_sched ON cards (did, queue, due);
CREATE INDEX ix_revlog_cid ON revlog (cid);
CREATE INDEX ix_notes_csum ON notes (csum);
`

// database makes the collection, in memory.
func (w *writer) database() (data []byte, err error) {
	ctx := context.Background()
	pool := sql.OpenDB(connector{":memory:"})
	defer pool.Close()
	conn, err := pool.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, tables11); err != nil {
		return nil, err
	}
	if err := w.fill(ctx, conn); err != nil {
		return nil, err
	}
	err = conn.Raw(func(c any) error {
		s, ok := c.(interface{ Serialize() ([]byte, error) })
		if !ok {
			return fmt.Errorf("anki: %T cannot be serialised", c)
		}
		data, err = s.Serialize()
		return err
	})
	return data, err
}

// fill writes the collection, its notes and their cards, in one transaction.
func (w *writer) fill(ctx context.Context, conn *sql.Conn) error {
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // it fails where the transaction is done
	deck := stableID(w.set.GetId(), w.title())
	conf, models, decks, dconf, err := w.documents(deck)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO col VALUES (1, $1, $2, $2, 11, 0, 0, 0, $3, $4, $5, $6, '{}')`,
		madeAt, madeAtMs, conf, models, decks, dconf)
	if err != nil {
		return err
	}
	if err := w.insertNotes(ctx, tx, deck); err != nil {
		return err
	}
	return tx.Commit()
}

// insertNotes writes the notes and their cards into a deck. Their ids begin with the deck's:
// they are as unlike those of other sets.
func (w *writer) insertNotes(ctx context.Context, tx *sql.Tx, deck int64) error {
	note, err := tx.PrepareContext(ctx, `INSERT INTO notes VALUES ($1, $2, $3, $4, -1, $5, $6, $7, $8, 0, '')`)
	if err != nil {
		return err
	}
	defer note.Close()
	card, err := tx.PrepareContext(ctx, `INSERT INTO cards VALUES ($1, $2, $3, $4, $5, -1, 0, 0, $6, 0, $7, 0, 0, 0, 0, 0, 0, '')`)
	if err != nil {
		return err
	}
	defer card.Close()
	next := deck
	for i, n := range w.notes {
		id := deck + int64(i)
		first := plainKeepingMedia(n.fields[0])
		tags := ""
		if len(n.tags) > 0 {
			tags = " " + strings.Join(n.tags, " ") + " "
		}
		_, err := note.ExecContext(ctx, id, n.guid, n.kind.id(), madeAt, tags, strings.Join(n.fields, "\x1f"), first, checksum(first))
		if err != nil {
			return err
		}
		for _, ordinal := range n.cards() {
			if _, err := card.ExecContext(ctx, next, id, deck, ordinal, madeAt, i+1, firstEase); err != nil {
				return err
			}
			next++
		}
	}
	return nil
}

// cards are the ordinals of the cards that a note makes.
func (n written) cards() (all []int) {
	if n.kind != fillIn {
		return []int{0}
	}
	for _, ordinal := range ordinals(parseCloze(n.fields[0])) {
		all = append(all, ordinal-1)
	}
	return all
}

// stableID makes an id of texts as Anki makes them of the time: milliseconds since 1970,
// here of some day from 2014 to 2023: what is of a time to come, Anki mends.
func stableID(texts ...string) int64 {
	sum := sha256.Sum256([]byte(strings.Join(texts, "\x1f")))
	return 1_400_000_000_000 + int64(binary.BigEndian.Uint64(sum[:])%300_000_000_000)
}

// id of a note type that Aula writes.
func (t *noteType) id() int64 { return stableID("aula note type", t.name) }

// plainKeepingMedia is a field as Anki sorts and compares it: its text with the names of
// what it shows.
func plainKeepingMedia(source string) string {
	rest, found := split(source)
	words := []string{plain(rest)}
	for _, one := range found {
		words = append(words, one.file())
	}
	return strings.TrimSpace(strings.Join(words, " "))
}

// checksum is what Anki finds notes with the same first field by.
func checksum(text string) int64 {
	sum := sha1.Sum([]byte(text)) //nolint:gosec // as above
	return int64(binary.BigEndian.Uint32(sum[:]))
}

// object is an object of JSON.
type object = map[string]any

// documents are the columns of col that hold JSON.
func (w *writer) documents(deck int64) (conf, models, decks, dconf string, err error) {
	kinds := object{}
	for _, n := range w.notes {
		kinds[fmt.Sprint(n.kind.id())] = n.kind.model(deck)
	}
	boxes := object{
		"1":              deckObject(1, defaultDeck, ""),
		fmt.Sprint(deck): deckObject(deck, w.title(), field(w.text(w.set.GetDescription()))),
	}
	options := object{"1": object{
		"id": 1, "name": defaultDeck, "mod": 0, "usn": 0, "autoplay": true, "maxTaken": 60, "timer": 0, "replayq": true, "dyn": false,
		"lapse": object{"delays": []int{10}, "leechAction": 1, "leechFails": 8, "minInt": 1, "mult": 0},
		"new": object{
			"bury": false, "delays": []int{1, 10}, "initialFactor": firstEase, "ints": []int{1, 4, 0}, "order": 1, "perDay": 20,
			"separate": true,
		},
		"rev": object{"bury": false, "ease4": 1.3, "fuzz": 0.05, "ivlFct": 1, "maxIvl": 36500, "minSpace": 1, "perDay": 200},
	}}
	general := object{
		"activeDecks": []int64{1}, "addToCur": true, "collapseTime": 1200, "curDeck": 1, "curModel": fmt.Sprint(basic.id()),
		"dueCounts": true, "estTimes": true, "newSpread": 0, "nextPos": len(w.notes) + 1, "sortBackwards": false,
		"sortType": "noteFld", "timeLim": 0,
	}
	var written [4]string
	for i, one := range []object{general, kinds, boxes, options} {
		b, err := json.Marshal(one)
		if err != nil {
			return "", "", "", "", err
		}
		written[i] = string(b)
	}
	return written[0], written[1], written[2], written[3], nil
}

func deckObject(id int64, name, description string) object {
	none := []int{0, 0}
	return object{
		"id": id, "name": name, "desc": description, "mod": madeAt, "usn": -1, "conf": 1, "dyn": 0, "collapsed": false,
		"browserCollapsed": false, "extendNew": 10, "extendRev": 50, "lrnToday": none, "newToday": none, "revToday": none,
		"timeToday": none,
	}
}

// model is the note type as schema 11 has it.
func (t *noteType) model(deck int64) object {
	kind, name := 0, t.name+" (Aula)"
	if t.cloze {
		kind = 1
	}
	fields, templates, required := []object{}, []object{}, []any{}
	for i, field := range t.fields {
		fields = append(fields, object{
			"name": field, "ord": i, "font": "Arial", "size": 20, "rtl": false, "sticky": false, "media": []string{},
		})
	}
	for i, one := range t.templates {
		templates = append(templates, object{
			"name": one.name, "ord": i, "qfmt": one.front, "afmt": one.back, "bqfmt": "", "bafmt": "", "did": nil,
		})
		required = append(required, []any{i, "any", []int{0}})
	}
	return object{
		"id": t.id(), "name": name, "type": kind, "mod": madeAt, "usn": -1, "sortf": 0, "did": deck, "flds": fields, "tmpls": templates,
		"req": required, "css": cardFormat, "tags": []string{}, "vers": []string{},
		"latexPre": "\\documentclass[12pt]{article}\n\\special{papersize=3in,5in}\n\\usepackage{amssymb,amsmath}\n" +
			"\\pagestyle{empty}\n\\setlength{\\parindent}{0in}\n\\begin{document}\n",
		"latexPost": "\\end{document}",
	}
}
