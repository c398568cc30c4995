package store

import (
	"context"

	"github.com/jackc/pgx/v5"
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

// lockLogs begins a transaction and returns the attempts of a batch by their ids, each locked
// until it ends. Those that somebody else has locked it leaves out, so that it waits for nobody;
// and those there are none of. What others have committed is seen by the statement that comes
// after the lock.
func (s *Store) lockLogs(ctx context.Context, c *pgx.Conn, batch []*entry) (map[string]*Log, error) {
	ids := make([]string, len(batch))
	for i, e := range batch {
		ids[i] = e.attempt()
	}
	logs := make(map[string]*Log, len(ids))
	known := make(map[string]bool, len(ids))
	now := make(map[string]extent, len(ids))
	b := &pgx.Batch{}
	b.Queue("BEGIN")
	b.Queue(selectAttempt+` WHERE id = ANY($1) ORDER BY id FOR UPDATE SKIP LOCKED`, ids).Query(each(func(rows pgx.Rows) error {
		a, err := scanAttempt(rows.Scan)
		logs[a.ID] = &Log{Attempt: a}
		if seen, _ := s.seen.get(a.ID); seen != nil {
			logs[a.ID], known[a.ID] = seen.of(a), true
		}
		return err
	}))
	b.Queue(`SELECT attempt_id, count(*), CAST(sum(answered_at) AS BIGINT), 0 FROM answers WHERE attempt_id = ANY($1) GROUP BY attempt_id
		UNION ALL SELECT attempt_id, 0, 0, count(*) FROM hints WHERE attempt_id = ANY($1) GROUP BY attempt_id`, ids).
		Query(each(func(rows pgx.Rows) error {
			var id string
			var e extent
			err := rows.Scan(&id, &e.answers, &e.times, &e.hints)
			all := now[id]
			now[id] = extent{all.answers + e.answers, all.times + e.times, all.hints + e.hints}
			return err
		}))
	if err := c.SendBatch(ctx, b).Close(); err != nil {
		return nil, err
	}
	var unread []string
	for id, log := range logs {
		if known[id] && now[id] != log.extent() {
			logs[id], known[id] = &Log{Attempt: log.Attempt}, false
		}
		if !known[id] && now[id] != (extent{}) {
			unread = append(unread, id)
		}
	}
	return logs, readLogs(ctx, c, logs, unread)
}

// readLogs reads the answers and hints of attempts into their logs.
func readLogs(ctx context.Context, c *pgx.Conn, logs map[string]*Log, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	b := &pgx.Batch{}
	const answers = `SELECT ` + answerColumns + ` FROM answers WHERE attempt_id = ANY($1) ORDER BY attempt_id, question_id, try`
	b.Queue(answers, ids).Query(each(func(rows pgx.Rows) error {
		a, err := scanAnswer(rows)
		if err == nil {
			logs[a.Attempt].add(a)
		}
		return err
	}))
	const hints = `SELECT attempt_id, question_id, number FROM hints WHERE attempt_id = ANY($1) ORDER BY attempt_id, question_id, number`
	b.Queue(hints, ids).Query(each(func(rows pgx.Rows) error {
		var id string
		var h Hint
		err := rows.Scan(&id, &h.Question, &h.Number)
		if err == nil {
			logs[id].Hints = append(logs[id].Hints, h)
		}
		return err
	}))
	return c.SendBatch(ctx, b).Close()
}

// each calls scan for each row.
func each(scan func(pgx.Rows) error) func(pgx.Rows) error {
	return func(rows pgx.Rows) error {
		for rows.Next() {
			if err := scan(rows); err != nil {
				return err
			}
		}
		return rows.Err()
	}
}
