package schedule

import (
	"testing"
	"time"

	aulav1 "aula/proto/aula/v1"
)

func TestRate(t *testing.T) {
	const unknown, unlimited = 0, 0
	for _, test := range []struct {
		name        string
		credit      float64
		hints       int
		took, limit time.Duration
		want        aulav1.CardAnswer_Rating
	}{
		{"wrong", 0, 0, 10 * time.Second, unlimited, again},
		{"wrong at once", 0, 0, time.Second, unlimited, again},
		{"less than half right", 0.49, 0, 10 * time.Second, unlimited, again},
		{"half right", 0.5, 0, 10 * time.Second, unlimited, hard},
		{"half right at once", 0.5, 0, time.Second, unlimited, hard},
		{"right", 1, 0, 10 * time.Second, unlimited, good},
		{"right after nobody knows how long", 1, 0, unknown, unlimited, good},
		{"right with a hint", 1, 1, 10 * time.Second, unlimited, hard},
		{"right with a hint, at once", 1, 1, time.Second, unlimited, hard},
		{"right in 3 seconds", 1, 0, 3 * time.Second, unlimited, easy},
		{"right in a little more", 1, 0, 3*time.Second + 1, unlimited, good},
		{"right in a minute", 1, 0, time.Minute, unlimited, good},
		{"right in more than a minute", 1, 0, time.Minute + 1, unlimited, hard},
		{"right in the time there is", 1, 0, 5 * time.Minute, 5 * time.Minute, good},
		{"right too late", 1, 0, 21 * time.Second, 20 * time.Second, hard},
		{"right at once, and too late", 1, 0, 3 * time.Second, 2 * time.Second, hard},
	} {
		if got := Rate(test.credit, test.hints, test.took, test.limit); got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}
