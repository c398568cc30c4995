package anki

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"aula/questions/formats"
)

// small is a deck of one note.
func small() fixture {
	return fixture{
		types: []*noteType{basic}, decks: []deck{{"Deck", ""}},
		notes: []fixtureNote{{1, "g", "", []string{"front", "back", ""}, []card{{0, 1}}, 0}},
	}
}

// Files that are damaged, of another version or made to do harm are refused for a reason
// that fits.
func TestUnreadable(t *testing.T) {
	good := small().legacy(t, collections[1])
	db := small().database(t, schema11)
	version := func(n int) []byte { return message(map[protowire.Number]any{1: n}) }
	var crowd bytes.Buffer
	z := zip.NewWriter(&crowd)
	for i := range formats.MaxMembers + 1 {
		if _, err := z.CreateHeader(&zip.FileHeader{Name: fmt.Sprint(i)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	torn := bytes.Clone(db)
	for i := 4096; i < len(torn); i++ {
		torn[i] = byte(i * 7)
	}
	for _, c := range []struct {
		name, want string
		data       []byte
	}{
		{"good", "", good},
		{"nothing", "not_zip", nil},
		{"text", "not_zip", []byte("front\tback\n")},
		{"cut short", "not_zip", good[:len(good)/2]},
		{"without its end", "not_zip", good[:len(good)-30]},
		{"no collection", "no_collection", zipped(t, member{"media", []byte("{}")})},
		{"a stub for a newer one that is missing", "no_collection", zipped(t, member{"meta", version(3)}, member{collections[1], db})},
		{"newer package", "too_new", zipped(t, member{"meta", version(4)}, member{collections[1], db})},
		{"meta without a version", "too_new", zipped(t, member{"meta", nil}, member{collections[1], db})},
		{"newer database", "too_new", small().legacy(t, collections[1], `UPDATE col SET ver = 19`)},
		{"older database", "too_old", small().legacy(t, collections[1], `UPDATE col SET ver = 4`)},
		{"between", "too_old", small().legacy(t, collections[1], `UPDATE col SET ver = 15`)},
		{"no database", "corrupt", zipped(t, member{collections[1], []byte("no database")})},
		{"empty database", "corrupt", zipped(t, member{collections[1], nil})},
		{"database cut short", "corrupt", zipped(t, member{collections[1], db[:5000]})},
		{"torn database", "corrupt", zipped(t, member{collections[1], torn})},
		{"not zstd", "corrupt", zipped(t, member{"meta", version(3)}, member{collections[3], db})},
		{"types are no JSON", "corrupt", small().legacy(t, collections[1], `UPDATE col SET models = '{'`)},
		{"decks are no object", "corrupt", small().legacy(t, collections[1], `UPDATE col SET decks = '[]'`)},
		{"climbs out", "unsafe_name", zipped(t, member{"../../evil", nil}, member{collections[1], db})},
		{"climbs out of Windows", "unsafe_name", zipped(t, member{`..\evil`, nil}, member{collections[1], db})},
		{"from the root", "unsafe_name", zipped(t, member{"/etc/passwd", nil}, member{collections[1], db})},
		{"twice", "duplicate_name", zipped(t, member{collections[1], db}, member{collections[1], db})},
		{"too many members", "too_many_members", crowd.Bytes()},
		{"notes are a view", "not_a_table", small().legacy(t, collections[1],
			`ALTER TABLE notes RENAME TO n`, `CREATE VIEW notes AS SELECT * FROM n`)},
		{"cards are a view without end", "not_a_table", small().legacy(t, collections[1], `DROP TABLE cards`,
			`CREATE VIEW cards AS WITH RECURSIVE c(nid) AS (SELECT 1 UNION ALL SELECT nid FROM c) SELECT nid, 0 ord, 1 did, 0 odid, 0 reps FROM c`)},
		{"fields are computed", "not_a_table", small().legacy(t, collections[1], `DROP TABLE cards`,
			`CREATE TABLE cards (nid, ord, did, odid, reps AS (length(zeroblob(900000000))))`)},
		{"notes are virtual", "not_a_table", small().legacy(t, collections[1], `DROP TABLE notes`,
			`CREATE VIRTUAL TABLE notes USING fts5(guid, mid, tags, flds)`)},
		{"types are a view", "not_a_table", small().latest(t, `ALTER TABLE notetypes RENAME TO n`, `CREATE VIEW notetypes AS SELECT * FROM n`)},
		{"no cards", "corrupt", small().legacy(t, collections[1], `DROP TABLE cards`)},
	} {
		if got := unreadable(t, c.data); got != c.want {
			t.Errorf("%s: refused with %q, want %q", c.name, got, c.want)
		}
	}
}

// Triggers, indexes on expressions and other things that a database can define are of no
// account: nothing of them is run.
func TestWhatADatabaseDefinesIsNotRun(t *testing.T) {
	data := small().legacy(t, collections[1],
		`CREATE TABLE evil (x)`,
		`CREATE TRIGGER t AFTER INSERT ON notes BEGIN INSERT INTO evil VALUES (1); END`,
		`CREATE INDEX i ON notes (upper(flds))`,
		`CREATE UNIQUE INDEX j ON cards (nid, ord, did, odid, reps)`,
		`CREATE VIEW v AS SELECT load_extension('x')`)
	doc, err := ReadPackage(t.Context(), data)
	if err != nil || len(doc.Set.GetQuestions()) != 1 {
		t.Error(doc, err)
	}
}

// Rows of any types are read as what they should be, or reported.
func TestRowsOfOtherTypes(t *testing.T) {
	doc, err := ReadPackage(t.Context(), small().legacy(t, collections[1],
		`INSERT INTO notes VALUES (2, x'ff41', 1, 0, 0, 5, 12345, '', 0, 0, '')`,
		`INSERT INTO notes VALUES (3, 'h', 'x', 0, 0, '', 'a'||char(31)||'b', '', 0, 0, '')`,
		`INSERT INTO notes VALUES (4, 'i', 1, 0, 0, '', CAST(x'61ff001f62' AS TEXT), '', 0, 0, '')`,
		`INSERT INTO notes VALUES (5, 'j', 1, 0, 0, '', zeroblob(2000000), '', 0, 0, '')`,
		`INSERT INTO cards VALUES (9, 'x', -7, 1e300, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '')`,
		`INSERT INTO cards VALUES (10, 1, 9223372036854775807, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '')`))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, q := range doc.Set.GetQuestions() {
		got = append(got, q.GetKey()+":"+q.GetText()[formats.Unknown]+":"+q.GetCard().GetBack()[formats.Unknown])
	}
	for _, p := range doc.Problems {
		got = append(got, p.Place.Element+" "+p.ID)
	}
	const want = "g:front:back i:a\uFFFD\uFFFD:b note 2 format.anki.empty_back note 3 format.anki.no_note_type note 5 format.anki.too_long"
	if strings.Join(got, " ") != want {
		t.Errorf("%q", got)
	}
}

// bomb is a zip of one member that unpacks to so many MiB of zeros: the same packed MiB again
// and again.
func bomb(t *testing.T, name string, size int) []byte {
	t.Helper()
	var block, b bytes.Buffer
	w, err := flate.NewWriter(&block, flate.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(make([]byte, 1<<20)); err != nil || w.Flush() != nil {
		t.Fatal(err)
	}
	packed := bytes.Repeat(block.Bytes(), size)
	z := zip.NewWriter(&b)
	raw, err := z.CreateRaw(&zip.FileHeader{
		Name: name, Method: zip.Deflate, CompressedSize64: uint64(len(packed)), UncompressedSize64: uint64(size) << 20,
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := raw.Write(packed); err != nil || z.Close() != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// What unpacks to too much is given up at the limit, in little memory.
func TestBombs(t *testing.T) {
	const much = formats.MaxUnpacked>>20 + 2 // MiB
	latest := member{"meta", message(map[protowire.Number]any{1: 3})}
	window := append([]byte{0x28, 0xB5, 0x2F, 0xFD, 0x00, 0xA0}, bytes.Repeat([]byte{0x01, 0, 0}, 3)...) // asks for a gigabyte
	for name, c := range map[string]struct {
		want string
		data []byte
	}{
		"zip":    {"too_large", bomb(t, collections[1], much)},
		"zstd":   {"too_large", zipped(t, latest, member{collections[3], bytes.Repeat(squeezed(t, make([]byte, 1<<20)), much)})},
		"meta":   {"corrupt", zipped(t, member{"meta", make([]byte, 2000)}, member{collections[1], nil})},
		"media":  {"too_large", zipped(t, member{"media", make([]byte, maxMediaList+1)}, member{collections[1], nil})},
		"window": {"corrupt", zipped(t, latest, member{collections[3], window})},
	} {
		before := allocated()
		if got := unreadable(t, c.data); got != c.want {
			t.Errorf("%s: refused with %q, want %q", name, got, c.want)
		}
		if grown := allocated() - before; grown > 128<<20 { // as the package says
			t.Errorf("%s: took %d MiB", name, grown>>20)
		}
	}
}

// allocated is how much was ever taken of the memory.
func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

// Pages that lie in two places make rows without end of a small file; so does a page that
// is its own parent.
func TestPagesInCircles(t *testing.T) {
	f := small()
	for i := range 3000 {
		f.notes = append(f.notes, fixtureNote{1, fmt.Sprint(i), "", []string{strings.Repeat("front ", 50), "back", ""}, []card{{0, 1}}, 0})
	}
	db := f.database(t, schema11)
	size := int(binary.BigEndian.Uint16(db[16:]))
	circles := 0
	for page := size; page+size <= len(db); page += size {
		if db[page] != 5 { // interior page of a table
			continue
		}
		cells := int(binary.BigEndian.Uint16(db[page+3:]))
		first := binary.BigEndian.Uint16(db[page+12:])
		for i := range cells { // all children are the first
			at := binary.BigEndian.Uint16(db[page+12+2*i:])
			copy(db[page+int(at):page+int(at)+4], db[page+int(first):page+int(first)+4])
		}
		circles++
	}
	if circles == 0 {
		t.Fatal("no page to lay in circles")
	}
	// It is read as far as it goes, or refused: it ends, and does not crash.
	if got := unreadable(t, zipped(t, member{collections[1], db})); got != "" && got != "corrupt" && got != "too_large" {
		t.Error(got)
	}
}

// Neither a file nor a goroutine is left behind, whatever comes of the reading.
func TestNothingIsLeftBehind(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	good := mountains().latest(t)
	bad := small().legacy(t, collections[1], `UPDATE col SET models = '{'`)
	before := runtime.NumGoroutine()
	for range 5 {
		unreadable(t, good)
		unreadable(t, bad)
		unreadable(t, good[:len(good)-40])
		if _, err := WritePackage(&bytes.Buffer{}, writable(), nil); err != nil {
			t.Fatal(err)
		}
		func() {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			_ = readDatabase(t.Context(), func(w io.Writer) error { return nil }, func(*database) error { panic("in the middle") })
		}()
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) > 0 {
		t.Error(left, err)
	}
	for range 1000 { // those of closed connections take a moment to end
		if runtime.NumGoroutine() <= before {
			return
		}
		runtime.Gosched()
	}
	if now := runtime.NumGoroutine(); now > before {
		t.Errorf("%d goroutines, %d before", now, before)
	}
}

// Where there is no room for the database, the package is refused with that reason.
func TestNoRoom(t *testing.T) {
	good := small().legacy(t, collections[1])
	t.Setenv("TMPDIR", "/nonexistent/directory")
	if got := unreadable(t, good); got != "no_room" {
		t.Error(got)
	}
}

// Media that are missing, damaged, too large or called what no file should be are told of,
// and the questions are read.
func TestBadMedia(t *testing.T) {
	f := small()
	f.notes[0].fields[0] = `front <img src="a.png"> <img src="b.png"> <img src="https://example.org/c.png"> <img src="http://example.org/d.png"> <img src="../e.png">`
	db := f.database(t, schema11)
	list := `{"0": "a.png", "1": "b.png", "2": "../e.png", "x": "y.png"}`
	doc, err := ReadPackage(t.Context(), zipped(t, member{collections[1], db}, member{"media", []byte(list)},
		member{"0", []byte(png)}, member{"1", make([]byte, formats.MaxMedia+1)}, member{"2", []byte(png)}))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range doc.Set.GetMedia() {
		got = append(got, fmt.Sprint(m.GetId(), len(m.GetData()), m.GetUri(), m.GetContentType()))
	}
	for _, p := range doc.Problems {
		got = append(got, fmt.Sprint(p.ID, p.Args["Name"]))
	}
	want := fmt.Sprintf("a %d", len(png)) + "|c0https://example.org/c.pngimage/png|format.anki.unsafe_media../e.png|format.anki.large_mediab.png" +
		"|format.anki.remote_mediahttp://example.org/d.png|format.anki.no_media../e.png"
	if strings.ReplaceAll(strings.Join(got, "|"), fmt.Sprint("a", len(png)), fmt.Sprintf("a %d", len(png))) != want {
		t.Errorf("%q, want %q", strings.Join(got, "|"), want)
	}
	for _, list := range []string{"", "[]", "{", `{"0": 1}`} {
		doc, err := ReadPackage(t.Context(), zipped(t, member{collections[1], db}, member{"media", []byte(list)}))
		if err != nil || len(doc.Set.GetQuestions()) != 1 || doc.Problems[0].ID != "format.anki.bad_media_list" {
			t.Errorf("%q: %v, %v", list, doc, err)
		}
	}
}
