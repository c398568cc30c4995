package sheet_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"

	"aula/questions/formats"
	"aula/questions/formats/sheet"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares what a test gives with what it gave before.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; got\n%s", file, got)
	}
}

// tell writes a document down: its problems, and its set as JSON.
func tell(t *testing.T, doc *formats.Document, err error) string {
	t.Helper()
	if err != nil {
		return err.Error() + "\n"
	}
	var b strings.Builder
	for _, p := range doc.Problems {
		fmt.Fprintf(&b, "%s %d%s %q: %s %v\n", p.Severity, p.Place.Row, p.Place.Cell, p.Question, p.ID, p.Args)
	}
	text, err := protojson.Marshal(doc.Set)
	if err != nil {
		t.Fatal(err)
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, text, "", " "); err != nil {
		t.Fatal(err)
	}
	return b.String() + indented.String() + "\n"
}

func TestReadGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/read/*.?sv")
	if err != nil || len(files) < 4 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			detect := flavours[strings.TrimPrefix(filepath.Ext(file), ".")].detect
			if score := detect("questions.txt", data); score < 70 {
				t.Errorf("detected at %d", score)
			}
			doc, err := sheet.ReadCSV(t.Context(), data)
			golden(t, file+".golden", tell(t, doc, err))
		})
	}
}

// TestTemplateGolden has a teacher's first sheet as it is written, and everything written
// guarded against formulas.
func TestTemplateGolden(t *testing.T) {
	for _, langs := range [][]string{{"en", "es"}, {"es-EC", "en"}, {"fr"}} {
		var file bytes.Buffer
		if err := sheet.Template(&file, "csv", langs, truths); err != nil {
			t.Fatal(err)
		}
		golden(t, "testdata/template."+strings.Join(langs, "-")+".csv", file.String())
	}
}

// TestPlaces has a place for each question that is read.
func TestPlaces(t *testing.T) {
	doc, err := sheet.ReadCSV(t.Context(), []byte("A title\n\ntext,correct\n\"one\nquestion\",1\n\n,,\nanother,2\n"))
	if err != nil {
		t.Fatal(err)
	}
	if want := []formats.Place{{Row: 4}, {Row: 7}}; !slices.Equal(doc.Places, want) {
		t.Errorf("%v, want %v", doc.Places, want)
	}
}
