package moodle_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

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
		first, err := moodle.Read(data)
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
}, set *aulav1.QuestionSet, languages ...string,
) (*formats.Document, formats.Problems) {
	t.Helper()
	var b bytes.Buffer
	problems, err := moodle.Write(&b, set, languages)
	if err != nil {
		t.Fatalf("%v", err)
	}
	doc, err := moodle.Read(b.Bytes())
	if err != nil {
		t.Fatalf("%v in\n%s", err, b.String())
	}
	if len(doc.Set.GetQuestions()) != len(set.GetQuestions()) {
		t.Fatalf("%d questions of %d: %v in\n%s", len(doc.Set.GetQuestions()), len(set.GetQuestions()), doc.Problems, b.String())
	}
	return doc, problems
}
