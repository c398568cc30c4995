package anki

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"io"
	"slices"

	"aula/questions/formats"
)

const (
	maxReviews = 2_000_000         // entries of a log that are read
	maxMoment  = 4_102_444_800_000 // milliseconds since 1970 in the year 2100: no later time is one
)

// Review is an answer that counts in a log of Anki's.
type Review struct {
	At     int64 // milliseconds since 1970
	Card   int64
	Rating int // from 1, Again, to 4, Easy
}

// entry is a row of Anki's table revlog.
type entry struct {
	at, card int64
	rating   int8 // 0 where somebody else than the learner moved the card
	kind     entryKind
	noEase   bool // its factor is 0
}

type entryKind int8

// Anki's numbers for the kinds of entries.
const (
	learning   entryKind = 0
	filtered   entryKind = 3 // in a filtered deck
	manual     entryKind = 4
	otherKinds entryKind = 1
)

// crammed reports whether an answer was of no account: in a filtered deck that does not
// reschedule.
func (e *entry) crammed() bool { return e.kind == filtered && e.noEase }

// forgotten reports whether the card was made new again.
func (e *entry) forgotten() bool { return e.kind == manual && e.noEase }

var databaseMark = []byte("SQLite format 3\x00")

// ReadReviews reads the log of a package, of a collection (collection.anki2), or of the table
// revlog as CSV. What comes before a card was learnt for the last time is left out, as are
// cards that are new, answers that were no more than practice, and what no learner did. The
// reviews are in the order of time. The error is a *formats.Unreadable,
// or that of ctx.
func ReadReviews(ctx context.Context, data []byte) (reviews []Review, err error) {
	var entries []entry
	switch {
	case bytes.HasPrefix(data, zipMark):
		entries, err = packagedEntries(ctx, data)
	case bytes.HasPrefix(data, databaseMark):
		entries, err = databaseEntries(ctx, func(w io.Writer) error {
			_, err := w.Write(data)
			return err
		})
	default:
		entries, err = writtenEntries(data)
	}
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(entries, func(a, b entry) int { return cmp.Or(cmp.Compare(a.card, b.card), cmp.Compare(a.at, b.at)) })
	for begin := 0; begin < len(entries); {
		end := begin + 1
		for end < len(entries) && entries[end].card == entries[begin].card {
			end++
		}
		for _, e := range sinceLearnt(entries[begin:end]) {
			if e.rating > 0 && !e.crammed() {
				reviews = append(reviews, Review{e.at, e.card, int(e.rating)})
			}
		}
		begin = end
	}
	slices.SortStableFunc(reviews, func(a, b Review) int { return cmp.Compare(a.At, b.At) })
	return reviews, nil
}

// sinceLearnt is what of a card's entries comes after it was new for the last time: from the
// first of the answers with which it was learnt then.
func sinceLearnt(card []entry) []entry {
	begin := len(card)
	for i := len(card) - 1; i >= 0; i-- {
		e := &card[i]
		switch {
		case e.crammed():
		case e.rating > 0 && e.kind == learning:
			begin = i
		case begin < len(card) || e.forgotten():
			return card[begin:]
		}
	}
	return card[begin:]
}

func packagedEntries(ctx context.Context, data []byte) ([]entry, error) {
	a, err := openArchive(data)
	if err != nil {
		return nil, err
	}
	name, err := a.collection()
	if err != nil {
		return nil, err
	}
	return databaseEntries(ctx, a.unpacking(ctx, name))
}

func databaseEntries(ctx context.Context, unpack func(io.Writer) error) (entries []entry, err error) {
	err = readDatabase(ctx, unpack, func(d *database) error {
		if err := d.plain("revlog"); err != nil {
			return err
		}
		return d.each(func(row *sql.Rows) error {
			var id, card, ease, factor, kind int64
			if err := row.Scan(&id, &card, &ease, &factor, &kind); err != nil {
				return err
			}
			entries = append(entries, newEntry(id, card, ease, kind, factor == 0))
			return tooMany(entries)
		}, `SELECT rowid, CAST(cid AS INTEGER), CAST(ease AS INTEGER), CAST(factor AS INTEGER), CAST(type AS INTEGER)
			FROM revlog NOT INDEXED ORDER BY rowid LIMIT ?`, maxReviews+1)
	})
	return entries, err
}

// tooMany refuses more entries than are read.
func tooMany(entries []entry) error {
	if len(entries) > maxReviews {
		return &formats.Unreadable{ID: "format.anki.too_many_reviews", Args: map[string]any{"Max": maxReviews}}
	}
	return nil
}

// newEntry takes what a row says.
func newEntry(at, card, ease, kind int64, noEase bool) entry {
	e := entry{at: at, card: card, kind: otherKinds, noEase: noEase}
	if ease >= 1 && ease <= 4 && at >= 0 && at < maxMoment {
		e.rating = int8(ease)
	}
	switch k := entryKind(kind); {
	case kind != int64(k): // out of its range
	case k == learning || k == filtered || k == manual:
		e.kind = k
	}
	if e.kind == manual {
		e.rating = 0
	}
	return e
}
