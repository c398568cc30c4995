package moodle_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"buf.build/go/protoyaml"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"

	aulav1 "aula/proto/aula/v1"
	"aula/questions/formats"
	"aula/questions/formats/moodle"
)

// What Read makes of a file, Write writes, and it reads the same again.
func TestReadWriteRead(t *testing.T) {
	files, _ := filepath.Glob("testdata/*.xml")
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		first, err := moodle.Read(t.Context(), data)
		if err != nil {
			t.Fatal(err)
		}
		for i, q := range first.Set.GetQuestions() {
			languages := map[string]bool{}
			for lang := range q.GetText() {
				languages[lang] = true
			}
			set := &aulav1.QuestionSet{Title: first.Set.GetTitle(), Media: first.Set.GetMedia(), Questions: []*aulav1.Question{q}}
			var names []string
			for _, lang := range []string{"en", "es", "und"} {
				if languages[lang] {
					names = append(names, lang)
				}
			}
			again, _ := roundTrip(t, set, names...)
			if got := again.Set.GetQuestions()[0]; !proto.Equal(got, q) {
				t.Errorf("%s, question %d came back as\n%s\nfrom\n%s", file, i, prototext.Format(got), prototext.Format(q))
			}
		}
	}
}

func roundTrip(t interface {
	Helper()
	Fatalf(string, ...any)
	Context() context.Context
}, set *aulav1.QuestionSet, languages ...string,
) (*formats.Document, formats.Problems) {
	t.Helper()
	var b bytes.Buffer
	problems, err := moodle.Write(&b, set, languages)
	if err != nil {
		t.Fatalf("%v", err)
	}
	doc, err := moodle.Read(t.Context(), b.Bytes())
	if err != nil {
		t.Fatalf("%v in\n%s", err, b.String())
	}
	if len(doc.Set.GetQuestions()) != len(set.GetQuestions()) {
		t.Fatalf("%d questions of %d: %v in\n%s", len(doc.Set.GetQuestions()), len(set.GetQuestions()), doc.Problems, b.String())
	}
	return doc, problems
}

// What Moodle cannot say is reported, question by question.
func TestWriteTells(t *testing.T) {
	data, err := os.ReadFile("testdata/unsayable.yaml")
	if err != nil {
		t.Fatal(err)
	}
	set := &aulav1.QuestionSet{}
	if err := protoyaml.Unmarshal(data, set); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	problems, err := moodle.Write(&b, set, []string{"es", "en"})
	if err != nil {
		t.Fatal(err)
	}
	var told strings.Builder
	told.WriteString("<!--\n")
	for _, p := range problems {
		fmt.Fprintf(&told, "%s %q %s %v\n", p.Severity, p.Question, p.ID, p.Args)
	}
	golden(t, "testdata/unsayable.golden", told.String()+"-->\n"+b.String())
}

// The error is that of the writer.
func TestWriteFails(t *testing.T) {
	want := errors.New("disk full")
	set := &aulav1.QuestionSet{Title: map[string]string{"en": strings.Repeat("x", 10_000)}}
	if _, err := moodle.Write(broken{want}, set, nil); !errors.Is(err, want) {
		t.Errorf("got %v", err)
	}
}

type broken struct{ err error }

func (b broken) Write([]byte) (int, error) { return 0, b.err }
