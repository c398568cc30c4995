package schedule

import (
	"time"

	aulav1 "aula/proto/aula/v1"
)

// What the rating of an answer turns on.
const (
	enough = 0.5             // credit for which a card was not forgotten
	quick  = 3 * time.Second // for which it was easy
	slow   = time.Minute     // past which it was hard, where there is no time limit
)

// Rate tells how well an answer was recalled: by its credit before hints are paid for, 0 to 1,
// whether there were hints, how long it took (0 where that is not known) and how long it should
// take (0 where nobody says).
func Rate(credit float64, hints int, took, limit time.Duration) aulav1.CardAnswer_Rating {
	if limit == 0 {
		limit = slow
	}
	switch {
	case credit < enough:
		return aulav1.CardAnswer_AGAIN
	case credit < 1 || hints > 0 || took > limit:
		return aulav1.CardAnswer_HARD
	case took > 0 && took <= quick:
		return aulav1.CardAnswer_EASY
	}
	return aulav1.CardAnswer_GOOD
}
