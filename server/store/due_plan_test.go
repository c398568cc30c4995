package store

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
)

// What was recalled lately is found by the cards that were asked, and not among all reviews.
func TestRecalledPlan(t *testing.T) {
	s := openFile(t, filepath.Join(t.TempDir(), "aula.db"))
	for _, want := range []string{
		"SEARCH c USING COVERING INDEX cards_reviewed (learner_id=? AND last_day>?)",
		"SEARCH r USING INDEX reviews_card (learner_id=? AND set_id=? AND question_id=?)",
	} {
		if told := planOf(t, s, selectRecalled); !strings.Contains(told, want) {
			t.Errorf("%s\nwant %s", told, want)
		}
	}
}

// planOf is how SQLite goes about a query, a step a line.
func planOf(t *testing.T, s *Store, query string) string {
	t.Helper()
	var plan []string
	err := s.rows(t.Context(), `EXPLAIN QUERY PLAN `+query, make([]any, strings.Count(query, "$")), func(rows *sql.Rows) error {
		var a, b, c int
		var step string
		err := rows.Scan(&a, &b, &c, &step)
		plan = append(plan, step)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(plan, "\n")
}

// What a learner waits for is read from an index, in its order, whatever else there is.
func TestDuePlans(t *testing.T) {
	s := openFile(t, filepath.Join(t.TempDir(), "aula.db"))
	for query, want := range map[string]string{
		selectDue:                         "SEARCH cards USING COVERING INDEX cards_due (learner_id=? AND set_id=? AND suspended=? AND phase=? AND (due_at,question_id)>(?,?) AND due_at<?)",
		selectStudied:                     "SEARCH cards USING COVERING INDEX cards_reviewed (learner_id=? AND last_day>?)",
		selectBuried:                      "SEARCH cards USING COVERING INDEX cards_buried (learner_id=? AND buried_day>?)",
		selectExams:                       "SEARCH attempts USING INDEX attempts_exams (participant=?)",
		selectKnown:                       "SEARCH cards USING COVERING INDEX",
		selectStates:                      "SEARCH cards USING INDEX sqlite_autoindex_cards_1 (learner_id=? AND set_id=? AND question_id>?)",
		selectChanged:                     "SEARCH cards USING INDEX cards_changed (learner_id=? AND ",
		`SELECT question_id` + namedCards: "SEARCH cards USING COVERING INDEX sqlite_autoindex_cards_1 (learner_id=? AND set_id=? AND question_id=?)",
		selectStudiedSets:                 "(learner_id=? AND set_id>?)",
	} {
		told := planOf(t, s, query)
		if !strings.Contains(told, want) || strings.Contains(told, "SCAN cards") || strings.Contains(told, "TEMP B-TREE") {
			t.Errorf("%s\n%s", query, told)
		}
	}
}
