package api_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"

	aulav1 "aula/proto/aula/v1"
)

// export is everything that is held about the learner.
func (s *someone) export() string {
	s.w.t.Helper()
	stream, err := s.w.learn.ExportLearner(s.ctx(), &aulav1.ExportLearnerRequest{})
	if err != nil {
		s.w.t.Fatal(err)
	}
	var text strings.Builder
	for {
		part, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return text.String()
		}
		if err != nil {
			s.w.t.Fatal(err)
		}
		text.Write(part.GetData())
	}
}

// busy is a learner of whom there is something in most tables.
func (w *world) busy(name string) (s *someone, attempt string) {
	w.t.Helper()
	s = w.learner(name)
	for range 2 {
		a := s.start(&aulav1.StartAttemptRequest{})
		attempt = a.GetId()
		for question, answer := range map[string]*aulav1.Answer{"longest": choose("amazon"), "width": number("7"), "capital": words("respuesta de " + name)} {
			s.submit(attempt, question, answer)
		}
	}
	s.finish(attempt)
	s.device("tableta de " + name)
	s.code()
	return s, attempt
}

func TestExportLearner(t *testing.T) {
	files := t.TempDir()
	t.Setenv("TMPDIR", files)
	w := newWorld(t)
	luz, attempt := w.busy("Luz & <Quispe>")
	w.busy("Eva Mamani")
	text := luz.export()
	if !strings.HasSuffix(text, "\n") {
		t.Error("the last line does not end")
	}
	kinds := map[string]int{}
	for line := range strings.Lines(text) {
		var thing map[string]map[string]any
		if err := json.Unmarshal([]byte(line), &thing); err != nil || len(thing) != 1 {
			t.Fatalf("%v in %s", err, line)
		}
		for kind := range thing {
			kinds[kind]++
		}
	}
	for kind, n := range map[string]int{"learner": 1, "device": 2, "join_code": 1, "attempt": 2, "answer": 6, "standing": 1, "review": 6, "card": 3, "study_day": 1} {
		if kinds[kind] != n {
			t.Errorf("%d lines tell of a %s, want %d", kinds[kind], kind, n)
		}
	}
	for _, want := range []string{
		`{"learner":{"id":"` + luz.profile().GetId() + `","name":"Luz & <Quispe>","language":"es"`, `"name":"teléfono"`, `"id":"` + attempt + `"`,
		`"answer":{"choice":{"options":["amazon"]}}`, `"verdict":"CORRECT"`, `{"text":"respuesta de Luz & <Quispe>"}`, `{"join_code":{"expires_at":"20`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is not in\n%s", want, text)
		}
	}
	if strings.Contains(text, "Eva Mamani") || strings.Contains(text, luz.key[len(luz.key)-52:]) {
		t.Errorf("what is another's, or a secret, is in\n%s", text)
	}
	if again := luz.export(); again != text {
		t.Errorf("told\n%s\nand again\n%s", text, again)
	}
	for _, file := range must(filepath.Glob(filepath.Join(files, "aula-export-*"))) {
		t.Errorf("%s is left", file)
	}
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// With another's token every method gets nothing of a learner's, whatever it names, and changes
// nothing.
func TestNothingOfAnothers(t *testing.T) {
	w := newWorld(t)
	luz := w.learner("Luz Quispe")
	attempt := luz.start(&aulav1.StartAttemptRequest{}).GetId()
	luz.submit(attempt, "longest", choose("amazon"))
	luz.device("tableta de Luz Quispe")
	id, before := luz.profile().GetId(), luz.export()
	w.eachMethod(func(method protoreflect.MethodDescriptor) {
		for _, s := range []*someone{w.learner("Eva"), {w: w}, w.teacher("Ana"), w.admin()} {
			if s.key == "" && method.Name() == "CreateLearner" {
				continue
			}
			said, err := s.answerOf(method, map[string]string{
				"id": id, "device": luz.id, "attempt": attempt, "attempts": attempt, "learner": id, "code": "AAAA-AAAA",
				"set": "rivers", "question": "longest", "language": "es", "undo": id, "review": id,
			})
			if err != nil {
				said += failureOf(t, err).message
			}
			if strings.Contains(said, "Luz Quispe") {
				t.Errorf("%s tells %s", method.Name(), said)
			}
		}
	})
	if after := luz.export(); after != before {
		t.Errorf("there was\n%s\nand is\n%s", before, after)
	}
}

// Who is erased is nowhere: not in the database, not in its log, not in a copy of both.
func TestDeleteLearner(t *testing.T) {
	w := newWorld(t)
	luz, _ := w.busy("Luz de América Quispe")
	eva, _ := w.busy("Eva Mamani")
	tablet := luz.device("tableta")
	id, before := luz.profile().GetId(), eva.export()
	for _, wrong := range []string{"nobody", eva.profile().GetId()} {
		_, err := w.learn.DeleteLearner(luz.ctx(), &aulav1.DeleteLearnerRequest{Id: wrong, Language: "es"})
		wantReason(t, err, aulav1.ErrorReason_INVALID_REQUEST, "no es tu propio id")
		_, err = w.learn.DeleteLearner(luz.ctx(), &aulav1.DeleteLearnerRequest{Id: wrong, Language: "en"})
		wantReason(t, err, aulav1.ErrorReason_INVALID_REQUEST, "is not your own id")
	}
	texts := []string{id, "Luz de América Quispe", "tableta de Luz", luz.id}
	for _, text := range texts {
		if !slices.ContainsFunc(w.files(), func(file []byte) bool { return bytes.Contains(file, []byte(text)) }) {
			t.Fatalf("%s is nowhere to begin with", text)
		}
	}
	if _, err := w.learn.DeleteLearner(luz.ctx(), &aulav1.DeleteLearnerRequest{Id: id}); err != nil {
		t.Fatal(err)
	}
	for _, text := range texts {
		for i, file := range w.files() {
			if bytes.Contains(file, []byte(text)) {
				t.Errorf("%s is in file %d", text, i)
			}
		}
	}
	for _, s := range []*someone{luz, tablet} {
		_, err := w.learn.DeleteLearner(s.ctx(), &aulav1.DeleteLearnerRequest{Id: id})
		wantReason(t, err, aulav1.ErrorReason_KEY_NEEDED, "")
	}
	board, err := w.score.GetLeaderboard(t.Context(), &aulav1.GetLeaderboardRequest{Set: "rivers"})
	if err != nil || board.GetTotal() != 1 || board.GetRows()[0].GetName() != "Eva Mamani" {
		t.Errorf("the leaderboard is %v, %v", board, err)
	}
	if after := eva.export(); after != before {
		t.Errorf("another was\n%s\nand is\n%s", before, after)
	}
	if strings.Contains(w.log.String(), id) || strings.Contains(w.log.String(), "Quispe") {
		t.Error("the log names the learner")
	}
}

// files are the contents of the database's files: the database, its log, and a copy made by
// another program.
func (w *world) files() (contents [][]byte) {
	w.t.Helper()
	for _, name := range must(filepath.Glob(w.file + "*")) {
		contents = append(contents, must(os.ReadFile(name)))
	}
	copied := filepath.Join(w.t.TempDir(), "copy.db")
	for _, suffix := range []string{"", "-wal"} {
		if content, err := os.ReadFile(w.file + suffix); err == nil {
			if err := os.WriteFile(copied+suffix, content, 0o600); err != nil {
				w.t.Fatal(err)
			}
			contents = append(contents, content)
		}
	}
	return contents
}
