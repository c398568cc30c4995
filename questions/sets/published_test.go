package sets_test

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"google.golang.org/protobuf/proto"

	aulav1 "aula/proto/aula/v1"
	"aula/questions"
	"aula/questions/sets"
)

var update = flag.Bool("update", false, "write what is published anew")

// expand expands as a server does.
func expand(t *testing.T) sets.Expand {
	words := localeWords(t)
	return func(source *aulav1.QuestionSet) (*aulav1.QuestionSet, error) {
		if _, err := questions.Compile(source, words); err != nil {
			return nil, err
		}
		content, _ := questions.Expand(source, words)
		return content, nil
	}
}

// What is published is what the sets say now, expanded by the rules of now.
func TestPublishedAreCurrent(t *testing.T) {
	made, err := sets.Made(expand(t))
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := errors.Join(os.RemoveAll("published"), os.CopyFS(".", asFiles(made))); err != nil {
			t.Fatal(err)
		}
	}
	for name, content := range made {
		if kept, err := os.ReadFile(name); err != nil || !bytes.Equal(kept, content) {
			t.Errorf("%s is out of date: run go generate ./questions/sets", name)
		}
	}
	if kept, err := filepath.Glob("published/*"); err != nil || len(kept) != len(made) {
		t.Errorf("there are %q, %v: run go generate ./questions/sets", kept, err)
	}
}

func asFiles(contents map[string][]byte) fstest.MapFS {
	files := fstest.MapFS{}
	for name, content := range contents {
		files[name] = &fstest.MapFile{Data: content, Mode: 0o644}
	}
	return files
}

// published lists the English titles that a package with these files would publish. They
// are those of the contents, and index and contents agree.
func published(t *testing.T, files map[string][]byte) (titles []string, err error) {
	t.Helper()
	all, err := sets.PublishedIn(asFiles(files), expand(t))
	for _, set := range all {
		content := &aulav1.QuestionSet{}
		if err := proto.Unmarshal(set.Content, content); err != nil {
			t.Fatal(err)
		}
		titles = append(titles, content.GetTitle()["en"])
		if set.ID != content.GetId() || set.Title["en"] != content.GetTitle()["en"] || set.Questions != len(content.GetQuestions()) {
			t.Errorf("%s is said to be %v", content.GetId(), set)
		}
	}
	return titles, err
}

// A set that was made ready is not read again. One that was edited since is, and so is a
// new one.
func TestPublishedAfterAnEdit(t *testing.T) {
	files, err := sets.Made(expand(t))
	if err != nil {
		t.Fatal(err)
	}
	const text, ready = "words-in-class.yaml", "published/words-in-class.binpb"
	for _, name := range []string{"ecuador-foreign-bases.yaml", text} {
		if files[name], err = os.ReadFile(name); err != nil {
			t.Fatal(err)
		}
	}
	want := func(want ...string) {
		t.Helper()
		if got, err := published(t, files); err != nil || !slices.Equal(got, want) {
			t.Errorf("published are %q, %v; want %q", got, err, want)
		}
	}
	edit := func(name, from, to string) { files[name] = bytes.Replace(files[name], []byte(from), []byte(to), 1) }

	want("Foreign bases in Ecuador", "Spanish for the classroom")
	// A title of the same length that is in the file made ready, but not in the YAML file,
	// tells which of them was read.
	edit("published/index.json", "Spanish for the classroom", "Spanish for the chalkroom")
	edit(ready, "Spanish for the classroom", "Spanish for the chalkroom")
	want("Foreign bases in Ecuador", "Spanish for the chalkroom")
	edit(text, "Spanish for the classroom", "Spanish for a school day")
	want("Foreign bases in Ecuador", "Spanish for a school day")
	files["andes.yaml"] = []byte(`{id: andes, title: {en: Andes}, language: en, questions: [{id: a, text: {en: "1 + 1?"}, numeric: {value: 2}}]}`)
	want("Andes", "Foreign bases in Ecuador", "Spanish for a school day")

	edit("andes.yaml", "language: en", "language: fr")
	_, err = published(t, files)
	if problems, ok := errors.AsType[questions.Problems](err); !ok || len(problems) == 0 {
		t.Errorf("a set that is wrong: %v", err)
	}
	edit("andes.yaml", "title", "titel")
	if _, err = published(t, files); err == nil || !strings.Contains(err.Error(), "andes.yaml:1:13 ") {
		t.Errorf("a file that is wrong: %v", err)
	}
}
