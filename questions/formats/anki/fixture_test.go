package anki

import (
	"archive/zip"
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"google.golang.org/protobuf/encoding/protowire"
)

// fixture is a package to be made, of our own writing.
type fixture struct {
	types []*noteType // their ids are their places, from 1
	decks []deck      // their ids are their places, from 1
	notes []fixtureNote
	media map[string]string // content by name
}

type fixtureNote struct {
	kind   int64
	guid   string
	tags   string
	fields []string
	cards  []card
	reps   int
}

// tables18 are those that schema 18 adds.
const tables18 = `
CREATE TABLE notetypes (id integer NOT NULL PRIMARY KEY, name text NOT NULL COLLATE unicase, mtime_secs integer NOT NULL,
	usn integer NOT NULL, config blob NOT NULL);
CREATE UNIQUE INDEX idx_notetypes_name ON notetypes (name);
CREATE TABLE fields (ntid integer NOT NULL, ord integer NOT NULL, name text NOT NULL COLLATE unicase, config blob NOT NULL,
	PRIMARY KEY (ntid, ord)) WITHOUT ROWID;
CREATE TABLE templates (ntid integer NOT NULL, ord integer NOT NULL, name text NOT NULL COLLATE unicase,
	mtime_secs integer NOT NULL, usn integer NOT NULL, config blob NOT NULL, PRIMARY KEY (ntid, ord)) WITHOUT ROWID;
CREATE TABLE decks (id integer PRIMARY KEY NOT NULL, name text NOT NULL COLLATE unicase, mtime_secs integer NOT NULL,
	usn integer NOT NULL, common blob NOT NULL, kind blob NOT NULL);
CREATE UNIQUE INDEX idx_decks_name ON decks (name);
`

// message writes fields 1, 2, … of a protocol buffer: numbers and bytes.
func message(values map[protowire.Number]any) (b []byte) {
	for _, number := range slices.Sorted(maps.Keys(values)) {
		switch v := values[number].(type) {
		case int:
			b = protowire.AppendVarint(protowire.AppendTag(b, number, protowire.VarintType), uint64(v))
		case string:
			b = protowire.AppendString(protowire.AppendTag(b, number, protowire.BytesType), v)
		case []byte:
			b = protowire.AppendBytes(protowire.AppendTag(b, number, protowire.BytesType), v)
		}
	}
	return b
}

// database makes the database of a fixture, and runs more SQL on it.
func (f fixture) database(t testing.TB, schema int, more ...string) []byte {
	t.Helper()
	return makeDatabase(t, func(exec func(string, ...any)) {
		exec(tables11)
		models, decks := "", ""
		if schema == schema11 {
			kinds, boxes := object{}, object{}
			for i, kind := range f.types {
				kinds[strconv.Itoa(i+1)] = kind.model(1)
			}
			for i, d := range f.decks {
				boxes[strconv.Itoa(i+1)] = deckObject(int64(i+1), d.name, d.description)
			}
			models, decks = string(marshal(t, kinds)), string(marshal(t, boxes))
		} else {
			f.insert18(exec)
		}
		exec(`INSERT INTO col VALUES (1, 0, 0, 0, $1, 0, 0, 0, '{}', $2, $3, '{}', '{}')`, schema, models, decks)
		next := 1
		for i, n := range f.notes {
			exec(`INSERT INTO notes VALUES ($1, $2, $3, 0, 0, $4, $5, '', 0, 0, '')`, i+1, n.guid, n.kind, n.tags, strings.Join(n.fields, "\x1f"))
			for _, c := range n.cards {
				exec(`INSERT INTO cards VALUES ($1, $2, $3, $4, 0, 0, 0, 0, 0, 0, 0, $5, 0, 0, 0, 0, 0, '')`, next, i+1, c.deck, c.ordinal, n.reps)
				next++
			}
		}
		for _, statement := range more {
			exec(statement)
		}
	})
}

func (f fixture) insert18(exec func(string, ...any)) {
	exec(tables18)
	for i, kind := range f.types {
		config := map[protowire.Number]any{3: ".card {}"}
		if kind.cloze {
			config[1] = 1
		}
		exec(`INSERT INTO notetypes VALUES ($1, $2, 0, 0, $3)`, i+1, kind.name, message(config))
		for j, field := range kind.fields {
			exec(`INSERT INTO fields VALUES ($1, $2, $3, x'')`, i+1, j, field)
		}
		for j, one := range kind.templates {
			exec(`INSERT INTO templates VALUES ($1, $2, $3, 0, 0, $4)`, i+1, j, one.name,
				message(map[protowire.Number]any{1: one.front, 2: one.back}))
		}
	}
	for i, d := range f.decks {
		kind := message(map[protowire.Number]any{1: message(map[protowire.Number]any{1: 1, 4: d.description})})
		exec(`INSERT INTO decks VALUES ($1, $2, 0, 0, x'', $3)`, i+1, strings.ReplaceAll(d.name, "::", "\x1f"), kind)
	}
}

// makeDatabase gives the bytes of a database.
func makeDatabase(t testing.TB, fill func(exec func(string, ...any))) (data []byte) {
	t.Helper()
	pool := sql.OpenDB(connector{":memory:"})
	defer pool.Close()
	pool.SetMaxOpenConns(1)
	fill(func(statement string, args ...any) {
		t.Helper()
		if _, err := pool.Exec(statement, args...); err != nil {
			t.Fatal(statement, err)
		}
	})
	conn, err := pool.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	err = conn.Raw(func(c any) error {
		data, err = c.(interface{ Serialize() ([]byte, error) }).Serialize()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func marshal(t testing.TB, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// member is one member of a zip file.
type member struct {
	name string
	data []byte
}

func zipped(t testing.TB, members ...member) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, m := range members {
		w, err := z.Create(m.name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(m.data); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func squeezed(t testing.TB, data []byte) []byte {
	t.Helper()
	e, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	return e.EncodeAll(data, nil)
}

// legacy makes a package as Anki did up to 2.1.49: collection.anki2 alone, or under
// .anki21 with a stub.
func (f fixture) legacy(t testing.TB, name string, more ...string) []byte {
	t.Helper()
	list := map[string]string{}
	members := []member{{name, f.database(t, schema11, more...)}}
	if name != collections[1] {
		members = append(members, member{collections[1], stub(t)}, member{"meta", message(map[protowire.Number]any{1: 2})})
	}
	for i, name := range slices.Sorted(maps.Keys(f.media)) {
		list[strconv.Itoa(i)] = name
		members = append(members, member{strconv.Itoa(i), []byte(f.media[name])})
	}
	return zipped(t, append(members, member{"media", marshal(t, list)})...)
}

// latest makes a package as Anki does today.
func (f fixture) latest(t testing.TB, more ...string) []byte {
	t.Helper()
	var list []byte
	members := []member{
		{"meta", message(map[protowire.Number]any{1: 3})},
		{collections[3], squeezed(t, f.database(t, schema18, more...))},
		{collections[1], stub(t)},
	}
	for i, name := range slices.Sorted(maps.Keys(f.media)) {
		entry := message(map[protowire.Number]any{1: name, 2: len(f.media[name]), 3: "sha1"})
		list = protowire.AppendBytes(protowire.AppendTag(list, 1, protowire.BytesType), entry)
		members = append(members, member{fmt.Sprint(i), squeezed(t, []byte(f.media[name]))})
	}
	return zipped(t, append(members, member{"media", squeezed(t, list)})...)
}

// stub is the database of an older version that newer packages hold besides.
func stub(t testing.TB) []byte {
	t.Helper()
	return fixture{
		types: []*noteType{basic}, decks: []deck{{defaultDeck, ""}},
		notes: []fixtureNote{{1, "stub", "", []string{"Please update Anki.", "Please."}, []card{{0, 1}}, 0}},
	}.database(t, schema11)
}

// png is the smallest picture.
const png = "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89" +
	"\x00\x00\x00\rIDATx\x9cc\xf8\xff\xff?\x00\x05\xfe\x02\xfe\xa7\x9a\xa0\xa0\x00\x00\x00\x00IEND\xaeB`\x82"

// mountains is a deck with a note of every kind that there is to tell apart.
func mountains() fixture {
	free := &noteType{name: "Montaña", fields: []string{"Nombre", "País", "Altura", "Foto", "Pista"}, templates: []template{
		{
			"Altura", "<style>.x{}</style>¿Qué altura tiene {{Nombre}}?{{#Foto}} {{Foto}}{{/Foto}} {{hint:Pista}}",
			"{{FrontSide}}<hr id=\"answer\"/>{{Altura}} m<script>let x = '{{Nombre}}'</script>",
		},
		{"País", "{{Nombre}}{{^País}} (mar){{/País}}", "{{Nombre}}<hr id=answer>{{text:País}}"},
	}}
	occluded := &noteType{name: "Image Occlusion", cloze: true, fields: []string{"Occlusion", "Image"}, templates: []template{
		{"IO", "{{cloze:Occlusion}}<div>{{Image}}</div>", "{{cloze:Occlusion}}<div>{{Image}}</div>"},
	}}
	return fixture{
		types: []*noteType{basic, reversed, typeIn, fillIn, free, occluded},
		decks: []deck{{"Default", ""}, {"Geografía::Montañas", "<b>Ecuador</b> y Perú"}, {"Geografía::Montañas::Volcanes activos", ""}},
		media: map[string]string{"Chimborazo (1).png": png, "viento.mp3": "ID3\x03wind", "sin uso.png": png},
		notes: []fixtureNote{
			{1, "g1", " andes  andes cumbre ", []string{"<div>¿Cuál es el <b>más alto</b>?</div>", "El Chimborazo<br>(6263 m)", ""}, []card{{0, 2}}, 3},
			{2, "g2", "", []string{"peak", "cumbre"}, []card{{1, 2}, {0, 3}}, 0},
			{3, "g3", "", []string{"Capital&nbsp;del Perú", "<i>Lima</i>", "Fundada en 1535."}, []card{{0, 2}}, 0},
			{4, "g4", "", []string{"El {{c1::Cotopaxi::volcán}} mide {{c2::<b>5897</b>}} m &amp; el {{c1::Sangay}} 5230 m. [[x]]", "Ambos activos."}, []card{{0, 3}, {1, 3}}, 0},
			{4, "g5", "", []string{"{{c1::De {{c2::aquí}}}} para {{c1,2::allá}}", ""}, []card{{0, 2}, {1, 2}}, 0},
			{5, "g6", "", []string{"el Chimborazo", "Ecuador", "6263", `<img src="Chimborazo%20(1).png" alt="El volcán nevado"><img src='falta.png'>[sound:viento.mp3]`, "más de 6000"}, []card{{0, 2}, {1, 2}}, 0},
			{6, "g7", "", []string{"{{c1::image-occlusion:rect:left=.1:top=.2}}", `<img src="sin uso.png">`}, []card{{0, 2}}, 0},
			{1, "g8", "", []string{`<img src="Chimborazo (1).png">`, "Un volcán", ""}, []card{{0, 2}}, 0},
			{1, "g9", "", []string{"¿Cómo suena?", "[sound:viento.mp3]", ""}, []card{{0, 2}}, 0},
			{1, "g10", "", []string{"Sin reverso", " ", ""}, []card{{0, 2}}, 0},
			{9, "g11", "", []string{"Sin tipo", "?"}, []card{{0, 2}}, 0},
			{4, "g12", "", []string{"Nada borrado", ""}, nil, 0},
			{1, "g1", "", []string{"Repetido", "por descuido", ""}, []card{{0, 2}}, 0},
			{3, "g13", "", []string{"¿Y?", "¡!", ""}, []card{{0, 2}}, 0},
		},
	}
}
