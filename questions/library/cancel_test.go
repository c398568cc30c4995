package library

import (
	"bytes"
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"
	"time"

	aulav1 "aula/proto/aula/v1"
)

// impatient is a context that is given up when it has been asked so often whether it is.
type impatient struct {
	context.Context

	mu    sync.Mutex
	asked int
	limit int // 0: it is never given up
	done  chan struct{}
}

func givenUpAfter(t testing.TB, limit int) *impatient {
	t.Helper()
	return &impatient{Context: t.Context(), limit: limit, done: make(chan struct{})}
}

func (c *impatient) Done() <-chan struct{} { return c.done }

func (c *impatient) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.asked++; c.asked == c.limit {
		close(c.done)
	}
	if c.limit > 0 && c.asked >= c.limit {
		return context.Canceled
	}
	return nil
}

// alone waits until there are no more goroutines than there were.
func alone(t *testing.T, before int) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > before; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines are left, %d more than before", runtime.NumGoroutine(), runtime.NumGoroutine()-before)
		}
	}
}

// many is a set of cards and choices, which every format can say in part.
func many(n int) *aulav1.QuestionSet {
	set := manyQuestions(n)
	for i, q := range set.GetQuestions() {
		if i%2 == 1 {
			q.Kind = &aulav1.Question_Card{Card: &aulav1.CardQuestion{Back: q.GetText()}}
		}
	}
	return set
}

// Reading a file of any format looks every few questions whether somebody still waits for
// it, and leaves nothing behind where nobody does.
func TestReadIsGivenUp(t *testing.T) {
	const n = 1000
	set := many(n)
	for _, format := range Formats() {
		var file bytes.Buffer
		if _, err := Export(&file, set, format, nil); err != nil {
			t.Fatal(err)
		}
		patient := givenUpAfter(t, 0)
		f, err := Read(patient, file.Bytes(), Options{Format: format})
		if err != nil || f.Unread != nil {
			t.Fatal(format, err, f.Unread)
		}
		read := len(f.Document.Packed)
		if read < n/4 || patient.asked < read/64 {
			t.Errorf("%s: asked %d times for %d questions", format, patient.asked, read)
		}
		before := runtime.NumGoroutine()
		for _, part := range []int{1, 2, 3, 7} {
			c := givenUpAfter(t, max(1, patient.asked*part/8))
			if f, err := Read(c, file.Bytes(), Options{Format: format}); !errors.Is(err, context.Canceled) || f != nil {
				t.Errorf("%s, given up after %d of %d: %v, %v", format, c.limit, patient.asked, f, err)
			}
			if more := c.asked - c.limit; more > 8+runtime.GOMAXPROCS(0) { // once a goroutine and a level of calls
				t.Errorf("%s: asks %d times more, of %d", format, more, patient.asked)
			}
		}
		alone(t, before)
	}
}

// Loading what was read is given up as well, wherever it is.
func TestLoadIsGivenUp(t *testing.T) {
	const n = 1000
	set, words := many(n), localeWords(t)
	edited := inOne(set, "en")
	for _, q := range edited.Questions {
		q.Text["und"] += " Say."
	}
	for name, test := range map[string]struct {
		file    *File
		current *aulav1.QuestionSet
	}{
		"new":         {fileOf(inNative, set, Options{}), nil},
		"recognised":  {fileOf(bare, edited, Options{Set: "many"}), set},
		"translation": {fileOf(bare, inOne(set, "es"), Options{Set: "many", Translate: true, ContentLanguage: "es"}), set},
		"partial":     {fileOf(inNative, many(n), Options{Partial: true}), nil},
	} {
		givenUp(t, name, func(ctx context.Context) (*Result, error) { return test.file.Load(ctx, pack(test.current), words) })
	}
}

// givenUp has a load be given up at several points on its way.
func givenUp(t *testing.T, name string, load func(context.Context) (*Result, error)) {
	t.Helper()
	patient := givenUpAfter(t, 0)
	if r, err := load(patient); err != nil || r.Set == nil {
		t.Fatal(name, err)
	}
	before := runtime.NumGoroutine()
	for _, part := range []int{1, 2, 3, 5, 7} {
		c := givenUpAfter(t, patient.asked*part/8)
		if r, err := load(c); !errors.Is(err, context.Canceled) || r != nil {
			t.Errorf("%s, given up after %d of %d: %v, %v", name, c.limit, patient.asked, r, err)
		}
	}
	alone(t, before)
}
