package history

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/anishathalye/porcupine"
)

// recorded is the history of one object. Objects are checked each by itself: a history is
// linearizable if that of every object is.
type recorded struct {
	name string

	mu      sync.Mutex
	history []porcupine.Operation
}

// nothing is what an operation came to that was never answered.
type nothing struct{}

// never is when an operation returns that was never answered. One that did not happen can so
// be taken for one that happens when all else has.
const never = math.MaxInt64

// write records an operation that changes something.
func (r *recorded) write(c *client, s sent, input, output any) {
	if s.open {
		r.add(c.id+unanswered, input, nothing{}, s.call, never)
		return
	}
	r.add(c.id, input, output, s.call, s.back)
}

// read records what was read during a call: of one that was sent again, the last time.
func (r *recorded) read(c *client, s sent, input, output any) {
	if !s.open {
		r.add(c.id, input, output, s.last, s.back)
	}
}

// unanswered is added to the number of a client for what it gave up: it went on.
const unanswered = 100

func (r *recorded) add(client int, input, output any, call, back int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.history = append(r.history, porcupine.Operation{ClientId: client, Input: input, Output: output, Call: call, Return: back})
}

// forOneCheck is how long a check may take: what takes longer was recorded with too much at
// a time.
const forOneCheck = 2 * time.Minute

// drawn is of how many objects of a kind that are not linearizable there are pictures.
const drawn = 3

// check judges an object's history.
func (s *school) check(of kind, r *recorded, model porcupine.Model) {
	began := time.Now()
	result := porcupine.CheckOperationsTimeout(model, r.history, forOneCheck)
	took := time.Since(began)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.objects[of]++
	s.longest = max(s.longest, took)
	switch result {
	case porcupine.Ok:
	case porcupine.Illegal:
		s.found[of]++
		if s.stale == nil && s.found[of] <= drawn {
			s.t.Errorf("%s is not linearizable: %s", r.name, s.picture(r, model))
		}
	case porcupine.Unknown:
		s.fail(fmt.Errorf("%s: not judged in %v: %d operations", r.name, took, len(r.history)))
	}
}

// picture draws a history that is not linearizable, and says where.
func (s *school) picture(r *recorded, model porcupine.Model) string {
	if s.dir == "" {
		dir, err := os.MkdirTemp("", "aula-not-linearizable-") // it outlives the test, to be looked at
		if err != nil {
			return err.Error()
		}
		s.dir = dir
	}
	file := filepath.Join(s.dir, r.name+".html")
	_, info := porcupine.CheckOperationsVerbose(model, r.history, forOneCheck)
	if err := porcupine.VisualizePath(model, info, file); err != nil {
		return err.Error()
	}
	return "see " + file
}
