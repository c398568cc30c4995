package anki

import (
	"archive/zip"
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/proto"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats"
)

// sound checks that a document is as package formats promises: places for all questions,
// texts that are UTF-8 and within the limits, and media that are there.
func sound(t *testing.T, doc *formats.Document) {
	t.Helper()
	if len(doc.Places) != len(doc.Set.GetQuestions()) {
		t.Errorf("%d places for %d questions", len(doc.Places), len(doc.Set.GetQuestions()))
	}
	ids := map[string]bool{}
	for _, m := range doc.Set.GetMedia() {
		ids[m.GetId()] = true
		if err := protovalidate.Validate(m); err != nil {
			t.Errorf("%s: %v", m.GetId(), err)
		}
	}
	for _, q := range doc.Set.GetQuestions() {
		for _, id := range q.GetMedia() {
			if !ids[id] {
				t.Errorf("no media %s", id)
			}
		}
		whole := proto.Clone(q).(*aulav1.Question)
		whole.Id = "q" // readers give none
		if err := protovalidate.Validate(whole); err != nil {
			t.Errorf("%v: %v", q, err)
		}
	}
	for _, p := range doc.Problems {
		if !utf8.ValidString(p.Question) {
			t.Errorf("%q", p.Question)
		}
	}
}

func FuzzReadPackage(f *testing.F) {
	for _, data := range [][]byte{
		small().legacy(f, collections[1]), small().legacy(f, collections[2]), mountains().latest(f), mountains().legacy(f, collections[1]),
		zipped(f, member{"meta", []byte{8, 4}}), []byte("PK\x03\x04"), nil,
	} {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if doc, err := ReadPackage(t.Context(), data); err == nil {
			sound(t, doc)
		}
	})
}

// FuzzReadDatabase goes past the packing, which random bytes seldom do.
func FuzzReadDatabase(f *testing.F) {
	f.Add(small().database(f, schema11))
	f.Add(mountains().database(f, schema11))
	f.Add(mountains().database(f, schema18))
	f.Fuzz(func(t *testing.T, data []byte) {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		w, err := z.CreateHeader(&zip.FileHeader{Name: collections[1]})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(data); err != nil || z.Close() != nil {
			t.Fatal(err)
		}
		if doc, err := ReadPackage(t.Context(), b.Bytes()); err == nil {
			sound(t, doc)
		}
	})
}

func FuzzReadText(f *testing.F) {
	for _, text := range []string{
		"", "a\tb\n", "#separator:comma\n#html:true\na,<b>b\n", "\"a\nb\"\tc\td\n#x\n", "#columns:Back\tFront\na\tb", "#guid column:1\n#tags column:2\nk\tx y\ta\tb\n",
		"{{c1::a::b}} {{c2::<img src=x>}}\t[sound:x]\n", "#notetype:Cloze\n{{c1::a {{c2::b}}}}", "\xff\xfea\x00\t\x00b\x00", "a\xf1o;b", "#separator:\"\na\"b\n",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if DetectText("x.txt", data) > headed {
			t.Error("too sure")
		}
		if doc, err := ReadText(t.Context(), data); err == nil {
			sound(t, doc)
		}
	})
}

func FuzzCloze(f *testing.F) {
	for _, html := range []string{
		"{{c1::a}} b", "{{c1::a::h}}{{c2::b}}", "{{c1,3::a}}", "{{c1::a {{c2::b}} c::h}}", "{{c0::a}}", "{{c1::open {{c2::b}}", "[[c1]] {{c1::[[c1]]}}",
		"<b>{{c1::a</b>}}", "{{c1::<img src=x>}}", "<a href='{{c1::x}}'>y</a>", "{{c1::\u200b}}", "`{{c1::a}}`",
	} {
		f.Add(html)
	}
	f.Fuzz(func(t *testing.T, html string) {
		if len(html) > maxHTML {
			return
		}
		html = valid(html)
		r := &reader{keys: map[string]bool{}}
		r.doc.Set = &aulav1.QuestionSet{}
		r.note(note{guid: "g", fields: []string{html, ""}}, fillIn, nil, formats.Place{}, "")
		sound(t, &r.doc)
		if len(r.doc.Set.GetQuestions()) == 0 && len(r.doc.Problems) == 0 {
			t.Error("dropped in silence")
		}
		for _, q := range r.doc.Set.GetQuestions() {
			text := q.GetText()[formats.Unknown]
			for _, b := range q.GetCloze().GetBlanks() {
				if n := bytes.Count([]byte(text), []byte("[["+b.GetId()+"]]")); n != 1 {
					t.Errorf("%s is %d times in %q", b.GetId(), n, text)
				}
			}
			if q.GetCloze() != nil && len(marker.FindAllString(text, -1)) != len(q.GetCloze().GetBlanks()) {
				t.Errorf("%q has other markers than blanks", text)
			}
		}
	})
}

func FuzzMediaList(f *testing.F) {
	f.Add([]byte(`{"0":"a.png"}`))
	f.Add([]byte(`{"0":"../a.png","1":"a.png","x":"b"}`))
	f.Add([]byte("\x0a\x07\x0a\x05a.png"))
	db := small().database(f, schema11)
	f.Fuzz(func(t *testing.T, list []byte) {
		for name, data := range map[string][]byte{
			"old": zipped(t, member{collections[1], db}, member{"media", list}),
			"new": zipped(t, member{"meta", []byte{8, 3}}, member{collections[3], nil}, member{"media", squeezed(t, list)}),
		} {
			a, err := openArchive(data)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := a.collection(); err != nil {
				t.Fatal(err)
			}
			var doc formats.Document
			m, err := a.media(&doc)
			if err != nil {
				t.Error(name, err)
			}
			for file := range m.members {
				if file == "" || file == ".." || strings.ContainsAny(file, `/\`) {
					t.Errorf("%s: %q is taken", name, file)
				}
			}
		}
	})
}
