//go:build failpoints

package failpoint

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// Built reports whether there are failpoints in this binary.
const Built = true

const variable = "AULA_FAILPOINT"

// passages of a point so far, and the one that matters.
type passages struct {
	so, at int64
}

var (
	armed   = map[Point]*passages{}
	planted = map[Bug]bool{}
)

func init() {
	if err := arm(os.Getenv(variable)); err != nil { // what is misspelt must not pass for armed
		fmt.Fprintf(os.Stderr, "%s: %v\n", variable, err)
		os.Exit(2)
	}
}

// arm reads what is to happen.
func arm(text string) error {
	for _, name := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' }) {
		if bug := Bug(name); slices.Contains([]Bug{AcknowledgeEarly, SyncNormal, NoSavepoint, SkippedUndo}, bug) {
			planted[bug] = true
			continue
		}
		point, passage, _ := strings.Cut(name, ":")
		at, err := strconv.ParseInt(passage, 10, 64)
		if err != nil || at < 1 || Point(point) != Writing && !slices.Contains(Points, Point(point)) {
			return fmt.Errorf("%q is neither a bug nor a point and its passage", name)
		}
		armed[Point(point)] = &passages{at: at}
	}
	return nil
}

// linger is how long the other goroutines go on when one has come to its end: what they tell
// somebody too early is told, and then not true.
const linger = 20 * time.Millisecond

// Pass kills the process if it was armed for this passage of a point.
func Pass(p Point) {
	if of := armed[p]; of != nil && atomic.AddInt64(&of.so, 1) == of.at {
		time.Sleep(linger)
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {} // nothing happens between the signal and the end
	}
}

var errFailpoint = errors.New("failpoint")

// Fail returns an error if the point was armed, and every so many passages.
func Fail(p Point) error {
	if of := armed[p]; of != nil && atomic.AddInt64(&of.so, 1)%of.at == 0 {
		return errFailpoint
	}
	return nil
}

// Planted reports whether a bug was planted.
func Planted(b Bug) bool { return planted[b] }
