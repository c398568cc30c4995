package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	aulav1 "aula/proto/aula/v1"
	"aula/server/schedule"
	"aula/server/store"
)

// findings gathers violations from many goroutines.
type findings struct {
	mu   sync.Mutex
	list []violation
}

func (f *findings) add(kind, format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.list) < 1000 {
		f.list = append(f.list, violation{kind, fmt.Sprintf(format, args...)})
	}
}

// check compares what the server says with what the clients know. Nothing is in doubt any more,
// so both are the same.
func (w *world) check() []violation {
	f := &findings{list: w.violations()}
	each(w.players(), func(p *player) {
		for _, q := range p.quizzes {
			w.checkQuiz(f, p, q)
		}
	})
	each(w.students, func(s *student) {
		if err := w.checkStudent(f, s); err != nil {
			f.add(wrong, "export of learner %s: %v", s.id, err)
		}
	})
	w.checkStandings(f)
	w.checkLoaded(f)
	return f.list
}

// checkQuiz compares an attempt as the API tells of it.
func (w *world) checkQuiz(f *findings, p *player, q *quiz) {
	a, err := aulav1.NewQuizServiceClient(p.conn).GetAttempt(p.as(w.ctx), &aulav1.GetAttemptRequest{Attempt: q.id})
	if err != nil {
		f.add(lost, "attempt %s: %v", q.id, err)
		return
	}
	if finished := a.GetState() == aulav1.Attempt_FINISHED; finished != q.finished && p != w.probe {
		f.add(lost, "attempt %s is finished: %v, acknowledged: %v", q.id, finished, q.finished)
	}
	if shown := !q.exam || a.GetState() == aulav1.Attempt_FINISHED; shown && a.GetScore().GetPoints() != q.earned() {
		f.add(wrong, "attempt %s has %d points, and earned %d", q.id, a.GetScore().GetPoints(), q.earned())
	}
}

// checkStandings compares the standings of some guests' attempts.
func (w *world) checkStandings(f *findings) {
	each(w.guests, func(p *player) {
		for _, q := range slices.Backward(p.quizzes) {
			if !q.finished {
				continue
			}
			board, err := aulav1.NewScoreServiceClient(p.conn).GetLeaderboard(p.as(w.ctx),
				&aulav1.GetLeaderboardRequest{Set: quizSet, PageSize: 1, Attempt: q.id})
			if err != nil || board.GetMine().GetPoints() != q.earned() || board.GetMine().GetName() != q.nickname {
				f.add(wrong, "attempt %s earned %d, its standing is %v, %v", q.id, q.earned(), board.GetMine(), err)
			}
			return
		}
	})
}

// checkLoaded compares what a teacher has loaded.
func (w *world) checkLoaded(f *findings) {
	t := w.teacher
	if t.versions == 0 {
		return
	}
	list, err := aulav1.NewLibraryServiceClient(t.conn).ListRevisions(t.as(w.ctx),
		&aulav1.ListRevisionsRequest{Set: loadedSet, PageSize: 100})
	if err != nil {
		f.add(lost, "revisions of %s: %v", loadedSet, err)
		return
	}
	if newest := int(list.GetRevisions()[0].GetRevision()); newest != t.versions {
		kind := lost
		if newest > t.versions {
			kind = doubled
		}
		f.add(kind, "%d versions were loaded, there are %d revisions", t.versions, newest)
	}
}

// exported is what a learner's export holds.
type exported struct {
	learner *aulav1.Learner
	events  []*aulav1.ReviewEvent
	cards   map[string]*aulav1.CardState
}

// line is one of an export.
type line struct{ Learner, Review, Card json.RawMessage }

// export has everything that the server holds about a learner.
func (s *student) export(ctx context.Context) (*exported, error) {
	stream, err := aulav1.NewLearnerServiceClient(s.conn).ExportLearner(s.as(ctx), &aulav1.ExportLearnerRequest{})
	if err != nil {
		return nil, err
	}
	var all bytes.Buffer
	for {
		part, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		all.Write(part.GetData())
	}
	out := &exported{learner: &aulav1.Learner{}, cards: map[string]*aulav1.CardState{}}
	lines := bufio.NewScanner(&all)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if err := out.read(lines.Bytes()); err != nil {
			return nil, err
		}
	}
	return out, lines.Err()
}

func (x *exported) read(text []byte) error {
	var l line
	if err := json.Unmarshal(text, &l); err != nil {
		return err
	}
	switch {
	case l.Learner != nil:
		return protojson.Unmarshal(l.Learner, x.learner)
	case l.Review != nil:
		e := &aulav1.ReviewEvent{}
		x.events = append(x.events, e)
		return protojson.Unmarshal(l.Review, e)
	case l.Card != nil:
		card := &aulav1.CardState{}
		err := protojson.Unmarshal(l.Card, card)
		x.cards[card.GetSet()+"/"+card.GetQuestion()] = card
		return err
	}
	return nil
}

// checkStudent compares a learner's log, and what follows from it.
func (w *world) checkStudent(f *findings, s *student) error {
	x, err := s.export(w.ctx)
	if err != nil {
		return err
	}
	seen := map[string]int{}
	fromQuiz := map[string]int{}
	for _, e := range x.events {
		seen[e.GetId()]++
		if e.GetAttempt() != "" {
			fromQuiz[e.GetAttempt()+"/"+e.GetQuestion()]++
		} else if s.events[e.GetId()] == nil {
			f.add(doubled, "learner %s: event %s was never acknowledged", s.id, e.GetId())
		}
	}
	for id, n := range seen {
		if n > 1 {
			f.add(doubled, "learner %s: event %s is there %d times", s.id, id, n)
		}
	}
	for id := range s.events {
		if seen[id] == 0 {
			f.add(lost, "learner %s: event %s", s.id, id)
		}
	}
	for _, q := range s.quizzes {
		for question := range q.answers {
			if reviewed := fromQuiz[q.id+"/"+question]; reviewed != 1 && (!q.exam || q.finished) {
				f.add(wrong, "learner %s: the answer to %s in attempt %s is %d reviews", s.id, question, q.id, reviewed)
			}
			delete(fromQuiz, q.id+"/"+question)
		}
	}
	for of := range fromQuiz {
		f.add(wrong, "learner %s: there is a review of %s, which was not answered", s.id, of)
	}
	return x.fold(f, s.id)
}

// fold works out the states of cards from their events as if what was taken back had never been.
func (x *exported) fold(f *findings, learner string) error {
	scheduler, err := schedule.New(x.learner.GetScheduling())
	if err != nil {
		return err
	}
	gone := map[string]bool{}
	for _, e := range x.events {
		gone[e.GetUndo()] = true
	}
	events := map[string][]*aulav1.ReviewEvent{}
	for _, e := range x.events {
		of := e.GetSet() + "/" + e.GetQuestion()
		if e.GetUndo() == "" {
			if events[of] == nil {
				events[of] = []*aulav1.ReviewEvent{}
			}
			if !gone[e.GetId()] {
				events[of] = append(events[of], e)
			}
		}
	}
	for of, log := range events {
		card := x.cards[of]
		if card.GetSchedulingVersion() != scheduler.Version() && card != nil {
			continue // it is worked out anew with the next review
		}
		should, err := scheduler.Fold(card.GetSet(), card.GetQuestion(), log)
		if err != nil {
			return err
		}
		if !proto.Equal(card, should) {
			f.add(wrong, "learner %s: the state of %s is %v, and not what its %d events come to: %v", learner, of, card, len(log), should)
		}
	}
	return nil
}

// checkFile compares what is in a database file, which nobody serves now, with what was
// acknowledged before a time.
func (w *world) checkFile(name string, before time.Time) ([]violation, error) {
	db, err := store.Open(w.ctx, name)
	if err != nil {
		return nil, err
	}
	f := &findings{}
	for _, p := range w.players() {
		for _, q := range p.quizzes {
			if err := checkLog(w.ctx, f, db, q, before); err != nil {
				return nil, errors.Join(err, db.Close())
			}
		}
	}
	if err := w.checkRevisions(f, db, before); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	for _, s := range w.students {
		for id, e := range s.events {
			if _, err := db.Review(w.ctx, s.id, id); err != nil && e.at.Before(before) {
				f.add(lost, "event %s of learner %s: %v", id, s.id, err)
			}
		}
	}
	return f.list, db.Close()
}

// checkRevisions looks for the newest of what a teacher had loaded before a time.
func (w *world) checkRevisions(f *findings, db *store.Store, before time.Time) error {
	versions := 0
	for _, at := range w.teacher.at {
		if at.Before(before) {
			versions++
		}
	}
	if versions == 0 {
		return nil
	}
	set, err := db.Set(w.ctx, loadedSet)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if int(set.Newest) < versions {
		f.add(lost, "%d versions of %s were loaded, there are %d revisions", versions, loadedSet, set.Newest)
	}
	return nil
}

// checkLog compares the answers of an attempt, each by the id of its request.
func checkLog(ctx context.Context, f *findings, db *store.Store, q *quiz, before time.Time) error {
	log, err := db.Log(ctx, q.id)
	if errors.Is(err, store.ErrNotFound) {
		log, err = &store.Log{}, nil
	}
	if err != nil {
		return err
	}
	there := map[string]int{}
	for _, a := range log.Answers {
		there[a.Question]++
		known := q.answers[a.Question]
		switch {
		case there[a.Question] > 1:
			f.add(doubled, "attempt %s: %d answers to %s", q.id, there[a.Question], a.Question)
		case known == nil || known.request != a.RequestID:
			f.add(doubled, "attempt %s: the answer to %s of request %s was never acknowledged", q.id, a.Question, a.RequestID)
		case known.right != (a.Verdict == aulav1.Outcome_CORRECT):
			f.add(wrong, "attempt %s: the answer to %s is %v", q.id, a.Question, a.Verdict)
		}
	}
	for question, a := range q.answers {
		if there[question] == 0 && a.at.Before(before) {
			f.add(lost, "attempt %s: the answer to %s of request %s", q.id, question, a.request)
		}
	}
	return nil
}
