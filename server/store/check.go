package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

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
		if sqliteDamaged(err) {
			faults, err = append(faults, asTold(err)), nil
		}
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
	const needed = `(SELECT digest FROM revisions UNION SELECT source_digest FROM revisions UNION SELECT digest FROM media)`
	const lost = `SELECT digest FROM ` + needed + ` needed WHERE digest <> ''
		AND NOT EXISTS (SELECT 1 FROM contents WHERE contents.digest = needed.digest) ORDER BY digest LIMIT $1`
	gone, err := s.texts(ctx, lost, maxFaults)
	if err != nil {
		return nil, err
	}
	for _, digest := range gone {
		faults = append(faults, "content "+digest+" is gone")
	}
	const kept = `SELECT digest, content FROM contents WHERE digest IN ` + needed + ` ORDER BY digest, part`
	err = s.rows(ctx, kept, nil, func(rows *sql.Rows) error {
		var of string
		var content sql.RawBytes
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
// the fold of their events; with repair it is put right. Errors: ErrNotFound (the learner),
// ErrRescheduled.
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
	if err := s.lockLearner(ctx, learner); err != nil { // so that nothing is added to their log meanwhile
		return false, err
	}
	kept, readable, err := s.keptCard(ctx, learner, of)
	if err != nil {
		return false, err
	}
	if readable && kept.State.GetSchedulingVersion() != scheduler.Version() && kept.State.GetSchedulingVersion() != 0 {
		return true, nil // it is worked out anew with the next review at the latest
	}
	l := &logging{Store: s, learner: learner, scheduler: scheduler}
	folded := card{State: &aulav1.CardState{Set: of.set, Question: of.question}}
	if err := l.refold(ctx, &folded); err != nil {
		return false, err
	}
	right := readable && proto.Equal(kept.State, folded.State) && kept.last == folded.last
	if right || !repair {
		return right, nil
	}
	return false, s.refoldCards(ctx, learner, scheduler, []cardID{of})
}

// keptCard reads a card, or one without a review where it is not there. It is not readable
// where its state is no state, or where its columns say something else.
func (s *Store) keptCard(ctx context.Context, learner string, of cardID) (c card, readable bool, err error) {
	c.State = &aulav1.CardState{Set: of.set, Question: of.question}
	var state []byte
	var is cardColumns
	const query = `SELECT state, phase, due_at, "interval", first_day, last_day, lapses, suspended, buried_day, version,
		head_at, head_device, head_seq, head_id FROM cards WHERE learner_id = $1 AND set_id = $2 AND question_id = $3`
	err = s.row(ctx, query, []any{learner, of.set, of.question}, &state, &is.phase, &is.dueAt, &is.interval, &is.firstDay, &is.lastDay,
		&is.lapses, &is.suspended, &is.buriedDay, &is.version, &c.last.at, &c.last.device, &c.last.seq, &c.last.id)
	if errors.Is(err, ErrNotFound) {
		return c, true, nil
	}
	if err != nil {
		return c, false, err
	}
	decoded := &aulav1.CardState{}
	if proto.Unmarshal(state, decoded) == nil {
		c.State, readable = decoded, is == columnsOfCard(decoded)
	}
	return c, readable, nil
}

// WrongDays lists the study days of a learner that do not count what their log says; with repair
// they do again. Errors: ErrNotFound (the learner).
func (s *Store) WrongDays(ctx context.Context, learner string, repair bool) (wrong []int32, err error) {
	defer s.operation(ctx, "WrongDays")()
	err = s.Tx(ctx, func(s *Store) error {
		wrong = nil
		if err := s.lockLearner(ctx, learner); err != nil { // so that nothing is added to their log meanwhile
			return err
		}
		l := &logging{Store: s, learner: learner, days: map[int32]studied{}}
		const log = `SELECT r.event FROM reviews r WHERE r.learner_id = $1 AND r.undoes IS NULL
			AND NOT EXISTS (SELECT 1 FROM reviews u WHERE u.learner_id = r.learner_id AND u.undoes = r.id)`
		err := s.rows(ctx, log, []any{learner}, func(rows *sql.Rows) error {
			var encoded sql.RawBytes
			if err := rows.Scan(&encoded); err != nil {
				return err
			}
			e, err := decodeEvent(encoded)
			if err == nil {
				l.study(e, 1)
			}
			return err
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
	slices.Sort(wrong)
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

// Standing is what the attempt comes to, and nil where nothing of it counts.
func (r Ranked) Standing(log *Log) *Standing {
	if r.MaxPoints == 0 {
		return nil
	}
	return new(r.standing(log))
}

// Better returns the one of two standings of a participant that is kept; nil is none.
func (s *Standing) Better(o *Standing) *Standing {
	if o == nil || s != nil && s.place().compare(o.place()) <= 0 {
		return s
	}
	return o
}

// Same reports whether two standings of a participant say the same; nil is none.
func (s *Standing) Same(o *Standing) bool {
	if s == nil || o == nil {
		return s == o
	}
	return s.Name == o.Name && s.MaxPoints == o.MaxPoints && s.place() == o.place()
}

// CheckStanding reports whether a participant's standing in a set is the best of those that their
// finished attempts come to, as of tells, nil where nothing of one counts; with repair it is from
// then on. Nothing of it changes meanwhile, and of may be called again.
func (s *Store) CheckStanding(
	ctx context.Context, set, participant string, of func(*Log) (*Standing, error), repair bool,
) (right bool, err error) {
	defer s.operation(ctx, "CheckStanding")()
	err = s.Tx(ctx, func(s *Store) error {
		// The standing comes first: none of the attempts that it may be of is missed then.
		is, err := s.lockStanding(ctx, set, participant)
		if err != nil {
			return err
		}
		should, err := s.bestOf(ctx, set, participant, of)
		if err != nil {
			return err
		}
		if right = is.Same(should); right || !repair {
			return nil
		}
		if is != nil {
			if _, err := s.leave(ctx, set, participant); err != nil {
				return err
			}
		}
		if should == nil {
			return nil
		}
		return s.enter(ctx, set, participant, *should)
	})
	if err == nil && !right && repair {
		s.forgetAll()
	}
	return right, err
}

// lockStanding returns a participant's standing in a set, which stays to the end of the
// transaction; nil where there is none.
func (s *Store) lockStanding(ctx context.Context, set, participant string) (*Standing, error) {
	const query = `SELECT set_id FROM standings WHERE set_id = $1 AND participant = $2`
	err := s.row(ctx, query+s.dialect.forUpdate, []any{set, participant}, new(string))
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	st, err := s.readStanding(ctx, set, participant)
	return &st, err
}

// bestOf returns the best of what a participant's finished attempts at a set come to.
func (s *Store) bestOf(ctx context.Context, set, participant string, of func(*Log) (*Standing, error)) (best *Standing, err error) {
	const finished = `SELECT id FROM attempts WHERE set_id = $1 AND participant = $2 AND finished_at IS NOT NULL
		ORDER BY finished_at, id`
	ids, err := s.texts(ctx, finished, set, participant)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		log, err := s.readLog(ctx, id)
		if err != nil {
			return nil, err
		}
		st, err := of(log)
		if err != nil {
			return nil, err
		}
		best = best.Better(st)
	}
	return best, nil
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
