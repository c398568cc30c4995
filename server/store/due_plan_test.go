package store

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
)

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
		var plan []string
		err := s.rows(t.Context(), `EXPLAIN QUERY PLAN `+query, make([]any, strings.Count(query, "$")), func(rows *sql.Rows) error {
			var a, b, c int
			var step string
			err := rows.Scan(&a, &b, &c, &step)
			plan = append(plan, step)
			return err
		})
		told := strings.Join(plan, "\n")
		if err != nil || !strings.Contains(told, want) || strings.Contains(told, "SCAN cards") || strings.Contains(told, "TEMP B-TREE") {
			t.Errorf("%s\n%s\n%v", query, told, err)
		}
	}
}
