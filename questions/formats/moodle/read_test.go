package moodle_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"buf.build/go/protoyaml"

	"aula/questions/formats"
	"aula/questions/formats/moodle"
)

var update = flag.Bool("update", false, "write the golden files anew")

// Every fixture reads as the YAML beside it says: the set, then the problems as comments.
func TestRead(t *testing.T) {
	files, err := filepath.Glob("testdata/*.xml")
	if err != nil || len(files) == 0 {
		t.Fatal(err, files)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if got := moodle.Detect(file, data); got != 100 {
				t.Errorf("detected as %d", got)
			}
			doc, err := moodle.Read(t.Context(), data)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, strings.TrimSuffix(file, ".xml")+".yaml", told(t, doc))
		})
	}
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; got\n%s", file, got)
	}
}

// told writes a document as YAML, its problems as comments.
func told(t *testing.T, doc *formats.Document) string {
	t.Helper()
	var b strings.Builder
	for i, p := range doc.Problems {
		fmt.Fprintf(&b, "# %s %d:%d %q %s %v\n", p.Severity, p.Place.Line, p.Place.Column, p.Question, p.ID, p.Args)
		if i == len(doc.Problems)-1 {
			b.WriteString("\n")
		}
	}
	if len(doc.Places) != len(doc.Set.GetQuestions()) {
		t.Errorf("%d places of %d questions", len(doc.Places), len(doc.Set.GetQuestions()))
	}
	yaml, err := protoyaml.MarshalOptions{UseProtoNames: true, Indent: 2}.Marshal(doc.Set)
	if err != nil {
		t.Fatal(err)
	}
	b.Write(yaml)
	return b.String()
}
