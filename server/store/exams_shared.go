package store

// As on the branch of ListDueCards, in due.go: of the two one is to stay.

import (
	"context"
	"database/sql"

	aulav1 "aula/proto/aula/v1"
)

// ExamsUnderWay lists the exams that a learner has begun and not finished.
func (s *Store) ExamsUnderWay(ctx context.Context, learner string) (exams []Attempt, err error) {
	defer s.operation(ctx, "ExamsUnderWay")()
	err = s.rows(ctx, `SELECT id, set_id, revision, seed, question_count FROM attempts
		WHERE participant = $1 AND mode = 2 AND finished_at IS NULL ORDER BY id`, []any{learner}, func(rows *sql.Rows) error {
		a := Attempt{Participant: learner, Mode: aulav1.Attempt_EXAM}
		err := rows.Scan(&a.ID, &a.Set, &a.Revision, &a.Seed, &a.QuestionCount)
		exams = append(exams, a)
		return err
	})
	return exams, err
}
