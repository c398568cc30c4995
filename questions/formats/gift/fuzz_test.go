package gift_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"google.golang.org/protobuf/proto"

	"aula/questions/formats"
	"aula/questions/formats/gift"
)

// FuzzRead reads anything: what comes of it is within the limits of the proto, everything
// has its place, and what is written of it reads and writes the same again.
func FuzzRead(f *testing.F) {
	files, err := filepath.Glob("testdata/*.gift")
	if err != nil || len(files) == 0 {
		f.Fatal(files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
		for block := range bytes.SplitSeq(text, []byte("\n\n")) {
			f.Add(block)
		}
	}
	for _, text := range []string{
		"", "{", "}", "{}", "::", "::::{}", "// [id:\\]", "$CATEGORY:", "a{=}", "a{~}", "a{#}", "a{->}", "a{=->=->}", "a{T##}", "a{####}",
		"\\", "a{=\\}", "[html]{T}", "a{=%%b}", "a{#..}", "a{#:}", "a{#1..}", "$", "$$", "$a{T}$", "\xef\xbb\xbf{T}", "\xff\xfea\x00", "a\x00{T}",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		gift.Detect("x.gift", data)
		doc, err := gift.Read(t.Context(), data)
		if err != nil {
			return
		}
		if len(doc.Places) != len(doc.Set.GetQuestions()) {
			t.Fatalf("%d questions have %d places", len(doc.Set.GetQuestions()), len(doc.Places))
		}
		lines := bytes.Count(data, []byte("\n")) + bytes.Count(data, []byte("\r")) + 1
		for _, p := range doc.Problems {
			if p.Place.Line < 0 || p.Place.Line > lines || p.Severity != formats.Note && p.ID != "format.windows_1252" && p.Place.Line == 0 {
				t.Errorf("%+v in %d lines", p, lines)
			}
		}
		checkValid(t, doc)
		first, _ := write(t, doc.Set)
		second := read(t, first).Set
		again, _ := write(t, second)
		third := read(t, again).Set
		if first != again && !proto.Equal(second, third) {
			t.Errorf("written\n%s\nand then\n%s", first, again)
		}
	})
}
