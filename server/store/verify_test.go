package store

import (
	"slices"
	"testing"
)

// Faults that are planted in what is worked out from the logs are found, each, and put right so
// that everything is as it was.
func TestWrong(t *testing.T) {
	enginesOf(t, func(t *testing.T, another func() string) {
		s, ctx := openAny(t, another()), t.Context()
		fill(t, s)
		cards := func(repair bool) []string {
			wrong, err := s.WrongCards(ctx, "luz", counting{}, repair)
			if err != nil {
				t.Fatal(err)
			}
			return wrong
		}
		days := func(repair bool) int {
			wrong, err := s.WrongDays(ctx, "luz", repair)
			if err != nil {
				t.Fatal(err)
			}
			return len(wrong)
		}
		if wrong, n := cards(false), days(false); len(wrong)+n > 0 {
			t.Fatalf("cards %v and %d days are wrong of what was just written", wrong, n)
		}
		// A card's place in the log changes as it is put right, so that devices are told.
		before := sums(t, s)["study_days"]
		for _, plant := range []string{
			`UPDATE cards SET state = (SELECT state FROM cards WHERE question_id = 'q0') WHERE question_id = 'q1'`,
			`UPDATE cards SET state = '' WHERE question_id = 'q1'`,
			`UPDATE cards SET state = (SELECT hash FROM keys WHERE learner = 'luz') WHERE question_id = 'q1'`,
			`UPDATE cards SET due_at = due_at + 1 WHERE question_id = 'q1'`,
			`UPDATE cards SET suspended = NOT suspended WHERE question_id = 'q1'`,
			`UPDATE cards SET version = version + 1 WHERE question_id = 'q1'`,
			`UPDATE cards SET lapses = 99, phase = 0 WHERE question_id = 'q1'`,
			`UPDATE cards SET head_at = head_at + 1 WHERE question_id = 'q1'`,
			`DELETE FROM cards WHERE question_id = 'q1'`,
		} {
			s.mustTx(t, func(_ *Store, exec func(string, ...any)) { exec(plant) })
			for i, want := range [][]string{{"aves/q1"}, {"aves/q1"}, nil} {
				if wrong := cards(i == 1); !slices.Equal(wrong, want) {
					t.Errorf("%s: %d: wrong are %v", plant, i, wrong)
				}
			}
		}
		for plant, want := range map[string]int{
			`DELETE FROM study_days WHERE day = (SELECT min(day) FROM study_days)`:                               1,
			`UPDATE study_days SET reviews = reviews + 1, duration = 0`:                                          int(before.rows),
			`INSERT INTO study_days (learner_id, day, reviews, duration) VALUES ('luz', 7, 1, 1)`:                1,
			`UPDATE study_days SET duration = duration - 1 WHERE day = (SELECT max(day) FROM study_days)`:        1,
			`UPDATE study_days SET reviews = -3 WHERE day = (SELECT max(day) FROM study_days WHERE day < 99999)`: 1,
		} {
			s.mustTx(t, func(_ *Store, exec func(string, ...any)) { exec(plant) })
			for i, want := range []int{want, want, 0} {
				if wrong := days(i == 1); wrong != want {
					t.Errorf("%s: %d: %d days are wrong, want %d", plant, i, wrong, want)
				}
			}
			s.mustTx(t, func(_ *Store, exec func(string, ...any)) {
				exec(`DELETE FROM study_days WHERE reviews = 0 AND day = 7`)
			})
			if is := sums(t, s)["study_days"]; is != before {
				t.Errorf("%s: the days are not what they were", plant)
			}
		}
		review(t, s, "luz", 31, 45) // goes on from what was put right
		if wrong, n := cards(false), days(false); len(wrong)+n > 0 {
			t.Errorf("cards %v and %d days are wrong", wrong, n)
		}
		if _, err := s.WrongCards(ctx, "nobody", counting{}, true); err != nil {
			t.Errorf("of nobody: %v", err)
		}
	})
}

// A standing is the best of its participant's finished attempts, whatever was planted.
func TestCheckStanding(t *testing.T) {
	enginesOf(t, func(t *testing.T, another func() string) {
		s, ctx := openAny(t, another()), t.Context()
		fill(t, s)
		of := func(log *Log) (*Standing, error) {
			return Ranked{Counts: func(string) bool { return true }, MaxPoints: 9}.Standing(log), nil
		}
		check := func(participant string, repair bool) bool {
			right, err := s.CheckStanding(ctx, "aves", participant, of, repair)
			if err != nil {
				t.Fatal(err)
			}
			return right
		}
		before := sums(t, s)["standings"]
		for _, participant := range []string{"luz", "guest", "nobody"} {
			if !check(participant, false) {
				t.Fatalf("the standing of %s is wrong as it was just written", participant)
			}
		}
		for plant, participant := range map[string]string{
			`DELETE FROM standings WHERE participant = 'luz'`:                                                                                     "luz",
			`UPDATE standings SET points = points + 1 WHERE participant = 'luz'`:                                                                  "luz",
			`UPDATE standings SET points = points - 1 WHERE participant = 'luz'`:                                                                  "luz",
			`UPDATE standings SET max_points = 3 WHERE participant = 'guest'`:                                                                     "guest",
			`UPDATE standings SET finished_at = finished_at - 1000 WHERE participant = 'guest'`:                                                   "guest",
			`UPDATE standings SET tie = 0 WHERE participant = 'guest'`:                                                                            "guest",
			`UPDATE standings SET name = 'Eva' WHERE participant = 'luz'`:                                                                         "luz",
			`INSERT INTO standings (set_id, participant, name, points, max_points, finished_at, tie) VALUES ('aves', 'nobody', '', 99, 99, 1, 1)`: "nobody",
		} {
			s.mustTx(t, func(_ *Store, exec func(string, ...any)) { exec(plant) })
			if check(participant, false) || check(participant, true) || !check(participant, false) {
				t.Errorf("%s: not found, or not put right", plant)
			}
			if is := sums(t, s)["standings"]; is != before {
				t.Errorf("%s: the standings are not what they were", plant)
			}
			if top, n, err := s.Top(ctx, "aves"); err != nil || n != 2 || top.Rows[0].Points != 7 {
				t.Errorf("%s: the top is %v of %d, %v", plant, top, n, err)
			}
		}
	})
}

// Content that is lost, or another, is found.
func TestCheckContent(t *testing.T) {
	enginesOf(t, func(t *testing.T, another func() string) {
		for _, plant := range []string{
			`DELETE FROM contents WHERE digest = (SELECT digest FROM revisions)`,
			`DELETE FROM contents WHERE digest = (SELECT digest FROM media)`,
			`UPDATE contents SET content = '' WHERE digest = (SELECT digest FROM media)`,
		} {
			s := openAny(t, another())
			fill(t, s)
			s.mustTx(t, func(_ *Store, exec func(string, ...any)) { exec(plant) })
			if faults, err := s.Check(t.Context()); err != nil || len(faults) != 1 {
				t.Errorf("%s: found %q, %v", plant, faults, err)
			}
		}
	})
}
