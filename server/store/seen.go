package store

import (
	"context"
	"database/sql"
)

// Where other processes write, what is kept of an attempt may be out of date. But its log only
// grows, until all of it is erased: what was seen of it is how it begins, and if it has as many
// entries by now, and their times come to the same, that is all of it. To count them takes much
// less than to read them.

// extent is how far an attempt's log goes.
type extent struct{ answers, times, hints int64 }

func (l *Log) extent() extent {
	e := extent{answers: int64(len(l.Answers)), hints: int64(len(l.Hints))}
	for _, a := range l.Answers {
		e.times += millis(a.At)
	}
	return e
}

// seenLog returns an attempt, of which it reads no more than it has to.
func (s *Store) seenLog(ctx context.Context, id string) (*Log, error) {
	seen, version := s.seen.get(id)
	if seen != nil {
		var now extent
		const extents = `, (SELECT count(*) FROM answers WHERE attempt_id = id),
			(SELECT CAST(COALESCE(sum(answered_at), 0) AS BIGINT) FROM answers WHERE attempt_id = id),
			(SELECT count(*) FROM hints WHERE attempt_id = id) FROM attempts WHERE id = $1`
		a, err := scanAttempt(func(into ...any) error {
			return s.row(ctx, `SELECT `+attemptColumns+extents, []any{id}, append(into, &now.answers, &now.times, &now.hints)...)
		})
		if err != nil {
			return nil, err
		}
		if now == seen.extent() {
			return seen.of(a), nil
		}
	}
	log, err := s.readLog(ctx, id)
	if err == nil {
		s.seen.offer(log, version)
	}
	return log, err
}

// of returns the log, of the attempt as it is now.
func (l *Log) of(a Attempt) *Log {
	if l.Attempt == a {
		return l
	}
	next := *l
	next.Attempt = a
	return &next
}

// lockLogs returns attempts by their ids, each locked until the transaction ends. Those that
// somebody else has locked, it leaves out, so that it waits for nobody; and those there are none
// of. What others have committed is seen by the statements that come after the lock.
//
// The lock also gives the transaction something to commit: so the answer to a repeat, which
// writes nothing, waits for a synchronous standby as the first did.
func (s *Store) lockLogs(ctx context.Context, ids []string) (map[string]*Log, error) {
	logs := make(map[string]*Log, len(ids))
	var seen, unseen []string
	query := selectAttempt + ` WHERE id = ANY($1) ORDER BY id FOR UPDATE SKIP LOCKED`
	err := s.rows(ctx, query, []any{ids}, func(rows *sql.Rows) error {
		a, err := scanAttempt(rows.Scan)
		if err != nil {
			return err
		}
		if known, _ := s.seen.get(a.ID); known != nil {
			logs[a.ID], seen = known.of(a), append(seen, a.ID)
		} else {
			logs[a.ID], unseen = &Log{Attempt: a}, append(unseen, a.ID)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	now, err := s.extents(ctx, seen)
	if err != nil {
		return nil, err
	}
	for _, id := range seen {
		if log := logs[id]; now[id] != log.extent() {
			logs[id], unseen = &Log{Attempt: log.Attempt}, append(unseen, id)
		}
	}
	return logs, s.readLogs(ctx, logs, unseen)
}

// extents returns how far logs go, by their attempts.
func (s *Store) extents(ctx context.Context, ids []string) (map[string]extent, error) {
	extents := make(map[string]extent, len(ids))
	if len(ids) == 0 {
		return extents, nil
	}
	const query = `SELECT attempt_id, count(*), CAST(sum(answered_at) AS BIGINT), 0 FROM answers WHERE attempt_id = ANY($1) GROUP BY attempt_id
		UNION ALL SELECT attempt_id, 0, 0, count(*) FROM hints WHERE attempt_id = ANY($1) GROUP BY attempt_id`
	err := s.rows(ctx, query, []any{ids}, func(rows *sql.Rows) error {
		var id string
		var e extent
		err := rows.Scan(&id, &e.answers, &e.times, &e.hints)
		all := extents[id]
		extents[id] = extent{all.answers + e.answers, all.times + e.times, all.hints + e.hints}
		return err
	})
	return extents, err
}

// readLogs reads the answers and hints of attempts into their logs.
func (s *Store) readLogs(ctx context.Context, logs map[string]*Log, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	const answers = `SELECT ` + answerColumns + ` FROM answers WHERE attempt_id = ANY($1) ORDER BY attempt_id, question_id, try`
	err := s.rows(ctx, answers, []any{ids}, func(rows *sql.Rows) error {
		a, err := scanAnswer(rows)
		if err == nil {
			logs[a.Attempt].add(a)
		}
		return err
	})
	if err != nil {
		return err
	}
	const hints = `SELECT attempt_id, question_id, number FROM hints WHERE attempt_id = ANY($1) ORDER BY attempt_id, question_id, number`
	return s.rows(ctx, hints, []any{ids}, func(rows *sql.Rows) error {
		var id string
		var h Hint
		err := rows.Scan(&id, &h.Question, &h.Number)
		if err == nil {
			logs[id].Hints = append(logs[id].Hints, h)
		}
		return err
	})
}
