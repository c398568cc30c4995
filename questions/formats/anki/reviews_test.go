package anki

import (
	"bytes"
	"errors"
	"reflect"
	"testing"

	"aula/questions/formats"
)

// logged are rows of revlog: a card that was learnt, forgotten and learnt again, with what is
// of no account in between, and one that is new again.
var logged = []string{
	`INSERT INTO revlog VALUES (1000, 7, 0, 3, 1, 0, 2500, 4000, 0)`, // learnt, and later forgotten
	`INSERT INTO revlog VALUES (2000, 7, 0, 3, 3, 1, 2500, 4000, 1)`,
	`INSERT INTO revlog VALUES (3000, 7, 0, 0, 0, 3, 0, 0, 4)`,
	`INSERT INTO revlog VALUES (4000, 7, 0, 1, -60, 0, 0, 4000, 0)`, // from here on it counts
	`INSERT INTO revlog VALUES (4500, 7, 0, 3, -600, -60, 0, 4000, 3)`,
	`INSERT INTO revlog VALUES (5000, 7, 0, 3, 1, -60, 2500, 4000, 0)`,
	`INSERT INTO revlog VALUES (6000, 7, 0, 2, 4, 1, 2350, 4000, 1)`,
	`INSERT INTO revlog VALUES (6500, 7, 0, 0, 9, 4, 2350, 0, 4)`,   // moved
	`INSERT INTO revlog VALUES (7000, 7, 0, 3, 9, 4, 2350, 500, 3)`, // in a filtered deck that reschedules
	`INSERT INTO revlog VALUES (8000, 7, 0, 3, 9, 9, 0, 500, 3)`,    // practice
	`INSERT INTO revlog VALUES (4100, 8, 0, 4, 4, 0, 2500, 4000, 0)`,
	`INSERT INTO revlog VALUES (5100, 8, 0, 3, 0, 0, 0, 0, 4)`,
	`INSERT INTO revlog VALUES (4200, 9, 0, 3, 4, 0, 2500, 4000, 1)`, // it was never learnt here
	`INSERT INTO revlog VALUES (4300, 6, 0, 4, 4, 0, 2500, 4000, 0)`,
}

var wantReviews = []Review{{4000, 7, 1}, {4300, 6, 4}, {5000, 7, 3}, {6000, 7, 2}, {7000, 7, 3}}

const loggedText = `id,cid,usn,ease,ivl,lastIvl,factor,time,type
1000,7,0,3,1,0,2500,4000,0
2000,7,0,3,3,1,2500,4000,1
3000,7,0,0,0,3,0,0,4
4000,7,0,1,-60,0,0,4000,0
4500,7,0,3,-600,-60,0,4000,3
5000,7,0,3,1,-60,2500,4000,0
6000,7,0,2,4,1,2350,4000,1
7000,7,0,3,9,4,2350,500,3
8000,7,0,3,9,9,0,500,3
4300,6,0,4,4,0,2500,4000,0
`

func TestReadReviews(t *testing.T) {
	plain := []Review{{1000, 1, 3}, {2000, 1, 1}, {3000, 2, 4}}
	for name, c := range map[string]struct {
		data []byte
		want []Review
	}{
		"collection":        {small().database(t, schema11, logged...), wantReviews},
		"newer collection":  {small().database(t, schema18, logged...), wantReviews},
		"package":           {small().legacy(t, collections[1], logged...), wantReviews},
		"package with stub": {small().legacy(t, collections[2], logged...), wantReviews},
		"newest package":    {small().latest(t, logged...), wantReviews},
		"table":             {[]byte(loggedText), wantReviews},
		"nobody studied":    {small().latest(t), nil},
		"of FSRS": {[]byte("\ufeffcard_id,review_time,review_rating,review_state,review_duration\r\n" +
			"1,1000,3,0,5\r\n1,2000,1,2,5\r\n2,3000,4,1,5\r\n"), plain},
		"no more than it takes": {[]byte("Review_Rating; card_id; review_time\n3; 1; 1000\n1; 1; 2000\n4; 2; 3000\n"), plain},
		"no such time":          {[]byte("ease\tcid\tid\n3\t1\t-5\n3\t1\t9223372036854775807\n"), nil},
	} {
		got, err := ReadReviews(t.Context(), c.data)
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v, %v, want %v", name, got, err, c.want)
		}
	}
}

// Files that hold no log, or one made to do harm, are refused for a reason that fits.
func TestUnreadableReviews(t *testing.T) {
	db := small().database(t, schema11, logged...)
	for _, c := range []struct {
		name, want string
		data       []byte
	}{
		{"nothing", "no_log", nil},
		{"text", "no_log", []byte("front\tback\n")},
		{"picture", "no_log", []byte(png)},
		{"no end of a line", "no_log", bytes.Repeat([]byte("id,cid,ease,"), 1000)},
		{"no rating", "no_log", []byte("id,cid\n1,2\n")},
		{"no number", "log_row", []byte("id,cid,ease\n1,2,3\n1,2,good\n")},
		{"a cell too many", "log_row", []byte("id,cid,ease\n1,2,3,4\n")},
		{"an open quote", "log_row", []byte("id,cid,ease\n\"1,2,3\n")},
		{"no package", "not_zip", []byte("PK\x03\x04")},
		{"no collection", "no_collection", zipped(t, member{"media", []byte("{}")})},
		{"cut short", "corrupt", db[:5000]},
		{"no log in it", "corrupt", small().database(t, schema11, `DROP TABLE revlog`)},
		{"other columns", "corrupt", small().database(t, schema11, `DROP TABLE revlog`, `CREATE TABLE revlog (id)`, `INSERT INTO revlog VALUES (1)`)},
		{"a view without end", "not_a_table", small().database(t, schema11, `DROP TABLE revlog`,
			`CREATE VIEW revlog AS WITH RECURSIVE r(id) AS (SELECT 1 UNION ALL SELECT id FROM r) SELECT id, 1 cid, 3 ease, 0 factor, 0 type FROM r`)},
		{"computed", "not_a_table", small().latest(t, `DROP TABLE revlog`,
			`CREATE TABLE revlog (id, cid, ease, factor, type AS (length(zeroblob(900000000))))`)},
	} {
		got, err := ReadReviews(t.Context(), c.data)
		why, ok := errors.AsType[*formats.Unreadable](err)
		if !ok || why.ID != "format.anki."+c.want || got != nil {
			t.Errorf("%s: %d reviews, %v, want %s", c.name, len(got), err, c.want)
		}
	}
	_, err := ReadReviews(t.Context(), []byte("id,cid,ease\n1,2,3\n\n1,2,x\n"))
	if why, ok := errors.AsType[*formats.Unreadable](err); !ok || why.Args["Line"] != 4 {
		t.Error("the wrong line:", err)
	}
}

func TestTooManyReviews(t *testing.T) {
	entries := make([]entry, maxReviews+1)
	why, ok := errors.AsType[*formats.Unreadable](tooMany(entries))
	if !ok || why.ID != "format.anki.too_many_reviews" || tooMany(entries[1:]) != nil {
		t.Error(why)
	}
}

// Rows of any types are read as numbers, or left out.
func TestReviewsOfOtherTypes(t *testing.T) {
	got, err := ReadReviews(t.Context(), small().database(t, schema11, `DROP TABLE revlog`,
		`CREATE TABLE revlog (id integer PRIMARY KEY, cid, ease, factor, type)`,
		`INSERT INTO revlog VALUES (1, 'x', '3', NULL, '0')`,
		`INSERT INTO revlog VALUES (2, 1e300, 3, 1, 0)`,
		`INSERT INTO revlog VALUES (3, 5, x'33', 1, 9e9)`))
	if err == nil && len(got) < 2 {
		t.Error(got)
	}
	if _, ok := errors.AsType[*formats.Unreadable](err); err != nil && !ok {
		t.Error(err)
	}
}

func FuzzReadReviews(f *testing.F) {
	for _, data := range [][]byte{
		small().database(f, schema11, logged...), small().latest(f, logged...), small().legacy(f, collections[1], logged...),
		[]byte(loggedText), []byte("review_rating;card_id;review_time\n3;1;1000\n"), nil,
	} {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		reviews, err := ReadReviews(t.Context(), data)
		if _, ok := errors.AsType[*formats.Unreadable](err); err != nil && !ok {
			t.Error(err)
		}
		for i, r := range reviews {
			if r.Rating < 1 || r.Rating > 4 || r.At < 0 || i > 0 && r.At < reviews[i-1].At {
				t.Error(r)
			}
		}
	})
}

// What the disk says is no fault of the file.
func TestReviewsWithoutRoom(t *testing.T) {
	t.Setenv("TMPDIR", "/nowhere")
	_, err := ReadReviews(t.Context(), small().database(t, schema11))
	if why, ok := errors.AsType[*formats.Unreadable](err); !ok || why.ID != "format.anki.no_room" {
		t.Error(err)
	}
}
