package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"

	"google.golang.org/protobuf/proto"

	aulav1 "aula/proto/aula/v1"
)

// maxFaults is how many faults of one kind are told.
const maxFaults = 100

// Check looks for damage: to the file, to what rows refer to, and to the content of sets, which
// is named by its digest. It tells what it found in English, as the engine does.
func (s *Store) Check(ctx context.Context) (faults []string, err error) {
	defer s.operation(ctx, "Check")()
	if !s.dialect.shared {
		faults, err = s.checkFile(ctx)
		if err != nil || len(faults) > 0 {
			return faults, err // what else there is to say of it means nothing
		}
	}
	var digest string
	sum := sha256.New()
	end := func() {
		if digest != "" && hex.EncodeToString(sum.Sum(nil)) != digest && len(faults) < maxFaults {
			faults = append(faults, "content "+digest+" is not what its digest says")
		}
	}
	// Only what something refers to: the rest may be half written.
	const query = `SELECT digest, content FROM contents WHERE digest IN (SELECT digest FROM revisions
		UNION SELECT source_digest FROM revisions UNION SELECT digest FROM media) ORDER BY digest, part`
	err = s.rows(ctx, query, nil, func(rows *sql.Rows) error {
		var of string
		var content []byte
		if err := rows.Scan(&of, &content); err != nil {
			return err
		}
		if of != digest {
			end()
			digest = of
			sum.Reset()
		}
		_, err := sum.Write(content)
		return err
	})
	end()
	return faults, err
}

// checkFile has SQLite check its file.
func (s *Store) checkFile(ctx context.Context) (faults []string, err error) {
	err = s.rows(ctx, fmt.Sprintf("PRAGMA integrity_check(%d)", maxFaults), nil, func(rows *sql.Rows) error {
		var fault string
		err := rows.Scan(&fault)
		if fault != "ok" {
			faults = append(faults, fault)
		}
		return err
	})
	if err != nil {
		return faults, err
	}
	err = s.rows(ctx, "PRAGMA foreign_key_check", nil, func(rows *sql.Rows) error {
		var table, to string
		var row sql.NullInt64
		var key int
		err := rows.Scan(&table, &row, &to, &key)
		if len(faults) < maxFaults {
			faults = append(faults, fmt.Sprintf("row %d of %s refers to nothing in %s", row.Int64, table, to))
		}
		return err
	})
	return faults, err
}

// Learners lists the ids of all learners.
func (s *Store) Learners(ctx context.Context) (ids []string, err error) {
	defer s.operation(ctx, "Learners")()
	err = s.rows(ctx, `SELECT id FROM learners`, nil, func(rows *sql.Rows) error {
		ids = append(ids, "")
		return rows.Scan(&ids[len(ids)-1])
	})
	return ids, err
}

// WrongCards lists the cards of a learner whose state, though of the scheduler's version, is not
// the fold of their events; with repair it is put right.
func (s *Store) WrongCards(ctx context.Context, learner string, scheduler Scheduler, repair bool) (wrong []string, err error) {
	defer s.operation(ctx, "WrongCards")()
	var all []cardID
	const reviewed = `SELECT DISTINCT set_id, question_id FROM reviews WHERE learner_id = $1 AND undoes IS NULL
		UNION SELECT set_id, question_id FROM cards WHERE learner_id = $1`
	err = s.rows(ctx, reviewed, []any{learner}, func(rows *sql.Rows) error {
		var of cardID
		err := rows.Scan(&of.set, &of.question)
		all = append(all, of)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, of := range all {
		right := true
		err := s.Tx(ctx, func(s *Store) (err error) {
			right, err = s.checkCard(ctx, learner, of, scheduler, repair)
			return err
		})
		if err != nil {
			return wrong, err
		}
		if !right {
			wrong = append(wrong, of.set+"/"+of.question)
		}
	}
	return wrong, nil
}

// checkCard reports whether a card's state is the fold of its events.
func (s *Store) checkCard(ctx context.Context, learner string, of cardID, scheduler Scheduler, repair bool) (bool, error) {
	const query = `SELECT state, head_at, head_device, head_seq, head_id FROM cards
		WHERE learner_id = $1 AND set_id = $2 AND question_id = $3`
	kept, err := s.readCard(ctx, query, of, []any{learner, of.set, of.question})
	if err != nil && !errors.Is(err, ErrNotFound) {
		return false, err
	}
	if kept.State.GetSchedulingVersion() != scheduler.Version() && kept.State.GetSchedulingVersion() != 0 {
		return true, nil // it is worked out anew with the next review at the latest
	}
	l := &logging{Store: s, learner: learner, scheduler: scheduler}
	folded := card{State: &aulav1.CardState{Set: of.set, Question: of.question}}
	if err := l.refold(ctx, &folded); err != nil {
		return false, err
	}
	right := proto.Equal(kept.State, folded.State) && kept.last == folded.last
	if right || !repair {
		return right, nil
	}
	return false, s.refoldCards(ctx, learner, scheduler, []cardID{of})
}

// WrongDays lists the study days of a learner that do not count what their log says; with repair
// they do again.
func (s *Store) WrongDays(ctx context.Context, learner string, repair bool) (wrong []int32, err error) {
	defer s.operation(ctx, "WrongDays")()
	err = s.Tx(ctx, func(s *Store) error {
		wrong = nil
		l := &logging{Store: s, learner: learner, days: map[int32]studied{}}
		const log = `SELECT r.event FROM reviews r WHERE r.learner_id = $1 AND r.undoes IS NULL
			AND NOT EXISTS (SELECT 1 FROM reviews u WHERE u.learner_id = r.learner_id AND u.undoes = r.id)`
		err := s.rows(ctx, log, []any{learner}, func(rows *sql.Rows) error {
			var encoded []byte
			if err := rows.Scan(&encoded); err != nil {
				return err
			}
			e := &aulav1.ReviewEvent{}
			if err := proto.Unmarshal(encoded, e); err != nil {
				return fmt.Errorf("decode an event: %w", err)
			}
			l.study(e, 1)
			return nil
		})
		if err != nil {
			return err
		}
		wrong, err = l.wrongDays(ctx, repair)
		return err
	})
	return wrong, err
}

// wrongDays compares the days that are kept with those that were counted.
func (l *logging) wrongDays(ctx context.Context, repair bool) (wrong []int32, err error) {
	kept := map[int32]studied{}
	err = l.rows(ctx, `SELECT day, reviews, duration FROM study_days WHERE learner_id = $1`, []any{l.learner}, func(rows *sql.Rows) error {
		var day int32
		var s studied
		err := rows.Scan(&day, &s.reviews, &s.millis)
		kept[day] = s
		return err
	})
	if err != nil {
		return nil, err
	}
	for day, is := range kept {
		if should := l.days[day]; is != should {
			wrong = append(wrong, day)
			l.days[day] = studied{should.reviews - is.reviews, should.millis - is.millis}
			continue
		}
		delete(l.days, day)
	}
	for day := range l.days {
		if _, ok := kept[day]; !ok {
			wrong = append(wrong, day)
		}
	}
	if repair {
		err = l.putDays(ctx)
	}
	return wrong, err
}

// EachFinished calls f for every attempt that is finished, those of a participant at a set one
// after the other.
func (s *Store) EachFinished(ctx context.Context, f func(*Log) error) error {
	defer s.operation(ctx, "EachFinished")()
	var ids []string
	const query = `SELECT id FROM attempts WHERE finished_at IS NOT NULL ORDER BY set_id, participant, finished_at, id`
	err := s.rows(ctx, query, nil, func(rows *sql.Rows) error {
		ids = append(ids, "")
		return rows.Scan(&ids[len(ids)-1])
	})
	if err != nil {
		return err
	}
	for _, id := range ids {
		log, err := s.readLog(ctx, id)
		if err == nil {
			err = f(log)
		}
		if err != nil && !errors.Is(err, ErrNotFound) { // erased meanwhile
			return err
		}
	}
	return nil
}

// Standing is what the attempt comes to, and nothing where nothing of it counts.
func (r Ranked) Standing(log *Log) (Standing, bool) { return r.standing(log), r.MaxPoints > 0 }

// PutStanding has a participant's standing in a set be what it should, or none where it is nil.
func (s *Store) PutStanding(ctx context.Context, set, participant string, st *Standing) error {
	defer s.operation(ctx, "PutStanding")()
	err := s.Tx(ctx, func(s *Store) error {
		if _, err := s.exec(ctx, `DELETE FROM standings WHERE set_id = $1 AND participant = $2`, set, participant); err != nil || st == nil {
			return err
		}
		return s.enter(ctx, set, participant, *st)
	})
	s.forgetAll()
	return err
}

// EachStanding calls f for every standing there is, and whose it is.
func (s *Store) EachStanding(ctx context.Context, f func(set, participant string, st Standing)) error {
	defer s.operation(ctx, "EachStanding")()
	return s.rows(ctx, `SELECT set_id, participant, `+standingColumns+` FROM standings`, nil, func(rows *sql.Rows) error {
		var st Standing
		var set, participant string
		err := st.scan(func(into ...any) error { return rows.Scan(append([]any{&set, &participant}, into...)...) })
		f(set, participant, st)
		return err
	})
}
