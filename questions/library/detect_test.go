package library

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats"
)

func zipped(t testing.TB, names ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range names {
		if _, err := w.Create(name); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// What holds no questions that Aula could read is told with what can be done about it.
func TestForeign(t *testing.T) {
	for name, test := range map[string]struct {
		data []byte
		id   string
	}{
		"empty":      {nil, "library.empty_file"},
		"blank":      {[]byte(" \r\n\t"), "library.empty_file"},
		"pdf":        {[]byte("%PDF-1.7\n…"), "library.is_pdf"},
		"png":        {picture(t), "library.is_picture"},
		"eps":        {[]byte("%!PS-Adobe-3.0 EPSF-3.0\n/a {b = c} def\n"), "library.is_picture"},
		"svg":        {[]byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`), "library.is_picture"},
		"doc":        {[]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1..."), "library.is_old_office"},
		"html":       {[]byte("<!-- saved --><!DOCTYPE html>\n<title>Quiz</title>"), "library.is_html"},
		"html too":   {[]byte("\ufeff<HTML lang=es>"), "library.is_html"},
		"qti":        {[]byte("<?xml version=\"1.0\"?>\n<!-- x > y -->\n<assessmentItem\n identifier=\"a\">"), "library.is_qti"},
		"qti 3":      {[]byte(`<q:qti-assessment-item xmlns:q="x">`), "library.is_qti"},
		"qti 1.2":    {[]byte(`<questestinterop>`), "library.is_qti"},
		"package":    {zipped(t, "imsmanifest.xml", "item1.xml"), "library.is_qti"},
		"h5p":        {zipped(t, "h5p.json", "content/content.json"), "library.is_h5p"},
		"docx":       {zipped(t, "[Content_Types].xml", "word/document.xml"), "library.is_word"},
		"xlsb":       {zipped(t, "[Content_Types].xml", "xl/workbook.bin"), "library.is_other_sheet"},
		"mbz":        {zipped(t, "moodle_backup.xml"), "library.is_moodle_backup"},
		"zip":        {zipped(t, "preguntas.txt"), "library.is_packed"},
		"gzip":       {[]byte("\x1f\x8b\x08"), "library.is_packed"},
		"prose":      {[]byte("Dear all, see you on Monday."), "library.unknown_format"},
		"other xml":  {[]byte("<note><to>Ana</to></note>"), "library.unknown_format"},
		"unfinished": {[]byte("<!-- nothing"), "library.unknown_format"},
		"an angle":   {[]byte("<"), "library.unknown_format"},
	} {
		f, err := Read(t.Context(), test.data, Options{File: name})
		if err != nil || f.Unread == nil || f.Unread.ID != test.id {
			t.Errorf("%s: %v, %v; want %s", name, f.Unread, err, test.id)
			continue
		}
		if r := tryLoad(t, nil, f); r.Set != nil || r.ID == "" || !strings.Contains(r.Report(sayIn(t, "es"), "es").Problems[0].Message, " ") {
			t.Errorf("%s is loaded as %v", name, r.Set)
		}
	}
}

// scored is a format that takes files for its own so far.
func scored(name string, score int) *format {
	return &format{
		name:   name,
		detect: func(string, []byte) int { return score },
		read: func(context.Context, []byte) (*formats.Document, error) {
			return &formats.Document{Set: &aulav1.QuestionSet{Id: name}}, nil
		},
		write: func(w io.Writer, _ *aulav1.QuestionSet, languages []string) (formats.Problems, error) {
			_, err := io.WriteString(w, strings.Join(languages, " "))
			return nil, err
		},
	}
}

// with lets a test have other formats.
func with(t testing.TB, formats ...*format) {
	t.Helper()
	before := table
	table = formats
	t.Cleanup(func() { table = before })
}

// The format that is surest of a file reads it, unless two are equally sure.
func TestDetect(t *testing.T) {
	for name, test := range map[string]struct {
		scores [3]int
		id     string // of the format, or of the sentence
	}{
		"surest": {[3]int{40, 90, 60}, "b"},
		"tied":   {[3]int{80, 20, 80}, "library.several_formats"},
		"unsure": {[3]int{29, 0, 10}, "library.unknown_format"},
		"beaten": {[3]int{80, 80, 81}, "c"},
	} {
		with(t, scored("a", test.scores[0]), scored("b", test.scores[1]), scored("c", test.scores[2]))
		f, err := Read(t.Context(), []byte("x"), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if f.Format != test.id && (f.Unread == nil || f.Unread.ID != test.id) {
			t.Errorf("%s: %q, %v", name, f.Format, f.Unread)
		}
	}
	f, err := Read(t.Context(), []byte("x"), Options{Format: "a"})
	if err != nil || f.Format != "a" || f.ID() != "a" {
		t.Errorf("forced: %v, %v", f, err)
	}
	_, err = Read(t.Context(), nil, Options{Format: "z"})
	if unknown, ok := errors.AsType[*UnknownFormat](err); !ok || unknown.Format != "z" {
		t.Errorf("format z: %v", err)
	}
	if got := strings.Join(Formats(), " "); got != "a b c" {
		t.Errorf("formats %s", got)
	}
	f, err = Read(t.Context(), make([]byte, formats.MaxFile+1), Options{Format: "a"})
	if err != nil || f.Unread == nil || f.Unread.ID != "library.too_large" {
		t.Errorf("too large: %v, %v", f.Unread, err)
	}
}

func TestExport(t *testing.T) {
	with(t, scored("one", 0), &format{name: "all", languages: all, write: scored("", 0).write})
	set := parse(t, rivers)
	for format, want := range map[string]string{"one": "en", "all": "en es"} {
		var b strings.Builder
		if _, err := Export(&b, set, format, nil); err != nil || b.String() != want {
			t.Errorf("%s is written in %q, %v", format, b.String(), err)
		}
	}
	if _, err := Export(io.Discard, set, "none", nil); err == nil {
		t.Error("an unknown format is written")
	}
}

func TestIDOfTheSet(t *testing.T) {
	for name, want := range map[string]string{
		"Ríos de Sudamérica (2º).xlsx": "rios-de-sudamerica-2o", `C:\x\Straße.csv`: "strasse", "/tmp/a.b.gift": "a-b", "你好.csv": "set", "": "set", ".": "set",
		strings.Repeat("long-", 30): "long-long-long-long-long-long-long-long-long-long",
	} {
		if got := (&File{Document: &formats.Document{}, options: Options{File: name}}).ID(); got != want {
			t.Errorf("%s is loaded into %s, want %s", name, got, want)
		}
	}
}

// Whatever the bytes, detection ends, and with something to say.
func FuzzDetect(f *testing.F) {
	for _, text := range []string{"<?xml?><a:b/>", "<!DOCTYPE html", "<!-- --><html>", "PK\x03\x04h5p.json", "\xff\xfe<\x00h\x00t\x00m\x00l\x00>\x00"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Read(t.Context(), data, Options{})
		if err != nil || file.Unread == nil && file.Format == "" {
			t.Fatal(err)
		}
	})
}
