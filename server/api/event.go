package api

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"google.golang.org/grpc/codes"

	aulav1 "aula/proto/aula/v1"
	"aula/questions"
	"aula/server/store"
)

// eventReader reads the events that a learner's device sends in a call.
type eventReader struct {
	*Server
	*caller
	l   *learner
	now time.Time

	exams  map[string]map[string]bool // what may not be studied now; read when first needed
	looked bool
}

func (s studyService) reader(ctx context.Context, l *learner) *eventReader {
	return &eventReader{Server: s.Server, caller: callerOf(ctx), l: l, now: s.Now().Truncate(time.Millisecond)}
}

// readEvent is an event on its way to the store and back.
type readEvent struct {
	*aulav1.ReviewEvent
	review store.Review
	set    *questions.Set
	q      *questions.Question
	grade  *questions.Grade // of an answer that was graded
	play   questions.Play
}

// oldestYears is how long ago a clock can say that something happened. One that says more is not
// set: what it dates counts as of its arrival.
const oldestYears = 10

// read makes a whole event of what a device sent. One that is kept already is not looked into
// again, whatever has become of its question since. Errors: INVALID_REQUEST, SET_NOT_FOUND,
// QUESTION_NOT_FOUND, IN_EXAM, ANSWER_KIND_MISMATCH, UNGRADABLE_ANSWER.
func (r *eventReader) read(ctx context.Context, e *aulav1.ReviewEvent) (read *readEvent, err error) {
	defer func() { // here, so that in a batch it is the matter of one event
		if with := recover(); with != nil {
			err = panicked(with)
		}
	}()
	e.Device, e.ReceivedAt, e.StudyDay, e.DayBeganAt, e.Attempt = "", nil, 0, nil, ""
	e.Rated = aulav1.CardAnswer_RATING_UNSPECIFIED
	e.Id = strings.ToLower(e.GetId())
	if at := e.GetAnsweredAt(); at != nil && !at.IsValid() {
		return nil, malformed("answered_at", "field.no_time")
	} else if at != nil && at.AsTime().Before(r.now.AddDate(-oldestYears, 0, 0)) {
		e.AnsweredAt = nil
	}
	read = &readEvent{ReviewEvent: e}
	if read.review, err = r.l.arrived(e, r.now); err != nil {
		return nil, err
	}
	if e.GetUndo() != "" {
		e.Set, e.Question, e.Action = "", "", &aulav1.ReviewEvent_Undo{Undo: strings.ToLower(e.GetUndo())}
		return read, nil
	}
	if err := r.ask(ctx, read); err != nil {
		if refused, ok := errors.AsType[*callError](err); ok && refused.code != codes.InvalidArgument {
			if _, unknown := r.Store.Review(ctx, r.l.GetId(), e.GetId()); unknown == nil {
				return read, nil
			}
		}
		return nil, err
	}
	return read, nil
}

// ask finds the question of an event, and what it says of the learner's memory.
func (r *eventReader) ask(ctx context.Context, e *readEvent) error {
	for _, field := range []struct{ name, value string }{{"set", e.GetSet()}, {"question", e.GetQuestion()}} {
		if field.value == "" {
			return malformed(field.name, "rule.required")
		}
	}
	canonical(e.GetAnswer())
	if err := r.find(ctx, e); err != nil {
		return err
	}
	if e.GetAnswer() == nil {
		e.Rated = e.GetRating()
		return nil
	}
	by := *r.caller
	if err := by.ask(e.GetAnswerLanguage()); err != nil {
		return unknownLanguage("answer_language", e.GetAnswerLanguage())
	}
	e.play = studyPlay(r.l.GetId())
	e.play.Cards = e.GetAnswer().GetCard() != nil
	grade, err := e.set.Grade(e.q, e.GetAnswer(), by.reader(), r.reader(), e.play)
	if err != nil {
		return ungradable(e.GetQuestion(), err)
	}
	e.grade = &grade
	e.AnswerLanguage = e.set.Language(e.q, by.reader())
	e.Rated = rated(e.q, e.GetAnswer(), grade.Fraction, int(e.GetHints()), e.GetDuration().AsDuration())
	return nil
}

// find finds the question of an event. What a learner did with a card while its question was
// there counts although it has left the set.
func (r *eventReader) find(ctx context.Context, e *readEvent) error {
	if err := r.lookAtExams(ctx); err != nil {
		return err
	}
	studying := e.GetMark() == aulav1.ReviewEvent_MARK_UNSPECIFIED
	inExam := fail(codes.FailedPrecondition, aulav1.ErrorReason_IN_EXAM, "question", e.GetQuestion())
	if studying && r.exams[e.GetSet()][e.GetQuestion()] {
		return inExam
	}
	set, err := r.current(ctx, e.GetSet(), nil)
	switch {
	case err != nil && !isReason(err, aulav1.ErrorReason_SET_NOT_FOUND):
		return err
	case err != nil || set.Question(e.GetQuestion()) == nil:
		return r.findGone(ctx, e, err)
	case studying && set.open(e.GetQuestion()) == nil:
		return inExam
	}
	e.set, e.q = set.Set, set.Question(e.GetQuestion())
	return nil
}

func (r *eventReader) lookAtExams(ctx context.Context) (err error) {
	if !r.looked {
		r.exams, err = r.examined(ctx, r.l.GetId())
		r.looked = err == nil
	}
	return err
}

// maxGone is how many revisions are looked through for a question that has left its set.
const maxGone = 5

// findGone finds a question that has left its set, or whose set is archived: what a phone did
// with it offline is not lost. An answer is graded as it would have been. without is the error
// where the set is gone too.
func (r *eventReader) findGone(ctx context.Context, e *readEvent, without error) error {
	card, err := r.Store.Card(ctx, r.l.GetId(), e.GetSet(), e.GetQuestion())
	if err != nil || card.GetSchedulingVersion() > 0 && e.GetAnswer() == nil {
		return err
	}
	earlier, err := r.Store.Revisions(ctx, e.GetSet(), 0, maxGone)
	if err != nil {
		return err
	}
	for _, revision := range earlier {
		if revision.Draft {
			continue
		}
		set, err := r.revisions.get(ctx, e.GetSet(), revision.Number)
		if err != nil {
			return err
		}
		if q := set.Question(e.GetQuestion()); q != nil {
			if q.Source.GetExamOnly() {
				break
			}
			e.set, e.q = set, q
			return nil
		}
	}
	if without != nil {
		return without
	}
	missing := fail(codes.NotFound, aulav1.ErrorReason_QUESTION_NOT_FOUND, "set", e.GetSet(), "question", e.GetQuestion())
	missing.sentence = "error.QUESTION_NOT_FOUND.study"
	return missing
}

// outcome tells how an answer was graded; nil where the learner rated it.
func (e *readEvent) outcome(c *caller) *aulav1.Outcome {
	if e.grade == nil || e.q.SelfRated(e.play) {
		return nil
	}
	credit := e.q.Credit(*e.grade, questions.History{Hints: int(e.GetHints())}, aulav1.Certainty_CERTAINTY_UNSPECIFIED, e.play)
	o := &aulav1.Outcome{
		Verdict: e.grade.Verdict, Fraction: &credit.Fraction, HintCost: credit.HintCost,
		Feedback: c.say(e.grade.Feedback), Parts: e.grade.Parts,
	}
	return withEncoded(o, e.set.EncodedKey(e.q, c.reader(), e.play))
}

// within moves what an error says of fields into the field that holds them.
func within(field string, err error) error {
	e, ok := errors.AsType[*callError](err)
	if !ok || len(e.violations) == 0 {
		return err
	}
	moved := *e
	moved.violations = slices.Clone(e.violations)
	for i := range moved.violations {
		moved.violations[i].field = field + "." + moved.violations[i].field
	}
	return &moved
}
