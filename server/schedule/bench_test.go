package schedule

import (
	"testing"

	aulav1 "aula/proto/aula/v1"
)

// The history of one card: 10,000 events of three devices, with undos and duplicates.
func BenchmarkFold(b *testing.B) {
	s := scheduler(b, asItIs)
	events := seeded(1).randomEvents(b, 10000)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Fold("birds", "wren", events); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAfter(b *testing.B) {
	s := scheduler(b, asItIs)
	d := newDiary(b)
	e := d.review("phone", "2026-11-20T08:00:00-05:00", 0, good)
	card := &aulav1.CardState{Phase: aulav1.CardState_REVIEW, Stability: 10, Difficulty: 5, LastDay: e.StudyDay - 10}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.After(card, e); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPreview(b *testing.B) {
	s := scheduler(b, asItIs)
	card := &aulav1.CardState{Phase: aulav1.CardState_REVIEW, Stability: 10, Difficulty: 5, LastDay: 100}
	for b.Loop() {
		s.Preview(card, 110)
	}
}

// What GetForecast asks for a learner with 2,000 cards, who looks a year ahead: at ease, and
// with far more cards than time.
func BenchmarkWorkload(b *testing.B) {
	s := scheduler(b, asItIs)
	cards := seeded(1).deck(s, 2000)
	for name, plan := range map[string]Plan{"ease": plan(365, 200, 20, 1000), "rush": plan(365, 5, 20, 10000)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.Workload(cards, plan); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
