package store

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"

	aulav1 "aula/proto/aula/v1"
)

// StudyDay is a day on which a learner studied.
type StudyDay struct {
	Day      int32 // in days since 1970-01-01
	Reviews  int
	Begun    int // cards reviewed for the first time
	Duration time.Duration
}

// StudyDays lists the days on which a learner studied, in order.
func (s *Store) StudyDays(ctx context.Context, learner string) (days []StudyDay, err error) {
	defer s.operation(ctx, "StudyDays")()
	const query = `SELECT d.day, d.reviews, d.duration,
			(SELECT count(*) FROM cards c WHERE c.learner_id = d.learner_id AND c.first_day = d.day AND c.phase > 0)
		FROM study_days d WHERE d.learner_id = $1 AND d.reviews > 0 ORDER BY d.day`
	err = s.rows(ctx, query, []any{learner}, func(rows *sql.Rows) error {
		var d StudyDay
		var duration int64
		err := rows.Scan(&d.Day, &d.Reviews, &duration, &d.Begun)
		d.Duration = time.Duration(duration) * time.Millisecond
		days = append(days, d)
		return err
	})
	return days, err
}

// selectRecalled finds the cards that were asked lately by an index of theirs, and goes from these
// to their reviews: a log has years of others. CROSS JOIN has SQLite keep to that order.
const selectRecalled = `SELECT r.set_id, r.question_id, r.study_day, r.event FROM cards c
	CROSS JOIN reviews r
	WHERE c.learner_id = $1 AND c.last_day >= $2
		AND r.learner_id = c.learner_id AND r.set_id = c.set_id AND r.question_id = c.question_id
		AND r.study_day >= $2 AND r.study_day > c.first_day
		AND NOT EXISTS (SELECT 1 FROM reviews u WHERE u.learner_id = r.learner_id AND u.undoes = r.id)
	ORDER BY r.counts_at, r.id`

// Recalled counts, of a learner's cards that were begun with before, those asked again on each
// day since one, and how many of them were recalled when first asked that day.
func (s *Store) Recalled(ctx context.Context, learner string, since int32) (asked, recalled int, err error) {
	defer s.operation(ctx, "Recalled")()
	type onDay struct {
		cardID
		day int32
	}
	seen := map[onDay]bool{}
	err = s.rows(ctx, selectRecalled, []any{learner, int64(since)}, func(rows *sql.Rows) error {
		var of onDay
		var encoded sql.RawBytes
		if err := rows.Scan(&of.set, &of.question, &of.day, &encoded); err != nil {
			return err
		}
		e, err := decodeEvent(encoded)
		if err != nil || e.GetRated() == aulav1.CardAnswer_RATING_UNSPECIFIED || seen[of] {
			return err
		}
		seen[of] = true
		asked++
		if e.GetRated() != aulav1.CardAnswer_AGAIN {
			recalled++
		}
		return nil
	})
	return asked, recalled, err
}

// Freezes returns a learner's ledger of freezes, oldest entry first, once it says what follows
// from the days on which they studied: what is missing is added, and what does not follow any
// more is reversed. Nothing in it is ever changed. Errors: ErrNotFound (the learner).
func (s *Store) Freezes(ctx context.Context, learner string, follows []*aulav1.FreezeEntry) ([]*aulav1.FreezeEntry, error) {
	defer s.operation(ctx, "Freezes")()
	ledger, err := s.freezes(ctx, learner)
	if err != nil || len(corrections(ledger, follows)) == 0 {
		return ledger, err
	}
	err = s.Tx(ctx, func(s *Store) error {
		// Nobody else writes to it from here on.
		if locked, err := s.exec(ctx, `UPDATE learners SET seq = seq WHERE id = $1`, learner); err != nil || locked == 0 {
			return cmp.Or(err, ErrNotFound)
		}
		if ledger, err = s.freezes(ctx, learner); err != nil {
			return err
		}
		for _, e := range corrections(ledger, follows) {
			ledger = append(ledger, e)
			const add = `INSERT INTO freezes (learner_id, number, date, kind, change) VALUES ($1, $2, $3, $4, $5)`
			if _, err := s.exec(ctx, add, learner, len(ledger), e.GetDate(), int64(e.GetKind()), e.GetChange()); err != nil {
				return err
			}
		}
		return nil
	})
	return ledger, err
}

func (s *Store) freezes(ctx context.Context, learner string) (ledger []*aulav1.FreezeEntry, err error) {
	const query = `SELECT date, kind, change FROM freezes WHERE learner_id = $1 ORDER BY number`
	err = s.rows(ctx, query, []any{learner}, func(rows *sql.Rows) error {
		e := &aulav1.FreezeEntry{}
		ledger = append(ledger, e)
		return rows.Scan(&e.Date, &e.Kind, &e.Change)
	})
	return ledger, err
}

// corrections are the entries that make a ledger say what follows.
func corrections(ledger, follows []*aulav1.FreezeEntry) (add []*aulav1.FreezeEntry) {
	type entry struct {
		date   string
		change int32 // 1 is what was earned, -1 what was used
	}
	stands := map[entry]bool{}
	for _, e := range ledger {
		if e.GetKind() == aulav1.FreezeEntry_REVERSED {
			delete(stands, entry{e.GetDate(), -e.GetChange()})
		} else {
			stands[entry{e.GetDate(), e.GetChange()}] = true
		}
	}
	for _, e := range follows {
		of := entry{e.GetDate(), e.GetChange()}
		if !stands[of] {
			add = append(add, e)
		}
		delete(stands, of)
	}
	for of := range stands {
		add = append(add, &aulav1.FreezeEntry{Date: of.date, Kind: aulav1.FreezeEntry_REVERSED, Change: -of.change})
	}
	slices.SortFunc(add, func(a, b *aulav1.FreezeEntry) int {
		return cmp.Or(strings.Compare(a.GetDate(), b.GetDate()), cmp.Compare(b.GetChange(), a.GetChange()))
	})
	return add
}
