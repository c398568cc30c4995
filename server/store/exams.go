package store

import (
	"context"
	"database/sql"

	aulav1 "aula/proto/aula/v1"
)

const selectExams = `SELECT id, set_id, revision, seed, question_count FROM attempts
	WHERE participant = $1 AND mode = 2 AND finished_at IS NULL ORDER BY id`

// ExamsUnderWay lists the exams that a learner has begun and not finished. Every review asks
// for it, so it is kept in memory; the list must not be changed.
func (s *Store) ExamsUnderWay(ctx context.Context, learner string) (exams []Attempt, err error) {
	defer s.operation(ctx, "ExamsUnderWay")()
	exams, version, known := s.kept.examsOf(learner)
	if known {
		return exams, nil
	}
	err = s.rows(ctx, selectExams, []any{learner}, func(rows *sql.Rows) error {
		a := Attempt{Participant: learner, Mode: aulav1.Attempt_EXAM}
		err := rows.Scan(&a.ID, &a.Set, &a.Revision, &a.Seed, &a.QuestionCount)
		exams = append(exams, a)
		return err
	})
	if err != nil {
		return nil, err
	}
	s.kept.offerExams(learner, exams, version)
	return exams, nil
}

// keptLearners is of how many learners it is kept which exams they are at, and keptExams how
// many a learner may be at for that.
const (
	keptLearners = 1 << 14
	keptExams    = 16
)

// examsOf returns a learner's exams, or the version to offer them with.
func (k *kept) examsOf(learner string) (exams []Attempt, version uint32, known bool) {
	if k == nil {
		return nil, 0, false
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	exams, known = k.exams.Get(learner)
	return exams, *k.version(learner), known
}

// offerExams keeps a learner's exams that were read, unless they may be out of date.
func (k *kept) offerExams(learner string, exams []Attempt, version uint32) {
	if k == nil || len(exams) > keptExams {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if *k.version(learner) == version {
		k.exams.Add(learner, exams)
	}
}

// forgetExams is told of an attempt that was committed.
func (k *kept) forgetExams(log *Log) {
	if log.Mode == aulav1.Attempt_EXAM && !log.Guest() {
		*k.version(log.Participant)++
		k.exams.Remove(log.Participant)
	}
}
