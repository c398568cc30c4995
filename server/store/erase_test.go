package store

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	aulav1 "aula/proto/aula/v1"
)

func (s *Store) mustTx(t *testing.T, f func(*Store, func(query string, args ...any))) {
	t.Helper()
	err := s.Tx(t.Context(), func(s *Store) (failed error) {
		f(s, func(query string, args ...any) {
			if _, err := s.exec(t.Context(), query, args...); err != nil {
				failed = errors.Join(failed, err)
			}
		})
		return failed
	})
	if err != nil {
		t.Fatal(err)
	}
}

// onDisk counts how often a text is in the file, in its log, and in a copy made now.
func onDisk(t *testing.T, name, text string) (file, log, backup int) {
	t.Helper()
	copied := filepath.Join(t.TempDir(), "copy.db")
	db, err := sql.Open("sqlite", "file:"+name)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), "VACUUM INTO ?", copied); err != nil {
		t.Fatal(err)
	}
	count := func(file string) int {
		content, err := os.ReadFile(file)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		return bytes.Count(content, []byte(text))
	}
	return count(name), count(name + "-wal"), count(copied)
}

// manyLearners fills a file with learners who all do something in turn, so that their rows come
// between those of others and pages are split again and again.
func manyLearners(t *testing.T, s *Store, learners, rounds int) (id, name func(int) string) {
	t.Helper()
	id = func(i int) string { return fmt.Sprintf("LEARNER%019d", i*7919%1000) }
	name = func(i int) string { return fmt.Sprintf("Luz Quispe %03d", i) }
	if err := publish(t.Context(), s, "Birds"); err != nil {
		t.Fatal(err)
	}
	for i := range learners {
		l := &aulav1.Learner{Id: id(i), Name: name(i), CreatedAt: timestamppb.New(time.UnixMilli(0))}
		if _, err := s.CreateLearner(t.Context(), l, "", Key{ID: fmt.Sprint("key", i), Name: "phone", Hash: []byte{1}, CreatedAt: time.UnixMilli(0)}); err != nil {
			t.Fatal(err)
		}
	}
	n := 0
	for range rounds {
		s.mustTx(t, func(s *Store, exec func(string, ...any)) {
			for i := range learners {
				n++
				attempt := fmt.Sprintf("ATTEMPT%09d", n)
				exec(`INSERT INTO attempts (id, set_id, revision, participant, nickname, language, mode, cards, seed, question_count, started_at)
					VALUES ($1, 'birds', 1, $2, $3, 'es', 1, FALSE, 1, 1, 1)`, attempt, id(i), name(i))
				exec(`INSERT INTO answers (`+answerColumns+`) VALUES ($1, 'wren', 1, $2, $3, 'es', 1, 0, 0, 1, 1, 1, 0)`, attempt, "r", []byte("x"))
				question := fmt.Sprint("q", n*7919%100003)
				exec(`INSERT INTO reviews (learner_id, id, seq, device, set_id, question_id, counts_at, study_day, event)
					VALUES ($1, $2, $3, 'key', 'birds', $4, 1, 1, $5)`,
					id(i), fmt.Sprint("event", n*104729%1000003), n, question, []byte("event"))
				exec(`INSERT INTO cards (learner_id, set_id, question_id, state, phase, due_at, "interval", first_day, last_day, lapses, suspended,
					buried_day, version, seq, head_at, head_device, head_seq, head_id) VALUES ($1, 'birds', $2, $3, 1, $4, 1, 1, 1, 0, FALSE, 0, 1, $5, 1, 'key', 1, 'e')`,
					id(i), question, []byte("state"), n*31337%10007, n)
				exec(`UPDATE cards SET due_at = due_at * 7, state = $3 WHERE learner_id = $1 AND question_id = $2`, id(i), question, []byte("a longer state"))
			}
		})
	}
	for i := range learners {
		s.mustTx(t, func(s *Store, exec func(string, ...any)) {
			exec(`INSERT INTO standings (set_id, participant, name, points, max_points, finished_at, tie) VALUES ('birds', $1, $2, $3, 9, 1, $3)`, id(i), name(i), i)
			exec(`INSERT INTO study_days (learner_id, day, reviews, duration) VALUES ($1, 1, 1, 1)`, id(i))
			exec(`INSERT INTO freezes (learner_id, number, date, kind, change) VALUES ($1, 1, '1970-01-02', 1, 1)`, id(i))
		})
	}
	return id, name
}

func TestEraseLearner(t *testing.T) {
	name := filepath.Join(t.TempDir(), "aula.db")
	s := openFile(t, name)
	id, nameOf := manyLearners(t, s, 80, 60)
	for _, i := range []int{0, 33, 63, 79} {
		if err := s.EraseLearner(t.Context(), id(i), keptTime); err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{id(i), nameOf(i)} {
			if file, log, backup := onDisk(t, name, text); file+log+backup > 0 {
				t.Errorf("%s is %d times in the file, %d times in its log and %d times in a copy", text, file, log, backup)
			}
		}
	}
	var check string
	if err := s.row(t.Context(), `PRAGMA integrity_check`, nil, &check); err != nil || check != "ok" {
		t.Errorf("the file is not whole: %s, %v", check, err)
	}
}

// What is planted in the unused part of pages is wiped, the words that are looked for and no
// others, and nothing that is used.
func TestWipe(t *testing.T) {
	name := filepath.Join(t.TempDir(), "aula.db")
	s := openFile(t, name)
	id, _ := manyLearners(t, s, 20, 5)
	planted := 0
	s.mustTx(t, func(s *Store, exec func(string, ...any)) {
		var pages int
		if err := s.row(t.Context(), `PRAGMA page_count`, nil, &pages); err != nil {
			t.Fatal(err)
		}
		for number := 1; number <= pages; number++ {
			var page []byte
			if err := s.row(t.Context(), `SELECT data FROM sqlite_dbpage WHERE pgno = $1`, []any{number}, &page); err != nil {
				t.Fatal(err)
			}
			word := "Luz de América"
			if number%2 == 0 {
				word = "another's name"
			}
			if parts := unused(number, page); len(parts) > 0 && len(parts[0]) > len(word) {
				planted++
				copy(parts[0][len(parts[0])/2-len(word)/2:], word)
				exec(`UPDATE sqlite_dbpage SET data = $1 WHERE pgno = $2`, page, number)
			}
		}
	})
	if err := s.emptyLog(t.Context()); err != nil {
		t.Fatal(err)
	}
	before, _, _ := onDisk(t, name, "Luz de América")
	others, _, _ := onDisk(t, name, "another's name")
	if before < 5 || before+others != planted {
		t.Fatalf("planted %d: %d and %d", planted, before, others)
	}
	if err := s.wipe(t.Context(), "Luz", "Luz de América", id(3)); err != nil {
		t.Fatal(err)
	}
	if file, log, _ := onDisk(t, name, "Luz de América"); file+log > 0 {
		t.Errorf("it is there %d times, and in the log %d times", file, log)
	}
	if left, _, _ := onDisk(t, name, "another's name"); left != others {
		t.Errorf("of %d others %d are there", others, left)
	}
	var check string
	if err := s.row(t.Context(), `PRAGMA integrity_check`, nil, &check); err != nil || check != "ok" {
		t.Errorf("the file is not whole: %s, %v", check, err)
	}
	var attempts int
	if err := s.row(t.Context(), `SELECT count(*) FROM attempts WHERE participant = $1`, []any{id(3)}, &attempts); err != nil || attempts != 5 {
		t.Errorf("one who stays has %d attempts, %v", attempts, err)
	}
}

// While somebody reads for long the log is emptied later.
func TestEmptyLogLater(t *testing.T) {
	name := filepath.Join(t.TempDir(), "aula.db")
	s := openFile(t, name)
	size := func() int64 {
		info, err := os.Stat(name + "-wal")
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	err := s.view(t.Context(), func(reading *Store) error {
		if _, err := reading.texts(t.Context(), `SELECT id FROM sets`); err != nil {
			return err
		}
		if err := publish(t.Context(), s, "Birds"); err != nil {
			return err
		}
		return s.emptyLog(t.Context())
	})
	if err != nil || size() == 0 {
		t.Fatalf("emptied under a reader: %d bytes, %v", size(), err)
	}
	for size() > 0 {
		time.Sleep(50 * time.Millisecond)
	}
}

// Every table that names learners is known to EraseLearner and to Held.
func TestTablesOfLearners(t *testing.T) {
	s := openFile(t, filepath.Join(t.TempDir(), "aula.db"))
	got, err := s.texts(t.Context(), `SELECT tables.name || '.' || columns.name FROM sqlite_master tables, pragma_table_info(tables.name) columns
		WHERE tables.type = 'table' AND columns.name IN ('learner', 'learner_id', 'participant') ORDER BY 1`)
	want := []string{
		"attempts.participant", "cards.learner_id", "freezes.learner_id", "join_codes.learner_id", "keys.learner", "reviews.learner_id",
		"standings.participant", "study_days.learner_id",
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("learners are named in %v, %v; erased and told are %v", got, err, want)
	}
}
