package moodle_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"google.golang.org/protobuf/proto"

	"aula/questions/formats"
	"aula/questions/formats/moodle"
)

const good = `<question type="shortanswer"><name><text>Año</text></name><questiontext format="html"><text>¿Qué sigue al día?</text></questiontext>
<answer fraction="100"><text>la noche</text></answer></question>`

func quiz(questions string) string {
	return `<?xml version="1.0" encoding="UTF-8"?><quiz>` + questions + "</quiz>"
}

// One bad question never sinks the others, and memory is bounded by the file.
func TestHostile(t *testing.T) {
	const n = 1 << 16
	for name, c := range map[string]struct {
		source string
		id     string // of the first problem
		good   int
	}{
		"billion laughs": {
			`<?xml version="1.0"?><!DOCTYPE quiz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><quiz>` +
				`<question type="essay"><name><text>&b;</text></name></question>` + good + "</quiz>", "format.moodle.ampersand", 1,
		},
		"external entity": {
			`<!DOCTYPE quiz [<!ENTITY x SYSTEM "file:///etc/passwd">]><quiz>` + strings.Replace(good, "la noche", "&x;", 1) + good + "</quiz>",
			"format.moodle.ampersand", 1,
		},
		"10 MB attribute":   {quiz(`<question type="` + strings.Repeat("x", 160*n) + `"></question>` + good), "format.moodle.type", 1},
		"many attributes":   {quiz(`<question type="essay" ` + strings.Repeat(`a="" `, n) + `></question>` + good), "format.moodle.essay", 1},
		"deep elements":     {quiz(`<question type="essay">` + strings.Repeat("<a>", n) + `</question>` + good), "format.moodle.tags", 1},
		"deep in a text":    {quiz(`<question type="essay"><questiontext><text>` + strings.Repeat("<a>", n) + `</question>` + good), "format.moodle.not_xml", 1},
		"deep HTML":         {quiz(strings.Replace(good, "¿Qué", "<![CDATA["+strings.Repeat("<div>", n/8)+"]]>¿Qué", 1) + good), "", 2},
		"long text":         {quiz(strings.Replace(good, "¿Qué", strings.Repeat("x", 32*n), 1) + good), "format.moodle.long_text", 1},
		"starts":            {"<quiz>" + strings.Repeat("<question >", n/8) + good + "</quiz>", "format.moodle.not_closed", 1},
		"open comment":      {quiz("<!-- " + good), "", 1},
		"open comments":     {quiz(strings.Repeat("<!--", 16*n) + good), "", 1},
		"open CDATAs":       {quiz(strings.Repeat("<![CDATA[", 16*n) + good), "", 1},
		"open CDATA":        {quiz(strings.Replace(good, "Año", "<![CDATA[Año", 1) + good), "format.moodle.not_xml", 1},
		"comments":          {quiz("<!-- <question> --> " + good + "<!-- </quiz> -->"), "", 1},
		"brackets":          {quiz(strings.Replace(good, "¿Qué", strings.Repeat("{1:SA:", n/16), 1) + good), "", 2},
		"cloze starts":      {quiz(strings.Replace(good, `"shortanswer"`, `"cloze"`, 1)[:70] + "<questiontext><text>" + strings.Repeat("{1:SA:", n/16) + "</text></questiontext></question>" + good), "format.moodle.not_xml", 1},
		"spans":             {quiz(strings.Replace(good, "¿Qué", "<![CDATA["+strings.Repeat(`<span lang="es" class="multilang">`, n/64)+"]]>¿Qué", 1) + good), "", 2},
		"mlang":             {quiz(strings.Replace(good, "¿Qué", strings.Repeat(`{mlang es}x`, n/64)+"{mlang}", 1) + good), "", 2},
		"many answers":      {quiz(strings.Replace(good, "</question>", strings.Repeat("<answer><text>x</text></answer>", n/8)+"</question>", 1) + good), "format.moodle.many_answers", 1},
		"text after quiz":   {quiz(good) + "</quiz>trailing & <", "", 1},
		"control character": {quiz(strings.Replace(good, "Qué", "Qu\vé", 1)), "format.moodle.control_characters", 1},
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			doc, err := moodle.Read(t.Context(), []byte(c.source))
			runtime.ReadMemStats(&after)
			if err != nil {
				t.Fatal(err)
			}
			if got := len(doc.Set.GetQuestions()); got != c.good {
				t.Errorf("%d good questions, want %d", got, c.good)
			}
			first := ""
			if len(doc.Problems) > 0 {
				first = doc.Problems[0].ID
			}
			if first != c.id {
				t.Errorf("first problem %q, want %q", first, c.id)
			}
			if most := uint64(200*len(c.source) + 64<<20); after.TotalAlloc-before.TotalAlloc > most {
				t.Errorf("allocated %d MB for %d", (after.TotalAlloc-before.TotalAlloc)>>20, len(c.source)>>20)
			}
		})
	}
}

// Wherever a file is cut, what stands before is read and the end is reported.
func TestCut(t *testing.T) {
	data, err := os.ReadFile("testdata/kinds.xml")
	if err != nil {
		t.Fatal(err)
	}
	whole, err := moodle.Read(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	for n := bytes.Index(data, []byte("<question")); n < len(data)-len("</quiz>\n"); n += 97 {
		if !utf8.Valid(data[:n]) {
			continue
		}
		doc, err := moodle.Read(t.Context(), data[:n])
		if err != nil {
			t.Fatalf("at %d: %v", n, err)
		}
		last := 0
		for _, p := range doc.Problems {
			if p.ID == "format.moodle.cut_short" {
				last++
			}
		}
		if last != 1 {
			t.Errorf("at %d: told %d times of the cut: %v", n, last, doc.Problems)
		}
		for i, q := range doc.Set.GetQuestions() {
			q.Tags, whole.Set.Questions[i].Tags = nil, nil // they depend on what follows
			if !proto.Equal(q, whole.Set.Questions[i]) {
				t.Errorf("at %d: question %d differs", n, i)
			}
		}
	}
}

func TestEncodings(t *testing.T) {
	declared := func(name string) string { return strings.Replace(quiz(good), "UTF-8", name, 1) }
	encode := func(text string, e interface{ String(string) (string, error) }) []byte {
		encoded, err := e.String(text)
		if err != nil {
			t.Fatal(err)
		}
		return []byte(encoded)
	}
	want, err := moodle.Read(t.Context(), []byte(quiz(good)))
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"BOM":                  []byte("\uFEFF" + quiz(good)),
		"UTF-16":               encode(declared("UTF-16"), unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder()),
		"ISO-8859-1":           encode(declared("ISO-8859-1"), charmap.ISO8859_1.NewEncoder()),
		"windows-1252":         encode(declared("windows-1252"), charmap.Windows1252.NewEncoder()),
		"Windows-1252, silent": encode(quiz(good), charmap.Windows1252.NewEncoder()),
		"CRLF":                 []byte(strings.ReplaceAll(quiz(good), "\n", "\r\n")),
		"unknown":              []byte(declared("x-none")),
	} {
		got, err := moodle.Read(t.Context(), data)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !proto.Equal(got.Set, want.Set) {
			t.Errorf("%s: %v", name, got.Set)
		}
		if told := len(got.Problems) > 0; told != strings.Contains(name, "silent") {
			t.Errorf("%s: %v", name, got.Problems)
		}
		if got := moodle.Detect("x", data); got < 50 {
			t.Errorf("%s detected as %d", name, got)
		}
	}
}

func TestUnreadable(t *testing.T) {
	for source, id := range map[string]string{
		"":                                    "format.moodle.not_moodle",
		"::name:: text {=a}":                  "format.moodle.not_moodle",
		"<questestinterop></questestinterop>": "format.moodle.not_moodle",
		"\x00\x01\x80":                        "format.not_text",
	} {
		_, err := moodle.Read(t.Context(), []byte(source))
		if unreadable, ok := errors.AsType[*formats.Unreadable](err); !ok || unreadable.ID != id {
			t.Errorf("%q: %v", source, err)
		}
		if got := moodle.Detect("x.xml", []byte(source)); got != 0 {
			t.Errorf("%q detected as %d", source, got)
		}
	}
	if got := moodle.Detect("x.txt", []byte("<!-- from Moodle -->\n<quiz>\n")); got != 80 {
		t.Errorf("an empty quiz detected as %d", got)
	}
}

func seeds(f *testing.F) {
	files, err := filepath.Glob("testdata/*.xml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
		for part := range bytes.SplitSeq(data, []byte("</question>")) { // smaller ones go further
			f.Add(append(bytes.Clone(part), "</question>"...))
		}
	}
}

// Whatever is read can be written and read again.
func FuzzRead(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		moodle.Detect("x.xml", data)
		doc, err := moodle.Read(t.Context(), data)
		if err != nil {
			if _, ok := errors.AsType[*formats.Unreadable](err); !ok {
				t.Fatal(err)
			}
			return
		}
		if len(doc.Places) != len(doc.Set.GetQuestions()) {
			t.Fatalf("%d places of %d questions", len(doc.Places), len(doc.Set.GetQuestions()))
		}
		if _, err := proto.Marshal(doc.Set); err != nil {
			t.Fatal(err)
		}
		for _, lang := range []string{"und", "es"} {
			var written bytes.Buffer
			if _, err := moodle.Write(&written, doc.Set, []string{lang}); err != nil {
				t.Fatal(err)
			}
			if _, err := moodle.Read(t.Context(), written.Bytes()); err != nil {
				t.Fatal(err)
			}
		}
	})
}
