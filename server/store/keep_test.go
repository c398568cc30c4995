package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	aulav1 "aula/proto/aula/v1"
)

// keptTime is when everything of these tests happens.
var keptTime = time.UnixMilli(1_800_000_000_123).UTC()

// openAny opens a database of either engine.
func openAny(t *testing.T, name string) *Store {
	t.Helper()
	s, err := Open(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// enginesOf runs a test with the names of new databases of one engine, and where there is
// PostgreSQL of the other.
func enginesOf(t *testing.T, test func(t *testing.T, another func() string)) {
	t.Run("sqlite", func(t *testing.T) { test(t, func() string { return filepath.Join(t.TempDir(), "aula test?%.db") }) })
	t.Run("postgres", func(t *testing.T) {
		if NewPostgres(t) == "" {
			t.Skip("set AULA_TEST_POSTGRES=1 to run on PostgreSQL as well")
		}
		test(t, func() string { return NewPostgres(t) })
	})
}

// NewPostgres makes an empty database and returns its URL; "" where there is no PostgreSQL. It is
// set by the tests outside the package, which start the server.
var NewPostgres func(t *testing.T) string

// counting is a scheduler that counts.
type counting struct{}

func (counting) Version() int32 { return 1 }

func (c counting) Fold(set, question string, events []*aulav1.ReviewEvent) (*aulav1.CardState, error) {
	undone := map[string]bool{}
	for _, e := range events {
		undone[e.GetUndo()] = true
	}
	events = slices.DeleteFunc(slices.Clone(events), func(e *aulav1.ReviewEvent) bool { return e.GetUndo() != "" || undone[e.GetId()] })
	slices.SortFunc(events, func(a, b *aulav1.ReviewEvent) int { return cmp.Compare(a.GetDeviceSeq(), b.GetDeviceSeq()) })
	state := &aulav1.CardState{Set: set, Question: question}
	for _, e := range events {
		state, _ = c.After(state, e) // never fails
	}
	return state, nil
}

func (c counting) After(card *aulav1.CardState, e *aulav1.ReviewEvent) (*aulav1.CardState, error) {
	next := proto.CloneOf(card)
	next.Reviews++
	if e.GetRated() == aulav1.CardAnswer_AGAIN {
		next.Lapses++
	}
	next.Phase, next.SchedulingVersion, next.LastDay = aulav1.CardState_REVIEW, c.Version(), e.GetStudyDay()
	next.FirstDay = cmp.Or(next.GetFirstDay(), e.GetStudyDay())
	next.DueAt = timestamppb.New(e.GetAnsweredAt().AsTime().Add(time.Duration(e.GetRated()) * time.Hour))
	return next, nil
}

// fill has a row, or several, in every table, with what is hard to carry over: nothing, no time,
// bytes of all kinds, texts in many scripts, numbers at their ends, truth in both kinds.
func fill(t *testing.T, s *Store) {
	t.Helper()
	ctx := t.Context()
	set := &aulav1.QuestionSet{Id: "aves", Language: "es", Title: map[string]string{"es": "Pájaros ñandú 🐦", "en": "Birds"}}
	if _, _, err := s.Publish(ctx, set, keptTime); err != nil {
		t.Fatal(err)
	}
	for _, learner := range []string{"luz", "eva"} {
		l := &aulav1.Learner{Id: learner, Name: "Luz de América", Scheduling: &aulav1.Scheduling{Version: 1}, CreatedAt: timestamppb.New(keptTime)}
		if _, err := s.CreateLearner(ctx, l, map[string]string{"luz": "request"}[learner],
			Key{ID: "key-" + learner, Name: "phone", Hash: []byte{0, 1, 0xff, 0xfe}, CreatedAt: keptTime}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.CreateJoinCode(ctx, "luz", []byte{0, 0xff}, keptTime, keptTime.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.CreateKey(ctx, Key{ID: "teacher", Role: aulav1.AccessKey_TEACHER, Name: "Ana", Hash: []byte{}, CreatedAt: keptTime, ExpiresAt: keptTime}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.RevokeKey(ctx, "teacher", keptTime); err != nil {
		t.Fatal(err)
	}
	for i, at := range []Attempt{
		{ID: "theirs", Participant: "luz", Nickname: "Luz", Seed: -1 << 63, RequestID: "r1"},
		{ID: "another", Participant: "luz", Nickname: "Luz", Seed: 1<<63 - 1, Cards: true},
		{ID: "guest", Participant: "guest", Nickname: "日本", Seed: 0},
	} {
		at.Set, at.Revision, at.Language, at.Mode, at.QuestionCount, at.StartedAt = "aves", 1, "es", aulav1.Attempt_EXAM, 2, keptTime
		if _, err := s.CreateAttempt(ctx, at); err != nil {
			t.Fatal(err)
		}
		given, _ := EncodeAnswer(&aulav1.Answer{Kind: &aulav1.Answer_Text{Text: &aulav1.TextAnswer{Text: "un cóndor"}}})
		added, err := s.AddAnswers(ctx, Submission{
			Answer: Answer{
				Attempt: at.ID, Question: "q1", Try: 1, RequestID: "r", Language: "es", Fraction: 1.0 / 3, Points: int32(5 + i), At: keptTime, Given: given,
			},
			Grade: func([]Answer, *Answer) error { return nil },
		})
		if err != nil || added[0].Err != nil {
			t.Fatal(err, added)
		}
		ranked := Ranked{Counts: func(string) bool { return true }, MaxPoints: 9}
		if _, _, err := s.FinishAttempt(ctx, at.ID, ranked, nil, keptTime.Add(time.Duration(i)*time.Second)); err != nil {
			t.Fatal(err)
		}
	}
	review(t, s, "luz", 1, 30)
	s.mustTx(t, func(s *Store, exec func(string, ...any)) {
		exec(`INSERT INTO hints (attempt_id, question_id, number, revealed_at) VALUES ('guest', 'q1', 1, 5)`)
		exec(`INSERT INTO contents (digest, part, content, kept_at) VALUES ('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad', 0, $1, 1)`, []byte("abc"))
		exec(`INSERT INTO media (digest, content_type, size, kept_at) VALUES ('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad', 'image/png', 3, 1)`)
		exec(`INSERT INTO content_media (digest, media) VALUES ('a', 'b')`)
		exec(`INSERT INTO freezes (learner_id, number, date, kind, change) VALUES ('luz', 1, '2027-01-02', 1, -1)`)
	})
}

// review has a learner review two cards by turns, from one number of event to another. Every
// tenth event takes back the one before.
func review(t *testing.T, s *Store, learner string, from, to int) {
	t.Helper()
	for i := from; i <= to; i++ {
		at := keptTime.Add(time.Duration(i) * 7 * time.Hour)
		e := &aulav1.ReviewEvent{
			Id: fmt.Sprintf("%s-event-%04d", learner, i), Device: "key-" + learner, DeviceSeq: int64(i), AnsweredAt: timestamppb.New(at), ReceivedAt: timestamppb.New(at),
			StudyDay: int32(at.Unix() / 86400), DayBeganAt: timestamppb.New(at.Truncate(24 * time.Hour)), TimeZone: "UTC",
		}
		if i%10 == 0 {
			e.Action = &aulav1.ReviewEvent_Undo{Undo: fmt.Sprintf("%s-event-%04d", learner, i-1)}
		} else {
			e.Set, e.Question, e.Duration = "aves", fmt.Sprint("q", i%2), durationpb.New(1500*time.Millisecond)
			e.Rated = aulav1.CardAnswer_Rating(1 + i%4)
			e.Action = &aulav1.ReviewEvent_Rating{Rating: e.Rated}
		}
		if _, err := s.AddReviews(t.Context(), learner, counting{}, Review{ReviewEvent: e, CountsAt: at}); err != nil {
			t.Fatal(err)
		}
	}
}

// sums is what all tables hold, summed up.
func sums(t *testing.T, s *Store) map[string]sum {
	t.Helper()
	all := map[string]sum{}
	for _, table := range tables {
		columns, err := columnsOf(t.Context(), s.readers, table)
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(columns)
		if all[table], err = sumTable(t.Context(), s.readers, table, columns, func([]any) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// same fails where two databases do not hold the same, or where a table is empty.
func same(t *testing.T, a, b *Store) {
	t.Helper()
	as, bs := sums(t, a), sums(t, b)
	for _, table := range tables {
		if as[table] != bs[table] || as[table].rows == 0 {
			t.Errorf("table %s: %v and %v", table, as[table], bs[table])
		}
	}
}

// sound fails where a database is found damaged.
func sound(t *testing.T, s *Store) {
	t.Helper()
	if faults, err := s.Check(t.Context()); err != nil || len(faults) > 0 {
		t.Errorf("the database has %q, %v", faults, err)
	}
}

// Every table of the schema is copied, none but goose's own, and each after those it refers to.
func TestTables(t *testing.T) {
	s := openFile(t, filepath.Join(t.TempDir(), "aula.db"))
	got, err := s.texts(t.Context(), `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'goose_db_version' ORDER BY name`)
	if err != nil || !slices.Equal(got, slices.Sorted(slices.Values(tables))) {
		t.Errorf("the schema has %v, %v; copied are %v", got, err, tables)
	}
	for i, table := range tables {
		refers, err := s.texts(t.Context(), `SELECT "table" FROM pragma_foreign_key_list($1)`, table)
		if err != nil {
			t.Fatal(err)
		}
		for _, to := range refers {
			if !slices.Contains(tables[:i], to) {
				t.Errorf("%s is copied before %s, to which it refers", table, to)
			}
		}
	}
}

// To the other engine and back is as it was, and goes on from there.
func TestCopy(t *testing.T) {
	enginesOf(t, func(t *testing.T, another func() string) {
		file := func() string { return filepath.Join(t.TempDir(), "aula.db") }
		from, to, back := openAny(t, file()), openAny(t, another()), openAny(t, file())
		fill(t, from)
		copied, err := Copy(t.Context(), from, to)
		if err != nil || len(copied) != len(tables) {
			t.Fatal(copied, err)
		}
		for i, of := range copied {
			if of.Table != tables[i] || of.Rows == 0 {
				t.Errorf("copied %v", of)
			}
		}
		same(t, from, to)
		sound(t, to)
		if _, err := Copy(t.Context(), to, back); err != nil {
			t.Fatal(err)
		}
		same(t, from, back)
		sound(t, back)

		review(t, from, "luz", 31, 45)
		review(t, to, "luz", 31, 45)
		same(t, from, to)
		if top, n, err := to.Top(t.Context(), "aves"); err != nil || n != 2 || len(top.Rows) != 2 || top.Rows[0].Name != "日本" {
			t.Errorf("the top is %v of %d, %v", top, n, err)
		}
	})
}

// What is not empty is left as it is, and so is what a copy fails for.
func TestCopyRefuses(t *testing.T) {
	enginesOf(t, func(t *testing.T, another func() string) {
		from, to := openAny(t, another()), openAny(t, another())
		fill(t, from)
		if _, err := to.CreateKey(t.Context(), Key{ID: "one", Name: "Ana", Hash: []byte{1}, CreatedAt: keptTime}); err != nil {
			t.Fatal(err)
		}
		before := sums(t, to)
		if _, err := Copy(t.Context(), from, to); !errors.Is(err, ErrNotEmpty) {
			t.Errorf("into what is not empty: %v", err)
		}
		if _, err := Copy(t.Context(), from, from); !errors.Is(err, ErrNotEmpty) {
			t.Errorf("into itself: %v", err)
		}
		for table, was := range before {
			if is := sums(t, to)[table]; is != was {
				t.Errorf("%s is %v, was %v", table, is, was)
			}
		}
		stopped, stop := context.WithCancel(t.Context())
		stop()
		empty := openAny(t, another())
		if _, err := Copy(stopped, from, empty); !errors.Is(err, context.Canceled) {
			t.Errorf("stopped: %v", err)
		}
		for table, is := range sums(t, empty) {
			if is.rows > 0 {
				t.Errorf("%s has %d rows of a copy that was stopped", table, is.rows)
			}
		}
	})
}

// A sum tells rows apart that differ in anything, and not their order.
func TestSum(t *testing.T) {
	of := func(rows ...[]any) (total sum) {
		for _, row := range rows {
			if err := total.add(row); err != nil {
				t.Fatal(err)
			}
		}
		return total
	}
	rows := [][]any{
		{"ab", "c"}, {"a", "bc"}, {[]byte("ab"), "c"}, {nil, "c"}, {"", "c"}, {int64(0), "c"}, {false, "c"}, {true, "c"}, {0.0, "c"}, {int64(1), "c"},
	}
	for i := range rows {
		for j := range i {
			if of(rows[i]) == of(rows[j]) {
				t.Errorf("%v and %v have one sum", rows[i], rows[j])
			}
		}
	}
	if of(rows[0], rows[1]) != of(rows[1], rows[0]) || of(rows[0], rows[0]) == of(rows[0]) {
		t.Error("the order counts, or the number does not")
	}
	if err := new(sum).add([]any{time.Time{}}); err == nil {
		t.Error("a time was added up")
	}
}

// A backup is of one moment, while others write, and restores to the same on either engine.
func TestBackup(t *testing.T) {
	enginesOf(t, func(t *testing.T, another func() string) {
		s := openAny(t, another())
		fill(t, s)
		file := filepath.Join(t.TempDir(), "it's a backup?%.db")
		if err := s.Backup(t.Context(), file); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the backup is %v, %v", info, err)
		}
		before, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{another(), filepath.Join(t.TempDir(), "restored.db")} {
			if err := Restore(t.Context(), file, name); err != nil {
				t.Fatal(err)
			}
			restored := openAny(t, name)
			same(t, s, restored)
			sound(t, restored)
		}
		if after, err := os.ReadFile(file); err != nil || !slices.Equal(before, after) {
			t.Errorf("restoring changed the backup, %v", err)
		}
		if left, err := os.ReadDir(filepath.Dir(file)); err != nil || len(left) != 1 {
			t.Errorf("beside the backup there is %v, %v", left, err)
		}
	})
}

func TestBackupWhileOthersWrite(t *testing.T) {
	enginesOf(t, func(t *testing.T, another func() string) {
		s := openAny(t, another())
		fill(t, s)
		var writing sync.WaitGroup
		done := make(chan struct{})
		writing.Go(func() {
			for i := 31; ; i++ {
				select {
				case <-done:
					return
				default:
					review(t, s, "luz", i, i)
				}
			}
		})
		for i := range 4 {
			file := filepath.Join(t.TempDir(), fmt.Sprint(i, ".db"))
			if err := s.Backup(t.Context(), file); err != nil {
				t.Fatal(err)
			}
			kept := openAny(t, file)
			sound(t, kept)
			cards, err := kept.WrongCards(t.Context(), "luz", counting{}, false)
			if err != nil || len(cards) > 0 {
				t.Errorf("cards are not what their log says: %v, %v", cards, err)
			}
			days, err := kept.WrongDays(t.Context(), "luz", false)
			if err != nil || len(days) > 0 {
				t.Errorf("days are not what their log says: %v, %v", days, err)
			}
		}
		close(done)
		writing.Wait()
	})
}

// Nothing that is there already is written over, and nothing is left of what was not written.
func TestKeepRefuses(t *testing.T) {
	s := openFile(t, filepath.Join(t.TempDir(), "aula.db"))
	fill(t, s)
	folder := t.TempDir()
	at := func(name string) string { return filepath.Join(folder, name) }
	if err := s.Backup(t.Context(), at("good")); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(at("good"))
	if err != nil {
		t.Fatal(err)
	}
	write := func(name string, content []byte) {
		t.Helper()
		if err := os.WriteFile(at(name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	torn := slices.Clone(good)
	copy(torn[len(torn)/2:], strings.Repeat("garbage", 3000))
	write("torn", torn)
	write("short", good[:len(good)/3])
	write("text", []byte(strings.Repeat("not a database\n", 100)))
	write("empty", nil)
	s.mustTx(t, func(s *Store, exec func(string, ...any)) { exec(`UPDATE contents SET content = $1`, []byte("abd")) })
	if err := s.Backup(t.Context(), at("changed")); err != nil {
		t.Fatal(err)
	}
	s.mustTx(t, func(s *Store, exec func(string, ...any)) {
		exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, true)`)
	})
	if err := s.Backup(t.Context(), at("newer")); err != nil {
		t.Fatal(err)
	}
	write("there", []byte("mine"))
	write("log-wal", []byte("mine"))
	foreign, err := sql.Open("sqlite", "file:"+at("foreign"))
	if err == nil {
		_, err = foreign.ExecContext(t.Context(), "CREATE TABLE cards (id)")
	}
	if err = errors.Join(err, foreign.Close()); err != nil {
		t.Fatal(err)
	}
	before := list(t, folder)

	exists := func(err error) bool { return errors.Is(err, fs.ErrExist) }
	isDamaged := func(err error) bool { _, ok := errors.AsType[*DamagedError](err); return ok }
	for name, is := range map[string]func(error) bool{
		"torn": isDamaged, "short": isDamaged, "text": isDamaged, "changed": isDamaged,
		"empty":   func(err error) bool { return errors.Is(err, ErrNotAula) },
		"foreign": func(err error) bool { return errors.Is(err, ErrNotAula) },
		"newer":   func(err error) bool { _, ok := errors.AsType[*NewerError](err); return ok },
		"nothing": func(err error) bool { return errors.Is(err, fs.ErrNotExist) },
	} {
		if err := Restore(t.Context(), at(name), at("restored")); !is(err) {
			t.Errorf("restoring %s: %v", name, err)
		}
	}
	for _, name := range []string{"there", "good", "log"} {
		if err := Restore(t.Context(), at("good"), at(name)); !exists(err) {
			t.Errorf("restoring to %s: %v", name, err)
		}
	}
	for _, name := range []string{"there", "."} {
		if err := s.Backup(t.Context(), at(name)); !exists(err) {
			t.Errorf("a backup to %s: %v", name, err)
		}
	}
	if err := s.Backup(t.Context(), at("no/such/folder")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a backup to a folder that is not there: %v", err)
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if err := s.Backup(stopped, at("stopped")); !errors.Is(err, context.Canceled) {
		t.Errorf("a backup that is stopped: %v", err)
	}
	if after := list(t, folder); !slices.Equal(before, after) {
		t.Errorf("there is %v, was %v", after, before)
	}
	if mine, err := os.ReadFile(at("there")); err != nil || string(mine) != "mine" {
		t.Errorf("what was there is %q, %v", mine, err)
	}
}

func list(t *testing.T, folder string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

// Where there are no links, as on memory sticks, a file still takes no other's place; and one
// whose log is not in it is not kept.
func TestNewFile(t *testing.T) {
	link = func(string, string) error { return &os.LinkError{Op: "link", Err: errors.ErrUnsupported} }
	t.Cleanup(func() { link = os.Link })
	file := filepath.Join(t.TempDir(), "file")
	write := func(content string) func(string) error {
		return func(part string) error { return os.WriteFile(part, []byte(content), 0o600) }
	}
	if err := newFile(file, write("mine")); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{
		newFile(file, write("another's")),
		newFile(file+"2", func(part string) error {
			return errors.Join(write("another's")(part), write("mine")(file+"2"))
		}),
	} {
		if !errors.Is(err, fs.ErrExist) {
			t.Errorf("in the place of another: %v", err)
		}
	}
	err := newFile(file+"3", func(part string) error { return errors.Join(write("a")(part), write("b")(part+"-wal")) })
	if !errors.Is(err, ErrUnavailable) {
		t.Errorf("a file without its log: %v", err)
	}
	for _, name := range []string{file, file + "2"} {
		if content, err := os.ReadFile(name); err != nil || string(content) != "mine" {
			t.Errorf("%s has %q, %v", name, content, err)
		}
	}
	if names := list(t, filepath.Dir(file)); len(names) != 2 {
		t.Errorf("there is %v", names)
	}
}
