package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	aulav1 "aula/proto/aula/v1"
	"aula/server/store"
)

// perBatch is how many answers a device hands in at once that was offline.
const perBatch = 16

// batch compares answers that come many in a message with the same rows added in this
// process by the store alone: no network, no checks, no grading.
func (b *bench) batch() error {
	t, err := b.startAula("batch")
	if err != nil {
		return err
	}
	defer t.close()
	counter, err := b.newCounter(t)
	if err != nil {
		return err
	}
	inside, err := b.inProcess(counter.known)
	if err != nil {
		return err
	}
	defer inside.store.Close()
	b.report.note("The store alone adds the same rows in the benchmark's own process: no network, no checks, no grading.")
	n := b.clients(256)
	taken, err := b.compare("batch", n, counter.submitMany(b.ctx), inside.contender(b.ctx))
	if err != nil {
		return err
	}
	b.report.absolute("batch", taken)
	b.report.row(fmt.Sprintf("SubmitAnswers, %d answers a message, %d clients, on disk: answers a second against the store alone",
		perBatch, n), ratio(taken["SubmitAnswers"], taken["store"], sample.perSecond), atLeast(0.6, 0.85))
	return nil
}

// submitMany is the contender that hands in many answers in one message.
func (c *counter) submitMany(ctx context.Context) *contender {
	return &contender{
		name:    "SubmitAnswers",
		process: c.target.process,
		stored:  c.target.stored,
		each:    perBatch,
		prepare: func(calls int) error { return c.stock(ctx, calls*perBatch) },
		clients: func(n int) ([]func(context.Context) error, error) {
			return c.target.calls(n, aulav1.QuizService_SubmitAnswers_FullMethodName, func(client int) func() []byte {
				return func() (message []byte) {
					for _, request := range c.full(client) {
						message = append(message, 1<<3|2) // the field answers, as SubmitAnswersRequest has it
						message = append(binary.AppendUvarint(message, uint64(len(request))), request...)
					}
					return message
				}
			})
		},
	}
}

// full takes perBatch submissions, or none. What an attempt has left over is given up.
func (d *desk[T]) full(client int) []T {
	for {
		if taken := d.take(client, perBatch); len(taken) == perBatch || len(taken) == 0 {
			return taken
		}
	}
}

// inside is a store in this process.
type inside struct {
	desk[store.Submission]
	store  *store.Store
	known  answers
	stored func() (int, error)
}

func (b *bench) inProcess(known answers) (*inside, error) {
	// Aula has made the sets that attempts refer to.
	t, err := b.startAula("inside")
	if err != nil {
		return nil, err
	}
	t.close()
	db, err := store.Open(b.ctx, b.file("inside.db"))
	if err != nil {
		return nil, err
	}
	in := &inside{store: db, known: known, stored: b.storedIn("inside.db")}
	in.desk = desk[store.Submission]{begin: in.begin, questions: len(known[languages[0]]), begun: map[int][]store.Submission{}}
	return in, nil
}

func (in *inside) begin(ctx context.Context, language string, i int) (submissions []store.Submission, err error) {
	now := time.Now()
	id := newID(now.UnixMilli())
	_, err = in.store.CreateAttempt(ctx, store.Attempt{
		ID: id, Set: set, Revision: 1, Participant: id, Nickname: "Ana", Language: language,
		Mode: aulav1.Attempt_PRACTICE, Seed: int64(i), QuestionCount: in.questions, StartedAt: now,
	})
	if err != nil {
		return nil, err
	}
	for j, question := range slices.Sorted(maps.Keys(in.known[language])) {
		known := in.known[language][question]
		given, err := store.EncodeAnswer(known[(i+j)%len(known)])
		if err != nil {
			return nil, err
		}
		submissions = append(submissions, store.Submission{
			Answer: store.Answer{
				Attempt: id, Question: question, RequestID: uuid.NewString(), Given: given, Language: language, At: now,
			},
			Grade: func(_ []store.Answer, a *store.Answer) error {
				a.Verdict, a.Fraction, a.Points = aulav1.Outcome_CORRECT, 1, 10
				return nil
			},
		})
	}
	return submissions, nil
}

// contender adds the rows, as many at once as a message has answers.
func (in *inside) contender(ctx context.Context) *contender {
	return &contender{
		name:    "store",
		stored:  in.stored,
		each:    perBatch,
		prepare: func(calls int) error { return in.stock(ctx, calls*perBatch) },
		clients: func(n int) ([]func(context.Context) error, error) {
			clients := make([]func(context.Context) error, n)
			for i := range clients {
				clients[i] = func(ctx context.Context) error {
					submissions := in.full(i)
					if len(submissions) == 0 {
						return errDry
					}
					added, err := in.store.AddAnswers(ctx, submissions...)
					if err != nil {
						return err
					}
					return added[0].Err
				}
			}
			return clients, nil
		},
	}
}
