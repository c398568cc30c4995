package main

import (
	"time"

	aulav1 "aula/proto/aula/v1"
)

// quiz is an attempt as the client that makes it knows it.
type quiz struct {
	id       string
	nickname string
	exam     bool
	points   int32 // of each question
	answers  map[string]*answer
	finished bool
}

// answer is an answer that was acknowledged.
type answer struct {
	request string
	right   bool
	at      time.Time // when it was acknowledged
}

// earned is what the attempt has to come to.
func (q *quiz) earned() (points int32) {
	for _, a := range q.answers {
		if a.right {
			points += q.points
		}
	}
	return points
}

// event is something a learner did with a card that was acknowledged.
type event struct {
	*aulav1.ReviewEvent
	at time.Time
}

// loaded is what a teacher has loaded: so many texts, one after the other.
type loaded struct {
	versions int
	at       []time.Time // when each was acknowledged
}

// violation is something the server has promised and not kept.
type violation struct {
	kind string // lost, doubled or wrong
	text string
}

const (
	lost    = "lost"
	doubled = "doubled"
	wrong   = "wrong"
)
